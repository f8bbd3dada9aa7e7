//! How a topic on prices has done so far, by its own loss, beside a forecast that nothing changes.

use quorate_collective::losses::{LossMethod, Standardisation};
use quorate_domain::{LossName, Objective, Predicted};
use serde::{Deserialize, Serialize};

use super::units::{BASIS_POINTS, Seen, topic_value};

/// The collective's loss that an objective names; Huber turns linear at an error of 1.
#[must_use]
pub const fn loss_method(name: LossName) -> LossMethod {
    match name {
        LossName::Log => LossMethod::CrossEntropy,
        LossName::Brier | LossName::Mse => LossMethod::SquaredError,
        LossName::Mae => LossMethod::AbsoluteError,
        LossName::Huber => LossMethod::Huber { delta: 1.0 },
        LossName::LogCosh => LossMethod::LogCosh,
        LossName::Poisson => LossMethod::Poisson,
        LossName::Ztae => LossMethod::ZTanhAbsoluteError,
        LossName::Zptae => LossMethod::ZPowerTanhAbsoluteError,
    }
}

/// Whether models judged by an objective estimate the mean of the price; otherwise they estimate its median, which is the
/// exponential of the mean log return.
#[must_use]
pub const fn estimates_mean_price(objective: &Objective) -> bool {
    matches!(objective.predicts, Predicted::Price) && matches!(objective.loss, LossName::Mse)
}

/// The median log return, basis points, that a predicted one stands for: models of squared price errors estimate the mean
/// price, whose logarithm lies `sigma^2 / 2` above the median. `sigma_bp` is the deviation over the horizon.
#[must_use]
pub fn median_return(objective: &Objective, predicted: f64, sigma_bp: f64) -> f64 {
    if estimates_mean_price(objective) {
        predicted - 0.5 * sigma_bp * sigma_bp / BASIS_POINTS
    } else {
        predicted
    }
}

/// Rounds that came true and what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Rounds that taught something.
    pub resolved: u64,
    /// Rounds with inferences whose opening or final price was missing: nothing was learned from them.
    pub void: u64,
    scored: u64,
    collective: f64,
    unchanged: f64,
    /// Sum of the squared truths, for losses that standardise.
    squares: f64,
}

impl Record {
    /// Mean loss of the collective as it stood when submissions closed, in the topic's loss; `None` before the first round.
    #[must_use]
    pub fn collective_loss(&self) -> Option<f64> {
        (0 < self.scored).then(|| self.collective / self.scored as f64)
    }

    /// Mean loss over the same rounds of the forecast that nothing changes: the opening price, a return of zero.
    #[must_use]
    pub fn unchanged_loss(&self) -> Option<f64> {
        (0 < self.scored).then(|| self.unchanged / self.scored as f64)
    }

    /// A round came true: `predicted` and `realised` in basis points against `opening`.
    pub(crate) fn score(
        &mut self,
        objective: &Objective,
        opening: Seen,
        predicted: f64,
        realised: f64,
    ) {
        self.resolved += 1;
        let in_units = |points| topic_value(objective.predicts, points, opening);
        let truth = in_units(realised);
        let method = loss_method(objective.loss);
        // Prices are standardised around the opening, returns around zero.
        let mean = in_units(0.0);
        let square = self.squares + (truth - mean) * (truth - mean);
        let deviation = libm::sqrt(square / self.resolved as f64);
        let scale = Standardisation {
            mean,
            deviation: if 0.0 < deviation { deviation } else { 1.0 },
        };
        let loss = |points: f64| method.loss(truth, in_units(points), scale).ok();
        if let (Some(own), Some(unchanged)) = (loss(predicted), loss(0.0))
            && (own + unchanged + square).is_finite()
        {
            self.squares = square;
            self.scored += 1;
            self.collective += own;
            self.unchanged += unchanged;
        }
    }
}
