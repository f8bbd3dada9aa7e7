//! The loss methods a topic can name, and the transform from a loss to what regrets are made of.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// Losses below this are treated as this before a logarithm is taken: the chain's own node fails on a loss of exactly 0.
pub const LOG_LOSS_FLOOR: f64 = 1e-12;

const HUBER_DELTA: f64 = 1.0;
const CROSS_ENTROPY_CLIP: f64 = 1e-15;
const POISSON_FLOOR: f64 = 1e-7;
/// Above this the exact logarithm of the hyperbolic cosine equals its asymptote to the last bit.
const LOG_COSH_ASYMPTOTE: f64 = 20.0;

/// Loss methods of Allora topics (SDK 1.3.0). Names are case-insensitive; `parse` knows their aliases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossMethod {
    /// Squared error.
    SquaredError,
    /// Absolute error.
    AbsoluteError,
    /// Huber loss with the given transition point.
    Huber {
        /// Error size at which the loss turns from quadratic to linear.
        delta: f64,
    },
    /// `ln cosh` of the error.
    LogCosh,
    /// Binary cross entropy; truth and prediction in 0..=1.
    CrossEntropy,
    /// Poisson deviance part `q - y ln q`; truth and prediction at least 0. May be negative.
    Poisson,
    /// Distance of the hyperbolic tangents of the standardised values.
    ZTanhAbsoluteError,
    /// Distance of the power-tanh of the standardised values, with a quartic penalty.
    ZPowerTanhAbsoluteError,
}

/// Centre and spread that the standardising losses need; others ignore it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standardisation {
    /// Centre, in the units of the truth.
    pub mean: f64,
    /// Spread, in the units of the truth; positive.
    pub deviation: f64,
}

impl Default for Standardisation {
    fn default() -> Self {
        Self {
            mean: 0.0,
            deviation: 1.0,
        }
    }
}

/// Why a loss does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossError {
    /// The method's name is not one of the known ones.
    UnknownMethod,
    /// Truth or prediction lies outside the domain of the method, or is not finite.
    OutsideDomain,
    /// The standard deviation is not positive.
    Deviation,
}

impl fmt::Display for LossError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownMethod => "unknown loss method",
            Self::OutsideDomain => "truth or prediction outside the domain of the loss",
            Self::Deviation => "standard deviation is not positive",
        })
    }
}

impl core::error::Error for LossError {}

const NAMES: [(&str, LossMethod); 15] = [
    ("sqe", LossMethod::SquaredError),
    ("mse", LossMethod::SquaredError),
    ("se", LossMethod::SquaredError),
    ("squared_error", LossMethod::SquaredError),
    ("abse", LossMethod::AbsoluteError),
    ("mae", LossMethod::AbsoluteError),
    ("ae", LossMethod::AbsoluteError),
    ("absolute_error", LossMethod::AbsoluteError),
    ("huber", LossMethod::Huber { delta: HUBER_DELTA }),
    ("logcosh", LossMethod::LogCosh),
    ("log_cosh", LossMethod::LogCosh),
    ("bce", LossMethod::CrossEntropy),
    ("poisson", LossMethod::Poisson),
    ("ztae", LossMethod::ZTanhAbsoluteError),
    ("zptae", LossMethod::ZPowerTanhAbsoluteError),
];

impl FromStr for LossMethod {
    type Err = LossError;

    fn from_str(name: &str) -> Result<Self, LossError> {
        NAMES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, method)| *method)
            .ok_or(LossError::UnknownMethod)
    }
}

impl LossMethod {
    /// True when the loss is never negative, so that a topic takes its logarithm.
    #[must_use]
    pub fn is_never_negative(self) -> bool {
        !matches!(self, Self::Poisson)
    }

    /// Loss of `prediction` against `truth`.
    ///
    /// # Errors
    /// [`LossError::OutsideDomain`] for values the method is not defined on, [`LossError::Deviation`] for a
    /// standardising method without a positive deviation.
    pub fn loss(
        self,
        truth: f64,
        prediction: f64,
        scale: Standardisation,
    ) -> Result<f64, LossError> {
        if !truth.is_finite() || !prediction.is_finite() {
            return Err(LossError::OutsideDomain);
        }
        let error = prediction - truth;
        match self {
            Self::SquaredError => Ok(error * error),
            Self::AbsoluteError => Ok(error.abs()),
            Self::Huber { delta } => Ok(huber(error.abs(), delta)),
            Self::LogCosh => Ok(log_cosh(error.abs())),
            Self::CrossEntropy => cross_entropy(truth, prediction),
            Self::Poisson => poisson(truth, prediction),
            Self::ZTanhAbsoluteError => z_tanh(truth, prediction, scale),
            Self::ZPowerTanhAbsoluteError => z_power_tanh(truth, prediction, scale),
        }
    }
}

/// `log10(max(loss, 1e-12))`: what regrets are made of when a topic's loss is never negative.
#[must_use]
pub fn log10_loss(loss: f64) -> f64 {
    libm::log10(loss.max(LOG_LOSS_FLOOR))
}

fn huber(distance: f64, delta: f64) -> f64 {
    if distance <= delta {
        0.5 * distance * distance
    } else {
        delta * (distance - 0.5 * delta)
    }
}

fn log_cosh(distance: f64) -> f64 {
    if LOG_COSH_ASYMPTOTE < distance {
        distance - core::f64::consts::LN_2
    } else {
        libm::log(libm::cosh(distance))
    }
}

fn cross_entropy(truth: f64, prediction: f64) -> Result<f64, LossError> {
    if !(0.0..=1.0).contains(&truth) || !(0.0..=1.0).contains(&prediction) {
        return Err(LossError::OutsideDomain);
    }
    let p = prediction.clamp(CROSS_ENTROPY_CLIP, 1.0 - CROSS_ENTROPY_CLIP);
    Ok(-(truth * libm::log(p) + (1.0 - truth) * libm::log(1.0 - p)))
}

fn poisson(truth: f64, prediction: f64) -> Result<f64, LossError> {
    if truth < 0.0 || prediction < 0.0 {
        return Err(LossError::OutsideDomain);
    }
    let rate = prediction.max(POISSON_FLOOR);
    Ok(rate - truth * libm::log(rate))
}

fn standardised(value: f64, scale: Standardisation) -> Result<f64, LossError> {
    if 0.0 < scale.deviation && scale.deviation.is_finite() {
        Ok((value - scale.mean) / scale.deviation)
    } else {
        Err(LossError::Deviation)
    }
}

fn z_tanh(truth: f64, prediction: f64, scale: Standardisation) -> Result<f64, LossError> {
    let (y, p) = (
        standardised(truth, scale)?,
        standardised(prediction, scale)?,
    );
    Ok((libm::tanh(y) - libm::tanh(p)).abs())
}

/// `|pt(z_y) - pt(z_p)| + (0.01 |z_p - z_y|)^4` with `pt(x) = x / (1 + x^2)^0.375`.
fn z_power_tanh(truth: f64, prediction: f64, scale: Standardisation) -> Result<f64, LossError> {
    let (y, p) = (
        standardised(truth, scale)?,
        standardised(prediction, scale)?,
    );
    let power_tanh = |x: f64| x / libm::pow(1.0 + x * x, 0.375);
    let far = 0.01 * (p - y);
    Ok((power_tanh(y) - power_tanh(p)).abs() + far * far * far * far)
}
