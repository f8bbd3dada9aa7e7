//! Topics, workers and their inferences. Topics are objectives, not models: what is predicted, for when, and against
//! which truth it is judged.

use alloc::string::String;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::chance::Timestamp;
use crate::ids::{EpochId, LabelId, TopicId, WorkerId};

/// A question forecast again and again by a collective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// Identity within a run.
    pub id: TopicId,
    /// Short unique name.
    pub name: String,
    /// What is predicted; probabilities of questions that markets decide, unless said otherwise.
    #[serde(default)]
    pub objective: Objective,
}

/// What a topic predicts, when its rounds are, and how they are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objective {
    /// What a worker's value means.
    pub predicts: Predicted,
    /// When its rounds are; only topics on prices need one.
    pub schedule: Schedule,
    /// Who says what came true.
    pub truth: TruthSource,
    /// How a prediction is judged.
    pub loss: LossName,
    /// How the workers' values become one.
    pub scheme: SchemeName,
}

/// What a worker's value means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Predicted {
    /// The probability of one event, 0 to 1.
    #[default]
    Probability,
    /// The probability of each of several labels, 0 to 1.
    Labels,
    /// The price at the end of the horizon, in dollars (or the quote currency of the reference).
    Price,
    /// `ln(price at the end / price at the opening)` over the horizon; 0.01 is about one percent.
    LogReturn,
    /// The standard deviation of the log return over the horizon; 0.01 is about one percent.
    Volatility,
}

impl Predicted {
    /// Whether the truth is read off a reference price rather than off a market's resolution.
    #[must_use]
    pub const fn is_priced(self) -> bool {
        matches!(self, Self::Price | Self::LogReturn | Self::Volatility)
    }
}

/// Who says what came true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TruthSource {
    /// The resolution of the market that asks the question.
    #[default]
    MarketResolution,
    /// The reference price at the end of the horizon.
    Reference,
}

/// How a prediction is judged. The formulas are those of the collective's losses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LossName {
    /// Log loss of a probability.
    #[default]
    Log,
    /// Squared error of a probability.
    Brier,
    /// Squared error: what its models estimate is the mean.
    Mse,
    /// Absolute error: what its models estimate is the median.
    Mae,
    /// Huber loss.
    Huber,
    /// Logarithm of the hyperbolic cosine of the error.
    LogCosh,
    /// Poisson deviance.
    Poisson,
    /// Distance of hyperbolic tangents of standardised values.
    Ztae,
    /// Distance of power-tanh of standardised values.
    Zptae,
}

/// How the workers' values become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SchemeName {
    /// As the settings of the run say.
    #[default]
    Configured,
    /// Nine experts with ML-Poly on top.
    PriceExperts,
    /// ML-Poly over the workers.
    MlPoly,
    /// Plain mean.
    Mean,
    /// Median.
    Median,
}

/// Why an objective makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectiveError {
    /// A topic on prices without rounds.
    #[error("a topic on prices needs an epoch length and a horizon above zero")]
    NoSchedule,
    /// Inferences would count when part of the answer is known.
    #[error("the submission window must not be longer than the horizon")]
    WindowBeyondHorizon,
    /// Too many rounds would wait for their truth at once.
    #[error("horizon and truth lag span more than {ROUNDS_MAX} epochs: use longer epochs")]
    TooManyRounds,
    /// The truth does not fit what is predicted.
    #[error("prices are judged by the reference, probabilities by the market's resolution")]
    Truth,
    /// The loss does not fit what is predicted.
    #[error("the loss is not defined for what is predicted")]
    Loss,
    /// The scheme does not fit what is predicted.
    #[error("the scheme is one for prices")]
    Scheme,
}

/// Rounds of one topic that may wait for their truth at once.
pub const ROUNDS_MAX: u64 = 4096;

