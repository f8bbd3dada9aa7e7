//! Messages of the venue's market channel, read tolerantly: numbers may be texts, texts may be empty, sides may be in
//! lower case, unknown messages are passed over.

use std::sync::Arc;

use quorate_domain::{BookSide, Payout, Shares, Side, TickSize, Timestamp};
use serde_json::{Map, Value};

use super::Intake;
use super::intake::{level, time_of, touch};
use crate::archive::row::{AssetId, ConditionId, RowEvent, TapeRow};
use crate::archive::tables::{MarketRow, ResolutionRow};
use crate::input::Diagnostic;

/// Where and when a message was received.
pub(super) struct Receipt<'p> {
    /// When, if the recorder says so.
    pub(super) at: Option<Timestamp>,
    /// The line, for diagnostics.
    pub(super) place: &'p dyn Fn() -> String,
}

/// The fields of a message.
struct Fields<'m>(&'m Map<String, Value>);

impl<'m> Fields<'m> {
    /// A text or a number as text; `None` if absent or empty.
    fn text(&self, name: &str) -> Option<std::borrow::Cow<'m, str>> {
        match self.0.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.as_str().into()),
            Value::Number(number) => Some(number.to_string().into()),
            _ => None,
        }
    }

    fn list(&self, name: &str) -> &'m [Value] {
        self.0
            .get(name)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    fn asset(&self) -> Option<AssetId> {
        AssetId::parse(&self.text("asset_id").or_else(|| self.text("token_id"))?)
    }

    fn market(&self) -> Option<ConditionId> {
        ConditionId::parse(&self.text("market")?)
    }

    /// `Bid` for BUY.
    fn side(&self) -> Option<BookSide> {
        match self.text("side")?.as_ref() {
            "BUY" | "buy" => Some(BookSide::Bid),
            "SELL" | "sell" => Some(BookSide::Ask),
            _ => None,
        }
    }
}

/// Takes one message into an import.
pub(super) fn take(
    message: &Value,
    receipt: &Receipt<'_>,
    intake: &mut Intake<'_>,
) -> Result<(), Diagnostic> {
    let Value::Object(fields) = message else {
        intake.exclude("not-a-message", None, receipt.place);
        return Ok(());
    };
    let fields = Fields(fields);
    intake.seq += 1;
    let kind = fields.text("event_type").unwrap_or_default();
    let time = fields
        .text("timestamp")
        .and_then(|text| text.parse().ok())
        .map(time_of);
    let Some(event_at) = time.or(receipt.at) else {
        intake.exclude("no-time", fields.asset().as_ref(), receipt.place);
        return Ok(());
    };
    match kind.as_ref() {
        "book" | "last_trade_price" | "tick_size_change" => {
            let event = match kind.as_ref() {
                "book" => book(&fields),
                "last_trade_price" => trade(&fields),
                _ => tick_size(&fields),
            };
            put(&fields, &fields, event, event_at, receipt, intake)
        }
        "price_change" => fields
            .list("price_changes")
            .iter()
            .try_for_each(|entry| match entry {
                Value::Object(entry) => {
                    let entry = Fields(entry);
                    let event = change(&entry);
                    put(&fields, &entry, event, event_at, receipt, intake)
                }
                _ => {
                    intake.exclude("not-a-change", None, receipt.place);
                    Ok(())
                }
            }),
        "market_resolved" => {
            resolved(&fields, event_at, receipt, intake);
            Ok(())
        }
        "new_market" => {
            intake.markets.extend(listed(&fields));
            Ok(())
        }
        _ => {
            intake.exclude("unused-message", None, receipt.place);
            Ok(())
        }
    }
}

fn put(
    message: &Fields<'_>,
    entry: &Fields<'_>,
    event: Result<RowEvent, &'static str>,
    event_at: Timestamp,
    receipt: &Receipt<'_>,
    intake: &mut Intake<'_>,
) -> Result<(), Diagnostic> {
    let asset = entry.asset();
    let (Some(market), Some(asset)) = (message.market().or_else(|| entry.market()), asset.clone())
    else {
        intake.exclude("no-market-or-token", asset.as_ref(), receipt.place);
        return Ok(());
    };
    let event = match event {
        Ok(event) => event,
        Err(reason) => {
            intake.exclude(reason, Some(&asset), receipt.place);
            return Ok(());
        }
    };
    let row = TapeRow {
        received_at: receipt.at.unwrap_or(event_at),
        event_at,
        market,
        asset,
        seq: Some(intake.seq),
        connection: None,
        hash: entry.text("hash").map(Arc::from),
        after_gap: false,
        event,
    };
    intake.take(row, receipt.place)
}

