//! What an instance decides with, in the form that is written at the head of its journal: enough to build the very
//! same decision core again.

use super::strategy_guard::Guarded;
use quorate_backtest::replay::{NumberedStrategy, by_topic};
use quorate_collective::SchemeError;
use quorate_domain::Cash;
use quorate_engine::{Engine, EngineConfig, Strategy};
use quorate_venue::{Exchange, VenueConfig};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use quorate_backtest::replay::recorder::hex;

/// Everything that shapes decisions, with topics as the instance numbers them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// Settings of the decision core.
    pub engine: EngineConfig,
    /// Strategies in order; the first one that takes a topic has it.
    pub strategies: Vec<NumberedStrategy>,
    /// The simulated exchange of a paper instance.
    pub venue: VenueConfig,
    /// Collateral that a paper instance starts with.
    pub bankroll: Cash,
    /// Where market data come from, so that a journal is never continued with another world.
    pub source: String,
}

impl Setup {
    /// A decision core that knows nothing yet.
    ///
    /// # Errors
    /// A scheme whose parameters make no sense.
    pub fn engine(&self) -> Result<Engine, SchemeError> {
        Engine::new(self.engine.clone(), self.strategy())
    }

    /// The strategies as one.
    #[must_use]
    pub fn strategy(&self) -> Box<dyn Strategy> {
        Box::new(Guarded::new(by_topic(&self.strategies)))
    }

    /// A simulated exchange without markets and money.
    #[must_use]
    pub fn exchange(&self) -> Exchange {
        Exchange::new(self.venue)
    }

    /// As text, for the journal.
    ///
    /// # Errors
    /// A number that has no text: not finite.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Hash of a setup's text.
    #[must_use]
    pub fn hash(text: &str) -> String {
        hex(&Sha256::digest(text.as_bytes()))
    }
}
