//! Golden vectors of the sizing formulas: every case of every family, under the comparison rules in the file.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use quorate_domain::math::normal_cdf;
use quorate_engine::sizing::abnormal::{AbnormalBelief, abnormal_shares};
use quorate_engine::sizing::costs::FeeSchedule;
use quorate_engine::sizing::drawdown::{DrawdownLimit, drawdown_exclusive, drawdown_fraction};
use quorate_engine::sizing::exclusive::exclusive_stakes;
use quorate_engine::sizing::exposure::{ListedStates, exposure, negrisk_convert};
use quorate_engine::sizing::fair_value::{LogReturn, p_above_from_quantiles};
use quorate_engine::sizing::fractional::{
    crra_fraction, kelly_fraction, risk_aversion, shrunk_to_cost, stake_scaled,
};
use quorate_engine::sizing::joint::{payoff_covariance, quadratic_shares};
use quorate_engine::sizing::lockup::{Lockup, lockup_size};
use quorate_engine::sizing::maker::{MakerQuote, maker_size};
use quorate_engine::sizing::reservation::{
    BandAction, BinaryBet, BinaryWealth, band_action, expected_log_growth, growth_per_year,
    kl_divergence, shares_at_price,
};
use quorate_engine::sizing::touch::Touch;
use quorate_engine::sizing::uncertainty::{
    RobustSide, beta_posterior, logit_pool, robust_stake, shrinkage, shrinkage_exact,
};
use quorate_engine::sizing::{
    Contest, Holding, Leg, LegAction, LegOutcome, Level, Problem, Solution, SolveStatus,
    StateSpace, Walk, solve, solve_screened, walk_buy, walk_sell,
};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Files that hold cases of this structure: `QUORATE_VECTORS/sizing/*.json`, by default those of the repository.
fn vector_files() -> Vec<Value> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/vectors");
    let root = std::env::var_os("QUORATE_VECTORS").map_or_else(|| default.into(), PathBuf::from);
    let folder = root.join("sizing");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    paths.sort();
    let files: Vec<Value> = paths
        .iter()
        .map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
        .filter(|file: &Value| file["schema"] == 1 && file["cases"].is_array())
        .collect();
    assert!(!files.is_empty(), "no vectors in {}", folder.display());
    files
}

/// Runs one family: `compute` maps a case's inputs to its outputs, which must match every compared field.
fn family(name: &str, compute: impl Fn(&Value) -> Value) {
    let mut run = 0;
    for file in vector_files() {
        let rules = &file["comparison"];
        for case in file["cases"].as_array().unwrap() {
            if case["family"] != name {
                continue;
            }
            let got = compute(&case["inputs"]);
            for (field, expected) in case["expected"].as_object().unwrap() {
                let key = format!("{name}.{field}");
                let mut skipped = rules["informational_fields"].as_array().unwrap().iter();
                if skipped.any(|f| f == &key) || (name == "joint_markets" && field == "shares") {
                    continue;
                }
                let tolerance = rules["abs_tol_overrides"]
                    .get(&key)
                    .unwrap_or(&case["abs_tol"]);
                let place = format!("{} {field}", case["id"]);
                compare(&place, &got[field], expected, tolerance.as_f64().unwrap());
            }
            run += 1;
        }
    }
    assert!(run > 0, "no case of family {name}");
}

fn compare(place: &str, got: &Value, expected: &Value, tolerance: f64) {
    match expected {
        Value::Number(_) => {
            let (got, want) = (number(place, got), expected.as_f64().unwrap());
            assert!(
                (got - want).abs() <= tolerance + 1e-9 * want.abs(),
                "{place}: got {got}, expected {want}"
            );
        }
        Value::Array(want) => {
            let got = got.as_array().unwrap_or_else(|| panic!("{place}: {got}"));
            assert_eq!(got.len(), want.len(), "{place}: {got:?} against {want:?}");
            for (index, (g, w)) in got.iter().zip(want).enumerate() {
                compare(&format!("{place}[{index}]"), g, w, tolerance);
            }
        }
        _ => assert_eq!(got, expected, "{place}"),
    }
}

fn number(place: &str, value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{place}: expected a number, got {value}"))
}

fn f(inputs: &Value, key: &str) -> f64 {
    number(key, &inputs[key])
}

fn list(value: &Value) -> Vec<f64> {
    let items = value.as_array().unwrap().iter();
    items.map(|v| v.as_f64().unwrap()).collect()
}