fn book(fields: &Fields<'_>) -> Result<RowEvent, &'static str> {
    let half = |name: &str| {
        let mut levels = Vec::new();
        for entry in fields.list(name) {
            let Value::Object(entry) = entry else {
                return Err("bad-levels");
            };
            let entry = Fields(entry);
            let (Some(price), Some(size)) = (entry.text("price"), entry.text("size")) else {
                return Err("bad-levels");
            };
            let level = level(&price, &size)?;
            if !level.shares.is_zero() {
                levels.push(level);
            }
        }
        Ok(levels)
    };
    Ok(RowEvent::Book {
        bids: half("bids")?,
        asks: half("asks")?,
    })
}

fn change(entry: &Fields<'_>) -> Result<RowEvent, &'static str> {
    let (price, size) = (
        entry.text("price").ok_or("price-out-of-range")?,
        entry.text("size").ok_or("bad-size")?,
    );
    Ok(RowEvent::Change {
        side: entry.side().ok_or("bad-side")?,
        level: level(&price, &size)?,
        best_bid: entry.text("best_bid").and_then(|text| touch(&text)),
        best_ask: entry.text("best_ask").and_then(|text| touch(&text)),
    })
}

fn trade(fields: &Fields<'_>) -> Result<RowEvent, &'static str> {
    let (price, size) = (
        fields.text("price").ok_or("price-out-of-range")?,
        fields.text("size").ok_or("bad-size")?,
    );
    let level = level(&price, &size)?;
    let taker = match fields.side().ok_or("bad-side")? {
        BookSide::Bid => Side::Buy,
        BookSide::Ask => Side::Sell,
    };
    Ok(RowEvent::Trade {
        taker,
        price: level.price,
        shares: Shares::from_micros(level.shares.micros()),
        fee_rate_bps: fields
            .text("fee_rate_bps")
            .and_then(|text| text.parse().ok()),
        transaction: fields.text("transaction_hash").map(Arc::from),
    })
}

fn tick_size(fields: &Fields<'_>) -> Result<RowEvent, &'static str> {
    let tick = |name: &str| {
        fields
            .text(name)
            .and_then(|text| TickSize::parse(&text).ok())
    };
    Ok(RowEvent::TickSize {
        old: tick("old_tick_size"),
        new: tick("new_tick_size").ok_or("bad-tick")?,
    })
}

/// The winner pays a dollar. Which token is YES is known from the order of the ids where the message gives it.
fn resolved(fields: &Fields<'_>, at: Timestamp, receipt: &Receipt<'_>, intake: &mut Intake<'_>) {
    let winner = fields
        .text("winning_asset_id")
        .and_then(|text| AssetId::parse(&text));
    let ids = fields.list("assets_ids").iter().filter_map(Value::as_str);
    let ids: Vec<AssetId> = ids.filter_map(AssetId::parse).collect();
    let place = winner.and_then(|winner| ids.iter().position(|id| *id == winner));
    let (Some(condition), Some(place), 2) = (fields.market(), place, ids.len()) else {
        intake.exclude("bad-resolution", None, receipt.place);
        return;
    };
    intake.resolutions.push(ResolutionRow {
        condition,
        resolved_at: at,
        payout: if place == 0 { Payout::YES } else { Payout::NO },
        source: "market channel".into(),
    });
}

/// A market that the venue announced, as far as the message tells.
fn listed(fields: &Fields<'_>) -> Option<MarketRow> {
    let ids: Vec<AssetId> = fields
        .list("clob_token_ids")
        .iter()
        .filter_map(Value::as_str)
        .filter_map(AssetId::parse)
        .collect();
    let [yes, no] = <[AssetId; 2]>::try_from(ids).ok()?;
    let condition = ConditionId::parse(
        &fields
            .text("market")
            .or_else(|| fields.text("condition_id"))?,
    )?;
    let mut row = MarketRow::new(condition, yes, no, fields.text("slug")?.into_owned());
    row.question = fields.text("question").unwrap_or_default().into_owned();
    row.tick = fields
        .text("order_price_min_tick_size")
        .and_then(|text| TickSize::parse(&text).ok())?;
    Some(row)
}
