//! Checks a whole journal: every checksum, every link of the chain, every footer.

use std::path::Path;

use quorate_domain::{Entry, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::journal::disk::SharedDisk;
use crate::journal::error::{Damage, Flaw, JournalError};
use crate::journal::kind::Kind;
use crate::journal::layout::Position;
use crate::journal::open::{EntryMark, TornTail};
use crate::journal::reader::{Found, Reader};
use crate::journal::record::{Intent, Start};
use crate::journal::walk::Walk;

/// What one segment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentCount {
    /// Its number.
    pub segment: u64,
    /// Sound records in it, the footer not counted.
    pub records: u64,
    /// Sound bytes in it.
    pub bytes: u64,
    /// Whether it has its footer.
    pub sealed: bool,
}

/// Outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Whose journal it is.
    pub account: String,
    /// Segments, as far as they are sound.
    pub segments: Vec<SegmentCount>,
    /// The last sound record.
    pub last: Position,
    /// What a crash left at the end; not an error.
    pub tail: Option<TornTail>,
    /// The first damaged place.
    pub damage: Option<Damage>,
}

impl Verification {
    /// Number of sound records.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.segments.iter().map(|count| count.records).sum()
    }
}

/// Checks every checksum, every link of the chain and every footer, without a lock and without writing. Damage is part of
/// the outcome.
///
/// # Errors
/// There is no journal, it has another format, or the disk fails.
pub fn verify(disk: &SharedDisk, dir: &Path) -> Result<Verification, JournalError> {
    Ok(scan(disk, dir)?.verification)
}

/// A check with what opening needs besides.
pub(crate) struct Scan {
    pub(crate) verification: Verification,
    pub(crate) walk: Walk,
    pub(crate) marks: Marks,
}

/// The newest records of some kinds.
#[derive(Clone, Default)]
pub(crate) struct Marks {
    entry: Mark,
    start: Mark,
    intent: Mark,
}

/// The newest record of one kind, unread.
#[derive(Clone, Default)]
struct Mark {
    position: Position,
    payload: Vec<u8>,
}

impl Mark {
    /// The record; `None` if there was none.
    fn read<T: DeserializeOwned>(&self, kind: Kind) -> Result<Option<T>, Damage> {
        if self.position.record == 0 {
            return Ok(None);
        }
        let read = serde_json::from_slice(&self.payload);
        read.map(Some).map_err(|error| Damage {
            segment: self.position.segment,
            offset: self.position.offset,
            record: self.position.record,
            what: Flaw::NoRecord {
                kind,
                why: error.to_string(),
            },
        })
    }
}

impl Marks {
    fn see(&mut self, position: Position, kind: Kind, payload: &[u8]) {
        let newest = match kind {
            Kind::Entry => &mut self.entry,
            Kind::Start => &mut self.start,
            Kind::Intent => &mut self.intent,
            _ => return,
        };
        newest.position = position;
        newest.payload.clear();
        newest.payload.extend_from_slice(payload);
    }

    /// The newest entry.
    pub(crate) fn entry(&self) -> Result<Option<EntryMark>, Damage> {
        let entry: Option<Entry> = self.entry.read(Kind::Entry)?;
        Ok(entry.map(|Entry { seq, at, .. }| EntryMark { seq, at }))
    }

    /// When the program last started.
    pub(crate) fn started(&self) -> Result<Option<Timestamp>, Damage> {
        let start: Option<Start> = self.start.read(Kind::Start)?;
        Ok(start.map(|start| start.at))
    }

    /// The newest intent.
    pub(crate) fn intent(&self) -> Result<Option<Intent>, Damage> {
        self.intent.read(Kind::Intent)
    }
}

/// Entries and effects at the end that no step has closed: they never left the process.
struct OpenBatch {
    /// Where the walk stood before the first of them.
    walk: Walk,
    /// The last record before them.
    last: Position,
    marks: Marks,
}

impl Scan {
    /// Takes an open batch back: what follows the last closed one becomes part of the tail that is cut.
    fn without(mut self, open: OpenBatch) -> Self {
        let verification = &mut self.verification;
        let end = verification
            .tail
            .map_or(self.walk.offset, |tail| tail.offset + tail.bytes);
        let torn = verification.tail.map_or(0, |tail| tail.whole_records);
        verification.tail = Some(TornTail {
            segment: open.walk.segment,
            offset: open.walk.offset,
            bytes: end - open.walk.offset,
            record: open.walk.next,
            whole_records: self.walk.next - open.walk.next + torn,
        });
        if let Some(count) = verification.segments.last_mut() {
            count.records = open.walk.records;
            count.bytes = open.walk.offset;
        }
        verification.last = open.last;
        self.walk = open.walk;
        self.marks = open.marks;
        self
    }
}

/// [`scan`], as an owner sees it who closes every batch with a step: one left open at the end counts as torn.
pub(crate) fn scan_steps(disk: &SharedDisk, dir: &Path) -> Result<Scan, JournalError> {
    let mut open: Option<OpenBatch> = None;
    let scan = scan_with(disk, dir, |before, marks, found| {
        if !matches!(found.kind, Kind::Entry | Kind::Effects) {
            open = None;
        } else if open.is_none() {
            open = Some(OpenBatch {
                walk: before.walk.clone(),
                last: before.last,
                marks: marks.clone(),
            });
        }
    })?;
    Ok(match open {
        // A segment is started between batches only, so an open one lies in the last segment whole.
        Some(open)
            if scan.verification.damage.is_none() && open.walk.segment == scan.walk.segment =>
        {
            scan.without(open)
        }
        _ => scan,
    })
}

/// Where a reader stood before a record.
struct Before {
    walk: Walk,
    last: Position,
}

pub(crate) fn scan(disk: &SharedDisk, dir: &Path) -> Result<Scan, JournalError> {
    scan_with(disk, dir, |_, _, _| {})
}

fn scan_with(
    disk: &SharedDisk,
    dir: &Path,
    mut see: impl FnMut(&Before, &Marks, &Found),
) -> Result<Scan, JournalError> {
    let mut marks = Marks::default();
    let mut reader = match Reader::from_start(disk, dir) {
        Ok(reader) => reader,
        Err(JournalError::Damaged(damage)) => return Ok(nothing_sound(damage)),
        Err(error) => return Err(error),
    };
    let damage = loop {
        let before = reader.position();
        match reader.advance() {
            Ok(Some(found)) => {
                let before = Before {
                    walk: reader.walk_before().clone(),
                    last: before,
                };
                see(&before, &marks, &found);
                marks.see(found.position, found.kind, reader.payload(&found));
            }
            Ok(None) => break None,
            Err(JournalError::Damaged(damage)) => break Some(damage),
            Err(error) => return Err(error),
        }
    };
    Ok(Scan {
        walk: reader.walk().clone(),
        marks,
        verification: Verification {
            account: reader.account().to_owned(),
            last: reader.position(),
            tail: reader.tail.take(),
            segments: std::mem::take(&mut reader.counts),
            damage,
        },
    })
}

/// The very first header is damaged or missing.
fn nothing_sound(damage: Damage) -> Scan {
    Scan {
        walk: Walk {
            segment: damage.segment,
            offset: 0,
            next: 1,
            records: 0,
            hash: Position::START.hash,
            sealed: false,
        },
        marks: Marks::default(),
        verification: Verification {
            account: String::new(),
            segments: Vec::new(),
            last: Position::START,
            tail: None,
            damage: Some(damage),
        },
    }
}
