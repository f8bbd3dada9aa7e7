//! The pool: one closed list of schemes behind one set of methods.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::allora_pool::AlloraPool;
use crate::blend::Blend;
use crate::boa_plus::BoaPlus;
use crate::boa0::Boa0;
use crate::combined::{Combined, describe_boa_plus, describe_price_experts};
use crate::lop::{Lop, worker_logits};
use crate::market_blend::MarketBlend;
use crate::prices::{InverseMse, MlPoly, Power, PriceExperts, RidgeStack};
use crate::row::{Quantity, ResolvedEvent, equal_weights, has_worker, weighted_sum};
use crate::scheme::SchemeSpec;
use crate::simple::{
    family_logit_mean, family_weights, logit_mean_pool, mean_pool, median_pool, trimmed_pool,
};
use crate::snapshot::Snapshot;
use crate::without::masked;

/// Why a pool refused to learn. Its state is unchanged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PoolError {
    /// The outcome at this position of the batch is not a value of the quantity.
    Outcome(usize),
    /// The batch factor is not in (0, 1].
    BatchFactor,
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outcome(position) => {
                write!(
                    f,
                    "outcome {position} of the batch is not a value of this quantity"
                )
            }
            Self::BatchFactor => f.write_str("batch factor is not in (0, 1]"),
        }
    }
}

impl core::error::Error for PoolError {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Mean,
    Median,
    Trimmed {
        trim: f64,
    },
    LogitMean {
        extremise: f64,
    },
    FamilyLogitMean {
        extremise: f64,
        families: Vec<Option<u32>>,
    },
    Allora(AlloraPool),
    Lop(Lop),
    Boa0(Boa0),
    BoaPlus(BoaPlus),
    MarketBlend(MarketBlend),
    MlPoly(MlPoly),
    InverseMse(InverseMse),
    InverseMseSquared(InverseMse),
    RidgeStack(RidgeStack),
    PriceExperts(PriceExperts),
}

impl State {
    /// True when the state belongs to this many workers: what a restored snapshot must satisfy.
    pub(crate) fn has_workers(&self, workers: usize) -> bool {
        match self {
            Self::Mean | Self::Median | Self::Trimmed { .. } | Self::LogitMean { .. } => true,
            Self::FamilyLogitMean { families, .. } => families.len() == workers,
            Self::Allora(pool) => pool.has_workers(workers),
            Self::Lop(pool) => pool.has_workers(workers),
            Self::Boa0(pool) => pool.has_workers(workers),
            Self::BoaPlus(pool) => pool.has_workers(workers),
            Self::MarketBlend(pool) => pool.has_workers(workers),
            Self::MlPoly(pool) => pool.has_experts(workers),
            Self::InverseMse(pool) | Self::InverseMseSquared(pool) => pool.has_workers(workers),
            Self::RidgeStack(pool) => pool.has_workers(workers),
            Self::PriceExperts(pool) => pool.has_workers(workers),
        }
    }
}

/// A scheme with its state.
///
/// Inputs that are no values of the quantity (not finite, a probability outside 0..=1, a price beyond the limit) count as
/// absent, and columns beyond the registered workers are not read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Snapshot", into = "Snapshot")]
pub struct Pool {
    pub(crate) spec: SchemeSpec,
    pub(crate) quantity: Quantity,
    pub(crate) workers: usize,
    pub(crate) state: State,
}

impl Pool {
    pub(crate) fn from_parts(spec: SchemeSpec, quantity: Quantity, state: State) -> Self {
        Self {
            spec,
            quantity,
            workers: 0,
            state,
        }
    }

    /// The scheme this pool was built from.
    #[must_use]
    pub fn spec(&self) -> &SchemeSpec {
        &self.spec
    }

    /// What this pool combines.
    #[must_use]
    pub fn quantity(&self) -> Quantity {
        self.quantity
    }

    /// Number of registered workers.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Appends a worker without history; gives its column. Workers never leave: an absent one is `None` in the row.
    pub fn register(&mut self) -> usize {
        self.append(None)
    }

    /// [`Self::register`] for a worker that belongs to a model family: schemes that vote by family count the family once.
    pub fn register_in_family(&mut self, family: u32) -> usize {
        self.append(Some(family))
    }

    fn append(&mut self, family: Option<u32>) -> usize {
        match &mut self.state {
            State::Mean | State::Median | State::Trimmed { .. } | State::LogitMean { .. } => {}
            State::FamilyLogitMean { families, .. } => families.push(family),
            State::Allora(pool) => pool.register(),
            State::Lop(pool) => pool.register(),
            State::Boa0(pool) => pool.register(),
            State::BoaPlus(pool) => pool.register(),
            State::MarketBlend(pool) => pool.register(family),
            State::MlPoly(pool) => pool.register(),
            State::InverseMse(pool) | State::InverseMseSquared(pool) => pool.register(),
            State::RidgeStack(pool) => pool.register(),
            State::PriceExperts(pool) => pool.register(),
        }
        self.workers += 1;
        self.workers - 1
    }

