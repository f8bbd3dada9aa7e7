//! The heart of an instance: one session whose every step is in the journal before anything of it leaves.
//!
//! Nothing here is asynchronous and nothing reads a clock: the event loop calls it, and so do the crash tests.

use std::time::Duration;

use quorate_backtest::replay::{Session, Standing, Venue, Witness};
use quorate_domain::{Cash, Decision, Input, Timestamp};
use quorate_engine::{Effects, Engine, NotReconfigurable};

use super::batch::{Handled, Scribe};
use super::setup::Setup;
use crate::journal::{Cause, Effects as EffectsRecord, Journal, JournalError, Record, Start, Step};

/// Sees every step, after it is written down.
pub trait Observer {
    /// One step with everything it caused. `engine` stands after it.
    fn stepped(&mut self, engine: &Engine, step: &Step, handled: &[Handled]);

    /// The loop turned: the world stands at `now`, and the turn took so long.
    fn turned(&mut self, engine: &Engine, now: Timestamp, took: Duration, switch: SwitchState) {
        let _ = (engine, now, took, switch);
    }
}

/// Whether the kill switch is thrown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchState {
    /// It is.
    Thrown,
    /// It is not.
    Released,
}

/// Keeps what shortens a later start.
pub trait Keeper<V: Venue>: std::fmt::Debug + Send {
    /// A batch is in the journal. Whether it is time to keep the state.
    fn written(&mut self, step: &Step, handled: &[Handled]) -> bool;

    /// From now on the session decides with the setup of this text.
    fn reconfigured(&mut self, setup_text: &str);

    /// Keeps the state as it stands between two batches.
    ///
    /// # Errors
    /// The journal. Whatever else goes wrong is no reason to stop.
    fn keep(
        &mut self,
        session: &Session<V>,
        fed: u64,
        journal: &mut Journal,
    ) -> Result<(), JournalError>;
}

/// When the journal is forced to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Before any command leaves. Nothing less will do where commands reach somebody else.
    BeforeCommands,
    /// Now and then, at least every so many records: for a simulated venue, whose state ends with the process and is
    /// made again from the same journal.
    EveryRecords(u32),
}

/// A session and its journal.
#[derive(Debug)]
pub struct Machine<V: Venue> {
    session: Session<V>,
    journal: Journal,
    scribe: Scribe,
    fed: u64,
    durability: Durability,
    unsynced: u32,
    keeper: Option<Box<dyn Keeper<V>>>,
}

impl<V: Venue> Machine<V> {
    /// A machine that goes on from a session whose past is in the journal.
    #[must_use]
    pub fn new(session: Session<V>, journal: Journal, fed: u64, durability: Durability) -> Self {
        Self {
            session,
            journal,
            scribe: Scribe::default(),
            fed,
            durability,
            unsynced: 0,
            keeper: None,
        }
    }

    /// With somebody who keeps its state from time to time.
    #[must_use]
    pub fn kept_by(mut self, keeper: Box<dyn Keeper<V>>) -> Self {
        self.keeper = Some(keeper);
        self
    }

    /// Keeps the state now: at a graceful end.
    ///
    /// # Errors
    /// The journal cannot be written; the machine must not go on.
    pub fn keep(&mut self) -> Result<(), JournalError> {
        let Some(mut keeper) = self.keeper.take() else {
            return Ok(());
        };
        let kept = keeper.keep(&self.session, self.fed, &mut self.journal);
        self.keeper = Some(keeper);
        kept.and_then(|()| self.commit())
    }

