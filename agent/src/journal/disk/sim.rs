//! A disk in memory that does what disks do on bad days: it loses what was not synced, tears it, fills up, fails to
//! sync, turns read-only and rots. Deterministic: what it does follows from its knobs and seeds alone.
//!
//! Handles share one disk, and the disk outlives whoever uses it: that is what a restart after a crash needs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::journal::disk::{Disk, DiskFile, DiskLock, LockGuard, Opening};

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

/// A simulated disk.
#[derive(Clone, Debug, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    files: Vec<Content>,
    /// What each path names: the place of a file in `files`, or [`FOLDER`].
    names: BTreeMap<PathBuf, usize>,
    /// The names that are safe, and the changes to them that are not yet.
    safe_names: BTreeMap<PathBuf, usize>,
    changes: Vec<Change>,
    locks: BTreeMap<PathBuf, u64>,
    lives: u64,
    boundaries: u64,
    crash_at: Option<u64>,
    crashed: bool,
    syncs: u64,
    fail_sync_at: Option<u64>,
    capacity: Option<usize>,
    read_only: bool,
}

/// Stands for a folder where the place of a file would be.
const FOLDER: usize = usize::MAX;

#[derive(Clone, Debug, Default)]
struct Content {
    now: Vec<u8>,
    safe: Vec<u8>,
    /// A sync failed: the system believes the bytes are clean, so no later sync writes them.
    lost: bool,
}

