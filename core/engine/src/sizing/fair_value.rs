//! From an inference to a probability: thresholds, up/down windows, ranges, quantiles.
//!
//! `mean` and `sd` are those of the predictive *log return* to the deadline. The spread of the workers is disagreement, not
//! predictive error: the standard deviation comes from the agent's own residuals.

use super::error::{SizingError, finite, not_negative, positive, same_length};
use super::special::student_t_cdf;
use quorate_domain::math::{normal_cdf, normal_quantile};

/// Smallest distance of a probability from 0 and 1 before it is used for sizing.
pub const PROBABILITY_CLIP: f64 = 1e-6;

/// Clips a probability to `[1e-6, 1 - 1e-6]`: nothing is certain enough to stake everything on.
///
/// # Errors
/// NaN or a value outside `[0, 1]`, which are refused and never clipped.
pub fn clip_probability(p: f64) -> Result<f64, SizingError> {
    Ok(
        super::error::probability("probability", p)?
            .clamp(PROBABILITY_CLIP, 1.0 - PROBABILITY_CLIP),
    )
}

/// Predictive distribution of a log return.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogReturn {
    /// Mean, which is also the median.
    pub mean: f64,
    /// Standard deviation, above zero.
    pub sd: f64,
}

impl LogReturn {
    /// From a log-return inference: `mean = slope * inferred`, `sd^2 = residual_sd^2 + dispersion^2`.
    ///
    /// `slope` is the regression slope of realised on predicted returns, usually far below 1; `residual_sd` is that of the
    /// agent's own past errors at this horizon; `dispersion` is half the 16-84 % width of the workers.
    ///
    /// # Errors
    /// A number that is not finite, a negative deviation, both deviations zero.
    pub fn from_inference(
        inferred: f64,
        slope: f64,
        residual_sd: f64,
        dispersion: f64,
    ) -> Result<Self, SizingError> {
        let residual = not_negative("residual deviation", residual_sd)?;
        let dispersion = not_negative("dispersion", dispersion)?;
        Self {
            mean: finite("inferred log return", inferred)? * finite("calibration slope", slope)?,
            sd: libm::sqrt(residual * residual + dispersion * dispersion),
        }
        .checked()
    }

    /// From a predicted price that estimates the *mean* (a squared-error model): `mean = ln(P/S) - sd^2 / 2`.
    ///
    /// # Errors
    /// A price or deviation that is not positive.
    pub fn from_price_mean(spot: f64, predicted: f64, sd: f64) -> Result<Self, SizingError> {
        let mut estimate = Self::from_price_median(spot, predicted, sd)?;
        estimate.mean -= 0.5 * sd * sd;
        Ok(estimate)
    }

    /// From a predicted price that estimates the *median* (an absolute-error model): `mean = ln(P/S)`.
    ///
    /// # Errors
    /// A price or deviation that is not positive.
    pub fn from_price_median(spot: f64, predicted: f64, sd: f64) -> Result<Self, SizingError> {
        let spot = positive("spot", spot)?;
        Self {
            mean: libm::log(positive("predicted price", predicted)? / spot),
            sd,
        }
        .checked()
    }

    /// Return over the part `time_left / horizon` of a horizon: mean scales with time, deviation with its root.
    ///
    /// # Errors
    /// A time that is not positive.
    pub fn over(&self, time_left: f64, horizon: f64) -> Result<Self, SizingError> {
        let share = positive("time left", time_left)? / positive("horizon", horizon)?;
        Self {
            mean: self.mean * share,
            sd: self.sd * libm::sqrt(share),
        }
        .checked()
    }

    /// `P(S_T >= strike) = Phi((ln(S/K) + mean) / sd)`.
    ///
    /// # Errors
    /// A price or deviation that is not positive.
    pub fn p_above(&self, spot: f64, strike: f64) -> Result<f64, SizingError> {
        Ok(normal_cdf(self.z_above(spot, strike)?))
    }

    /// As [`Self::p_above`] with Student's t of `dof > 2` degrees of freedom, scaled to keep the standard deviation.
    ///
    /// # Errors
    /// A price or deviation that is not positive, `dof` not above 2.
    pub fn p_above_student(&self, spot: f64, strike: f64, dof: f64) -> Result<f64, SizingError> {
        let excess = positive("degrees of freedom above 2", dof - 2.0)?;
        let scale = libm::sqrt(excess / dof);
        Ok(student_t_cdf(self.z_above(spot, strike)? / scale, dof))
    }

    /// `P(low <= S_T < high)`.
    ///
    /// # Errors
    /// A price or deviation that is not positive, bounds out of order.
    pub fn p_inside(&self, spot: f64, low: f64, high: f64) -> Result<f64, SizingError> {
        if low > high {
            return Err(SizingError::Order {
                what: "bounds of the range",
                position: 1,
            });
        }
        Ok((self.p_above(spot, low)? - self.p_above(spot, high)?).max(0.0))
    }

    fn z_above(&self, spot: f64, strike: f64) -> Result<f64, SizingError> {
        let checked = self.checked()?;
        let ratio = positive("spot", spot)? / positive("strike", strike)?;
        Ok((libm::log(ratio) + checked.mean) / checked.sd)
    }

    fn checked(self) -> Result<Self, SizingError> {
        finite("mean log return", self.mean)?;
        positive("deviation of the log return", self.sd)?;
        Ok(self)
    }
}

/// `P(X > threshold)` from *predictive* quantiles: `z = Phi^-1(level)` interpolated linearly in the value, the end slopes
/// continued outward.
///
/// `levels` are in (0, 1); both lists ascend strictly.
///
/// # Errors
/// Fewer than two quantiles, lists of different length, levels outside (0, 1) or lists that do not ascend.
pub fn p_above_from_quantiles(
    levels: &[f64],
    values: &[f64],
    threshold: f64,
) -> Result<f64, SizingError> {
    same_length("quantile values", levels.len(), values.len())?;
    let threshold = finite("threshold", threshold)?;
    if levels.len() < 2 {
        return Err(SizingError::Shape {
            what: "quantiles",
            expected: 2,
            got: levels.len(),
        });
    }
    for position in 0..levels.len() {
        positive("quantile level", levels[position])?;
        positive("1 - quantile level", 1.0 - levels[position])?;
        finite("quantile value", values[position])?;
        let ascends = position == 0
            || (levels[position] > levels[position - 1] && values[position] > values[position - 1]);
        if !ascends {
            return Err(SizingError::Order {
                what: "quantiles",
                position,
            });
        }
    }
    let upper = values
        .partition_point(|v| *v <= threshold)
        .clamp(1, values.len() - 1);
    let lower = upper - 1;
    let (low, high) = (
        normal_quantile(levels[lower]),
        normal_quantile(levels[upper]),
    );
    let share = (threshold - values[lower]) / (values[upper] - values[lower]);
    Ok(normal_cdf(-(low + share * (high - low))))
}
