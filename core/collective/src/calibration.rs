//! Calibration of a forecaster: the line `logit P(outcome) = intercept + slope * logit forecast` (Cox 1958).

use alloc::vec::Vec;

use quorate_domain::math::sigmoid;
use serde::{Deserialize, Serialize};

use crate::linalg::solve_positive;
use crate::simple::worker_logit;

/// Weak prior around perfect calibration: it keeps separable data finite and is invisible after a few dozen events.
const PRIOR_DEVIATION: f64 = 3.0;
const STEPS_MAX: usize = 60;
const STEP_MAX: f64 = 1.0;
const CONVERGED: f64 = 1e-12;

/// A calibration line. Perfect = intercept 0, slope 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Bias in log odds: positive = outcomes happen more often than forecast.
    pub intercept: f64,
    /// Below 1 = over-confident, above 1 = under-confident.
    pub slope: f64,
}

/// Forecasts and outcomes at one place of the log-odds scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogitPoint {
    /// Log odds of the forecast, or their mean.
    pub logit: f64,
    /// Outcome in 0..=1, or the mean of the outcomes.
    pub outcome: f64,
    /// Events that it stands for.
    pub events: f64,
}

impl Calibration {
    /// Fits `(probability, outcome)` pairs, both in 0..=1, probabilities clipped to `[0.01, 0.99]`; `None` for no pairs.
    #[must_use]
    pub fn fit(pairs: &[(f64, f64)]) -> Option<Self> {
        let point = |(probability, outcome): &(f64, f64)| LogitPoint {
            logit: worker_logit(*probability),
            outcome: *outcome,
            events: 1.0,
        };
        Self::fit_points(&pairs.iter().map(point).collect::<Vec<_>>())
    }

    /// Fits points on the log-odds scale, each of which may stand for several events; `None` for no points.
    #[must_use]
    pub fn fit_points(points: &[LogitPoint]) -> Option<Self> {
        if points.is_empty() {
            return None;
        }
        let mut line = Self {
            intercept: 0.0,
            slope: 1.0,
        };
        for _ in 0..STEPS_MAX {
            let (hessian, gradient) = line.derivatives(points);
            let step = solve_positive(&hessian, &gradient)?;
            let size = step[0].abs().max(step[1].abs());
            // Newton steps of a logistic fit can overshoot from afar; shortened ones still ascend.
            let damping = if STEP_MAX < size {
                STEP_MAX / size
            } else {
                1.0
            };
            line.intercept += damping * step[0];
            line.slope += damping * step[1];
            if size < CONVERGED {
                break;
            }
        }
        Some(line)
    }

    /// The probability that a forecast stands for by this line.
    #[must_use]
    pub fn recalibrated(&self, probability: f64) -> f64 {
        sigmoid(self.intercept + self.slope * worker_logit(probability))
    }

    /// Second and first derivative of the negative log posterior, sign turned so that a step is `H^-1 g`.
    fn derivatives(&self, points: &[LogitPoint]) -> ([f64; 4], [f64; 2]) {
        let precision = 1.0 / (PRIOR_DEVIATION * PRIOR_DEVIATION);
        let mut hessian = [precision, 0.0, 0.0, precision];
        let mut gradient = [-precision * self.intercept, precision * (1.0 - self.slope)];
        for LogitPoint {
            logit: z,
            outcome,
            events,
        } in points
        {
            let mu = sigmoid(self.intercept + self.slope * z);
            let information = events * (mu * (1.0 - mu));
            hessian[0] += information;
            hessian[1] += information * z;
            hessian[3] += information * z * z;
            gradient[0] += events * (outcome - mu);
            gradient[1] += events * (outcome - mu) * z;
        }
        hessian[2] = hessian[1];
        (hessian, gradient)
    }
}
