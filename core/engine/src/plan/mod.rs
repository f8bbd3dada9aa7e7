//! From intents to orders within the limits: the legs of the joint problem, its solution, and what is left after caps
//! and rounding.

mod legs;
mod scaling;
mod verdicts;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use quorate_domain::{
    Cash, Coverage, LimitName, MarketId, NoTradeReason, Outcome, Price, Rounding, Shares, Side,
    Token,
};

use crate::decide::{Desk, Judged};
use crate::markets::ScopeKey;
use crate::orders::OpenOrder;
use crate::portfolio::Portfolio;
use crate::risk::{self, Account, Held, Judge, OtherOutcome, Sized};
use crate::sizing::{
    LegOutcome, Problem, Solution, SolveStatus, reservation_price, solve_screened, state_prices,
};
use crate::strategy::{Intent, MarketView, Style, View};
use scaling::Scales;
use verdicts::{note_wanted, refuse, soft_judge, write_verdict};

/// Largest error of a solution, in price units, that is still acted on: a tenth of the finest tick.
const RESIDUAL_MAX: f64 = 1e-5;

/// One scope's joint problem.
pub(crate) struct Plan<'a> {
    desk: Desk<'a>,
    view: &'a View<'a>,
    portfolio: &'a Portfolio,
    scope: ScopeKey,
    /// Wealth that does not depend on the scope, dollars.
    outside: f64,
    account: Account,
    budget: Cash,
    budget_limit: LimitName,
    /// What the orders approved so far in this decision will change: later ones are judged on top of them.
    planned: BTreeMap<MarketId, Change>,
}

/// Shares that come (positive) or go, and cash that is spent (positive) or received, if an order executes whole.
#[derive(Clone, Copy, Default)]
struct Change {
    yes: i64,
    no: i64,
    cost: Cash,
}

/// An intent's share of the joint problem.
struct Candidate {
    intent: Intent,
    token: Token,
    /// Best first.
    legs: Vec<OwnLeg>,
}

/// A leg of a candidate.
#[derive(Clone, Copy)]
struct OwnLeg {
    /// Number in the joint problem.
    number: usize,
    /// Price before fees.
    price: Price,
    /// Cash per share, fees included, dollars.
    unit_cash: f64,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(
        desk: Desk<'a>,
        view: &'a View<'a>,
        portfolio: &'a Portfolio,
        scope: ScopeKey,
        outside: f64,
    ) -> Self {
        let reserved = desk.orders.reserved();
        let gross: Cash = desk.ledger.positions().map(|(_, p)| p.cost).sum();
        let account = Account {
            equity: desk.equity,
            free: desk.ledger.cash() - desk.ledger.proceeds_pending() - reserved,
            gross: gross + reserved,
            open_orders: desk.orders.len(),
        };
        let (budget, budget_limit) = account.budget(&desk.known.config.limits);
        Self {
            desk,
            view,
            portfolio,
            scope,
            outside,
            account,
            budget,
            budget_limit,
            planned: BTreeMap::new(),
        }
    }

    /// Sizes the intents jointly and writes the verdicts.
    pub(crate) fn carry_out(mut self, intents: &[Intent], judged: &mut Vec<Judged>) {
        let mut legs = Vec::new();
        let candidates: Vec<Candidate> = intents
            .iter()
            .filter_map(|i| self.candidate(i, &mut legs))
            .collect();
        self.note_reservations(judged);
        let problem = Problem {
            space: &self.portfolio.space,
            base_wealth: &self.portfolio.wealth,
            legs: &legs,
            cash: self.budget.to_f64(),
            risk_aversion: self.desk.known.config.risk_aversion,
        };
        let Ok(solution) = solve_screened(&problem) else {
            return refuse(&candidates, judged, NoTradeReason::Insolvent);
        };
        if solution.status == SolveStatus::InteriorOnly && RESIDUAL_MAX < solution.kkt_residual {
            return refuse(&candidates, judged, NoTradeReason::Unsolved);
        }
        let gain_min = self.desk.known.config.gain_min;
        if solution.certainty_equivalent_gain < gain_min.to_f64() {
            return refuse(
                &candidates,
                judged,
                NoTradeReason::GainTooSmall { needed: gain_min },
            );
        }
        let scales = self.scales(&candidates, &solution);
        // Sales first: they free what purchases may need.
        let (sales, purchases): (Vec<_>, Vec<_>) =
            candidates.iter().partition(|c| c.intent.side == Side::Sell);
        for candidate in sales.into_iter().chain(purchases) {
            self.settle_on(candidate, &solution, &scales, judged);
        }
    }

