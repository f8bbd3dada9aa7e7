//! One round of a topic on prices: what was said in time, the price it began from and the price it ended at.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use quorate_domain::{EpochId, Predicted, Schedule, Timestamp};
use serde::{Deserialize, Serialize};

use super::units::{BASIS_POINTS, Seen, basis_points};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Stamped {
    value: f64,
    published_at: Timestamp,
}

/// Whether inferences still count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Submissions {
    /// They do.
    #[default]
    Open,
    /// They do not; what the collective said at that moment, basis points, if it could.
    Closed(Option<f64>),
}

/// A round that waits for its truth.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Newest price at or before the opening.
    opening: Option<Seen>,
    /// Newest price at or before the moment predicted.
    target: Option<Seen>,
    /// Sum of the squared log returns between one price and the next inside the round, squared basis points.
    squares: f64,
    /// By column; absent workers are empty.
    values: Vec<Option<Stamped>>,
    pub(super) submissions: Submissions,
}

/// A round's values at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spoken {
    /// Basis points by column; stale and missing ones are empty.
    pub values: Vec<Option<f64>>,
    /// How many are there.
    pub present: u16,
    /// How many exist but are too old.
    pub stale: u16,
}

impl Round {
    /// A round that opens while `latest` is the newest price.
    #[must_use]
    pub fn new(latest: Option<Seen>) -> Self {
        Self {
            opening: latest,
            target: latest,
            ..Self::default()
        }
    }

    /// A price was seen; `before` was the newest one until then.
    pub fn see(
        &mut self,
        seen: Seen,
        before: Option<Seen>,
        opens_at: Timestamp,
        target_at: Timestamp,
    ) {
        if let Some(before) = before.filter(|b| opens_at <= b.at && b.at < seen.at)
            && seen.at <= target_at
        {
            let step = before.return_to(&seen);
            self.squares += step * step;
        }
        let newer = |old: Option<Seen>| old.is_none_or(|old| old.at <= seen.at);
        if seen.at <= opens_at && newer(self.opening) {
            self.opening = Some(seen);
        }
        if seen.at <= target_at && newer(self.target) {
            self.target = Some(seen);
        }
    }

    /// A worker spoke. What it said earlier is replaced, unless it is stamped later.
    pub fn hear(&mut self, column: usize, value: f64, published_at: Timestamp) {
        if self.values.len() <= column {
            self.values.resize(column + 1, None);
        }
        if self.values[column].is_none_or(|old| old.published_at <= published_at) {
            self.values[column] = Some(Stamped {
                value,
                published_at,
            });
        }
    }

    /// Whether anybody spoke.
    #[must_use]
    pub fn is_spoken(&self) -> bool {
        self.values.iter().any(Option::is_some)
    }

    /// The opening price, unless it was seen longer than `age_max` before the opening.
    #[must_use]
    pub fn opening(&self, opens_at: Timestamp, age_max: Duration) -> Option<Seen> {
        self.opening
            .filter(|seen| opens_at.since(seen.at) <= age_max)
    }

    /// What came true, in basis points: the log return from the opening price, or the realised volatility. `None` when
    /// the final price was not seen within `age_max` before the end of the horizon.
    #[must_use]
    pub fn truth(
        &self,
        predicts: Predicted,
        opening: Seen,
        target_at: Timestamp,
        age_max: Duration,
    ) -> Option<f64> {
        let target = self
            .target
            .filter(|seen| target_at.since(seen.at) <= age_max)?;
        let truth = match predicts {
            Predicted::Volatility => libm::sqrt(self.squares),
            _ => opening.return_to(&target),
        };
        Some(truth)
    }

    /// Return over the round in basis points, whatever the topic predicts.
    #[must_use]
    pub fn moved(&self, opening: Seen) -> f64 {
        self.target.map_or(0.0, |target| opening.return_to(&target))
    }

    /// The values of `columns` workers that are not older than `age_max` at `now`, against the opening price.
    #[must_use]
    pub fn spoken(
        &self,
        columns: usize,
        predicts: Predicted,
        opening: Seen,
        (now, age_max): (Timestamp, Duration),
    ) -> Spoken {
        let mut spoken = Spoken {
            values: vec![None; columns],
            ..Spoken::default()
        };
        for (place, stamped) in spoken.values.iter_mut().zip(&self.values) {
            let Some(stamped) = stamped else { continue };
            if age_max < now.since(stamped.published_at) {
                spoken.stale = spoken.stale.saturating_add(1);
                continue;
            }
            *place = basis_points(predicts, stamped.value, opening);
            spoken.present = spoken.present.saturating_add(u16::from(place.is_some()));
        }
        spoken
    }
}

/// Half the distance of the 16 % from the 84 % quantile of the values (linear between order statistics): how far the
/// workers disagree. `None` for fewer than two.
#[must_use]
pub fn disagreement(values: &[Option<f64>]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
    if sorted.len() < 2 {
        return None;
    }
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * (sorted.len() - 1) as f64;
        let lower = libm::floor(place);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of the last index"
        )]
        let index = lower as usize;
        let upper = sorted[(index + 1).min(sorted.len() - 1)];
        sorted[index] + (place - lower) * (upper - sorted[index])
    };
    Some(0.5 * (at(0.84) - at(0.16)))
}

/// When a round opens and when the moment it predicts is.
#[must_use]
pub(super) fn span(schedule: &Schedule, epoch: EpochId) -> (Timestamp, Timestamp) {
    (schedule.opens_at(epoch), schedule.target_at(epoch))
}

/// Basis points as a log return.
#[must_use]
pub(super) fn natural(points: f64) -> f64 {
    points / BASIS_POINTS
}
