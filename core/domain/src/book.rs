//! An order book as two flat arrays over the tick grid.
//!
//! One book describes both outcomes: a YES bid at `p` is a NO ask at `1 - p` of the same size. A change of the tick
//! size starts a new epoch: the grid is laid anew and stays empty until the next snapshot.

use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::chance::{Probability, Timestamp};
use crate::market::{Outcome, Side};
use crate::number::{Price, Shares, TickSize};

/// Shares resting at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Price per share.
    pub price: Price,
    /// Shares resting there.
    pub shares: Shares,
}

/// Which half of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BookSide {
    /// Buyers.
    Bid,
    /// Sellers.
    Ask,
}

impl BookSide {
    /// The half that an order of this direction takes from.
    #[must_use]
    pub const fn taken_by(side: Side) -> Self {
        match side {
            Side::Buy => Self::Ask,
            Side::Sell => Self::Bid,
        }
    }

    /// The other half.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Bid => Self::Ask,
            Self::Ask => Self::Bid,
        }
    }
}

/// A price that is not on the book's grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("price {price} is not a multiple of the tick {tick}")]
pub struct OffTick {
    /// The price.
    pub price: Price,
    /// The grid.
    pub tick: TickSize,
}

/// Whether a book can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookHealth {
    /// No snapshot yet in this epoch, or continuity was lost.
    Broken,
    /// A snapshot and every change since.
    Sound,
}

/// The resting shares of one market, on the YES scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    tick: TickSize,
    epoch: u32,
    health: BookHealth,
    updated_at: Timestamp,
    /// Micro-shares by step; index 0 and the last are never used.
    bids: Vec<u64>,
    asks: Vec<u64>,
    /// Step of the best bid; 0 when there is none.
    best_bid: u32,
    /// Step of the best ask; `tick.steps()` when there is none.
    best_ask: u32,
}

impl Book {
    /// An empty, broken book.
    #[must_use]
    pub fn new(tick: TickSize) -> Self {
        let len = tick.steps() as usize + 1;
        Self {
            tick,
            epoch: 0,
            health: BookHealth::Broken,
            updated_at: Timestamp::default(),
            bids: vec![0; len],
            asks: vec![0; len],
            best_bid: 0,
            best_ask: tick.steps(),
        }
    }

    /// The grid.
    #[must_use]
    pub const fn tick(&self) -> TickSize {
        self.tick
    }

    /// How many times the grid has been laid.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Whether the book can be relied on.
    #[must_use]
    pub const fn health(&self) -> BookHealth {
        self.health
    }

    /// When the book was last touched.
    #[must_use]
    pub const fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// Continuity was lost: nothing here is to be believed until the next snapshot.
    pub fn break_continuity(&mut self) {
        self.health = BookHealth::Broken;
    }

    /// Lays a new grid and forgets every level.
    pub fn change_tick(&mut self, tick: TickSize) {
        *self = Self {
            epoch: self.epoch + 1,
            updated_at: self.updated_at,
            ..Self::new(tick)
        };
    }

    /// Replaces the whole book.
    ///
    /// # Errors
    /// [`OffTick`] when a price is off the grid; the book is then empty and broken.
    pub fn replace(
        &mut self,
        bids: &[Level],
        asks: &[Level],
        at: Timestamp,
    ) -> Result<(), OffTick> {
        self.clear();
        self.updated_at = at;
        self.health = BookHealth::Broken;
        let written = bids
            .iter()
            .try_for_each(|level| self.write(BookSide::Bid, *level))
            .and_then(|()| {
                asks.iter()
                    .try_for_each(|level| self.write(BookSide::Ask, *level))
            });
        if written.is_err() {
            self.clear();
        } else {
            self.health = BookHealth::Sound;
        }
        written
    }

    /// Sets one level to an absolute size; zero removes it.
    ///
    /// # Errors
    /// [`OffTick`] when the price is off the grid; the book is then broken, since a change was lost.
    pub fn set(&mut self, side: BookSide, level: Level, at: Timestamp) -> Result<(), OffTick> {
        self.updated_at = at;
        self.write(side, level)
            .inspect_err(|_| self.health = BookHealth::Broken)
    }

    /// Best price of a half.
    #[must_use]
    pub fn best(&self, side: BookSide) -> Option<Level> {
        let step = match side {
            BookSide::Bid => self.best_bid,
            BookSide::Ask => self.best_ask,
        };
        self.level(side, step)
    }

