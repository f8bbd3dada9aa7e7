//! Hourly files of the first layout: five columns, the last of them JSON.

use std::path::Path;

use quorate_domain::BookSide;
use serde_json::Value;

use super::Intake;
use super::intake::{level, touch};
use super::sheet::{Sheets, text_at, time_at};
use crate::archive::row::{AssetId, ConditionId, RowEvent, TapeRow};
use crate::input::Diagnostic;

/// Reads one file.
pub(super) fn read(path: &Path, intake: &mut Intake<'_>) -> Result<(), Diagnostic> {
    let mut sheets = Sheets::open(path)?;
    while let Some(sheet) = sheets.next()? {
        let received = sheet.nanos("timestamp_received")?;
        let created = sheet.nanos("timestamp_created_at")?;
        let (markets, kinds, data) = (
            sheet.text("market_id")?,
            sheet.text("update_type")?,
            sheet.text("data")?,
        );
        for index in 0..sheet.len() {
            intake.seq += 1;
            let place = |column: &str| sheet.place(index, column);
            let (Some(received_at), Some(event_at)) =
                (time_at(&received, index), time_at(&created, index))
            else {
                intake.exclude("absurd-time", None, || place("timestamp_received"));
                continue;
            };
            let Some(market) = text_at(&markets, index).and_then(ConditionId::parse) else {
                intake.exclude("bad-market-id", None, || place("market_id"));
                continue;
            };
            let json =
                text_at(&data, index).and_then(|text| serde_json::from_str::<Value>(text).ok());
            let Some(json) = json else {
                intake.exclude("not-json", None, || place("data"));
                continue;
            };
            let Some(asset) = word(&json, "token_id").as_deref().and_then(AssetId::parse) else {
                intake.exclude("bad-token-id", None, || place("data"));
                continue;
            };
            let event = match text_at(&kinds, index) {
                Some("book_snapshot") => book(&json),
                Some("price_change") => change(&json),
                _ => Err("unknown-event"),
            };
            match event {
                Err(reason) => intake.exclude(reason, Some(&asset), || place("data")),
                Ok(event) => {
                    let row = TapeRow {
                        received_at,
                        event_at,
                        market,
                        asset,
                        seq: Some(intake.seq),
                        connection: None,
                        hash: None,
                        after_gap: false,
                        event,
                    };
                    intake.take(row, || place("data"))?;
                }
            }
        }
    }
    Ok(())
}

/// A text or a number as text.
fn word(json: &Value, name: &str) -> Option<String> {
    match json.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn book(json: &Value) -> Result<RowEvent, &'static str> {
    let half = |name: &str| -> Result<Vec<quorate_domain::Level>, &'static str> {
        let entries = json
            .get(name)
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let read = |entry: &Value| {
            let text = |at: usize| match entry.get(at) {
                Some(Value::String(text)) => Ok(text.clone()),
                Some(Value::Number(number)) => Ok(number.to_string()),
                _ => Err("bad-levels"),
            };
            level(&text(0)?, &text(1)?)
        };
        let levels = entries.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(levels
            .into_iter()
            .filter(|level| !level.shares.is_zero())
            .collect())
    };
    Ok(RowEvent::Book {
        bids: half("bids")?,
        asks: half("asks")?,
    })
}

fn change(json: &Value) -> Result<RowEvent, &'static str> {
    let price = word(json, "change_price").ok_or("price-out-of-range")?;
    let size = word(json, "change_size").ok_or("bad-size")?;
    let side = match word(json, "change_side").as_deref() {
        Some("BUY" | "buy") => BookSide::Bid,
        Some("SELL" | "sell") => BookSide::Ask,
        _ => return Err("bad-side"),
    };
    let stated = |name: &str| word(json, name).and_then(|text| touch(&text));
    Ok(RowEvent::Change {
        side,
        level: level(&price, &size)?,
        best_bid: stated("best_bid"),
        best_ask: stated("best_ask"),
    })
}