fn levels(value: &Value) -> Vec<Level> {
    let pairs = value.as_array().unwrap().iter().map(list);
    pairs
        .map(|pair| Level {
            price: pair[0],
            shares: pair[1],
        })
        .collect()
}

fn fees(inputs: &Value) -> FeeSchedule {
    let exponent = inputs["fee_exponent"].as_f64().unwrap_or(1.0);
    FeeSchedule::new(f(inputs, "fee_rate"), exponent, 0.0).unwrap()
}

fn bet(inputs: &Value) -> BinaryBet {
    let wealth = BinaryWealth::from_holdings(
        f(inputs, "cash"),
        f(inputs, "yes_held"),
        f(inputs, "no_held"),
    );
    let gamma = inputs["risk_aversion"].as_f64().unwrap_or(1.0);
    BinaryBet::new(f(inputs, "p_yes"), wealth.unwrap(), gamma).unwrap()
}

#[test]
fn vector_fee() {
    family("fee", |i| {
        let (fees, price, shares) = (fees(i), f(i, "price"), f(i, "shares"));
        json!({
            "fee_unrounded": shares * fees.per_share(price),
            "fee_5dp": fees.amount(price, shares),
            "effective_buy_price": fees.buy_cost(price),
            "effective_sell_price": fees.sell_proceeds(price),
        })
    });
}

#[test]
fn vector_binary_buy() {
    family("binary_buy", |i| {
        let (bet, cost, cash) = (bet(i), f(i, "cost_per_share"), f(i, "cash"));
        let shares = shares_at_price(&bet, cost, cash).unwrap();
        let after = bet.wealth().after_buying(shares, cost);
        json!({
            "shares": shares,
            "stake": shares * cost,
            "kelly_fraction_of_cash": shares * cost / cash,
            "expected_log_growth": expected_log_growth(bet.p_yes(), bet.wealth(), after).unwrap(),
            "reservation_price_before": bet.reservation_price(),
            "reservation_price_after":
                BinaryBet::new(bet.p_yes(), after, 1.0).unwrap().reservation_price(),
        })
    });
}

#[test]
fn vector_binary_buy_no() {
    family("binary_buy_no", |i| {
        let cost = f(i, "no_cost_per_share");
        let shares = shares_at_price(&bet(i).mirrored(), cost, f(i, "cash")).unwrap();
        json!({ "no_shares": shares, "stake": shares * cost })
    });
}

#[test]
fn vector_growth_rate() {
    family("growth_rate", |i| {
        let (p, cost, years) = (f(i, "p"), f(i, "cost"), f(i, "years"));
        let one = BinaryWealth::from_holdings(1.0, 0.0, 0.0).unwrap();
        let bet = BinaryBet::new(p, one, 1.0).unwrap();
        let after = one.after_buying(shares_at_price(&bet, cost, 1.0).unwrap(), cost);
        json!({
            "log_growth": expected_log_growth(p, one, after).unwrap(),
            "log_growth_per_year": growth_per_year(p, cost, years).unwrap(),
            "kl_divergence": kl_divergence(p, cost).unwrap(),
        })
    });
}

fn fills(walk: &Walk) -> Vec<[f64; 2]> {
    walk.fills.iter().map(|l| [l.price, l.shares]).collect()
}

#[test]
fn vector_book_walk_buy() {
    family("book_walk_buy", |i| {
        let bet = bet(i);
        let walk = walk_buy(&bet, &levels(&i["asks"]), &fees(i), f(i, "cash")).unwrap();
        json!({
            "fills": fills(&walk),
            "shares": walk.shares,
            "spend_incl_fee": walk.cash,
            "wealth_if_yes": walk.wealth.if_yes,
            "wealth_if_no": walk.wealth.if_no,
            "reservation_after": walk.reservation_after(&bet),
        })
    });
}

#[test]
fn vector_book_walk_sell() {
    family("book_walk_sell", |i| {
        let bet = bet(i);
        let walk = walk_sell(&bet, &levels(&i["bids"]), &fees(i), f(i, "yes_held")).unwrap();
        json!({
            "fills": fills(&walk),
            "shares": walk.shares,
            "proceeds_net": walk.cash,
            "reservation_after": walk.reservation_after(&bet),
        })
    });
}

