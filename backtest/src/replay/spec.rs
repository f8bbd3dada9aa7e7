//! What a run is told: the tape, the account, the strategies, the collective, the limits, the exchange.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use quorate_domain::{Cash, TopicId};
use quorate_engine::{EngineConfig, Strategy, TopicConfig};
use quorate_strategies::{
    ByTopic, ComplementArbitrage, Election, MarketMaker, PriceDirection, PriceThreshold, Quoter,
};
use quorate_venue::VenueConfig;
use serde::{Deserialize, Serialize};

use crate::input::Position;
use crate::report::model::DataOrigin;
use crate::tape::{LoadOptions, Tape};

/// Everything a run file says.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSpec {
    /// Name of the run.
    pub name: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Folder of the tape.
    pub tape: PathBuf,
    /// How the tape is read where it is silent.
    pub load: LoadOptions,
    /// Whether its market data were recorded or invented.
    pub origin: DataOrigin,
    /// Collateral at the start.
    pub bankroll: Cash,
    /// Strategies in order; the first one that takes a topic has it.
    pub strategies: Vec<StrategySpec>,
    /// Settings of the decision core; `topics` is filled from `topics` below once the tape has numbered them.
    pub engine: EngineConfig,
    /// Settings of single topics, by name.
    pub topics: BTreeMap<String, TopicConfig>,
    /// Where the run file first names each topic that it names.
    pub topic_places: BTreeMap<String, Position>,
    /// The simulated exchange.
    pub venue: VenueConfig,
    /// Which baselines are traded beside the product.
    pub baselines: Baselines,
    /// Scored forecasts of each market, evenly spaced over its life.
    pub forecasts_per_market: u32,
    /// Longest time between two points of the equity curve.
    pub equity_every: Duration,
    /// The run file as written, for the report.
    pub text: String,
}

/// Which baselines are traded beside the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baselines {
    /// The market alone, the plain mean, and every worker alone.
    All,
    /// The market alone and the plain mean.
    Shared,
}

/// A built-in strategy with its settings and the topics it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct StrategySpec {
    /// Names of the topics; `None` takes whatever is left.
    pub topics: Option<Vec<String>>,
    /// The strategy.
    pub kind: StrategyKind,
}

/// The closed list of built-in strategies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrategyKind {
    /// [`Election`].
    Election(Election),
    /// [`PriceDirection`].
    PriceDirection(PriceDirection),
    /// [`PriceThreshold`].
    PriceThreshold(PriceThreshold),
    /// [`Quoter`].
    Quoter(Quoter),
    /// [`MarketMaker`].
    MarketMaker(MarketMaker),
    /// [`ComplementArbitrage`].
    ComplementArbitrage(ComplementArbitrage),
}

impl StrategyKind {
    /// The strategy itself.
    #[must_use]
    pub fn build(self) -> Box<dyn Strategy> {
        match self {
            Self::Election(strategy) => Box::new(strategy),
            Self::PriceDirection(strategy) => Box::new(strategy),
            Self::PriceThreshold(strategy) => Box::new(strategy),
            Self::Quoter(strategy) => Box::new(strategy),
            Self::MarketMaker(strategy) => Box::new(strategy),
            Self::ComplementArbitrage(strategy) => Box::new(strategy),
        }
    }
}

/// A built-in strategy and the numbers of the topics it takes; `None` takes whatever is left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NumberedStrategy {
    /// The topics.
    pub topics: Option<Vec<TopicId>>,
    /// The strategy.
    pub kind: StrategyKind,
}

/// One strategy out of several, each for its topics; the first one that takes a topic has it.
#[must_use]
pub fn by_topic(strategies: &[NumberedStrategy]) -> Box<dyn Strategy> {
    let chosen = strategies.iter().fold(ByTopic::new(), |chosen, numbered| {
        chosen.with(numbered.topics.clone(), numbered.kind.build())
    });
    Box::new(chosen)
}

/// A topic that a run file names and the tape does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run file names the topic {name:?}, which the tape does not have (it has: {known})")]
pub struct UnknownTopic {
    /// The name.
    pub name: String,
    /// What there is.
    pub known: String,
}

impl RunSpec {
    /// The strategies, with their topics as the tape numbers them.
    ///
    /// # Errors
    /// A topic that the tape does not have.
    pub fn strategy(&self, tape: &Tape) -> Result<Box<dyn Strategy>, UnknownTopic> {
        Ok(by_topic(&self.strategies_numbered(tape)?))
    }

    /// The strategies and the numbers of the topics they take, in order.
    ///
    /// # Errors
    /// A topic that the tape does not have.
    pub fn strategies_numbered(&self, tape: &Tape) -> Result<Vec<NumberedStrategy>, UnknownTopic> {
        let numbered = |spec: &StrategySpec| {
            let names = spec.topics.as_ref();
            let topics =
                names.map(|names| names.iter().map(|name| topic_named(tape, name)).collect());
            Ok(NumberedStrategy {
                topics: topics.transpose()?,
                kind: spec.kind,
            })
        };
        self.strategies.iter().map(numbered).collect()
    }

    /// Settings of the decision core, with topics as the tape numbers them.
    ///
    /// # Errors
    /// A topic that the tape does not have.
    pub fn engine_config(&self, tape: &Tape) -> Result<EngineConfig, UnknownTopic> {
        let mut config = self.engine.clone();
        for (name, settings) in &self.topics {
            config
                .topics
                .insert(topic_named(tape, name)?, settings.clone());
        }
        Ok(config)
    }
}

fn topic_named(tape: &Tape, name: &str) -> Result<TopicId, UnknownTopic> {
    let found = tape.topics.iter().find(|topic| topic.name == name);
    found.map(|topic| topic.id).ok_or_else(|| UnknownTopic {
        name: name.into(),
        known: tape
            .topics
            .iter()
            .map(|topic| topic.name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    })
}
