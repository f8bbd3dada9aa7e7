//! Reading hours: record batches as they stand, or all rows of an archive in one order of time.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use quorate_domain::Level;

use super::decode::{Decoder, Packed, PackedBatch, read_as};
use super::import::Excluded;
use super::located;
use super::manifest::{AbsentHours, Manifest};
use super::names::Names;
use super::schema::{
    ASKS, ASSET, BEST_ASK, BEST_BID, BIDS, CONNECTION, EVENT_TIME, EVENT_TYPE, GAP, HourKey,
    MARKET, NEW_TICK, PRICE, RECEIVED, RECV_NS, SEQ, SIDE, SIZE,
};
use super::sorter::{Sorter, Spill};
use crate::input::Diagnostic;

/// Rows of a record batch.
const BATCH_ROWS: usize = 16_384;
/// Memory of the sort before it turns to temporary files, bytes.
const SORT_BYTES: usize = 96 * 1024 * 1024;

/// Which columns are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// What books, trades and their order need.
    Replay,
    /// Those and the stated best prices.
    Checked,
    /// All.
    All,
}

const REPLAY: [&str; 16] = [
    RECEIVED, EVENT_TIME, MARKET, EVENT_TYPE, ASSET, BIDS, ASKS, PRICE, SIZE, SIDE, NEW_TICK,
    RECV_NS, SEQ, CONNECTION, GAP, "",
];

impl Columns {
    fn wants(self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Checked => REPLAY.contains(&name) || [BEST_BID, BEST_ASK].contains(&name),
            Self::Replay => REPLAY.contains(&name),
        }
    }
}

/// Reads one file, batch by batch.
pub struct HourReader<'p> {
    path: &'p Path,
    batches: ParquetRecordBatchReader,
    decoder: Decoder<'p>,
    rows: u64,
}

impl<'p> HourReader<'p> {
    /// Opens a file.
    ///
    /// # Errors
    /// It is absent, damaged, or a column is of another type than expected; the file and the column are named.
    pub fn open(path: &'p Path, columns: Columns) -> Result<Self, Diagnostic> {
        let open = || File::open(path).map_err(|error| located::unreadable(path, &error));
        let damaged = |error| located::not_parquet(path, 0, &error);
        let found = ParquetRecordBatchReaderBuilder::try_new(open()?).map_err(damaged)?;
        let fields = found.schema().fields().iter().map(|field| {
            let kind = read_as(field.name(), field.data_type());
            Field::new(field.name(), kind, field.is_nullable())
        });
        let options = ArrowReaderOptions::new()
            .with_schema(Arc::new(Schema::new(fields.collect::<Vec<_>>())));
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(open()?, options)
            .map_err(|error| {
                located::in_file(
                    path,
                    "wrong-schema",
                    format!("a column is of another type than expected: {error}"),
                )
            })?;
        let schema = builder.schema().clone();
        let wanted = schema
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, field)| columns.wants(field.name()));
        let roots: Vec<usize> = wanted.map(|(place, _)| place).collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        let batches = builder
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(damaged)?;
        Ok(Self {
            path,
            batches,
            decoder: Decoder::new(path),
            rows,
        })
    }

    /// Rows of the file.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The next batch, its markets and tokens numbered in `names`; what cannot be a row is counted in `excluded`.
    ///
    /// # Errors
    /// The file breaks off, or a column is not what it should be.
    pub fn next_batch(
        &mut self,
        names: &mut Names,
        excluded: &mut Excluded,
    ) -> Result<Option<PackedBatch>, Diagnostic> {
        let Some(batch) = self.batches.next() else {
            return Ok(None);
        };
        let row = self.decoder.row;
        let batch = batch.map_err(|error| {
            located::not_parquet(
                self.path,
                row.max(1),
                &parquet::errors::ParquetError::ArrowError(error.to_string()),
            )
        })?;
        self.decoder.decode(&batch, names, excluded).map(Some)
    }
}

/// What comes next in an archive's order of time.
#[derive(Clone, Copy, Debug)]
pub enum Moment<'r> {
    /// A row with the bids and asks of its book.
    Row(&'r Packed, &'r [Level], &'r [Level]),
    /// Whole hours are missing before what comes next: how many.
    Missing(u64),
}

