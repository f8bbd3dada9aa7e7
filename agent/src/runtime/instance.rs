//! The folder of an instance: what lies where.

use std::path::{Path, PathBuf};

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

    /// Whether a process has ever run here.
    #[must_use]
    pub fn has_journal(&self) -> bool {
        std::fs::read_dir(self.journal()).is_ok_and(|mut entries| entries.next().is_some())
    }
}
