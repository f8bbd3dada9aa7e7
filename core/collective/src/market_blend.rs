//! MarketBlend: the market price as prior, the pooled workers as evidence. For everything that is traded.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::blend::{Blend, BlendInput};
use crate::boa_plus::BoaPlus;
use crate::row::{ResolvedEvent, has_worker};
use crate::simple::family_logit_mean;
use crate::without::masked;

/// What stands in for BOA+ while too little has resolved to learn from: one vote per model family.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ColdStart {
    /// Resolved events from which BOA+ takes over; it learns in the background until then.
    pub events: u32,
    /// Extremising factor of the mean over families; positive.
    pub extremise: f64,
}

impl Default for ColdStart {
    /// 30 events, factor 1.25: what elections need, where learning can not help within one cycle.
    fn default() -> Self {
        Self {
            events: 30,
            extremise: 1.25,
        }
    }
}

/// A blend on top of its own BOA+.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarketBlend {
    blend: Blend,
    inner: BoaPlus,
    cold_start: Option<ColdStart>,
    /// Family per worker column.
    families: Vec<Option<u32>>,
    /// Events that were learned from.
    resolved: u32,
}

impl MarketBlend {
    /// An empty pool over `inner`.
    #[must_use]
    pub fn new(blend: Blend, inner: BoaPlus, cold_start: Option<ColdStart>) -> Self {
        Self {
            blend,
            inner,
            cold_start,
            families: Vec::new(),
            resolved: 0,
        }
    }

    /// The pool of the workers.
    #[must_use]
    pub fn inner(&self) -> &BoaPlus {
        &self.inner
    }

    /// The blend.
    #[must_use]
    pub fn blend(&self) -> &Blend {
        &self.blend
    }

    /// Replaces the blend, for example by one that earlier questions of the same kind have taught.
    pub fn set_blend(&mut self, blend: Blend) {
        self.blend = blend;
    }

    /// Appends a worker, with the model family it belongs to if it shares one.
    pub fn register(&mut self, family: Option<u32>) {
        self.inner.register();
        self.families.push(family);
    }

    /// True when the state belongs to this many workers: what a restored snapshot must satisfy.
    pub(crate) fn has_workers(&self, workers: usize) -> bool {
        self.blend.is_whole() && self.inner.has_workers(workers) && self.families.len() == workers
    }

    /// Family per worker column.
    #[must_use]
    pub fn families(&self) -> &[Option<u32>] {
        &self.families
    }

    /// The cold start while it is in force.
    #[must_use]
    pub fn cold_start(&self) -> Option<ColdStart> {
        self.cold_start.filter(|cold| self.resolved < cold.events)
    }

    /// Pooled probability of the workers, before the market.
    #[must_use]
    pub fn pooled(&self, row: &[Option<f64>]) -> Option<f64> {
        match self.cold_start() {
            Some(cold) => family_logit_mean(row, &self.families, cold.extremise),
            None if has_worker(row) => self.inner.value(row),
            None => None,
        }
    }

    /// Blended probability of a row.
    #[must_use]
    pub fn value(&self, row: &[Option<f64>], market: Option<f64>) -> Option<f64> {
        self.blend.value(self.pooled(row), market)
    }

    /// Blended probability without each present worker; `None` where nobody else is present.
    pub(crate) fn values_without(
        &self,
        row: &[Option<f64>],
        market: Option<f64>,
    ) -> Vec<Option<f64>> {
        let pooled = match self.cold_start() {
            Some(_) => (0..row.len())
                .map(|j| row[j].and_then(|_| self.pooled(&masked(row, j))))
                .collect(),
            None => self.inner.values_without(row),
        };
        pooled
            .into_iter()
            .map(|pooled| self.blend.value(Some(pooled?), market))
            .collect()
    }

    /// Learns: first the blend, with the pooled value of the old state, then the pool of the workers.
    pub(crate) fn resolve(&mut self, events: &[ResolvedEvent], batch_factor: f64) {
        let prepared = self.inner.prepare(events);
        let mut inputs = Vec::with_capacity(events.len());
        for (event, prepared) in events.iter().zip(&prepared) {
            let pooled = match self.cold_start() {
                Some(_) => self.pooled(&event.x),
                None => Some(prepared.value),
            };
            if let (Some(pooled), Some(market)) = (pooled, event.market) {
                inputs.push((BlendInput { pooled, market }, event.outcome));
            }
        }
        self.blend.learn(&inputs, batch_factor);
        self.inner.learn(events, &prepared, batch_factor);
        self.resolved = self.resolved.saturating_add(events.len() as u32);
    }
}
