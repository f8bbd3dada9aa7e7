//! An order book that writes down everything that happens to it, as the venue's feed would tell it.

use std::time::Duration;

use quorate_domain::{
    Book, BookSide, Level, MarketEvent, MarketId, MarketInput, Price, Probability, PublicTrade,
    Shares, Side, TickSize, Timestamp,
};

use super::path::Path;

/// The feed reports an execution first and the level it left this much later.
const LEVEL_FOLLOWS_TRADE: Duration = Duration::from_millis(1);

/// A book and its record.
pub(super) struct RecordedBook {
    market: MarketId,
    book: Book,
    events: Vec<(Timestamp, MarketInput)>,
    mids: Path,
}

impl RecordedBook {
    pub(super) fn new(market: MarketId, tick: TickSize) -> Self {
        Self {
            market,
            book: Book::new(tick),
            events: Vec::new(),
            mids: Path::default(),
        }
    }

    pub(super) fn book(&self) -> &Book {
        &self.book
    }

    /// The record in time order, and the midpoint after every batch of changes; a one-sided book leaves a NaN, since
    /// it has none.
    pub(super) fn into_record(self) -> (Vec<(Timestamp, MarketInput)>, Path) {
        (self.events, self.mids)
    }

    /// Lays a finer grid; the book stays empty until the next snapshot.
    pub(super) fn change_tick(&mut self, at: Timestamp, tick: TickSize) {
        self.book.change_tick(tick);
        self.write(at, MarketEvent::TickSize(tick));
    }

    /// Replaces the whole book.
    pub(super) fn snapshot(&mut self, at: Timestamp, bids: Vec<Level>, asks: Vec<Level>) {
        self.book
            .replace(&bids, &asks, at)
            .expect("quotes lie on the book's own grid");
        self.write(at, MarketEvent::Snapshot { bids, asks });
        self.note_midpoint(at);
    }

    /// Changes levels to absolute sizes, one message each. Cuts must come first so that no state in between is crossed.
    pub(super) fn change(&mut self, at: Timestamp, changes: &[(BookSide, Level)]) {
        for (side, level) in changes {
            self.book
                .set(*side, *level, at)
                .expect("quotes lie on the book's own grid");
            self.write(
                at,
                MarketEvent::Level {
                    side: *side,
                    level: *level,
                },
            );
        }
        if !changes.is_empty() {
            self.note_midpoint(at);
        }
    }

    /// Trading stops; what rests is gone.
    pub(super) fn close(&mut self, at: Timestamp) {
        self.write(at, MarketEvent::Closed);
    }

    /// Executes a taker against what rests, best price first, at `limit` or better. Returns the shares taken.
    pub(super) fn take(
        &mut self,
        at: Timestamp,
        taker: Side,
        limit: Price,
        shares: Shares,
    ) -> Shares {
        let side = BookSide::taken_by(taker);
        let mut left = shares;
        let mut changes = Vec::new();
        for level in self.book.levels(side) {
            let reached = match taker {
                Side::Buy => level.price <= limit,
                Side::Sell => level.price >= limit,
            };
            let taken = level.shares.min(left);
            if !reached || taken.is_zero() {
                break;
            }
            left = left.saturating_sub(taken);
            changes.push((taken, level.price, level.shares.saturating_sub(taken)));
        }
        for (shares, price, _) in &changes {
            self.write(
                at,
                MarketEvent::Trade(PublicTrade {
                    taker,
                    price: *price,
                    shares: *shares,
                }),
            );
        }
        let remains: Vec<(BookSide, Level)> = changes
            .iter()
            .map(|(_, price, shares)| {
                (
                    side,
                    Level {
                        price: *price,
                        shares: *shares,
                    },
                )
            })
            .collect();
        self.change(at.plus(LEVEL_FOLLOWS_TRADE), &remains);
        shares.saturating_sub(left)
    }

    fn write(&mut self, at: Timestamp, event: MarketEvent) {
        self.events.push((
            at,
            MarketInput {
                market: self.market,
                event,
            },
        ));
    }

    fn note_midpoint(&mut self, at: Timestamp) {
        let mid = self.book.midpoint().map_or(f64::NAN, Probability::get);
        self.mids.push(at, mid);
    }
}
