//! Rows into the files of an archive: one file an hour, written beside its place and moved there when it is whole.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use quorate_domain::{BookSide, Level, Price, Shares, Side, TickSize, Timestamp};

use super::encode::RowColumns;
use super::manifest::{HourEntry, Manifest, hash_file};
use super::row::{AssetId, ConditionId, RowEvent, TapeRow};
use super::schema::{HourKey, hour_file_name, properties, row_schema};
use super::sorter::{Sorter, Spill};

/// Rows that are turned into columns at once.
const BATCH_ROWS: usize = 16_384;
/// Memory of the sort before it turns to temporary files, bytes.
const SORT_BYTES: usize = 96 * 1024 * 1024;

/// Why an archive could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveWriterError {
    /// The file system.
    #[error("cannot write the archive: {0}")]
    Io(#[from] io::Error),
    /// The Parquet library.
    #[error("cannot write the archive: {0}")]
    Parquet(#[from] ParquetError),
    /// An hour is there already, made from something else.
    #[error("the archive already holds hour {hour} from another source")]
    HourTaken {
        /// The hour.
        hour: String,
    },
    /// The manifest of the archive.
    #[error("{0}")]
    Manifest(Box<crate::input::Diagnostic>),
}

impl From<arrow::error::ArrowError> for ArchiveWriterError {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::Parquet(error.into())
    }
}

/// One file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Path within the archive.
    pub path: String,
    /// Rows.
    pub rows: u64,
}

/// One hour's file under construction. Dropped unfinished, it leaves nothing behind.
pub struct HourWriter {
    hour: HourKey,
    target: PathBuf,
    temporary: PathBuf,
    writer: Option<ArrowWriter<File>>,
    columns: RowColumns,
    rows: u64,
}

impl HourWriter {
    /// Begins a part of an hour in an archive; folders are made if need be.
    ///
    /// # Errors
    /// The folder or the temporary file cannot be made.
    pub fn begin(archive: &Path, hour: HourKey, part: u32) -> Result<Self, ArchiveWriterError> {
        let folder = archive.join(hour.partition());
        fs::create_dir_all(&folder)?;
        let name = hour_file_name(hour, part);
        let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
        let schema = row_schema();
        let writer = ArrowWriter::try_new(
            File::create(&temporary)?,
            schema.clone(),
            Some(properties()?),
        )?;
        Ok(Self {
            hour,
            target: folder.join(name),
            temporary,
            writer: Some(writer),
            columns: RowColumns::new(schema),
            rows: 0,
        })
    }

    /// Adds a row. Rows come in the order of [`TapeRow::file_order`].
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn push(&mut self, row: &TapeRow) -> Result<(), ArchiveWriterError> {
        self.columns.push(row)?;
        self.rows += 1;
        if self.columns.len() == BATCH_ROWS {
            self.write_batch()?;
        }
        Ok(())
    }

    fn write_batch(&mut self) -> Result<(), ArchiveWriterError> {
        let batch = self.columns.finish()?;
        if let Some(writer) = &mut self.writer {
            writer.write(&batch)?;
        }
        Ok(())
    }

    /// Completes the file, synchronises it and moves it into place. Gives its place and its entry for the manifest.
    ///
    /// # Errors
    /// Whatever the file system reports; nothing is in place then.
    pub fn finish(
        mut self,
        archive: &Path,
        source: &str,
    ) -> Result<(String, HourEntry), ArchiveWriterError> {
        self.write_batch()?;
        if let Some(writer) = self.writer.take() {
            writer.into_inner()?.sync_all()?;
        }
        let (sha256, bytes) = hash_file(&self.temporary)?;
        fs::rename(&self.temporary, &self.target)?;
        let entry = HourEntry {
            hour: self.hour.to_string(),
            hour_number: self.hour.0,
            rows: self.rows,
            bytes,
            sha256,
            source: source.to_owned(),
        };
        Ok((relative(archive, &self.target), entry))
    }
}

impl Drop for HourWriter {
    fn drop(&mut self) {
        // Gone after a successful rename; harmless if it stays.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Path within the archive, with `/` between its parts.
pub(super) fn relative(archive: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(archive).unwrap_or(path);
    let parts = inner
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    parts.collect::<Vec<_>>().join("/")
}

/// Writes rows that come in any order: they are sorted within bounded memory, and every hour becomes one file.
///
/// The live recorder can call it as well: [`ArchiveWriter::push`] for every message, and [`ArchiveWriter::finish`] at
/// the end of each hour.
pub struct ArchiveWriter {
    archive: PathBuf,
    source: String,
    manifest: Manifest,
    sorter: Sorter<Keyed>,
    finished: BTreeMap<HourKey, bool>,
    hours_skipped: u64,
    rows_skipped: u64,
    parts: Parts,
}

/// Whether an hour may have several files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parts {
    /// One from one source.
    One,
    /// As many as there were recordings within the hour.
    Next,
}

/// Source of what was recorded here.
const RECORDING: &str = "recording";

/// What came of a finished [`ArchiveWriter`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveSummary {
    /// Files written now.
    pub written: Vec<Written>,
    /// Hours that were there already.
    pub hours_skipped: u64,
    /// Rows of those hours.
    pub rows_skipped: u64,
}

