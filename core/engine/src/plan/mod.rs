//! From intents to orders within the limits: the legs of the joint problem, its solution, and what is left after caps
//! and rounding.

mod commitments;
mod guards;
mod legs;
mod scaling;
mod verdicts;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use quorate_domain::{
    Cash, LimitName, MarketId, NoTradeReason, Price, Rounding, Shares, Side, Token,
};

use crate::decide::{Desk, Judged};
use crate::markets::ScopeKey;
use crate::portfolio::Portfolio;
use crate::risk::{self, Account, Judge, Sized};
use crate::sizing::{
    LegOutcome, Problem, Solution, SolveStatus, reservation_price, solve_screened, state_prices,
};
use crate::strategy::{Intent, MarketView, Style, View};
use commitments::{Change, unit_cash_micros};
use scaling::Scales;
use verdicts::{Wanted, note_dropped, refuse, soft_judge, write_verdict};

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
    /// The account, less what the orders approved so far may spend.
    account: Account,
    /// What the orders approved so far in this decision will change: later ones are judged on top of them.
    planned: BTreeMap<MarketId, Change>,
    /// The orders approved so far in this decision.
    approved: Vec<Sized>,
    /// Wealth by state once the orders approved so far that take have executed, dollars; empty where no limit asks for it.
    wealth: Vec<f64>,
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
        let limits = &desk.known.config.limits;
        let gross = if limits.provisional_views.is_enforced() {
            let tokens = desk.ledger.positions();
            let void: Cash = tokens.map(|(t, _)| desk.ledger.cost_if_void(t)).sum();
            gross.max(void)
        } else {
            gross
        };
        let account = Account {
            equity: desk.equity,
            free: desk.ledger.cash() - desk.ledger.proceeds_pending() - reserved,
            gross: gross + reserved,
            open_orders: desk.orders.len(),
        };
        let wealth = match limits.reservation_slack_micros {
            Some(_) => portfolio.wealth.clone(),
            None => Vec::new(),
        };
        Self {
            desk,
            view,
            portfolio,
            scope,
            outside,
            account,
            planned: BTreeMap::new(),
            approved: Vec::new(),
            wealth,
        }
    }

    /// Sizes the intents jointly and writes the verdicts.
    pub(crate) fn carry_out(mut self, intents: &[Intent], judged: &mut Vec<Judged>) {
        let mut legs = Vec::new();
        let mut candidates = Vec::new();
        for intent in intents {
            match self.candidate(intent, intents, &mut legs) {
                Ok(candidate) => candidates.push(candidate),
                Err(reason) => {
                    note_dropped(judged, self.view.markets[intent.market].market.id, reason);
                }
            }
        }
        self.note_reservations(judged);
        let problem = Problem {
            space: &self.portfolio.space,
            base_wealth: &self.portfolio.wealth,
            legs: &legs,
            cash: self.cash_for(&candidates).to_f64(),
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

    /// Cash that all candidates together may spend: what is free, and what their own resting orders hold.
    fn cash_for(&self, candidates: &[Candidate]) -> Cash {
        let renewed = candidates
            .iter()
            .filter(|c| c.intent.style == Style::Make)
            .flat_map(|c| self.resting(c.token, c.intent.side));
        let account = self.account_without(renewed);
        account.budget(&self.desk.known.config.limits).0
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
        let wanted = Wanted {
            market: candidate.token.market,
            shares: total,
            gain: solution.certainty_equivalent_gain,
        };
        if shares.is_zero() {
            return if scale < 1.0 && 0.01 <= total {
                write_verdict(judged, wanted, Err(NoTradeReason::Limit(limit)));
            } else {
                soft_judge(judged, wanted, self.nothing_wanted(candidate));
            };
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
            self.commit(approved.get(), unit_cash_micros(market, &wish));
            self.execute(approved.get(), market);
        }
        write_verdict(judged, wanted, outcome);
    }

    /// Why the optimum wants nothing of a candidate: there is nothing to spend, or no price is good enough.
    fn nothing_wanted(&self, candidate: &Candidate) -> NoTradeReason {
        let own = self.resting(candidate.token, candidate.intent.side);
        let (budget, limit) = self
            .account_without(own)
            .budget(&self.desk.known.config.limits);
        if budget <= Cash::ZERO && candidate.intent.side == Side::Buy {
            NoTradeReason::Limit(limit)
        } else {
            NoTradeReason::InsideBand
        }
    }

    fn approve(
        &self,
        wish: Sized,
        market: &MarketView<'_>,
    ) -> Result<risk::Approved<Sized>, NoTradeReason> {
        if wish.style == Style::Take && self.rests(wish.token) {
            // The resting order is withdrawn first; what is judged after this must not count on the new one.
            return Err(NoTradeReason::OrderInFlight);
        }
        self.check_taker(&wish)?;
        self.check_self_trade(&wish)?;
        let own = |token: Token, side: Side| token == wish.token && side == wish.side;
        let limits = &self.desk.known.config.limits;
        let account = self.account_without(self.resting(wish.token, wish.side));
        let (budget, budget_limit) = account.budget(limits);
        let judge = Judge {
            limits,
            account: &account,
            budget,
            budget_limit,
            unit_cash_micros: unit_cash_micros(market, &wish),
            market_open_orders: self.market_open_orders(wish.token, wish.side),
            views: &self.views(market, own),
            day_volume: self
                .desk
                .known
                .controls
                .volumes
                .day(wish.token.market, self.view.at),
            topic_room: self.topic_room(market.market),
            other: self.other_outcome(market.market.group),
        };
        let approved = judge.approve(wish).map_err(NoTradeReason::Limit)?;
        let order = approved.get();
        self.check_reservation(order, market)?;
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
