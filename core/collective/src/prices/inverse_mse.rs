//! Weights from each worker's own squared error: `1 / M` and `1 / M^2`.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::row::ResolvedEvent;

/// Smallest rate of the error average; it starts as a running mean.
const RATE_MIN: f64 = 0.03;
const ERROR_FLOOR: f64 = 1e-18;

/// How strongly a worker's squared error counts against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Weight `1 / M`.
    One,
    /// Weight `1 / M^2`.
    Two,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Record {
    squared_error: f64,
    updates: u32,
}

/// Average squared error per worker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InverseMse {
    records: Vec<Option<Record>>,
}

impl InverseMse {
    /// No workers yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a worker.
    pub fn register(&mut self) {
        self.records.push(None);
    }

    /// True when the state belongs to this many workers: what a restored snapshot must satisfy.
    pub(crate) fn has_workers(&self, workers: usize) -> bool {
        self.records.len() == workers
    }

    /// Squared error per worker; a worker never seen counts as bad as the worst known one, 1 if none is known.
    #[must_use]
    pub fn squared_errors(&self) -> Vec<f64> {
        let known = self
            .records
            .iter()
            .flatten()
            .map(|record| record.squared_error);
        let worst = known.reduce(f64::max).unwrap_or(1.0);
        self.records
            .iter()
            .map(|record| record.map_or(worst, |r| r.squared_error))
            .collect()
    }

    /// Normalised weights `1 / M^power` over the present workers, 0 for absent ones.
    #[must_use]
    pub fn weights(&self, row: &[Option<f64>], power: Power) -> Vec<f64> {
        let precision = |m: &f64| 1.0 / m.max(ERROR_FLOOR);
        let raw = |m: &f64| match power {
            Power::One => precision(m),
            Power::Two => precision(m) * precision(m),
        };
        let errors = self.squared_errors();
        let present = row.iter().zip(&errors);
        let mut weights: Vec<f64> = present
            .map(|(x, m)| if x.is_some() { raw(m) } else { 0.0 })
            .collect();
        let total: f64 = weights.iter().sum();
        if 0.0 < total {
            weights.iter_mut().for_each(|weight| *weight /= total);
        }
        weights
    }

    /// Combined values with weights `1 / M` and `1 / M^2`; `None` when nobody is present.
    #[must_use]
    pub fn values(&self, row: &[Option<f64>]) -> [Option<f64>; 2] {
        let precisions: Vec<f64> = self
            .squared_errors()
            .iter()
            .map(|m| 1.0 / m.max(ERROR_FLOOR))
            .collect();
        let (mut plain, mut squared) = ((0.0, 0.0), (0.0, 0.0));
        for (x, precision) in row.iter().zip(precisions) {
            if let Some(x) = x {
                plain = (plain.0 + precision * x, plain.1 + precision);
                let square = precision * precision;
                squared = (squared.0 + square * x, squared.1 + square);
            }
        }
        [plain, squared].map(|(sum, total)| if 0.0 < total { Some(sum / total) } else { None })
    }

    pub(crate) fn resolve(&mut self, events: &[ResolvedEvent]) {
        for (worker, record) in self.records.iter_mut().enumerate() {
            let errors: Vec<f64> = events
                .iter()
                .filter_map(|event| event.x[worker].map(|x| x - event.outcome))
                .collect();
            if errors.is_empty() {
                continue;
            }
            let mean = errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64;
            *record = Some(updated(*record, mean));
        }
    }
}

fn updated(record: Option<Record>, mean: f64) -> Record {
    let Some(old) = record else {
        return Record {
            squared_error: mean,
            updates: 1,
        };
    };
    let updates = old.updates.saturating_add(1);
    let rate = RATE_MIN.max(1.0 / f64::from(updates));
    Record {
        squared_error: rate * mean + (1.0 - rate) * old.squared_error,
        updates,
    }
}
