//! Rows into columns, and into bytes for the sort.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Decimal128Builder, FixedSizeBinaryBuilder, Int64Builder, RecordBatch,
    StringBuilder, TimestampMillisecondBuilder, UInt16Builder, UInt64Builder,
};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use quorate_domain::{BookSide, Level, Price, Side};

use super::row::{CONDITION_LEN, RowEvent, TapeRow};
use super::schema::{PRICE_TYPE, SIZE_TYPE, milliseconds};
use crate::input::format_micros;

/// Micro-dollars in the last digit of a price column.
pub(super) const PRICE_STEP_MICROS: u32 = 100;

/// Words of the column `event_type`.
pub(super) const BOOK: &str = "book";
pub(super) const CHANGE: &str = "price_change";
pub(super) const TRADE: &str = "last_trade_price";
pub(super) const TICK: &str = "tick_size_change";
/// Ours: continuity was lost and nothing followed yet.
pub(super) const GAP: &str = "gap";
/// Ours: trading has stopped.
pub(super) const CLOSED: &str = "closed";

/// Columns under construction.
pub(super) struct RowColumns {
    schema: SchemaRef,
    received: TimestampMillisecondBuilder,
    event: TimestampMillisecondBuilder,
    market: FixedSizeBinaryBuilder,
    kind: StringBuilder,
    asset: StringBuilder,
    bids: StringBuilder,
    asks: StringBuilder,
    price: Decimal128Builder,
    size: Decimal128Builder,
    side: StringBuilder,
    best_bid: Decimal128Builder,
    best_ask: Decimal128Builder,
    fee: UInt16Builder,
    transaction: StringBuilder,
    old_tick: Decimal128Builder,
    new_tick: Decimal128Builder,
    recv_ns: Int64Builder,
    seq: UInt64Builder,
    connection: UInt16Builder,
    hash: StringBuilder,
    gap: BooleanBuilder,
    len: usize,
}

/// The cells of a row that depend on what it says.
#[derive(Default)]
struct Said<'r> {
    kind: &'static str,
    bids: Option<String>,
    asks: Option<String>,
    price: Option<u32>,
    size: Option<u64>,
    side: Option<&'static str>,
    best: [Option<u32>; 2],
    fee: Option<u16>,
    transaction: Option<&'r str>,
    ticks: [Option<u32>; 2],
}

