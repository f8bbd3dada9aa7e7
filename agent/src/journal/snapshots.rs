//! Snapshots: a state at a place in the journal, so that a restart need not begin at the first record. They are derived:
//! one that is damaged, or is not of this journal, is passed over.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::journal::disk::{Opening, SharedDisk};
use crate::journal::error::JournalError;
use crate::journal::hash::ChainHash;
use crate::journal::layout::Position;
use crate::journal::open::sync_dir;
use crate::journal::reader::Reader;
use crate::journal::record::SnapshotTaken;

/// Format of the files.
const FORMAT: u32 = 1;
/// How many are kept.
const KEPT: usize = 3;

/// The snapshots of one journal, in its folder `snapshots`.
#[derive(Clone, Debug)]
pub struct Snapshots {
    disk: SharedDisk,
    journal: PathBuf,
    folder: PathBuf,
}

/// A state at a place in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The last record that is in it.
    pub position: Position,
    /// Sequence number of the last entry that is in it.
    pub seq: u64,
    /// The state, in whatever form its owner writes it.
    pub payload: Vec<u8>,
}

/// The newest usable snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newest {
    /// It; `None` means: replay from the first record.
    pub snapshot: Option<Snapshot>,
    /// Newer ones that could not be used.
    pub skipped: Vec<Skipped>,
}

/// A snapshot that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// File name.
    pub file: String,
    /// Why.
    pub why: SnapshotFault,
}

/// Why a snapshot cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotFault {
    /// Its first line is not a header.
    #[error("its header cannot be read: {0}")]
    Header(String),
    /// It has another format.
    #[error("it has format {0}, expected {FORMAT}")]
    Format(u32),
    /// It is not what was written.
    #[error("it does not match its checksum")]
    Checksum,
    /// The journal has no such place: it is newer than the journal, or belongs to another one.
    #[error("the journal has no record with its number and hash")]
    NotInJournal,
    /// The operating system cannot read it.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// The first line of a file; the payload is the rest.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: u32,
    position: Position,
    seq: u64,
    sha256: ChainHash,
}

impl Header {
    fn of(snapshot: &Snapshot) -> Self {
        let mut header = Self {
            format: FORMAT,
            position: snapshot.position,
            seq: snapshot.seq,
            sha256: ChainHash::ZERO,
        };
        header.sha256 = header.checksum(&snapshot.payload);
        header
    }

    /// SHA-256 over every field of the header and the payload.
    fn checksum(&self, payload: &[u8]) -> ChainHash {
        let place = &self.position;
        let numbers = [
            u64::from(self.format),
            self.seq,
            place.record,
            place.segment,
            place.offset,
            place.end,
        ];
        let numbers: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        place.hash.next(&[&numbers, payload])
    }
}

impl Snapshots {
    /// Those of the journal in `journal`.
    #[must_use]
    pub fn new(disk: &SharedDisk, journal: &Path) -> Self {
        Self {
            disk: disk.clone(),
            journal: journal.to_path_buf(),
            folder: journal.join("snapshots"),
        }
    }

    /// Stores a snapshot; once this returns it is safe, and only the newest three are kept. `position` must be committed.
    /// The answer is to be journaled.
    ///
    /// # Errors
    /// The disk. Older snapshots are untouched then.
    pub fn store(&self, snapshot: &Snapshot) -> Result<SnapshotTaken, JournalError> {
        let header = Header::of(snapshot);
        let name = format!("{:020}.json", snapshot.position.record);
        self.write(&name, &header, &snapshot.payload)?;
        self.forget_old()?;
        Ok(SnapshotTaken {
            file: name,
            seq: snapshot.seq,
            hash: header.sha256,
        })
    }

    /// The newest one that is whole and belongs to the journal as it is now.
    ///
    /// # Errors
    /// The folder, or the journal itself, cannot be read.
    pub fn newest(&self) -> Result<Newest, JournalError> {
        let mut skipped = Vec::new();
        for file in self.files()?.into_iter().rev() {
            match self.load(&file)? {
                Ok(snapshot) => {
                    let snapshot = Some(snapshot);
                    return Ok(Newest { snapshot, skipped });
                }
                Err(why) => skipped.push(Skipped { file, why }),
            }
        }
        let snapshot = None;
        Ok(Newest { snapshot, skipped })
    }

    /// File names, oldest first.
    fn files(&self) -> Result<Vec<String>, JournalError> {
        match self.disk.list(&self.folder) {
            Ok(mut names) => {
                names.retain(|name| name.ends_with(".json"));
                Ok(names)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(JournalError::io("list", &self.folder, error)),
        }
    }

    fn load(&self, name: &str) -> Result<Result<Snapshot, SnapshotFault>, JournalError> {
        let snapshot = match self.disk.read(&self.folder.join(name), 0, u64::MAX) {
            Ok(bytes) => parse(&bytes),
            Err(error) => Err(SnapshotFault::Unreadable(error.to_string())),
        };
        let snapshot = match snapshot {
            Ok(snapshot) => snapshot,
            Err(fault) => return Ok(Err(fault)),
        };
        let there = Reader::after(&self.disk, &self.journal, &snapshot.position)?;
        Ok(there.map(|_| snapshot).ok_or(SnapshotFault::NotInJournal))
    }

    /// Writes under a working name, and gives the file its name when it is safe.
    fn write(&self, name: &str, header: &Header, payload: &[u8]) -> Result<(), JournalError> {
        self.prepare()?;
        let file = self.folder.join(name);
        let unfinished = file.with_extension("new");
        let failed = |error| JournalError::io("write", &unfinished, error);
        let mut line = serde_json::to_vec(header).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        let mut open = self
            .disk
            .open_append(&unfinished, Opening::New)
            .map_err(failed)?;
        open.append(&line).map_err(failed)?;
        open.append(payload).map_err(failed)?;
        open.sync()
            .map_err(|error| JournalError::sync(&unfinished, error))?;
        self.disk.rename(&unfinished, &file).map_err(failed)?;
        sync_dir(self.disk.as_ref(), &self.folder)
    }

    /// Makes the folder, and removes what an interrupted store left in it.
    fn prepare(&self) -> Result<(), JournalError> {
        let Ok(names) = self.disk.list(&self.folder) else {
            self.disk
                .create_folder(&self.folder)
                .map_err(|error| JournalError::io("create", &self.folder, error))?;
            return sync_dir(self.disk.as_ref(), &self.journal);
        };
        let mut unfinished = names.iter().filter(|name| name.ends_with(".new"));
        unfinished.try_for_each(|name| self.remove(name))
    }

    fn forget_old(&self) -> Result<(), JournalError> {
        let files = self.files()?;
        let old = files.len().saturating_sub(KEPT);
        files[..old].iter().try_for_each(|name| self.remove(name))
    }

    fn remove(&self, name: &str) -> Result<(), JournalError> {
        let file = self.folder.join(name);
        self.disk
            .remove(&file)
            .map_err(|error| JournalError::io("remove", &file, error))
    }
}

fn parse(bytes: &[u8]) -> Result<Snapshot, SnapshotFault> {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (line, payload) = bytes.split_at(end.unwrap_or(bytes.len()));
    let payload = payload.get(1..).unwrap_or_default();
    let header: Header =
        serde_json::from_slice(line).map_err(|error| SnapshotFault::Header(error.to_string()))?;
    if header.format != FORMAT {
        return Err(SnapshotFault::Format(header.format));
    }
    if header.checksum(payload) != header.sha256 {
        return Err(SnapshotFault::Checksum);
    }
    Ok(Snapshot {
        position: header.position,
        seq: header.seq,
        payload: payload.to_vec(),
    })
}