#[derive(Clone, Debug)]
enum Change {
    Create(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

impl Change {
    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
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

    fn touches(&self, folder: &Path) -> bool {
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

/// Knobs and looks from outside.
impl SimDisk {
    /// An empty disk without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that panicked holding it has failed already; the state itself is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of boundaries passed so far: every write, sync, rename, removal and cut is one.
    #[must_use]
    pub fn boundaries(&self) -> u64 {
        self.state().boundaries
    }

    /// Crashes just before boundary `number`, counted from 1 over the disk's whole life. From then on everything fails
    /// until [`SimDisk::restart`].
    pub fn crash_at(&self, number: u64) {
        self.state().crash_at = Some(number);
    }

    /// Whether it has crashed.
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.state().crashed
    }

    /// Ends the life of whoever used it, and starts again with what `loss` leaves. Locks are free again; knobs other
    /// than the crash stay.
    pub fn restart(&self, loss: Loss) {
        self.state().restart(loss);
    }

    /// Lets the sync after the next `count` fail with an input/output error.
    pub fn fail_sync_after(&self, count: u64) {
        let mut state = self.state();
        state.fail_sync_at = Some(state.syncs + count + 1);
    }

    /// Bytes the disk holds at most; `None` for no end.
    pub fn set_capacity(&self, bytes: Option<usize>) {
        self.state().capacity = bytes;
    }

    /// Bytes it holds.
    #[must_use]
    pub fn used(&self) -> usize {
        self.state().used()
    }

    /// Forbids every change.
    pub fn set_read_only(&self) {
        self.state().read_only = true;
    }

    /// Allows changes again.
    pub fn set_writable(&self) {
        self.state().read_only = false;
    }

    /// Flips one bit of a file; gives whether there is such a byte.
    pub fn flip_bit(&self, file: &Path, byte: usize, bit: u8) -> bool {
        let mut state = self.state();
        let Some(content) = state.content(file) else {
            return false;
        };
        for bytes in [&mut content.now, &mut content.safe] {
            if let Some(byte) = bytes.get_mut(byte) {
                *byte ^= 1 << (bit & 7);
            }
        }
        byte < content.now.len()
    }

    /// What a file holds now; `None` if there is none.
    #[must_use]
    pub fn contents(&self, file: &Path) -> Option<Vec<u8>> {
        self.state()
            .content(file)
            .map(|content| content.now.clone())
    }

    /// Puts a whole file there, safe on disk.
    pub fn put(&self, file: &Path, bytes: &[u8]) {
        let mut state = self.state();
        let number = state.files.len();
        state.files.push(Content {
            now: bytes.to_vec(),
            safe: bytes.to_vec(),
            lost: false,
        });
        state.names.insert(file.to_path_buf(), number);
        state.safe_names.insert(file.to_path_buf(), number);
    }

    /// Paths of all files.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        self.state().names.keys().cloned().collect()
    }

    /// A disk with the same files, all safe, and no faults.
    #[must_use]
    pub fn copy(&self) -> Self {
        let state = self.state();
        let copy = State {
            files: state.files.clone(),
            names: state.names.clone(),
            safe_names: state.safe_names.clone(),
            changes: state.changes.clone(),
            ..State::default()
        };
        let copy = Self {
            state: Arc::new(Mutex::new(copy)),
        };
        copy.restart(Loss::Nothing);
        copy
    }
}

impl State {
    fn content(&mut self, file: &Path) -> Option<&mut Content> {
        let number = *self.names.get(file)?;
        self.files.get_mut(number)
    }

    fn existing(&mut self, file: &Path) -> io::Result<&mut Content> {
        self.content(file)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn used(&self) -> usize {
        let numbers: BTreeSet<usize> = self.names.values().copied().collect();
        let files = numbers.iter().filter_map(|number| self.files.get(*number));
        files.map(|content| content.now.len()).sum()
    }

    fn alive(&self) -> io::Result<()> {
        if self.crashed {
            return Err(crashed());
        }
        Ok(())
    }

    /// Passes a boundary, or crashes before it.
    fn boundary(&mut self) -> io::Result<()> {
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

    fn change(&mut self, change: Change) {
        change.apply(&mut self.names);
        self.changes.push(change);
    }

    fn restart(&mut self, loss: Loss) {
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
    fn settle(&mut self, loss: Loss, dice: &mut fastrand::Rng) {
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

fn crashed() -> io::Error {
    io::Error::other("the simulated machine has crashed")
}

impl Disk for SimDisk {
    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        state.alive()?;
        let mut names = BTreeSet::new();
        let paths = state.names.keys();
        for path in paths.filter_map(|path| path.strip_prefix(folder).ok()) {
            names.extend(
                path.iter()
                    .next()
                    .map(|name| name.to_string_lossy().into_owned()),
            );
        }
        if names.is_empty() && !state.names.contains_key(folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(names.into_iter().collect())
    }

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.alive()?;
        if state.names.contains_key(folder) {
            return Ok(());
        }
        state.boundary()?;
        state.change(Change::Create(folder.to_path_buf(), FOLDER));
        Ok(())
    }

    fn open_append(&self, file: &Path, opening: Opening) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        let found = state.names.get(file).copied();
        let number = match (opening, found) {
            (Opening::New, Some(_)) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Opening::Existing, None) => return Err(io::ErrorKind::NotFound.into()),
            (Opening::Existing, Some(number)) => {
                state.boundary()?;
                number
            }
            (Opening::New, None) => {
                state.boundary()?;
                let number = state.files.len();
                state.files.push(Content::default());
                state.change(Change::Create(file.to_path_buf(), number));
                number
            }
        };
        Ok(Box::new(SimFile {
            disk: self.clone(),
            number,
            life: state.lives,
        }))
    }

    fn read(&self, file: &Path, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut state = self.state();
        state.alive()?;
        let bytes = &state.existing(file)?.now;
        let start = usize::try_from(offset).map_or(bytes.len(), |start| start.min(bytes.len()));
        let rest = &bytes[start..];
        let length = usize::try_from(length).map_or(rest.len(), |length| length.min(rest.len()));
        Ok(rest[..length].to_vec())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.boundary()?;
        if !state.names.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.change(Change::Rename(from.to_path_buf(), to.to_path_buf()));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.boundary()?;
        if !state.names.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.change(Change::Remove(path.to_path_buf()));
        Ok(())
    }

    fn truncate(&self, file: &Path, length: u64) -> io::Result<()> {
        let mut state = self.state();
        state.boundary()?;
        let content = state.existing(file)?;
        content
            .now
            .truncate(usize::try_from(length).unwrap_or(usize::MAX));
        content.safe.clone_from(&content.now);
        Ok(())
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.boundary()?;
        let changes = std::mem::take(&mut state.changes);
        let (safe, waiting): (Vec<Change>, Vec<Change>) = changes
            .into_iter()
            .partition(|change| change.touches(folder));
        for change in safe {
            change.apply(&mut state.safe_names);
        }
        state.changes = waiting;
        Ok(())
    }

    fn lock(&self, file: &Path) -> io::Result<DiskLock> {
        let mut state = self.state();
        state.boundary()?;
        if state.locks.contains_key(file) {
            return Ok(DiskLock::Taken(Some(std::process::id())));
        }
        let life = state.lives;
        state.locks.insert(file.to_path_buf(), life);
        Ok(DiskLock::Held(Box::new(SimLock {
            disk: self.clone(),
            file: file.to_path_buf(),
            life,
        })))
    }

    fn free_space(&self, _: &Path) -> io::Result<u64> {
        let state = self.state();
        state.alive()?;
        let free = state.capacity.map(|all| all.saturating_sub(state.used()));
        Ok(free.map_or(u64::MAX, |free| free as u64))
    }
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    number: usize,
    life: u64,
}

impl SimFile {
    /// The disk, if its machine has not been restarted since the file was opened.
    fn open(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        if state.lives != self.life {
            return Err(crashed());
        }
        Ok(state)
    }
}

impl DiskFile for SimFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.open()?;
        state.boundary()?;
        let free = state.capacity.map(|all| all.saturating_sub(state.used()));
        let fits = free.map_or(bytes.len(), |free| free.min(bytes.len()));
        if let Some(content) = state.files.get_mut(self.number) {
            content.now.extend_from_slice(&bytes[..fits]);
        }
        if fits < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.open()?;
        state.boundary()?;
        state.syncs += 1;
        let fails = state.fail_sync_at == Some(state.syncs);
        if let Some(content) = state.files.get_mut(self.number) {
            content.lost |= fails;
            if !content.lost {
                content.safe.clone_from(&content.now);
            }
        }
        if fails {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        Ok(())
    }
}

/// "Input/output error" on Linux and macOS.
const EIO: i32 = 5;

#[derive(Debug)]
struct SimLock {
    disk: SimDisk,
    file: PathBuf,
    life: u64,
}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        if state.locks.get(&self.file) == Some(&self.life) {
            state.locks.remove(&self.file);
        }
    }
}

impl LockGuard for SimLock {}
