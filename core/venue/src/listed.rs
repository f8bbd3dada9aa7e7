//! One listed market: its recorded book, what we took of it, and our orders in it.

use alloc::vec::Vec;
use core::time::Duration;

use quorate_domain::{
    Book, BookHealth, CancelReason, Market, OrderId, Payout, TimeInForce, Timestamp,
};

use serde::{Deserialize, Serialize};

use crate::clearing::Clearing;
use crate::depth::TakenDepth;
use crate::order::{Leg, LiveOrder};
use crate::timers::Action;

/// How far a market has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// It trades, within its announced times.
    Trading,
    /// Trading has stopped.
    Closed,
    /// The question is decided.
    Resolved(Payout),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ListedMarket {
    pub(crate) market: Market,
    pub(crate) book: Book,
    pub(crate) stage: Stage,
    pub(crate) taken: TakenDepth,
    /// Best price first within a half, then first come.
    pub(crate) orders: Vec<LiveOrder>,
}

impl ListedMarket {
    pub(crate) fn new(market: Market) -> Self {
        Self {
            book: Book::new(market.tick),
            market,
            stage: Stage::Trading,
            taken: TakenDepth::default(),
            orders: Vec::new(),
        }
    }

    /// Replaces the terms. A new tick size lays a new grid; new closing times move the ends of open orders.
    pub(crate) fn relist(&mut self, clearing: &mut Clearing, market: Market) {
        let tick_changed = market.tick != self.market.tick && market.tick != self.book.tick();
        self.market = market;
        if tick_changed {
            self.change_tick(clearing, self.market.tick);
        }
        for live in &mut self.orders {
            if let Some(key) = live.end.take() {
                clearing.timers.remove(key);
            }
            arm(clearing, &self.market, live);
        }
    }

    /// Whether an order may trade now.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        self.stage == Stage::Trading
            && self.market.opens_at.is_none_or(|opens| opens <= now)
            && self.market.closes_at.is_none_or(|closes| now <= closes)
    }

    /// Whether the displayed depth can be believed.
    pub(crate) fn is_legible(&self) -> bool {
        self.book.health() == BookHealth::Sound && !self.book.is_crossed()
    }

    /// Whether an order here would meet displayed shares.
    pub(crate) fn touches(&self, leg: Leg) -> bool {
        self.is_legible()
            && self
                .book
                .best(leg.side.opposite())
                .is_some_and(|level| leg.accepts(level.price))
    }

    /// Puts an order among the open ones, behind its equals.
    pub(crate) fn admit(&mut self, clearing: &mut Clearing, mut live: LiveOrder) {
        clearing.note_live(&live);
        if live.end.is_none() {
            arm(clearing, &self.market, &mut live);
        }
        let place = self
            .orders
            .partition_point(|other| other.leg.rank() <= live.leg.rank());
        self.orders.insert(place, live);
    }

    pub(crate) fn cancel(&mut self, clearing: &mut Clearing, order: OrderId, reason: CancelReason) {
        self.cancel_where(clearing, reason, |live| live.order.id == order);
    }

    pub(crate) fn cancel_where(
        &mut self,
        clearing: &mut Clearing,
        reason: CancelReason,
        mut chosen: impl FnMut(&LiveOrder) -> bool,
    ) {
        for live in self.orders.extract_if(.., |live| chosen(live)) {
            clearing.cancel(live, reason);
        }
    }

    /// Trading is over; the first word on how is the last.
    pub(crate) fn close(&mut self, clearing: &mut Clearing, stage: Stage) {
        if !matches!(self.stage, Stage::Resolved(_)) {
            self.stage = stage;
        }
        self.cancel_where(clearing, CancelReason::MarketClosed, |_| true);
    }
}

/// Sets the end of an order's life: its own expiry, or the first instant after the market's last.
fn arm(clearing: &mut Clearing, market: &Market, live: &mut LiveOrder) {
    let expiry = match live.order.time_in_force {
        TimeInForce::Gtd(at) => Some((at, CancelReason::Expired)),
        _ => None,
    };
    let closing = market
        .closes_at
        .map(|at| (at.plus(Duration::from_nanos(1)), CancelReason::MarketClosed));
    let end = expiry.into_iter().chain(closing).min_by_key(|(at, _)| *at);
    live.end = end.map(|(at, reason)| clearing.timers.add(at, Action::End(live.order.id, reason)));
}
