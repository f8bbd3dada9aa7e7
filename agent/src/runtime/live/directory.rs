//! What the venue calls our markets. The decision core knows numbers; the venue knows conditions and assets.
//!
//! A market keeps its number for ever: what it is called is noted in the journal right before it is listed, and a start
//! reads those notes before it asks the venue for anything.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use quorate_domain::{FeeSchedule, MarketId, Outcome, TickSize, Token};
use serde::{Deserialize, Serialize};

use crate::journal::Note;
use crate::runtime::names::Names;

/// What the notes of the journal are called.
pub const NOTE: &str = "venue_market";

/// Which exchange settles a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// A question of its own.
    Standard,
    /// One of several exclusive outcomes.
    NegRisk,
}

/// A market by all its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueMarket {
    /// Our number.
    pub market: MarketId,
    /// The venue's short name (slug), which is ours too.
    pub name: String,
    /// The condition that is resolved.
    pub condition: String,
    /// Asset of the outcome that we call YES.
    pub yes: String,
    /// Asset of the outcome that we call NO.
    pub no: String,
    /// Which exchange settles it.
    pub settlement: Settlement,
    /// Price step when it was last heard of.
    pub tick: TickSize,
    /// Taker fee.
    pub fee: FeeSchedule,
}

impl VenueMarket {
    /// The asset of an outcome.
    #[must_use]
    pub fn asset(&self, outcome: Outcome) -> &str {
        match outcome {
            Outcome::Yes => &self.yes,
            Outcome::No => &self.no,
        }
    }

    /// As the journal has it.
    ///
    /// # Errors
    /// Never for a market that came from the venue: every member has a text.
    pub fn note(&self) -> Result<Note, serde_json::Error> {
        Ok(Note {
            event: NOTE.into(),
            text: serde_json::to_string(self)?,
        })
    }
}

#[derive(Debug, Default)]
struct Known {
    markets: BTreeMap<MarketId, VenueMarket>,
    by_asset: BTreeMap<String, Token>,
    by_condition: BTreeMap<String, MarketId>,
    numbers: BTreeMap<String, MarketId>,
    next: u32,
}

impl Known {
    fn put(&mut self, market: VenueMarket) {
        for outcome in [Outcome::Yes, Outcome::No] {
            let token = Token {
                market: market.market,
                outcome,
            };
            self.by_asset
                .insert(market.asset(outcome).to_owned(), token);
        }
        self.by_condition
            .insert(market.condition.clone(), market.market);
        self.number(&market.name, market.market);
        self.markets.insert(market.market, market);
    }

    fn number(&mut self, name: &str, id: MarketId) {
        self.numbers.insert(name.to_owned(), id);
        self.next = self.next.max(id.0.saturating_add(1));
    }
}

/// All markets by all their names. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Directory(Arc<RwLock<Known>>);

impl Directory {
    /// What an earlier life knew. A note that cannot be read is passed over with a warning: its market is asked for anew
    /// and keeps its number, which is in the listings.
    #[must_use]
    pub fn of_past(names: &Names, notes: &[Note]) -> Self {
        let mut known = Known::default();
        for market in names.markets() {
            known.number(&market.name, market.id);
        }
        for note in notes.iter().filter(|note| note.event == NOTE) {
            match serde_json::from_str::<VenueMarket>(&note.text) {
                Ok(market) => known.put(market),
                Err(error) => {
                    tracing::warn!(event = "venue_market_note", %error, "a note of the journal cannot be read");
                }
            }
        }
        Self(Arc::new(RwLock::new(known)))
    }

    /// The number of a market: the one it has, or the next.
    #[must_use]
    pub fn number(&self, name: &str) -> MarketId {
        self.change(|known| {
            if let Some(id) = known.numbers.get(name) {
                return *id;
            }
            let id = MarketId(known.next);
            known.number(name, id);
            id
        })
    }

    /// Takes up a market, or its new terms. Whether anything about it is new.
    pub fn put(&self, market: VenueMarket) -> bool {
        self.change(|known| {
            let is_new = known.markets.get(&market.market) != Some(&market);
            known.put(market);
            is_new
        })
    }

    /// The price step of a market changed.
    pub fn set_tick(&self, market: MarketId, tick: TickSize) {
        self.change(|known| {
            if let Some(market) = known.markets.get_mut(&market) {
                market.tick = tick;
            }
        });
    }

    /// A market by our number.
    #[must_use]
    pub fn market(&self, id: MarketId) -> Option<VenueMarket> {
        self.read(|known| known.markets.get(&id).cloned())
    }

    /// The market of a condition.
    #[must_use]
    pub fn of_condition(&self, condition: &str) -> Option<MarketId> {
        self.read(|known| known.by_condition.get(condition).copied())
    }

    /// What an asset is.
    #[must_use]
    pub fn token(&self, asset: &str) -> Option<Token> {
        self.read(|known| known.by_asset.get(asset).copied())
    }

    /// The asset of a token.
    #[must_use]
    pub fn asset(&self, token: Token) -> Option<String> {
        self.read(|known| {
            let market = known.markets.get(&token.market)?;
            Some(market.asset(token.outcome).to_owned())
        })
    }

    /// Every market, by number.
    #[must_use]
    pub fn markets(&self) -> Vec<VenueMarket> {
        self.read(|known| known.markets.values().cloned().collect())
    }

    fn read<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, make: impl FnOnce(&mut Known) -> T) -> T {
        make(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}
