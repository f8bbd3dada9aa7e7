//! The stored form of a pool. It carries scheme and version; one of another version is refused.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::pool::{Pool, State};
use crate::row::Quantity;
use crate::scheme::SchemeSpec;

/// Version of the pools' state and arithmetic. A snapshot of another version is refused: replay the journal instead.
pub const POOL_VERSION: u32 = 2;

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
            return Err(SnapshotError::Version(version));
        }
        if !state.has_workers(workers) {
            return Err(SnapshotError::Shape);
        }
        Ok(Self {
            spec: scheme,
            quantity,
            workers,
            state,
        })
    }
}

/// Why a snapshot is refused: rebuild the pool from the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotError {
    /// It was written by this other version.
    Version(u32),
    /// Its parts do not belong to the same number of workers.
    Shape,
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => {
                write!(
                    f,
                    "pool snapshot of version {version}, this program has {POOL_VERSION}"
                )
            }
            Self::Shape => f.write_str("pool snapshot with parts of different sizes"),
        }
    }
}

impl core::error::Error for SnapshotError {}
