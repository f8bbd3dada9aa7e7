//! Taking from recorded depth without ever taking the same shares twice.
//!
//! The recording does not know that we were there, so what we took stays on display. We remember it per level. When the
//! level shrinks, the shares that went are taken to be the ones we had; when it grows, only the growth is new.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use quorate_domain::{Book, BookSide, Level, Price, Shares};

use serde::{Deserialize, Serialize};

use crate::order::{Leg, whole_lots};

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Taken {
    /// The level's size when last seen.
    recorded: Shares,
    /// How much of it is already ours.
    taken: Shares,
}

/// What we took of the displayed shares, by half and price on the YES scale.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct TakenDepth {
    #[serde(with = "quorate_domain::pairs")]
    levels: BTreeMap<(BookSide, Price), Taken>,
}

/// A part of a walk: shares of one displayed level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Take {
    pub(crate) level: Level,
    pub(crate) shares: Shares,
}

impl TakenDepth {
    /// Displayed shares that are still there for us.
    pub(crate) fn left(&self, side: BookSide, level: Level) -> Shares {
        match self.levels.get(&(side, level.price)) {
            Some(entry) => level.shares.saturating_sub(entry.taken),
            None => level.shares,
        }
    }

    pub(crate) fn take(&mut self, side: BookSide, take: Take) {
        let entry = self
            .levels
            .entry((side, take.level.price))
            .or_insert(Taken {
                recorded: take.level.shares,
                taken: Shares::ZERO,
            });
        entry.taken += take.shares;
        assert!(
            entry.taken <= take.level.shares,
            "no more can be taken from a level than it displays"
        );
    }

    /// The level at `price` now displays this much.
    pub(crate) fn level_is(&mut self, side: BookSide, level: Level) {
        let key = (side, level.price);
        if let Some(entry) = self.levels.get_mut(&key) {
            entry.see(level.shares);
            if entry.taken.is_zero() {
                self.levels.remove(&key);
            }
        }
    }

    /// The whole book was seen anew.
    pub(crate) fn book_is(&mut self, book: &Book) {
        self.levels.retain(|(side, price), entry| {
            entry.see(book.shares_at(*side, *price));
            !entry.taken.is_zero()
        });
    }
}

impl Taken {
    fn see(&mut self, shares: Shares) {
        let gone = self.recorded.saturating_sub(shares);
        self.taken = self.taken.saturating_sub(gone);
        self.recorded = shares;
    }
}

/// What an order could take now, best level first, within its limit.
pub(crate) fn walk(book: &Book, taken: &TakenDepth, leg: Leg, wanted: Shares) -> Vec<Take> {
    let opposite = leg.side.opposite();
    let mut takes = Vec::new();
    let mut missing = wanted;
    for level in book.levels(opposite) {
        if missing.is_zero() || !leg.accepts(level.price) {
            break;
        }
        let shares = whole_lots(taken.left(opposite, level), missing);
        if !shares.is_zero() {
            missing = missing.saturating_sub(shares);
            takes.push(Take { level, shares });
        }
    }
    takes
}
