//! Writes one segment: records into a buffer, the buffer into the file, the footer at the end.

use std::path::{Path, PathBuf};

use crate::journal::disk::{Disk, DiskFile, Opening};
use crate::journal::error::JournalError;
use crate::journal::frame::{self, HEADER, Label};
use crate::journal::header::SegmentHeader;
use crate::journal::kind::Kind;
use crate::journal::layout::{Position, segment_name};
use crate::journal::walk::{Seal, Walk};

/// A segment that is open for appending.
#[derive(Debug)]
pub(crate) struct SegmentWriter {
    path: PathBuf,
    file: Box<dyn DiskFile>,
    buffer: Vec<u8>,
    walk: Walk,
    /// First record that is not known to be safe on disk.
    batch_first: u64,
}

impl SegmentWriter {
    /// Makes a segment with this header. Once the file has its name, its header is safe on disk.
    pub(crate) fn create(
        disk: &dyn Disk,
        folder: &Path,
        header: &SegmentHeader,
    ) -> Result<Self, JournalError> {
        let path = folder.join(segment_name(header.segment));
        let unfinished = path.with_extension("new");
        let bytes = header.to_bytes().map_err(|_| JournalError::Unwritable {
            kind: Kind::Start,
            why: "the account is longer than 65,535 bytes".to_owned(),
        })?;
        let hash = header.before.next(&[&bytes]);
        let mut file = disk
            .open_append(&unfinished, Opening::New)
            .map_err(|error| JournalError::io("create", &unfinished, error))?;
        file.append(&bytes)
            .map_err(|error| JournalError::io("write", &unfinished, error))?;
        file.sync()
            .map_err(|error| JournalError::sync(&unfinished, error))?;
        disk.rename(&unfinished, &path)
            .map_err(|error| JournalError::io("rename", &unfinished, error))?;
        disk.sync_dir(folder)
            .map_err(|error| JournalError::sync(folder, error))?;
        let walk = Walk {
            segment: header.segment,
            offset: bytes.len() as u64,
            next: header.first,
            records: 0,
            hash,
            sealed: false,
        };
        Ok(Self::at(path, file, walk))
    }

    /// Opens an existing segment at the end that a walk has come to.
    pub(crate) fn resume(disk: &dyn Disk, path: PathBuf, walk: Walk) -> Result<Self, JournalError> {
        let file = disk
            .open_append(&path, Opening::Existing)
            .map_err(|error| JournalError::io("open", &path, error))?;
        Ok(Self::at(path, file, walk))
    }

    fn at(path: PathBuf, file: Box<dyn DiskFile>, walk: Walk) -> Self {
        Self {
            path,
            file,
            buffer: Vec::new(),
            batch_first: walk.next,
            walk,
        }
    }

    /// Adds a record to the buffer; `payload` appends its payload.
    ///
    /// # Errors
    /// Whatever `payload` says; the buffer is then as it was.
    pub(crate) fn push(
        &mut self,
        kind: Kind,
        payload: impl FnOnce(&mut Vec<u8>) -> Result<(), JournalError>,
    ) -> Result<Position, JournalError> {
        let start = self.buffer.len();
        self.buffer.resize(start + HEADER, 0);
        if let Err(error) = payload(&mut self.buffer) {
            self.buffer.truncate(start);
            return Err(error);
        }
        let label = Label {
            kind: kind.code(),
            number: self.walk.next,
            batch_first: self.batch_first,
        };
        let hash = frame::finish(&mut self.buffer, start, label, self.walk.hash);
        let position = Position {
            record: self.walk.next,
            segment: self.walk.segment,
            offset: self.walk.offset,
            end: self.walk.offset + (self.buffer.len() - start) as u64,
            hash,
        };
        self.walk.offset = position.end;
        self.walk.hash = hash;
        if kind != Kind::Seal {
            self.walk.next += 1;
            self.walk.records += 1;
        }
        Ok(position)
    }

    /// Writes the buffer to the file, without waiting for the disk.
    pub(crate) fn flush(&mut self) -> Result<(), JournalError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.file
            .append(&self.buffer)
            .map_err(|error| JournalError::io("append to", &self.path, error))?;
        self.buffer.clear();
        Ok(())
    }

    /// Writes the buffer and waits until everything is safe on disk.
    pub(crate) fn sync(&mut self) -> Result<(), JournalError> {
        self.flush()?;
        self.file
            .sync()
            .map_err(|error| JournalError::sync(&self.path, error))?;
        self.batch_first = self.walk.next;
        Ok(())
    }

    /// Makes everything safe, then ends the segment with its footer. Gives the header of the one to follow.
    pub(crate) fn seal(mut self, account: &str) -> Result<SegmentHeader, JournalError> {
        self.sync()?;
        let seal = Seal {
            records: self.walk.records,
            last: self.walk.hash,
        };
        let text = format!(r#"{{"records":{},"last":"{}"}}"#, seal.records, seal.last);
        self.push(Kind::Seal, |buffer| {
            buffer.extend_from_slice(text.as_bytes());
            Ok(())
        })?;
        self.sync()?;
        Ok(SegmentHeader {
            segment: self.walk.segment + 1,
            first: self.walk.next,
            before: self.walk.hash,
            account: account.to_owned(),
        })
    }

    /// Bytes of the segment, buffer included.
    pub(crate) fn length(&self) -> u64 {
        self.walk.offset
    }

    /// Bytes not yet written to the file.
    pub(crate) fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// Whether something was added since the last [`SegmentWriter::sync`].
    pub(crate) fn is_dirty(&self) -> bool {
        self.batch_first < self.walk.next
    }
}
