//! What a simulated disk holds, what of it is safe, and what a crash leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// What becomes of everything that was not synced when the power went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Nothing is lost: the process died, the machine did not.
    Nothing,
    /// All of it is lost.
    Everything,
    /// Each file keeps a first part of it, cut at a multiple of `unit` bytes of the file.
    Torn {
        /// 1, 512 or 4096: byte, sector, page.
        unit: usize,
        /// Decides where.
        seed: u64,
    },
    /// Each page of it is kept or reads as zeros, in any combination; the files keep their lengths.
    Pages {
        /// Size of a page, bytes.
        unit: usize,
        /// Decides which.
        seed: u64,
    },
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) files: Vec<Content>,
    /// What each path names: the place of a file in `files`, or [`FOLDER`].
    pub(super) names: BTreeMap<PathBuf, usize>,
    /// The names that are safe, and the changes to them that are not yet.
    pub(super) safe_names: BTreeMap<PathBuf, usize>,
    pub(super) changes: Vec<Change>,
    pub(super) locks: BTreeMap<PathBuf, u64>,
    pub(super) lives: u64,
    pub(super) boundaries: u64,
    pub(super) crash_at: Option<u64>,
    pub(super) crashed: bool,
    pub(super) syncs: u64,
    pub(super) fail_sync_at: Option<u64>,
    pub(super) capacity: Option<usize>,
    pub(super) read_only: bool,
}

/// Stands for a folder where the place of a file would be.
pub(super) const FOLDER: usize = usize::MAX;

#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    pub(super) now: Vec<u8>,
    pub(super) safe: Vec<u8>,
    /// A sync failed: the system believes the bytes are clean, so no later sync writes them.
    pub(super) lost: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Change {
    Create(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

impl Change {
    pub(super) fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Create(path, file) => {
                names.insert(path.clone(), *file);
            }
            Self::Remove(path) => {
                names.remove(path);
            }
            Self::Rename(from, to) => rename(names, from, to),
        }
    }

    pub(super) fn touches(&self, folder: &Path) -> bool {
        match self {
            Self::Create(path, _) | Self::Remove(path) => path.parent() == Some(folder),
            Self::Rename(from, to) => from.parent() == Some(folder) || to.parent() == Some(folder),
        }
    }
}

/// Renames a file, or a folder with all that is in it.
fn rename(names: &mut BTreeMap<PathBuf, usize>, from: &Path, to: &Path) {
    let moved: Vec<PathBuf> = names
        .keys()
        .filter(|path| path.starts_with(from))
        .cloned()
        .collect();
    for path in moved {
        if let (Some(file), Ok(rest)) = (names.remove(&path), path.strip_prefix(from)) {
            let target = if rest.as_os_str().is_empty() {
                to.to_path_buf()
            } else {
                to.join(rest)
            };
            names.insert(target, file);
        }
    }
}

impl State {
    pub(super) fn content(&mut self, file: &Path) -> Option<&mut Content> {
        let number = *self.names.get(file)?;
        self.files.get_mut(number)
    }

    pub(super) fn existing(&mut self, file: &Path) -> io::Result<&mut Content> {
        self.content(file)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn used(&self) -> usize {
        let numbers: BTreeSet<usize> = self.names.values().copied().collect();
        let files = numbers.iter().filter_map(|number| self.files.get(*number));
        files.map(|content| content.now.len()).sum()
    }

    pub(super) fn alive(&self) -> io::Result<()> {
        if self.crashed {
            return Err(crashed());
        }
        Ok(())
    }

    /// Passes a boundary, or crashes before it.
    pub(super) fn boundary(&mut self) -> io::Result<()> {
        self.alive()?;
        if self.read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        self.boundaries += 1;
        if self.crash_at == Some(self.boundaries) {
            self.crashed = true;
        }
        self.alive()
    }

    pub(super) fn change(&mut self, change: Change) {
        change.apply(&mut self.names);
        self.changes.push(change);
    }

    pub(super) fn restart(&mut self, loss: Loss) {
        let mut dice = match loss {
            Loss::Torn { seed, .. } | Loss::Pages { seed, .. } => fastrand::Rng::with_seed(seed),
            Loss::Nothing | Loss::Everything => fastrand::Rng::with_seed(0),
        };
        let changes = std::mem::take(&mut self.changes);
        let kept = match loss {
            Loss::Nothing => changes.len(),
            Loss::Everything => 0,
            Loss::Torn { .. } | Loss::Pages { .. } => dice.usize(0..=changes.len()),
        };
        for change in &changes[..kept] {
            change.apply(&mut self.safe_names);
        }
        self.names = self.safe_names.clone();
        for content in &mut self.files {
            content.settle(loss, &mut dice);
        }
        self.locks.clear();
        self.lives += 1;
        self.crashed = false;
        self.crash_at = None;
    }
}

impl Content {
    pub(super) fn settle(&mut self, loss: Loss, dice: &mut fastrand::Rng) {
        let safe = self.safe.len().min(self.now.len());
        let unit = match loss {
            Loss::Nothing => 1,
            Loss::Everything => {
                self.now.clone_from(&self.safe);
                1
            }
            Loss::Torn { unit, .. } => {
                let cut = dice.usize(safe..=self.now.len());
                let cut = if cut == self.now.len() {
                    cut
                } else {
                    cut / unit * unit
                };
                self.now.truncate(cut.max(safe));
                unit
            }
            Loss::Pages { unit, .. } => unit,
        };
        if matches!(loss, Loss::Pages { .. }) {
            let mut start = safe;
            while start < self.now.len() {
                let end = ((start / unit + 1) * unit).min(self.now.len());
                if dice.bool() {
                    self.now[start..end].fill(0);
                }
                start = end;
            }
        }
        self.safe.clone_from(&self.now);
        self.lost = false;
    }
}

pub(super) fn crashed() -> io::Error {
    io::Error::other("the simulated machine has crashed")
}
