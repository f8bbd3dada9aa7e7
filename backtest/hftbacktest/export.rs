//! Exports a generated market for hftbacktest, and what the fast replay makes of it, so that `check.py` can compare.
//!
//! The market is chosen so that both must agree: all sizes are whole multiples of our order, so no fill is partial, and
//! messages lie 1.5 seconds apart, so that no trade can be taken for the cause of an earlier change of its level.
#![expect(
    clippy::print_stderr,
    reason = "an example tells the person who started it what is wrong"
)]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use quorate_backtest::archive::export::write_npz;
use quorate_backtest::archive::{ArchiveWriter, AssetId, ConditionId, RowEvent, TapeRow};
use quorate_backtest::fast::stream::StreamSpec;
use quorate_domain::{BookSide, Level, Outcome, Price, Shares, Side, Timestamp};
use quorate_venue::fast::{
    Answer, DecisionClock, Delay, Event, FanOut, FastFill, Kind, Regime, TouchParams, TouchQuoter,
    VariantConfig, World, complement,
};

const SECOND: u64 = 1_000_000_000;
/// 2026-01-01T00:00:00Z.
const START: u64 = 1_767_225_600 * SECOND;
/// Micro-shares of every order; every size is a multiple of it.
const ORDER: u64 = 10_000_000;
const FEED_DELAY: u64 = 10_000_000;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("name the folder to write to: cargo run --example hftbacktest_export -- FOLDER");
        return ExitCode::from(2);
    };
    match export(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot export to {}: {error}", Path::new(&folder).display());
            ExitCode::FAILURE
        }
    }
}

fn export(folder: &Path) -> Result<(), Box<dyn Error>> {
    let spec = StreamSpec {
        seed: 11,
        markets: 1,
        depth: 30,
        deltas: 40_000,
        trades: 8_000,
        seconds: 40_000,
        signal_seconds: 0,
    };
    let records = spaced(&spec.generate());
    let archive = folder.join("archive");
    write_archive(&records, &archive)?;
    write_npz(&archive, &folder.join("npz"))?;
    std::fs::write(folder.join("fills.csv"), fills(&spec, &records)?)?;
    Ok(())
}

/// The stream without its resolution, at even distances, in whole multiples of an order.
fn spaced(records: &[Event]) -> Vec<Event> {
    let mut step = 0;
    let mut previous: Option<&Event> = None;
    let mut out = Vec::with_capacity(records.len());
    for record in records {
        if record.kind() == Some(Kind::Resolved) {
            continue;
        }
        // A snapshot is one message, and a trade comes with the change of its level.
        let goes_on = previous
            .is_some_and(|previous| !previous.is_last() || previous.kind() == Some(Kind::Trade));
        step += u64::from(previous.is_some() && !goes_on);
        previous = Some(record);
        let at = START
            + if step == 0 {
                0
            } else {
                step * 3 * SECOND / 2 + 400_000_000
            };
        out.push(Event {
            ts_event: at,
            ts_recv: at + FEED_DELAY,
            size: record.size.div_ceil(ORDER) * ORDER,
            ..*record
        });
    }
    out
}

fn level(record: &Event) -> Result<Level, Box<dyn Error>> {
    Ok(Level {
        price: Price::from_micros(i64::from(record.price) * 100)?,
        shares: Shares::from_micros(record.size),
    })
}

fn write_archive(records: &[Event], archive: &Path) -> Result<(), Box<dyn Error>> {
    let market = ConditionId::for_name("generated");
    let asset = AssetId::for_name("generated", "Yes");
    let mut writer = ArchiveWriter::open(archive, "generated")?;
    let (mut bids, mut asks) = (Vec::new(), Vec::new());
    for (seq, record) in (1..).zip(records) {
        let side = if record.side == 0 {
            BookSide::Bid
        } else {
            BookSide::Ask
        };
        let event = match record.kind() {
            Some(Kind::SnapshotLevel) => {
                match side {
                    BookSide::Bid => bids.push(level(record)?),
                    BookSide::Ask => asks.push(level(record)?),
                }
                if !record.is_last() {
                    continue;
                }
                RowEvent::Book {
                    bids: std::mem::take(&mut bids),
                    asks: std::mem::take(&mut asks),
                }
            }
            Some(Kind::Delta) => RowEvent::Change {
                side,
                level: level(record)?,
                best_bid: None,
                best_ask: None,
            },
            Some(Kind::Trade) => RowEvent::Trade {
                taker: if record.side == 0 {
                    Side::Buy
                } else {
                    Side::Sell
                },
                price: level(record)?.price,
                shares: level(record)?.shares,
                fee_rate_bps: None,
                transaction: None,
            },
            _ => continue,
        };
        writer.push(TapeRow {
            received_at: Timestamp::from_nanos(record.ts_recv),
            event_at: Timestamp::from_nanos(record.ts_event),
            market: market.clone(),
            asset: asset.clone(),
            seq: Some(seq),
            connection: Some(1),
            hash: None,
            after_gap: false,
            event,
        })?;
    }
    writer.finish()?;
    Ok(())
}

/// Every fill of a quoter that follows the touch: time at the venue, whether it adds YES, price in tenths of a cent.
fn fills(spec: &StreamSpec, records: &[Event]) -> Result<String, Box<dyn Error>> {
    let world = World {
        markets: spec.terms(Regime::FREE),
        groups: Vec::new(),
        clock: DecisionClock::SECOND,
    };
    let config = VariantConfig {
        cash: 100_000_000_000_000,
        submit: Delay::Constant(50_000_000),
        cancel: Delay::Constant(50_000_000),
        ..VariantConfig::default()
    };
    let params = TouchParams {
        quote: ORDER,
        position_max: i64::MAX,
        ..TouchParams::default()
    };
    let quoter = TouchQuoter::new(params, 1);
    let heard: Vec<(u32, u64, Answer)> = Vec::new();
    let mut run = FanOut::new(world, vec![(config, quoter)], heard)?;
    run.push_all(records).map_err(|(_, bad)| bad)?;
    let mut text = "exch_ns,buys,mills,shares\n".to_owned();
    for (_, at, answer) in run.witness() {
        if let Answer::Filled(FastFill {
            outcome,
            side,
            price,
            shares,
            ..
        }) = answer
        {
            let buys = (*side == Side::Buy) == (*outcome == Outcome::Yes);
            let price = if *outcome == Outcome::Yes {
                *price
            } else {
                complement(*price)
            };
            let (buys, mills, whole) = (u8::from(buys), price / 10, shares / 1_000_000);
            writeln!(text, "{at},{buys},{mills},{whole}")?;
        }
    }
    Ok(text)
}
