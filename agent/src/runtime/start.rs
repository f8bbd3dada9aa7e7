//! An instance from its folder to its end: open the journal, go through the past, take up the feed.

use std::path::Path;

use quorate_backtest::replay::{Session, Venue};
use quorate_domain::{Cash, Input, OperatorInput, Scope, Timestamp};
use quorate_venue::Exchange;
use tokio::sync::{mpsc, watch};

use super::event_loop::{Demand, Ended, EventLoop, Inbox, News, Offer};
use super::feed::{Feed, TapeFeed};
use super::instance::Folder;
use super::kill_switch::KillSwitch;
use super::machine::{Durability, Machine, Observer};
use super::names::Names;
use super::order_path::{NoOrderPath, OrderPath};
use super::pace::Pace;
use super::recovery::{Past, RecoveryError};
use super::reload::Reload;
use super::setup::Setup;
use super::snapshot::{Cadence, PaperKeeper, past};
use super::watcher::Watcher;
use crate::journal::{
    ChainHash, Journal, JournalError, Mode, Opened, Options, Record, SharedDisk, Start, Unit,
};

/// Bound of the queue of people's demands.
const DEMANDS_MAX: usize = 64;
/// Bound of the queue of workers' offers.
const OFFERS_MAX: usize = 4096;
/// Account of an instance on simulated money.
pub const PAPER_ACCOUNT: &str = "paper";

