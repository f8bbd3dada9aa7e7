//! Rows: one value per worker column, `None` for an absent worker. What `predict` takes and `resolve` learns from.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Price values beyond this (in basis points) count as absent: their squares would drown every other worker.
pub const PRICE_LIMIT: f64 = 1e9;

/// What a pool combines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// The probability of an event, 0..=1; judged by log loss.
    Probability,
    /// A return or log price in basis points, at most [`PRICE_LIMIT`] in size; judged by squared error.
    Price,
}

impl Quantity {
    /// True for values the quantity can take. Others count as absent.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        match self {
            Self::Probability => (0.0..=1.0).contains(&value),
            Self::Price => value.abs() <= PRICE_LIMIT,
        }
    }

    /// Loss of `value` against `outcome`: clipped log loss in nats, or squared error.
    #[must_use]
    pub fn loss(self, value: f64, outcome: f64) -> f64 {
        match self {
            Self::Probability => crate::quality::log_loss(value, outcome),
            Self::Price => (value - outcome) * (value - outcome),
        }
    }

    /// `x` cut or filled up to `workers` columns, with impossible values (NaN, infinite, out of range) made absent.
    pub(crate) fn clean(self, x: &[Option<f64>], workers: usize) -> Vec<Option<f64>> {
        let column = |j: usize| {
            x.get(j)
                .copied()
                .flatten()
                .filter(|value| self.contains(*value))
        };
        (0..workers).map(column).collect()
    }
}

/// One event with its inputs as they were at prediction time, and its outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResolvedEvent {
    /// Value per worker column; a shorter row means absent later workers (they joined afterwards).
    pub x: Vec<Option<f64>>,
    /// Market price at prediction time, 0..=1; only the market blend uses it.
    pub market: Option<f64>,
    /// What happened: 0..=1 for probabilities (0.5 for a 50-50 resolution), basis points for prices.
    pub outcome: f64,
}

/// True when at least one worker is present.
pub(crate) fn has_worker(x: &[Option<f64>]) -> bool {
    x.iter().any(Option::is_some)
}

/// `sum w_j x_j` over the present columns, weights already normalised; `None` when nobody is present.
pub(crate) fn weighted_sum(weights: &[f64], columns: &[Option<f64>]) -> Option<f64> {
    if !has_worker(columns) {
        return None;
    }
    Some(
        weights
            .iter()
            .zip(columns)
            .filter_map(|(w, x)| Some(w * (*x)?))
            .sum(),
    )
}

/// Equal weights over the present columns.
pub(crate) fn equal_weights(columns: &[Option<f64>]) -> Vec<f64> {
    let present = columns.iter().flatten().count().max(1) as f64;
    columns
        .iter()
        .map(|x| if x.is_some() { 1.0 / present } else { 0.0 })
        .collect()
}
