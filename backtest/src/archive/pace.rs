//! How far a long task has come, readable from another thread.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes and rows done so far, and bytes there are.
#[derive(Debug, Default)]
pub struct Pace {
    done: AtomicU64,
    total: AtomicU64,
    rows: AtomicU64,
}

impl Pace {
    /// Sets how many bytes there are to read.
    pub fn expect(&self, bytes: u64) {
        self.total.store(bytes, Ordering::Relaxed);
    }

    /// Notes bytes as read.
    pub fn add_bytes(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Notes rows as read.
    pub fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    /// Bytes read.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Bytes there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Rows read.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }
}
