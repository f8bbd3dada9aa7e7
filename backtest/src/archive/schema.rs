//! Columns, partitions and encodings of the archive's Parquet files.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use quorate_domain::Timestamp;

use crate::input::format_rfc3339;

/// Most rows of a row group.
pub const ROW_GROUP_ROWS: usize = 1_048_576;
/// Level of compression: levels above it cost more time than they save room.
const ZSTD_LEVEL: i32 = 3;

pub(super) const RECEIVED: &str = "timestamp_received";
pub(super) const EVENT_TIME: &str = "timestamp";
pub(super) const MARKET: &str = "market";
pub(super) const EVENT_TYPE: &str = "event_type";
pub(super) const ASSET: &str = "asset_id";
pub(super) const BIDS: &str = "bids";
pub(super) const ASKS: &str = "asks";
pub(super) const PRICE: &str = "price";
pub(super) const SIZE: &str = "size";
pub(super) const SIDE: &str = "side";
pub(super) const BEST_BID: &str = "best_bid";
pub(super) const BEST_ASK: &str = "best_ask";
pub(super) const FEE_RATE: &str = "fee_rate_bps";
pub(super) const TRANSACTION: &str = "transaction_hash";
pub(super) const OLD_TICK: &str = "old_tick_size";
pub(super) const NEW_TICK: &str = "new_tick_size";
pub(super) const RECV_NS: &str = "recv_ns";
pub(super) const SEQ: &str = "seq";
pub(super) const CONNECTION: &str = "conn";
pub(super) const HASH: &str = "msg_hash";
pub(super) const GAP: &str = "gap";

/// Prices: four decimals.
pub(super) const PRICE_TYPE: DataType = DataType::Decimal128(9, 4);
/// Sizes: six decimals.
pub(super) const SIZE_TYPE: DataType = DataType::Decimal128(18, 6);

pub(super) fn milliseconds() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
}

/// The sixteen common columns and our five, in order. Times are UTC milliseconds, prices dollars per share, sizes shares.
#[must_use]
pub fn row_schema() -> SchemaRef {
    let given = |name, kind| Field::new(name, kind, false);
    let maybe = |name, kind| Field::new(name, kind, true);
    Arc::new(Schema::new(vec![
        given(RECEIVED, milliseconds()),
        given(EVENT_TIME, milliseconds()),
        given(MARKET, DataType::FixedSizeBinary(66)),
        given(EVENT_TYPE, DataType::Utf8),
        given(ASSET, DataType::Utf8),
        maybe(BIDS, DataType::Utf8),
        maybe(ASKS, DataType::Utf8),
        maybe(PRICE, PRICE_TYPE),
        maybe(SIZE, SIZE_TYPE),
        maybe(SIDE, DataType::Utf8),
        maybe(BEST_BID, PRICE_TYPE),
        maybe(BEST_ASK, PRICE_TYPE),
        maybe(FEE_RATE, DataType::UInt16),
        maybe(TRANSACTION, DataType::Utf8),
        maybe(OLD_TICK, PRICE_TYPE),
        maybe(NEW_TICK, PRICE_TYPE),
        maybe(RECV_NS, DataType::Int64),
        maybe(SEQ, DataType::UInt64),
        maybe(CONNECTION, DataType::UInt16),
        maybe(HASH, DataType::Utf8),
        maybe(GAP, DataType::Boolean),
    ]))
}

/// How the files are written: ZSTD, whole row groups, times as differences, names as dictionaries.
pub(super) fn properties() -> Result<WriterProperties, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    for name in [RECEIVED, EVENT_TIME, RECV_NS, SEQ] {
        let column = ColumnPath::from(name);
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    Ok(properties.build())
}

/// One hour of UTC, counted from 1970-01-01T00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HourKey(pub u64);

/// Nanoseconds of an hour.
const HOUR_NANOS: u64 = 3_600_000_000_000;

impl HourKey {
    /// The hour of a moment.
    #[must_use]
    pub const fn of(at: Timestamp) -> Self {
        Self(at.nanos() / HOUR_NANOS)
    }

    /// Its first moment.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::from_nanos(self.0.saturating_mul(HOUR_NANOS))
    }

    /// `date=YYYY-MM-DD/hour=HH`.
    #[must_use]
    pub fn partition(self) -> PathBuf {
        let text = self.to_string();
        let (date, hour) = text.split_once('T').unwrap_or((&text, "00"));
        PathBuf::from(format!("date={date}")).join(format!("hour={hour}"))
    }
}

impl fmt::Display for HourKey {
    /// `YYYY-MM-DDTHH`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format_rfc3339(self.start().nanos());
        f.write_str(text.get(..13).unwrap_or(&text))
    }
}

/// Name of an hour's file; a second part of one hour, as after a restart of the recorder, has a number.
#[must_use]
pub fn hour_file_name(hour: HourKey, part: u32) -> String {
    match part {
        0 | 1 => format!("polymarket_orderbook_{hour}.parquet"),
        part => format!("polymarket_orderbook_{hour}.part{part}.parquet"),
    }
}
