//! BOA+: Bernstein online aggregation over the raw workers and five derived experts (simple pools and the log-opinion
//! pool). The default for probabilities when no market price is used.

use alloc::vec;
use alloc::vec::Vec;

use quorate_domain::math::sigmoid;
use serde::{Deserialize, Serialize};

use crate::allora_pool::AlloraPool;
use crate::boa::Boa;
use crate::lop::{Lop, worker_logits};
use crate::quality::log_loss_gradient;
use crate::row::{ResolvedEvent, weighted_sum};
use crate::simple::present_values;
use crate::stats;

/// Prior mass of all raw workers together; the derived experts share the rest.
const RAW_MASS: f64 = 0.8;
/// Extremising factors of the two logit-mean experts.
pub const LOGIT_MEAN_FACTORS: [f64; 2] = [1.0, 1.4];
/// Mean, median, two logit means, log-opinion pool.
const DERIVED: usize = 5;

/// The pool. Columns: the workers, then mean, median, logit means, LOP and, if wanted, AlloraPool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoaPlus {
    workers: usize,
    boa: Boa,
    lop: Lop,
    allora: Option<AlloraPool>,
}

/// The columns of one row, and the workers' log odds they were made from.
pub(crate) struct Columns {
    pub(crate) values: Vec<Option<f64>>,
    logits: Vec<Option<f64>>,
}

impl BoaPlus {
    /// An empty pool. `discount` per batch in (0, 1] (usually 0.998); `allora` is an optional sixth derived expert.
    #[must_use]
    pub fn new(discount: f64, allora: Option<AlloraPool>) -> Self {
        let mut boa = Boa::new(discount);
        let derived = DERIVED + usize::from(allora.is_some());
        (0..derived).for_each(|position| boa.insert(position));
        Self {
            workers: 0,
            boa,
            lop: Lop::new(),
            allora,
        }
    }

    /// Appends a worker, in front of the derived experts.
    pub fn register(&mut self) {
        self.boa.insert(self.workers);
        self.lop.register();
        if let Some(allora) = &mut self.allora {
            allora.register();
        }
        self.workers += 1;
    }

    /// Values of all experts for a row.
    pub(crate) fn columns(&self, row: &[Option<f64>]) -> Columns {
        let logits = worker_logits(row);
        let mut present = present_values(row);
        let mean = stats::mean(&present);
        let median = stats::median_in_place(&mut present);
        let mean_logit = stats::mean(&present_values(&logits));
        let logit_mean = |factor: f64| mean_logit.map(|z| sigmoid(factor * z));
        let mut values = row.to_vec();
        values.extend([mean, median]);
        values.extend(LOGIT_MEAN_FACTORS.map(logit_mean));
        values.push(
            self.lop
                .pooled(&logits)
                .map(|pooled| self.lop.recalibrated(pooled)),
        );
        if let Some(allora) = &self.allora {
            values.push(allora.value(row));
        }
        Columns { values, logits }
    }

    /// Normalised weight per column.
    pub(crate) fn column_weights(&self, columns: &[Option<f64>]) -> Vec<f64> {
        let derived = columns.len() - self.workers;
        let raw_mass = RAW_MASS / self.workers.max(1) as f64;
        let derived_mass = (1.0 - RAW_MASS) / derived as f64;
        self.boa.weights(columns, |j| {
            if j < self.workers {
                raw_mass
            } else {
                derived_mass
            }
        })
    }

    /// Combined probability of a row.
    #[must_use]
    pub fn value(&self, row: &[Option<f64>]) -> Option<f64> {
        let columns = self.columns(row).values;
        weighted_sum(&self.column_weights(&columns), &columns)
    }

    /// Learns from rows that each have a present worker: first the top level, then the derived experts, all from the
    /// state before the batch.
    pub(crate) fn resolve(&mut self, events: &[ResolvedEvent], batch_factor: f64) {
        let mut regrets = vec![0.0; self.boa.experts().len()];
        let mut logits = Vec::with_capacity(events.len());
        for event in events {
            let columns = self.columns(&event.x);
            let weights = self.column_weights(&columns.values);
            if let Some(value) = weighted_sum(&weights, &columns.values) {
                let slope = batch_factor * log_loss_gradient(value, event.outcome);
                for (regret, x) in regrets.iter_mut().zip(&columns.values) {
                    if let Some(x) = x {
                        *regret += slope * (value - x);
                    }
                }
            }
            logits.push(columns.logits);
        }
        self.boa.step(&regrets);
        self.lop.learn(events, &logits, batch_factor);
        if let Some(allora) = &mut self.allora {
            allora.resolve(events);
        }
    }
}
