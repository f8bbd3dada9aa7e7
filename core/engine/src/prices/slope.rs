//! The calibration slope: how much of a predicted return usually comes true.
//!
//! Regression of the realised on the predicted return through the origin, with a normal prior around zero: the
//! posterior mean `sum xy / (sum xx + noise / tau^2)`, `noise` the mean square of the realised returns. Without evidence
//! it is zero, and a collective that knows nothing stays near it. It is never negative: forecasts that point the wrong
//! way are not turned round but ignored.

use serde::{Deserialize, Serialize};

/// Share of what was learned that is kept per round.
const KEPT: f64 = 0.999;
/// Deviation of the prior around zero.
const PRIOR_DEVIATION: f64 = 0.5;
/// Largest slope that is believed.
pub const SLOPE_MAX: f64 = 1.5;
/// Predictions beyond this many deviations of the realised returns are cut: one slip must not spoil the regression.
const PREDICTED_MAX: f64 = 10.0;

/// State of the regression; moments in squared basis points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Slope {
    xx: f64,
    xy: f64,
    yy: f64,
    weight: f64,
}

impl Slope {
    /// The slope, from 0 to [`SLOPE_MAX`].
    #[must_use]
    pub fn value(&self) -> f64 {
        let noise = self.mean_square() / (PRIOR_DEVIATION * PRIOR_DEVIATION);
        let spread = self.xx + noise;
        if 0.0 < spread {
            (self.xy / spread).clamp(0.0, SLOPE_MAX)
        } else {
            0.0
        }
    }

    /// What a predicted return stands for, basis points.
    #[must_use]
    pub fn calibrated(&self, predicted: f64) -> f64 {
        self.value() * self.cut(predicted)
    }

    /// Learns that `realised` came of `predicted`, both in basis points. Values that are not finite teach nothing.
    pub fn learn(&mut self, predicted: f64, realised: f64) {
        if !predicted.is_finite() || !realised.is_finite() {
            return;
        }
        self.yy = KEPT * self.yy + realised * realised;
        self.weight = KEPT * self.weight + 1.0;
        let x = self.cut(predicted);
        self.xx = KEPT * self.xx + x * x;
        self.xy = KEPT * self.xy + x * realised;
    }

    fn mean_square(&self) -> f64 {
        if 0.0 < self.weight {
            self.yy / self.weight
        } else {
            0.0
        }
    }

    fn cut(&self, predicted: f64) -> f64 {
        let most = PREDICTED_MAX * libm::sqrt(self.mean_square());
        predicted.max(-most).min(most)
    }
}
