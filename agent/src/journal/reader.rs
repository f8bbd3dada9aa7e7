//! Reads records in order, holding each against the chain; also while another process appends.

use std::io;
use std::ops::Range;
use std::path::Path;

use crate::journal::disk::SharedDisk;
use crate::journal::error::{Damage, Flaw, JournalError};
use crate::journal::frame::{END_MARK, MARK};
use crate::journal::hash::{ChainHash, HASH_LENGTH};
use crate::journal::header::{HEADER_LENGTH_MAX, ReadHeader, SegmentHeader};
use crate::journal::kind::Kind;
use crate::journal::layout::{Layout, Position};
use crate::journal::open::TornTail;
use crate::journal::record::Record;
use crate::journal::tail;
use crate::journal::verify::SegmentCount;
use crate::journal::walk::{Step, Walk};

/// Records in order. It never writes and takes no lock. At the end of what is whole now it is over; a later
/// [`Reader::after`] goes on from there. A record that is only half written, or whose batch was torn, is not given.
#[derive(Debug)]
pub struct Reader {
    disk: SharedDisk,
    layout: Layout,
    /// Bytes of the current segment from `base` on.
    bytes: Vec<u8>,
    base: u64,
    walk: Walk,
    before: Walk,
    last: Position,
    over: bool,
    pub(crate) counts: Vec<SegmentCount>,
    pub(crate) account: String,
    pub(crate) tail: Option<TornTail>,
}

/// A record whose payload has not been read yet.
pub(crate) struct Found {
    pub(crate) position: Position,
    pub(crate) kind: Kind,
    payload: Range<usize>,
}

impl Reader {
    /// From the first record.
    ///
    /// # Errors
    /// [`JournalError::Absent`], another format, a damaged header, or the disk.
    pub fn from_start(disk: &SharedDisk, dir: &Path) -> Result<Self, JournalError> {
        let layout = Layout::new(dir);
        let numbers = Layout::numbers(disk.as_ref(), &layout.segments())?;
        match numbers.first() {
            None => return Err(absent(dir)),
            Some(1) => {}
            Some(_) => return Err(damage(1, 0, 1, Flaw::SegmentMissing)),
        }
        let mut reader = Self::empty(disk, layout);
        reader.enter(1)?;
        Ok(reader)
    }

    /// From the record after `position`; [`Position::START`] reads everything. `None` if the journal has no such record:
    /// it is another journal, or an older copy of this one.
    ///
    /// # Errors
    /// As [`Reader::from_start`].
    pub fn after(
        disk: &SharedDisk,
        dir: &Path,
        position: &Position,
    ) -> Result<Option<Self>, JournalError> {
        if position.record == 0 {
            return Self::from_start(disk, dir).map(Some);
        }
        let mut reader = Self::empty(disk, Layout::new(dir));
        let Some(header) = reader.header_at(position)? else {
            return Ok(None);
        };
        let Some(passed) = (position.record + 1).checked_sub(header.header.first) else {
            return Ok(None);
        };
        reader.walk = Walk {
            segment: position.segment,
            offset: position.end,
            next: position.record + 1,
            records: passed,
            hash: position.hash,
            sealed: false,
        };
        reader.account = header.header.account;
        reader.last = *position;
        reader.load(position.end)?;
        Ok(Some(reader))
    }

    fn empty(disk: &SharedDisk, layout: Layout) -> Self {
        let walk = Walk {
            segment: 0,
            offset: 0,
            next: 1,
            records: 0,
            hash: ChainHash::ZERO,
            sealed: true,
        };
        Self {
            disk: disk.clone(),
            layout,
            bytes: Vec::new(),
            base: 0,
            before: walk.clone(),
            walk,
            last: Position::START,
            over: false,
            counts: Vec::new(),
            account: String::new(),
            tail: None,
        }
    }

    /// The last record given, or where reading started.
    #[must_use]
    pub fn position(&self) -> Position {
        self.last
    }

