//! What is held and promised, as the limits count it.
//!
//! Three kinds of orders count. Those that take, in flight or planned, count as executed whole. Those that rest may
//! execute or not, so a loss limit assumes that they do exactly in the states where that hurts. A resting order that is
//! wished again gives way to that wish while it is judged, and afterwards the larger of the two counts: the old one may
//! execute until its withdrawal is answered.

use alloc::vec::Vec;

use quorate_domain::{
    Cash, Coverage, Market, MarketId, Outcome, Price, Rounding, Shares, Side, Token,
};

use super::Plan;
use crate::orders::{OpenOrder, Origin};
use crate::risk::{Account, Held, HeldView, OtherOutcome, Sized};
use crate::strategy::{MarketView, Style};

/// Shares that come (positive) or go, micro-shares, and cash that is spent (positive) or received.
#[derive(Clone, Copy, Default)]
pub(super) struct Change {
    yes: i64,
    no: i64,
    cost: Cash,
}

impl Change {
    fn of(outcome: Outcome, shares: i64, cost: Cash) -> Self {
        match outcome {
            Outcome::Yes => Self {
                yes: shares,
                no: 0,
                cost,
            },
            Outcome::No => Self {
                yes: 0,
                no: shares,
                cost,
            },
        }
    }

    /// An order that executes whole.
    fn executed(order: &Sized, unit_cash_micros: i64) -> Self {
        let shares = i64::try_from(order.shares.micros()).unwrap_or(i64::MAX);
        match order.side {
            Side::Buy => {
                let cost = order.shares.at_micros(unit_cash_micros, Rounding::Up);
                Self::of(order.token.outcome, shares, cost)
            }
            Side::Sell => {
                let proceeds = order.shares.at_micros(unit_cash_micros, Rounding::Down);
                Self::of(order.token.outcome, -shares, -proceeds)
            }
        }
    }

    /// An order that executes where that hurts, and loses `loss` there: a purchase where its token pays nothing, a sale
    /// where it pays. In numbers of shares and dollars that is a purchase at one dollar a share, or a gift.
    fn resting(outcome: Outcome, side: Side, loss: Cash) -> Self {
        match side {
            Side::Buy => Self::of(outcome, loss.micros(), loss),
            Side::Sell => Self::of(outcome, -loss.micros(), Cash::ZERO),
        }
    }

    fn add(&mut self, other: Self) {
        self.yes = self.yes.saturating_add(other.yes);
        self.no = self.no.saturating_add(other.no);
        self.cost += other.cost;
    }
}

/// Most that executing an order can lose: the cost of a purchase, what a sale gives away.
fn loss_if_executed(side: Side, shares: Shares, unit_cash_micros: i64) -> Cash {
    match side {
        Side::Buy => shares.at_micros(unit_cash_micros, Rounding::Up),
        Side::Sell => shares.at_micros(1_000_000 - unit_cash_micros, Rounding::Up),
    }
}

/// Shares after a change; never below none.
fn changed(shares: Shares, by: i64) -> Shares {
    let micros = i128::from(shares.micros()) + i128::from(by);
    Shares::from_micros(u64::try_from(micros.max(0)).unwrap_or(u64::MAX))
}

/// Most that one share of a purchase costs, or least that one share of a sale brings, fees included, micro-dollars. An
/// order that rests pays none.
pub(super) fn unit_cash_micros(market: &MarketView<'_>, wish: &Sized) -> i64 {
    let price = i64::from(wish.limit.micros());
    match (wish.style, wish.side) {
        (Style::Make, _) => price,
        (Style::Take, Side::Buy) => market.market.fee.worst_unit_cost_micros(wish.limit),
        (Style::Take, Side::Sell) => price - fee_micros(market, wish.limit),
    }
}

fn fee_micros(market: &MarketView<'_>, price: Price) -> i64 {
    let fee = libm::ceil(market.market.fee.taker_per_share(price.to_f64()) * 1e6 - 1e-6);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates; fees are fractions of a dollar"
    )]
    let fee = fee as i64;
    fee
}

impl<'a> Plan<'a> {
    /// Resting orders that a wish for this token and direction would keep or replace.
    pub(super) fn resting(
        &self,
        token: Token,
        side: Side,
    ) -> impl Iterator<Item = &'a OpenOrder> + use<'a> {
        self.desk
            .orders
            .of_token(token)
            .filter(move |order| order.placed.side == side && order.is_replaceable())
    }

    /// Whether anything of ours rests for a token.
    pub(super) fn rests(&self, token: Token) -> bool {
        let mut orders = self.desk.orders.of_token(token);
        orders.any(|order| !order.is_taking() && order.origin == Origin::Own)
    }

