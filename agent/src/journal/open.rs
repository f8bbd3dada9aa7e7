//! Opening for writing: take the lock, finish what a crash interrupted, check everything, cut a torn tail, and start a
//! new segment.

use std::io;
use std::path::Path;

use quorate_domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::disk::{Disk, DiskLock, LockGuard, Opening, SharedDisk};
use crate::journal::error::JournalError;
use crate::journal::header::SegmentHeader;
use crate::journal::layout::{Layout, Position};
use crate::journal::reader::absent;
use crate::journal::record::Intent;
use crate::journal::segment::SegmentWriter;
use crate::journal::verify::{Scan, scan, scan_steps};
use crate::journal::writer::Unit;

/// What a crash left at the end of a journal: a batch that was never safe on disk, so nothing of it ever had an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TornTail {
    /// The segment.
    pub segment: u64,
    /// Byte where the sound records end.
    pub offset: u64,
    /// Bytes from there to the end of the file.
    pub bytes: u64,
    /// Number of the first record that is not whole.
    pub record: u64,
    /// Whole records behind it that go with it: the disk wrote the batch out of order.
    pub whole_records: u64,
}

/// Place and time of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryMark {
    /// Its sequence number.
    pub seq: u64,
    /// Its time.
    pub at: Timestamp,
}

/// What opening found. A venue that knows orders or fills newer than `last_entry` proves that the folder is an old copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Sound records in the journal.
    pub records: u64,
    /// The last of them.
    pub last: Position,
    /// The newest entry.
    pub last_entry: Option<EntryMark>,
    /// When the program last started.
    pub last_start: Option<Timestamp>,
    /// The newest order that was about to be posted.
    pub last_intent: Option<Intent>,
    /// What was cut, if a crash had left a torn tail. The bytes are kept aside.
    pub torn_tail: Option<TornTail>,
    /// Whether an interrupted repair was finished.
    pub finished_repair: bool,
}

/// Makes the folder if need be and takes its lock.
pub(crate) fn lock(disk: &dyn Disk, layout: &Layout) -> Result<Box<dyn LockGuard>, JournalError> {
    let root = layout.root();
    if disk.list(root).is_err() {
        disk.create_folder(root)
            .map_err(|error| JournalError::io("create", root, error))?;
        let parent = root.parent().filter(|p| !p.as_os_str().is_empty());
        sync_dir(disk, parent.unwrap_or(Path::new(".")))?;
    }
    take_lock(disk, layout)
}

