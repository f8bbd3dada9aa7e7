//! What `predict` gives: the combined value, the workers' weights, and the experts of the two-level pools.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::boa_plus::{BoaPlus, LOGIT_MEAN_FACTORS};
use crate::prices::PriceExperts;

/// A combined value and how it came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Combined {
    /// Combined value in the quantity's units; `None` when nothing is present.
    pub value: Option<f64>,
    /// Weight per worker column, normalised over the present workers, 0 for absent ones. Pools that are no weighted
    /// mean of workers (median, trimmed, ridge) count everybody alike; BOA+ and the market blend show the raw workers' shares
    /// among themselves; votes by family those of the vote; the price experts those of their ML-Poly expert.
    pub weights: Vec<f64>,
    /// Every expert of a two-level pool (workers and derived experts), with its weight in the combined value; empty for
    /// one-level pools.
    pub experts: Vec<ExpertShare>,
    /// Market blend: the workers' pooled probability q before the market. LOP: the pooled log odds before
    /// recalibration. `None` for other pools.
    pub inner: Option<f64>,
}

/// One expert of a two-level pool.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpertShare {
    /// Which expert.
    pub expert: Expert,
    /// Its value for this row.
    pub value: Option<f64>,
    /// Its normalised weight, 0 when absent.
    pub weight: f64,
}

/// Experts of the two-level pools.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expert {
    /// The worker of this column.
    Worker(usize),
    /// Plain mean.
    Mean,
    /// Median.
    Median,
    /// Mean without a fifth at each end.
    Trimmed20,
    /// Logit mean with this extremising factor.
    LogitMean(f64),
    /// Log-opinion pool.
    Lop,
    /// Weights by inverse squared error.
    InverseMse,
    /// Weights by inverse squared error, squared.
    InverseMseSquared,
    /// ML-Poly over the workers.
    MlPoly,
    /// Allora's weights.
    Allora,
    /// Ridge stacking.
    RidgeStack,
    /// BOA0 over the workers.
    Boa0,
}

const PRICE_EXPERTS: [Expert; 9] = [
    Expert::Mean,
    Expert::Median,
    Expert::Trimmed20,
    Expert::InverseMse,
    Expert::InverseMseSquared,
    Expert::MlPoly,
    Expert::Allora,
    Expert::RidgeStack,
    Expert::Boa0,
];

pub(crate) fn describe_boa_plus(pool: &BoaPlus, row: &[Option<f64>], combined: &mut Combined) {
    let columns = pool.columns(row).values;
    let weights = pool.column_weights(&columns);
    let [first, second] = LOGIT_MEAN_FACTORS.map(Expert::LogitMean);
    let derived = [
        Expert::Mean,
        Expert::Median,
        first,
        second,
        Expert::Lop,
        Expert::Allora,
    ];
    let names = (0..row.len()).map(Expert::Worker).chain(derived);
    combined.experts = shares(names, &columns, &weights);
    let raw: f64 = weights[..row.len()].iter().sum();
    let share = |weight: &f64| if 0.0 < raw { weight / raw } else { 0.0 };
    combined.weights = weights[..row.len()].iter().map(share).collect();
}

pub(crate) fn describe_price_experts(
    pool: &PriceExperts,
    row: &[Option<f64>],
    combined: &mut Combined,
) {
    let columns = pool.columns(row);
    let weights = pool.column_weights(&columns);
    combined.experts = shares(PRICE_EXPERTS.into_iter(), &columns, &weights);
    combined.weights = pool.worker_weights(row);
}

fn shares(
    names: impl Iterator<Item = Expert>,
    columns: &[Option<f64>],
    weights: &[f64],
) -> Vec<ExpertShare> {
    let columns = columns.iter().zip(weights);
    let share = |(expert, (value, weight)): (Expert, (&Option<f64>, &f64))| ExpertShare {
        expert,
        value: *value,
        weight: *weight,
    };
    names.zip(columns).map(share).collect()
}