    /// The account without the collateral and the places of orders that are wished again, less what was planned so far.
    pub(super) fn account_without<'b>(
        &self,
        orders: impl Iterator<Item = &'b OpenOrder>,
    ) -> Account {
        let mut account = self.account.clone();
        for order in orders {
            account.free += order.at_risk();
            account.gross -= order.at_risk();
            account.open_orders = account.open_orders.saturating_sub(1);
        }
        account
    }

    /// What is held in a market with everything promised, but for the resting orders that `leaves_out` names.
    pub(super) fn holdings(
        &self,
        market: MarketId,
        leaves_out: impl Fn(Token, Side) -> bool,
    ) -> Held {
        let [yes, no] = self.desk.held(market);
        let cost = self.paid(market);
        self.with_promises(market, Held { yes, no, cost }, leaves_out)
    }

    /// The same if nothing that is matched becomes final and nothing that takes executes.
    pub(super) fn holdings_if_void(
        &self,
        market: MarketId,
        leaves_out: impl Fn(Token, Side) -> bool,
    ) -> Held {
        let ledger = self.desk.ledger;
        let [yes, no] = [Outcome::Yes, Outcome::No].map(|outcome| Token { market, outcome });
        let held = Held {
            yes: ledger.position(yes).confirmed,
            no: ledger.position(no).confirmed,
            cost: ledger.cost_if_void(yes) + ledger.cost_if_void(no),
        };
        self.with_promises(market, held, leaves_out)
    }

    fn with_promises(
        &self,
        market: MarketId,
        held: Held,
        leaves_out: impl Fn(Token, Side) -> bool,
    ) -> Held {
        let mut change = self.planned.get(&market).copied().unwrap_or_default();
        for order in self
            .desk
            .orders
            .of_market(market)
            .filter(|o| !o.is_taking())
        {
            let (token, side) = (order.placed.token, order.placed.side);
            if !order.is_replaceable() || !leaves_out(token, side) {
                let loss = loss_if_executed(side, order.remaining, order.unit_cost_micros);
                change.add(Change::resting(token.outcome, side, loss));
            }
        }
        Held {
            yes: changed(held.yes, change.yes),
            no: changed(held.no, change.no),
            cost: held.cost + change.cost,
        }
    }

    /// Cost of what [`crate::decide::Desk::held`] counts as held in a market: positions, and purchases on their way.
    pub(super) fn paid(&self, market: MarketId) -> Cash {
        let of = |outcome| self.desk.ledger.position(Token { market, outcome }).cost;
        let taking: Cash = self
            .desk
            .orders
            .of_market(market)
            .filter(|order| order.is_taking())
            .map(OpenOrder::at_risk)
            .sum();
        of(Outcome::Yes) + of(Outcome::No) + taking
    }

    /// The markets whose outcomes exclude a market's own, itself included.
    pub(super) fn contest(&self, market: &Market) -> Vec<MarketId> {
        let markets = self.desk.known.markets;
        let same = |id: MarketId| {
            id == market.id
                || market
                    .group
                    .is_some_and(|g| markets.get(id).is_some_and(|s| s.market.group == Some(g)))
        };
        let members = markets.scope(self.scope).iter().copied();
        members.filter(|id| same(*id)).collect()
    }

    /// What is held in a market and its contest for one wish's judgement, in every view in which losses are taken.
    pub(super) fn views(
        &self,
        market: &MarketView<'_>,
        leaves_out: impl Fn(Token, Side) -> bool,
    ) -> Vec<HeldView> {
        let contest = self.contest(market.market);
        let view = |holdings: &dyn Fn(MarketId) -> Held| HeldView {
            market: holdings(market.market.id),
            contest: contest.iter().map(|id| (*id, holdings(*id))).collect(),
        };
        let mut views = Vec::with_capacity(2);
        views.push(view(&|id| self.holdings(id, &leaves_out)));
        if self
            .desk
            .known
            .config
            .limits
            .provisional_views
            .is_enforced()
        {
            views.push(view(&|id| self.holdings_if_void(id, &leaves_out)));
        }
        views
    }

    /// Whether none of a group's undecided markets may happen: always, unless the group is exhaustive and none has
    /// happened yet.
    pub(super) fn other_outcome(&self, group: Option<quorate_domain::GroupId>) -> OtherOutcome {
        let markets = self.desk.known.markets;
        let exhaustive = group.is_some_and(|id| {
            let coverage = markets.group(id).map(|g| g.coverage);
            coverage == Some(Coverage::Exhaustive) && 1.0 <= markets.undecided_mass(id)
        });
        if exhaustive {
            OtherOutcome::Impossible
        } else {
            OtherOutcome::Possible
        }
    }

    /// Counts an approved order: later ones are judged on top of it.
    pub(super) fn commit(&mut self, order: &Sized, unit_cash_micros: i64) {
        let (token, side) = (order.token, order.side);
        let old: Vec<&OpenOrder> = self.resting(token, side).collect();
        if old.is_empty() {
            self.account.open_orders += 1;
        }
        let change = match order.style {
            Style::Take => Change::executed(order, unit_cash_micros),
            Style::Make => {
                let counted: Cash = old
                    .iter()
                    .map(|o| loss_if_executed(side, o.remaining, o.unit_cost_micros))
                    .sum();
                let loss = loss_if_executed(side, order.shares, unit_cash_micros);
                Change::resting(token.outcome, side, (loss - counted).max(Cash::ZERO))
            }
        };
        self.planned.entry(token.market).or_default().add(change);
        if side == Side::Buy {
            self.account.free -= change.cost;
            self.account.gross += change.cost;
        }
    }
}
