//! What a strategy of the fast path sees and may do.

use alloc::boxed::Box;
use core::ops::RangeInclusive;

use quorate_domain::BookSide;

use super::account::Position;
use super::agenda::Agenda;
use super::book::{Book, Quote};
use super::delay::Purpose;
use super::later::{Arrival, Chore};
use super::order::{NewOrder, OpenOrder, OrderId, State};
use super::terms::MarketTerms;
use super::variant::Variant;

/// A model's probability of YES.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Parts per thousand million.
    pub per_billion: u32,
    /// When it became known, nanoseconds.
    pub known_at: u64,
}

/// One market as it is known to the strategy at one instant: only what had been received by then.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The instant, nanoseconds since 1970.
    pub now: u64,
    /// Index of the market.
    pub market: u32,
    /// What the market trades under.
    pub terms: &'a MarketTerms,
    /// The book as received.
    pub book: &'a Book,
    /// The last probability received.
    pub signal: Option<Signal>,
    /// Whether no resolution has been heard of.
    pub open: bool,
    /// Own tokens of this market.
    pub position: Position,
    /// Collateral that is nobody's claim, micro-dollars.
    pub cash_free: i64,
    /// Collateral including what open buys keep and what sells still bring, micro-dollars.
    pub cash_total: i64,
}

impl View<'_> {
    /// Best bid and ask of a book that can be believed and has both.
    #[must_use]
    pub fn touch(&self) -> Option<(Quote, Quote)> {
        if !self.open || !self.book.is_legible() {
            return None;
        }
        Some((
            self.book.best(BookSide::Bid)?,
            self.book.best(BookSide::Ask)?,
        ))
    }
}

/// What a strategy may do. Everything arrives at the venue after the variant's latency.
#[derive(Debug)]
pub struct Actions<'a> {
    pub(crate) now: u64,
    pub(crate) index: u32,
    pub(crate) markets: u32,
    pub(crate) variant: &'a mut Variant,
    pub(crate) arrivals: &'a mut Agenda<Arrival>,
    /// Collateral between which the strategy wants to rest.
    pub(crate) rest: Option<RangeInclusive<i64>>,
}

impl Actions<'_> {
    /// Sends an order; `None` when its market is not part of the run.
    pub fn place(&mut self, order: &NewOrder) -> Option<OrderId> {
        if order.market >= self.markets {
            return None;
        }
        let id = self.variant.orders.add(order);
        self.variant.stats.orders += 1;
        let delay = self.variant.config.submit;
        let delay = self.variant.draws.delay(delay, Purpose::Submit, id.number);
        let (variant, slot) = (self.index, id.slot);
        self.arrivals.push(
            0,
            self.now.saturating_add(delay),
            Arrival::Place { variant, slot },
        );
        Some(id)
    }

    /// Sends a cancel. If it arrives before its order it finds nothing.
    pub fn cancel(&mut self, id: OrderId) {
        let delay = self.variant.config.cancel;
        let delay = self.variant.draws.delay(delay, Purpose::Cancel, id.number);
        let variant = self.index;
        let due = self.now.saturating_add(delay);
        self.arrivals.push(1, due, Arrival::Cancel { variant, id });
    }

    /// Sends a transaction to the chain.
    pub fn request(&mut self, chore: Chore) {
        let due = self.now.saturating_add(self.variant.config.chain);
        let variant = self.index;
        self.arrivals.push(
            1,
            due,
            Arrival::Chore {
                variant,
                chore: Box::new(chore),
            },
        );
    }

    /// Says that the strategy would do nothing in this market, now or later, until one of these has changed: the prices
    /// of the touch (or that there is none), the signal's probability, whether the market is open, or something that
    /// the venue told this variant about the market; or until `cash_total` leaves the given range of micro-dollars.
    /// It holds until the next decision here, and saves being asked at every record in between. A strategy to which
    /// anything else matters (sizes, deeper levels, the clock, free cash) must not say it.
    pub fn rest_while(&mut self, cash_total: RangeInclusive<i64>) {
        self.rest = Some(cash_total);
    }

    /// What has become of an order; `None` once it has ended.
    #[must_use]
    pub fn status(&self, id: OrderId) -> Option<OpenOrder> {
        let order = self.variant.orders.find(id)?;
        Some(OpenOrder {
            remaining: order.remaining,
            ahead: self.variant.orders.place(id.slot).ahead(),
            resting: order.state == State::Resting,
        })
    }
}

/// Decides for one variant. It must not allocate and must not depend on anything but what it is given.
pub trait Strategy {
    /// A market in which something was heard since the last time: news, or an answer to this variant.
    fn decide(&mut self, view: &View<'_>, actions: &mut Actions<'_>);
}

/// Does nothing: replay without a strategy, or with orders sent from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Idle;

impl Strategy for Idle {
    fn decide(&mut self, _: &View<'_>, _: &mut Actions<'_>) {}
}
