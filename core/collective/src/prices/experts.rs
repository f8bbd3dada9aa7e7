//! The nine price experts and ML-Poly over them.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::inverse_mse::InverseMse;
use super::ml_poly::MlPoly;
use super::ridge::RidgeStack;
use crate::allora::{AlloraScheme, WeightParams};
use crate::allora_pool::{AlloraPool, AlloraPoolLoss, AlloraPoolParams};
use crate::boa0::Boa0;
use crate::row::{Quantity, ResolvedEvent, weighted_sum};
use crate::simple::{mean_pool, median_pool, trimmed_pool};

/// Names of the experts, in the order of their columns.
pub const PRICE_EXPERTS: [&str; 9] = [
    "mean",
    "median",
    "trimmed_20",
    "inverse_mse",
    "inverse_mse_squared",
    "ml_poly",
    "allora_v0.16",
    "ridge_stack",
    "boa0",
];

const TRIM: f64 = 0.2;

/// The pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceExperts {
    top: MlPoly,
    inverse_mse: InverseMse,
    ml_poly: MlPoly,
    allora: AlloraPool,
    ridge: RidgeStack,
    boa0: Boa0,
}

impl Default for PriceExperts {
    fn default() -> Self {
        Self::new()
    }
}

impl PriceExperts {
    /// An empty pool.
    #[must_use]
    pub fn new() -> Self {
        let mut top = MlPoly::new();
        PRICE_EXPERTS.iter().for_each(|_| top.register());
        let weights = WeightParams {
            scheme: AlloraScheme::V016,
            p_norm: 3.0,
            c_norm: 0.75,
            epsilon: 0.01,
        };
        let allora = AlloraPoolParams {
            weights,
            loss: AlloraPoolLoss::Log10Sq,
            alpha: 0.1,
        };
        Self {
            top,
            inverse_mse: InverseMse::new(),
            ml_poly: MlPoly::new(),
            allora: AlloraPool::new(allora),
            ridge: RidgeStack::new(),
            boa0: Boa0::new(Quantity::Price),
        }
    }

    /// Appends a worker.
    pub fn register(&mut self) {
        self.inverse_mse.register();
        self.ml_poly.register();
        self.allora.register();
        self.ridge.register();
        self.boa0.register();
    }

    /// True when the state belongs to this many workers: what a restored snapshot must satisfy.
    pub(crate) fn has_workers(&self, workers: usize) -> bool {
        self.top.has_experts(PRICE_EXPERTS.len())
            && self.inverse_mse.has_workers(workers)
            && self.ml_poly.has_experts(workers)
            && self.allora.has_workers(workers)
            && self.ridge.has_workers(workers)
            && self.boa0.has_workers(workers)
    }

    /// Values of the nine experts for a row; all `None` when nobody is present.
    pub(crate) fn columns(&self, row: &[Option<f64>]) -> Vec<Option<f64>> {
        let [inverse, inverse_squared] = self.inverse_mse.values(row);
        [
            mean_pool(row),
            median_pool(row),
            trimmed_pool(row, TRIM),
            inverse,
            inverse_squared,
            weighted_sum(&self.worker_weights(row), row),
            self.allora.value(row),
            self.ridge.value(row),
            self.boa0.value(row),
        ]
        .to_vec()
    }

    /// Normalised weight per expert.
    pub(crate) fn column_weights(&self, columns: &[Option<f64>]) -> Vec<f64> {
        self.top.weights(columns)
    }

    /// Weights of the ML-Poly expert over the workers: the nearest thing to a worker's weight in this pool.
    #[must_use]
    pub fn worker_weights(&self, row: &[Option<f64>]) -> Vec<f64> {
        self.ml_poly.weights(row)
    }

    /// Combined value of a row.
    #[must_use]
    pub fn value(&self, row: &[Option<f64>]) -> Option<f64> {
        let columns = self.columns(row);
        weighted_sum(&self.top.weights(&columns), &columns)
    }

    /// Learns from rows that each have a present worker: the top level first, all from the state before the batch.
    pub(crate) fn resolve(&mut self, events: &[ResolvedEvent], batch_factor: f64) {
        let columns: Vec<_> = events.iter().map(|event| self.columns(&event.x)).collect();
        resolve_ml_poly(&mut self.top, columns.iter().map(Vec::as_slice).zip(events));
        resolve_ml_poly(
            &mut self.ml_poly,
            events.iter().map(|e| (e.x.as_slice(), e)),
        );
        self.inverse_mse.resolve(events);
        self.allora.resolve(events);
        self.ridge.resolve(events, batch_factor);
        self.boa0.resolve(events, batch_factor);
    }
}

fn resolve_ml_poly<'a>(
    pool: &mut MlPoly,
    rows: impl Iterator<Item = (&'a [Option<f64>], &'a ResolvedEvent)>,
) {
    let rows: Vec<_> = rows
        .filter_map(|(columns, event)| {
            let value = weighted_sum(&pool.weights(columns), columns)?;
            Some((columns, value, event.outcome))
        })
        .collect();
    pool.resolve(&rows);
}
