//! A sample world as files: the same bytes for a seed, small, quick, and honest about what it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path as FilePath;
use std::time::{Duration, Instant};

use quorate_backtest::sample::{World, WorldSpec, draw_truth, generate, write};
use quorate_domain::{Level, MarketEvent, Outcome, Payout};
use sha2::{Digest, Sha256};

/// All files of a world by name.
fn files(world: &World) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    write(world, folder.path()).unwrap();
    read_folder(folder.path())
}

fn read_folder(folder: &FilePath) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_same_seed_makes_the_same_bytes() {
    for spec in [WorldSpec::default(), WorldSpec::brief(3)] {
        assert_eq!(files(&generate(&spec)), files(&generate(&spec)));
    }
}

#[test]
fn another_seed_makes_another_world() {
    let (one, other) = (
        files(&generate(&WorldSpec::brief(3))),
        files(&generate(&WorldSpec::brief(4))),
    );
    for name in [
        "books.csv",
        "trades.csv",
        "inferences.csv",
        "outcomes.csv",
        "README.txt",
    ] {
        assert_ne!(one[name], other[name], "{name}");
    }
}

#[test]
fn writing_again_replaces_the_files() {
    let folder = tempfile::tempdir().unwrap();
    write(&generate(&WorldSpec::brief(3)), folder.path()).unwrap();
    let world = generate(&WorldSpec::brief(4));
    write(&world, folder.path()).unwrap();
    assert_eq!(read_folder(folder.path()), files(&world));
}

#[test]
fn trading_does_not_change_what_is_true() {
    let spec = WorldSpec::brief(9);
    assert_eq!(generate(&spec).truth, draw_truth(&spec));
}

#[test]
fn the_default_world_shows_everything() {
    let world = generate(&WorldSpec::default());
    let markets = &world.truth.markets;
    assert_eq!(markets.len(), 8 + 72);
    assert_eq!(
        markets.iter().filter(|m| m.payout == Payout::HALF).count(),
        1
    );
    let is_tick = |event: &MarketEvent| matches!(event, MarketEvent::TickSize(_));
    assert!(
        world
            .market_inputs
            .iter()
            .any(|(_, input)| is_tick(&input.event))
    );
    assert!(
        markets[..4]
            .iter()
            .any(|market| market.payout == Payout::YES)
    );
    for category in ["politics", "crypto"] {
        let payouts = || {
            markets
                .iter()
                .filter(|m| m.category == category)
                .map(|m| m.payout)
        };
        assert!(payouts().any(|payout| payout == Payout::YES), "{category}");
        assert!(payouts().any(|payout| payout == Payout::NO), "{category}");
    }
}

#[test]
fn a_full_world_is_small() {
    for seed in [WorldSpec::default().seed, 21, 22] {
        let files = files(&generate(&WorldSpec::full(seed)));
        let bytes: usize = files.values().map(Vec::len).sum();
        let is_record = |name: &str| !matches!(name, "README.txt" | "markets.csv" | "outcomes.csv");
        let rows: usize = files
            .iter()
            .filter(|(name, _)| is_record(name))
            .map(|(_, text)| text.iter().filter(|byte| **byte == b'\n').count() - 1)
            .sum();
        assert!((30_000..90_000).contains(&rows), "{rows} rows");
        assert!(bytes < 6_000_000, "{bytes} bytes");
    }
}

#[test]
fn a_full_world_is_made_quickly() {
    let start = Instant::now();
    let world = generate(&WorldSpec::default());
    assert!(!world.market_inputs.is_empty());
    // Some 0.05 s when optimised; the bound leaves room for a slow, busy machine without optimisation.
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn the_readme_says_what_the_data_are() {
    let files = files(&generate(&WorldSpec::brief(77)));
    let text = String::from_utf8(files["README.txt"].clone()).unwrap();
    assert!(text.starts_with("SYNTHETIC DATA"));
    assert!(text.contains("seed 77") && text.contains("not that anything is profitable"));
    for worker in quorate_backtest::sample::WORKERS {
        assert!(text.contains(&format!("- {}: {}", worker.name, worker.about)));
    }
}

/// The numbers of a world, independent of how any file spells them.
fn numbers(world: &World) -> Vec<u64> {
    let mut numbers = Vec::new();
    for (at, input) in &world.market_inputs {
        numbers.extend([at.nanos(), u64::from(input.market.0)]);
        let mut level = |level: &Level| {
            numbers.extend([u64::from(level.price.micros()), level.shares.micros()]);
        };
        match &input.event {
            MarketEvent::Snapshot { bids, asks } => bids.iter().chain(asks).for_each(level),
            MarketEvent::Level { level: changed, .. } => level(changed),
            MarketEvent::Trade(trade) => level(&Level {
                price: trade.price,
                shares: trade.shares,
            }),
            MarketEvent::TickSize(_)
            | MarketEvent::DayVolume(_)
            | MarketEvent::Gap
            | MarketEvent::Closed => {}
        }
    }
    for inference in &world.inferences {
        numbers.extend([inference.published_at.nanos(), inference.value.to_bits()]);
    }
    for market in &world.truth.markets {
        numbers.push(u64::from(market.payout.micros(Outcome::Yes)));
        numbers.extend(
            market
                .truth
                .points()
                .iter()
                .map(|(_, value)| value.to_bits()),
        );
    }
    numbers
}

#[test]
fn a_seed_makes_the_same_numbers_on_every_platform() {
    let mut hash = Sha256::new();
    for number in numbers(&generate(&WorldSpec::brief(1))) {
        hash.update(number.to_le_bytes());
    }
    let hex: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        hex,
        "fcb9a5617978921e5475149d273a45b4b7524dcbba1928d5634e17bc6db722e7"
    );
}