    /// Writes every market's reservation price, on the YES scale, into its verdict.
    fn note_reservations(&self, judged: &mut [Judged]) {
        let gamma = self.desk.known.config.risk_aversion;
        let Ok(prices) = state_prices(&self.portfolio.space, &self.portfolio.wealth, gamma) else {
            return;
        };
        for verdict in judged.iter_mut().filter(|j| j.numbers.edge.is_some()) {
            if let Some((contest, place)) = self.portfolio.place(verdict.market) {
                let price = reservation_price(
                    &self.portfolio.space,
                    &prices,
                    contest,
                    place,
                    LegOutcome::Yes,
                );
                verdict.numbers.reservation = price.ok();
            }
        }
    }

    /// Rounds one candidate's solution, holds it against the limits, and writes the verdict.
    fn settle_on(
        &mut self,
        candidate: &Candidate,
        solution: &Solution,
        scales: &Scales,
        judged: &mut Vec<Judged>,
    ) {
        let total: f64 = candidate
            .legs
            .iter()
            .map(|leg| solution.shares[leg.number])
            .sum();
        let market = &self.view.markets[candidate.intent.market];
        let (scale, limit) = match candidate.intent.side {
            Side::Buy => scales.of(market.market),
            Side::Sell => (1.0, LimitName::SetLoss),
        };
        let shares = Shares::floor_from_f64(total * scale + 1e-9).floor_to(Shares::LOT);
        note_wanted(
            judged,
            candidate.token,
            total,
            solution.certainty_equivalent_gain,
        );
        if shares.is_zero() {
            let reason = if scale < 1.0 && 0.01 <= total {
                NoTradeReason::Limit(limit)
            } else if self.budget <= Cash::ZERO && candidate.intent.side == Side::Buy {
                NoTradeReason::Limit(self.budget_limit)
            } else {
                NoTradeReason::InsideBand
            };
            return soft_judge(judged, candidate.token, reason);
        }
        let wish = Sized {
            token: candidate.token,
            side: candidate.intent.side,
            style: candidate.intent.style,
            limit: worst_price(candidate, solution, shares),
            shares,
            bound_by: (scale < 1.0).then_some(limit),
        };
        let outcome = self.approve(wish, market);
        if let Ok(approved) = &outcome {
            self.spend(approved.get(), market);
        }
        write_verdict(judged, candidate.token, outcome);
    }

    fn approve(
        &self,
        wish: Sized,
        market: &MarketView<'_>,
    ) -> Result<risk::Approved<Sized>, NoTradeReason> {
        let contest = self.contest(market);
        let group = market
            .market
            .group
            .and_then(|g| self.desk.known.markets.group(g));
        let judge = Judge {
            limits: &self.desk.known.config.limits,
            account: &self.account,
            budget: self.budget,
            budget_limit: self.budget_limit,
            unit_cost_micros: unit_cost_micros(market, wish.limit),
            market: self.holdings(wish.token.market),
            contest: &contest,
            other: match group.map(|g| g.coverage) {
                Some(Coverage::Exhaustive) => OtherOutcome::Impossible,
                _ => OtherOutcome::Possible,
            },
        };
        let approved = judge.approve(wish).map_err(NoTradeReason::Limit)?;
        let order = approved.get();
        let too_small = order.shares < market.market.shares_min
            || (order.side == Side::Buy
                && order.style == Style::Take
                && order.shares.at(order.limit, Rounding::Down) < market.market.marketable_buy_min);
        if too_small {
            Err(NoTradeReason::BelowMinimum {
                shares: order.shares,
            })
        } else {
            Ok(approved)
        }
    }

