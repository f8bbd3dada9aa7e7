//! The journal as its one writer sees it.

use std::path::Path;

use crate::journal::disk::{LockGuard, SharedDisk};
use crate::journal::error::JournalError;
use crate::journal::layout::{Layout, Position};
use crate::journal::open::{self, Opened};
use crate::journal::reader::Reader;
use crate::journal::record::Record;
use crate::journal::segment::SegmentWriter;

/// Sizes of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// A new segment is started once one is this long, bytes.
    pub segment_bytes_max: u64,
    /// Records are handed to the operating system once this many bytes wait, even without a commit.
    pub buffer_bytes_max: usize,
    /// What counts as whole at the end of a journal that a crash cut short.
    pub unit: Unit,
}

/// What is whole or not there at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Every record by itself.
    Record,
    /// Entries and effects up to the step that closes them: for an owner who closes every batch with one.
    Step,
}

impl Default for Options {
    /// 64 MiB and 1 MiB.
    fn default() -> Self {
        Self {
            segment_bytes_max: 64 << 20,
            buffer_bytes_max: 1 << 20,
            unit: Unit::Record,
        }
    }
}

/// A journal open for writing; the only one for its folder while it lives.
///
/// [`Journal::append`] puts a record in line, [`Journal::commit`] makes everything in line safe with one fsync. An effect
/// may leave the process only after the commit of the record that announces it has succeeded.
#[derive(Debug)]
pub struct Journal {
    disk: SharedDisk,
    layout: Layout,
    account: String,
    options: Options,
    /// Absent after a failure in the middle of a change of segments.
    segment: Option<SegmentWriter>,
    last: Position,
    committed: Position,
    stopped: Option<String>,
    _lock: Box<dyn LockGuard>,
}

impl Journal {
    /// Opens the journal in a folder, making it if there is none. The whole journal is checked; a torn tail is cut and
    /// reported; a new segment is started.
    ///
    /// # Errors
    /// Damage, another format or account, another process, or the disk.
    pub fn open(
        disk: &SharedDisk,
        dir: &Path,
        account: &str,
    ) -> Result<(Self, Opened), JournalError> {
        Self::open_with(disk, dir, account, Options::default())
    }

    /// [`Journal::open`] with other sizes.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_with(
        disk: &SharedDisk,
        dir: &Path,
        account: &str,
        options: Options,
    ) -> Result<(Self, Opened), JournalError> {
        let layout = Layout::new(dir);
        let lock = open::lock(disk.as_ref(), &layout)?;
        let (segment, opened) = open::recover(disk, &layout, account, options.unit)?;
        let journal = Self {
            disk: disk.clone(),
            layout,
            account: account.to_owned(),
            options,
            segment: Some(segment),
            last: opened.last,
            committed: opened.last,
            stopped: None,
            _lock: lock,
        };
        Ok((journal, opened))
    }

    /// Every record from the first on; also while another process writes.
    ///
    /// # Errors
    /// As [`Reader::from_start`].
    pub fn read(disk: &SharedDisk, dir: &Path) -> Result<Reader, JournalError> {
        Reader::from_start(disk, dir)
    }

    /// Puts a record in line. It is safe only after [`Journal::commit`].
    ///
    /// # Errors
    /// [`JournalError::Unwritable`] leaves the journal as it was. Everything else stops it for ever.
    pub fn append(&mut self, record: &Record) -> Result<Position, JournalError> {
        self.check()?;
        self.rotate_if_full()?;
        let kind = record.kind();
        let pushed = match &mut self.segment {
            Some(segment) => segment.push(kind, |buffer| record.write_payload(buffer))?,
            None => return Err(self.stopped_error()),
        };
        self.last = pushed;
        if self.buffered() >= self.options.buffer_bytes_max {
            self.with_segment(SegmentWriter::flush)?;
        }
        Ok(pushed)
    }

    /// Makes every record in line safe on disk. Without any it does nothing.
    ///
    /// # Errors
    /// The disk. Nothing is known about the records then, and the journal is stopped for ever: what is on disk is found
    /// out by opening it again.
    pub fn commit(&mut self) -> Result<Position, JournalError> {
        self.check()?;
        if self.segment.as_ref().is_some_and(SegmentWriter::is_dirty) {
            self.with_segment(SegmentWriter::sync)?;
            self.committed = self.last;
        }
        Ok(self.committed)
    }

    /// The last record that is safe on disk.
    #[must_use]
    pub fn committed(&self) -> Position {
        self.committed
    }

    /// The last record in line.
    #[must_use]
    pub fn last(&self) -> Position {
        self.last
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.layout.root()
    }

    /// The account it belongs to.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    fn buffered(&self) -> usize {
        self.segment.as_ref().map_or(0, SegmentWriter::buffered)
    }

    fn check(&self) -> Result<(), JournalError> {
        match &self.stopped {
            None => Ok(()),
            Some(_) => Err(self.stopped_error()),
        }
    }

    fn stopped_error(&self) -> JournalError {
        let first = self.stopped.clone().unwrap_or_default();
        JournalError::Stopped { first }
    }

    fn with_segment(
        &mut self,
        act: impl FnOnce(&mut SegmentWriter) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let done = match &mut self.segment {
            Some(segment) => act(segment),
            None => Err(self.stopped_error()),
        };
        self.stop_on_error(done)
    }

    /// After a failed write or sync nobody knows what the file holds: trying again would only hide it.
    fn stop_on_error<T>(&mut self, done: Result<T, JournalError>) -> Result<T, JournalError> {
        if let Err(error) = &done {
            self.stopped.get_or_insert_with(|| error.to_string());
        }
        done
    }

    /// Between batches only, so that a commit stays one fsync.
    fn rotate_if_full(&mut self) -> Result<(), JournalError> {
        let full = |segment: &SegmentWriter| {
            !segment.is_dirty() && self.options.segment_bytes_max <= segment.length()
        };
        if !self.segment.as_ref().is_some_and(full) {
            return Ok(());
        }
        let rotated = match self.segment.take() {
            Some(segment) => self.successor(segment),
            None => Err(self.stopped_error()),
        };
        self.segment = Some(self.stop_on_error(rotated)?);
        Ok(())
    }

    fn successor(&self, segment: SegmentWriter) -> Result<SegmentWriter, JournalError> {
        let header = segment.seal(&self.account)?;
        SegmentWriter::create(self.disk.as_ref(), &self.layout.segments(), &header)
    }
}
