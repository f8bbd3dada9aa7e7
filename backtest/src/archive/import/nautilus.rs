//! A catalog of order book deltas, trade ticks and binary options. Fixed-point raws of 8 bytes have nine decimals, those
//! of 16 bytes sixteen; a file's width tells which build wrote it.

use std::path::Path;

use quorate_domain::{BookSide, Level, Price, Shares, Side, TickSize, Timestamp};

use super::intake::level;
use super::sheet::{Sheet, Sheets, text_at};
use super::{Intake, located};
use crate::archive::row::{AssetId, ConditionId, RowEvent, TapeRow};
use crate::archive::tables::MarketRow;
use crate::input::Diagnostic;

/// Action: the book is empty from here on.
const CLEAR: i64 = 4;
/// Action: the level is gone.
const DELETE: i64 = 3;
/// Flag: part of a whole book.
const SNAPSHOT: i64 = 32;
/// Flag: last of its message.
const LAST: i64 = 128;

/// Reads one file of the catalog; the columns tell which type it is.
pub(super) fn read(path: &Path, intake: &mut Intake<'_>) -> Result<(), Diagnostic> {
    let mut sheets = Sheets::open(path)?;
    let named = sheets
        .note("instrument_id")
        .map(str::to_owned)
        .or_else(|| folder_name(path));
    let mut open = Snapshot::default();
    while let Some(sheet) = sheets.next()? {
        if sheet.has("outcome") && sheet.has("price_increment") {
            options(&sheet, intake)?;
            continue;
        }
        let Some((market, asset)) = named.as_deref().map(tokens_of) else {
            let message = "the file does not name its instrument";
            return Err(located::in_file(path, "no-instrument", message)
                .with_hint("keep the catalog's folders: data/TYPE/INSTRUMENT/FILE.parquet"));
        };
        if sheet.has("aggressor_side") {
            trades(&sheet, (&market, &asset), intake)?;
        } else {
            deltas(&sheet, (&market, &asset), &mut open, intake)?;
        }
    }
    open.flush(intake, path)
}

fn folder_name(path: &Path) -> Option<String> {
    Some(path.parent()?.file_name()?.to_string_lossy().into_owned())
}

/// `0xCONDITION-TOKEN.POLYMARKET`; other names get ids made from them.
fn tokens_of(instrument: &str) -> (ConditionId, AssetId) {
    let symbol = instrument.split('.').next().unwrap_or(instrument);
    let split = symbol.split_once('-');
    let given = split
        .and_then(|(market, token)| Some((ConditionId::parse(market)?, AssetId::parse(token)?)));
    given.unwrap_or_else(|| {
        (
            ConditionId::for_name(symbol),
            AssetId::for_name(symbol, "yes"),
        )
    })
}

/// A whole book under construction.
#[derive(Default)]
struct Snapshot {
    row: Option<TapeRow>,
    bids: Vec<Level>,
    asks: Vec<Level>,
}

impl Snapshot {
    fn flush(&mut self, intake: &mut Intake<'_>, path: &Path) -> Result<(), Diagnostic> {
        let Some(mut row) = self.row.take() else {
            return Ok(());
        };
        let (bids, asks) = (
            std::mem::take(&mut self.bids),
            std::mem::take(&mut self.asks),
        );
        row.event = RowEvent::Book { bids, asks };
        intake.take(row, || path.display().to_string())
    }
}

/// A raw of either width as micro-units; `None` if it is negative or has more than six decimals.
fn micros(raw: i128, width: i32) -> Option<u64> {
    let unit: i128 = if width == 8 { 1_000 } else { 10_000_000_000 };
    if raw < 0 || raw % unit != 0 {
        return None;
    }
    u64::try_from(i64::try_from(raw / unit).ok()?).ok()
}

fn price_of(raw: i128, width: i32) -> Option<Price> {
    Price::from_micros(i64::try_from(micros(raw, width)?).ok()?).ok()
}

fn moment(nanos: i64) -> Timestamp {
    Timestamp::from_nanos(u64::try_from(nanos).unwrap_or(0))
}