/// Why an instance cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal cannot be opened or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The past cannot be gone through.
    #[error(transparent)]
    Past(#[from] RecoveryError),
    /// A scheme whose parameters make no sense.
    #[error("the collective's scheme: {0}")]
    Scheme(quorate_collective::SchemeError),
    /// Settings that an instance with a past cannot take.
    #[error("{0}")]
    Reconfigured(quorate_engine::NotReconfigurable),
    /// The settings have a number that has no text.
    #[error("the settings cannot be written down: {0}")]
    Setup(#[from] serde_json::Error),
    /// The journal belongs to another world.
    #[error("the journal here goes on with {found}, not with {expected}")]
    OtherSource {
        /// What is to be run.
        expected: String,
        /// What the journal has.
        found: String,
    },
    /// The tape is empty.
    #[error("the tape is empty: there is nothing to trade")]
    EmptyFeed,
    /// The system refused something.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// A machine that stands where the journal ends, and everything to go on with.
#[derive(Debug)]
pub struct Opening<V: Venue = Exchange> {
    /// The machine.
    pub machine: Machine<V>,
    /// What opening the journal found.
    pub opened: Opened,
    /// Batches gone through again.
    pub batches: u64,
    /// Collateral paid in so far.
    pub deposited: Cash,
    /// Executions so far.
    pub fills: u64,
    /// Names of what was listed so far.
    pub names: Names,
}

/// Opens the journal of a paper instance and brings a machine to where it ends. `at` is the time on the wall, for the
/// record.
///
/// # Errors
/// See [`StartError`].
pub fn open(
    disk: &SharedDisk,
    folder: &Folder,
    setup: &Setup,
    durability: Durability,
    at: Timestamp,
) -> Result<Opening, StartError> {
    open_keeping(disk, folder, setup, Keeping::usual(durability), at)
}

/// How a journal is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// When it is forced to the disk.
    pub durability: Durability,
    /// How often a snapshot is taken.
    pub cadence: Cadence,
    /// A new segment is started once one is this long, bytes.
    pub segment_bytes_max: u64,
}

impl Keeping {
    /// Snapshots and segments as usual.
    #[must_use]
    pub fn usual(durability: Durability) -> Self {
        Self {
            durability,
            cadence: Cadence::USUAL,
            segment_bytes_max: Options::default().segment_bytes_max,
        }
    }
}

/// [`open`], with the journal kept in another way.
///
/// # Errors
/// See [`StartError`].
pub fn open_keeping(
    disk: &SharedDisk,
    folder: &Folder,
    setup: &Setup,
    keeping: Keeping,
    at: Timestamp,
) -> Result<Opening, StartError> {
    let options = Options {
        unit: Unit::Step,
        segment_bytes_max: keeping.segment_bytes_max,
        ..Options::default()
    };
    let (mut journal, opened) =
        Journal::open_with(disk, &folder.journal(), PAPER_ACCOUNT, options)?;
    let (past, known) = past(disk, &folder.journal())?;
    let text = setup.to_text()?;
    if let Some(past) = &past
        && past.setup.source != setup.source
    {
        return Err(StartError::OtherSource {
            expected: setup.source.clone(),
            found: past.setup.source.clone(),
        });
    }
    let (session, fed, batches, deposited) = match past {
        None => {
            let engine = setup.engine().map_err(StartError::Scheme)?;
            (Session::new(engine, setup.exchange()), 0, 0, Cash::ZERO)
        }
        Some(past) => gone_through(past, setup, &text)?,
    };
    // Only now: a start that was refused is none, and one in the journal binds every later one to its settings.
    let account = (PAPER_ACCOUNT, Mode::Paper);
    journal.append(&Record::Start(started(account, &text, at)))?;
    journal.commit()?;
    let mut machine = Machine::new(session, journal, fed, keeping.durability);
    if let Cadence::Batches(every) = keeping.cadence {
        let dir = folder.journal();
        let keeper = PaperKeeper::new(disk, &dir, every, text, known.clone(), deposited);
        machine = machine.kept_by(Box::new(keeper));
    }
    Ok(Opening {
        machine,
        opened,
        batches,
        deposited,
        fills: known.fills,
        names: known.names,
    })
}

/// The time on the wall.
pub(super) fn wall_time() -> Timestamp {
    let now = jiff::Timestamp::now().as_nanosecond();
    Timestamp::from_nanos(u64::try_from(now).unwrap_or_default())
}

/// The record of a start of an account's instance with a setup.
pub(super) fn started((account, mode): (&str, Mode), setup_text: &str, at: Timestamp) -> Start {
    Start {
        format: crate::journal::FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        account: account.into(),
        mode,
        config_hash: ChainHash::of(setup_text.as_bytes()),
        config_text: setup_text.to_owned(),
        at,
    }
}

type Stands = (Session<Exchange>, u64, u64, Cash);

fn gone_through(mut past: Past, setup: &Setup, text: &str) -> Result<Stands, StartError> {
    if past.setup_text != text {
        past.session
            .reconfigure(setup.engine.clone(), setup.strategy())
            .map_err(StartError::Reconfigured)?;
    }
    Ok((past.session, past.fed, past.batches, past.deposited))
}

/// Tells a new machine what exists and what it may spend; one with a past goes on where it stood.
///
/// It is not told that the process started again. The simulated exchange went through the same past, answers on their way
/// included, so nothing is in doubt and nothing has to be reconciled; being told would make it forget a closed venue and
/// judge every market at a moment at which nothing happened, and the end would depend on when the process died.
///
/// # Errors
/// The journal.
pub fn bootstrap(
    machine: &mut Machine<Exchange>,
    feed: &mut TapeFeed,
    bankroll: Cash,
    deposited: Cash,
    observer: &mut impl Observer,
) -> Result<(), JournalError> {
    feed.seek(machine.fed());
    while feed.position() < feed.listings() {
        let Some((at, input)) = feed.take() else {
            break;
        };
        machine.feed(at, input, feed.position(), observer)?;
    }
    if deposited == Cash::ZERO {
        let at = feed
            .tape()
            .span()
            .map_or(machine.standing_at(), |span| span.0);
        machine.deposit(at, bankroll, observer)?;
    }
    machine.commit()
}

/// Senders into a running loop.
#[derive(Clone, Debug)]
pub struct Lines {
    /// For people.
    pub demands: mpsc::Sender<Demand>,
    /// For workers.
    pub offers: mpsc::Sender<Offer>,
    /// For connectors.
    pub news: mpsc::Sender<News>,
    /// For other settings.
    pub reloads: mpsc::Sender<Reload>,
    /// For a graceful end.
    pub stop: watch::Sender<bool>,
}

/// The two ends of everything that comes into a loop.
#[must_use]
pub fn lines() -> (Lines, Inbox) {
    let (demands, demanded) = mpsc::channel(DEMANDS_MAX);
    let (offers, offered) = mpsc::channel(OFFERS_MAX);
    let (news, told) = mpsc::channel(OFFERS_MAX);
    let (reloads, reloaded) = mpsc::channel(1);
    let (stop, stopped) = watch::channel(false);
    let lines = Lines {
        demands,
        offers,
        news,
        reloads,
        stop,
    };
    let inbox = Inbox {
        demands: demanded,
        offers: offered,
        news: told,
        reloads: reloaded,
        stop: stopped,
    };
    (lines, inbox)
}

/// How a run ended.
#[derive(Debug)]
pub struct Finished<V: Venue = Exchange> {
    /// Why.
    pub why: Ended,
    /// The machine as it stands.
    pub machine: Machine<V>,
}

/// What turns: a machine, what it is fed, and where its orders go.
#[derive(Debug)]
pub struct Turning<V: Venue, F, P = NoOrderPath> {
    /// The machine, after its start.
    pub machine: Machine<V>,
    /// What it is fed.
    pub feed: F,
    /// Where its orders go.
    pub path: P,
    /// How fast its world runs, and since when.
    pub pace: Pace,
}

/// Runs an opened instance to the end of its feed, or until it is stopped.
///
/// # Errors
/// The journal; nothing more has left.
pub async fn run<V: Venue, F: Feed, P: OrderPath<V>>(
    turning: Turning<V, F, P>,
    inbox: Inbox,
    switch: KillSwitch,
    watcher: &mut Watcher,
    resumes: Resumes<'_>,
) -> Result<Finished<V>, StartError> {
    let mut machine = turning.machine;
    if let Resumes::IfAsked(file) = resumes
        && file.try_exists()?
    {
        // A kill outlasts a resumption that was asked for before it: not one order leaves between the two.
        if !switch.look() {
            let at = machine.standing_at();
            let resume = Input::Operator(OperatorInput::Resume(Scope::All));
            machine.observe(at, resume, watcher)?;
            machine.commit()?;
        }
        // The person was answered when the file was written: it goes only once the journal has what it says.
        std::fs::remove_file(file)?;
    }
    let turning_loop = EventLoop::new(machine, turning.feed, turning.pace, inbox, switch);
    let mut turning = turning_loop.with_path(turning.path);
    let why = turning.run(watcher).await?;
    let mut machine = turning.into_machine();
    machine.keep()?;
    Ok(Finished { why, machine })
}

/// Whether a person may have resumed the instance while it did not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumes<'a> {
    /// If this file is there, everything; the file is removed.
    IfAsked(&'a Path),
    /// Nobody can have.
    Nothing,
}
