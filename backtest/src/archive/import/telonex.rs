//! Daily files of whole books, turned into changes from one book to the next, and of trades.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use quorate_domain::{BookSide, Level, Price, Shares, Side};

use super::intake::{level, time_of};
use super::sheet::{Sheet, Sheets, text_at};
use super::{Intake, located};
use crate::archive::row::{AssetId, ConditionId, RowEvent, TapeRow};
use crate::input::Diagnostic;

/// One half of a book.
type Half = BTreeMap<Price, Shares>;

/// The last book of every token: bids, asks.
#[derive(Default)]
pub(super) struct Books(BTreeMap<AssetId, (Half, Half)>);

/// Columns that every file has.
struct Common {
    event: arrow::array::Int64Array,
    received: Option<arrow::array::Int64Array>,
    markets: StringArray,
    assets: StringArray,
}

/// Reads one file.
pub(super) fn read(path: &Path, intake: &mut Intake<'_>) -> Result<(), Diagnostic> {
    let mut sheets = Sheets::open(path)?;
    while let Some(sheet) = sheets.next()? {
        let is_book = sheet.has("bids") || sheet.has("asks");
        let time = if sheet.has("block_timestamp_us") {
            "block_timestamp_us"
        } else {
            "timestamp_us"
        };
        let common = Common {
            event: sheet.integers(time)?,
            received: match sheet.has("local_timestamp_us") {
                true => Some(sheet.integers("local_timestamp_us")?),
                false => None,
            },
            markets: sheet.text("market_id")?,
            assets: sheet.text("asset_id")?,
        };
        if is_book {
            books(path, &sheet, &common, intake)?;
        } else {
            trades(&sheet, &common, intake)?;
        }
    }
    Ok(())
}

fn blank(
    sheet: &Sheet<'_>,
    common: &Common,
    index: usize,
    intake: &mut Intake<'_>,
) -> Option<TapeRow> {
    let asset = text_at(&common.assets, index).and_then(AssetId::parse);
    let market = text_at(&common.markets, index).and_then(ConditionId::parse);
    let (Some(market), Some(asset)) = (market, asset.clone()) else {
        intake.exclude("bad-market-or-token-id", asset.as_ref(), || {
            sheet.place(index, "market_id")
        });
        return None;
    };
    let moment = |column: &arrow::array::Int64Array| {
        let count = column.is_valid(index).then(|| column.value(index))?;
        u64::try_from(count)
            .ok()
            .filter(|count| *count > 0)
            .map(time_of)
    };
    let Some(event_at) = moment(&common.event) else {
        intake.exclude("absurd-time", Some(&asset), || {
            sheet.place(index, "timestamp_us")
        });
        return None;
    };
    intake.seq += 1;
    Some(TapeRow {
        received_at: common
            .received
            .as_ref()
            .and_then(moment)
            .unwrap_or(event_at),
        event_at,
        market,
        asset,
        seq: Some(intake.seq),
        connection: None,
        hash: None,
        after_gap: false,
        event: RowEvent::Gap,
    })
}

fn books(
    path: &Path,
    sheet: &Sheet<'_>,
    common: &Common,
    intake: &mut Intake<'_>,
) -> Result<(), Diagnostic> {
    let halves = [
        half_column(path, sheet, "bids")?,
        half_column(path, sheet, "asks")?,
    ];
    for index in 0..sheet.len() {
        let Some(row) = blank(sheet, common, index, intake) else {
            continue;
        };
        let half = |(list, prices, sizes): &HalfColumn| -> Result<Half, &'static str> {
            let mut half = Half::new();
            let offsets = list.value_offsets();
            for place in offsets[index]..offsets[index + 1] {
                let place = usize::try_from(place).unwrap_or(0);
                let (price, size) = (text_at(prices, place), text_at(sizes, place));
                let level = level(price.ok_or("bad-levels")?, size.ok_or("bad-levels")?)?;
                if !level.shares.is_zero() {
                    half.insert(level.price, level.shares);
                }
            }
            Ok(half)
        };
        let (bids, asks) = match (half(&halves[0]), half(&halves[1])) {
            (Ok(bids), Ok(asks)) => (bids, asks),
            (Err(reason), _) | (_, Err(reason)) => {
                intake.exclude(reason, Some(&row.asset), || sheet.place(index, "bids"));
                continue;
            }
        };
        let events = match intake
            .books
            .0
            .insert(row.asset.clone(), (bids.clone(), asks.clone()))
        {
            None => vec![RowEvent::Book {
                bids: levels(&bids, true),
                asks: levels(&asks, false),
            }],
            Some((old_bids, old_asks)) => {
                let mut events = changes(BookSide::Bid, &old_bids, &bids);
                events.extend(changes(BookSide::Ask, &old_asks, &asks));
                events
            }
        };
        for event in events {
            intake.take(
                TapeRow {
                    event,
                    ..row.clone()
                },
                || sheet.place(index, "bids"),
            )?;
        }
    }
    Ok(())
}

