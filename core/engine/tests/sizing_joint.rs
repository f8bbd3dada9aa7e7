//! Properties of the joint solver: optimality, agreement with the closed forms, invariances, limits.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use quorate_engine::sizing::drawdown::{DrawdownLimit, drawdown_fraction, solve_with_drawdown};
use quorate_engine::sizing::exclusive::exclusive_stakes;
use quorate_engine::sizing::{
    BinaryBet, BinaryWealth, Contest, FeeSchedule, Holding, Leg, LegAction, LegOutcome, Level,
    Problem, Solution, SolveStatus, StateSpace, reservation_price, solve, solve_screened,
    state_prices, walk_buy,
};

fn leg(contest: usize, market: usize, outcome: LegOutcome, cost: f64, shares_max: f64) -> Leg {
    Leg {
        contest,
        market,
        outcome,
        action: LegAction::Buy,
        unit_cash: cost,
        shares_max,
    }
}

/// A random problem: contests, holdings, two levels a side, sell legs for what is held.
#[derive(Debug, Clone)]
struct Setup {
    contests: Vec<Contest>,
    holdings: Vec<Holding>,
    legs: Vec<Leg>,
    cash: f64,
    gamma: f64,
}

impl Setup {
    fn space(&self) -> StateSpace {
        StateSpace::joint(&self.contests, 300, 9).unwrap()
    }

