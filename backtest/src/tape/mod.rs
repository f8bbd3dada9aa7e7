//! The tape: recorded markets, order books, trades, inferences and outcomes as a folder of plain CSV files.
//!
//! A tape is checked completely when it is loaded, and everything that is wrong with it is reported at once. What
//! loads is in one order of time and needs no further care.

mod books_csv;
mod condition;
mod folder;
mod inferences_csv;
mod known;
mod load;
mod markets_csv;
mod options;
mod outcomes_csv;
mod quotes_csv;
mod references_csv;
mod rows;
mod ticks_csv;
mod topics_csv;
mod trades_csv;
mod words;
mod write;

use quorate_domain::{
    EpochId, Input, Listing, Market, MarketGroup, MarketId, Timestamp, Topic, TopicId, Worker,
};

pub use folder::ContentHash;
pub use load::{LoadedTape, load};
pub use options::{Assumptions, LoadOptions, OffTick, Unresolved};
pub use write::write;

/// A market of a tape.
#[derive(Clone, Debug, PartialEq)]
pub struct TapeMarket {
    /// The market; its identity is its place in [`Tape::markets`].
    pub market: Market,
    /// What kind of question it is, for breakdowns in reports.
    pub category: Option<String>,
}

/// One round of a topic with the labels it asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapeEpoch {
    /// The topic.
    pub topic: TopicId,
    /// Identity within the topic, in the order of `markets.csv`.
    pub id: EpochId,
    /// Name within the topic.
    pub name: String,
    /// Names of the labels; a label's identity is its place here.
    pub labels: Vec<String>,
}

/// Something that happened while the tape ran.
#[derive(Clone, Debug, PartialEq)]
pub struct TapeRecord {
    /// When it could first be known.
    pub at: Timestamp,
    /// What happened: [`Input::Market`], [`Input::Inference`], [`Input::Reference`] or [`Input::Resolved`].
    pub input: Input,
}

/// Everything recorded, in one order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tape {
    /// Markets in the order of `markets.csv`.
    pub markets: Vec<TapeMarket>,
    /// Groups of exclusive markets in the order of first mention.
    pub groups: Vec<MarketGroup>,
    /// Names of the correlated sets; a set's identity is its place here.
    pub sets: Vec<String>,
    /// Topics in the order of `topics.csv`, then of first mention.
    pub topics: Vec<Topic>,
    /// Epochs in the order of first mention.
    pub epochs: Vec<TapeEpoch>,
    /// Workers in the order of their first inference.
    pub workers: Vec<Worker>,
    /// What happened, by time; at one time first reference prices and changes of the tick size, then books, trades, inferences and
    /// outcomes, each kind in the order of its file.
    pub records: Vec<TapeRecord>,
}

impl Tape {
    /// What exists on the tape, in the order in which it has to be told: groups, topics, workers, markets.
    pub fn listings(&self) -> impl Iterator<Item = Listing> + '_ {
        let groups = self.groups.iter().cloned().map(Listing::Group);
        let topics = self.topics.iter().cloned().map(Listing::Topic);
        let workers = self.workers.iter().cloned().map(Listing::Worker);
        let markets = self
            .markets
            .iter()
            .map(|listed| Box::new(listed.market.clone()));
        groups
            .chain(topics)
            .chain(workers)
            .chain(markets.map(Listing::Market))
    }

    /// The market with an identity.
    #[must_use]
    pub fn market(&self, id: MarketId) -> Option<&TapeMarket> {
        self.markets.get(id.0 as usize)
    }

    /// The market with a name.
    #[must_use]
    pub fn market_named(&self, name: &str) -> Option<&TapeMarket> {
        self.markets
            .iter()
            .find(|listed| listed.market.name == name)
    }

    /// Time of the first and the last record.
    #[must_use]
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        Some((self.records.first()?.at, self.records.last()?.at))
    }
}