impl Objective {
    /// Checks that the parts fit each other.
    ///
    /// # Errors
    /// The first part that does not.
    pub fn check(&self) -> Result<(), ObjectiveError> {
        use LossName as L;
        let is_priced = self.predicts.is_priced();
        if is_priced != (self.truth == TruthSource::Reference) {
            return Err(ObjectiveError::Truth);
        }
        let loss_fits = match self.loss {
            L::Log | L::Brier => !is_priced,
            L::Poisson => matches!(self.predicts, Predicted::Price | Predicted::Volatility),
            L::Mse | L::Mae | L::Huber | L::LogCosh | L::Ztae | L::Zptae => is_priced,
        };
        if !loss_fits {
            return Err(ObjectiveError::Loss);
        }
        if is_priced {
            return self.schedule.check();
        }
        match self.scheme {
            SchemeName::PriceExperts | SchemeName::MlPoly => Err(ObjectiveError::Scheme),
            SchemeName::Configured | SchemeName::Mean | SchemeName::Median => Ok(()),
        }
    }
}

/// When the rounds of a topic are. A round opens every `epoch_length`; within the submission window workers speak; the
/// truth belongs to the moment `horizon` after the opening and is known `truth_lag` later. All sums saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Opening of epoch 0.
    pub origin: Timestamp,
    /// Time from one opening to the next; zero for a topic without rounds of its own.
    pub epoch_length: Duration,
    /// Time from the opening to the moment predicted.
    pub horizon: Duration,
    /// Time from the opening during which inferences count.
    pub submission_window: Duration,
    /// Time from the moment predicted until its price is surely known.
    pub truth_lag: Duration,
}

impl Schedule {
    /// The round that opened last; `None` before the first and for a schedule without rounds.
    #[must_use]
    pub fn epoch_at(&self, at: Timestamp) -> Option<EpochId> {
        if at < self.origin {
            return None;
        }
        let passed = at.since(self.origin).as_nanos();
        let epoch = passed.checked_div(self.epoch_length.as_nanos())?;
        u64::try_from(epoch).ok().map(EpochId)
    }

    /// When a round opens.
    #[must_use]
    pub fn opens_at(&self, epoch: EpochId) -> Timestamp {
        let length = u64::try_from(self.epoch_length.as_nanos()).unwrap_or(u64::MAX);
        self.origin
            .plus(Duration::from_nanos(length.saturating_mul(epoch.0)))
    }

    /// The last moment at which an inference counts.
    #[must_use]
    pub fn closes_at(&self, epoch: EpochId) -> Timestamp {
        self.opens_at(epoch).plus(self.submission_window)
    }

    /// The moment predicted.
    #[must_use]
    pub fn target_at(&self, epoch: EpochId) -> Timestamp {
        self.opens_at(epoch).plus(self.horizon)
    }

    /// When the truth is known.
    #[must_use]
    pub fn truth_at(&self, epoch: EpochId) -> Timestamp {
        self.target_at(epoch).plus(self.truth_lag)
    }

    fn check(&self) -> Result<(), ObjectiveError> {
        if self.epoch_length.is_zero() || self.horizon.is_zero() {
            return Err(ObjectiveError::NoSchedule);
        }
        if self.horizon < self.submission_window {
            return Err(ObjectiveError::WindowBeyondHorizon);
        }
        let open = self.horizon.saturating_add(self.truth_lag).as_nanos();
        if self
            .epoch_length
            .as_nanos()
            .saturating_mul(u128::from(ROUNDS_MAX))
            < open
        {
            return Err(ObjectiveError::TooManyRounds);
        }
        Ok(())
    }
}

/// The price of a topic's asset as its settlement source has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferencePrice {
    /// The topic.
    pub topic: TopicId,
    /// The price in millionths of the quote currency, above zero.
    pub price_micros: i64,
    /// The price's own time.
    pub observed_at: Timestamp,
}

/// A participant who gives inferences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// Identity within a run.
    pub id: WorkerId,
    /// Short unique name.
    pub name: String,
}

/// One worker's value for one label of one epoch of a topic. It counts from the moment it arrives, which is the time
/// of its entry; `published_at` is the worker's own stamp and decides when the value has grown too old.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inference {
    /// The topic.
    pub topic: TopicId,
    /// The round.
    pub epoch: EpochId,
    /// The label; 0 for a single-valued epoch.
    pub label: LabelId,
    /// Who says so.
    pub worker: WorkerId,
    /// What is said, in the units of the topic's objective; else the probability that the label's event happens. On a
    /// topic on prices the epoch is that of its schedule.
    pub value: f64,
    /// The value's own time.
    pub published_at: Timestamp,
}
