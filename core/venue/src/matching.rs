//! News of a market meets our orders there.

use alloc::vec::Vec;

use quorate_domain::{
    BookHealth, BookSide, CancelReason, Level, MarketEvent, PublicTrade, Shares, TickSize,
    Timestamp,
};

use crate::clearing::Clearing;
use crate::config::{FillRule, QueueRule};
use crate::depth::walk;
use crate::listed::{ListedMarket, Stage};
use crate::order::{Hit, Leg, LiveOrder, Standing, whole_lots};

impl ListedMarket {
    /// Takes up one piece of news. A level off the grid leaves the book broken until the next snapshot.
    pub(crate) fn observe(&mut self, clearing: &mut Clearing, event: &MarketEvent) {
        match event {
            MarketEvent::Snapshot { bids, asks } => self.change_book(clearing, bids, asks),
            MarketEvent::Level { side, level } => self.change_level(clearing, *side, *level),
            MarketEvent::Trade(trade) => self.meet_trade(clearing, trade),
            MarketEvent::TickSize(tick) => self.change_tick(clearing, *tick),
            MarketEvent::DayVolume(_) => {}
            MarketEvent::Gap => self.book.break_continuity(),
            MarketEvent::Closed => self.close(clearing, Stage::Closed),
        }
    }

    /// Lays a new grid; what does not fit on it cannot stay.
    pub(crate) fn change_tick(&mut self, clearing: &mut Clearing, tick: TickSize) {
        self.book.change_tick(tick);
        self.cancel_where(clearing, CancelReason::TickChanged, |live| {
            !tick.holds(live.leg.price)
        });
    }

    fn change_book(&mut self, clearing: &mut Clearing, bids: &[Level], asks: &[Level]) {
        if self.book.replace(bids, asks, clearing.now).is_err() {
            return;
        }
        self.taken.book_is(&self.book);
        for live in &mut self.orders {
            let level = self.book.shares_at(live.leg.side, live.leg.price);
            live.level_is(level, clearing.now);
        }
        self.meet_quote(clearing);
    }

    fn change_level(&mut self, clearing: &mut Clearing, side: BookSide, level: Level) {
        let written = self.book.set(side, level, clearing.now);
        if written.is_err() || self.book.health() == BookHealth::Broken {
            return;
        }
        self.taken.level_is(side, level);
        let leg = Leg {
            side,
            price: level.price,
        };
        for live in self.orders.iter_mut().filter(|live| live.leg == leg) {
            live.level_is(level.shares, clearing.now);
        }
        self.meet_quote(clearing);
    }

    /// The displayed depth has changed: resting orders meet what now crosses them, waiting orders take.
    fn meet_quote(&mut self, clearing: &mut Clearing) {
        if self.orders.is_empty() || !self.is_legible() {
            return;
        }
        self.fill_crossed(clearing);
        if clearing.config.fills == FillRule::NextObservation {
            self.release_waiting(clearing);
        }
    }

    /// Shares displayed at or through the price of a resting order fill it, at its price.
    fn fill_crossed(&mut self, clearing: &mut Clearing) {
        let (bid, ask) = (self.book.best(BookSide::Bid), self.book.best(BookSide::Ask));
        let mut done = false;
        for live in &mut self.orders {
            let opposite = live.leg.side.opposite();
            let best = match opposite {
                BookSide::Bid => bid,
                BookSide::Ask => ask,
            };
            let touched = best.is_some_and(|level| live.leg.accepts(level.price));
            if !touched || !matches!(live.standing, Standing::Resting(_)) {
                continue;
            }
            let mut shares = Shares::ZERO;
            for take in walk(&self.book, &self.taken, live.leg, live.remaining) {
                self.taken.take(opposite, take);
                shares += take.shares;
            }
            if !shares.is_zero() {
                clearing.fill_resting(&self.market, live, shares);
                done |= live.remaining.is_zero();
            }
        }
        if done {
            self.sweep();
        }
    }

    /// Orders that arrived before this quote take from it, first come first served.
    fn release_waiting(&mut self, clearing: &mut Clearing) {
        let now = clearing.now;
        let mut due: Vec<LiveOrder> = self
            .orders
            .extract_if(.., |live| arrived_before(live, now))
            .collect();
        due.sort_by_key(|live| match live.standing {
            Standing::Waiting(since) => since,
            Standing::Resting(_) => now,
        });
        for live in due {
            self.execute(clearing, live);
        }
    }

    /// Others traded: best-priced orders first, and no share of the trade twice.
    fn meet_trade(&mut self, clearing: &mut Clearing, trade: &PublicTrade) {
        if self.orders.is_empty() || self.book.health() == BookHealth::Broken {
            return;
        }
        let mut left = trade.shares;
        let mut done = false;
        for live in &mut self.orders {
            let reached = reach(clearing, live, trade, left);
            let shares = whole_lots(reached, live.remaining);
            if !shares.is_zero() {
                left = left.saturating_sub(shares);
                clearing.fill_resting(&self.market, live, shares);
                done |= live.remaining.is_zero();
            }
        }
        if done {
            self.sweep();
        }
    }

    /// Completed orders leave.
    fn sweep(&mut self) {
        self.orders.retain(|live| !live.remaining.is_zero());
    }
}

fn arrived_before(live: &LiveOrder, now: Timestamp) -> bool {
    matches!(live.standing, Standing::Waiting(since) if since < now)
}

/// How many of the `left` shares of a trade come as far as this order.
fn reach(clearing: &Clearing, live: &mut LiveOrder, trade: &PublicTrade, left: Shares) -> Shares {
    let Standing::Resting(queue) = &mut live.standing else {
        return Shares::ZERO;
    };
    match (live.leg.hit_by(trade), clearing.config.queue) {
        (Hit::Missed, _) | (Hit::At, QueueRule::TradedThrough) => Shares::ZERO,
        (Hit::At, QueueRule::BehindQueue) => queue.traded(left, clearing.now),
        (Hit::Through, _) => {
            queue.passed();
            left
        }
    }
}
