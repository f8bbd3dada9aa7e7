//! One engine and one simulated exchange in virtual time, fed by one stream of news.
//!
//! Everything is merged into one strictly monotonic order: what the exchange answers and the moments the engine asked
//! to be woken at come before any news of the same instant.

use std::collections::BTreeSet;

use quorate_domain::{AccountInput, Cash, Command, Entry, Input, Timestamp};
use quorate_engine::{Effects, Engine};
use quorate_venue::Exchange;

/// Sees everything that passes through a session.
pub trait Witness {
    /// One entry was handled, with what it caused. `input` is the entry's.
    fn handled(&mut self, engine: &Engine, entry: &Entry, effects: &Effects);
}

/// One run in progress.
#[derive(Debug)]
pub struct Session {
    engine: Engine,
    exchange: Exchange,
    wakes: BTreeSet<Timestamp>,
    answers: Vec<(Timestamp, AccountInput)>,
    effects: Effects,
    seq: u64,
    last_at: Timestamp,
}

impl Session {
    /// A session whose account starts empty.
    #[must_use]
    pub fn new(engine: Engine, exchange: Exchange) -> Self {
        Self {
            engine,
            exchange,
            wakes: BTreeSet::new(),
            answers: Vec::new(),
            effects: Effects::default(),
            seq: 0,
            last_at: Timestamp::default(),
        }
    }

    /// The decision core.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The simulated exchange.
    #[must_use]
    pub const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Entries handled so far.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.seq
    }

    /// Pays collateral into the account.
    pub fn deposit(&mut self, at: Timestamp, cash: Cash, witness: &mut impl Witness) {
        self.exchange.deposit(at, cash);
        self.answer(at, witness);
    }

    /// Something happened in the world at `at`: first everything that was due before, then the exchange sees it, then
    /// the engine.
    pub fn observe(&mut self, at: Timestamp, input: Input, witness: &mut impl Witness) {
        self.advance(at, witness);
        match &input {
            Input::Listed(quorate_domain::Listing::Market(market)) => {
                self.exchange.list((**market).clone());
            }
            Input::Market(news) => {
                self.exchange.observe(at, news);
                self.answer(at, witness);
            }
            Input::Resolved(resolution) => {
                self.exchange.resolve(at, *resolution);
                self.answer(at, witness);
            }
            _ => {}
        }
        self.handle(at, input, witness);
    }

    /// Lets virtual time pass up to and including `until`.
    pub fn advance(&mut self, until: Timestamp, witness: &mut impl Witness) {
        loop {
            let due = self.exchange.next_due();
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
        while let Some(due) = self.exchange.next_due() {
            self.advance(due, witness);
        }
    }

    fn answer(&mut self, at: Timestamp, witness: &mut impl Witness) {
        let mut answers = std::mem::take(&mut self.answers);
        self.exchange.advance(at, &mut answers);
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
                command => self.exchange.submit(self.last_at, command),
            }
        }
    }
}
