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
use crate::without::{masked, means_without};

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

/// A row on the log-odds scale with its pooled value.
pub(crate) struct PooledRow {
    pub(crate) logits: Vec<Option<f64>>,
    pub(crate) pooled: f64,
    pub(crate) outcome: f64,
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

    /// True when the state belongs to this many workers: what a restored snapshot must satisfy.
    pub(crate) fn has_workers(&self, workers: usize) -> bool {
        self.boa.experts().len() == workers && self.recalibration.has_coefficients(2)
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

    /// Combined probability without each present worker, from the log odds.
    pub(crate) fn values_without(&self, logits: &[Option<f64>]) -> Vec<Option<f64>> {
        let exact = |j: usize| self.pooled(&masked(logits, j));
        let pooled = means_without(&self.weights(logits), logits, exact);
        pooled
            .into_iter()
            .map(|pooled| Some(self.recalibrated(pooled?)))
            .collect()
    }

    /// Learns from rows that each have a present worker.
    pub(crate) fn resolve(&mut self, events: &[ResolvedEvent], batch_factor: f64) {
        let rows = events.iter().filter_map(|event| {
            let logits = worker_logits(&event.x);
            let pooled = self.pooled(&logits)?;
            Some(PooledRow {
                logits,
                pooled,
                outcome: event.outcome,
            })
        });
        let rows: Vec<PooledRow> = rows.collect();
        self.learn(rows.iter(), batch_factor);
    }

    /// Learns from rows that were pooled with the present state.
    pub(crate) fn learn<'a>(
        &mut self,
        rows: impl Iterator<Item = &'a PooledRow>,
        batch_factor: f64,
    ) {
        let mut regrets = vec![0.0; self.boa.experts().len()];
        let mut logit_rows = Vec::new();
        for PooledRow {
            logits,
            pooled,
            outcome,
        } in rows
        {
            let slope = batch_factor * (self.recalibrated(*pooled) - outcome);
            for (regret, z) in regrets.iter_mut().zip(logits) {
                if let Some(z) = z {
                    *regret += slope * (pooled - z);
                }
            }
            let features = vec![1.0, *pooled];
            logit_rows.push(LogitRow {
                features,
                offset: 0.0,
                outcome: *outcome,
            });
        }
        self.recalibration.learn(&logit_rows, batch_factor);
        self.boa.step(&regrets);
    }
}
