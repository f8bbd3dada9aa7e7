//! What a run is told before it starts. Nothing here changes while it runs.

use alloc::collections::BTreeMap;
use core::time::Duration;

use quorate_collective::SchemeSpec;
use quorate_domain::{Cash, TopicId, WorkerId};
use serde::{Deserialize, Serialize};

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
    /// Settings of a topic; those of every topic for a market that hangs on none.
    #[must_use]
    pub fn of_topic(&self, topic: Option<TopicId>) -> &TopicConfig {
        topic
            .and_then(|topic| self.topics.get(&topic))
            .unwrap_or(&self.topic)
    }
}

/// Limits. Shares of equity are in parts per million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskLimits {
    /// Cost of one order, share of equity.
    pub order_notional_ppm: u32,
    /// Cost of one order.
    pub order_notional_max: Cash,
    /// Shares of one order, in whole shares.
    pub order_shares_max: u64,
    /// Distance of an order's limit from the midpoint, micro-dollars.
    pub collar_micros: u32,
    /// Worst loss in one market.
    pub market_loss_ppm: u32,
    /// Worst loss in one group of exclusive outcomes.
    pub group_loss_ppm: u32,
    /// Loss of a correlated set that only one scenario in a hundred exceeds.
    pub set_loss_ppm: u32,
    /// Sum of all stakes.
    pub gross_ppm: u32,
    /// Cash kept back.
    pub cash_reserve_ppm: u32,
    /// Share of a displayed level that is taken.
    pub depth_share_ppm: u32,
    /// Orders resting or on their way at once.
    pub open_orders_max: u32,
    /// Loss in one UTC day that stops trading until the next.
    pub daily_loss_ppm: u32,
    /// Fall from the peak that stops trading until a person resumes it.
    pub drawdown_ppm: u32,
}

impl Default for RiskLimits {
    fn default() -> Self {
        Self {
            order_notional_ppm: 10_000,
            order_notional_max: Cash::whole(250),
            order_shares_max: 10_000,
            collar_micros: 100_000,
            market_loss_ppm: 20_000,
            group_loss_ppm: 50_000,
            set_loss_ppm: 100_000,
            gross_ppm: 600_000,
            cash_reserve_ppm: 200_000,
            depth_share_ppm: 250_000,
            open_orders_max: 100,
            daily_loss_ppm: 30_000,
            drawdown_ppm: 100_000,
        }
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