impl ArchiveWriter {
    /// Opens an archive, which is made if need be. `source` is a hash of what the rows are made from: hours that the
    /// manifest lists as finished from the same source are skipped.
    ///
    /// # Errors
    /// The folder cannot be made, or its manifest cannot be read.
    pub fn open(archive: &Path, source: &str) -> Result<Self, ArchiveWriterError> {
        Self::with_memory(archive, source, SORT_BYTES)
    }

    /// [`ArchiveWriter::open`] with a limit on the memory of the sort, bytes.
    ///
    /// # Errors
    /// As [`ArchiveWriter::open`].
    pub fn with_memory(
        archive: &Path,
        source: &str,
        bytes: usize,
    ) -> Result<Self, ArchiveWriterError> {
        fs::create_dir_all(archive)?;
        let manifest = Manifest::read(archive)
            .map_err(|error| ArchiveWriterError::Manifest(Box::new(error)))?;
        Ok(Self {
            archive: archive.to_path_buf(),
            source: source.to_owned(),
            manifest,
            sorter: Sorter::new(archive.to_path_buf(), bytes),
            finished: BTreeMap::new(),
            hours_skipped: 0,
            rows_skipped: 0,
            parts: Parts::One,
        })
    }

    /// Opens an archive for a recording: an hour that is there already gets another part, and nothing is skipped.
    ///
    /// # Errors
    /// As [`ArchiveWriter::open`].
    pub fn recording(archive: &Path) -> Result<Self, ArchiveWriterError> {
        let own = Self::open(archive, RECORDING)?;
        Ok(Self {
            parts: Parts::Next,
            ..own
        })
    }

    /// Takes a row.
    ///
    /// # Errors
    /// A temporary file cannot be written.
    pub fn push(&mut self, row: TapeRow) -> Result<(), ArchiveWriterError> {
        let hour = HourKey::of(row.received_at);
        let (manifest, archive, source) = (&self.manifest, &self.archive, &self.source);
        let parts = self.parts;
        let skip = *self.finished.entry(hour).or_insert_with(|| {
            let done = parts == Parts::One
                && manifest
                    .finished(archive, &hour.to_string(), source)
                    .is_some();
            self.hours_skipped += u64::from(done);
            done
        });
        if skip {
            self.rows_skipped += 1;
            return Ok(());
        }
        Ok(self.sorter.push(Keyed(row))?)
    }

    /// Writes every hour and the manifest.
    ///
    /// # Errors
    /// A file cannot be written, or an hour is there already from another source; hours before it are in place.
    pub fn finish(self) -> Result<ArchiveSummary, ArchiveWriterError> {
        let mut summary = ArchiveSummary {
            hours_skipped: self.hours_skipped,
            rows_skipped: self.rows_skipped,
            ..ArchiveSummary::default()
        };
        let (archive, source, mut manifest) = (self.archive, self.source, self.manifest);
        let mut open: Option<HourWriter> = None;
        let mut close =
            |writer: HourWriter, manifest: &mut Manifest| -> Result<(), ArchiveWriterError> {
                let (path, entry) = writer.finish(&archive, &source)?;
                summary.written.push(Written {
                    path: path.clone(),
                    rows: entry.rows,
                });
                manifest.files.insert(path, entry);
                Ok(manifest.write(&archive)?)
            };
        self.sorter
            .finish(|Keyed(row)| -> Result<(), ArchiveWriterError> {
                let hour = HourKey::of(row.received_at);
                if open.as_ref().is_some_and(|own| own.hour != hour)
                    && let Some(done) = open.take()
                {
                    close(done, &mut manifest)?;
                }
                if open.is_none() {
                    let part = part_of(&manifest, hour, (&source, self.parts))?;
                    open = Some(HourWriter::begin(&archive, hour, part)?);
                }
                open.as_mut().map_or(Ok(()), |own| own.push(&row))
            })?;
        if let Some(done) = open.take() {
            close(done, &mut manifest)?;
        }
        Ok(summary)
    }
}

/// Two sources of one hour would tell everything twice.
pub(super) fn refuse_taken(
    manifest: &Manifest,
    hour: HourKey,
    source: &str,
) -> Result<(), ArchiveWriterError> {
    let hour = hour.to_string();
    let taken = manifest
        .files
        .values()
        .any(|entry| entry.hour == hour && entry.source != source);
    if taken {
        return Err(ArchiveWriterError::HourTaken { hour });
    }
    Ok(())
}

