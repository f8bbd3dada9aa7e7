//! sled, held at arm's length. It is a fine index and no record of truth: after damage it may refuse to open, panic, or
//! lose rows without a word. So every call is caught, and the number and the digest of all rows are checked on opening.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::journal::index::IndexError;
use crate::journal::index::keys::META;
use crate::journal::index::rows;
use crate::journal::layout::Position;
use crate::panic;

/// Changes when the meaning of a row does: an older index is then made anew.
const FORMAT: u32 = 1;
const CACHE_BYTES: u64 = 32 << 20;

/// Rows by key.
pub(crate) type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// What the index says about itself, written together with every change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    format: u32,
    /// The last record applied.
    pub(crate) cursor: Position,
    /// Number of rows, this one excluded.
    pub(crate) rows: u64,
    /// Sum of the digests of all rows, this one excluded.
    pub(crate) digest: u64,
}

impl Meta {
    const EMPTY: Self = Self {
        format: FORMAT,
        cursor: Position::START,
        rows: 0,
        digest: 0,
    };
}

/// A digest of one row; the sum over all rows does not depend on their order.
pub(crate) fn row_digest(key: &[u8], row: &[u8]) -> u64 {
    let sum = crc32c::crc32c(key);
    let both = crc32c::crc32c_append(sum, row);
    (u64::from(sum) << 32) | u64::from(both)
}

#[derive(Debug)]
pub(crate) struct Store {
    /// Absent once it is closed, so that closing is caught as well.
    db: Option<sled::Db>,
    meta: Meta,
}

impl Store {
    /// Opens or makes a store, and checks all of it.
    pub(crate) fn open(folder: &Path) -> Result<Self, IndexError> {
        let db = caught(|| {
            sled::Config::new()
                .path(folder)
                .cache_capacity(CACHE_BYTES)
                // Its thread would flush behind our back; what is not flushed is applied again.
                .flush_every_ms(None)
                .open()
        })?;
        let mut store = Self {
            db: Some(db),
            meta: Meta::EMPTY,
        };
        store.meta = match store.get(&META)? {
            Some(row) => rows::read(&row)?,
            None => Meta::EMPTY,
        };
        store.check()?;
        Ok(store)
    }

    fn check(&self) -> Result<(), IndexError> {
        let (mut count, mut digest) = (0_u64, 0_u64);
        self.each(&[], |key, row| {
            if key != META {
                count += 1;
                digest = digest.wrapping_add(row_digest(key, row));
            }
        })?;
        let meta = &self.meta;
        if meta.format == FORMAT && meta.rows == count && meta.digest == digest {
            Ok(())
        } else {
            Err(IndexError::Row)
        }
    }

    pub(crate) fn meta(&self) -> Meta {
        self.meta
    }

    fn db(&self) -> sled::Result<&sled::Db> {
        let closed = || sled::Error::Unsupported("the index is closed".to_owned());
        self.db.as_ref().ok_or_else(closed)
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let found = caught(|| self.db()?.get(key))?;
        Ok(found.map(|row| row.to_vec()))
    }

    /// Rows whose keys begin with `prefix`, in order.
    pub(crate) fn prefix(&self, prefix: &[u8]) -> Result<Rows, IndexError> {
        let mut found = Rows::new();
        self.each(prefix, |key, row| {
            found.insert(key.to_vec(), row.to_vec());
        })?;
        Ok(found)
    }

    fn each(&self, prefix: &[u8], mut visit: impl FnMut(&[u8], &[u8])) -> Result<(), IndexError> {
        caught(|| {
            for row in self.db()?.scan_prefix(prefix) {
                let (key, row) = row?;
                visit(&key, &row);
            }
            Ok(())
        })
    }

    /// Writes rows and what the index says about itself, all or nothing.
    pub(crate) fn write(&mut self, rows: Rows, meta: Meta) -> Result<(), IndexError> {
        let mut batch = sled::Batch::default();
        for (key, row) in rows {
            batch.insert(key, row);
        }
        batch.insert(&META, rows::write(&meta)?);
        caught(|| self.db()?.apply_batch(batch))?;
        self.meta = meta;
        Ok(())
    }

    pub(crate) fn flush(&self) -> Result<(), IndexError> {
        caught(|| self.db()?.flush())?;
        Ok(())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let db = self.db.take();
        // Closing flushes, and a damaged store may panic over it; nothing here is worth a word.
        let _ = caught(|| {
            drop(db);
            Ok(())
        });
    }
}

/// Removes the store.
pub(crate) fn wipe(folder: &Path) -> Result<(), IndexError> {
    match fs::remove_dir_all(folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(IndexError::Folder {
            folder: folder.to_path_buf(),
            source,
        }),
    }
}

/// Calls sled, turning a panic into an error. What it leaves behind is never used again: the folder is wiped.
fn caught<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, IndexError> {
    match panic::caught(call) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(IndexError::Store(error.to_string())),
        Err(_) => Err(IndexError::Panicked),
    }
}
