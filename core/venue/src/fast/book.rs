//! The book of one market: a flat array of sizes per half over the grid, the best step kept, and a bitmap that finds
//! the next best at once.

use alloc::vec;
use alloc::vec::Vec;

use quorate_domain::{BookHealth, BookSide};

use super::bits::Bits;
use super::event::{Event, Kind};
use super::tick::{Grid, Tick, Ticks};

/// A price and what rests there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Price on the YES scale.
    pub price: Ticks,
    /// Micro-shares.
    pub size: u64,
}

#[derive(Clone, Debug)]
struct Half {
    sizes: Vec<u64>,
    occupied: Bits,
    /// Best occupied step. None: 0 for bids, the grid's end for asks.
    best: u32,
}

/// Resting shares on the YES scale. A YES bid at `p` is a NO ask at `1 - p`.
#[derive(Clone, Debug)]
pub struct Book {
    grid: Grid,
    epoch: u32,
    health: BookHealth,
    /// A snapshot is coming in: its levels replace everything.
    filling: bool,
    bids: Half,
    asks: Half,
}

impl Half {
    fn new(steps: u32, best: u32) -> Self {
        Self {
            sizes: vec![0; steps as usize + 1],
            occupied: Bits::new(steps + 1),
            best,
        }
    }

    fn clear(&mut self, best: u32) {
        self.sizes.fill(0);
        self.occupied.clear();
        self.best = best;
    }

    /// Writes a size; tells whether the level became empty.
    #[inline]
    fn write(&mut self, step: u32, size: u64) -> bool {
        let Some(slot) = self.sizes.get_mut(step as usize) else {
            return false;
        };
        let old = core::mem::replace(slot, size);
        match (old == 0, size == 0) {
            (true, false) => {
                self.occupied.insert(step);
                false
            }
            (false, true) => {
                self.occupied.remove(step);
                true
            }
            _ => false,
        }
    }
}

impl Book {
    /// An empty book that is not yet to be believed.
    #[must_use]
    pub fn new(tick: Tick) -> Self {
        let grid = Grid::new(tick);
        Self {
            grid,
            epoch: 0,
            health: BookHealth::Broken,
            filling: false,
            bids: Half::new(grid.steps(), 0),
            asks: Half::new(grid.steps(), grid.steps()),
        }
    }

    /// Takes up a record of this book. A level off the grid leaves the book broken until the next snapshot. Trades,
    /// resolutions and signals change nothing.
    #[inline]
    pub fn apply(&mut self, event: &Event, kind: Kind) {
        match kind {
            Kind::Delta | Kind::SnapshotLevel => {
                self.write_price(event.book_side(), event.price, event.size);
            }
            Kind::Clear => self.begin_snapshot(),
            Kind::TickChange => {
                if let Some(tick) = Tick::from_width(event.size) {
                    self.change_tick(tick);
                }
            }
            Kind::Gap => self.health = BookHealth::Broken,
            Kind::Trade | Kind::Resolved | Kind::Signal => {}
        }
        if event.is_last() && self.filling {
            self.end_snapshot();
        }
    }

    /// The grid.
    #[must_use]
    pub const fn tick(&self) -> Tick {
        self.grid.tick()
    }

    /// How many times the grid has been laid anew.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Whether the book can be relied on.
    #[must_use]
    pub const fn health(&self) -> BookHealth {
        self.health
    }

    /// Best quote of a half.
    #[must_use]
    #[inline]
    pub fn best(&self, side: BookSide) -> Option<Quote> {
        let half = self.half(side);
        let size = half.sizes[half.best as usize];
        (size != 0).then(|| Quote {
            price: self.grid.price(half.best),
            size,
        })
    }

    /// Micro-shares at a price; 0 off the grid.
    #[must_use]
    pub fn size_at(&self, side: BookSide, price: Ticks) -> u64 {
        self.grid
            .step(price)
            .map_or(0, |step| self.size_at_step(side, step))
    }

    /// Quotes of a half from the best outwards.
    pub fn quotes(&self, side: BookSide) -> impl Iterator<Item = Quote> + '_ {
        let half = self.half(side);
        let mut next = self.first(side);
        core::iter::from_fn(move || {
            let step = next?;
            next = self.further(side, step);
            Some(Quote {
                price: self.grid.price(step),
                size: half.sizes[step as usize],
            })
        })
    }

    /// Whether the depth can be believed: continuous, and neither locked nor crossed.
    #[must_use]
    #[inline]
    pub fn is_legible(&self) -> bool {
        self.health == BookHealth::Sound && (self.bids.best == 0 || self.bids.best < self.asks.best)
    }

    pub(crate) const fn grid(&self) -> &Grid {
        &self.grid
    }

    #[inline]
    pub(crate) fn best_step(&self, side: BookSide) -> u32 {
        self.half(side).best
    }

    #[inline]
    pub(crate) fn size_at_step(&self, side: BookSide, step: u32) -> u64 {
        self.half(side)
            .sizes
            .get(step as usize)
            .copied()
            .unwrap_or(0)
    }

    /// The best occupied step.
    pub(crate) fn first(&self, side: BookSide) -> Option<u32> {
        let best = self.half(side).best;
        (self.size_at_step(side, best) != 0).then_some(best)
    }

    /// The next occupied step outwards.
    pub(crate) fn further(&self, side: BookSide, step: u32) -> Option<u32> {
        match side {
            BookSide::Bid => self.bids.occupied.previous(step.checked_sub(1)?),
            BookSide::Ask => self.asks.occupied.next(step + 1),
        }
    }

    fn half(&self, side: BookSide) -> &Half {
        match side {
            BookSide::Bid => &self.bids,
            BookSide::Ask => &self.asks,
        }
    }

    fn write_price(&mut self, side: BookSide, price: Ticks, size: u64) {
        match self.grid.step(price) {
            Some(step) => self.write(side, step, size),
            None => self.miss(),
        }
    }

    /// A level off the grid: a change was lost, and a snapshot that contains it is worth nothing.
    pub(crate) fn miss(&mut self) {
        self.health = BookHealth::Broken;
        if self.filling {
            self.filling = false;
            self.clear();
        }
    }

    #[inline]
    pub(crate) fn write(&mut self, side: BookSide, step: u32, size: u64) {
        match side {
            BookSide::Bid => {
                let emptied = self.bids.write(step, size);
                if size != 0 {
                    self.bids.best = self.bids.best.max(step);
                } else if emptied && step == self.bids.best {
                    self.bids.best = self.bids.occupied.previous(step).unwrap_or(0);
                }
            }
            BookSide::Ask => {
                let emptied = self.asks.write(step, size);
                if size != 0 {
                    self.asks.best = self.asks.best.min(step);
                } else if emptied && step == self.asks.best {
                    self.asks.best = self.asks.occupied.next(step).unwrap_or(self.grid.steps());
                }
            }
        }
    }

    fn clear(&mut self) {
        self.bids.clear(0);
        self.asks.clear(self.grid.steps());
    }

    fn begin_snapshot(&mut self) {
        self.clear();
        self.health = BookHealth::Broken;
        self.filling = true;
    }

    pub(crate) fn end_snapshot(&mut self) {
        self.filling = false;
        self.health = BookHealth::Sound;
    }

    fn change_tick(&mut self, tick: Tick) {
        let epoch = self.epoch.wrapping_add(1);
        *self = Self {
            epoch,
            ..Self::new(tick)
        };
    }
}