/// Number of the part that an hour's next file is.
fn part_of(
    manifest: &Manifest,
    hour: HourKey,
    (source, parts): (&str, Parts),
) -> Result<u32, ArchiveWriterError> {
    if parts == Parts::One {
        return refuse_taken(manifest, hour, source).map(|()| 1);
    }
    let own = manifest
        .files
        .values()
        .filter(|entry| entry.hour_number == hour.0)
        .count();
    Ok(u32::try_from(own + 1).unwrap_or(u32::MAX))
}

/// A row as it is sorted: by hour, then in the order of a file.
struct Keyed(TapeRow);

type RowKey = (HourKey, ConditionId, AssetId, Timestamp, Option<u16>, u64);

impl Spill for Keyed {
    type Key = RowKey;

    fn key(&self) -> RowKey {
        let row = &self.0;
        let hour = HourKey::of(row.received_at);
        let seq = row.seq.unwrap_or(0);
        (
            hour,
            row.market.clone(),
            row.asset.clone(),
            row.received_at,
            row.connection,
            seq,
        )
    }

    fn weight(&self) -> usize {
        let levels = match &self.0.event {
            RowEvent::Book { bids, asks } => bids.len() + asks.len(),
            _ => 0,
        };
        std::mem::size_of::<Self>() + levels * std::mem::size_of::<Level>() + 128
    }

    fn put(&self, out: &mut Vec<u8>) {
        let stored = Stored::from(&self.0);
        // Plain data of our own always serialises; a damaged frame is noticed when it is read.
        let _ = serde_json::to_writer(out, &stored);
    }

    fn take(bytes: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(bytes).ok()?;
        stored.into_row().map(Self)
    }
}

/// A row in a temporary file.
#[derive(serde::Serialize, serde::Deserialize)]
struct Stored {
    times: (u64, u64),
    names: (String, String),
    seq: Option<u64>,
    connection: Option<u16>,
    hash: Option<String>,
    after_gap: bool,
    event: StoredEvent,
}

#[derive(serde::Serialize, serde::Deserialize)]
enum StoredEvent {
    Book(Vec<Level>, Vec<Level>),
    Change(BookSide, Level, Option<u32>, Option<u32>),
    Trade(Side, Price, Shares, Option<u16>, Option<String>),
    TickSize(Option<TickSize>, TickSize),
    Gap,
    Closed,
}

impl From<&TapeRow> for Stored {
    fn from(row: &TapeRow) -> Self {
        let event = match &row.event {
            RowEvent::Book { bids, asks } => StoredEvent::Book(bids.clone(), asks.clone()),
            RowEvent::Change {
                side,
                level,
                best_bid,
                best_ask,
            } => StoredEvent::Change(*side, *level, *best_bid, *best_ask),
            RowEvent::Trade {
                taker,
                price,
                shares,
                fee_rate_bps,
                transaction,
            } => {
                let transaction = transaction.as_deref().map(str::to_owned);
                StoredEvent::Trade(*taker, *price, *shares, *fee_rate_bps, transaction)
            }
            RowEvent::TickSize { old, new } => StoredEvent::TickSize(*old, *new),
            RowEvent::Gap => StoredEvent::Gap,
            RowEvent::Closed => StoredEvent::Closed,
        };
        Self {
            times: (row.received_at.nanos(), row.event_at.nanos()),
            names: (
                row.market.as_str().to_owned(),
                row.asset.as_str().to_owned(),
            ),
            seq: row.seq,
            connection: row.connection,
            hash: row.hash.as_deref().map(str::to_owned),
            after_gap: row.after_gap,
            event,
        }
    }
}

impl Stored {
    fn into_row(self) -> Option<TapeRow> {
        let event = match self.event {
            StoredEvent::Book(bids, asks) => RowEvent::Book { bids, asks },
            StoredEvent::Change(side, level, best_bid, best_ask) => RowEvent::Change {
                side,
                level,
                best_bid,
                best_ask,
            },
            StoredEvent::Trade(taker, price, shares, fee_rate_bps, transaction) => {
                RowEvent::Trade {
                    taker,
                    price,
                    shares,
                    fee_rate_bps,
                    transaction: transaction.map(Arc::from),
                }
            }
            StoredEvent::TickSize(old, new) => RowEvent::TickSize { old, new },
            StoredEvent::Gap => RowEvent::Gap,
            StoredEvent::Closed => RowEvent::Closed,
        };
        Some(TapeRow {
            received_at: Timestamp::from_nanos(self.times.0),
            event_at: Timestamp::from_nanos(self.times.1),
            market: ConditionId::parse(&self.names.0)?,
            asset: AssetId::parse(&self.names.1)?,
            seq: self.seq,
            connection: self.connection,
            hash: self.hash.map(Arc::from),
            after_gap: self.after_gap,
            event,
        })
    }
}