impl RowColumns {
    pub(super) fn new(schema: SchemaRef) -> Self {
        let price = || Decimal128Builder::new().with_data_type(PRICE_TYPE);
        let time = || TimestampMillisecondBuilder::new().with_data_type(milliseconds());
        Self {
            schema,
            received: time(),
            event: time(),
            market: FixedSizeBinaryBuilder::new(CONDITION_LEN as i32),
            kind: StringBuilder::new(),
            asset: StringBuilder::new(),
            bids: StringBuilder::new(),
            asks: StringBuilder::new(),
            price: price(),
            size: Decimal128Builder::new().with_data_type(SIZE_TYPE),
            side: StringBuilder::new(),
            best_bid: price(),
            best_ask: price(),
            fee: UInt16Builder::new(),
            transaction: StringBuilder::new(),
            old_tick: price(),
            new_tick: price(),
            recv_ns: Int64Builder::new(),
            seq: UInt64Builder::new(),
            connection: UInt16Builder::new(),
            hash: StringBuilder::new(),
            gap: BooleanBuilder::new(),
            len: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: &TapeRow) -> Result<(), ArrowError> {
        let said = said(&row.event);
        let received = i64::try_from(row.received_at.nanos()).unwrap_or(i64::MAX);
        let event = i64::try_from(row.event_at.nanos()).unwrap_or(i64::MAX);
        self.received.append_value(received / 1_000_000);
        self.event.append_value(event / 1_000_000);
        self.market.append_value(row.market.as_str())?;
        self.kind.append_value(said.kind);
        self.asset.append_value(row.asset.as_str());
        self.bids.append_option(said.bids);
        self.asks.append_option(said.asks);
        let price = |micros: u32| i128::from(micros / PRICE_STEP_MICROS);
        self.price.append_option(said.price.map(price));
        self.size.append_option(said.size.map(i128::from));
        self.side.append_option(said.side);
        self.best_bid.append_option(said.best[0].map(price));
        self.best_ask.append_option(said.best[1].map(price));
        self.fee.append_option(said.fee);
        self.transaction.append_option(said.transaction);
        self.old_tick.append_option(said.ticks[0].map(price));
        self.new_tick.append_option(said.ticks[1].map(price));
        self.recv_ns.append_value(received);
        self.seq.append_option(row.seq);
        self.connection.append_option(row.connection);
        self.hash.append_option(row.hash.as_deref());
        self.gap
            .append_value(row.after_gap || row.event == RowEvent::Gap);
        self.len += 1;
        Ok(())
    }

    /// The rows so far; the columns are empty afterwards.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        self.len = 0;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.received.finish()),
            Arc::new(self.event.finish()),
            Arc::new(self.market.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.asset.finish()),
            Arc::new(self.bids.finish()),
            Arc::new(self.asks.finish()),
            Arc::new(self.price.finish()),
            Arc::new(self.size.finish()),
            Arc::new(self.side.finish()),
            Arc::new(self.best_bid.finish()),
            Arc::new(self.best_ask.finish()),
            Arc::new(self.fee.finish()),
            Arc::new(self.transaction.finish()),
            Arc::new(self.old_tick.finish()),
            Arc::new(self.new_tick.finish()),
            Arc::new(self.recv_ns.finish()),
            Arc::new(self.seq.finish()),
            Arc::new(self.connection.finish()),
            Arc::new(self.hash.finish()),
            Arc::new(self.gap.finish()),
        ];
        RecordBatch::try_new(self.schema.clone(), columns)
    }
}

fn said(event: &RowEvent) -> Said<'_> {
    match event {
        RowEvent::Book { bids, asks } => Said {
            kind: BOOK,
            bids: Some(levels_text(bids)),
            asks: Some(levels_text(asks)),
            ..Said::default()
        },
        RowEvent::Change {
            side,
            level,
            best_bid,
            best_ask,
        } => Said {
            kind: CHANGE,
            price: Some(level.price.micros()),
            size: Some(level.shares.micros()),
            side: Some(if *side == BookSide::Bid {
                "BUY"
            } else {
                "SELL"
            }),
            best: [*best_bid, *best_ask],
            ..Said::default()
        },
        RowEvent::Trade {
            taker,
            price,
            shares,
            fee_rate_bps,
            transaction,
        } => Said {
            kind: TRADE,
            price: Some(price.micros()),
            size: Some(shares.micros()),
            side: Some(if *taker == Side::Buy { "BUY" } else { "SELL" }),
            fee: *fee_rate_bps,
            transaction: transaction.as_deref(),
            ..Said::default()
        },
        RowEvent::TickSize { old, new } => Said {
            kind: TICK,
            ticks: [
                old.map(quorate_domain::TickSize::micros),
                Some(new.micros()),
            ],
            ..Said::default()
        },
        RowEvent::Gap => Said {
            kind: GAP,
            ..Said::default()
        },
        RowEvent::Closed => Said {
            kind: CLOSED,
            ..Said::default()
        },
    }
}

/// `[["0.1","5"],...]`.
fn levels_text(levels: &[Level]) -> String {
    let mut text = String::from("[");
    for (place, level) in levels.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        let size = format_micros(i64::try_from(level.shares.micros()).unwrap_or(i64::MAX));
        text.push_str(&format!("{comma}[\"{}\",\"{size}\"]", level.price));
    }
    text.push(']');
    text
}

/// Whether a price fits the four decimals of its column.
pub(super) fn fits(price: Price) -> bool {
    price.micros().is_multiple_of(PRICE_STEP_MICROS)
}
