//! The deflated Sharpe ratio: how likely a Sharpe ratio is real, given how many were tried.

use quorate_domain::math::{normal_cdf, normal_quantile};
use serde::{Deserialize, Serialize};

/// The Euler-Mascheroni constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// Fewest returns from which moments are taken.
pub const RETURNS_MIN: usize = 3;

/// Mean over sample standard deviation (Sharpe 1966), per period, not annualised. `None` below two values or without
/// variation.
#[must_use]
pub fn sharpe(returns: &[f64]) -> Option<f64> {
    if returns.len() < 2 {
        return None;
    }
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let squares: f64 = returns.iter().map(|r| (r - mean) * (r - mean)).sum();
    let deviation = libm::sqrt(squares / (count - 1.0));
    (deviation > 0.0).then(|| mean / deviation)
}

/// Shape of a series of returns.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Returns.
    pub count: usize,
    /// Sharpe ratio per period.
    pub sharpe: f64,
    /// Third standardised moment; 0 of a symmetric series.
    pub skewness: f64,
    /// Fourth standardised moment; 3 of a normal series.
    pub kurtosis: f64,
}

impl Shape {
    /// The shape of returns; `None` below [`RETURNS_MIN`] or without variation.
    #[must_use]
    pub fn of(returns: &[f64]) -> Option<Self> {
        if returns.len() < RETURNS_MIN {
            return None;
        }
        let sharpe = sharpe(returns)?;
        let count = returns.len() as f64;
        let mean = returns.iter().sum::<f64>() / count;
        let moment = |power: i32| {
            let parts = returns
                .iter()
                .map(|r| libm::pow(r - mean, f64::from(power)));
            parts.sum::<f64>() / count
        };
        let variance = moment(2);
        Some(Self {
            count: returns.len(),
            sharpe,
            skewness: moment(3) / libm::pow(variance, 1.5),
            kurtosis: moment(4) / (variance * variance),
        })
    }
}

/// Probability that the true Sharpe ratio is above `benchmark`: `Phi((SR - SR*) sqrt(T - 1) / sqrt(1 - g3 SR + (g4 - 1)/4
/// SR^2))` (Bailey and Lopez de Prado 2012, "The Sharpe ratio efficient frontier"). `None` where the root does not exist.
#[must_use]
pub fn probabilistic_sharpe(shape: Shape, benchmark: f64) -> Option<f64> {
    let sr = shape.sharpe;
    let spread = 1.0 - shape.skewness * sr + (shape.kurtosis - 1.0) / 4.0 * sr * sr;
    let periods = shape.count.checked_sub(1)? as f64;
    (spread > 0.0).then(|| normal_cdf((sr - benchmark) * libm::sqrt(periods) / libm::sqrt(spread)))
}

/// The largest Sharpe ratio that so many trials without skill are expected to show: `sqrt(V) ((1 - g) Phi^-1(1 - 1/N) + g
/// Phi^-1(1 - 1/(N e)))`, `V` the variance of the trials' Sharpe ratios, `g` the Euler-Mascheroni constant (Bailey and
/// Lopez de Prado 2014, "The deflated Sharpe ratio"). 0 with fewer than two trials.
#[must_use]
pub fn expected_best(trials: usize, variance: f64) -> f64 {
    if trials < 2 {
        return 0.0;
    }
    let n = trials as f64;
    let first = normal_quantile(1.0 - 1.0 / n);
    let second = normal_quantile(1.0 - 1.0 / (n * core::f64::consts::E));
    libm::sqrt(variance.max(0.0)) * ((1.0 - EULER) * first + EULER * second)
}

/// A Sharpe ratio beside the trials it was chosen from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deflated {
    /// The chosen series.
    pub shape: Shape,
    /// Variants that were tried.
    pub trials: usize,
    /// Best Sharpe ratio per period that so many trials without skill are expected to show.
    pub expected_best: f64,
    /// Probability that the true Sharpe ratio is above that: the deflated Sharpe ratio. 0.95 and more is convincing.
    pub probability: f64,
}

/// The deflated Sharpe ratio of a chosen series. `all` has the Sharpe ratio of every trial, the chosen one among them;
/// trials that never traded have none and count as trials all the same.
#[must_use]
pub fn deflated(chosen: &[f64], all: &[f64], trials: usize) -> Option<Deflated> {
    let shape = Shape::of(chosen)?;
    let count = all.len() as f64;
    let mean = all.iter().sum::<f64>() / count.max(1.0);
    let squares: f64 = all.iter().map(|sr| (sr - mean) * (sr - mean)).sum();
    let variance = if all.len() < 2 {
        0.0
    } else {
        squares / (count - 1.0)
    };
    let expected_best = expected_best(trials, variance);
    Some(Deflated {
        shape,
        trials,
        expected_best,
        probability: probabilistic_sharpe(shape, expected_best)?,
    })
}
