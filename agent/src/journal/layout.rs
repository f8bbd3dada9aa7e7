//! Where things lie in a journal's folder, and how a place in it is named.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::journal::disk::Disk;
use crate::journal::error::JournalError;
use crate::journal::hash::ChainHash;

/// Version of the format that this program writes and reads.
pub const FORMAT: u32 = 1;

/// Ending of a segment's file name.
const ENDING: &str = ".segment";

/// A record's place. Record 0 is the place before the first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Number of the record, counted from 1 without gaps.
    pub record: u64,
    /// Number of the segment, counted from 1.
    pub segment: u64,
    /// Byte within the segment where the record starts.
    pub offset: u64,
    /// Byte within the segment just after the record.
    pub end: u64,
    /// Chain hash of the record.
    pub hash: ChainHash,
}

impl Position {
    /// The place before the first record.
    pub const START: Self = Self {
        record: 0,
        segment: 0,
        offset: 0,
        end: 0,
        hash: ChainHash::ZERO,
    };
}

/// The folders and files of one journal.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    pub(crate) fn segments(&self) -> PathBuf {
        self.root.join("segments")
    }

    pub(crate) fn segment(&self, number: u64) -> PathBuf {
        self.segments().join(segment_name(number))
    }

    /// Where a repair builds; worthless until it is renamed.
    pub(crate) fn repair_unfinished(&self) -> PathBuf {
        self.root.join("segments.repair")
    }

    /// A finished repair that waits to take the place of the segments.
    pub(crate) fn repair_finished(&self) -> PathBuf {
        self.root.join("segments.repaired")
    }

    /// Where damaged segments are kept.
    pub(crate) fn damaged(&self, time: u64) -> PathBuf {
        self.root.join(format!("segments.damaged-{time}"))
    }

    /// Numbers of the segments in a folder, in order.
    ///
    /// # Errors
    /// The folder cannot be listed. One that does not exist has no segments.
    pub(crate) fn numbers(disk: &dyn Disk, folder: &Path) -> Result<Vec<u64>, JournalError> {
        let names = match disk.list(folder) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(JournalError::io("list", folder, error)),
        };
        let mut numbers: Vec<u64> = names.iter().filter_map(|n| segment_number(n)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }
}

pub(crate) fn segment_name(number: u64) -> String {
    format!("{number:010}{ENDING}")
}

fn segment_number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(ENDING)?;
    let number = digits.parse().ok()?;
    (segment_name(number) == name).then_some(number)
}
