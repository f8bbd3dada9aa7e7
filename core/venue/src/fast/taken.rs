//! Recorded shares that a variant took. The recording does not know that we were there, so they stay on display; they
//! must not be taken twice. When the level shrinks, the shares that went are taken to be ours; only growth is new.

use alloc::vec::Vec;

use quorate_domain::BookSide;

use super::tick::Ticks;

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    /// The level's size when last seen, micro-shares.
    recorded: u64,
    /// How much of it is ours, micro-shares.
    taken: u64,
}

/// By market, half and price.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    entries: Vec<Entry>,
}

const fn key(market: u32, half: BookSide, price: Ticks) -> u64 {
    (market as u64) << 32 | (half as u64) << 16 | price as u64
}

impl Taken {
    /// Displayed shares that are still there for us.
    pub(crate) fn left(&self, market: u32, half: BookSide, price: Ticks, size: u64) -> u64 {
        if self.entries.is_empty() {
            return size;
        }
        match self.find(key(market, half, price)) {
            Ok(at) => size.saturating_sub(self.entries[at].taken),
            Err(_) => size,
        }
    }

    /// We took shares of a level that displays `size`.
    pub(crate) fn take(
        &mut self,
        market: u32,
        half: BookSide,
        price: Ticks,
        size: u64,
        shares: u64,
    ) {
        let key = key(market, half, price);
        match self.find(key) {
            Ok(at) => self.entries[at].taken += shares,
            Err(at) => self.entries.insert(
                at,
                Entry {
                    key,
                    recorded: size,
                    taken: shares,
                },
            ),
        }
    }

    /// The level now displays this much. Tells whether something of it is still ours.
    pub(crate) fn level_is(
        &mut self,
        market: u32,
        half: BookSide,
        price: Ticks,
        size: u64,
    ) -> bool {
        let Ok(at) = self.find(key(market, half, price)) else {
            return false;
        };
        let entry = &mut self.entries[at];
        entry.taken = entry
            .taken
            .saturating_sub(entry.recorded.saturating_sub(size));
        entry.recorded = size;
        let ours = entry.taken != 0;
        if !ours {
            self.entries.remove(at);
        }
        ours
    }

    fn find(&self, key: u64) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&key, |entry| entry.key)
    }
}
