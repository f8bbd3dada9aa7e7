//! One engine and one venue, fed by one stream of news.
//!
//! Everything is merged into one strictly monotonic order: what the venue answers and the moments the engine asked
//! to be woken at come before any news of the same instant. Replay puts the simulated exchange behind it, in virtual
//! time; the agent puts the same exchange, or a real venue, in the time of its clock.

use std::collections::BTreeSet;

use quorate_domain::{
    AccountInput, Cash, Command, Entry, Input, Market, MarketInput, Resolution, Timestamp,
};
use quorate_engine::{Effects, Engine, EngineConfig, NotReconfigurable, Strategy};
use quorate_venue::Exchange;
use serde::{Deserialize, Serialize};

/// Sees everything that passes through a session.
pub trait Witness {
    /// One entry was handled, with what it caused. `input` is the entry's.
    fn handled(&mut self, engine: &Engine, entry: &Entry, effects: &Effects);
}

/// Where commands go and account news comes from. Only a simulated one looks at the market and lives in virtual time.
pub trait Venue {
    /// A market exists, or its terms are new.
    fn list(&mut self, market: &Market);
    /// Collateral comes in.
    fn deposit(&mut self, at: Timestamp, cash: Cash);
    /// The market moved.
    fn observe(&mut self, at: Timestamp, news: &MarketInput);
    /// A question was decided.
    fn resolve(&mut self, at: Timestamp, resolution: Resolution);
    /// A command leaves.
    fn submit(&mut self, at: Timestamp, command: &Command);
    /// When it has something to say, if that is known beforehand.
    fn next_due(&self) -> Option<Timestamp>;
    /// Appends every answer given by `until`, with its time, in order.
    fn answers(&mut self, until: Timestamp, out: &mut Vec<(Timestamp, AccountInput)>);
}

impl Venue for Exchange {
    fn list(&mut self, market: &Market) {
        Self::list(self, market.clone());
    }
    fn deposit(&mut self, at: Timestamp, cash: Cash) {
        Self::deposit(self, at, cash);
    }
    fn observe(&mut self, at: Timestamp, news: &MarketInput) {
        Self::observe(self, at, news);
    }
    fn resolve(&mut self, at: Timestamp, resolution: Resolution) {
        Self::resolve(self, at, resolution);
    }
    fn submit(&mut self, at: Timestamp, command: &Command) {
        Self::submit(self, at, command);
    }
    fn next_due(&self) -> Option<Timestamp> {
        Self::next_due(self)
    }
    fn answers(&mut self, until: Timestamp, out: &mut Vec<(Timestamp, AccountInput)>) {
        self.advance(until, out);
    }
}

/// Where a session stands in the one order of things, beside its engine and its venue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Moments the engine asked to be woken at.
    pub wakes: BTreeSet<Timestamp>,
    /// Sequence number of the last entry.
    pub seq: u64,
    /// Time of the last entry.
    pub last_at: Timestamp,
}

/// One run in progress.
#[derive(Debug)]
pub struct Session<V = Exchange> {
    engine: Engine,
    venue: V,
    wakes: BTreeSet<Timestamp>,
    answers: Vec<(Timestamp, AccountInput)>,
    effects: Effects,
    seq: u64,
    last_at: Timestamp,
}

impl<V: Venue> Session<V> {
    /// A session whose account starts empty.
    #[must_use]
    pub fn new(engine: Engine, venue: V) -> Self {
        Self::restored(engine, venue, Standing::default())
    }

    /// A session that goes on where an earlier one stood.
    #[must_use]
    pub fn restored(engine: Engine, venue: V, standing: Standing) -> Self {
        Self {
            engine,
            venue,
            wakes: standing.wakes,
            answers: Vec::new(),
            effects: Effects::default(),
            seq: standing.seq,
            last_at: standing.last_at,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            wakes: self.wakes.clone(),
            seq: self.seq,
            last_at: self.last_at,
        }
    }

    /// The decision core.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The venue.
    #[must_use]
    pub const fn venue(&self) -> &V {
        &self.venue
    }

    /// The venue, for whoever carries its messages.
    pub const fn venue_mut(&mut self) -> &mut V {
        &mut self.venue
    }

