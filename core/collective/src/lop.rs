//! LOP: a log-opinion pool (weighted mean of log odds) whose weights are learned by BOA and whose result is
//! recalibrated by an online logistic regression.

use alloc::vec;
use alloc::vec::Vec;

use quorate_domain::math::sigmoid;
use serde::{Deserialize, Serialize};

use crate::boa::Boa;
use crate::online_logit::{LogitPrior, LogitRow, OnlineLogit};
use crate::row::{ResolvedEvent, weighted_sum};
use crate::simple::worker_logit;

/// The log-opinion pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lop {
    boa: Boa,
    recalibration: OnlineLogit,
}

impl Default for Lop {
    fn default() -> Self {
        Self::new()
    }
}

/// Log odds of every present worker.
pub(crate) fn worker_logits(row: &[Option<f64>]) -> Vec<Option<f64>> {
    row.iter().map(|x| x.map(worker_logit)).collect()
}

impl Lop {
    /// An empty pool. Recalibration `logit p = b + a z` starts at `b ~ N(0, 0.1^2)`, `a ~ N(1, 0.15^2)`.
    #[must_use]
    pub fn new() -> Self {
        let prior = LogitPrior {
            mean: vec![0.0, 1.0],
            variance: vec![0.01, 0.0225],
            forgetting: 0.999,
        };
        Self {
            boa: Boa::new(1.0),
            recalibration: OnlineLogit::new(prior),
        }
    }

    /// Appends a worker.
    pub fn register(&mut self) {
        self.boa.insert(self.boa.experts().len());
    }

    /// Normalised weight per worker.
    #[must_use]
    pub fn weights(&self, row: &[Option<f64>]) -> Vec<f64> {
        self.boa.weights(row, |_| 1.0)
    }

    /// Pooled log odds before recalibration, from the workers' log odds.
    pub(crate) fn pooled(&self, logits: &[Option<f64>]) -> Option<f64> {
        weighted_sum(&self.weights(logits), logits)
    }

    /// Probability that pooled log odds stand for.
    pub(crate) fn recalibrated(&self, pooled: f64) -> f64 {
        sigmoid(self.recalibration.logit(&[1.0, pooled], 0.0))
    }

    /// Combined probability of a row.
    #[must_use]
    pub fn value(&self, row: &[Option<f64>]) -> Option<f64> {
        self.pooled(&worker_logits(row))
            .map(|pooled| self.recalibrated(pooled))
    }

    /// Learns from rows that each have a present worker.
    pub(crate) fn resolve(&mut self, events: &[ResolvedEvent], batch_factor: f64) {
        let logits: Vec<_> = events.iter().map(|event| worker_logits(&event.x)).collect();
        self.learn(events, &logits, batch_factor);
    }

    /// [`Self::resolve`] with the log odds of every row already at hand.
    pub(crate) fn learn(
        &mut self,
        events: &[ResolvedEvent],
        logits: &[Vec<Option<f64>>],
        batch_factor: f64,
    ) {
        let mut regrets = vec![0.0; self.boa.experts().len()];
        let mut rows = Vec::with_capacity(events.len());
        for (event, logits) in events.iter().zip(logits) {
            let Some(pooled) = self.pooled(logits) else {
                continue;
            };
            let slope = batch_factor * (self.recalibrated(pooled) - event.outcome);
            for (regret, z) in regrets.iter_mut().zip(logits) {
                if let Some(z) = z {
                    *regret += slope * (pooled - z);
                }
            }
            let outcome = event.outcome;
            rows.push(LogitRow {
                features: vec![1.0, pooled],
                offset: 0.0,
                outcome,
            });
        }
        self.recalibration.learn(&rows, batch_factor);
        self.boa.step(&regrets);
    }
}
