//! The process around an instance: threads, signals, servers, workers, and an orderly end.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use quorate_backtest::replay::Venue;
use quorate_domain::{Input, Listing, Timestamp, Worker, WorkerId};
use quorate_venue::Exchange;
use quorate_workers::intake::Accepted;
use quorate_workers::{Clock, WorkerSpec};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::allora::{AlloraWorker, Surroundings, follow};
use super::contact::{Contact, fresh_token};
use super::control::{Control, router, serve};
use super::event_loop::{Ended, Inbox};
use super::feed::{Feed, TapeFeed};
use super::instance::Folder;
use super::kill_switch::{KillModeWord, KillOrder, KillSwitch};
use super::order_path::{NoOrderPath, OrderPath, PathStart};
use super::pace::{Pace, Speed};
use super::questions::Labels;
use super::reload::Rereads;
use super::setup::Setup;
use super::start::{
    Finished, Keeping, Lines, Opening, Resumes, StartError, Turning, bootstrap, lines,
    open_keeping, run, wall_time,
};
use super::watchdog::{Watchdog, WatchdogLimits};
use super::watcher::Watcher;
use super::workforce::{Workforce, pushed};
use super::world_clock::WorldClock;
use crate::journal::{Journal, JournalError, Record, SharedDisk};

/// Longest wait for servers and workers to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// How often a lock that somebody else holds is tried again, and how long the pause is.
const LOCK_TRIES: u32 = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Where an instance listens. All loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// For people.
    pub control: SocketAddr,
    /// For workers that push.
    pub intake: SocketAddr,
    /// For Prometheus.
    pub metrics: SocketAddr,
}

/// What is to be run.
pub struct Plan {
    /// The instance's folder.
    pub folder: Folder,
    /// What it decides with.
    pub setup: Setup,
    /// Where its world comes from.
    pub feed: TapeFeed,
    /// How fast the world runs.
    pub speed: Speed,
    /// Where it listens; nowhere if not given.
    pub addresses: Option<Addresses>,
    /// Its workers, beside those of the feed, by the names they go by.
    pub workers: Vec<WorkerSpec>,
    /// Topics of the Allora network that speak of ours.
    pub allora: Vec<AlloraWorker>,
    /// The watchdog; none for a world that is over in a second.
    pub watchdog: Option<WatchdogLimits>,
    /// Reads its settings again; an instance of a run file has none.
    pub rereads: Option<Arc<dyn Rereads>>,
    /// How the journal is kept.
    pub keeping: Keeping,
    /// Longest life of the process.
    pub runtime_max: Option<Duration>,
}

/// What is known once an instance is up.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Where it can be reached.
    pub contact: Contact,
    /// Batches of the past that were gone through again.
    pub batches: u64,
    /// Bytes of a torn tail that were cut off.
    pub torn_bytes: u64,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran<V: Venue = Exchange> {
    /// How the loop ended, with its machine.
    pub finished: Finished<V>,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// How its order path started.
    pub began: PathStart,
}

