//! BOA+: Bernstein online aggregation over the raw workers and five derived experts (simple pools and the log-opinion
//! pool). The default for probabilities when no market price is used.

use alloc::vec;
use alloc::vec::Vec;

use quorate_domain::math::sigmoid;
use serde::{Deserialize, Serialize};

use crate::allora_pool::AlloraPool;
use crate::boa::Boa;
use crate::lop::{Lop, PooledRow, worker_logits};
use crate::quality::log_loss_gradient;
use crate::row::{ResolvedEvent, equal_weights, weighted_sum};
use crate::simple::present_values;
use crate::stats;
use crate::without::{SHARE_MAX, masked, means_without, medians_without};

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
    pooled: Option<f64>,
}

/// One event with everything that learning from it needs.
pub(crate) struct Prepared {
    columns: Vec<Option<f64>>,
    pub(crate) value: f64,
    row: PooledRow,
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

    /// True when the state belongs to this many workers: what a restored snapshot must satisfy.
    pub(crate) fn has_workers(&self, workers: usize) -> bool {
        let derived = DERIVED + usize::from(self.allora.is_some());
        self.workers == workers
            && self.boa.experts().len() == workers + derived
            && self.lop.has_workers(workers)
            && self
                .allora
                .as_ref()
                .is_none_or(|allora| allora.has_workers(workers))
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
        let pooled = self.lop.pooled(&logits);
        values.push(pooled.map(|pooled| self.lop.recalibrated(pooled)));
        if let Some(allora) = &self.allora {
            values.push(allora.value(row));
        }
        Columns {
            values,
            logits,
            pooled,
        }
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

    /// Combined probability of a row; `None` also for a row of another length than the registered workers.
    #[must_use]
    pub fn value(&self, row: &[Option<f64>]) -> Option<f64> {
        if row.len() != self.workers {
            return None;
        }
        let columns = self.columns(row).values;
        weighted_sum(&self.column_weights(&columns), &columns)
    }

    /// Combined probability without each present worker; the derived experts are recomputed without it.
    pub(crate) fn values_without(&self, row: &[Option<f64>]) -> Vec<Option<f64>> {
        let Columns { values, logits, .. } = self.columns(row);
        let weights = self.column_weights(&values);
        let (raw_weights, derived_weights) = weights.split_at(self.workers);
        let raw_total = weighted_sum(raw_weights, row).unwrap_or(0.0);
        let derived = self.derived_without(row, &logits);
        let without = |j: usize| {
            let (x, weight) = (row[j]?, raw_weights[j]);
            if SHARE_MAX < weight || derived[0][j].is_none() {
                return self.value(&masked(row, j));
            }
            let experts = derived_weights.iter().zip(&derived);
            let derived_total: f64 = experts.filter_map(|(w, d)| Some(w * d[j]?)).sum();
            Some((raw_total - weight * x + derived_total) / (1.0 - weight))
        };
        (0..self.workers).map(without).collect()
    }

    /// Values of the derived experts without each present worker.
    fn derived_without(
        &self,
        row: &[Option<f64>],
        logits: &[Option<f64>],
    ) -> Vec<Vec<Option<f64>>> {
        let mean_of = |columns: &[Option<f64>]| {
            let exact = |j: usize| stats::mean(&present_values(&masked(columns, j)));
            means_without(&equal_weights(columns), columns, exact)
        };
        let mean_logits = mean_of(logits);
        let logit_means = |factor: f64| -> Vec<Option<f64>> {
            mean_logits
                .iter()
                .map(|z| Some(sigmoid(factor * (*z)?)))
                .collect()
        };
        let [first, second] = LOGIT_MEAN_FACTORS.map(logit_means);
        let lop = self.lop.values_without(logits);
        let mut derived = vec![mean_of(row), medians_without(row), first, second, lop];
        if let Some(allora) = &self.allora {
            let without = |j: usize| row[j].and_then(|_| allora.value(&masked(row, j)));
            derived.push((0..self.workers).map(without).collect());
        }
        derived
    }

    /// Columns, weights and value of every event, with the present state.
    pub(crate) fn prepare(&self, events: &[ResolvedEvent]) -> Vec<Prepared> {
        let prepare = |event: &ResolvedEvent| {
            let Columns {
                values,
                logits,
                pooled,
            } = self.columns(&event.x);
            let value = weighted_sum(&self.column_weights(&values), &values)?;
            let row = PooledRow {
                logits,
                pooled: pooled?,
                outcome: event.outcome,
            };
            Some(Prepared {
                columns: values,
                value,
                row,
            })
        };
        events.iter().filter_map(prepare).collect()
    }

    /// Learns from rows that each have a present worker.
    pub(crate) fn resolve(&mut self, events: &[ResolvedEvent], batch_factor: f64) {
        let prepared = self.prepare(events);
        self.learn(events, &prepared, batch_factor);
    }

    /// Learns from events prepared with the present state: first the top level, then the derived experts.
    pub(crate) fn learn(
        &mut self,
        events: &[ResolvedEvent],
        prepared: &[Prepared],
        batch_factor: f64,
    ) {
        let mut regrets = vec![0.0; self.boa.experts().len()];
        for Prepared {
            columns,
            value,
            row,
        } in prepared
        {
            let slope = batch_factor * log_loss_gradient(*value, row.outcome);
            for (regret, x) in regrets.iter_mut().zip(columns) {
                if let Some(x) = x {
                    *regret += slope * (value - x);
                }
            }
        }
        self.boa.step(&regrets);
        self.lop
            .learn(prepared.iter().map(|prepared| &prepared.row), batch_factor);
        if let Some(allora) = &mut self.allora {
            allora.resolve(events);
        }
    }
}
