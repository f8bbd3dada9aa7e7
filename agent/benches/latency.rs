//! From a frame's bytes to a signed order's bytes, on one thread: how long it takes us, part by part.
//!
//! The sample world is played through the machine that runs instances, with the settings of `config/paper.toml`. Every
//! piece of market news is written as the venue would send it, read by the connector, decided on, journaled in memory, and
//! its first order is made, signed and written. Only frames that gave an order count. Left out are the wait for the
//! disk, which `benches/journal.rs` measures, the chosen wait for related news (`coalesce`), and the simulated
//! exchange, which stands where the network is.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and a failed set-up is its end"
)]

#[path = "latency/frames.rs"]
mod frames;
#[path = "latency/orders.rs"]
mod orders;
#[path = "latency/watched.rs"]
mod watched;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quorate_agent::journal::{Journal, Options, SharedDisk, SimDisk, Unit};
use quorate_agent::runtime::feed::{Feed, TapeFeed};
use quorate_agent::runtime::machine::{Durability, Machine};
use quorate_agent::runtime::setup::Setup;
use quorate_backtest::replay::{Session, parse_run_file};
use quorate_backtest::sample::{WorldSpec, generate};
use quorate_backtest::tape::Tape;
use quorate_domain::{Input, MarketInput, Timestamp};
use quorate_polymarket::ws::{Normalizer, Output};

use frames::Writer;
use orders::Desk;
use watched::{FirstOrder, Watched};

const RUN: &str = include_str!("../../config/paper.toml");
/// The median that is put up with.
const MEDIAN_MAX: Duration = Duration::from_micros(150);
/// Times the world is gone through.
const PASSES: usize = 3;

/// What one frame cost that gave an order.
struct Sample {
    decode: Duration,
    decide: Duration,
    journal: Duration,
    order: Duration,
    /// Whether the system ran somebody else meanwhile.
    is_interrupted: bool,
}

impl Sample {
    fn whole(&self) -> Duration {
        self.decode + self.decide + self.journal + self.order
    }
}

/// A machine in front of a watched exchange, and all that stands before and behind it.
struct Way {
    machine: Machine<Watched>,
    normalizer: Normalizer,
    out: Output,
    desk: Desk,
    frames: u64,
    samples: Vec<Sample>,
}

impl Way {
    fn new(tape: &Tape) -> Self {
        let spec = parse_run_file("run.toml", RUN, Path::new(""));
        let spec = spec.unwrap_or_else(|errors| panic!("{errors}"));
        let mut setup = Setup {
            engine: spec.engine_config(tape).unwrap(),
            strategies: spec.strategies_numbered(tape).unwrap(),
            venue: spec.venue,
            bankroll: spec.bankroll,
            source: "benchmark".into(),
        };
        setup.engine.coalesce = Duration::ZERO;
        let disk: SharedDisk = Arc::new(SimDisk::new());
        let options = Options {
            unit: Unit::Step,
            ..Options::default()
        };
        let (journal, _) =
            Journal::open_with(&disk, Path::new("/journal"), "latency", options).unwrap();
        let session = Session::new(setup.engine().unwrap(), Watched::new(setup.exchange()));
        let mut machine = Machine::new(session, journal, 0, Durability::EveryRecords(1_000));
        let mut normalizer = Normalizer::default();
        for market in &tape.markets {
            normalizer.add(frames::pair(&market.market)).unwrap();
        }
        let mut watch = FirstOrder::default();
        let mut feed = TapeFeed::new(Arc::new(tape.clone()));
        for _ in 0..feed.listings() {
            let (at, input) = feed.take().unwrap();
            machine
                .feed(at, input, feed.position(), &mut watch)
                .unwrap();
        }
        let at = machine.standing_at();
        machine.deposit(at, setup.bankroll, &mut watch).unwrap();
        Self {
            machine,
            normalizer,
            out: Output::default(),
            desk: Desk::new(tape),
            frames: 0,
            samples: Vec::new(),
        }
    }

