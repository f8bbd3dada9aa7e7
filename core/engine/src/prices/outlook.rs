//! The predictive distribution of a log return: a calibrated mean, a learned scale, and a shape.
//!
//! The mean grows with time as long as the round speaks about it and stays put after its target; the deviation grows with
//! the root of time.

use quorate_collective::conformal::Conformal;
use quorate_domain::Timestamp;

use crate::sizing::fair_value::LogReturn;

/// The shape of the distribution, its deviation given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape<'a> {
    /// Normal.
    Normal,
    /// Student's t with this many degrees of freedom, above 2, scaled to the deviation.
    Student(f64),
    /// That of the topic's own standardised residuals.
    Empirical(&'a Conformal),
}

/// What a round says about the return over its horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast<'a> {
    /// Mean log return from opening to target, calibrated.
    pub mean: f64,
    /// Standard deviation of the error over one horizon, as a log return; above zero.
    pub sd: f64,
    /// When the round opened.
    pub opens_at: Timestamp,
    /// The moment predicted, after the opening.
    pub target_at: Timestamp,
    /// Shape of the error.
    pub shape: Shape<'a>,
}

impl<'a> Forecast<'a> {
    /// The return from one moment to a later one: `mean * t/h` for the part of the time that the round speaks about, and
    /// `sd * sqrt(t/h)`.
    #[must_use]
    pub fn over(&self, from: Timestamp, to: Timestamp) -> Outlook<'a> {
        let horizon = self.target_at.since(self.opens_at).as_secs_f64();
        let covered = self.target_at.min(to).since(self.opens_at.max(from));
        Outlook {
            mean: self.mean * covered.as_secs_f64() / horizon,
            sd: self.sd * libm::sqrt(to.since(from).as_secs_f64() / horizon),
            shape: self.shape,
        }
    }

    /// As [`Self::over`], up to the average price of the last `window` seconds before `to`, of which all lie ahead.
    ///
    /// The average of a random walk has the variance `t - 2/3 window` in units of its own, and on average the drift up to
    /// the middle of the window.
    #[must_use]
    pub fn over_to_average(&self, from: Timestamp, to: Timestamp, window: f64) -> Outlook<'a> {
        let outlook = self.over(from, to);
        let left = to.since(from).as_secs_f64();
        Outlook {
            mean: outlook.mean * (1.0 - 0.5 * window / left),
            sd: outlook.sd * libm::sqrt(1.0 - 2.0 / 3.0 * window / left),
            ..outlook
        }
    }

    /// The return of the average itself when only `to - from` of its `window` seconds lie ahead: the part already seen is
    /// fixed, so that the deviation is `sigma * (t / window) * sqrt(t / 3)`.
    #[must_use]
    pub fn over_rest_of_average(&self, from: Timestamp, to: Timestamp, window: f64) -> Outlook<'a> {
        let outlook = self.over(from, to);
        let share = to.since(from).as_secs_f64() / window;
        Outlook {
            mean: outlook.mean * 0.5 * share,
            sd: outlook.sd * share / libm::sqrt(3.0),
            ..outlook
        }
    }
}

/// Predictive distribution of a log return to a deadline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook<'a> {
    /// Mean, which is also the median of the parametric shapes.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
    /// Shape.
    pub shape: Shape<'a>,
}

impl Outlook<'_> {
    /// Probability that a price now at `spot` ends above `strike`, both in the same unit. `None` for numbers that make no
    /// distribution.
    #[must_use]
    pub fn p_above(&self, spot: f64, strike: f64) -> Option<f64> {
        if strike <= 0.0 {
            return (0.0 < spot).then_some(1.0);
        }
        let parametric = LogReturn {
            mean: self.mean,
            sd: self.sd,
        };
        match self.shape {
            Shape::Normal => parametric.p_above(spot, strike).ok(),
            Shape::Student(dof) => parametric.p_above_student(spot, strike, dof).ok(),
            Shape::Empirical(residuals) => {
                parametric.p_above(spot, strike).ok()?;
                let needed = (libm::log(strike / spot) - self.mean) / self.sd;
                residuals.probability_above(0.0, needed * residuals.sigma(), (0.0, 1.0))
            }
        }
        .filter(|p| (0.0..=1.0).contains(p))
    }
}