    /// The account the journal belongs to.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    pub(crate) fn walk(&self) -> &Walk {
        &self.walk
    }

    /// Where the walk stood before the record just found.
    pub(crate) fn walk_before(&self) -> &Walk {
        &self.before
    }

    pub(crate) fn payload(&self, found: &Found) -> &[u8] {
        &self.bytes[found.payload.clone()]
    }

    /// The next record, its payload unread; `None` at the end.
    pub(crate) fn advance(&mut self) -> Result<Option<Found>, JournalError> {
        // Once looked again: whether this was the last segment just before looking.
        let mut last = None;
        while !self.over {
            self.before.clone_from(&self.walk);
            match self.walk.step(&self.bytes, self.base) {
                Step::Record(position, kind, frame) => {
                    self.last = position;
                    self.count(position.end);
                    let payload = frame.payload();
                    return Ok(Some(Found {
                        position,
                        kind,
                        payload,
                    }));
                }
                Step::Sealed => self.count(self.walk.offset),
                Step::End if self.walk.sealed => self.next_segment()?,
                // Others may have written since this segment was read: look again before calling it the end.
                Step::End | Step::Flaw(_) if last.is_none() => {
                    last = Some(self.is_last()?);
                    self.load(self.walk.offset)?;
                }
                Step::End if last == Some(false) => {
                    return Err(self.damage_here(Flaw::NotSealed));
                }
                Step::End => self.over = true,
                Step::Flaw(flaw) => return self.end_at(flaw, last),
            }
        }
        Ok(None)
    }

    fn count(&mut self, end: u64) {
        let walk = &self.walk;
        if let Some(count) = self.counts.last_mut() {
            count.records = walk.records;
            count.bytes = end;
            count.sealed = walk.sealed;
        }
    }

    /// The records stop here: at a torn tail, or at damage.
    fn end_at(&mut self, flaw: Flaw, last: Option<bool>) -> Result<Option<Found>, JournalError> {
        self.over = true;
        if last == Some(true) {
            self.tail = tail::judge(&self.walk, &self.bytes, self.base);
        }
        match &self.tail {
            Some(_) => Ok(None),
            None => Err(self.damage_here(flaw)),
        }
    }

    fn damage_here(&mut self, flaw: Flaw) -> JournalError {
        self.over = true;
        damage(self.walk.segment, self.walk.offset, self.walk.next, flaw)
    }

    fn is_last(&self) -> Result<bool, JournalError> {
        let numbers = Layout::numbers(self.disk.as_ref(), &self.layout.segments())?;
        Ok(numbers.last().is_none_or(|last| *last <= self.walk.segment))
    }

    fn next_segment(&mut self) -> Result<(), JournalError> {
        if self.is_last()? {
            self.over = true;
            return Ok(());
        }
        self.enter(self.walk.segment + 1)
    }

    /// Goes to the start of a segment that continues the walk.
    fn enter(&mut self, segment: u64) -> Result<(), JournalError> {
        self.walk.segment = segment;
        self.walk.offset = 0;
        self.load(0)?;
        let file = self.layout.segment(segment);
        let next = self.walk.next;
        let read = SegmentHeader::read(&self.bytes).map_err(|fault| {
            self.over = true;
            fault.about(&file, |flaw| damage(segment, 0, next, flaw))
        })?;
        let header = &read.header;
        let first_of_all = self.account.is_empty() && segment == 1;
        let continues = header.segment == segment
            && header.first == next
            && header.before == self.walk.hash
            && (first_of_all || header.account == self.account);
        if !continues {
            return Err(self.damage_here(Flaw::SegmentOrder));
        }
        self.account.clone_from(&header.account);
        self.counts.push(SegmentCount {
            segment,
            records: 0,
            bytes: read.length as u64,
            sealed: false,
        });
        self.walk = Walk::after_header(&read);
        Ok(())
    }

    /// Reads the current segment from byte `base` to its end.
    fn load(&mut self, base: u64) -> Result<(), JournalError> {
        let file = self.layout.segment(self.walk.segment);
        self.bytes = match self.disk.read(&file, base, u64::MAX) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(self.damage_here(Flaw::SegmentMissing));
            }
            Err(error) => return Err(JournalError::io("read", &file, error)),
        };
        self.base = base;
        Ok(())
    }

    /// The header of the segment that a position is in, if the record it names is really there.
    fn header_at(&self, position: &Position) -> Result<Option<ReadHeader>, JournalError> {
        let file = self.layout.segment(position.segment);
        let read = |offset, length| match self.disk.read(&file, offset, length) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(JournalError::io("read", &file, error)),
        };
        let start = read(position.offset, 20)?;
        let number = start.get(12..20) == Some(&position.record.to_le_bytes()[..]);
        let end_length = HASH_LENGTH as u64 + 1;
        let end = read(position.end.saturating_sub(end_length), end_length)?;
        let hash = end.strip_suffix(&[END_MARK]) == Some(&position.hash.0[..]);
        if !(start.starts_with(&MARK) && number && hash) {
            return Ok(None);
        }
        let bytes = read(0, HEADER_LENGTH_MAX as u64)?;
        let header = SegmentHeader::read(&bytes).map_err(|fault| {
            fault.about(&file, |flaw| {
                damage(position.segment, 0, position.record, flaw)
            })
        })?;
        Ok(Some(header))
    }

    fn parsed(&mut self, found: &Found) -> Result<(Position, Record), JournalError> {
        let at = found.position;
        match Record::read_payload(found.kind, self.payload(found)) {
            Ok(record) => Ok((at, record)),
            Err(flaw) => {
                self.over = true;
                Err(damage(at.segment, at.offset, at.record, flaw))
            }
        }
    }
}

impl Iterator for Reader {
    type Item = Result<(Position, Record), JournalError>;

    /// The next record. After an error there is nothing more.
    fn next(&mut self) -> Option<Self::Item> {
        match self.advance() {
            Ok(found) => found.map(|found| self.parsed(&found)),
            Err(error) => {
                self.over = true;
                Some(Err(error))
            }
        }
    }
}

pub(crate) fn absent(dir: &Path) -> JournalError {
    let dir = dir.to_path_buf();
    JournalError::Absent { dir }
}

fn damage(segment: u64, offset: u64, record: u64, what: Flaw) -> JournalError {
    Damage {
        segment,
        offset,
        record,
        what,
    }
    .into()
}
