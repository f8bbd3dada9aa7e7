//! Where an importer puts what it reads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use quorate_domain::{Level, Price, Shares, Timestamp};

use super::{Excluded, Imported, nothing_readable};
use crate::archive::decode::{EARLIEST_NANOS, LATEST_NANOS};
use crate::archive::encode::fits;
use crate::archive::located;
use crate::archive::manifest::Manifest;
use crate::archive::pace::Pace;
use crate::archive::row::{AssetId, RowEvent, TapeRow};
use crate::archive::tables::{MarketRow, ResolutionRow};
use crate::archive::writer::{ArchiveWriter, ArchiveWriterError};
use crate::input::{Diagnostic, Diagnostics};

/// Rows, exclusions and facts of one import.
pub struct Intake<'p> {
    archive: PathBuf,
    source: String,
    writer: ArchiveWriter,
    pace: &'p Pace,
    rows: u64,
    broken: BTreeSet<AssetId>,
    damaged: Vec<Diagnostic>,
    pub(super) excluded: Excluded,
    pub(super) markets: Vec<MarketRow>,
    pub(super) resolutions: Vec<ResolutionRow>,
    /// Number of the last message, over all files.
    pub(super) seq: u64,
    /// What an importer remembers of each token from one file to the next.
    pub(super) books: super::telonex::Books,
}

/// What is left when the rows are written.
pub(super) struct Done {
    pub(super) summary: Imported,
    pub(super) markets: Vec<MarketRow>,
    pub(super) resolutions: Vec<ResolutionRow>,
}

/// A failure to write, with its place.
pub(in crate::archive) fn write_failure(archive: &Path, error: &ArchiveWriterError) -> Diagnostic {
    match error {
        ArchiveWriterError::Manifest(told) => (**told).clone(),
        ArchiveWriterError::HourTaken { .. } => located::in_file(
            archive,
            "hour-taken",
            error.to_string(),
        )
        .with_hint(
            "give another folder with --out: two sources of one hour would tell everything twice",
        ),
        other => located::unwritable(archive, &std::io::Error::other(other.to_string())),
    }
}

impl<'p> Intake<'p> {
    /// Opens an archive for a source with a hash.
    ///
    /// # Errors
    /// The archive cannot be made, or its manifest is damaged.
    pub fn open(archive: &Path, source: &str, pace: &'p Pace) -> Result<Self, Diagnostic> {
        let writer =
            ArchiveWriter::open(archive, source).map_err(|error| write_failure(archive, &error))?;
        Ok(Self {
            archive: archive.to_path_buf(),
            source: source.to_owned(),
            writer,
            pace,
            rows: 0,
            broken: BTreeSet::new(),
            damaged: Vec::new(),
            excluded: Excluded::default(),
            markets: Vec::new(),
            resolutions: Vec::new(),
            seq: 0,
            books: super::telonex::Books::default(),
        })
    }

    /// Takes a row. One whose time or prices cannot be is left out and counted; `place` says where it stood.
    ///
    /// # Errors
    /// A temporary file cannot be written.
    pub fn take(&mut self, mut row: TapeRow, place: impl Fn() -> String) -> Result<(), Diagnostic> {
        if let Some(reason) = refused(&row) {
            self.exclude(reason, Some(&row.asset), place);
            return Ok(());
        }
        if self.broken.remove(&row.asset) && !matches!(row.event, RowEvent::Book { .. }) {
            row.after_gap = true;
        }
        self.rows += 1;
        if self.rows.is_multiple_of(4096) {
            self.pace.add_rows(4096);
        }
        self.writer
            .push(row)
            .map_err(|error| write_failure(&self.archive, &error))
    }

    /// Leaves something out. If a token is named, its book lost a change.
    pub fn exclude(
        &mut self,
        reason: &'static str,
        asset: Option<&AssetId>,
        place: impl FnOnce() -> String,
    ) {
        self.excluded.count(reason, place);
        if let Some(asset) = asset {
            self.broken.insert(asset.clone());
        }
    }

    /// Notes how the reading of a file ended: damage is kept and told, anything else ends the import.
    pub(super) fn settle(
        &mut self,
        read: Result<(), Diagnostic>,
        bytes: u64,
    ) -> Result<(), Diagnostic> {
        self.pace.add_bytes(bytes);
        match read {
            Err(error) if error.code == "damaged-file" => self.damaged.push(error),
            other => other?,
        }
        Ok(())
    }

    /// Writes the archive.
    pub(super) fn finish(self, files: usize) -> Result<Done, Diagnostics> {
        if files == self.damaged.len() {
            return Err(nothing_readable(&self.archive, self.damaged));
        }
        let fail = |error: &ArchiveWriterError| write_failure(&self.archive, error);
        let written = self.writer.finish().map_err(|error| fail(&error))?;
        note_excluded(&self.archive, &self.source, &self.excluded)?;
        let summary = Imported {
            hours_written: written.written.len() as u64,
            hours_skipped: written.hours_skipped,
            rows: written.written.iter().map(|file| file.rows).sum(),
            excluded: self.excluded,
            damaged: self.damaged,
            ..Imported::default()
        };
        Ok(Done {
            summary,
            markets: self.markets,
            resolutions: self.resolutions,
        })
    }
}

/// Keeps the counts of what was left out with the archive.
pub(super) fn note_excluded(
    archive: &Path,
    source: &str,
    excluded: &Excluded,
) -> Result<(), Diagnostic> {
    let mut manifest = Manifest::read(archive)?;
    let counts = excluded
        .iter()
        .map(|(reason, found)| (reason.to_owned(), found.count));
    manifest
        .excluded
        .insert(source.to_owned(), counts.collect());
    manifest
        .write(archive)
        .map_err(|error| located::unwritable(archive, &error))
}

/// Why a row cannot be kept.
fn refused(row: &TapeRow) -> Option<&'static str> {
    let sane = EARLIEST_NANOS.unsigned_abs()..LATEST_NANOS.unsigned_abs();
    if !sane.contains(&row.received_at.nanos()) || !sane.contains(&row.event_at.nanos()) {
        return Some("absurd-time");
    }
    let on_grid = match &row.event {
        RowEvent::Book { bids, asks } => bids.iter().chain(asks).all(|level| fits(level.price)),
        RowEvent::Change { level, .. } => fits(level.price),
        RowEvent::Trade { price, .. } => fits(*price),
        RowEvent::TickSize { .. } | RowEvent::Gap | RowEvent::Closed => true,
    };
    (!on_grid).then_some("price-too-precise")
}

/// A level from decimal text; what is wrong with it otherwise.
pub(super) fn level(price: &str, size: &str) -> Result<Level, &'static str> {
    let price = super::levels::micros(price.as_bytes()).ok_or("price-out-of-range")?;
    let price = i64::try_from(price)
        .ok()
        .and_then(|micros| Price::from_micros(micros).ok());
    let size = super::levels::micros(size.as_bytes()).ok_or("bad-size")?;
    Ok(Level {
        price: price.ok_or("price-out-of-range")?,
        shares: Shares::from_micros(size),
    })
}

/// A stated best price from decimal text, micro-dollars.
pub(super) fn touch(text: &str) -> Option<u32> {
    let micros = super::levels::micros(text.as_bytes())?;
    u32::try_from(micros)
        .ok()
        .filter(|micros| *micros <= 1_000_000)
}

/// A time from a count of seconds, milliseconds, microseconds or nanoseconds, told apart by its size.
pub(super) fn time_of(count: u64) -> Timestamp {
    let unit = crate::input::TimeUnit::of_magnitude(count);
    Timestamp::from_nanos(count.saturating_mul(unit.nanos()))
}
