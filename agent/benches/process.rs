//! The process as a whole: from a start to the first decision, a restart with and without a snapshot, memory with many
//! markets, the journal's pace, how long a stop takes, and the size of the program.
//!
//! Absolute figures depend on the machine and on its disk. The journal by itself is in `benches/journal.rs`.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and a failed set-up is its end"
)]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use quorate_agent::journal::{RealDisk, SharedDisk, Step, verify};
use quorate_agent::runtime::batch::Handled;
use quorate_agent::runtime::event_loop::EventLoop;
use quorate_agent::runtime::feed::{Feed, TapeFeed};
use quorate_agent::runtime::instance::Folder;
use quorate_agent::runtime::kill_switch::{KillModeWord, KillOrder, KillSwitch, write_order};
use quorate_agent::runtime::machine::{Durability, Machine, Observer};
use quorate_agent::runtime::pace::{Pace, Speed};
use quorate_agent::runtime::setup::Setup;
use quorate_agent::runtime::snapshot::Cadence;
use quorate_agent::runtime::start::{Keeping, bootstrap, lines, open_keeping};
use quorate_agent::runtime::watchdog::{Pulse, Watchdog, WatchdogLimits};
use quorate_backtest::replay::parse_run_file;
use quorate_backtest::sample::{WorldSpec, generate};
use quorate_backtest::tape::{Tape, TapeRecord};
use quorate_domain::{Command, Input, MarketId, Timestamp};
use quorate_engine::Engine;
use quorate_venue::Exchange;

const RUN: &str = include_str!("../../config/paper.toml");

/// What a benchmark watches.
#[derive(Debug, Default)]
struct Watch {
    decided: Option<Instant>,
    last_order: Arc<Mutex<Option<Instant>>>,
    entries: Arc<AtomicU64>,
}

impl Observer for Watch {
    fn stepped(&mut self, _: &Engine, _: &Step, handled: &[Handled]) {
        self.entries
            .fetch_add(handled.len() as u64, Ordering::Relaxed);
        let commands = handled.iter().flat_map(|one| &one.commands);
        if commands
            .into_iter()
            .any(|command| matches!(command, Command::Place(_)))
        {
            *self.last_order.lock().unwrap() = Some(Instant::now());
        }
        if self.decided.is_none() && handled.iter().any(|one| !one.decisions.is_empty()) {
            self.decided = Some(Instant::now());
        }
    }
}

/// A tape with its settings.
struct World {
    feed: TapeFeed,
    setup: Setup,
}

impl World {
    fn of(tape: Tape) -> Self {
        let spec = parse_run_file("run.toml", RUN, Path::new(""));
        let spec = spec.unwrap_or_else(|errors| panic!("{errors}"));
        let setup = Setup {
            engine: spec.engine_config(&tape).unwrap(),
            strategies: spec.strategies_numbered(&tape).unwrap(),
            venue: spec.venue,
            bankroll: spec.bankroll,
            source: "benchmark".into(),
        };
        Self {
            feed: TapeFeed::new(Arc::new(tape)),
            setup,
        }
    }

    /// An instance in a folder, ready to go on, with its feed.
    fn opened(
        &self,
        home: &Path,
        cadence: Cadence,
        watch: &mut Watch,
    ) -> (Machine<Exchange>, TapeFeed, u64) {
        let disk: SharedDisk = Arc::new(RealDisk);
        let folder = Folder::new(home);
        let durability = Durability::EveryRecords(1_000);
        let now = Timestamp::default();
        let keeping = Keeping {
            cadence,
            ..Keeping::usual(durability)
        };
        let opening = open_keeping(&disk, &folder, &self.setup, keeping, now).unwrap();
        let (mut machine, mut feed) = (opening.machine, self.feed.clone());
        bootstrap(
            &mut machine,
            &mut feed,
            self.setup.bankroll,
            opening.deposited,
            watch,
        )
        .unwrap();
        (machine, feed, opening.batches)
    }
}

/// The same markets several times over, under other numbers.
fn multiplied(tape: &Tape, markets: usize) -> Tape {
    let own = tape.markets.len();
    let mut many = tape.clone();
    for number in own..markets {
        let mut copy = tape.markets[number % own].clone();
        copy.market.id = MarketId(u32::try_from(number).unwrap());
        copy.market.name = format!("{}-{number}", copy.market.name);
        many.markets.push(copy);
    }
    let copies = |record: &TapeRecord| {
        let mut all = vec![record.clone()];
        let place = match &record.input {
            Input::Market(news) => news.market.0,
            Input::Resolved(word) => word.market.0,
            _ => return all,
        };
        for number in (place as usize + own..markets).step_by(own) {
            let id = MarketId(u32::try_from(number).unwrap());
            let mut copy = record.clone();
            match &mut copy.input {
                Input::Market(news) => news.market = id,
                Input::Resolved(word) => word.market = id,
                _ => {}
            }
            all.push(copy);
        }
        all
    };
    many.records = tape.records.iter().flat_map(copies).collect();
    many
}

