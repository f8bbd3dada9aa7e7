//! Speed of the fast replay: records per second alone, with a strategy, over many markets and for many variants, what
//! one order costs in short and in long runs, and the most memory held.
//!
//! Rates count the processor's time of this process where the system tells it (Linux), else the clock on the wall, so
//! that a busy machine disturbs them less. Every figure is the median of five runs. `QUORATE_BENCH_RUNS` changes that.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and a failed set-up is its end"
)]

use std::hint::black_box;
use std::time::Instant;

use quorate_backtest::archive::cache::{Cache, build};
use quorate_backtest::archive::{ArchiveWriter, AssetId, ConditionId, RowEvent, TapeRow};
use quorate_backtest::fast::replay_batch;
use quorate_backtest::fast::stream::StreamSpec;
use quorate_domain::{
    BookSide, Crossing, FeeSchedule, Level, Outcome, Price, Shares, Side, TimeInForce, Timestamp,
};
use quorate_venue::fast::{
    Book, DecisionClock, Delay, Event, FanOut, Idle, Kind, MarketTerms, NewOrder, Regime, Sizing,
    Tick, TouchParams, TouchQuoter, VARIANTS_MAX, VariantConfig, World,
};

/// 0.04 p (1 - p), a quarter of it back to makers.
const POLITICS: Regime = Regime {
    from: 0,
    fee: FeeSchedule {
        rate_ppm: 40_000,
        exponent: 1,
        rebate_share_ppm: 250_000,
    },
    taker_delay: 0,
};

/// Seconds of processor time of this process.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanos: u64 = text.split(' ').next()?.parse().ok()?;
    Some(nanos as f64 * 1e-9)
}

