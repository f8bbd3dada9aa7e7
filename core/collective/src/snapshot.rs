//! The stored form of a pool. It carries scheme and version; one of another version is refused.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::pool::{Pool, State};
use crate::row::Quantity;
use crate::scheme::SchemeSpec;

/// Version of the pools' state and arithmetic. A snapshot of another version is refused: replay the journal instead.
pub const POOL_VERSION: u32 = 1;

/// The stored form of a pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    version: u32,
    scheme: SchemeSpec,
    quantity: Quantity,
    workers: usize,
    state: State,
}

impl From<Pool> for Snapshot {
    fn from(pool: Pool) -> Self {
        let Pool {
            spec,
            quantity,
            workers,
            state,
        } = pool;
        Self {
            version: POOL_VERSION,
            scheme: spec,
            quantity,
            workers,
            state,
        }
    }
}

impl TryFrom<Snapshot> for Pool {
    type Error = SnapshotError;

    fn try_from(snapshot: Snapshot) -> Result<Self, SnapshotError> {
        let Snapshot {
            version,
            scheme,
            quantity,
            workers,
            state,
        } = snapshot;
        if version != POOL_VERSION {
            return Err(SnapshotError { version });
        }
        Ok(Self {
            spec: scheme,
            quantity,
            workers,
            state,
        })
    }
}

/// A snapshot of another version: rebuild the pool from the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotError {
    /// Version of the snapshot.
    pub version: u32,
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "pool snapshot of version {}, this program has {POOL_VERSION}",
            self.version
        )
    }
}

impl core::error::Error for SnapshotError {}