/// Takes the lock of a folder that is there.
pub(crate) fn take_lock(
    disk: &dyn Disk,
    layout: &Layout,
) -> Result<Box<dyn LockGuard>, JournalError> {
    let file = layout.lock();
    match disk.lock(&file) {
        Ok(DiskLock::Held(guard)) => Ok(guard),
        Ok(DiskLock::Taken(pid)) => Err(JournalError::Locked {
            dir: layout.root().to_path_buf(),
            pid,
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(absent(layout.root())),
        Err(error) => Err(JournalError::io("lock", &file, error)),
    }
}

pub(crate) fn sync_dir(disk: &dyn Disk, folder: &Path) -> Result<(), JournalError> {
    disk.sync_dir(folder)
        .map_err(|error| JournalError::sync(folder, error))
}

/// If a repair was interrupted between its two last steps, does the last one. Gives whether it was.
pub(crate) fn finish_repair(disk: &dyn Disk, layout: &Layout) -> Result<bool, JournalError> {
    let finished = layout.repair_finished();
    if disk.list(&layout.segments()).is_ok() || disk.list(&finished).is_err() {
        return Ok(false);
    }
    disk.rename(&finished, &layout.segments())
        .map_err(|error| JournalError::io("rename", &finished, error))?;
    sync_dir(disk, layout.root())?;
    Ok(true)
}

/// Everything from a locked folder to a segment that can be appended to.
pub(crate) fn recover(
    disk: &SharedDisk,
    layout: &Layout,
    account: &str,
    unit: Unit,
) -> Result<(SegmentWriter, Opened), JournalError> {
    let finished_repair = finish_repair(disk.as_ref(), layout)?;
    let folder = layout.segments();
    if disk.list(&folder).is_err() {
        disk.create_folder(&folder)
            .map_err(|error| JournalError::io("create", &folder, error))?;
        sync_dir(disk.as_ref(), layout.root())?;
    }
    remove_unfinished(disk.as_ref(), &folder)?;
    if Layout::numbers(disk.as_ref(), &folder)?.is_empty() {
        let writer = first_segment(disk.as_ref(), &folder, account)?;
        return Ok((writer, Opened::of_nothing(finished_repair)));
    }
    let scanned = match unit {
        Unit::Record => scan(disk, layout.root())?,
        Unit::Step => scan_steps(disk, layout.root())?,
    };
    let scan = sound(scanned, account)?;
    let opened = Opened::of(&scan, finished_repair)?;
    let writer = next_segment(disk.as_ref(), layout, &scan, account)?;
    Ok((writer, opened))
}

impl Opened {
    fn of_nothing(finished_repair: bool) -> Self {
        Self {
            records: 0,
            last: Position::START,
            last_entry: None,
            last_start: None,
            last_intent: None,
            torn_tail: None,
            finished_repair,
        }
    }

    fn of(scan: &Scan, finished_repair: bool) -> Result<Self, JournalError> {
        Ok(Self {
            records: scan.verification.records(),
            last: scan.verification.last,
            last_entry: scan.marks.entry()?,
            last_start: scan.marks.started()?,
            last_intent: scan.marks.intent()?,
            torn_tail: scan.verification.tail,
            finished_repair,
        })
    }
}

/// A segment is written under a working name until its header is safe; what still has one was never used.
fn remove_unfinished(disk: &dyn Disk, folder: &Path) -> Result<(), JournalError> {
    let names = disk
        .list(folder)
        .map_err(|error| JournalError::io("list", folder, error))?;
    for name in names.iter().filter(|name| name.ends_with(".new")) {
        let file = folder.join(name);
        disk.remove(&file)
            .map_err(|error| JournalError::io("remove", &file, error))?;
    }
    Ok(())
}

fn first_segment(
    disk: &dyn Disk,
    folder: &Path,
    account: &str,
) -> Result<SegmentWriter, JournalError> {
    let header = SegmentHeader {
        segment: 1,
        first: 1,
        before: Position::START.hash,
        account: account.to_owned(),
    };
    SegmentWriter::create(disk, folder, &header)
}

/// Refuses damage and other people's journals.
fn sound(scan: Scan, account: &str) -> Result<Scan, JournalError> {
    let verification = &scan.verification;
    if let Some(damage) = &verification.damage {
        return Err(damage.clone().into());
    }
    if verification.account != account {
        return Err(JournalError::OtherAccount {
            expected: account.to_owned(),
            found: verification.account.clone(),
        });
    }
    Ok(scan)
}

/// Cuts the tail, seals what is not sealed, and starts the next segment. An empty segment is used as it is.
fn next_segment(
    disk: &dyn Disk,
    layout: &Layout,
    scan: &Scan,
    account: &str,
) -> Result<SegmentWriter, JournalError> {
    let walk = &scan.walk;
    let path = layout.segment(walk.segment);
    if let Some(tail) = &scan.verification.tail {
        cut(disk, &path, tail)?;
    }
    if walk.sealed {
        let header = SegmentHeader {
            segment: walk.segment + 1,
            first: walk.next,
            before: walk.hash,
            account: account.to_owned(),
        };
        return SegmentWriter::create(disk, &layout.segments(), &header);
    }
    let writer = SegmentWriter::resume(disk, path, walk.clone())?;
    if walk.records == 0 {
        return Ok(writer);
    }
    let header = writer.seal(account)?;
    SegmentWriter::create(disk, &layout.segments(), &header)
}

/// Keeps the torn bytes in a file of their own, then cuts them off.
fn cut(disk: &dyn Disk, path: &Path, tail: &TornTail) -> Result<(), JournalError> {
    let bytes = disk
        .read(path, tail.offset, tail.bytes)
        .map_err(|error| JournalError::io("read", path, error))?;
    let aside = path.with_extension(format!("torn-{}", tail.offset));
    keep(disk, &aside, &bytes)?;
    disk.truncate(path, tail.offset)
        .map_err(|error| JournalError::io("cut", path, error))
}

fn keep(disk: &dyn Disk, aside: &Path, bytes: &[u8]) -> Result<(), JournalError> {
    let failed = |error| JournalError::io("write", aside, error);
    let mut file = match disk.open_append(aside, Opening::New) {
        Ok(file) => file,
        // A crash interrupted an earlier attempt; the tail was not cut yet, so it is the same one.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            disk.remove(aside).map_err(failed)?;
            disk.open_append(aside, Opening::New).map_err(failed)?
        }
        Err(error) => return Err(failed(error)),
    };
    file.append(bytes).map_err(failed)?;
    file.sync()
        .map_err(|error| JournalError::sync(aside, error))
}