#[test]
fn vector_no_trade_band() {
    family("no_trade_band", |i| {
        let reservation = bet(i).reservation_price();
        let buy = fees(i).buy_cost(f(i, "best_ask"));
        let sell = fees(i).sell_proceeds(f(i, "best_bid"));
        let action = match band_action(reservation, sell, buy) {
            BandAction::BuyYes => "buy_yes",
            BandAction::SellYesOrBuyNo => "sell_yes_or_buy_no",
            BandAction::None => "none",
        };
        json!({
            "reservation": reservation,
            "buy_threshold": buy,
            "sell_threshold": sell,
            "action": action,
        })
    });
}

/// Solves both ways, checks that they agree, and returns one.
fn solve_both(problem: &Problem<'_>) -> Solution {
    let plain = solve(problem).unwrap();
    let screened = solve_screened(problem).unwrap();
    assert_ne!(plain.status, SolveStatus::InteriorOnly, "{plain:?}");
    assert_ne!(screened.status, SolveStatus::InteriorOnly, "{screened:?}");
    assert!((plain.expected_utility - screened.expected_utility).abs() < 1e-13);
    for (a, b) in plain.wealth.iter().zip(&screened.wealth) {
        assert!((a - b).abs() <= 1e-9 * a.abs(), "{a} against {b}");
    }
    plain
}

fn buy(contest: usize, market: usize, outcome: LegOutcome, cost: f64, shares_max: f64) -> Leg {
    Leg {
        contest,
        market,
        outcome,
        action: LegAction::Buy,
        unit_cash: cost,
        shares_max,
    }
}

#[test]
fn vector_exclusive_yes_no_depth() {
    family("exclusive_yes_no_depth", |i| {
        let space = StateSpace::exclusive(&list(&i["p"])).unwrap();
        let (yes, no) = (list(&i["held_yes"]), list(&i["held_no"]));
        let holdings: Vec<Holding> = (0..yes.len())
            .map(|market| Holding {
                contest: 0,
                market,
                yes: yes[market],
                no: no[market],
            })
            .collect();
        let base = space.wealth(f(i, "cash"), &holdings).unwrap();
        let mut legs = Vec::new();
        for (side, outcome) in [("yes_asks", LegOutcome::Yes), ("no_asks", LegOutcome::No)] {
            for (market, book) in i[side].as_array().unwrap().iter().enumerate() {
                for level in levels(book) {
                    let cost = fees(i).buy_cost(level.price);
                    legs.push(buy(0, market, outcome, cost, level.shares));
                }
            }
        }
        let solution = solve_both(&Problem {
            space: &space,
            base_wealth: &base,
            legs: &legs,
            cash: f(i, "cash"),
            risk_aversion: f(i, "risk_aversion"),
        });
        json!({ "objective": solution.expected_utility, "wealth_by_state": solution.wealth })
    });
}

#[test]
fn vector_joint_markets() {
    family("joint_markets", |i| {
        if i.get("strikes").is_some() {
            return nested_strikes(i);
        }
        let (p, cost) = (list(&i["p"]), list(&i["cost"]));
        let given = list(&i["state_probabilities"]);
        let space = StateSpace::from_joint_binary(p.len(), &given).unwrap();
        let loading = f(i, "rho").sqrt();
        let contests: Vec<Contest> = p.iter().map(|&p| Contest::binary(p, loading)).collect();
        let own = StateSpace::joint(&contests, 10_000, 1).unwrap();
        for (a, b) in own.probabilities().iter().zip(&given) {
            assert!((a - b).abs() < 1e-8, "copula gives {a}, file {b}");
        }
        let one = BinaryWealth::from_holdings(1.0, 0.0, 0.0).unwrap();
        let naive: Vec<f64> = p
            .iter()
            .zip(&cost)
            .map(|(&p, &c)| {
                c * shares_at_price(&BinaryBet::new(p, one, 1.0).unwrap(), c, 1.0).unwrap()
            })
            .collect();
        let solution = solve_flat(&space, &cost, f(i, "cash"), f(i, "risk_aversion"), |j| {
            (j, 0)
        });
        let stakes: Vec<f64> = solution
            .shares
            .iter()
            .zip(&cost)
            .map(|(q, c)| q * c / f(i, "cash"))
            .collect();
        json!({
            "stake_fractions": stakes,
            "objective": solution.expected_utility,
            "naive_single_market_full_kelly_fractions": naive,
        })
    });
}

