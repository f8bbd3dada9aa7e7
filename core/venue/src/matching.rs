//! News of a market meets our orders there.

use alloc::vec::Vec;

use quorate_domain::{
    BookHealth, BookSide, CancelReason, Level, MarketEvent, PublicTrade, Shares, TickSize,
};

use crate::clearing::Clearing;
use crate::config::QueueRule;
use crate::depth::walk;
use crate::listed::{ListedMarket, Stage};
use crate::order::{Hit, LiveOrder, Standing, whole_lots};

impl ListedMarket {
    /// Takes up one piece of news. A level off the grid leaves the book broken until the next snapshot.
    pub(crate) fn observe(&mut self, clearing: &mut Clearing, event: &MarketEvent) {
        match event {
            MarketEvent::Snapshot { bids, asks } => {
                if self.book.replace(bids, asks, clearing.now).is_ok() {
                    self.taken.book_is(&self.book);
                    self.meet_quote(clearing);
                }
            }
            MarketEvent::Level { side, level } => self.change_level(clearing, *side, *level),
            MarketEvent::Trade(trade) => self.meet_trade(clearing, trade),
            MarketEvent::TickSize(tick) => self.change_tick(clearing, *tick),
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

    fn change_level(&mut self, clearing: &mut Clearing, side: BookSide, level: Level) {
        let written = self.book.set(side, level, clearing.now);
        if written.is_ok() && self.book.health() == BookHealth::Sound {
            self.taken.level_is(side, level);
            self.meet_quote(clearing);
        }
    }

    /// The displayed depth has changed: queues shorten, resting orders meet what now crosses them, waiting orders take.
    fn meet_quote(&mut self, clearing: &mut Clearing) {
        if self.orders.is_empty() {
            return;
        }
        for live in &mut self.orders {
            if let Standing::Resting(queue) = &mut live.standing {
                let level = self.book.shares_at(live.leg.side, live.leg.price);
                queue.level_is(level, clearing.now);
            }
        }
        if self.is_legible() {
            self.fill_crossed(clearing);
            self.release_waiting(clearing);
        }
    }

    /// Shares displayed at or through the price of a resting order fill it, at its price.
    fn fill_crossed(&mut self, clearing: &mut Clearing) {
        for live in &mut self.orders {
            if !matches!(live.standing, Standing::Resting(_)) {
                continue;
            }
            let mut shares = Shares::ZERO;
            for take in walk(&self.book, &self.taken, live.leg, live.remaining) {
                self.taken.take(live.leg.side.opposite(), take);
                shares += take.shares;
            }
            if !shares.is_zero() {
                clearing.fill_resting(&self.market, live, shares);
            }
        }
        self.sweep();
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
        for live in &mut self.orders {
            let reached = reach(clearing, live, trade, left);
            let shares = whole_lots(reached, live.remaining);
            if !shares.is_zero() {
                left = left.saturating_sub(shares);
                clearing.fill_resting(&self.market, live, shares);
            }
        }
        self.sweep();
    }

    fn sweep(&mut self) {
        self.orders.retain(|live| !live.remaining.is_zero());
    }
}

fn arrived_before(live: &LiveOrder, now: quorate_domain::Timestamp) -> bool {
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
