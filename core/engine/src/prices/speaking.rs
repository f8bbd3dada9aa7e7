//! What a topic on prices says now: the round that speaks about the time ahead, and the forecast that follows from it.

use core::time::Duration;

use quorate_domain::{EpochId, NoTradeReason, Predicted, Timestamp};

use super::outlook::{Forecast, Shape};
use super::record::median_return;
use super::round::{Spoken, natural, span};
use super::track::Track;

/// The round that speaks about now, with the workers' values.
#[derive(Clone, Debug, PartialEq)]
pub struct Speaking {
    /// The round.
    pub epoch: EpochId,
    /// The values.
    pub spoken: Spoken,
}

impl Track {
    /// The median log return that a combined value stands for, basis points; before the scale is known, the value itself.
    pub(super) fn median(&self, said: f64) -> f64 {
        let sigma = self.sigma().unwrap_or(0.0);
        median_return(&self.objective, said, sigma)
    }

    /// The newest round that anybody speaks about and whose moment is still to come.
    ///
    /// # Errors
    /// Nobody spoke, what was said is too old, or the opening price is not known.
    pub fn speaking(&self, now: Timestamp, age_max: Duration) -> Result<Speaking, NoTradeReason> {
        let schedule = self.objective.schedule;
        let mut reason = NoTradeReason::NoInference;
        for (epoch, round) in self.rounds.iter().rev() {
            let (opens, target) = span(&schedule, *epoch);
            if target <= now {
                break;
            }
            if !round.is_spoken() {
                continue;
            }
            let Some(opening) = round.opening(opens, self.settings.reference_age_max) else {
                reason = NoTradeReason::NoReference;
                continue;
            };
            let spoken = round.spoken(
                self.columns.len(),
                self.objective.predicts,
                opening,
                (now, age_max),
            );
            if spoken.present != 0 {
                return Ok(Speaking {
                    epoch: *epoch,
                    spoken,
                });
            }
            if spoken.stale != 0 && reason == NoTradeReason::NoInference {
                reason = NoTradeReason::StaleInference;
            }
        }
        Err(reason)
    }

    /// What a combined value of a round says about the return over its horizon. `None` before the scale of the errors is
    /// known, and for a predicted volatility of zero.
    #[must_use]
    pub fn forecast(&self, epoch: EpochId, said: f64) -> Option<Forecast<'_>> {
        let tracker = self.residuals.tracker()?;
        let (mean, sd) = match self.objective.predicts {
            Predicted::Volatility => (0.0, said * tracker.sigma()),
            _ => (self.slope.calibrated(self.median(said)), tracker.sigma()),
        };
        let shape = match (
            self.residuals.distribution(),
            self.settings.degrees_of_freedom,
        ) {
            (Some(own), _) => Shape::Empirical(own),
            (None, Some(dof)) => Shape::Student(dof),
            (None, None) => Shape::Normal,
        };
        let (opens_at, target_at) = span(&self.objective.schedule, epoch);
        (0.0 < sd).then_some(Forecast {
            mean: natural(mean),
            sd: natural(sd),
            opens_at,
            target_at,
            shape,
        })
    }
}
