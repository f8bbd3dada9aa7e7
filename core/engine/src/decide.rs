//! One scope's decision: fair values, then the strategy's intents, then the plan that joint sizing makes of them.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use quorate_domain::{Cash, MarketId, NoTradeReason, Numbers, Outcome, Shares, Side, Token};

use crate::assess::{Assessment, Known};
use crate::ledger::Ledger;
use crate::markets::ScopeKey;
use crate::orders::{OpenOrder, OrderState, Orders, Origin};
use crate::plan::Plan;
use crate::portfolio::{Portfolio, Scenarios, Stake};
use crate::risk::{Approved, Sized};
use crate::strategy::{Intent, MarketView, Strategy, View};

/// What is to be done about one market, and why.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judged {
    pub(crate) market: MarketId,
    pub(crate) numbers: Numbers,
    pub(crate) outcome: Result<Approved<Sized>, NoTradeReason>,
}

/// Everything a decision reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) known: Known<'a>,
    pub(crate) ledger: &'a Ledger,
    pub(crate) orders: &'a Orders,
    pub(crate) merging: &'a BTreeSet<MarketId>,
    pub(crate) equity: Cash,
}

impl<'a> Desk<'a> {
    /// Judges every market of a scope. A market may get two verdicts, one for each outcome traded.
    pub(crate) fn decide(
        &self,
        scope: ScopeKey,
        strategy: &dyn Strategy,
        scenarios: &mut Scenarios,
    ) -> Vec<Judged> {
        let members = self.known.markets.scope(scope);
        if self.known.flattens() {
            return self.flatten(members);
        }
        let mut assessments = self.known.assess(members);
        for assessment in &mut assessments {
            if assessment.fair.is_ok() && self.is_busy(assessment.market) {
                assessment.fair = Err(NoTradeReason::OrderInFlight);
            }
        }
        let view = self.view(&assessments);
        let intents = strategy.intents(&view);
        let mut judged = first_judgement(&view, &assessments, strategy);
        if intents.is_empty() {
            return judged;
        }
        let stakes = self.stakes(&assessments, &view, &intents);
        let outside = self.wealth_outside(members);
        match Portfolio::new(&stakes, outside, scenarios) {
            Ok(portfolio) => {
                Plan::new(*self, &view, &portfolio, scope, outside)
                    .carry_out(&intents, &mut judged);
            }
            Err(_) => {
                for intent in &intents {
                    judge(
                        &mut judged,
                        view.markets[intent.market].market.id,
                        NoTradeReason::Insolvent,
                    );
                }
            }
        }
        judged
    }

    /// Whether an order that takes, a withdrawal or a merge is still on its way, or it is not known whether an order
    /// arrived: the result is not known yet.
    pub(crate) fn is_busy(&self, market: MarketId) -> bool {
        let pending = |order: &OpenOrder| {
            order.is_taking()
                || matches!(
                    order.state,
                    OrderState::CancelRequested | OrderState::Unknown
                )
        };
        self.merging.contains(&market) || self.orders.of_market(market).any(pending)
    }

    /// Shares of a token that no open order has promised.
    pub(crate) fn sellable(&self, token: Token) -> Shares {
        let promised = self
            .orders
            .of_token(token)
            .filter(|o| {
                o.placed.side == Side::Sell && (o.is_taking() || o.origin == Origin::Foreign)
            })
            .map(|o| o.remaining)
            .sum();
        self.ledger
            .position(token)
            .sellable()
            .saturating_sub(promised)
    }

