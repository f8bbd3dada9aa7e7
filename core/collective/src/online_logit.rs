//! Online logistic regression with a Gaussian prior that is slowly forgotten towards: the recalibration of the
//! log-opinion pool and the blend with the market.

use alloc::vec::Vec;

use quorate_domain::math::sigmoid;
use serde::{Deserialize, Serialize};

use crate::linalg::solve_positive;

const NEWTON_STEPS: usize = 3;

/// Independent Gaussian prior of every coefficient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogitPrior {
    /// Mean per coefficient.
    pub mean: Vec<f64>,
    /// Variance per coefficient; positive.
    pub variance: Vec<f64>,
    /// Share of what was learned that survives one independent event, in (0, 1].
    pub forgetting: f64,
}

impl LogitPrior {
    /// True for finite means and positive variances of `n` coefficients and a forgetting in (0, 1].
    #[must_use]
    pub fn fits(&self, n: usize) -> bool {
        let is_positive = |variance: &f64| variance.is_finite() && 0.0 < *variance;
        [self.mean.len(), self.variance.len()] == [n; 2]
            && self.mean.iter().all(|mean| mean.is_finite())
            && self.variance.iter().all(is_positive)
            && 0.0 < self.forgetting
            && self.forgetting <= 1.0
    }
}

/// One observation: `logit p = offset + features . theta`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogitRow {
    /// One feature per coefficient.
    pub(crate) features: Vec<f64>,
    /// Known part of the log odds.
    pub(crate) offset: f64,
    /// Outcome, 0..=1.
    pub(crate) outcome: f64,
}

/// Coefficients and their precision (inverse covariance), row-major.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnlineLogit {
    prior: LogitPrior,
    theta: Vec<f64>,
    precision: Vec<f64>,
}

impl OnlineLogit {
    /// Starts at the prior, which the caller has checked with [`LogitPrior::fits`].
    #[must_use]
    pub(crate) fn new(prior: LogitPrior) -> Self {
        let theta = prior.mean.clone();
        let precision = diagonal_precision(&prior);
        Self {
            prior,
            theta,
            precision,
        }
    }

    /// Current coefficients.
    #[must_use]
    pub fn theta(&self) -> &[f64] {
        &self.theta
    }

    /// Current precision matrix, row-major.
    #[must_use]
    pub fn precision(&self) -> &[f64] {
        &self.precision
    }

    /// True when the state has this many coefficients.
    pub(crate) fn has_coefficients(&self, n: usize) -> bool {
        self.prior.fits(n) && self.theta.len() == n && self.precision.len() == n * n
    }

    /// Log odds of a row.
    #[must_use]
    pub(crate) fn logit(&self, features: &[f64], offset: f64) -> f64 {
        offset + dot(features, &self.theta)
    }

    /// Learns a batch of rows, each weighted by `batch_factor`: forgets towards the prior, then takes three Newton steps
    /// to the new maximum. An empty batch changes nothing.
    pub(crate) fn learn(&mut self, rows: &[LogitRow], batch_factor: f64) {
        if rows.is_empty() {
            return;
        }
        let kept = libm::pow(self.prior.forgetting, rows.len() as f64 * batch_factor);
        let Some((anchor, precision)) = self.forgotten(kept) else {
            return;
        };
        let mut theta = anchor.clone();
        for _ in 0..NEWTON_STEPS {
            let hessian = with_information(&precision, rows, &theta, batch_factor);
            let slope = gradient(&precision, &anchor, rows, &theta, batch_factor);
            let Some(step) = solve_positive(&hessian, &slope) else {
                return;
            };
            theta.iter_mut().zip(step).for_each(|(t, s)| *t += s);
        }
        self.precision = with_information(&precision, rows, &theta, batch_factor);
        self.theta = theta;
    }

    /// Coefficients and precision after keeping the share `kept` of what was learned.
    fn forgotten(&self, kept: f64) -> Option<(Vec<f64>, Vec<f64>)> {
        let base = diagonal_precision(&self.prior);
        let mix = |old: &[f64], prior: &[f64]| -> Vec<f64> {
            old.iter()
                .zip(prior)
                .map(|(o, p)| kept * o + (1.0 - kept) * p)
                .collect()
        };
        let precision = mix(&self.precision, &base);
        let pull = mix(
            &times(&self.precision, &self.theta),
            &times(&base, &self.prior.mean),
        );
        Some((solve_positive(&precision, &pull)?, precision))
    }
}

fn diagonal_precision(prior: &LogitPrior) -> Vec<f64> {
    let n = prior.mean.len();
    let entry = |index: usize| {
        if index.is_multiple_of(n + 1) {
            1.0 / prior.variance[index / (n + 1)]
        } else {
            0.0
        }
    };
    (0..n * n).map(entry).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn times(matrix: &[f64], vector: &[f64]) -> Vec<f64> {
    matrix
        .chunks(vector.len())
        .map(|row| dot(row, vector))
        .collect()
}

/// `precision + F' diag(c mu (1 - mu)) F`.
fn with_information(precision: &[f64], rows: &[LogitRow], theta: &[f64], c: f64) -> Vec<f64> {
    let mut matrix = precision.to_vec();
    for row in rows {
        let mu = sigmoid(row.offset + dot(&row.features, theta));
        let information = c * mu * (1.0 - mu);
        for (line, a) in matrix.chunks_mut(theta.len()).zip(&row.features) {
            for (entry, b) in line.iter_mut().zip(&row.features) {
                *entry += information * a * b;
            }
        }
    }
    matrix
}

/// `F' (c (y - mu)) - precision (theta - anchor)`.
fn gradient(
    precision: &[f64],
    anchor: &[f64],
    rows: &[LogitRow],
    theta: &[f64],
    c: f64,
) -> Vec<f64> {
    let moved: Vec<f64> = theta.iter().zip(anchor).map(|(t, a)| t - a).collect();
    let mut slope: Vec<f64> = times(precision, &moved).iter().map(|pull| -pull).collect();
    for row in rows {
        let mu = sigmoid(row.offset + dot(&row.features, theta));
        for (entry, feature) in slope.iter_mut().zip(&row.features) {
            *entry += c * (row.outcome - mu) * feature;
        }
    }
    slope
}
