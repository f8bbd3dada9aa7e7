//! BOA0: a linear pool over the workers whose weights are learned by Bernstein online aggregation.

use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::boa::Boa;
use crate::quality::log_loss_gradient;
use crate::row::{Quantity, ResolvedEvent, weighted_sum};
use crate::without::{masked, means_without};

/// Rate of the moving average of the pool's squared error.
const SCALE_RATE: f64 = 0.02;
/// Smallest squared error that gradients are divided by.
const SCALE_FLOOR: f64 = 1e-18;

/// The pool's squared error after a batch of mean `new`: as it is the first time, then an average.
pub(crate) fn averaged_square(old: Option<f64>, new: f64) -> f64 {
    old.map_or(new, |old| SCALE_RATE * new + (1.0 - SCALE_RATE) * old)
}

/// BOA over the raw workers with equal prior mass, without discount.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boa0 {
    quantity: Quantity,
    boa: Boa,
    /// Average squared error of the pool (prices only), which makes gradients dimensionless.
    squared_error: Option<f64>,
}

impl Boa0 {
    /// An empty pool for probabilities (gradient of the log loss) or prices (of the scaled squared error).
    #[must_use]
    pub fn new(quantity: Quantity) -> Self {
        Self {
            quantity,
            boa: Boa::new(1.0),
            squared_error: None,
        }
    }

    /// Appends a worker.
    pub fn register(&mut self) {
        self.boa.insert(self.boa.experts().len());
    }

    /// True when the state belongs to this many workers: what a restored snapshot must satisfy.
    pub(crate) fn has_workers(&self, workers: usize) -> bool {
        self.boa.experts().len() == workers
    }

    /// Normalised weight per worker.
    #[must_use]
    pub fn weights(&self, row: &[Option<f64>]) -> Vec<f64> {
        self.boa.weights(row, |_| 1.0)
    }

    /// Combined value of a row.
    #[must_use]
    pub fn value(&self, row: &[Option<f64>]) -> Option<f64> {
        weighted_sum(&self.weights(row), row)
    }

    /// Combined value without each present worker.
    pub(crate) fn values_without(&self, row: &[Option<f64>]) -> Vec<Option<f64>> {
        means_without(&self.weights(row), row, |j| self.value(&masked(row, j)))
    }

    /// Learns from rows that each have a present worker.
    pub(crate) fn resolve(&mut self, events: &[ResolvedEvent], batch_factor: f64) {
        let values: Vec<f64> = events
            .iter()
            .filter_map(|event| self.value(&event.x))
            .collect();
        if self.quantity == Quantity::Price {
            let squares = events
                .iter()
                .zip(&values)
                .map(|(e, v)| (v - e.outcome) * (v - e.outcome));
            let mean = squares.sum::<f64>() / events.len() as f64;
            self.squared_error = Some(averaged_square(self.squared_error, mean));
        }
        let mut regrets = vec![0.0; self.boa.experts().len()];
        for (event, value) in events.iter().zip(values) {
            let slope = self.gradient(value, event.outcome);
            for (regret, x) in regrets.iter_mut().zip(&event.x) {
                if let Some(x) = x {
                    *regret += batch_factor * slope * (value - x);
                }
            }
        }
        self.boa.step(&regrets);
    }

    fn gradient(&self, value: f64, outcome: f64) -> f64 {
        match self.quantity {
            Quantity::Probability => log_loss_gradient(value, outcome),
            Quantity::Price => {
                2.0 * (value - outcome) / self.squared_error.unwrap_or(1.0).max(SCALE_FLOOR)
            }
        }
    }
}