    /// When something falls due by itself: an answer of the venue, or a moment the engine asked for.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let wake = self.wakes.first().copied();
        self.venue.next_due().into_iter().chain(wake).min()
    }

    /// Entries handled so far.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.seq
    }

    /// Decides under other settings from now on.
    ///
    /// # Errors
    /// See [`Engine::reconfigure`].
    pub fn reconfigure(
        &mut self,
        config: EngineConfig,
        strategy: Box<dyn Strategy>,
    ) -> Result<(), NotReconfigurable> {
        self.engine.reconfigure(config, strategy)
    }

    /// Time of the last entry.
    #[must_use]
    pub const fn last_at(&self) -> Timestamp {
        self.last_at
    }

    /// Pays collateral into the account.
    pub fn deposit(&mut self, at: Timestamp, cash: Cash, witness: &mut impl Witness) {
        self.venue.deposit(at, cash);
        self.answer(at, witness);
    }

    /// Something happened in the world at `at`: first everything that was due before, then the exchange sees it, then
    /// the engine.
    pub fn observe(&mut self, at: Timestamp, input: Input, witness: &mut impl Witness) {
        self.advance(at, witness);
        match &input {
            Input::Listed(quorate_domain::Listing::Market(market)) => {
                self.venue.list(market);
            }
            Input::Market(news) => {
                self.venue.observe(at, news);
                self.answer(at, witness);
            }
            Input::Resolved(resolution) => {
                self.venue.resolve(at, *resolution);
                self.answer(at, witness);
            }
            _ => {}
        }
        self.handle(at, input, witness);
    }

    /// Lets virtual time pass up to and including `until`.
    pub fn advance(&mut self, until: Timestamp, witness: &mut impl Witness) {
        loop {
            let due = self.venue.next_due();
            let wake = self.wakes.first().copied();
            match (due, wake) {
                (Some(due), _) if due <= until && wake.is_none_or(|wake| due <= wake) => {
                    self.answer(due, witness);
                }
                (_, Some(wake)) if wake <= until => {
                    self.wakes.remove(&wake);
                    self.handle(wake, Input::Wake, witness);
                }
                _ => return,
            }
        }
    }

    /// Lets everything that is still due happen: settlements, redemptions.
    pub fn finish(&mut self, witness: &mut impl Witness) {
        while let Some(due) = self.venue.next_due() {
            self.advance(due, witness);
        }
    }

    /// Takes up an entry of a journal as it stands there. What it causes is shown to the witness and goes nowhere.
    pub fn retrace(&mut self, entry: &Entry, witness: &mut impl Witness) {
        self.seq = entry.seq;
        self.last_at = entry.at;
        if entry.input == Input::Wake {
            self.wakes.pop_first();
        }
        self.effects.clear();
        self.engine.handle(entry, &mut self.effects);
        witness.handled(&self.engine, entry, &self.effects);
        for command in &self.effects.commands {
            if let Command::WakeAt(at) = command {
                self.wakes.insert(*at);
            }
        }
    }

    fn answer(&mut self, at: Timestamp, witness: &mut impl Witness) {
        let mut answers = std::mem::take(&mut self.answers);
        self.venue.answers(at, &mut answers);
        for (due, answer) in answers.drain(..) {
            self.handle(due, Input::Account(answer), witness);
        }
        self.answers = answers;
    }

    fn handle(&mut self, at: Timestamp, input: Input, witness: &mut impl Witness) {
        self.seq += 1;
        // Equal instants become successive ones: the order of entries is part of what is replayed.
        let next = Timestamp::from_nanos(self.last_at.nanos() + 1);
        self.last_at = at.max(next);
        let entry = Entry {
            seq: self.seq,
            at: self.last_at,
            input,
        };
        self.effects.clear();
        self.engine.handle(&entry, &mut self.effects);
        witness.handled(&self.engine, &entry, &self.effects);
        for command in &self.effects.commands {
            match command {
                Command::WakeAt(at) => {
                    self.wakes.insert(*at);
                }
                command => self.venue.submit(self.last_at, command),
            }
        }
    }
}