    fn contest(&self, market: &MarketView<'_>) -> Vec<(MarketId, Held)> {
        let members = self.desk.known.markets.scope(self.scope);
        let same = |id: &&MarketId| {
            **id == market.market.id
                || market.market.group.is_some_and(|g| {
                    self.desk
                        .known
                        .markets
                        .get(**id)
                        .is_some_and(|s| s.market.group == Some(g))
                })
        };
        members
            .iter()
            .filter(same)
            .map(|id| (*id, self.holdings(*id)))
            .collect()
    }

    fn holdings(&self, market: MarketId) -> Held {
        let [yes, no] = self.desk.held(market);
        let cost: Cash = [Outcome::Yes, Outcome::No]
            .iter()
            .map(|outcome| {
                self.desk
                    .ledger
                    .position(Token {
                        market,
                        outcome: *outcome,
                    })
                    .cost
            })
            .sum();
        let open: Cash = self
            .desk
            .orders
            .of_market(market)
            .map(OpenOrder::at_risk)
            .sum();
        let planned = self.planned.get(&market).copied().unwrap_or_default();
        Held {
            yes: changed(yes, planned.yes),
            no: changed(no, planned.no),
            cost: cost + open + planned.cost,
        }
    }

    /// What resting buys of a market may still cost, dollars: counted in [`Self::holdings`], not in the wealth.
    fn resting_cost(&self, market: MarketId) -> f64 {
        let resting = self
            .desk
            .orders
            .of_market(market)
            .filter(|order| !order.is_taking());
        resting.map(OpenOrder::at_risk).sum::<Cash>().to_f64()
    }

    fn spend(&mut self, order: &Sized, market: &MarketView<'_>) {
        self.account.open_orders += 1;
        let unit = unit_cost_micros(market, order.limit);
        let shares = i64::try_from(order.shares.micros()).unwrap_or(i64::MAX);
        let (shares, cost) = match order.side {
            Side::Buy => (shares, order.shares.at_micros(unit, Rounding::Up)),
            Side::Sell => (-shares, -order.shares.at(order.limit, Rounding::Down)),
        };
        let planned = self.planned.entry(order.token.market).or_default();
        planned.cost += cost;
        match order.token.outcome {
            Outcome::Yes => planned.yes += shares,
            Outcome::No => planned.no += shares,
        }
        if order.side == Side::Buy {
            self.budget = (self.budget - cost).max(Cash::ZERO);
        }
    }
}

/// Price and fee of one share bought at once, in micro-dollars, rounded up.
fn unit_cost_micros(market: &MarketView<'_>, price: Price) -> i64 {
    let fee = market.market.fee.taker_per_share(price.to_f64()) * 1e6;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a fee is a fraction of a dollar"
    )]
    let fee = libm::ceil(fee) as i64;
    i64::from(price.micros()) + fee
}

/// Shares after a change; never below none.
fn changed(shares: Shares, by: i64) -> Shares {
    let micros = i128::from(shares.micros()) + i128::from(by);
    Shares::from_micros(u64::try_from(micros.max(0)).unwrap_or(u64::MAX))
}

/// The worst price among the legs that `shares` reach.
fn worst_price(candidate: &Candidate, solution: &Solution, shares: Shares) -> Price {
    let mut reached = 0.0;
    let wanted = shares.to_f64();
    let mut worst = candidate.legs[0].price;
    for leg in &candidate.legs {
        if wanted - 0.005 <= reached {
            break;
        }
        if 0.0 < solution.shares[leg.number] {
            worst = leg.price;
        }
        reached += solution.shares[leg.number];
    }
    worst
}
