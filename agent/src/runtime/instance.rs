//! The folder of an instance: what lies where.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::journal::{JournalError, Reader, RealDisk, SharedDisk};

/// An instance's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The instance in `root`, whether it exists yet or not.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.root.join("quorate.toml")
    }

    /// The record of truth, with its snapshots and its index.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    /// The index over the journal. It can be deleted at any time.
    #[must_use]
    pub fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    /// Where a running process can be reached: address and token, readable by its owner alone.
    #[must_use]
    pub fn contact(&self) -> PathBuf {
        self.root.join("contact.json")
    }

    /// Left by a person who resumes an instance that does not run.
    #[must_use]
    pub fn resume(&self) -> PathBuf {
        self.root.join("RESUME")
    }

    /// The log of a running process.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.root.join("quorate.log")
    }

    /// Whether anything has ever started here. A process that was killed while it made its journal leaves a folder and
    /// perhaps a header, and nothing in it; a journal that cannot be read counts, so that whoever reads it says why.
    #[must_use]
    pub fn has_journal(&self) -> bool {
        let disk: SharedDisk = Arc::new(RealDisk);
        match Reader::from_start(&disk, &self.journal()) {
            Ok(mut reader) => reader.next().is_some(),
            Err(JournalError::Absent { .. }) => false,
            Err(_) => true,
        }
    }
}
