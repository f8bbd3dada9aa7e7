//! What a run is told before it starts. Nothing here changes while it runs.

use alloc::collections::BTreeMap;
use core::time::Duration;

use quorate_collective::SchemeSpec;
use quorate_domain::{Cash, TopicId, WorkerId};
use serde::{Deserialize, Serialize};

pub use crate::limits::RiskLimits;
use crate::prices::PriceConfig;

/// Which probability is traded on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProbabilitySource {
    /// The collective blended with the market price: the product.
    Blend,
    /// The collective alone.
    Collective,
    /// The plain mean of the workers: a baseline.
    Mean,
    /// One worker alone: a baseline.
    Worker(WorkerId),
    /// The market's own midpoint: the baseline that never has an edge.
    Market,
}

/// How one topic's inferences become a probability to trade on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopicConfig {
    /// How inferences are combined.
    pub scheme: SchemeSpec,
    /// Weight of the collective against the market price in log odds, 0 to 1. A scheme that reads the market itself
    /// (the learned market blend) is traded on as it is.
    pub blend_weight: f64,
    /// Oldest inference that still counts, by its own time.
    pub inference_age_max: Duration,
    /// Length of a round, where the topic has rounds of one length: an inference that is older than
    /// [`TopicConfig::EPOCHS_AGE_MAX`] of them no longer counts, whatever `inference_age_max` allows.
    pub epoch_length: Option<Duration>,
    /// Longest silence of a book that is still believed.
    pub book_age_max: Duration,
    /// Inferences count for learning as they stood this long before the end of trading.
    pub score_lead: Duration,
    /// Resolutions of the topic within this time are one batch: one cause, few independent events.
    pub batch_window: Duration,
    /// How inferences become probabilities on a topic that predicts prices.
    pub price: PriceConfig,
}

impl TopicConfig {
    /// Rounds after which a value of the topic is too old, by its own time.
    pub const EPOCHS_AGE_MAX: u32 = 2;

    /// Oldest inference that still counts, by its own time.
    #[must_use]
    pub fn age_max(&self) -> Duration {
        self.epoch_length
            .and_then(|length| length.checked_mul(Self::EPOCHS_AGE_MAX))
            .map_or(self.inference_age_max, |rounds| {
                rounds.min(self.inference_age_max)
            })
    }

    /// Settings of a topic whose markets live for minutes: books go stale after 5 seconds.
    #[must_use]
    pub fn short_windows() -> Self {
        Self {
            book_age_max: Duration::from_secs(5),
            ..Self::default()
        }
    }

    /// Whether the scheme has the market price in it already.
    #[must_use]
    pub const fn reads_market(&self) -> bool {
        matches!(self.scheme, SchemeSpec::MarketBlend(_))
    }
}

impl Default for TopicConfig {
    fn default() -> Self {
        Self {
            scheme: SchemeSpec::LogitMean { extremise: 1.0 },
            blend_weight: 0.3,
            inference_age_max: Duration::from_secs(4 * 86_400),
            epoch_length: None,
            book_age_max: Duration::from_secs(30),
            score_lead: Duration::ZERO,
            batch_window: Duration::ZERO,
            price: PriceConfig::default(),
        }
    }
}

/// Settings of the decision core.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineConfig {
    /// Which probability is traded on.
    pub source: ProbabilitySource,
    /// How inferences are used, where a topic has no settings of its own.
    pub topic: TopicConfig,
    /// Topics with settings of their own.
    pub topics: BTreeMap<TopicId, TopicConfig>,
    /// Relative risk aversion; 1 is full Kelly, 4 is "quarter Kelly".
    pub risk_aversion: f64,
    /// Interest forgone on locked capital, per year.
    pub opportunity_rate: f64,
    /// Time to wait for related news before deciding; zero decides on every message, also between two that belong to one
    /// change of a book.
    pub coalesce: Duration,
    /// No new orders this close to the end of trading.
    pub close_blackout: Duration,
    /// Smallest certainty-equivalent gain worth an order.
    pub gain_min: Cash,
    /// Scenarios for joint sizing when states cannot be enumerated.
    pub scenarios: usize,
    /// Seed of those scenarios.
    pub seed: u64,
    /// Adverse selection assumed for resting orders: probability lost by being filled.
    pub adverse_selection: f64,
    /// Limits.
    pub limits: RiskLimits,
}

impl EngineConfig {
    /// Settings for real money and for paper: every control in force, nothing ordered in a market's last 30 seconds.
    #[must_use]
    pub fn live() -> Self {
        Self {
            close_blackout: Duration::from_secs(30),
            limits: RiskLimits::live(),
            ..Self::default()
        }
    }

    /// Settings of a topic; those of every topic for a market that hangs on none.
    #[must_use]
    pub fn of_topic(&self, topic: Option<TopicId>) -> &TopicConfig {
        topic
            .and_then(|topic| self.topics.get(&topic))
            .unwrap_or(&self.topic)
    }
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            source: ProbabilitySource::Blend,
            topic: TopicConfig::default(),
            topics: BTreeMap::new(),
            risk_aversion: 4.0,
            opportunity_rate: 0.0,
            coalesce: Duration::from_millis(1),
            close_blackout: Duration::ZERO,
            gain_min: Cash::ZERO,
            scenarios: 10_000,
            seed: 1,
            adverse_selection: 0.01,
            limits: RiskLimits::default(),
        }
    }
}
