//! Barrier markets: the probability that a price touches a level before a deadline.

use super::error::{SizingError, finite, positive};
use quorate_domain::math::normal_cdf;

/// A barrier that pays once the price touches it before a deadline; geometric Brownian motion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Touch {
    /// Price now.
    pub spot: f64,
    /// Price to reach, above or below spot.
    pub barrier: f64,
    /// Drift of the price per year.
    pub drift: f64,
    /// Volatility per root year.
    pub volatility: f64,
    /// Years to the deadline.
    pub years: f64,
}

impl Touch {
    /// Probability of touching under continuous monitoring (reflection principle); 1 when spot is at the barrier.
    ///
    /// If the running extreme has touched already the probability is 1: that is for the caller to know.
    ///
    /// # Errors
    /// A price, volatility or time that is not positive.
    pub fn p_continuous(&self) -> Result<f64, SizingError> {
        let spot = positive("spot", self.spot)?;
        self.p_at(libm::log(positive("barrier", self.barrier)? / spot))
    }

    /// As [`Self::p_continuous`] for `steps` equally spaced observations: the barrier moves away by
    /// `exp(0.5826 sigma sqrt(T / N))` (Broadie, Glasserman & Kou 1997).
    ///
    /// # Errors
    /// As [`Self::p_continuous`], or no step.
    pub fn p_discrete(&self, steps: u32) -> Result<f64, SizingError> {
        let spot = positive("spot", self.spot)?;
        let interval = positive("years", self.years)? / positive("steps", f64::from(steps))?;
        let away = 0.5826 * positive("volatility", self.volatility)? * libm::sqrt(interval);
        let distance = libm::log(positive("barrier", self.barrier)? / spot);
        if distance == 0.0 {
            return Ok(1.0);
        }
        self.p_at(distance + away.copysign(distance))
    }

    fn p_at(&self, distance: f64) -> Result<f64, SizingError> {
        if distance == 0.0 {
            return Ok(1.0);
        }
        let sigma = positive("volatility", self.volatility)?;
        let years = positive("years", self.years)?;
        let nu = finite("drift", self.drift)? - 0.5 * sigma * sigma;
        let direction = 1.0_f64.copysign(distance);
        let spread = sigma * libm::sqrt(years);
        let direct = normal_cdf(direction * (nu * years - distance) / spread);
        let reflected = normal_cdf(-direction * (distance + nu * years) / spread);
        // The weight can overflow while the tail underflows: their product is taken in logs.
        let log_weight = 2.0 * nu * distance / (sigma * sigma);
        let echo = if reflected > 0.0 {
            libm::exp(log_weight + libm::log(reflected))
        } else {
            0.0
        };
        Ok((direct + echo).clamp(0.0, 1.0))
    }
}
