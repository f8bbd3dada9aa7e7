//! Snapshots of a paper instance: everything it knows at a place in its journal, so that a start need not go through the
//! whole past. They are derived. One that is damaged, of another version of the engine, or that the journal after it does
//! not continue, is passed over, and the past is gone through from its beginning.

use std::path::Path;

use quorate_backtest::replay::{Session, Standing};
use quorate_domain::{AccountInput, Cash, Input};
use quorate_engine::{Engine, EngineSnapshot};
use quorate_venue::Exchange;
use serde::{Deserialize, Serialize};

use super::batch::{Batch, Handled};
use super::machine::Keeper;
use super::names::Names;
use super::recovery::{Past, RecoveryError, Retraced, Spectator, go_on, go_through};
use super::setup::Setup;
use crate::journal::{
    Cause, Journal, JournalError, Position, Reader, Record, SharedDisk, Snapshot, Snapshots, Step,
    check_finite,
};

/// How often a snapshot is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cadence {
    /// After so many batches, and at a graceful end.
    Batches(u32),
    /// Never.
    Never,
}

impl Cadence {
    /// Going through so many batches takes a second or two.
    pub const USUAL: Self = Self::Batches(20_000);
}

/// What onlookers must know of the past.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Names of what was listed.
    pub names: Names,
    /// Executions.
    pub fills: u64,
}

impl Known {
    fn see(&mut self, handled: &[Handled]) {
        for one in handled {
            self.names.see(&one.entry.input);
            let filled = matches!(one.entry.input, Input::Account(AccountInput::Filled(_)));
            self.fills += u64::from(filled);
        }
    }
}

impl Spectator for Known {
    fn batch<V: Retraced>(&mut self, _: &Session<V>, batch: &Batch) {
        self.see(&batch.handled);
    }
}

/// What a snapshot holds, as it is written.
#[derive(Serialize)]
struct Holding<'a> {
    setup_text: &'a str,
    engine: EngineSnapshot,
    exchange: &'a Exchange,
    standing: Standing,
    fed: u64,
    deposited: Cash,
    fills: u64,
    names: &'a Names,
}

/// What a snapshot holds, as it is read.
#[derive(Deserialize)]
struct Held {
    setup_text: String,
    engine: EngineSnapshot,
    exchange: Exchange,
    standing: Standing,
    fed: u64,
    deposited: Cash,
    fills: u64,
    names: Names,
}

impl Held {
    fn past(self) -> Result<(Past, Known), String> {
        let setup: Setup =
            serde_json::from_str(&self.setup_text).map_err(|error| error.to_string())?;
        let engine = Engine::restore(setup.engine.clone(), setup.strategy(), self.engine);
        let engine = engine.map_err(|refused| refused.to_string())?;
        let past = Past {
            session: Session::restored(engine, self.exchange, self.standing),
            setup,
            setup_text: self.setup_text,
            fed: self.fed,
            deposited: self.deposited,
            batches: 0,
            entries: 0,
        };
        let known = Known {
            names: self.names,
            fills: self.fills,
        };
        Ok((past, known))
    }
}

/// The past of the journal in `dir`, from its newest usable snapshot on, or from its beginning. `None` if nothing has
/// started yet. [`Past::batches`] counts what was gone through.
///
/// # Errors
/// See [`RecoveryError`].
pub fn past(disk: &SharedDisk, dir: &Path) -> Result<(Option<Past>, Known), RecoveryError> {
    if let Some((position, past, mut known)) = newest(disk, dir)?
        && let Some(reader) = Reader::after(disk, dir, &position)?
    {
        let records = reader.map(|read| read.map(|(_, record)| record));
        match go_on(Some(past), records, &mut known) {
            Ok(past) => return Ok((past, known)),
            Err(RecoveryError::Journal(error)) => return Err(error.into()),
            Err(refused) => passed_over(&refused),
        }
    }
    let mut known = Known::default();
    let records = Journal::read(disk, dir)?.map(|read| read.map(|(_, record)| record));
    let past = go_through(records, &mut known)?;
    Ok((past, known))
}

fn newest(disk: &SharedDisk, dir: &Path) -> Result<Option<(Position, Past, Known)>, JournalError> {
    let newest = Snapshots::new(disk, dir).newest()?;
    for skipped in &newest.skipped {
        passed_over(&skipped.why);
    }
    let Some(snapshot) = newest.snapshot else {
        return Ok(None);
    };
    let held = serde_json::from_slice::<Held>(&snapshot.payload);
    match held.map_err(|error| error.to_string()).and_then(Held::past) {
        Ok((past, known)) => Ok(Some((snapshot.position, past, known))),
        Err(why) => {
            passed_over(&why);
            Ok(None)
        }
    }
}

fn passed_over(why: &impl std::fmt::Display) {
    tracing::warn!(event = "snapshot_passed_over", %why, "a snapshot is of no use; the journal has everything");
}

/// Takes the snapshots of a running paper instance.
#[derive(Debug)]
pub struct PaperKeeper {
    snapshots: Snapshots,
    every: u32,
    since: u32,
    setup_text: String,
    known: Known,
    deposited: Cash,
}

impl PaperKeeper {
    /// Of the journal in `dir`, whose past came to this.
    #[must_use]
    pub fn new(
        disk: &SharedDisk,
        dir: &Path,
        every: u32,
        setup_text: String,
        known: Known,
        deposited: Cash,
    ) -> Self {
        Self {
            snapshots: Snapshots::new(disk, dir),
            every,
            since: 0,
            setup_text,
            known,
            deposited,
        }
    }

    fn payload(&self, session: &Session<Exchange>, fed: u64) -> Result<Vec<u8>, String> {
        let holding = Holding {
            setup_text: &self.setup_text,
            engine: session.engine().snapshot(),
            exchange: session.venue(),
            standing: session.standing(),
            fed,
            deposited: self.deposited,
            fills: self.known.fills,
            names: &self.known.names,
        };
        // JSON has no word for a number that is not finite, and what came back would be another state.
        check_finite(&holding)?;
        serde_json::to_vec(&holding).map_err(|error| error.to_string())
    }
}

impl Keeper<Exchange> for PaperKeeper {
    fn written(&mut self, step: &Step, handled: &[Handled]) -> bool {
        self.known.see(handled);
        if let Cause::Deposited(cash) = step.cause {
            self.deposited += cash;
        }
        self.since += 1;
        self.every <= self.since
    }

    fn reconfigured(&mut self, setup_text: &str) {
        setup_text.clone_into(&mut self.setup_text);
    }

    fn keep(
        &mut self,
        session: &Session<Exchange>,
        fed: u64,
        journal: &mut Journal,
    ) -> Result<(), JournalError> {
        self.since = 0;
        let position = journal.commit()?;
        let payload = match self.payload(session, fed) {
            Ok(payload) => payload,
            Err(why) => {
                tracing::warn!(event = "snapshot_not_taken", %why, "the state cannot be written down");
                return Ok(());
            }
        };
        let snapshot = Snapshot {
            position,
            seq: session.entries(),
            payload,
        };
        match self.snapshots.store(&snapshot) {
            Ok(taken) => journal.append(&Record::SnapshotTaken(taken)).map(drop),
            // A start takes longer without it; nothing else depends on it.
            Err(error) => {
                tracing::warn!(event = "snapshot_not_taken", %error, "the snapshot cannot be stored");
                Ok(())
            }
        }
    }
}