/// A row on its way through the sort.
struct Timed {
    row: Packed,
    levels: Vec<Level>,
}

impl Spill for Timed {
    type Key = (u64, u16, u64);

    fn key(&self) -> Self::Key {
        (self.row.received_ns, self.row.connection, self.row.seq)
    }

    fn weight(&self) -> usize {
        std::mem::size_of::<Self>() + self.levels.len() * std::mem::size_of::<Level>()
    }

    fn put(&self, out: &mut Vec<u8>) {
        self.row.put(out);
        for level in &self.levels {
            out.extend(level.price.micros().to_le_bytes());
            out.extend(level.shares.micros().to_le_bytes());
        }
    }

    fn take(bytes: &[u8]) -> Option<Self> {
        let (row, rest) = Packed::take(bytes)?;
        let level = |chunk: &[u8]| -> Option<Level> {
            let (price, shares) = chunk.split_first_chunk::<4>()?;
            let price = i64::from(u32::from_le_bytes(*price));
            Some(Level {
                price: quorate_domain::Price::from_micros(price).ok()?,
                shares: quorate_domain::Shares::from_micros(u64::from_le_bytes(
                    shares.try_into().ok()?,
                )),
            })
        };
        let levels = rest.chunks(12).map(level).collect::<Option<Vec<_>>>()?;
        Some(Self { row, levels })
    }
}

/// Gives every row of an archive in the order of receipt; at one moment by connection, number and place in the file.
/// Hours are sorted one after another, so memory stays bounded.
///
/// # Errors
/// A file is damaged, a temporary file cannot be written, or `each` fails.
pub fn for_each_in_time_order(
    archive: &Path,
    manifest: &Manifest,
    columns: Columns,
    (names, excluded): (&mut Names, &mut Excluded),
    mut each: impl FnMut(&Names, Moment<'_>) -> Result<(), Diagnostic>,
) -> Result<(), Diagnostic> {
    let mut before: Option<HourKey> = None;
    for (hour, files) in hours(archive, manifest) {
        if let Some(last) = before
            && last.0 + 1 < hour.0
            && manifest.absent_hours == AbsentHours::Missing
        {
            each(names, Moment::Missing(hour.0 - last.0 - 1))?;
        }
        before = Some(hour);
        let mut sorter: Sorter<Timed> = Sorter::new(archive.to_path_buf(), SORT_BYTES);
        for path in &files {
            let mut reader = HourReader::open(path, columns)?;
            while let Some(batch) = reader.next_batch(names, excluded)? {
                for row in &batch.rows {
                    let (bids, asks) = batch.book(row);
                    let levels = [bids, asks].concat();
                    let pushed = sorter.push(Timed {
                        row: row.rebased(),
                        levels,
                    });
                    pushed.map_err(|error| located::unwritable(archive, &error))?;
                }
            }
        }
        sorter
            .finish(|Timed { row, levels }| -> Result<(), SortFailure> {
                let (bids, asks) = row.book_in(&levels);
                each(names, Moment::Row(&row, bids, asks))
                    .map_err(|told| SortFailure::Told(Box::new(told)))
            })
            .map_err(|failure| match failure {
                SortFailure::Told(diagnostic) => *diagnostic,
                SortFailure::Io(error) => located::unwritable(archive, &error),
            })?;
    }
    Ok(())
}

enum SortFailure {
    Io(std::io::Error),
    Told(Box<Diagnostic>),
}

impl From<std::io::Error> for SortFailure {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// The hours of an archive in order, each with its files.
pub(super) fn hours(archive: &Path, manifest: &Manifest) -> Vec<(HourKey, Vec<PathBuf>)> {
    let mut hours: std::collections::BTreeMap<HourKey, Vec<PathBuf>> =
        std::collections::BTreeMap::new();
    for (path, entry) in &manifest.files {
        hours
            .entry(HourKey(entry.hour_number))
            .or_default()
            .push(archive.join(path));
    }
    hours.into_iter().collect()
}
