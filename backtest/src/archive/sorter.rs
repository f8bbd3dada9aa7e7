//! Sorting more than fits into memory: sorted runs in temporary files, merged when they are read.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a run's read buffer while runs are merged.
const READ_BUFFER: usize = 128 * 1024;
/// Longest frame that is read back.
const FRAME_MAX: u32 = 64 * 1024 * 1024;

/// What can be sorted: it has a key and goes through bytes unchanged.
pub trait Spill: Sized {
    /// What it is sorted by; equal ones keep the order in which they came.
    type Key: Ord;
    /// The key.
    fn key(&self) -> Self::Key;
    /// About how much memory it takes, bytes.
    fn weight(&self) -> usize;
    /// Appends its bytes.
    fn put(&self, out: &mut Vec<u8>);
    /// Reads it back; `None` if the bytes are not what [`Spill::put`] wrote.
    fn take(bytes: &[u8]) -> Option<Self>;
}

/// A sorter with a limit on memory.
#[derive(Debug)]
pub struct Sorter<T> {
    held: Vec<T>,
    weight: usize,
    weight_max: usize,
    folder: PathBuf,
    runs: Vec<PathBuf>,
}

impl<T: Spill> Sorter<T> {
    /// A sorter that keeps about `bytes_max` in memory and puts the rest into a folder, which must exist.
    #[must_use]
    pub fn new(folder: PathBuf, bytes_max: usize) -> Self {
        let (held, runs) = (Vec::new(), Vec::new());
        Self {
            held,
            weight: 0,
            weight_max: bytes_max.max(1),
            folder,
            runs,
        }
    }

    /// Takes one more.
    ///
    /// # Errors
    /// A run could not be written.
    pub fn push(&mut self, item: T) -> io::Result<()> {
        self.weight += item.weight();
        self.held.push(item);
        if self.weight < self.weight_max {
            return Ok(());
        }
        self.spill()
    }

    fn spill(&mut self) -> io::Result<()> {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let path = self
            .folder
            .join(format!(".run-{}-{serial}.tmp", std::process::id()));
        self.held.sort_by_key(Spill::key);
        let mut out = BufWriter::new(File::create(&path)?);
        self.runs.push(path);
        let mut frame = Vec::new();
        for item in self.held.drain(..) {
            frame.clear();
            item.put(&mut frame);
            let len =
                u32::try_from(frame.len()).map_err(|_| io::Error::other("an item is too large"))?;
            out.write_all(&len.to_le_bytes())?;
            out.write_all(&frame)?;
        }
        self.weight = 0;
        out.flush()
    }

    /// Gives everything back in order, then removes the runs.
    ///
    /// # Errors
    /// A run cannot be read, or `each` fails.
    pub fn finish<E: From<io::Error>>(
        mut self,
        mut each: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.runs.is_empty() {
            self.held.sort_by_key(Spill::key);
            return self.held.drain(..).try_for_each(each);
        }
        self.spill()?;
        let mut runs = Vec::new();
        let mut heads = BinaryHeap::new();
        for (place, path) in self.runs.iter().enumerate() {
            let mut run = BufReader::with_capacity(READ_BUFFER, File::open(path)?);
            let first = next::<T>(&mut run)?;
            if let Some(item) = &first {
                heads.push(Reverse((item.key(), place)));
            }
            runs.push((run, first));
        }
        while let Some(Reverse((_, place))) = heads.pop() {
            let (run, head) = &mut runs[place];
            let item = std::mem::replace(head, next::<T>(run)?);
            if let Some(next) = head {
                heads.push(Reverse((next.key(), place)));
            }
            item.into_iter().try_for_each(&mut each)?;
        }
        Ok(())
    }
}

fn next<T: Spill>(run: &mut impl Read) -> io::Result<Option<T>> {
    let mut len = [0; 4];
    match run.read_exact(&mut len) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let broken = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "a temporary file of the sort is damaged",
        )
    };
    let len = u32::from_le_bytes(len);
    if len > FRAME_MAX {
        return Err(broken());
    }
    let mut frame = vec![0; len as usize];
    run.read_exact(&mut frame)?;
    T::take(&frame).map(Some).ok_or_else(broken)
}

impl<T> Drop for Sorter<T> {
    fn drop(&mut self) {
        for run in &self.runs {
            // A leftover temporary file is harmless.
            let _ = fs::remove_file(run);
        }
    }
}