type HalfColumn = (arrow::array::ListArray, StringArray, StringArray);

fn half_column(path: &Path, sheet: &Sheet<'_>, name: &str) -> Result<HalfColumn, Diagnostic> {
    let expected = "list<struct<price: string, size: string>>";
    let column = sheet.raw(name, expected)?;
    let wrong = || located::wrong_column(path, name, &column.data_type().to_string(), expected);
    let list = column.as_list_opt::<i32>().ok_or_else(wrong)?;
    let entries = list.values().as_struct_opt().ok_or_else(wrong)?;
    let text = |field: &str| -> Result<StringArray, Diagnostic> {
        let column = entries.column_by_name(field).ok_or_else(wrong)?;
        let text = cast(column, &DataType::Utf8).map_err(|_| wrong())?;
        Ok(text.as_string::<i32>().clone())
    };
    Ok((list.clone(), text("price")?, text("size")?))
}

fn levels(half: &Half, from_the_top: bool) -> Vec<Level> {
    let level = |(price, shares): (&Price, &Shares)| Level {
        price: *price,
        shares: *shares,
    };
    if from_the_top {
        half.iter().rev().map(level).collect()
    } else {
        half.iter().map(level).collect()
    }
}

/// What changed from one half to the next: absolute sizes, zero for a level that is gone.
fn changes(side: BookSide, old: &Half, new: &Half) -> Vec<RowEvent> {
    let gone = old
        .keys()
        .filter(|price| !new.contains_key(price))
        .map(|price| (*price, Shares::ZERO));
    let other = new
        .iter()
        .filter(|(price, shares)| old.get(price) != Some(shares))
        .map(|(price, shares)| (*price, *shares));
    gone.chain(other)
        .map(|(price, shares)| RowEvent::Change {
            side,
            level: Level { price, shares },
            best_bid: None,
            best_ask: None,
        })
        .collect()
}

fn trades(sheet: &Sheet<'_>, common: &Common, intake: &mut Intake<'_>) -> Result<(), Diagnostic> {
    let size = if sheet.has("amount") {
        "amount"
    } else {
        "size"
    };
    let (prices, sizes, sides) = (sheet.text("price")?, sheet.text(size)?, sheet.text("side")?);
    for index in 0..sheet.len() {
        let Some(mut row) = blank(sheet, common, index, intake) else {
            continue;
        };
        let taker = match text_at(&sides, index) {
            Some("buy" | "BUY") => Some(Side::Buy),
            Some("sell" | "SELL") => Some(Side::Sell),
            _ => None,
        };
        let level = level(
            text_at(&prices, index).unwrap_or_default(),
            text_at(&sizes, index).unwrap_or_default(),
        );
        match (level, taker) {
            (Ok(level), Some(taker)) => {
                row.event = RowEvent::Trade {
                    taker,
                    price: level.price,
                    shares: level.shares,
                    fee_rate_bps: None,
                    transaction: None,
                };
                intake.take(row, || sheet.place(index, "price"))?;
            }
            (Err(reason), _) => intake.exclude(reason, None, || sheet.place(index, "price")),
            (_, None) => intake.exclude("bad-side", None, || sheet.place(index, "side")),
        }
    }
    Ok(())
}