    /// The decision core.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        self.session.engine()
    }

    /// The session.
    #[must_use]
    pub const fn session(&self) -> &Session<V> {
        &self.session
    }

    /// The session's venue, for whoever carries its messages.
    pub const fn venue_mut(&mut self) -> &mut V {
        self.session.venue_mut()
    }

    /// Where the session stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.session.standing()
    }

    /// Pieces of the feed taken up.
    #[must_use]
    pub const fn fed(&self) -> u64 {
        self.fed
    }

    /// When something falls due by itself.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.session.next_due()
    }

    /// Sequence number of the last entry.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.session.entries()
    }

    /// Time of the last entry.
    #[must_use]
    pub const fn standing_at(&self) -> Timestamp {
        self.session.last_at()
    }

    /// When the venue has something to say by itself.
    #[must_use]
    pub fn venue_due(&self) -> Option<Timestamp> {
        self.session.venue().next_due()
    }

    /// The journal, for records beside the steps.
    pub const fn journal_mut(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// Takes up the next piece of the feed.
    ///
    /// # Errors
    /// The journal cannot take it; nothing has left and the machine must not go on.
    pub fn feed(
        &mut self,
        at: Timestamp,
        input: Input,
        position: u64,
        observer: &mut impl Observer,
    ) -> Result<(), JournalError> {
        self.fed = position;
        self.session.observe(at, input, &mut self.scribe);
        self.write(at, Cause::Observed, observer)
    }

    /// Takes up something that comes from elsewhere than the feed.
    ///
    /// # Errors
    /// As [`Machine::feed`].
    pub fn observe(
        &mut self,
        at: Timestamp,
        input: Input,
        observer: &mut impl Observer,
    ) -> Result<(), JournalError> {
        self.session.observe(at, input, &mut self.scribe);
        self.write(at, Cause::Observed, observer)
    }

    /// Lets time pass up to and including `at`.
    ///
    /// # Errors
    /// As [`Machine::feed`].
    pub fn advance(
        &mut self,
        at: Timestamp,
        observer: &mut impl Observer,
    ) -> Result<(), JournalError> {
        self.session.advance(at, &mut self.scribe);
        if self.scribe.handled.is_empty() {
            return Ok(());
        }
        self.write(at, Cause::TimePassed, observer)
    }

    /// Pays collateral into a simulated account.
    ///
    /// # Errors
    /// As [`Machine::feed`].
    pub fn deposit(
        &mut self,
        at: Timestamp,
        cash: Cash,
        observer: &mut impl Observer,
    ) -> Result<(), JournalError> {
        self.session.deposit(at, cash, &mut self.scribe);
        self.write(at, Cause::Deposited(cash), observer)
    }

    /// Decides with another setup from now on. In the journal it is one more start, as after a restart under other
    /// settings; `start` holds the setup's text.
    ///
    /// # Errors
    /// The journal. The inner error tells why the setup cannot be taken; then nothing has changed.
    pub fn reconfigure(
        &mut self,
        setup: &Setup,
        start: Start,
    ) -> Result<Result<(), NotReconfigurable>, JournalError> {
        let taken = self
            .session
            .reconfigure(setup.engine.clone(), setup.strategy());
        if taken.is_err() {
            return Ok(taken);
        }
        if let Some(keeper) = &mut self.keeper {
            keeper.reconfigured(&start.config_text);
        }
        self.journal.append(&Record::Start(start))?;
        self.commit()?;
        Ok(Ok(()))
    }

    /// Forces everything written so far to the disk.
    ///
    /// # Errors
    /// The disk refused; the journal is closed for ever.
    pub fn commit(&mut self) -> Result<(), JournalError> {
        self.unsynced = 0;
        self.journal.commit().map(drop)
    }

    fn write(
        &mut self,
        at: Timestamp,
        cause: Cause,
        observer: &mut impl Observer,
    ) -> Result<(), JournalError> {
        let mut handled = std::mem::take(&mut self.scribe.handled);
        let step = Step {
            at,
            cause,
            fed: self.fed,
        };
        let written = self.append(&mut handled, step);
        let mut keeps = false;
        if written.is_ok() {
            observer.stepped(self.session.engine(), &step, &handled);
            let keeper = self.keeper.as_mut();
            keeps = keeper.is_some_and(|keeper| keeper.written(&step, &handled));
        }
        handled.clear();
        self.scribe.handled = handled;
        if keeps { self.keep() } else { written }
    }

    fn append(&mut self, handled: &mut [Handled], step: Step) -> Result<(), JournalError> {
        let mut leaves = false;
        for one in handled {
            leaves |= one.leaves();
            self.journal.append(&Record::Entry(one.entry.clone()))?;
            if one.commands.is_empty() && one.decisions.is_empty() {
                continue;
            }
            let effects = EffectsRecord {
                seq: one.entry.seq,
                commands: std::mem::take(&mut one.commands),
                decisions: std::mem::take(&mut one.decisions),
            };
            let record = Record::Effects(effects);
            self.journal.append(&record)?;
            if let Record::Effects(effects) = record {
                one.commands = effects.commands;
                one.decisions = effects.decisions;
            }
        }
        self.journal.append(&Record::Step(step))?;
        self.unsynced += 1;
        let due = match self.durability {
            Durability::BeforeCommands => leaves,
            Durability::EveryRecords(records) => records <= self.unsynced,
        };
        if due { self.commit() } else { Ok(()) }
    }
}

/// Compares what a session does with what a journal says it did.
#[derive(Debug)]
pub struct Checker<'a> {
    expected: std::slice::Iter<'a, Handled>,
    difference: Option<Difference>,
}

/// The first place where a session does other than its journal says.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Sequence number of the entry.
    pub seq: u64,
    /// What differs.
    pub what: Divergence,
}

/// What differs.
#[derive(Clone, Debug, PartialEq)]
pub enum Divergence {
    /// The journal has no such entry here.
    ExtraEntry,
    /// The journal has an entry that did not come about.
    MissingEntry,
    /// The entry is another.
    Entry,
    /// The commands are others.
    Commands,
    /// The decisions are others.
    Decisions,
}

impl std::fmt::Display for Divergence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ExtraEntry => "an entry came about that the journal does not have",
            Self::MissingEntry => "an entry of the journal did not come about",
            Self::Entry => "the entry is another",
            Self::Commands => "the commands are others",
            Self::Decisions => "the decisions are others",
        })
    }
}

impl<'a> Checker<'a> {
    /// Expects these entries, in this order.
    #[must_use]
    pub fn new(expected: &'a [Handled]) -> Self {
        Self {
            expected: expected.iter(),
            difference: None,
        }
    }

    /// The first difference, once everything has passed.
    #[must_use]
    pub fn finish(mut self) -> Option<Difference> {
        if let (None, Some(missing)) = (&self.difference, self.expected.next()) {
            self.difference = Some(Difference {
                seq: missing.entry.seq,
                what: Divergence::MissingEntry,
            });
        }
        self.difference
    }
}

impl Witness for Checker<'_> {
    fn handled(&mut self, _: &Engine, entry: &quorate_domain::Entry, effects: &Effects) {
        if self.difference.is_some() {
            return;
        }
        let what = match self.expected.next() {
            None => Divergence::ExtraEntry,
            Some(expected) if expected.entry != *entry => Divergence::Entry,
            Some(expected) if expected.commands != effects.commands => Divergence::Commands,
            Some(expected) if !same_decisions(&expected.decisions, &effects.decisions) => {
                Divergence::Decisions
            }
            Some(_) => return,
        };
        self.difference = Some(Difference {
            seq: entry.seq,
            what,
        });
    }
}

/// Decisions hold floats: they are the same when every bit is.
fn same_decisions(a: &[Decision], b: &[Decision]) -> bool {
    a == b
}