fn memory() -> i64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<i64>().unwrap() * 4096
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn starts(world: &World) {
    let home = tempfile::tempdir().unwrap();
    let mut watch = Watch::default();
    let began = Instant::now();
    let (mut machine, mut feed, _) = world.opened(home.path(), Cadence::Never, &mut watch);
    while watch.decided.is_none() {
        let (at, input) = feed.take().unwrap();
        machine
            .feed(at, input, feed.position(), &mut watch)
            .unwrap();
    }
    println!(
        "start to first decision: {:.1} ms",
        ms(watch.decided.unwrap() - began)
    );
    drop(machine);
    for (name, cadence) in [
        ("without", Cadence::Never),
        ("with", Cadence::Batches(5_000)),
    ] {
        let home = tempfile::tempdir().unwrap();
        let (mut machine, mut feed, _) = world.opened(home.path(), cadence, &mut watch);
        let (began, entries) = (Instant::now(), watch.entries.load(Ordering::Relaxed));
        for _ in 0..22_000 {
            let Some((at, input)) = feed.take() else {
                break;
            };
            machine
                .feed(at, input, feed.position(), &mut watch)
                .unwrap();
        }
        machine.commit().unwrap();
        let entries = watch.entries.load(Ordering::Relaxed) - entries;
        let rate = entries as f64 / began.elapsed().as_secs_f64();
        drop(machine);
        let disk: SharedDisk = Arc::new(RealDisk);
        let checked = Instant::now();
        let records = verify(&disk, &Folder::new(home.path()).journal())
            .unwrap()
            .records();
        let checked = records as f64 / checked.elapsed().as_secs_f64();
        let began = Instant::now();
        let (_, _, batches) = world.opened(home.path(), cadence, &mut watch);
        println!(
            "{name} snapshots: {rate:.0} entries/s decided and journaled, {checked:.0} records/s verified, restart after {entries} entries {:.0} ms ({batches} batches gone through)",
            ms(began.elapsed())
        );
    }
}

fn many_markets(tape: &Tape) {
    let before = memory();
    let world = World::of(multiplied(tape, 200));
    let loaded = memory();
    let home = tempfile::tempdir().unwrap();
    let mut watch = Watch::default();
    let (mut machine, mut feed, _) = world.opened(home.path(), Cadence::USUAL, &mut watch);
    for _ in 0..40_000 {
        let Some((at, input)) = feed.take() else {
            break;
        };
        machine
            .feed(at, input, feed.position(), &mut watch)
            .unwrap();
    }
    println!(
        "200 markets: {:.1} MB resident after {} pieces of news, all in all: the program, its tape ({:.1} MB) and what making it left behind",
        memory() as f64 / 1e6,
        feed.position(),
        (loaded - before) as f64 / 1e6
    );
}

/// From the kill file to the last order, of a loop that turns as fast as it can; and to the raised flag, of one that hangs.
fn stops(world: &World) {
    let mut slowest = Duration::ZERO;
    for round in 0..20 {
        let home = tempfile::tempdir().unwrap();
        let mut watch = Watch::default();
        let (machine, feed, _) = world.opened(home.path(), Cadence::USUAL, &mut watch);
        let (last_order, entries) = (Arc::clone(&watch.last_order), Arc::clone(&watch.entries));
        let switch = KillSwitch::of(home.path());
        let file = switch.file().to_path_buf();
        let (lines, inbox) = lines();
        let pace = Pace::starting(Speed::Max, machine.standing_at());
        let mut turning = EventLoop::new(machine, feed, pace, inbox, switch);
        let looping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(turning.run(&mut watch)).unwrap();
        });
        while entries.load(Ordering::Relaxed) < 4_000 + round * 500 {
            thread::yield_now();
        }
        let written = Instant::now();
        write_order(&file, &order()).unwrap();
        assert!(!looping.is_finished(), "the world was over before the stop");
        thread::sleep(Duration::from_secs(1));
        let last = last_order.lock().unwrap().unwrap_or(written);
        slowest = slowest.max(last.saturating_duration_since(written));
        // The world may be over by now.
        let _ = lines.stop.send(true);
        looping.join().unwrap();
    }
    println!(
        "kill file to the last order: {:.1} ms at most in 20 stops",
        ms(slowest)
    );
    let home = tempfile::tempdir().unwrap();
    let switch = KillSwitch::of(home.path());
    let limits = WatchdogLimits {
        loop_silence_max: Duration::from_millis(500),
        ..WatchdogLimits::default()
    };
    let pulse = Pulse::new();
    pulse.beat();
    let began = Instant::now();
    let watchdog = Watchdog::start(limits, pulse, switch.clone()).unwrap();
    while !switch.is_thrown() {
        thread::yield_now();
    }
    println!(
        "a loop that hangs: flag raised {:.0} ms after its last turn (500 ms are put up with)",
        ms(began.elapsed())
    );
    drop(watchdog);
    let home = tempfile::tempdir().unwrap();
    let switch = KillSwitch::of(home.path());
    let patient = Watchdog::start(WatchdogLimits::default(), Pulse::new(), switch.clone()).unwrap();
    write_order(switch.file(), &order()).unwrap();
    let written = Instant::now();
    while !switch.is_thrown() {
        thread::yield_now();
    }
    println!(
        "a kill file beside a loop that hangs: flag raised after {:.0} ms",
        ms(written.elapsed())
    );
    drop(patient);
}

fn order() -> KillOrder {
    KillOrder {
        mode: KillModeWord::Cancel,
        reason: "benchmark".into(),
        at: String::new(),
    }
}

fn main() {
    let tape = generate(&WorldSpec::default()).tape();
    many_markets(&tape);
    let world = World::of(tape);
    starts(&world);
    stops(&world);
    let size = fs::metadata(env!("CARGO_BIN_EXE_quorate")).unwrap().len();
    let build = if cfg!(debug_assertions) {
        "unoptimised"
    } else {
        "optimised"
    };
    println!("the program: {:.1} MB ({build} build)", size as f64 / 1e6);
}