    /// The market blend of this pool, if it has one.
    #[must_use]
    pub fn blend(&self) -> Option<&Blend> {
        match &self.state {
            State::MarketBlend(pool) => Some(pool.blend()),
            _ => None,
        }
    }

    /// Starts from what earlier questions of the same kind taught: replaces the market blend by `blend`. False, and
    /// without effect, for a pool without one or a blend that is damaged.
    pub fn adopt_blend(&mut self, blend: &Blend) -> bool {
        match &mut self.state {
            State::MarketBlend(pool) if blend.is_whole() => {
                pool.set_blend(blend.clone());
                true
            }
            _ => false,
        }
    }

    /// Combined value only: the cheap form of [`Self::predict`].
    #[must_use]
    pub fn value(&self, x: &[Option<f64>], market: Option<f64>) -> Option<f64> {
        self.value_of(
            &self.quantity.clean(x, self.workers),
            self.clean_market(market),
        )
    }

    fn clean_market(&self, market: Option<f64>) -> Option<f64> {
        market.filter(|market| Quantity::Probability.contains(*market))
    }

    /// Combined value of a clean row. Rounding may carry a weighted mean of ones a bit above 1: probabilities are cut.
    fn value_of(&self, row: &[Option<f64>], market: Option<f64>) -> Option<f64> {
        let value = self.raw_value(row, market)?;
        Some(match self.quantity {
            Quantity::Probability => value.clamp(0.0, 1.0),
            Quantity::Price => value,
        })
    }

    fn raw_value(&self, row: &[Option<f64>], market: Option<f64>) -> Option<f64> {
        if let State::MarketBlend(pool) = &self.state {
            return pool.value(row, market);
        }
        if !has_worker(row) {
            return None;
        }
        match &self.state {
            State::Mean => mean_pool(row),
            State::Median => median_pool(row),
            State::Trimmed { trim } => trimmed_pool(row, *trim),
            State::LogitMean { extremise } => logit_mean_pool(row, *extremise),
            State::FamilyLogitMean {
                extremise,
                families,
            } => family_logit_mean(row, families, *extremise),
            State::Allora(pool) => pool.value(row),
            State::Lop(pool) => pool.value(row),
            State::Boa0(pool) => pool.value(row),
            State::BoaPlus(pool) => pool.value(row),
            State::MarketBlend(pool) => pool.value(row, market),
            State::MlPoly(pool) => weighted_sum(&pool.weights(row), row),
            State::InverseMse(pool) => pool.values(row)[0],
            State::InverseMseSquared(pool) => pool.values(row)[1],
            State::RidgeStack(pool) => pool.value(row),
            State::PriceExperts(pool) => pool.value(row),
        }
    }

    /// Combined value with weights and experts; changes nothing. `x[j]` is the value of worker column j; `market` the
    /// market price at prediction time (0..=1), which only the market blend reads.
    #[must_use]
    pub fn predict(&self, x: &[Option<f64>], market: Option<f64>) -> Combined {
        let row = self.quantity.clean(x, self.workers);
        let mut combined = Combined {
            value: self.value_of(&row, self.clean_market(market)),
            weights: equal_weights(&row),
            ..Combined::default()
        };
        match &self.state {
            State::Mean
            | State::Median
            | State::Trimmed { .. }
            | State::LogitMean { .. }
            | State::RidgeStack(_) => {}
            State::FamilyLogitMean { families, .. } => {
                combined.weights = family_weights(&row, families);
            }
            State::Allora(pool) => combined.weights = pool.weights(&row),
            State::Lop(pool) => {
                combined.weights = pool.weights(&row);
                combined.inner = pool.pooled(&worker_logits(&row));
            }
            State::Boa0(pool) => combined.weights = pool.weights(&row),
            State::BoaPlus(pool) => describe_boa_plus(pool, &row, &mut combined),
            State::MarketBlend(pool) => {
                combined.inner = pool.pooled(&row).map(|pooled| pooled.clamp(0.0, 1.0));
                match pool.cold_start() {
                    Some(_) => combined.weights = family_weights(&row, pool.families()),
                    None => describe_boa_plus(pool.inner(), &row, &mut combined),
                }
            }
            State::MlPoly(pool) => combined.weights = pool.weights(&row),
            State::InverseMse(pool) => combined.weights = pool.weights(&row, Power::One),
            State::InverseMseSquared(pool) => combined.weights = pool.weights(&row, Power::Two),
            State::PriceExperts(pool) => describe_price_experts(pool, &row, &mut combined),
        }
        combined
    }

