//! The blend: how far the workers' pooled probability moves a market price, learned from resolved events.

use alloc::vec;
use alloc::vec::Vec;

use quorate_domain::math::sigmoid;
use serde::{Deserialize, Serialize};

use crate::online_logit::{LogitPrior, LogitRow, OnlineLogit};
use crate::simple::{WORKER_LOGIT_CLIP, worker_logit};

/// How far evidence moves a market price: `logit p = logit m + b + k (logit q - logit m) + h logit m`.
///
/// Share one per topic family, so that a new question starts with what earlier ones taught.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blend {
    logit: OnlineLogit,
}

/// What the blend combines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlendInput {
    /// Pooled probability of the workers, without the market among them.
    pub pooled: f64,
    /// Market price at prediction time.
    pub market: f64,
}

impl Blend {
    /// Starts at the prior of the coefficients `[b, k, h]`; `None` unless it fits three coefficients.
    #[must_use]
    pub fn new(prior: LogitPrior) -> Option<Self> {
        if prior.fits(3) {
            Some(Self {
                logit: OnlineLogit::new(prior),
            })
        } else {
            None
        }
    }

    /// The usual prior: `b ~ N(0, 0.05^2)`, `k ~ N(0.3, 0.3^2 + 0.18^2)`, `h ~ N(0, 0.1^2)`, forgetting 0.999.
    #[must_use]
    pub fn usual_prior() -> LogitPrior {
        LogitPrior {
            mean: vec![0.0, 0.3, 0.0],
            variance: vec![0.0025, 0.1224, 0.01],
            forgetting: 0.999,
        }
    }

    /// Coefficients `[b, k, h]`.
    #[must_use]
    pub fn theta(&self) -> &[f64] {
        self.logit.theta()
    }

    /// True when the state has its three coefficients.
    pub(crate) fn is_whole(&self) -> bool {
        self.logit.has_coefficients(3)
    }

    /// Blended probability. Without a pooled value it is the market, without a market the pooled value; a market
    /// outside `[0.01, 0.99]` stands as it is, because an edge there would come from clipping.
    #[must_use]
    pub fn value(&self, pooled: Option<f64>, market: Option<f64>) -> Option<f64> {
        match (pooled, market) {
            (Some(pooled), Some(market)) if is_active(market) => {
                let row = logit_row(BlendInput { pooled, market }, 0.0);
                Some(sigmoid(self.logit.logit(&row.features, row.offset)))
            }
            (_, Some(market)) => Some(market),
            (pooled, None) => pooled,
        }
    }

    /// Learns from inputs with their outcomes; those with a market outside `[0.01, 0.99]` do not train.
    pub fn learn(&mut self, resolved: &[(BlendInput, f64)], batch_factor: f64) {
        let active = resolved.iter().filter(|(input, _)| is_active(input.market));
        let rows: Vec<LogitRow> = active
            .map(|(input, outcome)| logit_row(*input, *outcome))
            .collect();
        self.logit.learn(&rows, batch_factor);
    }
}

fn is_active(market: f64) -> bool {
    (WORKER_LOGIT_CLIP..=1.0 - WORKER_LOGIT_CLIP).contains(&market)
}

fn logit_row(input: BlendInput, outcome: f64) -> LogitRow {
    let market = worker_logit(input.market);
    let evidence = worker_logit(input.pooled) - market;
    LogitRow {
        features: vec![1.0, evidence, market],
        offset: market,
        outcome,
    }
}