    /// News that is not the market's, and time that passes, unmeasured.
    fn feed(&mut self, at: Timestamp, input: Input, position: u64) {
        let mut watch = FirstOrder::default();
        self.machine.feed(at, input, position, &mut watch).unwrap();
    }

    /// One frame, measured.
    fn frame(&mut self, at: Timestamp, frame: &str, position: u64) {
        self.frames += 1;
        // What fell due before is not this frame's doing.
        let mut before = FirstOrder::default();
        self.machine.advance(at, &mut before).unwrap();
        let mut watch = FirstOrder::default();
        self.machine.venue_mut().start();
        let interruptions = interruptions();

        let began = Instant::now();
        self.out.clear();
        let read = self
            .normalizer
            .read(black_box(frame.as_bytes()), &mut self.out);
        let decoded = Instant::now();
        read.unwrap();
        for news in self.out.inputs.drain(..) {
            let input = Input::Market(news);
            self.machine.feed(at, input, position, &mut watch).unwrap();
            if watch.order.is_some() {
                break;
            }
        }
        let Some((order, journaled)) = watch.order else {
            return;
        };
        let tick = self.normalizer.book(order.token.market).unwrap().tick();
        let bytes = self.desk.signed(&order, tick, at);
        let signed = Instant::now();

        assert!(!black_box(bytes).is_empty());
        let (submitted, simulated) = self.machine.venue_mut().watch.first_order.unwrap();
        self.samples.push(Sample {
            decode: decoded - began,
            decide: (submitted - decoded).saturating_sub(simulated),
            journal: journaled - self.machine.venue_mut().watch.ended,
            order: signed - journaled,
            is_interrupted: interruptions != self::interruptions(),
        });
    }
}

/// How often the system has let this thread run so far; one more when it was stopped in between.
fn interruptions() -> Option<u64> {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    schedule.split_whitespace().nth(2)?.parse().ok()
}

fn played(tape: &Tape) -> (u64, Vec<Sample>) {
    let mut path = Way::new(tape);
    let mut writer = Writer::new(tape);
    let mut feed = TapeFeed::new(Arc::new(tape.clone()));
    feed.seek(feed.listings());
    while let Some((at, input)) = feed.take() {
        let position = feed.position();
        match input {
            Input::Market(MarketInput { market, event }) => {
                match writer.frame(at, market, &event) {
                    Some(frame) => path.frame(at, &frame, position),
                    None => path.feed(at, Input::Market(MarketInput { market, event }), position),
                }
            }
            other => path.feed(at, other, position),
        }
    }
    (path.frames, path.samples)
}

/// A part's median and the value that one in a hundred exceeds.
fn line(name: &str, samples: &[Sample], part: fn(&Sample) -> Duration) -> Duration {
    let mut all: Vec<Duration> = samples.iter().map(part).collect();
    all.sort();
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    let (median, late) = (all[all.len() / 2], all[all.len() * 99 / 100]);
    println!("| {name} | {:.1} | {:.1} |", us(median), us(late));
    median
}

fn main() {
    let tape = generate(&WorldSpec::default()).tape();
    let (mut frames, mut samples) = (0, Vec::new());
    for _ in 0..PASSES {
        let (read, taken) = played(&tape);
        frames += read;
        samples.extend(taken);
    }
    let all = samples.len();
    println!("{all} of {frames} frames gave an order, in {PASSES} passes\n");
    samples.retain(|sample| !sample.is_interrupted);
    println!(
        "{} of them ran through; in the others the system ran something else in between\n",
        samples.len()
    );
    println!("| part | median, µs | p99, µs |\n|---|---|---|");
    line("frame to inputs", &samples, |sample| sample.decode);
    line("inputs to a decision", &samples, |sample| sample.decide);
    line("journal, in memory", &samples, |sample| sample.journal);
    line("order, signature, body", &samples, |sample| sample.order);
    let median = line("whole", &samples, Sample::whole);
    let word = if median <= MEDIAN_MAX {
        "within"
    } else {
        "above"
    };
    println!("\nthe median is {word} {} µs", MEDIAN_MAX.as_micros());
}
