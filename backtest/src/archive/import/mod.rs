//! Importers: recordings of others into an archive.
//!
//! Each importer checks the schema first and says where it is wrong. A value that cannot be is left out and counted, and
//! the token's next row is marked as following a gap, so that nothing trades on a book that lost a change. An import that
//! is run again skips the hours that are finished.

pub(super) mod csv_tape;
mod excluded;
mod frames;
pub(super) mod hftbacktest;
pub(super) mod intake;
pub(super) mod levels;
mod nautilus;
mod pmxt_v1;
mod pmxt_v2;
mod price_history;
mod raw_capture;
pub(super) mod sheet;
mod sources;
mod telonex;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use excluded::{Excluded, Exclusion};
pub use intake::Intake;

use super::located;
use super::pace::Pace;
use super::tables::{self, MarketRow};
use crate::input::{Diagnostic, Diagnostics, ExitClass};
use crate::tape::Tape;

/// Kinds of recordings that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Hourly Parquet files with sixteen columns.
    PmxtV2,
    /// Hourly Parquet files with JSON in a column.
    PmxtV1,
    /// Daily Parquet files of whole books and of trades.
    Telonex,
    /// A catalog of order book deltas and trade ticks.
    Nautilus,
    /// Arrays of 64-byte events in `.npz` files.
    Hftbacktest,
    /// Messages of the market channel as JSON lines.
    RawCapture,
    /// A tape of plain CSV files.
    CsvTape,
    /// Midpoints of the price history as JSON.
    PriceHistory,
}

/// Words of the kinds, as they stand on a command line.
pub const SOURCE_KINDS: [(&str, SourceKind); 8] = [
    ("pmxt-v2", SourceKind::PmxtV2),
    ("pmxt-v1", SourceKind::PmxtV1),
    ("telonex", SourceKind::Telonex),
    ("nautilus", SourceKind::Nautilus),
    ("hftbacktest", SourceKind::Hftbacktest),
    ("raw-ws", SourceKind::RawCapture),
    ("csv-tape", SourceKind::CsvTape),
    ("price-history", SourceKind::PriceHistory),
];

/// What an import may use beside its source.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// A CSV table that says what the markets are: the columns of `markets.parquet`.
    pub markets: Option<PathBuf>,
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Hours written now.
    pub hours_written: u64,
    /// Hours that were finished already.
    pub hours_skipped: u64,
    /// Rows written now.
    pub rows: u64,
    /// What was left out, by reason.
    pub excluded: Excluded,
    /// Files that could not be read, each with its reason; the rest was imported.
    pub damaged: Vec<Diagnostic>,
    /// Markets that became known.
    pub markets: u64,
    /// Resolutions that became known.
    pub resolutions: u64,
}

/// Imports a file or a folder into an archive, which is made if need be.
///
/// # Errors
/// Everything that is wrong with the source as a whole: it does not exist, nothing of it can be read, or an hour is
/// already there from another source.
pub fn import(
    kind: SourceKind,
    source: &Path,
    archive: &Path,
    (options, pace): (&ImportOptions, &Pace),
) -> Result<Imported, Diagnostics> {
    if kind == SourceKind::PriceHistory {
        return price_history::import(source, archive, options);
    }
    let mut known: Vec<MarketRow> = match &options.markets {
        Some(path) => tables::read_markets_csv(path)?,
        None => Vec::new(),
    };
    let mut done = match kind {
        SourceKind::PmxtV2 => pmxt_v2::import(source, archive, pace)?,
        SourceKind::CsvTape => csv_tape::import(source, archive, pace)?,
        _ => {
            let files = sources::files(source, endings(kind))?;
            let hash = sources::hash(&files)?;
            pace.expect(files.iter().map(|file| file.bytes).sum());
            let mut intake = Intake::open(archive, &hash, pace)?;
            for file in &files {
                let read = match kind {
                    SourceKind::PmxtV1 => pmxt_v1::read(&file.path, &mut intake),
                    SourceKind::Telonex => telonex::read(&file.path, &mut intake),
                    SourceKind::Nautilus => nautilus::read(&file.path, &mut intake),
                    SourceKind::Hftbacktest => hftbacktest::read(&file.path, &mut intake),
                    _ => raw_capture::read(&file.path, &mut intake),
                };
                intake.settle(read, file.bytes)?;
            }
            intake.finish(files.len())?
        }
    };
    known.append(&mut done.markets);
    let mut summary = done.summary;
    summary.markets = tables::add_markets(archive, known)?;
    summary.resolutions = tables::add_resolutions(archive, done.resolutions)?;
    Ok(summary)
}

/// Writes a tape into an archive, as a recorder of domain inputs does.
///
/// # Errors
/// A record cannot be written, or an hour is there already from something else.
pub fn record_tape(tape: &Tape, archive: &Path) -> Result<Imported, Diagnostics> {
    let hash = csv_tape::hash(tape);
    let pace = Pace::default();
    let mut intake = Intake::open(archive, &hash, &pace)?;
    csv_tape::write_tape(tape, archive, &mut intake)?;
    let done = intake.finish(1)?;
    csv_tape::note_quiet(archive)?;
    let mut summary = done.summary;
    summary.markets = tables::add_markets(archive, done.markets)?;
    summary.resolutions = tables::add_resolutions(archive, done.resolutions)?;
    Ok(summary)
}

fn endings(kind: SourceKind) -> &'static [&'static str] {
    match kind {
        SourceKind::Hftbacktest => &[".npz"],
        SourceKind::RawCapture => &[".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz"],
        SourceKind::PriceHistory => &[".json"],
        _ => &[".parquet"],
    }
}

/// Nothing of a source could be read.
fn nothing_readable(source: &Path, damaged: Vec<Diagnostic>) -> Diagnostics {
    let mut all = Diagnostics::new();
    for diagnostic in damaged {
        all.push(diagnostic);
    }
    if all.is_empty() {
        let message = "nothing to import here";
        all.push(
            Diagnostic::new(ExitClass::Data, "empty-source", message)
                .in_file(source.display().to_string())
                .with_hint("check the kind of the source and the endings of its files"),
        );
    }
    all
}
