//! `quorate paper -C DIR`: the instance of a folder, as its settings say.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use quorate_allora::View;
use quorate_backtest::input::{Diagnostic, Diagnostics, ExitClass, closest};
use quorate_backtest::replay::{NumberedStrategy, StrategySpec};
use quorate_backtest::report::format::{count, money};
use quorate_backtest::tape::{LoadOptions, LoadedTape, Tape, load};
use quorate_domain::{TopicId, WorkerId};

use super::operate::{folder, view};
use super::paper::{greet, stopped};
use super::reread::Reread;
use super::sample::{tape_folder, write_world};
use super::settings_of::{load_settings, sources};
use super::shell_word;
use crate::args::PaperArgs;
use crate::console::Console;
use crate::failure::{EXIT_CONFIG, EXIT_REFUSED, Failure};
use crate::journal::{RealDisk, SharedDisk};
use crate::logging;
use crate::runtime::allora::AlloraWorker;
use crate::runtime::feed::TapeFeed;
use crate::runtime::host::{Addresses, Plan, host};
use crate::runtime::instance::Folder;
use crate::runtime::machine::Durability;
use crate::runtime::mapping;
use crate::runtime::names::{Names, worker_numbers};
use crate::runtime::pace::Speed;
use crate::runtime::setup::Setup;
use crate::runtime::snapshot::Cadence;
use crate::runtime::start::Keeping;
use crate::runtime::watchdog::WatchdogLimits;
use crate::runtime::worker_specs::worker_specs;
use crate::settings::{self, DataSource, Fsync, Mode, Settings, WorkerKind};

/// Records between two syncs of a journal that need not reach the disk before commands leave.
const SYNC_EVERY: u32 = 1_000;

pub(super) fn run(args: &PaperArgs, console: &Console) -> Result<(), Failure> {
    let folder = folder(&args.instance);
    let (settings, provenance) = load_settings(&args.settings, &folder)?;
    for warning in provenance.warnings() {
        console.note(&warning.to_string());
    }
    if settings.mode() == Mode::Live {
        return Err(Failure::state_hint(
            "not-paper",
            EXIT_CONFIG,
            "the settings say mode = \"live\"",
            "run it with `quorate live`, or on simulated money with --set mode=paper",
        ));
    }
    if settings.data.source == DataSource::Live {
        return super::live::paper(args, &settings, &folder, console);
    }
    let loaded = world(&settings, &folder, console)?;
    let source = format!("tape {}", loaded.hash);
    let mut plan = plan(
        (args.speed, args.max_runtime),
        &settings,
        &folder,
        (loaded.tape, source),
    )?;
    plan.rereads = Some(Arc::new(Reread::new(
        sources(&args.settings, &folder)?,
        provenance,
        &plan,
    )));
    let disk: SharedDisk = Arc::new(RealDisk);
    let log = folder.log();
    logging::also_to(&log).map_err(|error| Failure::cannot_write(&log, &error))?;
    let ran = host(plan, &disk, |ready| greet(ready, &folder, console))?;
    if !ran.is_over() {
        return stopped(&ran, &folder, console);
    }
    let engine = ran.finished.machine.engine();
    console.note(&format!(
        "the world has come to its end after {} entries; the account is worth {}",
        count(ran.finished.machine.seq()),
        money(engine.equity())
    ));
    let dir = shell_word(folder.root());
    console.next(&format!(
        "quorate pnl -C {dir}, quorate leaderboard -C {dir}"
    ));
    Ok(())
}

/// The recorded or generated world of an instance.
///
/// # Errors
/// It cannot be read or written, or the settings ask for what this version cannot give.
pub(super) fn world(
    settings: &Settings,
    folder: &Folder,
    console: &Console,
) -> Result<LoadedTape, Failure> {
    let tape: PathBuf = match settings.data.source {
        DataSource::Sample => {
            let world = folder.root().join(format!("world-{}", settings.data.seed));
            if !tape_folder(&world).is_dir() {
                make_world(&world, settings.data.seed, console)?;
            }
            tape_folder(&world)
        }
        DataSource::Tape => match &settings.data.tape {
            Some(path) => path.as_path().to_path_buf(),
            None => {
                return Err(Failure::internal(
                    "a tape without a folder passed the check",
                ));
            }
        },
        DataSource::Live => {
            return Err(Failure::state_hint(
                "live-world",
                EXIT_REFUSED,
                "the instance runs on live market data, which is no recorded world to look into",
                "set data.source to \"sample\" or \"tape\"",
            ));
        }
    };
    let mut loaded = load(&tape, &LoadOptions::default())?;
    let file = folder.settings().display().to_string();
    mapping::apply(settings, &mut loaded.tape, &file)?;
    let (start, end) = (settings.data.start, settings.data.end);
    loaded.tape.records.retain(|record| {
        start.is_none_or(|start| start <= record.at) && end.is_none_or(|end| record.at < end)
    });
    if loaded.tape.records.is_empty() {
        let message = "nothing on the tape lies between data.start and data.end";
        return Err(Failure::state(
            "empty-tape",
            ExitClass::Data.code(),
            message,
        ));
    }
    Ok(loaded)
}

/// Writes a sample world, whole or not at all: what a full disk or a kill left half done is never taken for one.
fn make_world(world: &Path, seed: u64, console: &Console) -> Result<(), Failure> {
    let scratch = world.with_extension("new");
    match fs::remove_dir_all(&scratch) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Failure::cannot_write(&scratch, &error));
        }
        _ => {}
    }
    write_world(&scratch, Some(seed), console)?;
    fs::rename(&scratch, world).map_err(|error| Failure::cannot_write(world, &error))
}

