//! Rows per second from the archive's Parquet into small rows, into the checked books and into the replay cache, and the
//! most memory that the process ever held.
//!
//! `cargo bench --bench ingest -- ROWS` (3 million unless told): one market of two tokens an hour, as a recorder writes it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and a failed set-up is its end"
)]

use std::path::Path;
use std::time::Instant;

use quorate_backtest::archive::cache::{Cache, build};
use quorate_backtest::archive::integrity::check;
use quorate_backtest::archive::manifest::Manifest;
use quorate_backtest::archive::{
    AssetId, Columns, ConditionId, HourKey, HourReader, HourWriter, Names, RowEvent, TapeRow,
};
use quorate_domain::{BookSide, Level, Price, Shares, Timestamp};

/// 2026-04-21T21:00:00Z.
const START: u64 = 1_776_805_200_000_000_000;
const MARKETS: u64 = 20;

/// Writes an hour of changes around the touch, sorted as files are.
fn generate(archive: &Path, rows: u64) {
    let hour = HourKey::of(Timestamp::from_nanos(START));
    let mut writer = HourWriter::begin(archive, hour, 1).unwrap();
    let mut ids: Vec<(ConditionId, AssetId)> = (0..MARKETS)
        .flat_map(|market| {
            let name = market.to_string();
            ["yes", "no"].map(|side| (ConditionId::for_name(&name), AssetId::for_name(&name, side)))
        })
        .collect();
    ids.sort();
    let each = rows / ids.len() as u64;
    let mut state = 1_u64;
    for (market, asset) in ids {
        for number in 0..each {
            // A linear congruence is random enough for sizes and prices.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = Timestamp::from_nanos(START + number * (3_500_000_000_000 / each));
            let (side, cents) = match state >> 63 {
                0 => (BookSide::Bid, 30 + (state >> 40) % 20),
                _ => (BookSide::Ask, 51 + (state >> 40) % 20),
            };
            let price = Price::from_micros(i64::try_from(cents * 10_000).unwrap()).unwrap();
            let level = Level {
                price,
                shares: Shares::from_micros((state >> 30) % 1_000_000_000),
            };
            let event = match number {
                0 => RowEvent::Book {
                    bids: vec![],
                    asks: vec![],
                },
                _ => RowEvent::Change {
                    side,
                    level,
                    best_bid: Some(490_000),
                    best_ask: Some(510_000),
                },
            };
            writer
                .push(&TapeRow {
                    received_at: at,
                    event_at: at,
                    market: market.clone(),
                    asset: asset.clone(),
                    seq: None,
                    connection: None,
                    hash: None,
                    after_gap: false,
                    event,
                })
                .unwrap();
        }
    }
    let (place, entry) = writer.finish(archive, "generated").unwrap();
    let mut manifest = Manifest::default();
    manifest.files.insert(place, entry);
    manifest.write(archive).unwrap();
}

/// Most memory that the process ever held, MiB; 0 where the system does not tell.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

fn timed(name: &str, rows: u64, task: impl FnOnce()) {
    let started = Instant::now();
    task();
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{name:<34} {:>7.2} M rows/s   {seconds:>6.2} s   peak {} MiB",
        rows as f64 / seconds / 1e6,
        peak_mib()
    );
}

fn main() {
    let rows = std::env::args()
        .filter_map(|word| word.parse().ok())
        .next()
        .unwrap_or(3_000_000);
    let folder = tempfile::tempdir().unwrap();
    timed("write Parquet", rows, || generate(folder.path(), rows));
    let manifest = Manifest::read(folder.path()).unwrap();
    let path = folder.path().join(manifest.files.keys().next().unwrap());
    println!(
        "{} rows, {:.1} bytes each",
        manifest.rows(),
        std::fs::metadata(&path).unwrap().len() as f64 / rows as f64
    );
    for _ in 0..3 {
        timed("decode to rows", rows, || {
            let (mut names, mut excluded) = (Names::default(), Default::default());
            let mut reader = HourReader::open(&path, Columns::Replay).unwrap();
            let mut sum = 0_u64;
            while let Some(batch) = reader.next_batch(&mut names, &mut excluded).unwrap() {
                sum = batch
                    .rows
                    .iter()
                    .fold(sum, |sum, row| sum ^ row.size_micros);
            }
            std::hint::black_box(sum);
        });
    }
    timed("decode, books, integrity score", rows, || {
        std::hint::black_box(check(folder.path(), &manifest).unwrap());
    });
    let cache = folder.path().join("cache.bin");
    timed("mirror, sort, replay cache", rows, || {
        build(folder.path(), &cache).unwrap();
    });
    let started = Instant::now();
    let opened = Cache::open(&cache, None).unwrap();
    println!(
        "open the cache: {:?}, {} records",
        started.elapsed(),
        opened.records().len()
    );
}