    /// Learns from events that resolved together. Combined values and gradients are recomputed with the state at this
    /// moment, so late and out-of-order resolutions are fine. Events without a present worker teach nothing.
    ///
    /// `batch_factor` in (0, 1] is the weight of each event: 1 for independent events, see [`crate::batch::batch_factor`].
    ///
    /// # Errors
    /// [`PoolError`] for an outcome that is no value of the quantity or a bad batch factor; then nothing is learned.
    pub fn resolve(&mut self, batch: &[ResolvedEvent], batch_factor: f64) -> Result<(), PoolError> {
        let bad = batch
            .iter()
            .position(|event| !self.quantity.contains(event.outcome));
        if let Some(position) = bad {
            return Err(PoolError::Outcome(position));
        }
        if !(0.0 < batch_factor && batch_factor <= 1.0) {
            return Err(PoolError::BatchFactor);
        }
        let clean = |event: &ResolvedEvent| ResolvedEvent {
            x: self.quantity.clean(&event.x, self.workers),
            market: self.clean_market(event.market),
            outcome: event.outcome,
        };
        let events: Vec<ResolvedEvent> = batch
            .iter()
            .map(clean)
            .filter(|event| has_worker(&event.x))
            .collect();
        if !events.is_empty() {
            self.learn(&events, batch_factor);
        }
        Ok(())
    }

    fn learn(&mut self, events: &[ResolvedEvent], batch_factor: f64) {
        match &mut self.state {
            State::Mean
            | State::Median
            | State::Trimmed { .. }
            | State::LogitMean { .. }
            | State::FamilyLogitMean { .. } => {}
            State::Allora(pool) => pool.resolve(events),
            State::Lop(pool) => pool.resolve(events, batch_factor),
            State::Boa0(pool) => pool.resolve(events, batch_factor),
            State::BoaPlus(pool) => pool.resolve(events, batch_factor),
            State::MarketBlend(pool) => pool.resolve(events, batch_factor),
            State::MlPoly(pool) => learn_ml_poly(pool, events),
            State::InverseMse(pool) | State::InverseMseSquared(pool) => pool.resolve(events),
            State::RidgeStack(pool) => pool.resolve(events, batch_factor),
            State::PriceExperts(pool) => pool.resolve(events, batch_factor),
        }
    }

    /// Contribution of every worker to one event, with the state at this moment (call it before [`Self::resolve`]):
    /// loss with the worker masked as absent minus loss with everybody. Positive = useful; `None` for an absent worker;
    /// 0 when nobody else is present.
    ///
    /// # Errors
    /// [`PoolError::Outcome`] when the outcome is no value of the quantity.
    pub fn leave_one_out(&self, event: &ResolvedEvent) -> Result<Vec<Option<f64>>, PoolError> {
        if !self.quantity.contains(event.outcome) {
            return Err(PoolError::Outcome(0));
        }
        let row = self.quantity.clean(&event.x, self.workers);
        let market = self.clean_market(event.market);
        let Some(value) = self.value_of(&row, market) else {
            return Ok(vec![None; self.workers]);
        };
        let loss = self.quantity.loss(value, event.outcome);
        let without = self.values_without(&row, market);
        let contribution = |(x, without): (&Option<f64>, Option<f64>)| {
            (*x)?;
            Some(without.map_or(0.0, |value| self.quantity.loss(value, event.outcome) - loss))
        };
        Ok(row.iter().zip(without).map(contribution).collect())
    }

    /// Combined value without each present worker; `None` where nobody else is present.
    fn values_without(&self, row: &[Option<f64>], market: Option<f64>) -> Vec<Option<f64>> {
        match &self.state {
            State::Boa0(pool) => pool.values_without(row),
            State::Lop(pool) => pool.values_without(&worker_logits(row)),
            State::BoaPlus(pool) => pool.values_without(row),
            State::MarketBlend(pool) => pool.values_without(row, market),
            _ => {
                let value = |j: usize| row[j].and_then(|_| self.value_of(&masked(row, j), market));
                (0..row.len()).map(value).collect()
            }
        }
    }
}

fn learn_ml_poly(pool: &mut MlPoly, events: &[ResolvedEvent]) {
    let rows: Vec<_> = events
        .iter()
        .filter_map(|event| {
            let value = weighted_sum(&pool.weights(&event.x), &event.x)?;
            Some((event.x.as_slice(), value, event.outcome))
        })
        .collect();
    pool.resolve(&rows);
}