/// Median seconds of a piece of work.
fn median_seconds(mut work: impl FnMut()) -> f64 {
    let runs = std::env::var("QUORATE_BENCH_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(5_usize)
        .max(1);
    let mut seconds: Vec<f64> = (0..runs)
        .map(|_| {
            let (wall, before) = (Instant::now(), processor_seconds());
            work();
            match (before, processor_seconds()) {
                (Some(before), Some(after)) => after - before,
                _ => wall.elapsed().as_secs_f64(),
            }
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn world(spec: &StreamSpec) -> World {
    World {
        markets: spec.terms(POLITICS),
        groups: Vec::new(),
        clock: DecisionClock::SECOND,
    }
}

/// Books with exact best bid and ask, no strategy.
fn books_only(spec: &StreamSpec, records: &[Event]) {
    let terms = spec.terms(POLITICS);
    let mut books: Vec<Book> = terms.iter().map(|terms| Book::new(terms.tick)).collect();
    let mut seen = 0_u64;
    for record in records {
        let kind = record.check(books.len()).unwrap();
        let book = &mut books[record.market as usize];
        book.apply(record, kind);
        for side in [BookSide::Bid, BookSide::Ask] {
            seen = seen.wrapping_add(book.best(side).map_or(0, |quote| quote.size));
        }
    }
    black_box(seen);
}

/// Variants that differ a little, so that they do not all do the same at the same time.
fn quoters(count: usize, sizing: Option<f64>, markets: usize) -> Vec<(VariantConfig, TouchQuoter)> {
    let quoter = |number: usize| {
        let config = VariantConfig {
            key: u32::try_from(number).unwrap(),
            cash: 100_000_000_000,
            ..VariantConfig::default()
        };
        let params = TouchParams {
            take_edge: 5_000_000 + 20_000 * i64::try_from(number).unwrap(),
            sizing: sizing.map_or(Sizing::Fixed, |fraction| Sizing::Kelly {
                fraction: fraction + 0.005 * number as f64,
            }),
            ..TouchParams::default()
        };
        (config, TouchQuoter::new(params, markets))
    };
    (0..count).map(quoter).collect()
}

/// All variants, 64 in a pass, on this thread; returns the orders of the first.
fn sweep(spec: &StreamSpec, records: &[Event], count: usize, sizing: Option<f64>) -> u64 {
    let mut variants = quoters(count, sizing, spec.markets as usize);
    let mut orders = 0;
    while !variants.is_empty() {
        let rest = variants.split_off(variants.len().min(VARIANTS_MAX));
        let outcomes = replay_batch(world(spec), records, variants).unwrap();
        orders = outcomes[0].stats.orders;
        variants = rest;
    }
    orders
}

fn line(what: &str, records: &[Event], variants: usize, seconds: f64, note: &str) {
    let millions = records.len() as f64 * 1e-6 / seconds;
    println!(
        "{what:<44} {millions:>8.1} {:>10.0}   {note}",
        millions * variants as f64
    );
}

/// Sends, rests and cancels `count` orders one after the other, every tenth filled by a trade; nanoseconds per order.
fn order_cost(count: u64) -> f64 {
    let seconds = median_seconds(|| {
        let world = World {
            markets: vec![MarketTerms::usual(Tick::Mill, POLITICS)],
            groups: Vec::new(),
            clock: DecisionClock::SECOND,
        };
        let config = VariantConfig {
            submit: Delay::Constant(1_000),
            cancel: Delay::Constant(1_000),
            cash: 100_000_000_000_000,
            ..VariantConfig::default()
        };
        let mut run = FanOut::new(world, vec![(config, Idle)], ()).unwrap();
        let mut at = 1_000;
        for side in [BookSide::Bid, BookSide::Ask] {
            let price = if side == BookSide::Bid { 4_900 } else { 5_100 };
            let kind = if side == BookSide::Bid {
                Kind::Clear
            } else {
                Kind::SnapshotLevel
            };
            if kind == Kind::Clear {
                run.push(&Event::plain(kind, 0, at, at, 0).continued())
                    .unwrap();
            }
            let level = Event::plain(Kind::SnapshotLevel, 0, at, at, 0);
            let level = level.at_level(side, price, 50_000_000);
            run.push(&if side == BookSide::Bid {
                level.continued()
            } else {
                level
            })
            .unwrap();
        }
        let order = NewOrder {
            market: 0,
            outcome: Outcome::Yes,
            side: Side::Buy,
            limit: 5_000,
            shares: 10_000_000,
            life: TimeInForce::Gtc,
            crossing: Crossing::Refused,
        };
        for number in 0..count {
            let id = run.submit(0, at, &order).unwrap();
            at += 2_000;
            if number % 10 == 0 {
                let trade = Event::plain(Kind::Trade, 0, at, at, 0);
                run.push(&trade.traded(Side::Sell, 5_000, 10_000_000))
                    .unwrap();
            } else {
                run.cancel(0, at, id);
            }
            at += 2_000;
            run.advance(at);
        }
        black_box(run.outcomes().next());
    });
    seconds * 1e9 / count as f64
}

/// Milliseconds to open a cache of a million records, from the header to the first record.
fn cache_opening() -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let (archive, path) = (folder.path().join("archive"), folder.path().join("cache"));
    let market = ConditionId::for_name("m");
    let asset = AssetId::for_name("m", "Yes");
    let mut writer = ArchiveWriter::open(&archive, "generated").unwrap();
    for seq in 0..1_000_000_u64 {
        let at = Timestamp::from_nanos(1_767_225_600_000_000_000 + seq * 1_000_000);
        writer
            .push(TapeRow {
                received_at: at,
                event_at: at,
                market: market.clone(),
                asset: asset.clone(),
                seq: Some(seq),
                connection: Some(1),
                hash: None,
                after_gap: false,
                event: RowEvent::Change {
                    side: BookSide::Bid,
                    level: Level {
                        price: Price::from_micros(500_000).unwrap(),
                        shares: Shares::from_micros((seq + 1) * 10_000),
                    },
                    best_bid: None,
                    best_ask: None,
                },
            })
            .unwrap();
    }
    writer.finish().unwrap();
    build(&archive, &path).unwrap();
    let opened = || {
        let before = Instant::now();
        let cache = Cache::open(&path, None).unwrap();
        black_box(cache.records().first());
        before.elapsed().as_secs_f64() * 1e3
    };
    let mut all: Vec<f64> = (0..5).map(|_| opened()).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.trim_start_matches("VmHWM:").trim().to_owned())
}

fn main() {
    println!("{:<44} {:>8} {:>10}", "", "M ev/s", "M ev-var/s");
    {
        let spec = StreamSpec::one_market(7).with_signals();
        let records = spec.generate();
        let seconds = median_seconds(|| books_only(&spec, &records));
        line("one market, best bid and ask", &records, 1, seconds, "");
        for count in [1, 4, 16, 64, 256] {
            for (name, sizing) in [("fixed", None), ("Kelly", Some(0.25))] {
                let mut orders = 0;
                let seconds = median_seconds(|| orders = sweep(&spec, &records, count, sizing));
                let what = format!("one market, {count} variants, {name} size");
                let note = format!("{orders} orders each");
                line(&what, &records, count, seconds, &note);
            }
        }
    }
    {
        let spec = StreamSpec::thousand_markets(7);
        let records = spec.generate();
        let seconds = median_seconds(|| books_only(&spec, &records));
        line("1,000 markets, best bid and ask", &records, 1, seconds, "");
        let mut orders = 0;
        let seconds = median_seconds(|| orders = sweep(&spec, &records, 1, Some(0.25)));
        let note = format!("{orders} orders");
        line(
            "1,000 markets, 1 variant, Kelly size",
            &records,
            1,
            seconds,
            &note,
        );
    }
    for count in [10_000, 100_000, 1_000_000] {
        println!("{count:>9} orders: {:>7.1} ns each", order_cost(count));
    }
    println!(
        "opening a cache of 1,000,000 records: {:.2} ms",
        cache_opening()
    );
    if let Some(peak) = peak_memory() {
        println!("most memory held: {peak}");
    }
}
