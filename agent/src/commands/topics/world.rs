//! What there is to trade, as far as it is known before anything runs: topics and markets of a tape, of the sample
//! world, or of a journal.

use std::collections::BTreeMap;

use quorate_backtest::sample::{WorldSpec, generate};
use quorate_backtest::tape::{LoadOptions, Tape, load};
use quorate_domain::{Predicted, TopicId, TopicLink};

use super::known::{Known, Lived, Told};
use crate::failure::Failure;
use crate::settings::DataSource;

/// Topics and markets by name.
#[derive(Clone, Debug, Default)]
pub(in crate::commands) struct World {
    /// Where it was found, in words.
    pub(in crate::commands) from: String,
    pub(in crate::commands) topics: BTreeMap<String, (TopicId, Predicted)>,
    pub(in crate::commands) markets: BTreeMap<String, Option<TopicLink>>,
}

impl World {
    /// The world of an instance: what its settings name as the source of market data, else what its journal has seen.
    /// `None` when only the venue could tell.
    ///
    /// # Errors
    /// The tape cannot be read.
    pub(in crate::commands) fn of(known: &Known) -> Result<Option<Self>, Failure> {
        let told = known.told.as_ref();
        let source = told.map(|told| (told, told.settings.data.source));
        match (source, &known.lived) {
            (Some((told, DataSource::Tape)), _) => of_tape(told).map(Some),
            (Some((told, DataSource::Sample)), _) => {
                let seed = told.settings.data.seed;
                let tape = generate(&WorldSpec::full(seed)).tape();
                Ok(Some(Self::of_listings(
                    format!("the sample world of seed {seed}"),
                    &tape,
                )))
            }
            (_, Some(lived)) => Ok(Some(Self::of_journal(lived))),
            (_, None) => Ok(None),
        }
    }

    fn of_listings(from: String, tape: &Tape) -> Self {
        let topics = tape.topics.iter();
        let markets = tape.markets.iter().map(|listed| &listed.market);
        Self {
            from,
            topics: topics
                .map(|t| (t.name.clone(), (t.id, t.objective.predicts)))
                .collect(),
            markets: markets
                .map(|market| (market.name.clone(), market.link))
                .collect(),
        }
    }

    fn of_journal(lived: &Lived) -> Self {
        let topics = lived.survey.topics.values();
        let markets = lived.survey.names.markets();
        Self {
            from: "the journal".to_owned(),
            topics: topics
                .map(|t| (t.name.clone(), (t.id, t.objective.predicts)))
                .collect(),
            markets: markets
                .map(|market| (market.name.clone(), market.link))
                .collect(),
        }
    }

    /// Name of a topic by its number.
    pub(in crate::commands) fn topic_name(&self, id: TopicId) -> String {
        let named = self.topics.iter().find(|(_, (known, _))| *known == id);
        named.map_or_else(|| format!("topic {id}"), |(name, _)| name.clone())
    }
}

fn of_tape(told: &Told) -> Result<World, Failure> {
    let Some(folder) = &told.settings.data.tape else {
        // The rules of settings refuse a tape without a folder.
        return Err(Failure::internal(
            "a tape without a folder passed the settings' rules",
        ));
    };
    let loaded = load(folder.as_path(), &LoadOptions::default())?;
    let from = format!("the tape {}", folder.as_path().display());
    Ok(World::of_listings(from, &loaded.tape))
}
