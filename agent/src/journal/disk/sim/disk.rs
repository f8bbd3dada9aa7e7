//! The simulated disk as a journal sees it.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::MutexGuard;

use super::SimDisk;
use super::state::{Change, Content, FOLDER, State, crashed};
use crate::journal::disk::{Disk, DiskFile, DiskLock, LockGuard, Opening};

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
