//! `quorate paper`: the whole machine on simulated money; with no arguments, on a world it makes itself.
//!
//! The live loop trades first, with its journal. When the world has come to its end the replay does the same from the
//! tape, and both must agree: then the report says what either of them did.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use quorate_backtest::replay::{RunSpec, Venue};
use quorate_backtest::report::format::{count, money};
use quorate_backtest::report::model::{RunMode, RunReport};

use super::sample::{run_text, tape_folder, write_world};
use super::{instance_run, seed_words, shell_word};
use crate::args::PaperArgs;
use crate::browser::{Opened, open_for_person};
use crate::console::Console;
use crate::failure::Failure;
use crate::journal::{Disk, DiskLock, RealDisk, SharedDisk};
use crate::logging;
use crate::out_folder::check_writable;
use crate::results::{Page, deliver};
use crate::runtime::feed::TapeFeed;
use crate::runtime::host::{Addresses, Plan, Ran, Ready, host};
use crate::runtime::instance::Folder;
use crate::runtime::machine::Durability;
use crate::runtime::pace::Speed;
use crate::runtime::start::Keeping;
use crate::runtime::watchdog::WatchdogLimits;
use crate::trading_run::{Checked, TradingRun};

/// Records between two syncs of a paper journal: what a crash loses is done again, exactly.
const SYNC_EVERY: u32 = 1_000;

pub(super) fn run(args: &PaperArgs, console: &Console) -> Result<(), Failure> {
    let here = args.instance.dir.is_none() && args.out.is_none() && args.seed.is_none();
    match &args.run_file {
        None if args.instance.dir.is_some() || (here && Path::new("quorate.toml").exists()) => {
            instance_run::run(args, console)
        }
        Some(run_file) => on_tape(run_file, args, console),
        None => on_sample_world(args, console),
    }
}

fn on_tape(run_file: &Path, args: &PaperArgs, console: &Console) -> Result<(), Failure> {
    let asked = TradingRun {
        run_file,
        seed: args.seed,
        threads: None,
        out: args.out.clone(),
        mode: RunMode::Paper,
        reproduce: format!(
            "quorate paper {}{}",
            shell_word(run_file),
            seed_words(args.seed)
        ),
    };
    trade(&asked, args, console)
}

fn on_sample_world(args: &PaperArgs, console: &Console) -> Result<(), Failure> {
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("out/paper"));
    protect_what_is_not_ours(&folder)?;
    check_writable(&folder)?;
    let run_file = write_world(&folder, args.seed, console)?;
    let asked = TradingRun {
        run_file: &run_file,
        // The run file has it already.
        seed: None,
        threads: None,
        out: Some(folder),
        mode: RunMode::Paper,
        reproduce: format!("quorate paper{}", seed_words(args.seed)),
    };
    trade(&asked, args, console)?;
    console.next(&format!(
        "change {0}, then quorate backtest {0}",
        shell_word(&run_file)
    ));
    Ok(())
}

/// Trades the tape in the live loop; once it is over, replays it with the baselines and reports.
fn trade(asked: &TradingRun<'_>, args: &PaperArgs, console: &Console) -> Result<(), Failure> {
    let checked = asked.checked(console)?;
    let setup = asked.setup(&checked)?;
    let folder = Folder::new(&checked.folder);
    make_room(&folder, args, &checked, console)?;
    let speed = args.speed.unwrap_or(Speed::Max);
    let plan = Plan {
        feed: TapeFeed::new(Arc::new(checked.loaded.tape.clone())),
        addresses: (speed != Speed::Max).then(usual_addresses),
        workers: Vec::new(),
        allora: Vec::new(),
        watchdog: (speed != Speed::Max).then(WatchdogLimits::default),
        rereads: None,
        keeping: Keeping::usual(Durability::EveryRecords(SYNC_EVERY)),
        runtime_max: args.max_runtime.map(Duration::from_secs),
        folder: folder.clone(),
        setup,
        speed,
    };
    let disk: SharedDisk = Arc::new(RealDisk);
    let log = folder.log();
    logging::also_to(&log).map_err(|error| Failure::cannot_write(&log, &error))?;
    let ran = host(plan, &disk, |ready| greet(ready, &folder, console))?;
    if !ran.is_over() {
        return stopped(&ran, &folder, console);
    }
    let result = asked.replay(&checked, console)?;
    compare(&ran, &result.report, &checked.spec, console);
    let files = deliver(&result.report, &result.folder, Page::Written, console)?;
    let dir = shell_word(folder.root());
    console.next(&format!(
        "quorate status -C {dir}, quorate fills -C {dir}, quorate explain ID -C {dir}"
    ));
    let Some(page) = &files.html else {
        return Ok(());
    };
    let opened = if args.open_nothing {
        Opened::No
    } else {
        open_for_person(page)
    };
    if opened == Opened::No {
        console.note(&format!("open {} in a browser", page.display()));
    }
    Ok(())
}

