//! How far the calibrated collective errs over one horizon: learned from its own past errors, never from the spread of
//! the workers.

use alloc::vec::Vec;

use quorate_collective::conformal::{Conformal, RESIDUALS_TO_SHOW};
use serde::{Deserialize, Serialize};

/// Residuals from which on their own distribution is used instead of a parametric one.
pub const EMPIRICAL_MIN: usize = 500;

/// The tracker, or the first errors that it will start from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Residuals {
    /// `(predicted, realised)` until there are enough.
    first: Vec<(f64, f64)>,
    tracker: Option<Conformal>,
}

impl Residuals {
    /// Starts from a known deviation, or without one (also for one that is not positive and finite).
    #[must_use]
    pub fn new(start_sigma: Option<f64>) -> Self {
        Self {
            first: Vec::new(),
            tracker: start_sigma.and_then(Conformal::new),
        }
    }

    /// The tracker, once there is a scale.
    #[must_use]
    pub const fn tracker(&self) -> Option<&Conformal> {
        self.tracker.as_ref()
    }

    /// The tracker, once its residuals are enough to be a distribution.
    #[must_use]
    pub fn distribution(&self) -> Option<&Conformal> {
        self.tracker()
            .filter(|tracker| EMPIRICAL_MIN <= tracker.residuals())
    }

    /// Learns what came of a prediction. Values that are not finite are ignored.
    pub fn learn(&mut self, predicted: f64, realised: f64) {
        if let Some(tracker) = &mut self.tracker {
            tracker.observe(predicted, realised);
            return;
        }
        let error = realised - predicted;
        if !(error * error).is_finite() {
            return;
        }
        self.first.push((predicted, realised));
        if self.first.len() < RESIDUALS_TO_SHOW {
            return;
        }
        let squares: f64 = self.first.iter().map(|(p, y)| (y - p) * (y - p)).sum();
        let sigma = libm::sqrt(squares / self.first.len() as f64);
        // A price that never moved gives no scale: the oldest round makes room for the next.
        let Some(mut tracker) = Conformal::new(sigma) else {
            self.first.remove(0);
            return;
        };
        for (predicted, realised) in core::mem::take(&mut self.first) {
            tracker.observe(predicted, realised);
        }
        self.tracker = Some(tracker);
    }
}
