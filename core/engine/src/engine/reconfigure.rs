//! Other settings for an engine that already knows something: what a restart under a changed configuration does.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::Engine;
use crate::config::EngineConfig;
use crate::markets::ScopeKey;
use crate::portfolio::Scenarios;
use crate::strategy::Strategy;

/// Settings that an engine with a past cannot take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotReconfigurable {
    /// How inferences are combined is what has been learned; under another scheme it means nothing.
    Scheme,
    /// The same for topics on prices.
    Price,
}

impl fmt::Display for NotReconfigurable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => {
                "the scheme of a topic was changed, and what was learned under the old one means nothing to the new: start in another folder"
            }
            Self::Price => {
                "the settings of a topic on prices were changed, and what was learned under the old ones means nothing to the new: start in another folder"
            }
        })
    }
}

impl core::error::Error for NotReconfigurable {}

impl Engine {
    /// Decides under other settings and with another strategy from now on. What is known, held and promised stays.
    ///
    /// # Errors
    /// A change that would make what was learned meaningless; the engine is then as it was.
    pub fn reconfigure(
        &mut self,
        config: EngineConfig,
        strategy: Box<dyn Strategy>,
    ) -> Result<(), NotReconfigurable> {
        let topics = self.config.topics.keys().chain(config.topics.keys());
        let pairs = topics
            .map(|topic| Some(*topic))
            .chain([None])
            .map(|topic| (self.config.of_topic(topic), config.of_topic(topic)));
        for (old, new) in pairs {
            if old.scheme != new.scheme {
                return Err(NotReconfigurable::Scheme);
            }
            if old.price != new.price {
                return Err(NotReconfigurable::Price);
            }
        }
        if self.config != config || self.strategy.name() != strategy.name() {
            // No decision under the old settings stands; the next entry judges anew.
            let scopes: Vec<ScopeKey> = self.markets.scopes().collect();
            self.due.entry(self.now).or_default().extend(scopes);
        }
        self.scenarios = Scenarios::new(config.scenarios, config.seed);
        self.config = config;
        self.strategy = strategy;
        Ok(())
    }
}