/// A finished run makes way for a new one; an unfinished one is gone on with, unless it is to be forgotten.
fn make_room(
    folder: &Folder,
    args: &PaperArgs,
    checked: &Checked,
    console: &Console,
) -> Result<(), Failure> {
    if !folder.has_journal() {
        return Ok(());
    }
    let journal = folder.journal();
    // Held until the journal is gone: one that is being written is nobody's to remove.
    let held = RealDisk.lock(&journal.join("lock"));
    let held = held.map_err(|error| Failure::cannot_write(&journal, &error))?;
    if let DiskLock::Taken(pid) = held {
        let who = pid.map_or_else(String::new, |pid| format!(" by process {pid}"));
        return Err(Failure::refuses_folder(
            &journal,
            &format!("the journal is in use{who}"),
            "end it with `quorate stop`, or give another folder with --out",
        ));
    }
    let feed = TapeFeed::new(Arc::new(checked.loaded.tape.clone()));
    let whole = feed.len();
    let (past, _) = super::operate::view(folder)?;
    let is_other = past.setup.source != format!("tape {}", checked.loaded.hash);
    if args.fresh || whole <= past.fed {
        // Out of the way in one step: killed here, nothing half-removed is taken for a journal.
        let old = folder.root().join("journal.old");
        return remove_if_there(&old)
            .and_then(|()| fs::rename(&journal, &old))
            .and_then(|()| fs::remove_dir_all(&old))
            .map_err(|error| Failure::cannot_write(&journal, &error));
    }
    if is_other {
        let hint = "go on with the world it was run on, give another folder with --out, or forget it with --fresh";
        return Err(Failure::refuses_folder(
            &journal,
            "an unfinished run of another world is here",
            hint,
        ));
    }
    console.note(&format!(
        "going on with an unfinished run: {} of {} records were taken up",
        count(past.fed),
        count(whole)
    ));
    Ok(())
}

fn remove_if_there(folder: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn usual_addresses() -> Addresses {
    let loopback = |port| std::net::SocketAddr::from(([127, 0, 0, 1], port));
    Addresses {
        control: loopback(8080),
        intake: loopback(8081),
        metrics: loopback(9464),
    }
}

/// Says what is up and where.
pub(super) fn greet(ready: &Ready, folder: &Folder, console: &Console) {
    if 0 < ready.torn_bytes {
        console.note(&format!(
            "the journal had a torn tail of {} bytes, which was cut off: nothing of it had left",
            ready.torn_bytes
        ));
    }
    let dir = shell_word(folder.root());
    if let Some(control) = ready.contact.control {
        console.note(&format!(
            "running; quorate status -C {dir}, quorate kill -C {dir}; control at http://{control}"
        ));
    }
    if let Some(intake) = ready.contact.intake {
        console.note(&format!("workers push to http://{intake}"));
    }
    if let Some(metrics) = ready.contact.metrics {
        console.note(&format!("metrics at http://{metrics}/metrics"));
    }
}

/// Stopped before the end: the next start goes on from here.
pub(super) fn stopped<V: Venue>(
    ran: &Ran<V>,
    folder: &Folder,
    console: &Console,
) -> Result<(), Failure> {
    let engine = ran.finished.machine.engine();
    console.note(&format!(
        "stopped after {} entries, worth {}; the same command goes on from here",
        count(ran.finished.machine.seq()),
        money(engine.equity())
    ));
    console.next(&format!("quorate status -C {}", shell_word(folder.root())));
    match ran.signal {
        Some(signal) => Err(Failure::Signalled(signal)),
        None => Ok(()),
    }
}

/// The live loop and the replay of the same tape must come to the same.
fn compare(ran: &Ran, report: &RunReport, spec: &RunSpec, console: &Console) {
    let live = ran.finished.machine.engine().equity();
    let replayed = report.variants.first().map(|variant| variant.final_equity);
    if replayed == Some(live) {
        console.note(&format!(
            "live loop and replay of {} agree: {}",
            spec.name,
            money(live)
        ));
    } else {
        // A person may have halted, resumed or pushed: the replay knows nothing of that.
        let replayed = replayed.map_or_else(|| "nothing".into(), money);
        console.note(&format!(
            "the live loop ended with {}, the replay of the tape alone with {replayed}: `quorate decisions` and `quorate fills` tell what the loop did",
            money(live)
        ));
    }
}

/// An earlier sample world may be replaced; a tape of other origin or a run file that somebody edited may not.
fn protect_what_is_not_ours(folder: &Path) -> Result<(), Failure> {
    let tape = tape_folder(folder);
    let has_entries = fs::read_dir(&tape).is_ok_and(|mut entries| entries.next().is_some());
    let is_sample = fs::read_to_string(tape.join("README.txt"))
        .is_ok_and(|text| text.starts_with("SYNTHETIC DATA"));
    if has_entries && !is_sample {
        let hint = "give another folder with --out";
        return Err(Failure::refuses_folder(
            &tape,
            "there is a tape that is no sample world",
            hint,
        ));
    }
    let run_file = folder.join("run.toml");
    match fs::read_to_string(&run_file) {
        Ok(text) if !is_template(&text) => {
            let hint = format!(
                "run it with `quorate backtest {}`, or give another folder with --out",
                shell_word(&run_file)
            );
            Err(Failure::refuses_folder(
                &run_file,
                "the run file was edited and would be replaced",
                hint,
            ))
        }
        _ => Ok(()),
    }
}

/// Whether a run file is the one this program writes, for whatever seed.
fn is_template(text: &str) -> bool {
    let seed = text.lines().find_map(|line| line.strip_prefix("seed = "));
    seed.and_then(|seed| seed.parse().ok())
        .is_some_and(|seed| run_text(seed) == text)
}