/// Unlimited depth at one YES price per market.
fn solve_flat(
    space: &StateSpace,
    cost: &[f64],
    cash: f64,
    gamma: f64,
    place: impl Fn(usize) -> (usize, usize),
) -> Solution {
    let legs: Vec<Leg> = (0..cost.len())
        .map(|j| {
            buy(
                place(j).0,
                place(j).1,
                LegOutcome::Yes,
                cost[j],
                cash / cost[j],
            )
        })
        .collect();
    solve_both(&Problem {
        space,
        base_wealth: &vec![cash; space.len()],
        legs: &legs,
        cash,
        risk_aversion: gamma,
    })
}

fn nested_strikes(i: &Value) -> Value {
    let p: Vec<f64> = list(&i["strikes"])
        .iter()
        .map(|k| normal_cdf((libm::log(f(i, "spot") / k) + f(i, "log_mean")) / f(i, "log_sd")))
        .collect();
    let space = StateSpace::nested_strikes(&p).unwrap();
    let cost = list(&i["cost"]);
    let solution = solve_flat(&space, &cost, f(i, "cash"), 1.0, |j| (0, j));
    json!({
        "p": p,
        "state_probabilities": space.probabilities(),
        "objective": solution.expected_utility,
    })
}

#[test]
fn vector_quadratic_approx() {
    family("quadratic_approx", |i| {
        let (p, cost, cash) = (list(&i["p"]), list(&i["cost"]), f(i, "cash"));
        let given = list(&i["state_probabilities"]);
        let space = StateSpace::from_joint_binary(p.len(), &given).unwrap();
        let markets: Vec<(usize, usize)> = (0..p.len()).map(|j| (j, 0)).collect();
        let covariance = payoff_covariance(&space, &markets).unwrap();
        let quadratic = quadratic_shares(cash, 1.0, &p, &cost, &covariance).unwrap();
        json!({
            "shares_quadratic_unconstrained": quadratic.unwrap(),
            "shares_log_optimal": solve_flat(&space, &cost, cash, 1.0, |j| (j, 0)).shares,
        })
    });
}

#[test]
fn vector_fractional_kelly() {
    family("fractional_kelly", |i| {
        let (p, cost, fraction) = (f(i, "p"), f(i, "cost"), f(i, "fraction"));
        json!({
            "full": kelly_fraction(p, cost).unwrap(),
            "stake_scaled": stake_scaled(p, cost, fraction).unwrap(),
            "prob_shrunk_to_cost": shrunk_to_cost(p, cost, fraction).unwrap(),
            "crra_fraction": crra_fraction(p, cost, fraction).unwrap(),
            "crra_risk_aversion": risk_aversion(fraction).unwrap(),
        })
    });
}

#[test]
fn vector_maker_order() {
    family("maker_order", |i| {
        let cash = f(i, "cash");
        let wealth = BinaryWealth::from_holdings(cash, 0.0, 0.0).unwrap();
        let bet = BinaryBet::new(f(i, "p_yes"), wealth, 1.0).unwrap();
        let quote = MakerQuote {
            bid: f(i, "bid_price"),
            rebate_share: f(i, "rebate_share"),
            adverse_selection: f(i, "adverse_selection"),
        };
        let size = maker_size(&bet, &quote, &fees(i), cash).unwrap();
        json!({
            "rebate_per_share": size.rebate_per_share,
            "cost_per_share": size.cost_per_share,
            "p_given_fill": size.p_given_fill,
            "shares": size.shares,
            "stake": size.shares * size.cost_per_share,
        })
    });
}

#[test]
fn vector_lockup() {
    family("lockup", |i| {
        let lockup = Lockup {
            years: f(i, "years"),
            opportunity_rate: f(i, "opportunity_rate"),
            holding_reward_rate: f(i, "holding_reward_rate"),
        };
        let (p, cost) = (f(i, "p_yes"), f(i, "cost_per_share"));
        let size = lockup_size(p, cost, f(i, "cash"), 1.0, &lockup).unwrap();
        json!({
            "time_adjusted_cost": size.adjusted_cost,
            "shares": size.shares,
            "stake_today": size.stake,
            "trade": size.shares > 0.0,
        })
    });
}