/// What is run on a world: `source` says which one it is, so that a journal is never continued with another.
pub(super) fn plan(
    (speed, max_runtime): (Option<Speed>, Option<u64>),
    settings: &Settings,
    folder: &Folder,
    (tape, source): (Tape, String),
) -> Result<Plan, Failure> {
    let topics: BTreeMap<String, TopicId> = tape
        .topics
        .iter()
        .map(|topic| (topic.name.clone(), topic.id))
        .collect();
    let speed = speed.unwrap_or(match settings.data.speed {
        Some(settings::Speed::Factor(times)) => Speed::Times(times),
        Some(settings::Speed::Max) | None => Speed::Max,
    });
    let setup = Setup {
        engine: settings.engine_config_for(&topics),
        strategies: numbered(&settings.strategies(), &topics, folder)?,
        venue: settings.venue_config(),
        bankroll: settings.account.bankroll,
        source,
    };
    let workers = worker_specs(settings, &topics, &worker_ids(settings, folder, &tape)?)?;
    let is_paced = speed != Speed::Max;
    Ok(Plan {
        addresses: is_paced.then(|| Addresses {
            control: settings.http.control.addr(),
            intake: settings.http.intake.addr(),
            metrics: settings.http.metrics.addr(),
        }),
        workers: if is_paced { workers } else { Vec::new() },
        allora: if is_paced {
            allora_workers(settings, &topics)
        } else {
            Vec::new()
        },
        watchdog: is_paced.then(|| WatchdogLimits {
            loss_ppm_max: settings.risk.max_watchdog_loss.ppm(),
            ..WatchdogLimits::default()
        }),
        rereads: None,
        keeping: keeping(settings, speed),
        runtime_max: max_runtime.map(Duration::from_secs),
        folder: folder.clone(),
        feed: TapeFeed::new(Arc::new(tape)),
        setup,
        speed,
    })
}

fn keeping(settings: &Settings, speed: Speed) -> Keeping {
    let snapshot_every = u32::try_from(settings.journal.snapshot_every).unwrap_or(u32::MAX);
    Keeping {
        // At full speed nobody waits for an answer, and a simulated venue forgets nothing that the journal has not.
        durability: match settings.journal.fsync {
            _ if speed == Speed::Max => Durability::EveryRecords(SYNC_EVERY),
            Fsync::BeforeCommands => Durability::BeforeCommands,
            Fsync::EveryBatch => Durability::EveryRecords(1),
        },
        cadence: Cadence::Batches(snapshot_every),
        segment_bytes_max: settings.journal.segment_size.0,
    }
}

/// Strategies with their topics as the world numbers them.
pub(super) fn numbered(
    specs: &[StrategySpec],
    topics: &BTreeMap<String, TopicId>,
    folder: &Folder,
) -> Result<Vec<NumberedStrategy>, Failure> {
    let mut unknown = Diagnostics::new();
    let mut number = |name: &String| {
        let found = topics.get(name).copied();
        if found.is_none() {
            let known: Vec<&str> = topics.keys().map(String::as_str).collect();
            let message = format!(
                "the world has no topic {name:?} (it has: {})",
                known.join(", ")
            );
            let error = Diagnostic::new(ExitClass::Config, "unknown-topic", message)
                .in_file(folder.settings().display().to_string());
            unknown.push(match closest(name, known) {
                Some(near) => error.with_hint(format!("did you mean `{near}`?")),
                None => error,
            });
        }
        found
    };
    let strategies = specs
        .iter()
        .map(|spec| NumberedStrategy {
            topics: spec
                .topics
                .as_ref()
                .map(|names| names.iter().filter_map(&mut number).collect()),
            kind: spec.kind,
        })
        .collect();
    unknown.into_result(strategies).map_err(Failure::from)
}

/// Numbers of the workers by name: those of the tape and of the journal keep theirs, new ones get the next.
fn worker_ids(
    settings: &Settings,
    folder: &Folder,
    tape: &Tape,
) -> Result<BTreeMap<String, WorkerId>, Failure> {
    let lived = if folder.has_journal() {
        Some(view(folder)?.1.names)
    } else {
        None
    };
    let tape = tape.workers.iter();
    let tape = tape.map(|worker| (worker.id, worker.name.as_str()));
    let known = tape.chain(lived.iter().flat_map(Names::workers));
    let wanted = settings.workers.iter().map(|worker| worker.name.as_str());
    Ok(worker_numbers(known, wanted))
}

/// The topics of the Allora network that the settings name, each for every one of our topics it speaks of.
fn allora_workers(settings: &Settings, topics: &BTreeMap<String, TopicId>) -> Vec<AlloraWorker> {
    let allora = settings
        .workers
        .iter()
        .filter(|worker| worker.kind == WorkerKind::Allora);
    allora
        .flat_map(|worker| {
            let ours = worker
                .topics
                .iter()
                .filter_map(|name| topics.get(name.as_str()));
            ours.map(|topic| AlloraWorker {
                topic: *topic,
                network_topic: worker.topic_id.unwrap_or_default(),
                view: match worker.each {
                    Some(true) => View::Workers,
                    _ => View::Combined,
                },
                rest_url: worker.url.as_ref().map(|url| url.as_str().to_owned()),
                poll_every: worker.poll_every.unwrap_or(Duration::from_secs(30)),
                timeout: worker.timeout.unwrap_or(Duration::from_secs(10)),
                valid_for: worker.age_max.unwrap_or(Duration::from_secs(3_600)),
            })
        })
        .collect()
}
