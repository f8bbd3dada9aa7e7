//! Simulated days one after another in one process, on a real disk, with lines that break, venues that close, topics that
//! fall silent and people who halt and resume: memory and open files stay flat, the books balance, every halt has a reason
//! that somebody gave.
//!
//! Two days by default; `QUORATE_SOAK_DAYS=30` for the long one, `QUORATE_SOAK_SEED` for other trouble.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "../crash/common/mod.rs"]
mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::day::{RUN, setup};
use common::shadow::{Shadow, window};
use quorate_agent::journal::{RealDisk, SharedDisk, Step, verify};
use quorate_agent::runtime::batch::Handled;
use quorate_agent::runtime::feed::{Feed, TapeFeed};
use quorate_agent::runtime::instance::Folder;
use quorate_agent::runtime::machine::{Durability, Machine, Observer};
use quorate_agent::runtime::snapshot::Cadence;
use quorate_agent::runtime::start::{Keeping, bootstrap, open_keeping};
use quorate_backtest::sample::{WorldSpec, generate};
use quorate_backtest::tape::Tape;
use quorate_domain::{
    AccountInput, Command, HaltReason, HealthInput, Heartbeat, Input, KillMode, MarketEvent,
    MarketId, MarketInput, OperatorInput, Scope, Timestamp, TopicId,
};
use quorate_engine::Engine;
use quorate_venue::Exchange;

const DAY: Duration = Duration::from_secs(86_400);

/// What was seen.
#[derive(Debug, Default)]
struct Seen {
    halts: BTreeMap<HaltReason, u32>,
    orders: u64,
    fills: u64,
    refused: u64,
    newest: Option<HaltReason>,
}

impl Observer for Seen {
    fn stepped(&mut self, engine: &Engine, _: &Step, handled: &[Handled]) {
        for one in handled {
            match &one.entry.input {
                Input::Account(AccountInput::Filled(_)) => self.fills += 1,
                Input::Account(AccountInput::Refused(_)) => self.refused += 1,
                _ => {}
            }
            for command in &one.commands {
                match command {
                    Command::Place(_) => self.orders += 1,
                    Command::Halted(reason) => {
                        *self.halts.entry(*reason).or_default() += 1;
                        self.newest = Some(*reason);
                    }
                    _ => {}
                }
            }
        }
        assert!(!is_defect(engine.halted()), "{:?}", engine.halted());
    }
}

/// A stop that no person, no limit and no report of trouble explains.
fn is_defect(halted: Option<HaltReason>) -> bool {
    matches!(
        halted,
        Some(
            HaltReason::Conservation
                | HaltReason::ImpossibleInput
                | HaltReason::OrdersMiscounted
                | HaltReason::Mismatch
                | HaltReason::NotReconciled
        )
    )
}

/// What is going wrong at the moment.
#[derive(Debug, Default)]
struct Trouble {
    gaps: BTreeMap<MarketId, u64>,
    silent: BTreeMap<TopicId, u64>,
    closed_until: Option<u64>,
    halted_until: Option<u64>,
    counts: BTreeMap<&'static str, u32>,
}

struct Soak {
    machine: Machine<Exchange>,
    feed: TapeFeed,
    shadow: Shadow,
    trouble: Trouble,
    dice: fastrand::Rng,
    seen: Seen,
}

impl Soak {
    fn tell(&mut self, input: Input) {
        let at = self.machine.standing_at();
        self.machine.observe(at, input, &mut self.seen).unwrap();
    }

    fn counted(&mut self, what: &'static str) {
        *self.trouble.counts.entry(what).or_default() += 1;
    }

    /// Lets something go wrong now and then, and what went wrong before come to its end.
    fn stir(&mut self) {
        let place = self.feed.position();
        let until = place + self.dice.u64(5..200);
        match self.dice.u32(0..1_000) {
            0..=3 => {
                let markets = self.feed.tape().markets.len();
                let market = self.feed.tape().markets[self.dice.usize(0..markets)]
                    .market
                    .id;
                self.counted("gaps");
                self.trouble.gaps.insert(market, until);
                self.tell(Input::Market(MarketInput {
                    market,
                    event: MarketEvent::Gap,
                }));
            }
            4 => {
                self.counted("closed venues");
                self.trouble.closed_until = Some(until);
                self.tell(Input::Health(HealthInput::TradingDisabled));
                self.tell(Input::Health(HealthInput::Heartbeat(Heartbeat::Unhealthy)));
            }
            5 => {
                self.counted("silent topics");
                let topics = self.feed.tape().topics.len();
                let topic = self.feed.tape().topics[self.dice.usize(0..topics)].id;
                self.trouble.silent.insert(topic, until * 2);
            }
            6 => {
                self.counted("halts by a person");
                self.trouble.halted_until = Some(until);
                let mode = KillMode::Cancel;
                let halt = if self.dice.bool() {
                    OperatorInput::Halt(Scope::All)
                } else {
                    OperatorInput::Kill { mode }
                };
                self.tell(Input::Operator(halt));
            }
            _ => {}
        }
        self.mend(place);
    }

    fn mend(&mut self, place: u64) {
        let over: BTreeSet<MarketId> = self
            .trouble
            .gaps
            .iter()
            .filter(|(_, until)| **until <= place)
            .map(|(m, _)| *m)
            .collect();
        for market in over {
            self.trouble.gaps.remove(&market);
            let event = self.shadow.snapshot(market);
            self.tell(Input::Market(MarketInput { market, event }));
        }
        if self
            .trouble
            .closed_until
            .is_some_and(|until| until <= place)
        {
            self.trouble.closed_until = None;
            self.tell(Input::Health(HealthInput::TradingEnabled));
            self.tell(Input::Health(HealthInput::Heartbeat(Heartbeat::Healthy)));
        }
        if self
            .trouble
            .halted_until
            .is_some_and(|until| until <= place)
        {
            self.trouble.halted_until = None;
            self.tell(Input::Operator(OperatorInput::Resume(Scope::All)));
        }
        // A person looks at a stop that a limit brought about, and lets it trade again.
        if self.trouble.halted_until.is_none()
            && matches!(
                self.seen.newest.take(),
                Some(HaltReason::Drawdown | HaltReason::DailyLoss)
            )
        {
            self.trouble.halted_until = Some(place + 300);
        }
    }

