//! AlloraPool: Allora's inferer weights as a pool over resolved events, without forecasters.

use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::allora::{WeightParams, initial_regret, regret_scale, weights};
use crate::losses::log10_loss;
use crate::quality::log_loss;
use crate::row::{Quantity, ResolvedEvent, equal_weights, weighted_sum};
use crate::simple::{mean_pool, median_pool};

/// What regrets are differences of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlloraPoolLoss {
    /// log10 of the mean squared error: the choice for prices.
    Log10Sq,
    /// Mean log loss in nats: the choice for probabilities.
    LogLoss,
    /// log10 of the mean log loss. An improper criterion for single events; kept for comparison with the network.
    Log10LogLoss,
}

impl AlloraPoolLoss {
    /// True when the loss can be taken of this quantity.
    #[must_use]
    pub fn fits(self, quantity: Quantity) -> bool {
        quantity == Quantity::Probability || self == Self::Log10Sq
    }

    fn of_event(self, value: f64, outcome: f64) -> f64 {
        match self {
            Self::Log10Sq => (value - outcome) * (value - outcome),
            Self::LogLoss | Self::Log10LogLoss => log_loss(value, outcome),
        }
    }

    fn of_mean(self, mean: f64) -> f64 {
        match self {
            Self::LogLoss => mean,
            Self::Log10Sq | Self::Log10LogLoss => log10_loss(mean),
        }
    }
}

/// Parameters of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlloraPoolParams {
    /// Version and shape of the weights.
    pub weights: WeightParams,
    /// Loss that regrets are made of.
    pub loss: AlloraPoolLoss,
    /// Rate of the regret averages, in (0, 1].
    pub alpha: f64,
}

/// The pool: one regret per worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlloraPool {
    params: AlloraPoolParams,
    /// `None` until a worker was first scored.
    regrets: Vec<Option<f64>>,
    /// Scored batches per worker.
    counts: Vec<u32>,
    initial_regret: f64,
    scale: f64,
    is_started: bool,
}

impl AlloraPool {
    /// An empty pool.
    #[must_use]
    pub fn new(params: AlloraPoolParams) -> Self {
        Self {
            params,
            regrets: Vec::new(),
            counts: Vec::new(),
            initial_regret: 0.0,
            scale: 0.0,
            is_started: false,
        }
    }

    /// Appends a worker.
    pub fn register(&mut self) {
        self.regrets.push(None);
        self.counts.push(0);
    }

    /// True when the state belongs to this many workers: what a restored snapshot must satisfy.
    pub(crate) fn has_workers(&self, workers: usize) -> bool {
        self.regrets.len() == workers && self.counts.len() == workers
    }

    /// Normalised weight per worker; equal ones until an experienced worker exists.
    #[must_use]
    pub fn weights(&self, row: &[Option<f64>]) -> Vec<f64> {
        if !self.is_started || self.initial_regret == 0.0 {
            return equal_weights(row);
        }
        let present: Vec<usize> = (0..row.len()).filter(|j| row[*j].is_some()).collect();
        let regrets: Vec<f64> = present
            .iter()
            .map(|j| self.regret(*j).unwrap_or(self.initial_regret))
            .collect();
        let computed = weights(&self.params.weights, &regrets, self.scale).weights;
        let total: f64 = computed.iter().sum();
        let mut spread = vec![0.0; row.len()];
        for (j, weight) in present.into_iter().zip(computed) {
            spread[j] = if 0.0 < total { weight / total } else { 0.0 };
        }
        spread
    }

    fn regret(&self, worker: usize) -> Option<f64> {
        self.regrets.get(worker).copied().flatten()
    }

    /// Combined value of a row: the median before the first resolution, the mean until an experienced worker exists,
    /// then the weighted mean.
    #[must_use]
    pub fn value(&self, row: &[Option<f64>]) -> Option<f64> {
        if !self.is_started {
            return median_pool(row);
        }
        if self.initial_regret == 0.0 {
            return mean_pool(row);
        }
        weighted_sum(&self.weights(row), row)
    }

    /// Learns from rows that each have a present worker. Allora knows no batch factor.
    pub(crate) fn resolve(&mut self, events: &[ResolvedEvent]) {
        let values: Vec<f64> = events
            .iter()
            .filter_map(|event| self.value(&event.x))
            .collect();
        let needed = 1.0 / self.params.alpha;
        let (mut updated, mut experienced) = (Vec::new(), Vec::new());
        for worker in 0..self.regrets.len() {
            let Some(lead) = self.lead(worker, events, &values) else {
                continue;
            };
            let old = self.regrets[worker];
            let is_experienced = old.is_some() && needed <= f64::from(self.counts[worker]);
            let alpha = self.params.alpha;
            let regret = alpha * lead + (1.0 - alpha) * old.unwrap_or(self.initial_regret);
            self.regrets[worker] = Some(regret);
            self.counts[worker] += 1;
            updated.push(regret);
            if is_experienced {
                experienced.push(regret);
            }
        }
        if let Some(initial) = initial_regret(&self.params.weights, &experienced) {
            self.initial_regret = initial;
        }
        self.scale = regret_scale(&self.params.weights, &updated);
        self.is_started = true;
    }

    /// Pool loss minus own loss over the events this worker answered; `None` if it answered none.
    fn lead(&self, worker: usize, events: &[ResolvedEvent], values: &[f64]) -> Option<f64> {
        let loss = self.params.loss;
        let (mut own, mut pool, mut answered) = (0.0, 0.0, 0.0);
        for (event, value) in events.iter().zip(values) {
            if let Some(x) = event.x[worker] {
                own += loss.of_event(x, event.outcome);
                pool += loss.of_event(*value, event.outcome);
                answered += 1.0;
            }
        }
        if answered == 0.0 {
            return None;
        }
        Some(loss.of_mean(pool / answered) - loss.of_mean(own / answered))
    }
}
