//! Several probabilities to one: means of models, the plain collective, and the pool of a forecast with the market.

use quorate_domain::math::{logit, sigmoid};

use super::rows::{mean, median};
use super::spec::{Coverage, Pooling};

/// Pools the models that speak on one row; `None` if coverage is not met or nobody speaks.
///
/// `clip` keeps the log odds finite: probabilities are clipped to `[clip, 1 - clip]` inside the logit.
#[must_use]
pub fn pool(
    values: &[Option<f64>],
    pooling: Pooling,
    coverage: Coverage,
    clip: f64,
) -> Option<f64> {
    let present: Vec<f64> = values.iter().copied().flatten().collect();
    if coverage == Coverage::All && present.len() < values.len() {
        return None;
    }
    match pooling {
        Pooling::Mean => mean(&present),
        Pooling::Median => median(&present),
        Pooling::LogitMean => {
            let odds: Vec<f64> = present.iter().map(|p| clipped_logit(*p, clip)).collect();
            mean(&odds).map(sigmoid)
        }
    }
}

/// Log-odds pool of a forecast and the market price with weight `weight` on the forecast.
#[must_use]
pub fn pool_with_market(p: f64, market: f64, weight: f64, clip: f64) -> f64 {
    sigmoid(weight * clipped_logit(p, clip) + (1.0 - weight) * clipped_logit(market, clip))
}

fn clipped_logit(p: f64, clip: f64) -> f64 {
    logit(p.clamp(clip, 1.0 - clip))
}
