//! One market as the venue sees it: the recorded book, and which variants have something at which level.

use alloc::vec;
use alloc::vec::Vec;

use quorate_domain::{BookSide, Payout};

use super::bits::Bits;
use super::book::Book;
use super::terms::MarketTerms;
use super::tick::Ticks;

/// Variants of a run, one bit each.
pub(crate) type Mask = u64;

/// Most variants of one run.
pub const VARIANTS_MAX: usize = 64;

/// The variants in a mask, ascending.
pub(crate) fn members(mask: Mask) -> impl Iterator<Item = u32> {
    let mut left = mask;
    core::iter::from_fn(move || {
        let variant = left.trailing_zeros();
        left &= left.wrapping_sub(1);
        (variant < 64).then_some(variant)
    })
}

/// Variants that rest at the levels of one half.
#[derive(Clone, Debug)]
pub(crate) struct Resting {
    masks: Vec<Mask>,
    /// A level at or above this leaves every queue there as it is.
    indifferent_from: Vec<u64>,
    occupied: Bits,
    /// Best occupied step. None: 0 for bids, the grid's end for asks.
    pub(crate) best: u32,
    /// Nobody rests below or above these; deltas elsewhere, which are most, stop at them.
    lowest: u32,
    highest: u32,
    half: BookSide,
}

impl Resting {
    fn new(steps: u32, half: BookSide) -> Self {
        let len = steps as usize + 1;
        Self {
            masks: vec![0; len],
            indifferent_from: vec![0; len],
            occupied: Bits::new(steps + 1),
            best: Self::none(steps, half),
            lowest: u32::MAX,
            highest: 0,
            half,
        }
    }

    const fn none(steps: u32, half: BookSide) -> u32 {
        match half {
            BookSide::Bid => 0,
            BookSide::Ask => steps,
        }
    }

    #[inline]
    pub(crate) fn mask(&self, step: u32) -> Mask {
        self.masks.get(step as usize).copied().unwrap_or(0)
    }

    /// Variants whose queue could change when the level's size becomes `size`.
    #[inline]
    pub(crate) fn concerned(&self, step: u32, size: u64) -> Mask {
        if step < self.lowest || step > self.highest {
            return 0;
        }
        let mask = self.mask(step);
        if mask == 0 || size >= self.indifferent_from[step as usize] {
            0
        } else {
            mask
        }
    }

    /// Every queue at a step was just seen: from here on the level leaves them as they are.
    #[inline]
    pub(crate) fn set_indifferent(&mut self, step: u32, from: u64) {
        if let Some(slot) = self.indifferent_from.get_mut(step as usize) {
            *slot = from;
        }
    }

    pub(crate) fn add(&mut self, step: u32, variant: u32, indifferent_from: u64) {
        let at = step as usize;
        self.lowest = self.lowest.min(step);
        self.highest = self.highest.max(step);
        if self.masks[at] == 0 {
            self.indifferent_from[at] = 0;
            self.occupied.insert(step);
            self.best = match self.half {
                BookSide::Bid => self.best.max(step),
                BookSide::Ask => self.best.min(step),
            };
        }
        self.masks[at] |= 1 << variant;
        self.indifferent_from[at] = self.indifferent_from[at].max(indifferent_from);
    }

    pub(crate) fn remove(&mut self, step: u32, variant: u32) {
        let at = step as usize;
        self.masks[at] &= !(1 << variant);
        if self.masks[at] == 0 {
            self.occupied.remove(step);
            if step == self.best {
                self.best = self
                    .beyond(step)
                    .unwrap_or(Self::none(self.masks.len() as u32 - 1, self.half));
                match self.half {
                    BookSide::Bid => self.highest = self.best,
                    BookSide::Ask => self.lowest = self.best,
                }
                if self.first().is_none() {
                    (self.lowest, self.highest) = (u32::MAX, 0);
                }
            }
        }
    }

    /// The next occupied step outwards.
    pub(crate) fn beyond(&self, step: u32) -> Option<u32> {
        match self.half {
            BookSide::Bid => self.occupied.previous(step.checked_sub(1)?),
            BookSide::Ask => self.occupied.next(step + 1),
        }
    }

    /// Occupied steps from the best outwards.
    pub(crate) fn first(&self) -> Option<u32> {
        (self.mask(self.best) != 0).then_some(self.best)
    }

    /// Variants that rest at `to` or better.
    pub(crate) fn reached(&self, to: u32) -> Mask {
        let mut all = 0;
        let mut next = self.first();
        while let Some(step) = next {
            let within = match self.half {
                BookSide::Bid => step >= to,
                BookSide::Ask => step <= to,
            };
            if !within {
                break;
            }
            all |= self.mask(step);
            next = self.beyond(step);
        }
        all
    }
}

/// Variants that took something of a level that is still on display.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TakenLevel {
    pub(crate) half: BookSide,
    pub(crate) price: Ticks,
    pub(crate) mask: Mask,
}

#[derive(Clone, Debug)]
pub(crate) struct Market {
    pub(crate) terms: MarketTerms,
    pub(crate) book: Book,
    pub(crate) resting: [Resting; 2],
    pub(crate) taken: Vec<TakenLevel>,
    pub(crate) payout: Option<Payout>,
    /// Variants that were told something since they last decided here.
    pub(crate) told: Mask,
}

impl Market {
    pub(crate) fn new(terms: MarketTerms) -> Self {
        let book = Book::new(terms.tick);
        let steps = book.grid().steps();
        Self {
            terms,
            book,
            resting: Self::nobody(steps),
            taken: Vec::new(),
            payout: None,
            told: 0,
        }
    }

    fn nobody(steps: u32) -> [Resting; 2] {
        [BookSide::Bid, BookSide::Ask].map(|half| Resting::new(steps, half))
    }

    /// Forgets who rests where; the grid has been laid anew.
    pub(crate) fn reset_resting(&mut self) {
        self.resting = Self::nobody(self.book.grid().steps());
    }

    /// Reads what the next delta at this level will need; only that it is read matters.
    #[inline]
    pub(crate) fn touch(&self, half: BookSide, price: Ticks) -> u64 {
        let resting = &self.resting[half as usize];
        self.book.size_at(half, price) ^ u64::from(resting.lowest) ^ self.taken.len() as u64
    }

    /// Whether an order may trade now.
    pub(crate) fn is_open(&self, now: u64) -> bool {
        self.payout.is_none() && now <= self.terms.closes_at
    }

    /// Whether some resting order meets displayed shares of the other half.
    #[inline]
    pub(crate) fn is_met(&self) -> bool {
        let bid = BookSide::Bid;
        (self.book.best_step(BookSide::Ask) <= self.resting[0].best
            || self.book.best_step(bid) >= self.resting[1].best)
            && self.book.is_legible()
    }

    pub(crate) fn note_taken(&mut self, half: BookSide, price: Ticks, variant: u32) {
        let known = self
            .taken
            .iter_mut()
            .find(|level| level.half == half && level.price == price);
        match known {
            Some(level) => level.mask |= 1 << variant,
            None => self.taken.push(TakenLevel {
                half,
                price,
                mask: 1 << variant,
            }),
        }
    }
}
