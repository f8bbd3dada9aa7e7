//! What goes wrong, on purpose: every fault has a number, a rate and a count.
//!
//! The numbers are those of the guide `docs/local-venue.md`. A fault happens by a seeded draw at its own place in the
//! code; turning one off leaves the draws of the others as they were.

use std::collections::{BTreeMap, BTreeSet};

/// Faults and their rates.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Seed of all draws.
    pub seed: u64,
    rates_ppm: BTreeMap<u8, u32>,
}

/// Every fault that this venue can produce.
pub const PRODUCED: &[u8] = &[
    1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 17, 18, 19, 20, 21, 22, 23, 24, 25, 27, 28, 29, 30, 31,
    32, 33, 34, 35, 36, 37, 40, 42, 43, 44, 45, 46, 47, 48, 50, 51, 52, 53, 54, 55, 56,
];

impl Faults {
    /// Nothing goes wrong.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Everything goes wrong, each at this rate in parts per million of its occasions.
    #[must_use]
    pub fn all(seed: u64, rate_ppm: u32) -> Self {
        let rates_ppm = PRODUCED.iter().map(|id| (*id, rate_ppm)).collect();
        Self { seed, rates_ppm }
    }

    /// The same with one fault at another rate in parts per million; 0 turns it off.
    #[must_use]
    pub fn with(mut self, id: u8, rate_ppm: u32) -> Self {
        self.rates_ppm.insert(id, rate_ppm);
        self
    }
}

/// Faults at work: rates, draws and counts.
#[derive(Debug)]
pub(crate) struct Mischief {
    rates_ppm: BTreeMap<u8, u32>,
    draws: BTreeMap<u8, fastrand::Rng>,
    counts: BTreeMap<u8, u64>,
    /// Faults that happen once, at their next occasion.
    once: BTreeSet<u8>,
    seed: u64,
}

impl Mischief {
    pub(crate) fn new(faults: &Faults) -> Self {
        Self {
            rates_ppm: faults.rates_ppm.clone(),
            draws: BTreeMap::new(),
            counts: BTreeMap::new(),
            once: BTreeSet::new(),
            seed: faults.seed,
        }
    }

    /// Whether fault `id` happens on this occasion; counted when it does.
    pub(crate) fn strikes(&mut self, id: u8) -> bool {
        let rate = self.rates_ppm.get(&id).copied().unwrap_or(0);
        let drawn = rate > 0 && self.draw(id, 1_000_000) < rate;
        let happens = self.once.remove(&id) || drawn;
        if happens {
            *self.counts.entry(id).or_default() += 1;
        }
        happens
    }

    /// A number below `limit` from the draws of fault `id`.
    pub(crate) fn draw(&mut self, id: u8, limit: u32) -> u32 {
        let seed = self.seed.wrapping_mul(257).wrapping_add(u64::from(id));
        let rng = self
            .draws
            .entry(id)
            .or_insert_with(|| fastrand::Rng::with_seed(seed));
        rng.u32(0..limit.max(1))
    }

    pub(crate) fn set(&mut self, id: u8, rate_ppm: u32) {
        self.rates_ppm.insert(id, rate_ppm);
    }

    pub(crate) fn set_all(&mut self, rate_ppm: u32) {
        self.rates_ppm = PRODUCED.iter().map(|id| (*id, rate_ppm)).collect();
    }

    pub(crate) fn next_time(&mut self, id: u8) {
        self.once.insert(id);
    }

    pub(crate) fn clear(&mut self) {
        self.rates_ppm.clear();
        self.once.clear();
    }

    pub(crate) fn counts(&self) -> &BTreeMap<u8, u64> {
        &self.counts
    }
}
