//! Paired differences of losses with block-bootstrap intervals.

use std::collections::BTreeMap;

use serde::Serialize;

use super::history::History;
use super::score::Loss;
use crate::metrics::Interval;
use crate::metrics::bootstrap::{BLOCKS_MIN, SEED, block_bootstrap};

/// What an interval draws with replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Blocks {
    /// Whole blocks of the history: resolution dates unless the file names others.
    Dates,
    /// Whole events, because there are fewer than ten dates. Such an interval is too narrow: events of one date share
    /// its surprises. It may refute a claim, never prove one.
    Events,
    /// Nothing: fewer than ten of either.
    None,
}

/// Mean difference of two losses over the rows that have both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Rows.
    pub rows: usize,
    /// Blocks drawn.
    pub blocks: usize,
    /// What they are.
    pub drawn: Blocks,
    /// Mean of the first loss less the second: negative means that the first is better.
    pub mean: f64,
    /// 95 % interval of the mean by block bootstrap.
    pub interval: Option<Interval>,
}

impl Difference {
    /// Whether the difference may be claimed: drawn by dates, and zero is outside of the interval.
    #[must_use]
    pub fn is_claim(&self) -> bool {
        self.drawn == Blocks::Dates && self.interval.is_some_and(Interval::excludes_zero)
    }
}

/// The paired difference `loss(first) - loss(second)` over the rows on which both have a value; `None` without any.
#[must_use]
pub fn difference(
    history: &History,
    first: &[Option<f64>],
    second: &[Option<f64>],
    loss: fn(quorate_collective::Quantity, f64, f64) -> f64,
) -> Option<Difference> {
    let pair = |index: usize| {
        let row = &history.rows[index];
        let loss: Loss = loss;
        let of = |value: f64| loss(history.quantity, value, row.outcome);
        Some((index, of(first[index]?) - of(second[index]?)))
    };
    let rows: Vec<(usize, f64)> = (0..history.rows.len()).filter_map(pair).collect();
    mean_of(history, &rows)
}

/// Mean of one number per row with its interval; `None` without rows.
pub(super) fn mean_of(history: &History, rows: &[(usize, f64)]) -> Option<Difference> {
    if rows.is_empty() {
        return None;
    }
    let dates = blocks_by(rows, |index| history.rows[index].block);
    let (blocks, drawn) = if BLOCKS_MIN <= dates.len() {
        (dates, Blocks::Dates)
    } else {
        let events = blocks_by(rows, |index| history.rows[index].event);
        match BLOCKS_MIN <= events.len() {
            true => (events, Blocks::Events),
            false => (dates, Blocks::None),
        }
    };
    let ratio = |[sum, count]: &[f64; 2]| (0.0 < *count).then(|| sum / count);
    let total: f64 = rows.iter().map(|(_, value)| value).sum();
    Some(Difference {
        rows: rows.len(),
        blocks: blocks.len(),
        drawn,
        mean: total / rows.len() as f64,
        interval: block_bootstrap(&blocks, SEED, ratio),
    })
}

/// Sum and count of every block, in order of its number.
fn blocks_by(rows: &[(usize, f64)], block: impl Fn(usize) -> usize) -> Vec<[f64; 2]> {
    let mut sums: BTreeMap<usize, [f64; 2]> = BTreeMap::new();
    for (index, value) in rows {
        let [sum, count] = sums.entry(block(*index)).or_default();
        *sum += value;
        *count += 1.0;
    }
    sums.into_values().collect()
}
