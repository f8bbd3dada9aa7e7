//! The little that a journal asks of a disk. The real one is a thin layer over `std::fs`; the simulated one forgets,
//! tears, fills up and fails on purpose.

mod real;
mod sim;

use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::sync::Arc;

pub use real::RealDisk;
pub use sim::{Loss, SimDisk};

/// A disk that several parts of a program use.
pub type SharedDisk = Arc<dyn Disk>;

/// What [`Disk::open_append`] expects to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// No file of that name; it is made, readable by its owner alone.
    New,
    /// A file of that name.
    Existing,
}

/// A file system. Every error is the operating system's; its kind tells a full disk and a read-only one from the rest.
pub trait Disk: Debug + Send + Sync {
    /// Names in a folder, sorted.
    ///
    /// # Errors
    /// `NotFound` if there is no such folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// Makes a folder and those above it, open to their owner alone. One that exists is left as it is.
    ///
    /// # Errors
    /// It cannot be made.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;

    /// Opens a file for appending.
    ///
    /// # Errors
    /// `AlreadyExists` or `NotFound`, as `opening` asks; or it cannot be opened.
    fn open_append(&self, file: &Path, opening: Opening) -> io::Result<Box<dyn DiskFile>>;

    /// Bytes of a file from `offset`, at most `length`; fewer only at its end.
    ///
    /// # Errors
    /// It cannot be read.
    fn read(&self, file: &Path, offset: u64, length: u64) -> io::Result<Vec<u8>>;

    /// Gives a file or a folder another name, replacing a file of that name, in one step.
    ///
    /// # Errors
    /// It cannot be renamed.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file, or an empty folder.
    ///
    /// # Errors
    /// It cannot be removed.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Cuts a file to `length` bytes and waits until that is safe.
    ///
    /// # Errors
    /// It cannot be cut.
    fn truncate(&self, file: &Path, length: u64) -> io::Result<()>;

    /// Waits until the names in a folder are safe on disk.
    ///
    /// # Errors
    /// The disk did not confirm it.
    fn sync_dir(&self, folder: &Path) -> io::Result<()>;

    /// Takes the lock that a file stands for, or says who has it.
    ///
    /// # Errors
    /// The file cannot be opened.
    fn lock(&self, file: &Path) -> io::Result<DiskLock>;

    /// Bytes that can still be written.
    ///
    /// # Errors
    /// It cannot be found out.
    fn free_space(&self, folder: &Path) -> io::Result<u64>;
}

/// A file open for appending.
pub trait DiskFile: Debug + Send {
    /// Adds bytes at the end. After an error a part of them may be there.
    ///
    /// # Errors
    /// They could not be written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Waits until everything appended is safe on disk. After an error nothing is known about what was appended since the
    /// last success, and trying again does not change that.
    ///
    /// # Errors
    /// The disk did not confirm it.
    fn sync(&mut self) -> io::Result<()>;
}

/// Answer to [`Disk::lock`].
#[derive(Debug)]
pub enum DiskLock {
    /// Ours until the guard is dropped.
    Held(Box<dyn LockGuard>),
    /// Somebody else's; with the process id, if it can be told.
    Taken(Option<u32>),
}

/// Keeps a lock until it is dropped.
pub trait LockGuard: Debug + Send + Sync {}
