//! What a worker said, stamped and hashed on arrival.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use quorate_domain::{Inference, Timestamp, WorkerId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::fault::Fault;
use crate::question::QuestionKey;
use crate::text::hex;

/// Characters kept of what arrived.
pub(crate) const RAW_CHARS_MAX: usize = 512;

/// By which way something came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Fetched from a URL.
    Http,
    /// Read from a file.
    Csv,
    /// Printed by a command.
    Command,
    /// The order book's midpoint.
    Market,
    /// Pushed to the intake.
    Push,
}

impl Source {
    /// The word used in settings and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Csv => "csv",
            Self::Command => "command",
            Self::Market => "market",
            Self::Push => "push",
        }
    }
}

/// An inference that was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// What is said. Its value is finite and within the range of the quantity asked for.
    pub inference: Inference,
    /// The worker's name.
    pub worker: String,
    /// What it is about.
    pub question: QuestionKey,
    /// When it arrived.
    pub received_at: Timestamp,
    /// [`inference_hash`] of it.
    pub hash: [u8; 32],
    /// By which way it came.
    pub kind: Source,
    /// What arrived, at most 512 characters, control characters shown as spaces.
    pub raw: String,
}

/// A forecaster's expected losses that were taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// The forecaster.
    pub worker: WorkerId,
    /// The forecaster's name.
    pub worker_name: String,
    /// What it is about.
    pub question: QuestionKey,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Expected loss by worker name, in the units of the topic's loss; finite, never empty.
    pub expected_losses: BTreeMap<String, f64>,
    /// By which way it came.
    pub kind: Source,
    /// What arrived, at most 512 characters, control characters shown as spaces.
    pub raw: String,
}

/// Something that did not count, with whom and what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultReport {
    /// The worker.
    pub worker: WorkerId,
    /// Its name.
    pub worker_name: String,
    /// What was asked.
    pub question: QuestionKey,
    /// When it was noticed.
    pub at: Timestamp,
    /// What was wrong.
    pub fault: Fault,
}

/// What a desk hands on.
#[derive(Clone, Debug, PartialEq)]
pub enum FromWorker {
    /// An inference.
    Heard(Heard),
    /// Expected losses.
    Forecast(Forecast),
    /// Something that does not count.
    Fault(FaultReport),
}

/// SHA-256 over the canonical rendering of an inference, with `\n` after each line:
///
/// ```text
/// quorate inference 1
/// worker <length of the name in bytes> <name>
/// question <topic>/<epoch>/<label>
/// value <shortest decimal that reads back as the same number>
/// published_at <nanoseconds since 1970>
/// ```
#[must_use]
pub fn inference_hash(
    worker: &str,
    question: QuestionKey,
    value: f64,
    published_at: Timestamp,
) -> [u8; 32] {
    let mut text = String::from("quorate inference 1\n");
    // Writing to a String cannot fail.
    let _ = writeln!(text, "worker {} {worker}", worker.len());
    let _ = writeln!(text, "question {question}");
    let _ = writeln!(text, "value {value:?}");
    let _ = writeln!(text, "published_at {}", published_at.nanos());
    Sha256::digest(text.as_bytes()).into()
}

/// A hash as 64 hexadecimal digits.
#[must_use]
pub fn hash_hex(hash: &[u8; 32]) -> String {
    hex(hash)
}
