//! From a journal back to a running session.
//!
//! A simulated exchange dies with its process, so a paper instance goes through its batches again, exchange and all, and
//! must come to exactly what the journal says. Every difference is a defect, or another version of the program.

use quorate_backtest::replay::{Session, Standing, Venue, Witness};
use quorate_collective::SchemeError;
use quorate_domain::{AccountInput, Cash, Command, Market, MarketInput, Resolution, Timestamp};
use quorate_engine::NotReconfigurable;
use quorate_venue::Exchange;

use super::batch::{Batch, Gathered, Gathering};
use super::machine::{Checker, Difference};
use super::setup::Setup;
use crate::journal::{Cause, JournalError, Record, Start};

/// Why a past cannot be gone through again.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The settings at the head of the journal cannot be understood.
    #[error("the settings that the journal of version {version} starts with cannot be read: {why}")]
    Setup {
        /// Version that wrote them.
        version: String,
        /// What is wrong.
        why: String,
    },
    /// A scheme whose parameters make no sense.
    #[error("the collective's scheme: {0}")]
    Scheme(SchemeError),
    /// Settings that an instance with a past cannot take.
    #[error("{0}")]
    Reconfigured(NotReconfigurable),
    /// Something happened before the program started.
    #[error(
        "the journal has an entry before its first start: it is not the beginning of a journal"
    )]
    NoStart,
    /// Going through it again gives something else.
    #[error("entry {} does not come out as the journal of version {version} has it: {}", .difference.seq, .difference.what)]
    Differs {
        /// Version that wrote it.
        version: String,
        /// The first difference.
        difference: Difference,
    },
}

/// A session with its past.
#[derive(Debug)]
pub struct Past<V = Exchange> {
    /// The session, as it stood.
    pub session: Session<V>,
    /// The setup it decides with.
    pub setup: Setup,
    /// The setup as the journal has it.
    pub setup_text: String,
    /// Pieces of the feed taken up.
    pub fed: u64,
    /// Collateral paid in.
    pub deposited: Cash,
    /// Batches gone through.
    pub batches: u64,
    /// Entries gone through.
    pub entries: u64,
}

/// How a venue takes part in going through the past again.
pub trait Retraced: Venue + Sized {
    /// A venue without a past.
    fn fresh(setup: &Setup) -> Self;
    /// Goes through a batch again.
    fn again(session: &mut Session<Self>, batch: &Batch, witness: &mut impl Witness);
}

impl Retraced for Exchange {
    fn fresh(setup: &Setup) -> Self {
        setup.exchange()
    }

    fn again(session: &mut Session<Self>, batch: &Batch, witness: &mut impl Witness) {
        let at = batch.step.at;
        match (batch.step.cause, batch.handled.last()) {
            (Cause::Observed, Some(last)) => {
                session.observe(at, last.entry.input.clone(), witness);
            }
            // Nothing was observed: an empty batch is no batch.
            (Cause::Observed, None) => {}
            (Cause::TimePassed, _) => session.advance(at, witness),
            (Cause::Deposited(cash), _) => session.deposit(at, cash, witness),
        }
    }
}

/// A venue that is somewhere else: entries are taken up as they stand in the journal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Elsewhere;

impl Venue for Elsewhere {
    fn list(&mut self, _: &Market) {}
    fn deposit(&mut self, _: Timestamp, _: Cash) {}
    fn observe(&mut self, _: Timestamp, _: &MarketInput) {}
    fn resolve(&mut self, _: Timestamp, _: Resolution) {}
    fn submit(&mut self, _: Timestamp, _: &Command) {}
    fn next_due(&self) -> Option<Timestamp> {
        None
    }
    fn answers(&mut self, _: Timestamp, _: &mut Vec<(Timestamp, AccountInput)>) {}
}

impl Retraced for Elsewhere {
    fn fresh(_: &Setup) -> Self {
        Self
    }

    fn again(session: &mut Session<Self>, batch: &Batch, witness: &mut impl Witness) {
        for handled in &batch.handled {
            session.retrace(&handled.entry, witness);
        }
    }
}

/// Sees what is gone through again.
pub trait Spectator {
    /// A record that stands by itself.
    fn record(&mut self, record: &Record) {
        let _ = record;
    }
    /// A batch, after the session went through it.
    fn batch<V: Retraced>(&mut self, session: &Session<V>, batch: &Batch) {
        let _ = (session, batch);
    }
}

impl Spectator for () {}

/// Goes through a journal from its beginning. `None` for one in which nothing has started yet.
///
/// # Errors
/// See [`RecoveryError`].
pub fn go_through<V: Retraced>(
    records: impl Iterator<Item = Result<Record, JournalError>>,
    spectator: &mut impl Spectator,
) -> Result<Option<Past<V>>, RecoveryError> {
    go_on(None, records, spectator)
}

/// Goes on through a journal, from where a past ended.
///
/// # Errors
/// See [`RecoveryError`].
pub fn go_on<V: Retraced>(
    mut past: Option<Past<V>>,
    records: impl Iterator<Item = Result<Record, JournalError>>,
    spectator: &mut impl Spectator,
) -> Result<Option<Past<V>>, RecoveryError> {
    let mut gathering = Gathering::default();
    let mut version = String::new();
    for record in records {
        match gathering.take(record?) {
            Gathered::Nothing => {}
            Gathered::Other(record) => {
                if let Record::Start(start) = &record {
                    version.clone_from(&start.version);
                    past = Some(started(past, start)?);
                }
                spectator.record(&record);
            }
            Gathered::Batch(batch) => {
                let past = past.as_mut().ok_or(RecoveryError::NoStart)?;
                let mut checker = Checker::new(&batch.handled);
                V::again(&mut past.session, &batch, &mut checker);
                if let Some(difference) = checker.finish() {
                    return Err(RecoveryError::Differs {
                        version,
                        difference,
                    });
                }
                past.count(&batch);
                spectator.batch(&past.session, &batch);
            }
        }
    }
    Ok(past)
}

impl<V> Past<V> {
    fn count(&mut self, batch: &Batch) {
        self.fed = batch.step.fed;
        self.batches += 1;
        self.entries += batch.handled.len() as u64;
        if let Cause::Deposited(cash) = batch.step.cause {
            self.deposited += cash;
        }
    }
}

/// The program started: a new session, or the old one with the settings it was started with this time.
fn started<V: Retraced>(past: Option<Past<V>>, start: &Start) -> Result<Past<V>, RecoveryError> {
    let setup: Setup =
        serde_json::from_str(&start.config_text).map_err(|error| RecoveryError::Setup {
            version: start.version.clone(),
            why: error.to_string(),
        })?;
    match past {
        None => {
            let engine = setup.engine().map_err(RecoveryError::Scheme)?;
            Ok(Past {
                session: Session::restored(engine, V::fresh(&setup), Standing::default()),
                setup,
                setup_text: start.config_text.clone(),
                fed: 0,
                deposited: Cash::ZERO,
                batches: 0,
                entries: 0,
            })
        }
        Some(mut past) => {
            if past.setup_text != start.config_text {
                past.session
                    .reconfigure(setup.engine.clone(), setup.strategy())
                    .map_err(RecoveryError::Reconfigured)?;
                past.setup = setup;
                past.setup_text.clone_from(&start.config_text);
            }
            Ok(past)
        }
    }
}
