//! The disk of the operating system.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;

use crate::journal::disk::{Disk, DiskFile, DiskLock, LockGuard, Opening};

/// The disk of the operating system. Files it makes are open to their owner alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

#[cfg(unix)]
fn private_file(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private_file(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn private_folder(builder: &mut DirBuilder) -> &mut DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    builder.mode(0o700)
}

#[cfg(not(unix))]
fn private_folder(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder
}

impl Disk for RealDisk {
    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        private_folder(builder.recursive(true)).create(folder)
    }

    fn open_append(&self, file: &Path, opening: Opening) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(opening == Opening::New);
        Ok(Box::new(RealFile(private_file(&mut options).open(file)?)))
    }

    fn read(&self, file: &Path, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut file = File::open(file)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            fs::remove_dir(path)
        } else {
            fs::remove_file(path)
        }
    }

    fn truncate(&self, file: &Path, length: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(file)?;
        file.set_len(length)?;
        file.sync_all()
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        // Only Unix lets a folder be opened and synced; elsewhere the file system orders names itself.
        if cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<DiskLock> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = private_file(&mut options).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                write!(file, "{}", std::process::id())?;
                Ok(DiskLock::Held(Box::new(RealLock(file))))
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Whoever holds it may be writing its number just now: then we do not know it.
                let _ = file.read_to_string(&mut text);
                Ok(DiskLock::Taken(text.trim().parse().ok()))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn free_space(&self, folder: &Path) -> io::Result<u64> {
        // The standard library cannot ask; `df` is POSIX, and its portable form has one line per file system.
        let output = Command::new("df").arg("-Pk").arg(folder).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let blocks = text
            .lines()
            .nth(1)
            .and_then(|line| line.split_whitespace().nth(3))
            .and_then(|word| word.parse::<u64>().ok());
        blocks
            .map(|kibibytes| kibibytes.saturating_mul(1024))
            .ok_or_else(|| io::Error::other("`df -Pk` gave no number of free blocks"))
    }
}

#[derive(Debug)]
struct RealFile(File);

impl DiskFile for RealFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        // The data and the length; times do not matter.
        self.0.sync_data()
    }
}

/// The operating system frees the lock with the file, however the process ends.
#[derive(Debug)]
struct RealLock(#[expect(dead_code, reason = "held for its lock")] File);

impl LockGuard for RealLock {}
