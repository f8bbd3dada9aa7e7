//! Arrays of 64-byte events: the member `data` of an `.npz` file, little-endian. The file's name names the market:
//! `0xCONDITION-TOKEN.npz`, or any other name, of which ids are made.
//!
//! Prices and sizes are binary floating point there. They are taken as the nearest millionth, and only if they
//! lie within a ten-thousandth of a millionth of it, or as close as binary floating point can.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use quorate_domain::{BookSide, Level, Price, Shares, Side, Timestamp};
use zip::ZipArchive;

use super::{Intake, located};
use crate::archive::row::{AssetId, ConditionId, RowEvent, TapeRow};
use crate::input::Diagnostic;

/// Bytes of a row.
pub(in crate::archive) const ROW_BYTES: usize = 64;
/// The row's buy flag.
pub(in crate::archive) const BUY: u64 = 0x2000_0000;
/// The row's sell flag.
pub(in crate::archive) const SELL: u64 = 0x1000_0000;
/// Seen at the exchange and here.
pub(in crate::archive) const BOTH: u64 = 0xC000_0000;
/// Kinds of rows.
pub(in crate::archive) const DEPTH: u64 = 1;
pub(in crate::archive) const TRADE: u64 = 2;
pub(in crate::archive) const DEPTH_CLEAR: u64 = 3;
pub(in crate::archive) const DEPTH_SNAPSHOT: u64 = 4;
/// The header of the member that is expected.
pub(in crate::archive) const FIELDS: [(&str, &str); 8] = [
    ("ev", "<u8"),
    ("exch_ts", "<i8"),
    ("local_ts", "<i8"),
    ("px", "<f8"),
    ("qty", "<f8"),
    ("order_id", "<u8"),
    ("ival", "<i8"),
    ("fval", "<f8"),
];

/// One event as it stands in the file.
struct Event {
    ev: u64,
    exch_ts: i64,
    local_ts: i64,
    px: f64,
    qty: f64,
}

/// Reads one file.
pub(super) fn read(path: &Path, intake: &mut Intake<'_>) -> Result<(), Diagnostic> {
    let damaged = |message: String| located::in_file(path, "damaged-file", message);
    let file = File::open(path).map_err(|error| located::unreadable(path, &error))?;
    let mut zip = ZipArchive::new(BufReader::new(file))
        .map_err(|error| damaged(format!("no whole .npz file: {error}")))?;
    let member = zip.by_name("data.npy").map_err(|_| {
        located::in_file(path, "wrong-schema", "the file has no array named data")
            .with_hint("save it as np.savez(FILE, data=EVENTS)")
    })?;
    let mut bytes = BufReader::new(member);
    check_header(path, &mut bytes)?;
    let mut open = Open::new(path);
    let mut row = [0; ROW_BYTES];
    for index in 0_u64.. {
        match fill(&mut bytes, &mut row)
            .map_err(|error| damaged(format!("row {index}: {error}")))?
        {
            0 => break,
            ROW_BYTES => open.take(&event(&row), index, intake)?,
            part => {
                return Err(damaged(format!(
                    "row {index} has {part} of {ROW_BYTES} bytes"
                )));
            }
        }
    }
    open.flush(intake)
}

fn fill(from: &mut impl Read, row: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < row.len() {
        match from.read(&mut row[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// The text of the array's header must list the eight fields in order.
fn check_header(path: &Path, bytes: &mut impl Read) -> Result<(), Diagnostic> {
    let damaged = |error: std::io::Error| {
        located::in_file(path, "damaged-file", format!("no whole array: {error}"))
    };
    let mut start = [0; 8];
    bytes.read_exact(&mut start).map_err(damaged)?;
    let wrong = |found: &str| {
        located::wrong_column(path, "data", found, "a structured array of 64-byte events")
    };
    if &start[..6] != b"\x93NUMPY" {
        return Err(wrong("no NumPy array"));
    }
    let len = if start[6] == 1 {
        let mut len = [0; 2];
        bytes.read_exact(&mut len).map_err(damaged)?;
        usize::from(u16::from_le_bytes(len))
    } else {
        let mut len = [0; 4];
        bytes.read_exact(&mut len).map_err(damaged)?;
        usize::try_from(u32::from_le_bytes(len)).unwrap_or(usize::MAX)
    };
    if len > 1 << 16 {
        return Err(wrong("a header of more than 64 KiB"));
    }
    let mut header = vec![0; len];
    bytes.read_exact(&mut header).map_err(damaged)?;
    let header = String::from_utf8_lossy(&header)
        .replace([' ', '"'], "")
        .replace('\'', "");
    let fields: Vec<String> = FIELDS
        .iter()
        .map(|(name, kind)| format!("({name},{kind})"))
        .collect();
    if !header.contains(&format!("[{}]", fields.join(","))) {
        return Err(wrong(header.trim()));
    }
    Ok(())
}

fn event(row: &[u8; ROW_BYTES]) -> Event {
    let word = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&row[at..at + 8]);
        bytes
    };
    Event {
        ev: u64::from_le_bytes(word(0)),
        exch_ts: i64::from_le_bytes(word(8)),
        local_ts: i64::from_le_bytes(word(16)),
        px: f64::from_le_bytes(word(24)),
        qty: f64::from_le_bytes(word(32)),
    }
}

/// The nearest number of millionths, if the value is one as closely as it can be.
fn micros(value: f64) -> Option<u64> {
    let scaled = value * 1e6;
    let near = scaled.round();
    let allowed = 1e-4_f64.max(scaled.abs() * 1e-12);
    if !(0.0..9e15).contains(&near) || (scaled - near).abs() > allowed {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, and within 0..9e15"
    )]
    let near = near as u64;
    Some(near)
}

/// The market of a file and a whole book under construction.
struct Open<'p> {
    path: &'p Path,
    market: ConditionId,
    asset: AssetId,
    book: Option<(Timestamp, Timestamp)>,
    bids: Vec<Level>,
    asks: Vec<Level>,
    last: Option<(i64, i64)>,
}