    /// Shares resting at a price.
    #[must_use]
    pub fn shares_at(&self, side: BookSide, price: Price) -> Shares {
        if !self.tick.holds(price) {
            return Shares::ZERO;
        }
        Shares::from_micros(self.half(side)[(price.micros() / self.tick.micros()) as usize])
    }

    /// Levels of a half from the best outwards.
    pub fn levels(&self, side: BookSide) -> impl Iterator<Item = Level> + '_ {
        let (from, to) = match side {
            BookSide::Bid => (1, self.best_bid),
            BookSide::Ask => (self.best_ask, self.tick.steps() - 1),
        };
        let count = (to + 1).saturating_sub(from);
        (0..count).filter_map(move |offset| {
            let step = match side {
                BookSide::Bid => to - offset,
                BookSide::Ask => from + offset,
            };
            self.level(side, step)
        })
    }

    /// Levels of a half of an outcome's book, from the best outwards, on that outcome's own price scale.
    pub fn levels_of(&self, outcome: Outcome, side: BookSide) -> impl Iterator<Item = Level> + '_ {
        let own = match outcome {
            Outcome::Yes => side,
            Outcome::No => side.opposite(),
        };
        self.levels(own).map(move |level| match outcome {
            Outcome::Yes => level,
            Outcome::No => Level {
                price: level.price.complement(),
                shares: level.shares,
            },
        })
    }

    /// Best price of a half of an outcome's book, on that outcome's own price scale.
    #[must_use]
    pub fn best_of(&self, outcome: Outcome, side: BookSide) -> Option<Level> {
        self.levels_of(outcome, side).next()
    }

    /// Whether the best bid meets or exceeds the best ask. Such a book is locked or crossed and means nothing.
    #[must_use]
    pub const fn is_crossed(&self) -> bool {
        self.best_bid != 0 && self.best_ask <= self.best_bid
    }

    /// Midpoint of a sound, two-sided, uncrossed book.
    #[must_use]
    pub fn midpoint(&self) -> Option<Probability> {
        if self.health == BookHealth::Broken || self.is_crossed() {
            return None;
        }
        let (bid, ask) = (self.best(BookSide::Bid)?, self.best(BookSide::Ask)?);
        Some(Probability::midpoint(bid.price, ask.price))
    }

    fn clear(&mut self) {
        self.bids.fill(0);
        self.asks.fill(0);
        self.best_bid = 0;
        self.best_ask = self.tick.steps();
    }

    fn half(&self, side: BookSide) -> &[u64] {
        match side {
            BookSide::Bid => &self.bids,
            BookSide::Ask => &self.asks,
        }
    }

    fn level(&self, side: BookSide, step: u32) -> Option<Level> {
        let shares = self.half(side)[step as usize];
        if shares == 0 {
            return None;
        }
        let price = Price::from_micros(i64::from(step) * i64::from(self.tick.micros())).ok()?;
        Some(Level {
            price,
            shares: Shares::from_micros(shares),
        })
    }

    fn write(&mut self, side: BookSide, level: Level) -> Result<(), OffTick> {
        if !self.tick.holds(level.price) {
            return Err(OffTick {
                price: level.price,
                tick: self.tick,
            });
        }
        let step = level.price.micros() / self.tick.micros();
        let shares = level.shares.micros();
        match side {
            BookSide::Bid => {
                self.bids[step as usize] = shares;
                self.best_bid = match (shares, step == self.best_bid) {
                    (0, true) => next_below(&self.bids, step),
                    (0, false) => self.best_bid,
                    _ => self.best_bid.max(step),
                };
            }
            BookSide::Ask => {
                self.asks[step as usize] = shares;
                self.best_ask = match (shares, step == self.best_ask) {
                    (0, true) => next_above(&self.asks, step),
                    (0, false) => self.best_ask,
                    _ => self.best_ask.min(step),
                };
            }
        }
        Ok(())
    }
}

/// Highest occupied step below `step`; 0 when there is none.
fn next_below(half: &[u64], step: u32) -> u32 {
    (1..step)
        .rev()
        .find(|i| half[*i as usize] != 0)
        .unwrap_or(0)
}

/// Lowest occupied step above `step`; the last index when there is none.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a grid has at most 10,001 steps"
)]
fn next_above(half: &[u64], step: u32) -> u32 {
    let end = half.len() as u32 - 1;
    (step + 1..end)
        .find(|i| half[*i as usize] != 0)
        .unwrap_or(end)
}