fn deltas(
    sheet: &Sheet<'_>,
    (market, asset): (&ConditionId, &AssetId),
    open: &mut Snapshot,
    intake: &mut Intake<'_>,
) -> Result<(), Diagnostic> {
    let [actions, sides, flags, events, inits] =
        columns(sheet, ["action", "side", "flags", "ts_event", "ts_init"])?;
    let ((prices, price_width), (sizes, size_width)) = (sheet.raws("price")?, sheet.raws("size")?);
    for index in 0..sheet.len() {
        let place = || sheet.place(index, "price");
        let (action, flag) = (actions.value(index), flags.value(index));
        let row = |seq: u64, event| TapeRow {
            received_at: moment(inits.value(index)),
            event_at: moment(events.value(index)),
            market: market.clone(),
            asset: asset.clone(),
            seq: Some(seq),
            connection: None,
            hash: None,
            after_gap: false,
            event,
        };
        if action == CLEAR {
            intake.seq += 1;
            open.row = Some(row(intake.seq, RowEvent::Gap));
            (open.bids, open.asks) = (Vec::new(), Vec::new());
        } else {
            let side = match sides.value(index) {
                1 => BookSide::Bid,
                2 => BookSide::Ask,
                _ => {
                    intake.exclude("bad-side", Some(asset), || sheet.place(index, "side"));
                    continue;
                }
            };
            let size = if action == DELETE {
                Some(0)
            } else {
                micros(sizes[index], size_width)
            };
            let (Some(price), Some(size)) = (price_of(prices[index], price_width), size) else {
                intake.exclude("price-or-size-out-of-range", Some(asset), place);
                continue;
            };
            let level = Level {
                price,
                shares: Shares::from_micros(size),
            };
            let in_book = open.row.is_some() && flag & SNAPSHOT != 0;
            if in_book {
                let half = if side == BookSide::Bid {
                    &mut open.bids
                } else {
                    &mut open.asks
                };
                half.push(level);
            } else {
                open.flush(intake, Path::new(&place()))?;
                let event = RowEvent::Change {
                    side,
                    level,
                    best_bid: None,
                    best_ask: None,
                };
                intake.take(row(intake.seq, event), place)?;
            }
        }
        if flag & LAST != 0 {
            open.flush(intake, Path::new(&place()))?;
            intake.seq += 1;
        }
    }
    Ok(())
}

fn columns<const N: usize>(
    sheet: &Sheet<'_>,
    names: [&str; N],
) -> Result<[arrow::array::Int64Array; N], Diagnostic> {
    let read = names
        .iter()
        .map(|name| sheet.integers(name))
        .collect::<Result<Vec<_>, _>>()?;
    <[arrow::array::Int64Array; N]>::try_from(read).map_err(|_| {
        Diagnostic::new(
            crate::input::ExitClass::Internal,
            "columns",
            "columns were lost",
        )
    })
}

fn trades(
    sheet: &Sheet<'_>,
    (market, asset): (&ConditionId, &AssetId),
    intake: &mut Intake<'_>,
) -> Result<(), Diagnostic> {
    let [sides, events, inits] = columns(sheet, ["aggressor_side", "ts_event", "ts_init"])?;
    let ((prices, price_width), (sizes, size_width)) = (sheet.raws("price")?, sheet.raws("size")?);
    for index in 0..sheet.len() {
        let place = || sheet.place(index, "price");
        let taker = match sides.value(index) {
            1 => Side::Buy,
            2 => Side::Sell,
            _ => {
                intake.exclude("bad-side", None, || sheet.place(index, "aggressor_side"));
                continue;
            }
        };
        let (price, size) = (
            price_of(prices[index], price_width),
            micros(sizes[index], size_width),
        );
        let (Some(price), Some(size)) = (price, size) else {
            intake.exclude("price-or-size-out-of-range", None, place);
            continue;
        };
        intake.seq += 1;
        let row = TapeRow {
            received_at: moment(inits.value(index)),
            event_at: moment(events.value(index)),
            market: market.clone(),
            asset: asset.clone(),
            seq: Some(intake.seq),
            connection: None,
            hash: None,
            after_gap: false,
            event: RowEvent::Trade {
                taker,
                price,
                shares: Shares::from_micros(size),
                fee_rate_bps: None,
                transaction: None,
            },
        };
        intake.take(row, place)?;
    }
    Ok(())
}

/// Markets: an option of each outcome; the one named Yes or Up, or else the first, is the YES token.
fn options(sheet: &Sheet<'_>, intake: &mut Intake<'_>) -> Result<(), Diagnostic> {
    let (ids, outcomes) = (sheet.text("id")?, sheet.text("outcome")?);
    let (ticks, fees) = (sheet.text("price_increment")?, sheet.text("taker_fee")?);
    let [opens, ends] = columns(sheet, ["activation_ns", "expiration_ns"])?;
    for index in 0..sheet.len() {
        let Some(id) = text_at(&ids, index) else {
            continue;
        };
        let (condition, asset) = tokens_of(id);
        let is_no = text_at(&outcomes, index)
            .is_some_and(|word| ["no", "down"].contains(&word.to_ascii_lowercase().as_str()));
        let known = intake
            .markets
            .iter_mut()
            .find(|row| row.condition == condition);
        match known {
            Some(row) if is_no => row.no = asset,
            Some(row) => row.yes = asset,
            None => {
                let other = AssetId::for_name(condition.as_str(), "other");
                let (yes, no) = if is_no {
                    (other, asset)
                } else {
                    (asset, other)
                };
                let mut row =
                    MarketRow::new(condition.clone(), yes, no, condition.as_str().to_owned());
                let tick = text_at(&ticks, index).and_then(|text| TickSize::parse(text).ok());
                row.tick = tick.unwrap_or(row.tick);
                let fee = text_at(&fees, index).and_then(|text| level("0.5", text).ok());
                row.fee_rate_ppm =
                    fee.map_or(0, |fee| u32::try_from(fee.shares.micros()).unwrap_or(0));
                row.opens_at = Some(moment(opens.value(index))).filter(|at| at.nanos() > 0);
                row.ends_at = Some(moment(ends.value(index))).filter(|at| at.nanos() > 0);
                intake.markets.push(row);
            }
        }
    }
    Ok(())
}
