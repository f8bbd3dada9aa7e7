//! Flags of `quorate import`, `quorate export` and the forms of `quorate record`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use quorate_backtest::archive::import::SourceKind;

/// Kinds of recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportKind {
    /// Hourly Parquet files with sixteen columns
    PmxtV2,
    /// Hourly Parquet files with JSON in a column
    PmxtV1,
    /// Daily Parquet files of whole books and of trades
    Telonex,
    /// A catalog of order book deltas and trade ticks
    Nautilus,
    /// Arrays of 64-byte events in .npz files
    Hftbacktest,
    /// Messages of the market channel as JSON lines
    RawWs,
    /// A tape of plain CSV files
    CsvTape,
    /// Midpoints of the price history as JSON; becomes a tape of quotes
    PriceHistory,
}

impl From<ImportKind> for SourceKind {
    fn from(kind: ImportKind) -> Self {
        match kind {
            ImportKind::PmxtV2 => Self::PmxtV2,
            ImportKind::PmxtV1 => Self::PmxtV1,
            ImportKind::Telonex => Self::Telonex,
            ImportKind::Nautilus => Self::Nautilus,
            ImportKind::Hftbacktest => Self::Hftbacktest,
            ImportKind::RawWs => Self::RawCapture,
            ImportKind::CsvTape => Self::CsvTape,
            ImportKind::PriceHistory => Self::PriceHistory,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// What the source is
    #[arg(value_name = "KIND")]
    pub(crate) kind: ImportKind,
    /// File or folder to import
    #[arg(value_name = "SRC")]
    pub(crate) source: PathBuf,
    /// Folder of the archive; finished hours in it are kept
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// CSV table of the markets: condition_id, yes_asset_id, no_asset_id, slug, tick, fee_rate
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) markets: Option<PathBuf>,
    /// Score from 0 to 1 below which an hour of a market is marked in the report
    #[arg(long, value_name = "SCORE", default_value = "0.99", value_parser = share)]
    pub(crate) threshold: f64,
}

fn share(text: &str) -> Result<f64, String> {
    let found = text
        .parse::<f64>()
        .ok()
        .filter(|value| (0.0..=1.0).contains(value));
    found.ok_or_else(|| "expected a number from 0 to 1".into())
}

/// Forms of an exported archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ArchiveFormat {
    /// One .npz file a token
    Hftbacktest,
    /// Hourly Parquet files
    Parquet,
}

#[derive(Debug, Args)]
pub(crate) struct ArchiveExportArgs {
    /// Folder of the archive
    #[arg(value_name = "ARCHIVE")]
    pub(crate) archive: PathBuf,
    /// Form to write
    #[arg(long, value_name = "FORM")]
    pub(crate) format: ArchiveFormat,
    /// Folder to write to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// Forms of what an instance saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RecordFormat {
    /// A tape of plain CSV files
    Csv,
    /// An archive of hourly Parquet files
    Parquet,
}