    fn with<T>(&self, run: impl Fn(&Problem<'_>) -> T) -> T {
        let space = self.space();
        let base = space.wealth(self.cash, &self.holdings).unwrap();
        run(&Problem {
            space: &space,
            base_wealth: &base,
            legs: &self.legs,
            cash: self.cash,
            risk_aversion: self.gamma,
        })
    }

    fn solve(&self) -> Solution {
        self.with(|problem| solve(problem).unwrap())
    }
}

/// Per market: belief weight, mispricing of YES and of NO, depth, YES held, NO held.
type Raw = (f64, f64, f64, f64, f64, f64);

fn raw() -> impl Strategy<Value = Raw> {
    let held = || prop_oneof![Just(0.0), 1.0..600.0_f64];
    (
        0.02..1.0_f64,
        -0.06..0.08_f64,
        -0.06..0.08_f64,
        5.0..2000.0_f64,
        held(),
        held(),
    )
}

fn setup() -> impl Strategy<Value = Setup> {
    let contests = prop::collection::vec((prop::collection::vec(raw(), 1..4), -0.9..0.9_f64), 1..4);
    let gamma = prop_oneof![Just(1.0), Just(4.0), 0.7..6.0_f64];
    (contests, 20.0..5_000.0_f64, gamma).prop_map(|(raws, cash, gamma)| {
        let mut made = Setup {
            contests: Vec::new(),
            holdings: Vec::new(),
            legs: Vec::new(),
            cash,
            gamma,
        };
        for (contest, (markets, loading)) in raws.iter().enumerate() {
            let sum: f64 = markets.iter().map(|m| m.0).sum::<f64>() + 0.3;
            let p: Vec<f64> = markets.iter().map(|m| m.0 / sum).collect();
            for (market, (raw, p)) in markets.iter().zip(&p).enumerate() {
                add_market(&mut made, contest, market, *p, raw);
            }
            made.contests.push(Contest::exclusive(p, *loading));
        }
        made
    })
}

fn add_market(made: &mut Setup, contest: usize, market: usize, p: f64, raw: &Raw) {
    let &(_, yes_edge, no_edge, depth, yes, no) = raw;
    made.holdings.push(Holding {
        contest,
        market,
        yes,
        no,
    });
    for (outcome, fair, held) in [(LegOutcome::Yes, p, yes), (LegOutcome::No, 1.0 - p, no)] {
        let edge = if outcome == LegOutcome::Yes {
            yes_edge
        } else {
            no_edge
        };
        let best = (fair - edge).clamp(0.005, 0.98);
        made.legs.push(leg(contest, market, outcome, best, depth));
        made.legs
            .push(leg(contest, market, outcome, best + 0.01, 2.0 * depth));
        if held > 0.0 {
            made.legs.push(Leg {
                action: LegAction::Sell,
                ..leg(contest, market, outcome, best - 0.02, held)
            });
        }
    }
}

fn certain(utility: f64, gamma: f64) -> f64 {
    if gamma == 1.0 {
        libm::exp(utility)
    } else {
        libm::pow((1.0 - gamma) * utility, 1.0 / (1.0 - gamma))
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-7 * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn no_leg_beats_its_reservation_price_at_the_solution(s in setup()) {
        s.with(|problem| {
            let solution = solve(problem).unwrap();
            let prices = state_prices(problem.space, &solution.wealth, s.gamma).unwrap();
            for (leg, &shares) in problem.legs.iter().zip(&solution.shares) {
                let worth =
                    reservation_price(problem.space, &prices, leg.contest, leg.market, leg.outcome);
                let gain = match leg.action {
                    LegAction::Buy => {
                        worth.unwrap() - leg.unit_cash * (1.0 + solution.cash_multiplier)
                    }
                    LegAction::Sell => leg.unit_cash - worth.unwrap(),
                };
                let full = shares >= leg.shares_max * (1.0 - 1e-9);
                let tolerance = 1e-6;
                assert!(gain <= tolerance || full, "{leg:?} gains {gain} at {shares}");
                let dust = 1e-6 * problem.cash;
                assert!(gain >= -tolerance || shares <= dust, "{leg:?} loses {gain} at {shares}");
            }
        });
    }

    #[test]
    fn every_limit_holds(s in setup()) {
        let solution = s.solve();
        let mut spent = 0.0;
        for (leg, &shares) in s.legs.iter().zip(&solution.shares) {
            prop_assert!((0.0..=leg.shares_max).contains(&shares), "{leg:?}: {shares}");
            if leg.action == LegAction::Buy {
                spent += shares * leg.unit_cash;
            }
        }
        prop_assert!(spent <= s.cash * (1.0 + 1e-9));
        prop_assert!(solution.wealth.iter().all(|w| *w > 0.0));
        prop_assert!(solution.certainty_equivalent_gain >= -1e-9 * s.cash);
        prop_assert!(solution.kkt_residual < 1e-4, "{}", solution.kkt_residual);
    }

    #[test]
    fn the_screened_solution_is_the_solution(s in setup()) {
        let plain = s.solve();
        let screened = s.with(|problem| solve_screened(problem).unwrap());
        let (a, b) = (plain.expected_utility, screened.expected_utility);
        prop_assert!(close(certain(a, s.gamma), certain(b, s.gamma)), "{a} against {b}");
    }

    #[test]
    fn wealth_is_what_the_shares_pay(s in setup()) {
        s.with(|problem| {
            let solution = solve(problem).unwrap();
            for state in 0..problem.space.len() {
                let mut wealth = problem.base_wealth[state];
                for (leg, shares) in problem.legs.iter().zip(&solution.shares) {
                    let yes = problem.space.yes(leg.contest, leg.market, state);
                    let pays = f64::from(u8::from(yes == (leg.outcome == LegOutcome::Yes)));
                    wealth += shares * match leg.action {
                        LegAction::Buy => pays - leg.unit_cash,
                        LegAction::Sell => leg.unit_cash - pays,
                    };
                }
                assert!(close(wealth, solution.wealth[state]));
            }
        });
    }

    #[test]
    fn solving_again_after_the_trades_trades_nothing(s in setup()) {
        s.with(|problem| {
            let first = solve(problem).unwrap();
            let mut cash = problem.cash;
            let mut legs = problem.legs.to_vec();
            for (leg, shares) in legs.iter_mut().zip(&first.shares) {
                leg.shares_max = (leg.shares_max - shares).max(0.0);
                if leg.action == LegAction::Buy {
                    cash -= shares * leg.unit_cash;
                }
            }
            let again = solve(&Problem {
                base_wealth: &first.wealth,
                legs: &legs,
                cash: cash.max(0.0),
                ..*problem
            });
            let gain = again.unwrap().certainty_equivalent_gain;
            assert!(gain < 1e-7 * problem.cash, "gains {gain} more");
        });
    }

    #[test]
    fn scaling_and_reordering_change_nothing_but_scale_and_order(s in setup(), k in 0.1..50.0_f64) {
        let plain = s.solve();
        let mut other = s.clone();
        other.cash *= k;
        for holding in &mut other.holdings {
            holding.yes *= k;
            holding.no *= k;
        }
        for leg in &mut other.legs {
            leg.shares_max *= k;
        }
        other.legs.reverse();
        let got = other.solve();
        prop_assert!(close(got.certainty_equivalent_gain, k * plain.certainty_equivalent_gain));
        for (a, b) in plain.wealth.iter().zip(&got.wealth) {
            // Wealth is unique only as far as utility can tell.
            prop_assert!((k * a - b).abs() <= 1e-3 * b.abs(), "{} against {b}", k * a);
        }
    }

    #[test]
    fn one_market_alone_agrees_with_the_walk(
        p in 0.05..0.95_f64,
        ask in 10..900_u32,
        sizes in prop::collection::vec(1.0..3000.0_f64, 1..5),
        held in (0.0..500.0_f64, 0.0..500.0_f64),
        gamma in 0.7..6.0_f64,
    ) {
        let (cash, fees) = (1_000.0, FeeSchedule::new(0.04, 1.0, 0.0).unwrap());
        let asks: Vec<Level> = sizes
            .iter()
            .enumerate()
            .map(|(i, &shares)| Level { price: f64::from(ask) / 1e3 + 0.01 * i as f64, shares })
            .collect();
        let wealth = BinaryWealth::from_holdings(cash, held.0, held.1).unwrap();
        let bet = BinaryBet::new(p, wealth, gamma).unwrap();
        let walk = walk_buy(&bet, &asks, &fees, cash).unwrap();

        let space = StateSpace::exclusive(&[p]).unwrap();
        let holding = Holding { contest: 0, market: 0, yes: held.0, no: held.1 };
        let legs: Vec<Leg> = asks
            .iter()
            .map(|l| leg(0, 0, LegOutcome::Yes, fees.buy_cost(l.price), l.shares))
            .collect();
        let solution = solve(&Problem {
            space: &space,
            base_wealth: &space.wealth(cash, &[holding]).unwrap(),
            legs: &legs,
            cash,
            risk_aversion: gamma,
        }).unwrap();
        let shares: f64 = solution.shares.iter().sum();
        prop_assert!((shares - walk.shares).abs() < 1e-5 * cash, "{shares}, walk {}", walk.shares);
        prop_assert!(
            (solution.certainty_equivalent_gain - walk.certainty_equivalent_gain(&bet)).abs()
                < 1e-8 * cash
        );
    }

    #[test]
    fn flat_prices_without_no_agree_with_the_closed_form(
        raw in prop::collection::vec((0.02..1.0_f64, 0.85..1.35_f64), 2..7),
    ) {
        let sum: f64 = raw.iter().map(|r| r.0).sum::<f64>() * 1.05;
        let p: Vec<f64> = raw.iter().map(|r| r.0 / sum).collect();
        let cost: Vec<f64> = raw.iter().zip(&p).map(|(r, p)| (p * r.1).min(0.95)).collect();
        prop_assume!(cost.iter().sum::<f64>() > 1.0);
        let stakes = exclusive_stakes(&p, &cost).unwrap();
        let space = StateSpace::exclusive(&p).unwrap();
        let legs: Vec<Leg> = cost
            .iter()
            .enumerate()
            .map(|(m, &c)| leg(0, m, LegOutcome::Yes, c, 100.0))
            .collect();
        let solution = solve(&Problem {
            space: &space,
            base_wealth: &vec![1.0; space.len()],
            legs: &legs,
            cash: 1.0,
            risk_aversion: 1.0,
        }).unwrap();
        prop_assert!((solution.expected_utility - stakes.log_growth).abs() < 1e-12);
        for ((q, c), f) in solution.shares.iter().zip(&cost).zip(&stakes.fractions) {
            prop_assert!((q * c - f).abs() < 1e-7);
        }
    }

    #[test]
    fn joint_growth_is_at_least_that_of_per_market_kelly(
        raw in prop::collection::vec((0.2..0.8_f64, 0.01..0.1_f64), 2..5),
        loading in 0.0..0.9_f64,
        share in prop_oneof![Just(1.0), Just(0.5)],
    ) {
        let contests: Vec<Contest> = raw.iter().map(|r| Contest::binary(r.0, loading)).collect();
        let space = StateSpace::joint(&contests, 1, 1).unwrap();
        let legs: Vec<Leg> = raw
            .iter()
            .enumerate()
            .map(|(c, r)| leg(c, 0, LegOutcome::Yes, r.0 - r.1, 100.0))
            .collect();
        let solution = solve(&Problem {
            space: &space,
            base_wealth: &vec![1.0; space.len()],
            legs: &legs,
            cash: 1.0,
            risk_aversion: 1.0,
        }).unwrap();
        let naive: f64 = (0..space.len()).map(|state| {
            let wealth = raw.iter().enumerate().fold(1.0, |wealth, (c, r)| {
                let cost = r.0 - r.1;
                let shares = share * r.1 / (1.0 - cost) / cost;
                wealth + shares * (f64::from(u8::from(space.yes(c, 0, state))) - cost)
            });
            space.probabilities()[state] * if wealth > 0.0 { libm::log(wealth) } else { f64::NEG_INFINITY }
        }).sum();
        prop_assert!(solution.expected_utility >= naive - 1e-12);
    }

    #[test]
    fn a_drawdown_limit_never_bets_more_than_kelly(
        p in 0.05..0.95_f64,
        edge in 0.001..0.2_f64,
        floor in 0.1..0.95_f64,
        chance in 0.01..0.5_f64,
    ) {
        let cost = (p - edge).max(0.01);
        let limit = DrawdownLimit { wealth_floor: floor, probability_max: chance };
        let full = (p - cost) / (1.0 - cost);
        let fraction = drawdown_fraction(p, cost, &limit).unwrap();
        prop_assert!((0.0..=full + 1e-12).contains(&fraction), "{fraction} of {full}");

        let space = StateSpace::exclusive(&[p]).unwrap();
        let legs = [leg(0, 0, LegOutcome::Yes, cost, 1.0 / cost)];
        let joint = solve_with_drawdown(&Problem {
            space: &space,
            base_wealth: &[1.0, 1.0],
            legs: &legs,
            cash: 1.0,
            risk_aversion: 1.0,
        }, &limit).unwrap();
        prop_assert!((joint.solution.shares[0] * cost - fraction).abs() < 1e-6);
        prop_assert!(joint.constraint_value <= 1.0 + 1e-9);
    }
}

#[test]
fn per_market_kelly_on_correlated_markets_loses_what_joint_sizing_gains() {
    let markets = [(0.57, 0.52), (0.60, 0.53), (0.63, 0.56), (0.66, 0.59)];
    let loading = 0.7_f64.sqrt();
    let contests: Vec<Contest> = markets
        .iter()
        .map(|m| Contest::binary(m.0, loading))
        .collect();
    let space = StateSpace::joint(&contests, 1, 1).unwrap();
    let legs: Vec<Leg> = markets
        .iter()
        .enumerate()
        .map(|(c, m)| leg(c, 0, LegOutcome::Yes, m.1, 10.0))
        .collect();
    let solution = solve(&Problem {
        space: &space,
        base_wealth: &vec![1.0; space.len()],
        legs: &legs,
        cash: 1.0,
        risk_aversion: 1.0,
    })
    .unwrap();
    assert_eq!(solution.status, SolveStatus::Exact);
    assert!((solution.expected_utility - 0.01525).abs() < 1e-5);
    let stakes: Vec<f64> = solution
        .shares
        .iter()
        .zip(&legs)
        .map(|(q, l)| q * l.unit_cash)
        .collect();
    for (got, want) in stakes.iter().zip([0.0, 0.0728, 0.0788, 0.0876]) {
        assert!((got - want).abs() < 1e-4, "{stakes:?}");
    }
}

#[test]
fn permuting_the_outcomes_of_an_event_permutes_the_trades() {
    let (p, cost) = ([0.5, 0.3, 0.1, 0.05], [0.46, 0.29, 0.12, 0.04]);
    let order = [2, 0, 3, 1];
    let run = |order: &[usize]| {
        let space =
            StateSpace::exclusive(&order.iter().map(|&i| p[i]).collect::<Vec<f64>>()).unwrap();
        let legs: Vec<Leg> = order
            .iter()
            .enumerate()
            .map(|(m, &i)| leg(0, m, LegOutcome::Yes, cost[i], 100.0))
            .collect();
        let problem = Problem {
            space: &space,
            base_wealth: &vec![100.0; space.len()],
            legs: &legs,
            cash: 100.0,
            risk_aversion: 2.0,
        };
        let solution = solve(&problem).unwrap();
        assert_eq!(
            solution,
            solve(&problem).unwrap(),
            "the same problem, the same digits"
        );
        solution.shares
    };
    let (plain, permuted) = (run(&[0, 1, 2, 3]), run(&order));
    for (m, &i) in order.iter().enumerate() {
        assert!(
            (permuted[m] - plain[i]).abs() < 1e-8,
            "{plain:?} {permuted:?}"
        );
    }
}

#[test]
fn extreme_risk_aversion_still_gives_a_valid_answer() {
    let space = StateSpace::exclusive(&[0.6]).unwrap();
    let legs = [
        leg(0, 0, LegOutcome::Yes, 0.5, 1e12),
        leg(0, 0, LegOutcome::No, 0.55, 1e12),
    ];
    let mut previous = f64::INFINITY;
    for risk_aversion in [0.2, 1.0, 3.0, 30.0, 300.0] {
        let solution = solve_screened(&Problem {
            space: &space,
            base_wealth: &[1_000.0, 1_100.0],
            legs: &legs,
            cash: 900.0,
            risk_aversion,
        })
        .unwrap();
        assert!(
            solution.kkt_residual < 1e-6,
            "{risk_aversion}: {solution:?}"
        );
        // Holding more NO than YES, the bettor buys YES: less of it the more averse, but never less than the hedge.
        assert!(solution.shares[0] <= previous && solution.shares[0] >= 100.0 - 1e-6);
        assert_eq!(solution.shares[1], 0.0);
        previous = solution.shares[0];
    }
}

#[test]
fn equivalent_legs_and_an_arbitrage_do_not_upset_the_solver() {
    // YES and NO of the same market for less than one together, twice over, and more than the cash can buy.
    let space = StateSpace::exclusive(&[0.5]).unwrap();
    let legs = [
        leg(0, 0, LegOutcome::Yes, 0.45, 1000.0),
        leg(0, 0, LegOutcome::Yes, 0.45, 1000.0),
        leg(0, 0, LegOutcome::No, 0.45, 1000.0),
        leg(0, 0, LegOutcome::No, 0.45, 1000.0),
    ];
    let solution = solve(&Problem {
        space: &space,
        base_wealth: &[100.0, 100.0],
        legs: &legs,
        cash: 100.0,
        risk_aversion: 1.0,
    })
    .unwrap();
    // All cash goes into pairs: 111.1 of them.
    for wealth in &solution.wealth {
        assert!((wealth - 100.0 / 0.9).abs() < 1e-6, "{solution:?}");
    }
}

#[test]
fn nothing_worth_its_price_means_nothing_to_do() {
    let space = StateSpace::exclusive(&[0.5, 0.3]).unwrap();
    let legs = [
        leg(0, 0, LegOutcome::Yes, 0.51, 10.0),
        leg(0, 1, LegOutcome::No, 0.71, 10.0),
    ];
    let problem = Problem {
        space: &space,
        base_wealth: &[10.0, 10.0, 10.0],
        legs: &legs,
        cash: 10.0,
        risk_aversion: 4.0,
    };
    for solution in [solve(&problem).unwrap(), solve_screened(&problem).unwrap()] {
        assert_eq!(solution.status, SolveStatus::NothingToDo);
        assert_eq!(solution.shares, [0.0, 0.0]);
        assert_eq!(solution.wealth, [10.0, 10.0, 10.0]);
        assert_eq!(solution.certainty_equivalent_gain, 0.0);
    }
    let none = Problem {
        legs: &[],
        ..problem
    };
    assert_eq!(solve(&none).unwrap().status, SolveStatus::NothingToDo);
    let no_cash = Problem {
        cash: 0.0,
        ..problem
    };
    assert_eq!(solve(&no_cash).unwrap().status, SolveStatus::NothingToDo);
}

#[test]
fn bad_problems_are_refused() {
    let space = StateSpace::exclusive(&[0.5]).unwrap();
    let good = [leg(0, 0, LegOutcome::Yes, 0.4, 10.0)];
    let problem = Problem {
        space: &space,
        base_wealth: &[10.0, 10.0],
        legs: &good,
        cash: 10.0,
        risk_aversion: 1.0,
    };
    assert!(solve(&problem).is_ok());
    for wealth in [
        [10.0, 0.0],
        [f64::NAN, 1.0],
        [1.0, f64::INFINITY],
        [-1.0, 1.0],
    ] {
        assert!(
            solve(&Problem {
                base_wealth: &wealth,
                ..problem
            })
            .is_err()
        );
    }
    assert!(
        solve(&Problem {
            base_wealth: &[1.0],
            ..problem
        })
        .is_err()
    );
    for number in [f64::NAN, f64::INFINITY, -1.0] {
        assert!(
            solve(&Problem {
                cash: number,
                ..problem
            })
            .is_err()
        );
        assert!(
            solve(&Problem {
                risk_aversion: number,
                ..problem
            })
            .is_err()
        );
        let size = [leg(0, 0, LegOutcome::Yes, 0.4, number)];
        assert!(
            solve(&Problem {
                legs: &size,
                ..problem
            })
            .is_err()
        );
        let cost = [leg(0, 0, LegOutcome::Yes, number, 1.0)];
        assert!(
            solve_screened(&Problem {
                legs: &cost,
                ..problem
            })
            .is_err()
        );
    }
    for (contest, market) in [(1, 0), (0, 1)] {
        let outside = [leg(contest, market, LegOutcome::Yes, 0.4, 1.0)];
        assert!(
            solve(&Problem {
                legs: &outside,
                ..problem
            })
            .is_err()
        );
    }
}
