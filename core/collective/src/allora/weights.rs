//! Regrets to weights: the scale of the regrets and the normalising function of each version.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::stats;

/// Which version of the synthesis is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlloraScheme {
    /// One stored scale, `1.4826 * median absolute deviation + epsilon`, shared by every computation of an epoch.
    #[serde(rename = "v0.16")]
    V016,
    /// The standard deviation of the regrets of each computation, with capped and shifted regrets.
    #[serde(rename = "v0.6")]
    V06,
}

/// The topic parameters that shape weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightParams {
    /// Version of the synthesis.
    pub scheme: AlloraScheme,
    /// Steepness `p_norm` (2.5..4.5 on the chain; usually 3).
    pub p_norm: f64,
    /// Centre `c_norm` in units of the scale (usually 0.75).
    pub c_norm: f64,
    /// Added to every scale (usually 0.01); positive.
    pub epsilon: f64,
}

/// Below this exponents do not overflow, and the quotient can be taken without logarithms.
const EXPONENT_SAFE: f64 = 700.0;

/// Unnormalised weights and the scale they were computed with.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Scale of the regrets, in the units of the (log) loss.
    pub scale: f64,
    /// One weight per regret, not normalised.
    pub weights: Vec<f64>,
}

/// Scale of a set of regrets: spread plus epsilon, by the rule of the version.
#[must_use]
pub fn regret_scale(params: &WeightParams, regrets: &[f64]) -> f64 {
    let spread = match params.scheme {
        AlloraScheme::V016 => stats::MAD_TO_DEVIATION * stats::median_absolute_deviation(regrets),
        AlloraScheme::V06 => stats::sample_deviation(regrets),
    };
    spread + params.epsilon
}

/// Weights of a computation. `stored_scale` is the topic's stored scale, 0 when there is none; v0.6 ignores it.
#[must_use]
pub fn weights(params: &WeightParams, regrets: &[f64], stored_scale: f64) -> Weights {
    let is_shared = params.scheme == AlloraScheme::V016 && 0.0 < stored_scale;
    let scale = if is_shared {
        stored_scale
    } else {
        regret_scale(params, regrets)
    };
    let scaled: Vec<f64> = regrets.iter().map(|regret| regret / scale).collect();
    let weights = match params.scheme {
        AlloraScheme::V016 => logistic_weights(params, &scaled),
        AlloraScheme::V06 => capped_weights(params, scaled),
    };
    Weights { scale, weights }
}

/// `(1 + e^(-p(max - c))) / (1 + e^(-p(x - c)))`: the best worker has weight 1.
fn logistic_weights(params: &WeightParams, scaled: &[f64]) -> Vec<f64> {
    let exponents = scaled.iter().map(|x| -params.p_norm * (x - params.c_norm));
    let lowest = exponents.clone().fold(f64::INFINITY, f64::min);
    let highest = exponents.clone().fold(f64::NEG_INFINITY, f64::max);
    if highest < EXPONENT_SAFE {
        let best = 1.0 + libm::exp(lowest);
        return exponents.map(|z| best / (1.0 + libm::exp(z))).collect();
    }
    let best = log_one_plus_exp(lowest);
    exponents
        .map(|z| libm::exp(best - log_one_plus_exp(z)))
        .collect()
}

/// The gradient of the potential after capping outstanding regrets, lifting a set of hopeless ones, and cutting off the
/// worst: the constants are the chain's.
fn capped_weights(params: &WeightParams, mut scaled: Vec<f64>) -> Vec<f64> {
    let ceiling = params.c_norm + 6.75 / params.p_norm;
    let lowest_top = params.c_norm - 8.25 / params.p_norm;
    let cut_off = params.c_norm - 17.25 / params.p_norm;
    let top = scaled.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let lift = if top < lowest_top {
        lowest_top - top
    } else {
        0.0
    };
    for x in &mut scaled {
        *x = x.min(ceiling) + lift;
        *x = if *x < cut_off {
            0.0
        } else {
            potential_gradient(params.p_norm, params.c_norm, *x)
        };
    }
    scaled
}

/// Gradient `p / (e^(p(c - x)) + 1)` of Allora's potential `ln(1 + e^(p(x - c)))`, without overflow.
#[must_use]
pub fn potential_gradient(p_norm: f64, c_norm: f64, x: f64) -> f64 {
    p_norm * quorate_domain::math::sigmoid(p_norm * (x - c_norm))
}

/// `ln(1 + e^z)` without overflow.
#[must_use]
pub(crate) fn log_one_plus_exp(z: f64) -> f64 {
    if 0.0 < z {
        z + libm::log1p(libm::exp(-z))
    } else {
        libm::log1p(libm::exp(z))
    }
}
