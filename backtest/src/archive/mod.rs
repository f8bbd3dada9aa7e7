//! The archive: recorded order books as hourly Parquet files, what is imported into it, and what is made from it.
//!
//! One row is one message of the venue about one token: the sixteen columns that are common for Polymarket recordings,
//! and five of our own behind them. Files are written whole or not at all, sorted by market, token and time; readers put
//! them into one order of time within bounded memory.

#![expect(
    clippy::result_large_err,
    reason = "a diagnostic ends the reading of a file: it is made once, and its size costs nothing"
)]

pub mod cache;
mod decode;
mod encode;
pub mod export;
pub mod import;
pub mod integrity;
mod located;
pub mod manifest;
mod map;
mod names;
mod pace;
mod reader;
mod recorder;
mod row;
mod schema;
mod sorter;
pub mod tables;
mod to_tape;
mod writer;

pub use decode::{Packed, PackedBatch, PackedKind};
pub use names::Names;
pub use pace::Pace;
pub use reader::{Columns, HourReader, for_each_in_time_order};
pub use recorder::{RawExtras, RecordedToken, Recorder};
pub use row::{AssetId, ConditionId, RowEvent, TapeRow, TouchMicros};
pub use schema::{HourKey, ROW_GROUP_ROWS, hour_file_name, row_schema};
pub use sorter::{Sorter, Spill};
pub use to_tape::{is_archive, load_tape};
pub use writer::{ArchiveSummary, ArchiveWriter, ArchiveWriterError, HourWriter, Written};