    fn take(&mut self) -> Option<Timestamp> {
        let (at, input) = self.feed.take()?;
        if let Input::Market(news) = &input {
            self.shadow.see(news);
        }
        let place = self.feed.position();
        let unheard = match &input {
            // While the line is down its news does not come.
            Input::Market(news) => self.trouble.gaps.contains_key(&news.market),
            Input::Inference(said) => self
                .trouble
                .silent
                .get(&said.topic)
                .is_some_and(|until| place < *until),
            _ => false,
        };
        if !unheard {
            self.machine.feed(at, input, place, &mut self.seen).unwrap();
        }
        Some(at)
    }
}

/// Bytes of memory in use, and number of open files.
fn used() -> (i64, usize) {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: i64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    (pages * 4096, fs::read_dir("/proc/self/fd").unwrap().count())
}

/// The tape of so many days, with price windows in it.
fn days(days: u32, seed: u64) -> Tape {
    let (spec, session) = if days <= 10 {
        (WorldSpec::brief(seed), 5)
    } else {
        (WorldSpec::full(seed), 30)
    };
    let tape = generate(&spec).tape();
    let start = tape.span().unwrap().0;
    let first = session - (days / 2).min(session);
    window(
        &tape,
        start.plus(DAY * first),
        start.plus(DAY * (first + days)),
    )
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// One world with trouble; memory and open files at places from the second third on.
fn soaked(tape: &Tape, seed: u64) -> (Seen, Trouble, Vec<(u64, i64, usize)>) {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::new(home.path());
    let disk: SharedDisk = Arc::new(RealDisk);
    let setup = setup(RUN, tape);
    let keeping = Keeping {
        cadence: Cadence::Batches(2_000),
        ..Keeping::usual(Durability::EveryRecords(1_000))
    };
    let opening = open_keeping(&disk, &folder, &setup, keeping, Timestamp::default()).unwrap();
    let mut soak = Soak {
        machine: opening.machine,
        feed: TapeFeed::new(Arc::new(tape.clone())),
        shadow: Shadow::default(),
        trouble: Trouble::default(),
        dice: fastrand::Rng::with_seed(seed),
        seen: Seen::default(),
    };
    bootstrap(
        &mut soak.machine,
        &mut soak.feed,
        setup.bankroll,
        opening.deposited,
        &mut soak.seen,
    )
    .unwrap();
    let all = soak.feed.len();
    let mut samples = Vec::new();
    while soak.take().is_some() {
        soak.stir();
        let place = soak.feed.position();
        if place.is_multiple_of((all / 30).max(1)) && all / 3 <= place {
            let (bytes, files) = used();
            samples.push((place, bytes, files));
        }
    }
    while let Some(due) = soak.machine.venue_due() {
        soak.machine.advance(due, &mut soak.seen).unwrap();
    }
    soak.machine.keep().unwrap();
    assert!(!is_defect(soak.machine.engine().halted()));
    drop(soak.machine);
    assert_eq!(verify(&disk, &folder.journal()).unwrap().damage, None);
    (soak.seen, soak.trouble, samples)
}

#[test]
fn days_of_trouble_leave_memory_and_files_flat_and_every_halt_explained() {
    let wanted = u32::try_from(number("QUORATE_SOAK_DAYS", 2)).unwrap();
    let seed = number("QUORATE_SOAK_SEED", 5);
    let began = Instant::now();
    let mut left = wanted;
    let mut world = 0;
    let mut after_each = Vec::new();
    while left != 0 {
        let now = left.min(30);
        let tape = days(now, seed + world);
        let (seen, trouble, samples) = soaked(&tape, seed + world);
        let (first, last) = (samples[0], samples[samples.len() - 1]);
        println!(
            "seed {}: {now} days, {} records, {} orders, {} executions, {} refusals, {:?}, halts {:?}; memory {} -> {} kB, {} -> {} files; {:.1} s so far",
            seed + world,
            tape.records.len(),
            seen.orders,
            seen.fills,
            seen.refused,
            trouble.counts,
            seen.halts,
            first.1 / 1024,
            last.1 / 1024,
            first.2,
            last.2,
            began.elapsed().as_secs_f64()
        );
        assert!(0 < seen.fills && !trouble.counts.is_empty());
        assert!(
            seen.halts.keys().all(|reason| !is_defect(Some(*reason))),
            "{:?}",
            seen.halts
        );
        let grown = last.1 - first.1;
        assert!(
            grown < 16 << 20,
            "memory grew by {} kB in the last two thirds",
            grown / 1024
        );
        assert!(
            last.2 <= first.2 + 1,
            "{} open files, then {}",
            first.2,
            last.2
        );
        after_each.push(last.1);
        left -= now;
        world += 1;
    }
    // The first worlds warm the allocator up; what leaks goes on growing.
    if let Some(warm) = after_each.get(1..9).and_then(|warm| warm.iter().max()) {
        let most = after_each.iter().max().unwrap();
        println!(
            "memory: {} kB at most in worlds 2 to 9, {} kB ever",
            warm / 1024,
            most / 1024
        );
        assert!(
            most - warm < 32 << 20,
            "memory grows from world to world: {after_each:?}"
        );
    }
}