impl<'p> Open<'p> {
    fn new(path: &'p Path) -> Self {
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let given = stem.split_once('-');
        let given = given.and_then(|(market, token)| {
            Some((ConditionId::parse(market)?, AssetId::parse(token)?))
        });
        let (market, asset) = given.unwrap_or_else(|| {
            (
                ConditionId::for_name(&stem),
                AssetId::for_name(&stem, "yes"),
            )
        });
        Self {
            path,
            market,
            asset,
            book: None,
            bids: Vec::new(),
            asks: Vec::new(),
            last: None,
        }
    }

    fn row(
        &self,
        seq: u64,
        (received_at, event_at): (Timestamp, Timestamp),
        event: RowEvent,
    ) -> TapeRow {
        TapeRow {
            received_at,
            event_at,
            market: self.market.clone(),
            asset: self.asset.clone(),
            seq: Some(seq),
            connection: None,
            hash: None,
            after_gap: false,
            event,
        }
    }

    fn flush(&mut self, intake: &mut Intake<'_>) -> Result<(), Diagnostic> {
        let Some(times) = self.book.take() else {
            return Ok(());
        };
        let (bids, asks) = (
            std::mem::take(&mut self.bids),
            std::mem::take(&mut self.asks),
        );
        intake.seq += 1;
        let row = self.row(intake.seq, times, RowEvent::Book { bids, asks });
        let path = self.path;
        intake.take(row, || path.display().to_string())
    }

    /// There is no mark of a message's end: rows of one moment count as one message.
    fn take(
        &mut self,
        event: &Event,
        index: u64,
        intake: &mut Intake<'_>,
    ) -> Result<(), Diagnostic> {
        let path = self.path;
        let place = || format!("{}: row {index}", path.display());
        let at = |nanos: i64| Timestamp::from_nanos(u64::try_from(nanos).unwrap_or(0));
        let times = (at(event.local_ts), at(event.exch_ts));
        let kind = event.ev & 0xff;
        if kind == DEPTH_CLEAR {
            self.book.get_or_insert(times);
            return Ok(());
        }
        if ![DEPTH, TRADE, DEPTH_SNAPSHOT].contains(&kind) {
            intake.exclude("unused-event", None, place);
            return Ok(());
        }
        let (buys, sells) = (event.ev & BUY != 0, event.ev & SELL != 0);
        let asset = self.asset.clone();
        let lost = (kind != TRADE).then_some(&asset);
        if buys == sells {
            intake.exclude("bad-side", lost, place);
            return Ok(());
        }
        let price = micros(event.px)
            .and_then(|micros| Price::from_micros(i64::try_from(micros).ok()?).ok());
        let (Some(price), Some(shares)) = (price, micros(event.qty).map(Shares::from_micros))
        else {
            intake.exclude("price-or-size-out-of-range", lost, place);
            return Ok(());
        };
        let level = Level { price, shares };
        if kind == DEPTH_SNAPSHOT {
            self.book.get_or_insert(times);
            let half = if buys { &mut self.bids } else { &mut self.asks };
            half.push(level);
            return Ok(());
        }
        self.flush(intake)?;
        let moment = (event.local_ts, event.exch_ts);
        if self.last != Some(moment) || kind == TRADE {
            intake.seq += 1;
            self.last = Some(moment);
        }
        let said = if kind == TRADE {
            let taker = if buys { Side::Buy } else { Side::Sell };
            RowEvent::Trade {
                taker,
                price,
                shares,
                fee_rate_bps: None,
                transaction: None,
            }
        } else {
            let side = if buys { BookSide::Bid } else { BookSide::Ask };
            RowEvent::Change {
                side,
                level,
                best_bid: None,
                best_ask: None,
            }
        };
        let row = self.row(intake.seq, times, said);
        intake.take(row, place)
    }
}
