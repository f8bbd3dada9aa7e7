//! Whether a book can be believed: a shadow of every streamed book, compared after each message with what the venue says
//! its best prices are, and now and then with a fetched one.

use std::collections::BTreeMap;

use quorate_domain::{
    Book, BookHealth, BookSide, HealthInput, Level, MarketId, TickSize, Timestamp,
};

use super::dedup::Recent;

/// Messages in a row whose best prices may differ before the book counts as broken. Single ones happen, since messages
/// overtake each other.
const DISAGREEMENTS_MAX: u32 = 3;

/// Snapshots older than a change of the price step that are passed over before one is taken all the same, in case
/// the venue's clocks differ among themselves.
const OLD_SNAPSHOTS_MAX: u32 = 3;

/// What a comparison with the venue's best prices came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// As the venue says, or nothing to compare.
    Agrees,
    /// Different, which may pass.
    Differs,
    /// Different for too long: the book is broken now.
    Broken,
}

/// What a snapshot did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Snapshot {
    /// The book is a new one.
    Replaced,
    /// The book was like that.
    Same,
    /// Older than what the book has seen.
    Old,
    /// A price is off the grid: the book is broken now.
    OffTick,
}

/// A streamed book and what is known about its continuity. All prices are on the YES scale.
#[derive(Clone, Debug)]
pub(crate) struct Shadow {
    book: Book,
    newest_ms: u64,
    floor_ms: u64,
    old_snapshots: u32,
    disagreements: u32,
    /// The message that disagreed last; both tokens' prices in one message count once.
    disagreed_in: u64,
    pub(crate) changes: Recent,
    pub(crate) trades: Recent,
}

impl Shadow {
    pub(crate) fn new(tick: TickSize) -> Self {
        Self {
            book: Book::new(tick),
            newest_ms: 0,
            floor_ms: 0,
            old_snapshots: 0,
            disagreements: 0,
            disagreed_in: 0,
            changes: Recent::default(),
            trades: Recent::default(),
        }
    }

    pub(crate) fn book(&self) -> &Book {
        &self.book
    }

    /// Time of the newest message taken in, milliseconds since 1970; 0 when continuity was lost.
    pub(crate) const fn newest_ms(&self) -> u64 {
        self.newest_ms
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.book.health() == BookHealth::Sound
    }

    /// Continuity was lost; changes are ignored until the next snapshot.
    pub(crate) fn break_continuity(&mut self) {
        self.book.break_continuity();
        self.newest_ms = 0;
        self.disagreements = 0;
        self.changes = Recent::default();
    }

    /// Lays a new grid; the book waits for a snapshot that is not older than the change.
    pub(crate) fn change_tick(&mut self, tick: TickSize, at_ms: u64) {
        self.break_continuity();
        self.book = Book::new(tick);
        self.floor_ms = at_ms;
        self.old_snapshots = 0;
    }

    /// Takes a snapshot. One that is older than the changes already seen is passed over: it would undo them.
    pub(crate) fn replace(&mut self, bids: &[Level], asks: &[Level], at_ms: u64) -> Snapshot {
        if self.is_sound() && at_ms < self.newest_ms {
            return Snapshot::Old;
        }
        if !self.is_sound() && at_ms < self.floor_ms && self.old_snapshots < OLD_SNAPSHOTS_MAX {
            self.old_snapshots += 1;
            return Snapshot::Old;
        }
        let mut fresh = Book::new(self.book.tick());
        if fresh.replace(bids, asks, Timestamp::default()).is_err() {
            self.break_continuity();
            return Snapshot::OffTick;
        }
        self.newest_ms = at_ms;
        if fresh == self.book {
            return Snapshot::Same;
        }
        self.book = fresh;
        self.disagreements = 0;
        Snapshot::Replaced
    }

    /// Writes a level. `Some(true)` when that changed the book, `None` when the price is off the grid and the book
    /// broken. The book must be sound.
    pub(crate) fn set(&mut self, side: BookSide, level: Level, at_ms: u64) -> Option<bool> {
        if self.book.tick().holds(level.price)
            && self.book.shares_at(side, level.price) == level.shares
        {
            self.newest_ms = self.newest_ms.max(at_ms);
            return Some(false);
        }
        if self.book.set(side, level, Timestamp::default()).is_err() {
            self.break_continuity();
            return None;
        }
        self.newest_ms = self.newest_ms.max(at_ms);
        Some(true)
    }

    /// Compares best prices (micro-dollars; 0 and 1,000,000 stand for an empty side) after the whole message with this
    /// number.
    pub(crate) fn check(&mut self, message: u64, bid: Option<u64>, ask: Option<u64>) -> Check {
        if !self.is_sound() {
            return Check::Agrees;
        }
        let agrees = |side, claimed: Option<u64>| {
            let own = self
                .book
                .best(side)
                .map(|level| u64::from(level.price.micros()));
            claimed.is_none_or(|micros| {
                own == Some(micros).filter(|micros| (1..1_000_000).contains(micros))
            })
        };
        let holds =
            agrees(BookSide::Bid, bid) && agrees(BookSide::Ask, ask) && !self.book.is_crossed();
        if holds {
            if self.disagreed_in != message {
                self.disagreements = 0;
            }
            return Check::Agrees;
        }
        if self.disagreed_in != message {
            self.disagreements += 1;
            self.disagreed_in = message;
        }
        if self.disagreements < DISAGREEMENTS_MAX {
            return Check::Differs;
        }
        self.break_continuity();
        Check::Broken
    }
}

/// A streamed book beside a fetched one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The same as deep as was looked.
    Agreement,
    /// The first difference, from the best price outwards.
    Diverged {
        /// The half.
        side: BookSide,
        /// What was streamed there.
        streamed: Option<Level>,
        /// What was fetched there.
        fetched: Option<Level>,
    },
}

/// Compares the best `depth` levels of each half with a fetched book on the YES scale, whose levels may be in any order.
/// The caller sees to it that no message came between the two.
#[must_use]
pub fn compare(streamed: &Book, bids: &[Level], asks: &[Level], depth: usize) -> Comparison {
    for (side, levels) in [(BookSide::Bid, bids), (BookSide::Ask, asks)] {
        let mut fetched: Vec<Level> = levels
            .iter()
            .copied()
            .filter(|level| !level.shares.is_zero())
            .collect();
        fetched.sort_by_key(|level| level.price);
        if side == BookSide::Bid {
            fetched.reverse();
        }
        let mut own = streamed.levels(side);
        for at in 0..depth {
            let (streamed, fetched) = (own.next(), fetched.get(at).copied());
            if streamed != fetched {
                return Comparison::Diverged {
                    side,
                    streamed,
                    fetched,
                };
            }
        }
    }
    Comparison::Agreement
}

/// Turns comparisons into news: a market has diverged when two fetches in a row differ, since one may have been overtaken
/// by a message; it agrees again at the first that does.
#[derive(Clone, Debug, Default)]
pub struct CrossCheck {
    differing: BTreeMap<MarketId, u32>,
}

impl CrossCheck {
    /// Takes one comparison in; gives the news where there is some.
    pub fn observe(&mut self, market: MarketId, seen: Comparison) -> Option<HealthInput> {
        match seen {
            Comparison::Agreement => {
                let before = self.differing.remove(&market).unwrap_or(0);
                (before >= 2).then_some(HealthInput::Agreed(market))
            }
            Comparison::Diverged { .. } => {
                let times = self.differing.entry(market).or_insert(0);
                *times = times.saturating_add(1);
                (*times == 2).then_some(HealthInput::Diverged(market))
            }
        }
    }
}
