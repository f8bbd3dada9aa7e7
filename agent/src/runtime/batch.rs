//! What one cause brought about. In the journal a batch is its entries, each followed by what it caused, and a step that
//! closes it: either all of it happened or none.

use quorate_backtest::replay::Witness;
use quorate_domain::{Command, Decision, Entry};
use quorate_engine::{Effects, Engine};

use crate::journal::{Record, Step};

/// One entry with what it caused.
#[derive(Clone, Debug, PartialEq)]
pub struct Handled {
    /// The entry.
    pub entry: Entry,
    /// What was to be done.
    pub commands: Vec<Command>,
    /// Why.
    pub decisions: Vec<Decision>,
}

impl Handled {
    /// Whether anything leaves the process because of it.
    #[must_use]
    pub fn leaves(&self) -> bool {
        self.commands.iter().any(leaves)
    }
}

/// Whether a command is for the venue.
#[must_use]
pub const fn leaves(command: &Command) -> bool {
    !matches!(
        command,
        Command::WakeAt(_) | Command::Halted(_) | Command::Alarm(_)
    )
}

/// One cause and its consequences.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Entries in order.
    pub handled: Vec<Handled>,
    /// The cause.
    pub step: Step,
}

/// Writes down what passes through a session.
#[derive(Debug, Default)]
pub struct Scribe {
    /// What was handled since it was last emptied.
    pub handled: Vec<Handled>,
}

impl Witness for Scribe {
    fn handled(&mut self, _: &Engine, entry: &Entry, effects: &Effects) {
        self.handled.push(Handled {
            entry: entry.clone(),
            commands: effects.commands.clone(),
            decisions: effects.decisions.clone(),
        });
    }
}

/// Puts records together to batches, as they are read from a journal.
#[derive(Debug, Default)]
pub struct Gathering {
    handled: Vec<Handled>,
}

impl Gathering {
    /// Takes the next record; gives a batch when the record closes one, and the record back when it is no part of any.
    pub fn take(&mut self, record: Record) -> Gathered {
        match record {
            Record::Entry(entry) => self.handled.push(Handled {
                entry,
                commands: Vec::new(),
                decisions: Vec::new(),
            }),
            Record::Effects(effects) => {
                if let Some(last) = self.handled.last_mut() {
                    last.commands = effects.commands;
                    last.decisions = effects.decisions;
                }
            }
            Record::Step(step) => {
                let handled = std::mem::take(&mut self.handled);
                return Gathered::Batch(Batch { handled, step });
            }
            other => return Gathered::Other(other),
        }
        Gathered::Nothing
    }
}

/// What came of a record.
#[derive(Debug)]
pub enum Gathered {
    /// A batch is complete.
    Batch(Batch),
    /// The record stands by itself.
    Other(Record),
    /// The batch goes on.
    Nothing,
}