/// Why an instance cannot run.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// It cannot start or go on.
    #[error(transparent)]
    Start(#[from] StartError),
    /// An address cannot be listened at.
    #[error("cannot listen at {address}: {why}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why not.
        why: std::io::Error,
    },
    /// A worker cannot be set up.
    #[error(transparent)]
    Worker(#[from] quorate_workers::SpecError),
    /// The Allora network cannot be asked.
    #[error(transparent)]
    Allora(#[from] quorate_allora::AlloraError),
    /// The venue does not let this instance trade.
    #[error(transparent)]
    Venue(#[from] super::live::servers::VenueError),
    /// The system refused something.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

impl From<crate::journal::JournalError> for HostError {
    fn from(error: crate::journal::JournalError) -> Self {
        Self::Start(error.into())
    }
}

/// Runs an instance on simulated money to its end. `ready` is called once it is up.
///
/// # Errors
/// See [`HostError`].
pub fn host(plan: Plan, disk: &SharedDisk, ready: impl FnOnce(&Ready)) -> Result<Ran, HostError> {
    on_runtime(hosted(plan, disk, ready))
}

/// Runs what an instance is on threads of its own.
///
/// # Errors
/// The system gives no threads, or what the life itself ended with.
pub fn on_runtime<T, E: From<HostError>>(life: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("quorate")
        .enable_all()
        .build()
        .map_err(HostError::from)?;
    let ran = runtime.block_on(life);
    runtime.shutdown_timeout(FAREWELL);
    ran
}

async fn hosted(
    mut plan: Plan,
    disk: &SharedDisk,
    ready: impl FnOnce(&Ready),
) -> Result<Ran, HostError> {
    let mut opening = opened(&plan, disk).await?;
    let mut watcher = Watcher::new(
        opening.deposited,
        opening.fills,
        opening.names.clone(),
        labels(&plan.feed),
    );
    let bankroll = plan.setup.bankroll;
    bootstrap(
        &mut opening.machine,
        &mut plan.feed,
        bankroll,
        opening.deposited,
        &mut watcher,
    )?;
    let stage = Stage {
        at: opening.machine.standing_at(),
        feed: plan.feed.clone(),
        path: NoOrderPath,
        pace: None,
        clock: Arc::new(WorldClock::default()),
        lines: lines(),
        opening,
    };
    play(plan, disk, stage, watcher, ready).await
}

/// An opened instance right before its first turn.
pub(super) struct Stage<V: Venue, F, P> {
    /// The machine with its past; what exists has been listed.
    pub(super) opening: Opening<V>,
    /// What it is fed.
    pub(super) feed: F,
    /// Where its orders go.
    pub(super) path: P,
    /// When its world begins to run.
    pub(super) at: Timestamp,
    /// How its world runs, if it runs already.
    pub(super) pace: Option<Pace>,
    /// Tells the time of its world once it runs.
    pub(super) clock: Arc<WorldClock>,
    /// Both ends of what comes in beside the feed.
    pub(super) lines: (Lines, Inbox),
}

/// From the first turn to the last, with servers, workers and signals around it.
pub(super) async fn play<V: Venue, F: Feed, P: OrderPath<V>>(
    mut plan: Plan,
    disk: &SharedDisk,
    stage: Stage<V, F, P>,
    mut watcher: Watcher,
    ready: impl FnOnce(&Ready),
) -> Result<Ran<V>, HostError> {
    let switch = KillSwitch::of(plan.folder.root());
    let Stage {
        mut opening,
        feed,
        mut path,
        at,
        pace,
        clock,
        lines: (lines, inbox),
    } = stage;
    let mut servers = Servers::new();
    let workforce = workforce(&mut plan, disk, &mut opening, at, &mut watcher, &clock)?;
    let contact = servers
        .start(&plan, &lines, &watcher, &switch, workforce.as_ref())
        .await?;
    contact.write(&plan.folder.contact())?;
    let asked = Arc::new(AtomicI32::new(0));
    let signals = obey_signals(lines.stop.clone(), switch.clone(), Arc::clone(&asked));
    tokio::spawn(signals);
    if let Some(longest) = plan.runtime_max {
        let stop = lines.stop.clone();
        tokio::spawn(async move {
            tokio::time::sleep(longest).await;
            let _ = stop.send(true);
        });
    }
    let pace = pace.unwrap_or_else(|| Pace::starting(plan.speed, at));
    clock.start(pace);
    let stands_at = opening.machine.standing_at();
    let now = || clock.now().max(stands_at);
    let stop = lines.stop.subscribe();
    let began = path
        .start(&mut opening.machine, &now, &mut watcher, stop)
        .await
        .map_err(StartError::from)?;
    if began != PathStart::Open {
        // What is open is withdrawn all the same.
        lines.stop.send_replace(true);
    }
    let watchdog = plan
        .watchdog
        .map(|limits| Watchdog::start(limits, watcher.pulse(), switch.clone()))
        .transpose()?;
    if let Some(workforce) = workforce {
        tokio::spawn(workforce.work(watcher.board(), lines.offers.clone()));
    }
    for worker in std::mem::take(&mut plan.allora) {
        let around = surroundings(&lines, &watcher, &clock, &opening, &plan);
        follow(worker, around)?;
    }
    tracing::info!(
        event = "start",
        version = env!("CARGO_PKG_VERSION"),
        batches = opening.batches,
        entries = opening.machine.seq(),
        "the instance runs"
    );
    ready(&Ready {
        contact,
        batches: opening.batches,
        torn_bytes: opening.opened.torn_tail.map_or(0, |tail| tail.bytes),
    });
    let resume = plan.folder.resume();
    let turning = Turning {
        machine: opening.machine,
        feed,
        path,
        pace,
    };
    let resumes = Resumes::IfAsked(&resume);
    let finished = run(turning, inbox, switch, &mut watcher, resumes).await;
    drop(watchdog);
    servers.end();
    let signal = Some(asked.load(Ordering::Relaxed)).filter(|signal| *signal != 0);
    tracing::info!(event = "stop", ?signal, "the instance ends");
    let _ = std::fs::remove_file(plan.folder.contact());
    Ok(Ran {
        finished: finished?,
        signal,
        began,
    })
}

/// What a source of inferences needs of the instance.
fn surroundings<V: Venue>(
    lines: &Lines,
    watcher: &Watcher,
    clock: &Arc<WorldClock>,
    opening: &Opening<V>,
    plan: &Plan,
) -> Surroundings {
    let known: Vec<Worker> = opening
        .names
        .workers()
        .map(|(id, name)| Worker {
            id,
            name: name.to_owned(),
        })
        .collect();
    let taken = known.iter().map(|worker| worker.id.0);
    let planned = plan.workers.iter().map(|spec| spec.id.0);
    let tape = plan.feed.tape().workers.iter().map(|worker| worker.id.0);
    let next = taken
        .chain(planned)
        .chain(tape)
        .max()
        .map_or(0, |last| last + 1);
    Surroundings {
        board: watcher.board(),
        offers: lines.offers.clone(),
        news: lines.news.clone(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        known,
        next: WorkerId(next),
    }
}

/// Registers the workers that the journal does not know yet, and sets all of them up.
fn workforce<V: Venue>(
    plan: &mut Plan,
    disk: &SharedDisk,
    opening: &mut Opening<V>,
    at: Timestamp,
    watcher: &mut Watcher,
    clock: &Arc<WorldClock>,
) -> Result<Option<Workforce>, HostError> {
    if plan.workers.is_empty() {
        return Ok(None);
    }
    for spec in &plan.workers {
        let is_known = opening.names.workers().any(|(id, _)| id == spec.id);
        if !is_known {
            let worker = Worker {
                id: spec.id,
                name: spec.name.clone(),
            };
            let listed = Input::Listed(Listing::Worker(worker));
            opening.machine.observe(at, listed, watcher)?;
        }
    }
    let clock: Arc<dyn Clock> = Arc::clone(clock) as Arc<dyn Clock>;
    let workforce = Workforce::new(&plan.workers, &clock)?;
    // A push that was answered before this start gets the same receipt again.
    let mut waiting = None;
    for read in Journal::read(disk, &plan.folder.journal())? {
        let (_, record) = read?;
        match record {
            Record::Submission(submission) => waiting = pushed(&submission),
            Record::Entry(entry) => {
                if let (Input::Inference(said), Some(heard)) = (&entry.input, &waiting)
                    && *said == heard.inference
                {
                    let accepted = Accepted {
                        seq: entry.seq,
                        at: entry.at,
                    };
                    workforce.recall(heard, accepted);
                    waiting = None;
                }
            }
            _ => {}
        }
    }
    Ok(Some(workforce))
}

/// Names of the labels of the tape's rounds.
pub(super) fn labels(feed: &TapeFeed) -> Labels {
    let epochs = feed.tape().epochs.iter();
    epochs
        .map(|epoch| ((epoch.topic, epoch.id), epoch.labels.clone()))
        .collect()
}

/// The servers of an instance.
struct Servers {
    end: watch::Sender<bool>,
}

impl Servers {
    fn new() -> Self {
        Self {
            end: watch::Sender::new(false),
        }
    }

    async fn start(
        &mut self,
        plan: &Plan,
        lines: &Lines,
        watcher: &Watcher,
        switch: &KillSwitch,
        workforce: Option<&Workforce>,
    ) -> Result<Contact, HostError> {
        let mut contact = Contact {
            pid: std::process::id(),
            control: None,
            intake: None,
            metrics: None,
            token: fresh_token()?,
        };
        let Some(addresses) = plan.addresses else {
            return Ok(contact);
        };
        let control = Control {
            demands: lines.demands.clone(),
            status: watcher.status(),
            telemetry: watcher.telemetry(),
            names: watcher.names(),
            switch: switch.clone(),
            stop: lines.stop.clone(),
            reloads: lines.reloads.clone(),
            rereads: plan.rereads.clone(),
            token: contact.token.clone(),
        };
        let routes = router(control);
        contact.control = Some(self.listen(addresses.control, routes.clone()).await?);
        if addresses.metrics != addresses.control {
            contact.metrics = Some(self.listen(addresses.metrics, routes).await?);
        }
        if let Some(intake) = workforce.and_then(Workforce::intake) {
            let routes = quorate_workers::intake::router(intake);
            contact.intake = Some(self.listen(addresses.intake, routes).await?);
        }
        Ok(contact)
    }

    async fn listen(
        &self,
        address: SocketAddr,
        routes: axum::Router,
    ) -> Result<SocketAddr, HostError> {
        let refused = |why| HostError::Address { address, why };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let bound = listener.local_addr().map_err(refused)?;
        let mut end = self.end.subscribe();
        tokio::spawn(async move {
            let ended = async move {
                // The sender is gone when the instance is.
                let _ = end.wait_for(|ended| *ended).await;
            };
            if let Err(error) = serve(listener, routes, ended).await {
                tracing::error!(event = "server", %address, %error, "a server ended");
            }
        });
        Ok(bound)
    }

    fn end(&self) {
        self.end.send_replace(true);
    }
}

/// Asks for a graceful end on the first SIGINT or SIGTERM and ends at once on the second; throws the kill switch on
/// SIGUSR1. `first` becomes the signal that asked.
async fn obey_signals(stop: watch::Sender<bool>, switch: KillSwitch, first: Arc<AtomicI32>) {
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::user_defined1(),
    ];
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut kill)] = kinds.map(signal) else {
        tracing::error!(event = "signals", "the system lets no signal be heard");
        return;
    };
    loop {
        let asked = tokio::select! {
            _ = interrupt.recv() => 2,
            _ = terminate.recv() => 15,
            _ = kill.recv() => {
                let order = KillOrder {
                    mode: KillModeWord::Cancel,
                    reason: "signal SIGUSR1".into(),
                    at: jiff::Timestamp::now().to_string(),
                };
                if let Err(error) = switch.throw(&order) {
                    tracing::error!(event = "kill_file", %error, "the kill file cannot be written");
                }
                continue;
            }
        };
        if first.swap(asked, Ordering::Relaxed) != 0 {
            // The journal is whole at every moment; who asks twice wants no farewell.
            std::process::exit(128 + asked);
        }
        stop.send_replace(true);
    }
}

/// Opens the instance. Whoever only looks whether it runs holds its lock for a moment: that is waited for.
pub(super) async fn opened(plan: &Plan, disk: &SharedDisk) -> Result<Opening, StartError> {
    for _ in 0..LOCK_TRIES {
        match open_keeping(disk, &plan.folder, &plan.setup, plan.keeping, wall_time()) {
            Err(StartError::Journal(JournalError::Locked { .. })) => {
                tokio::time::sleep(LOCK_PAUSE).await;
            }
            other => return other,
        }
    }
    open_keeping(disk, &plan.folder, &plan.setup, plan.keeping, wall_time())
}

impl<V: Venue> Ran<V> {
    /// Whether the world came to its end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.finished.why == Ended::FeedEnded
    }
}
