//! Adaptive conformal intervals around any point value (Gibbs and Candes 2021), and the probability that a price ends
//! above a threshold, read off the standardised residuals.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Residuals that are kept.
pub const RESIDUALS_MAX: usize = 2000;
/// No interval should be shown before this many residuals.
pub const RESIDUALS_TO_SHOW: usize = 30;
/// Bounds of an event probability.
pub const PROBABILITY_BOUNDS: (f64, f64) = (0.005, 0.995);
/// Bounds for markets on the mere direction.
pub const DIRECTION_BOUNDS: (f64, f64) = (0.02, 0.98);

const STEP: f64 = 0.02;
const VARIANCE_KEPT: f64 = 0.97;
const VARIANCE_FLOOR: f64 = 1e-300;

/// One interval that adapts until it misses at its rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Share of outcomes that may fall outside, for example 0.05.
    pub miscoverage: f64,
    /// Logarithm of the half width in units of sigma.
    log_width: f64,
}

impl Level {
    /// Half width in units of sigma, q.
    #[must_use]
    pub fn width(&self) -> f64 {
        libm::exp(self.log_width)
    }
}

/// Tracker of one topic and horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conformal {
    variance: f64,
    levels: Vec<Level>,
    residuals: VecDeque<f64>,
}

impl Conformal {
    /// Starts with the deviation of past residuals (`sigma`, units of the value) and levels of 5 % and 32 % miscoverage.
    ///
    /// `None` unless `sigma` is positive and finite.
    #[must_use]
    pub fn new(sigma: f64) -> Option<Self> {
        if !sigma.is_finite() || sigma <= 0.0 {
            return None;
        }
        let level = |miscoverage: f64, width: f64| Level {
            miscoverage,
            log_width: libm::log(width),
        };
        Some(Self {
            variance: (sigma * sigma).max(VARIANCE_FLOOR),
            levels: [level(0.05, 2.0), level(0.32, 1.0)].to_vec(),
            residuals: VecDeque::new(),
        })
    }

    /// Current deviation of the residuals, units of the value.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        libm::sqrt(self.variance)
    }

    /// The levels: 5 % and 32 % miscoverage.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// Residuals seen and kept; show no interval below [`RESIDUALS_TO_SHOW`].
    #[must_use]
    pub fn residuals(&self) -> usize {
        self.residuals.len()
    }

    /// Interval `(low, high)` around `center` per level.
    #[must_use]
    pub fn intervals(&self, center: f64) -> Vec<(f64, f64)> {
        let half = |level: &Level| level.width() * self.sigma();
        self.levels
            .iter()
            .map(|level| (center - half(level), center + half(level)))
            .collect()
    }

    /// Probability that the outcome exceeds `threshold`: the share of residuals beyond it, clipped to `bounds`.
    /// `None` while there is no residual or for a threshold that is not finite.
    ///
    /// With fewer than about 500 residuals a parametric form is the better choice.
    #[must_use]
    pub fn probability_above(
        &self,
        center: f64,
        threshold: f64,
        bounds: (f64, f64),
    ) -> Option<f64> {
        let needed = (threshold - center) / self.sigma();
        if self.residuals.is_empty() || needed.is_nan() {
            return None;
        }
        let above = self.residuals.iter().filter(|z| needed < **z).count();
        let share = above as f64 / self.residuals.len() as f64;
        Some(share.max(bounds.0).min(bounds.1))
    }

    /// Learns from an outcome that `center` was predicted for. Values that are not finite are ignored and give false.
    pub fn observe(&mut self, center: f64, outcome: f64) -> bool {
        let residual = outcome - center;
        let square = residual * residual;
        if !square.is_finite() {
            return false;
        }
        let sigma = self.sigma();
        for level in &mut self.levels {
            let is_miss = level.width() * sigma < residual.abs();
            level.log_width += STEP * (if is_miss { 1.0 } else { 0.0 } - level.miscoverage);
        }
        self.residuals.push_back(residual / sigma);
        if RESIDUALS_MAX < self.residuals.len() {
            self.residuals.pop_front();
        }
        let variance = VARIANCE_KEPT * self.variance + (1.0 - VARIANCE_KEPT) * square;
        self.variance = variance.max(VARIANCE_FLOOR);
        true
    }
}