#[test]
fn vector_resolution_risk() {
    family("resolution_risk", |i| {
        let belief = AbnormalBelief {
            p_yes: f(i, "p_yes"),
            p_abnormal: f(i, "p_abnormal"),
            abnormal_payout: f(i, "abnormal_payout"),
        };
        let cost = f(i, "cost_per_share");
        let shares = abnormal_shares(&belief, cost, f(i, "cash"), 1.0).unwrap();
        json!({
            "shares": shares,
            "stake": shares * cost,
            "expected_payout": belief.expected_payout().unwrap(),
            "trade": shares > 0.0,
        })
    });
}

#[test]
fn vector_exclusive_yes_only() {
    family("exclusive_yes_only", |i| {
        let cost = list(&i["cost"]);
        let stakes = exclusive_stakes(&list(&i["p"]), &cost).unwrap();
        let wealth = f(i, "wealth");
        let shares = stakes.fractions.iter().zip(&cost);
        json!({
            "stake_fractions": stakes.fractions,
            "shares": shares.map(|(f, c)| f * wealth / c).collect::<Vec<f64>>(),
            "reserve_rate": stakes.reserve_rate,
            "bet_on": stakes.bet_on,
            "expected_log_growth": stakes.log_growth,
        })
    });
}

#[test]
fn vector_logit_pool() {
    family("logit_pool", |i| {
        let pooled = logit_pool(f(i, "p_model"), f(i, "market"), f(i, "weight_model"));
        json!({ "p": pooled.unwrap() })
    });
}

#[test]
fn vector_shrink_baker_mchale() {
    family("shrink_baker_mchale", |i| {
        let (p, cost, se) = (f(i, "p_hat"), f(i, "cost"), f(i, "p_std_error"));
        let k = shrinkage(p, cost, se).unwrap();
        let full = kelly_fraction(p, cost).unwrap();
        json!({
            "k_approx": k,
            "full_kelly_fraction": full,
            "shrunk_fraction": k * full,
            "k_exact_numeric": shrinkage_exact(p, cost, se).unwrap(),
        })
    });
}

#[test]
fn vector_robust_interval() {
    family("robust_interval", |i| {
        let (low, high) = (f(i, "p_low"), f(i, "p_high"));
        let side = robust_stake(low, high, f(i, "yes_cost"), f(i, "no_cost")).unwrap();
        let (side, stake) = match side {
            RobustSide::Yes(stake) => ("YES", stake),
            RobustSide::No(stake) => ("NO", stake),
            RobustSide::None => ("none", 0.0),
        };
        json!({ "side": side, "stake_fraction": stake })
    });
}

#[test]
fn vector_posterior_kelly() {
    family("posterior_kelly", |i| {
        let (mean, sd) = beta_posterior(f(i, "beta_a"), f(i, "beta_b")).unwrap();
        json!({
            "posterior_mean": mean,
            "posterior_sd": sd,
            "stake_fraction": kelly_fraction(mean, f(i, "cost")).unwrap(),
        })
    });
}

#[test]
fn vector_drawdown_kelly() {
    family("drawdown_kelly", |i| {
        let limit = DrawdownLimit {
            wealth_floor: f(i, "wealth_floor"),
            probability_max: f(i, "max_probability"),
        };
        let lambda = limit.lambda().unwrap();
        if i["p"].is_array() {
            let found = drawdown_exclusive(&list(&i["p"]), &list(&i["cost"]), &limit).unwrap();
            return json!({
                "lambda_": lambda,
                "unconstrained_fractions": found.unconstrained,
                "fractions": found.fractions,
                "constraint_value": found.constraint_value,
            });
        }
        let full = kelly_fraction(f(i, "p"), f(i, "cost")).unwrap();
        let fraction = drawdown_fraction(f(i, "p"), f(i, "cost"), &limit).unwrap();
        json!({
            "lambda_": lambda,
            "full_kelly": full,
            "fraction": fraction,
            "equivalent_kelly_multiple": fraction / full,
        })
    });
}

fn log_return(inputs: &Value) -> LogReturn {
    LogReturn {
        mean: f(inputs, "log_return_mean"),
        sd: f(inputs, "log_return_sd"),
    }
}

#[test]
fn vector_digital_lognormal() {
    family(
        "digital_lognormal",
        |i| json!({ "p_above": log_return(i).p_above(f(i, "spot"), f(i, "strike")).unwrap() }),
    );
}

