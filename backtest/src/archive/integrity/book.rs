//! A token's book for checks: levels by price, nothing else.

use std::collections::BTreeMap;

use quorate_domain::{BookSide, Level};

use crate::archive::decode::ABSENT;

/// Levels in micro-dollars and micro-shares.
#[derive(Default)]
pub(in crate::archive) struct TokenBook {
    bids: BTreeMap<u32, u64>,
    asks: BTreeMap<u32, u64>,
    sound: bool,
    newest_ns: u64,
}

impl TokenBook {
    pub(in crate::archive) fn is_sound(&self) -> bool {
        self.sound
    }

    pub(in crate::archive) fn break_continuity(&mut self) {
        self.sound = false;
    }

    /// Notes a venue time; gives how far it lies behind the newest.
    pub(super) fn note_time(&mut self, event_ns: u64) -> Option<u64> {
        let behind = self.newest_ns.saturating_sub(event_ns);
        self.newest_ns = self.newest_ns.max(event_ns);
        (behind > 0).then_some(behind)
    }

    pub(in crate::archive) fn replace(&mut self, bids: &[Level], asks: &[Level]) {
        let half = |levels: &[Level]| {
            levels
                .iter()
                .map(|level| (level.price.micros(), level.shares.micros()))
                .collect()
        };
        (self.bids, self.asks, self.sound) = (half(bids), half(asks), true);
    }

    pub(in crate::archive) fn set(&mut self, side: BookSide, price_micros: u32, size_micros: u64) {
        let half = match side {
            BookSide::Bid => &mut self.bids,
            BookSide::Ask => &mut self.asks,
        };
        match size_micros {
            0 => half.remove(&price_micros),
            size => half.insert(price_micros, size),
        };
    }

    /// Size at a price, micro-shares.
    pub(in crate::archive) fn size(&self, side: BookSide, price_micros: u32) -> u64 {
        let half = match side {
            BookSide::Bid => &self.bids,
            BookSide::Ask => &self.asks,
        };
        half.get(&price_micros).copied().unwrap_or(0)
    }

    fn best(&self) -> (Option<u32>, Option<u32>) {
        let bid = self.bids.last_key_value().map(|(price, _)| *price);
        let ask = self.asks.first_key_value().map(|(price, _)| *price);
        (bid, ask)
    }

    pub(super) fn is_crossed(&self) -> bool {
        matches!(self.best(), (Some(bid), Some(ask)) if bid >= ask)
    }

    /// Whether stated best prices are those of the book. 0 and 1 dollar state an empty side; an absent one is not judged.
    pub(super) fn agrees(&self, (bid, ask): (u32, u32)) -> bool {
        let (own_bid, own_ask) = self.best();
        let same = |stated: u32, own: Option<u32>| match stated {
            ABSENT => true,
            0 | 1_000_000 => own.is_none(),
            price => own == Some(price),
        };
        same(bid, own_bid) && same(ask, own_ask)
    }
}