    fn view(&self, assessments: &[Assessment]) -> View<'a> {
        let markets = assessments
            .iter()
            .filter_map(|assessment| {
                let fair = assessment.fair.ok()?;
                let state = self.known.markets.get(assessment.market)?;
                Some(MarketView {
                    market: &state.market,
                    book: &state.book,
                    fair,
                    time_left: state
                        .market
                        .closes_at
                        .map(|closes| closes.since(self.known.now)),
                    held: self.held(assessment.market),
                    lockup: self.known.lockup(state),
                })
            })
            .collect();
        View {
            at: self.known.now,
            markets,
        }
    }

    /// Shares held of YES and NO, counting matched executions and orders that take as done.
    pub(crate) fn held(&self, market: MarketId) -> [Shares; 2] {
        [Outcome::Yes, Outcome::No].map(|outcome| {
            let token = Token { market, outcome };
            let (coming, going) = self.taking(token);
            (self.ledger.position(token).expected() + coming).saturating_sub(going)
        })
    }

    fn taking(&self, token: Token) -> (Shares, Shares) {
        let of = |side| {
            self.orders
                .of_token(token)
                .filter(|order| order.is_taking() && order.placed.side == side)
                .map(|order| order.remaining)
                .sum()
        };
        (of(Side::Buy), of(Side::Sell))
    }

    fn stakes(
        &self,
        assessments: &[Assessment],
        view: &View<'_>,
        intents: &[Intent],
    ) -> Vec<Stake> {
        let wanted: BTreeSet<MarketId> = intents
            .iter()
            .map(|i| view.markets[i.market].market.id)
            .collect();
        let mut contests = Vec::new();
        assessments
            .iter()
            .filter_map(|assessment| {
                let market = &self.known.markets.get(assessment.market)?.market;
                // Markets of one group are one contest; a market on its own is one by itself.
                let key = market
                    .group
                    .map_or(ContestKey::Alone(market.id), ContestKey::Group);
                let contest = contests.iter().position(|k| *k == key).unwrap_or_else(|| {
                    contests.push(key);
                    contests.len() - 1
                });
                Some(Stake {
                    market: market.id,
                    contest,
                    p_yes: assessment.p_yes,
                    loading: if market.set.is_some() {
                        market.loading
                    } else {
                        0.0
                    },
                    held: self.held(market.id),
                    in_play: wanted.contains(&market.id),
                })
            })
            .collect()
    }

    /// Wealth in dollars that does not depend on this scope: cash once orders that take are done, and what everything
    /// held elsewhere would bring.
    fn wealth_outside(&self, members: &[MarketId]) -> f64 {
        let promised: Cash = self
            .orders
            .iter()
            .filter(|o| o.is_taking())
            .map(OpenOrder::at_risk)
            .sum();
        let mut wealth = (self.ledger.cash() - promised).to_f64();
        for (token, position) in self.ledger.positions() {
            let Some(state) = self.known.markets.get(token.market) else {
                continue;
            };
            let shares = position.expected().to_f64();
            match state.payout {
                Some(payout) => wealth += shares * f64::from(payout.micros(token.outcome)) * 1e-6,
                None if members.contains(&token.market) => {}
                None => wealth += shares * state.liquidation_price(token.outcome),
            }
        }
        wealth
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ContestKey {
    Group(quorate_domain::GroupId),
    Alone(MarketId),
}

/// The verdict on every market before sizing: the obstacle, or too little edge, or no wish, or (to be replaced by
/// sizing) inside the band.
fn first_judgement(
    view: &View<'_>,
    assessments: &[Assessment],
    strategy: &dyn Strategy,
) -> Vec<Judged> {
    assessments
        .iter()
        .map(|assessment| {
            let mut numbers = assessment.numbers;
            let reason = match assessment.fair {
                Err(reason) => reason,
                Ok(_) => match view
                    .markets
                    .iter()
                    .find(|m| m.market.id == assessment.market)
                {
                    Some(market) => before_sizing(market, strategy, &mut numbers),
                    None => NoTradeReason::NoIntent,
                },
            };
            Judged {
                market: assessment.market,
                numbers,
                outcome: Err(reason),
            }
        })
        .collect()
}

fn before_sizing(
    market: &MarketView<'_>,
    strategy: &dyn Strategy,
    numbers: &mut Numbers,
) -> NoTradeReason {
    let edges = [Outcome::Yes, Outcome::No].map(|outcome| (outcome, market.edge(outcome)));
    let best = edges
        .into_iter()
        .filter_map(|(o, edge)| edge.map(|e| (o, e)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let needed = strategy.edge_min(market);
    match best {
        Some((outcome, edge)) => {
            numbers.edge = Some(edge);
            numbers.cost = Some(market.fair.of(outcome) - edge);
            // A market that no strategy takes needs an edge without end: nothing is wanted there.
            if edge < needed && needed.is_finite() {
                NoTradeReason::EdgeTooSmall { needed }
            } else {
                NoTradeReason::NoIntent
            }
        }
        None => NoTradeReason::OneSidedBook,
    }
}

/// Gives a market's first verdict another reason.
pub(crate) fn judge(judged: &mut [Judged], market: MarketId, reason: NoTradeReason) {
    if let Some(first) = judged.iter_mut().find(|j| j.market == market) {
        first.outcome = Err(reason);
    }
}