#[test]
fn vector_digital_from_price_mean() {
    family("digital_from_price_mean", |i| {
        let (spot, strike) = (f(i, "spot"), f(i, "strike"));
        let (price, sd) = (f(i, "predicted_price_mean"), f(i, "log_return_sd"));
        let mean = LogReturn::from_price_mean(spot, price, sd).unwrap();
        let median = LogReturn::from_price_median(spot, price, sd).unwrap();
        json!({
            "log_return_mean": mean.mean,
            "p_above": mean.p_above(spot, strike).unwrap(),
            "p_above_if_prediction_is_median": median.p_above(spot, strike).unwrap(),
        })
    });
}

#[test]
fn vector_updown_student() {
    family("updown_student", |i| {
        json!({
            "p_up": log_return(i).p_above_student(1.0, 1.0, f(i, "dof")).unwrap(),
            "p_up_normal": log_return(i).p_above(1.0, 1.0).unwrap(),
        })
    });
}

#[test]
fn vector_updown_in_progress() {
    family("updown_in_progress", |i| {
        let per_horizon = LogReturn {
            mean: f(i, "predicted_log_return_per_horizon"),
            sd: f(i, "sd_per_horizon"),
        };
        let left = per_horizon
            .over(f(i, "time_left"), f(i, "horizon"))
            .unwrap();
        let p = left.p_above(f(i, "spot_now"), f(i, "reference_price"));
        json!({ "p_up": p.unwrap() })
    });
}

#[test]
fn vector_touch() {
    family("touch", |i| {
        let touch = Touch {
            spot: f(i, "spot"),
            barrier: f(i, "barrier"),
            drift: f(i, "drift"),
            volatility: f(i, "vol_annual"),
            years: f(i, "years"),
        };
        let steps = i["monitor_steps"].as_u64().unwrap() as u32;
        json!({
            "p_touch_continuous": touch.p_continuous().unwrap(),
            "p_touch_discrete_bgk": touch.p_discrete(steps).unwrap(),
        })
    });
}

#[test]
fn vector_range() {
    family("range", |i| {
        let p = log_return(i).p_inside(f(i, "spot"), f(i, "low"), f(i, "high"));
        json!({ "p_inside": p.unwrap() })
    });
}

#[test]
fn vector_quantiles_to_probability() {
    family("quantiles_to_probability", |i| {
        let levels: Vec<f64> = list(&i["percentiles"]).iter().map(|q| q / 100.0).collect();
        let p = p_above_from_quantiles(&levels, &list(&i["values"]), f(i, "threshold"));
        json!({ "p_above": p.unwrap() })
    });
}

#[test]
fn vector_collective_to_p_up() {
    family("collective_to_p_up", |i| {
        let dispersion = 0.5 * (f(i, "percentile_84_13") - f(i, "percentile_15_87"));
        let (median, slope) = (f(i, "percentile_50"), f(i, "calibration_slope"));
        let residual = f(i, "residual_sd");
        let estimate = LogReturn::from_inference(median, slope, residual, dispersion).unwrap();
        // The wrong reading, shown so that nobody repeats it: the workers' spread taken for predictive error.
        let naive = LogReturn::from_inference(median, 1.0, 0.0, dispersion).unwrap();
        json!({
            "dispersion": dispersion,
            "total_sd": estimate.sd,
            "p_up": estimate.p_above(1.0, 1.0).unwrap(),
            "p_up_if_dispersion_taken_as_predictive": naive.p_above(1.0, 1.0).unwrap(),
        })
    });
}

#[test]
fn vector_negrisk_convert() {
    family("negrisk_convert", |i| {
        let no_of: Vec<usize> = list(&i["no_tokens_of"])
            .iter()
            .map(|j| *j as usize)
            .collect();
        let outcomes = f(i, "outcomes") as usize;
        let rate = f(i, "fee_bps") / 1e4;
        let converted = negrisk_convert(outcomes, &no_of, f(i, "amount_each"), rate).unwrap();
        json!({ "collateral_out": converted.collateral, "yes_out": converted.yes })
    });
}

#[test]
fn vector_worst_case() {
    family("worst_case", |i| {
        let (yes, no) = (list(&i["yes_held"]), list(&i["no_held"]));
        let found = exposure(f(i, "total_cost"), &yes, &no, ListedStates::Exhaustive).unwrap();
        json!({
            "payout_by_state": found.payout_by_state,
            "pnl_by_state": found.pnl_by_state,
            "worst_loss": found.worst_loss,
            "riskless_value": found.riskless_value,
        })
    });
}
