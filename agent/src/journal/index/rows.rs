//! Rows of the index. They are stored as JSON.

use quorate_domain::{Fill, FillStatus, Inference, PlaceOrder, Shares, Timestamp, Token, WorkerId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::journal::hash::ChainHash;
use crate::journal::index::IndexError;
use crate::journal::layout::Position;
use crate::journal::record::PostResult;

/// An order and how far it has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRow {
    /// What was to be done.
    pub place: Option<PlaceOrder>,
    /// The venue's name for it, once it was about to be posted.
    pub hash: Option<String>,
    /// What came of the last post.
    pub posted: Option<PostResult>,
    /// Whether it rests, or rested.
    pub accepted: bool,
    /// Whether the venue refused it.
    pub refused: bool,
    /// Whether it has left the book.
    pub cancelled: bool,
    /// Shares executed, void executions excluded.
    pub filled: Shares,
    /// The last record about it.
    pub last: Position,
}

/// An execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillRow {
    /// What was executed.
    pub fill: Fill,
    /// How far it has come.
    pub status: FillStatus,
    /// When it became known.
    pub at: Timestamp,
    /// The record that told of it.
    pub position: Position,
}

/// What is held of a token, from executions, mergers and redemptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The token.
    pub token: Token,
    /// Net shares in micro-units, matched executions counted and void ones not. Negative if more was sold than was
    /// known to be held.
    pub shares_micros: i64,
    /// The last record that changed it.
    pub last: Position,
}

/// What a worker submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmissionRow {
    /// The worker.
    pub worker: WorkerId,
    /// The receipt.
    pub hash: ChainHash,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Where the whole of it stands.
    pub position: Position,
}

/// What a worker said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct InferenceRow {
    /// It.
    pub inference: Inference,
    /// When it was taken up.
    pub at: Timestamp,
}

pub(crate) fn read<T: DeserializeOwned>(row: &[u8]) -> Result<T, IndexError> {
    serde_json::from_slice(row).map_err(|_| IndexError::Row)
}

pub(crate) fn write<T: Serialize>(row: &T) -> Result<Vec<u8>, IndexError> {
    serde_json::to_vec(row).map_err(|error| IndexError::Store(error.to_string()))
}
