//! Entries per second through `Engine::handle` on the sample world's tape, alone and with the simulated exchange.
//!
//! Prints the rates themselves and the ratio between them: absolute figures depend on the machine.
#![allow(
    missing_docs,
    reason = "criterion's macros generate undocumented items"
)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and a failed set-up is its end"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quorate_backtest::replay::session::{Session, Witness};
use quorate_backtest::replay::{RunSpec, parse_run_file};
use quorate_backtest::sample::{WorldSpec, generate};
use quorate_backtest::tape::Tape;
use quorate_domain::{AccountInput, Cash, Entry, Input, Timestamp};
use quorate_engine::{Effects, Engine};
use quorate_venue::Exchange;

const RUN: &str = include_str!("../../config/paper.toml");

struct Nobody;

impl Witness for Nobody {
    fn handled(&mut self, _: &Engine, _: &Entry, _: &Effects) {}
}

fn engine(spec: &RunSpec, tape: &Tape) -> Engine {
    Engine::new(
        spec.engine_config(tape).unwrap(),
        spec.strategy(tape).unwrap(),
    )
    .unwrap()
}

/// The tape as entries, numbered and strictly in time.
fn entries(spec: &RunSpec, tape: &Tape) -> Vec<Entry> {
    let start = tape.span().unwrap().0;
    let listings = tape
        .listings()
        .map(|listing| (start, Input::Listed(listing)));
    let funds = (
        start,
        Input::Account(AccountInput::Deposited(spec.bankroll)),
    );
    let records = tape
        .records
        .iter()
        .map(|record| (record.at, record.input.clone()));
    let mut last = Timestamp::default();
    let all = listings.chain([funds]).chain(records).zip(1..);
    all.map(|((at, input), seq)| {
        last = at.max(Timestamp::from_nanos(last.nanos() + 1));
        Entry {
            seq,
            at: last,
            input,
        }
    })
    .collect()
}

fn handle_all(mut engine: Engine, entries: &[Entry]) -> Cash {
    let mut effects = Effects::default();
    for entry in entries {
        effects.clear();
        engine.handle(entry, &mut effects);
        black_box(&effects);
    }
    engine.equity()
}

fn replay_all(mut session: Session, spec: &RunSpec, tape: &Tape) -> u64 {
    let start = tape.span().unwrap().0;
    for listing in tape.listings() {
        session.observe(start, Input::Listed(listing), &mut Nobody);
    }
    session.deposit(start, spec.bankroll, &mut Nobody);
    for record in &tape.records {
        session.observe(record.at, record.input.clone(), &mut Nobody);
    }
    session.finish(&mut Nobody);
    session.entries()
}

fn bench(c: &mut Criterion) {
    let spec = parse_run_file("paper.toml", RUN, Path::new("")).unwrap();
    let tape = generate(&WorldSpec::default()).tape();
    let entries = entries(&spec, &tape);
    let mut group = c.benchmark_group("engine");
    group.sample_size(10);
    group.throughput(Throughput::Elements(entries.len() as u64));
    group.bench_function("handle", |b| {
        b.iter(|| handle_all(engine(&spec, &tape), &entries));
    });
    group.bench_function("handle_with_exchange", |b| {
        b.iter(|| {
            replay_all(
                Session::new(engine(&spec, &tape), Exchange::new(spec.venue)),
                &spec,
                &tape,
            )
        });
    });
    group.finish();
    let rate = |run: &dyn Fn() -> u64| {
        let started = Instant::now();
        let count = run();
        count as f64 / started.elapsed().as_secs_f64()
    };
    let alone = rate(&|| {
        handle_all(engine(&spec, &tape), &entries);
        entries.len() as u64
    });
    let whole = rate(&|| {
        replay_all(
            Session::new(engine(&spec, &tape), Exchange::new(spec.venue)),
            &spec,
            &tape,
        )
    });
    println!(
        "entries per second: {alone:.0} through handle, {whole:.0} with the exchange ({:.2} of it)",
        whole / alone
    );
}

criterion_group!(benches, bench);
criterion_main!(benches);
