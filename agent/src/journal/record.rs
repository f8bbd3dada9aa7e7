//! What a journal holds. The payload of a record is the JSON of its struct: readable without this program, and exact
//! (integers are integers, floats come back bit for bit).

use quorate_domain::{
    Cash, Command, Decision, Entry, EpochId, LabelId, OrderId, Timestamp, TopicId, WorkerId,
};
use serde::{Deserialize, Serialize};

use crate::journal::error::{Flaw, JournalError};
use crate::journal::finite;
use crate::journal::hash::ChainHash;
use crate::journal::kind::Kind;

/// Largest payload, bytes. A longer one is refused when written, and is damage when read.
pub(crate) const PAYLOAD_MAX: usize = 16 << 20;

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// The program started.
    Start(Start),
    /// Something happened.
    Entry(Entry),
    /// What the engine made of it.
    Effects(Effects),
    /// What a worker submitted, as it came.
    Submission(Submission),
    /// An order that is about to be posted.
    Intent(Intent),
    /// What came of posting it.
    Posted(Posted),
    /// How far a feed has been read.
    FeedCursor(FeedCursor),
    /// A remark of the runtime.
    Note(Note),
    /// A snapshot was stored.
    SnapshotTaken(SnapshotTaken),
    /// Records are missing here; written by a repair only.
    Gap(Gap),
    /// What the account was worth.
    Valuation(Valuation),
    /// The entries since the last step, with their effects, are whole.
    Step(Step),
}

/// How the orders of a run are executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// By the simulated exchange.
    Paper,
    /// By the venue, with money.
    Live,
}

/// The program started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Journal format it writes.
    pub format: u32,
    /// Version of the program.
    pub version: String,
    /// The account, as in the segment headers.
    pub account: String,
    /// Mode of the run.
    pub mode: Mode,
    /// SHA-256 of the configuration's text.
    pub config_hash: ChainHash,
    /// The configuration as read. It must not hold secrets.
    pub config_text: String,
    /// When.
    pub at: Timestamp,
}

/// What the engine made of one entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effects {
    /// Sequence number of the entry.
    pub seq: u64,
    /// What to do, in order.
    pub commands: Vec<Command>,
    /// Why, for every market judged.
    pub decisions: Vec<Decision>,
}

/// What a worker submitted, before anything was made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// SHA-256 of `raw`: the receipt the worker was given.
    pub hash: ChainHash,
    /// The worker.
    pub worker: WorkerId,
    /// The topic.
    pub topic: TopicId,
    /// The round.
    pub epoch: EpochId,
    /// The label; 0 for a single-valued epoch.
    pub label: LabelId,
    /// The text as it came.
    pub raw: String,
    /// When it arrived.
    pub received_at: Timestamp,
}

/// An order that is about to be posted. It is journaled before it leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Our name for the order.
    pub order: OrderId,
    /// The venue's name for it: the EIP-712 hash, in hexadecimal as the venue writes it.
    pub hash: String,
    /// The exact bytes that are posted, and posted again in doubt, in hexadecimal.
    pub bytes: String,
}

/// What came of posting an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The order.
    pub order: OrderId,
    /// The outcome.
    pub result: PostResult,
}

/// Outcome of a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostResult {
    /// The venue took it, with its answer.
    Accepted(String),
    /// The venue proved that it did not take it, with its answer.
    Refused(String),
    /// It is not known whether the venue took it: it must be asked by hash. With what is known.
    Unknown(String),
}

/// How far a feed has been read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedCursor {
    /// Name of the feed.
    pub source: String,
    /// Where to go on, in the feed's own terms.
    pub position: String,
}

/// A remark of the runtime: an alert, a login, a change of settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// A stable word.
    pub event: String,
    /// For a person.
    pub text: String,
}

/// A snapshot was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotTaken {
    /// Its file name.
    pub file: String,
    /// Sequence number of the last entry in it.
    pub seq: u64,
    /// The checksum in its header.
    pub hash: ChainHash,
}

/// Records are missing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Number, in the damaged journal, of the last record before the gap.
    pub after: u64,
    /// How many records are missing; `None` at the end of the journal, where nobody can tell.
    pub lost: Option<u64>,
}

/// What the account was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Valuation {
    /// Last entry counted.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Net asset value.
    pub nav: Cash,
}

/// Why the decision core was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Something happened in the world: the last entry of the batch. What fell due before it comes first.
    Observed,
    /// Time passed.
    TimePassed,
    /// Collateral was paid in.
    Deposited(Cash),
}

/// Closes a batch: one cause and everything it brought about. Entries and effects that no step closes never left the
/// process; opening the journal cuts them off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When the cause was taken up, by the clock of the instance.
    pub at: Timestamp,
    /// The cause.
    pub cause: Cause,
    /// Pieces of the feed taken up so far.
    pub fed: u64,
}

impl Record {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Start(_) => Kind::Start,
            Self::Entry(_) => Kind::Entry,
            Self::Effects(_) => Kind::Effects,
            Self::Submission(_) => Kind::Submission,
            Self::Intent(_) => Kind::Intent,
            Self::Posted(_) => Kind::Posted,
            Self::FeedCursor(_) => Kind::FeedCursor,
            Self::Note(_) => Kind::Note,
            Self::SnapshotTaken(_) => Kind::SnapshotTaken,
            Self::Gap(_) => Kind::Gap,
            Self::Valuation(_) => Kind::Valuation,
            Self::Step(_) => Kind::Step,
        }
    }

    /// Appends the payload to a buffer. On an error the buffer may hold a part of it.
    ///
    /// # Errors
    /// [`JournalError::Unwritable`]: a number is not finite (JSON has no word for it), or the payload is too long.
    pub(crate) fn write_payload(&self, buffer: &mut Vec<u8>) -> Result<(), JournalError> {
        let start = buffer.len();
        match self {
            Self::Start(value) => put(value, buffer),
            Self::Entry(value) => put(value, buffer),
            Self::Effects(value) => put(value, buffer),
            Self::Submission(value) => put(value, buffer),
            Self::Intent(value) => put(value, buffer),
            Self::Posted(value) => put(value, buffer),
            Self::FeedCursor(value) => put(value, buffer),
            Self::Note(value) => put(value, buffer),
            Self::SnapshotTaken(value) => put(value, buffer),
            Self::Gap(value) => put(value, buffer),
            Self::Valuation(value) => put(value, buffer),
            Self::Step(value) => put(value, buffer),
        }
        .map_err(|why| self.unwritable(why))?;
        match buffer.len() - start {
            0..=PAYLOAD_MAX => Ok(()),
            length => Err(self.unwritable(format!(
                "its {length} bytes are more than the {PAYLOAD_MAX} allowed"
            ))),
        }
    }

    fn unwritable(&self, why: String) -> JournalError {
        JournalError::Unwritable {
            kind: self.kind(),
            why,
        }
    }

    /// Reads a payload of the given kind.
    ///
    /// # Errors
    /// [`Flaw::NoRecord`]: the payload is something else.
    pub(crate) fn read_payload(kind: Kind, payload: &[u8]) -> Result<Self, Flaw> {
        let read = match kind {
            Kind::Start => serde_json::from_slice(payload).map(Self::Start),
            Kind::Entry => serde_json::from_slice(payload).map(Self::Entry),
            Kind::Effects => serde_json::from_slice(payload).map(Self::Effects),
            Kind::Submission => serde_json::from_slice(payload).map(Self::Submission),
            Kind::Intent => serde_json::from_slice(payload).map(Self::Intent),
            Kind::Posted => serde_json::from_slice(payload).map(Self::Posted),
            Kind::FeedCursor => serde_json::from_slice(payload).map(Self::FeedCursor),
            Kind::Note => serde_json::from_slice(payload).map(Self::Note),
            Kind::SnapshotTaken => serde_json::from_slice(payload).map(Self::SnapshotTaken),
            Kind::Gap => serde_json::from_slice(payload).map(Self::Gap),
            Kind::Valuation => serde_json::from_slice(payload).map(Self::Valuation),
            Kind::Step => serde_json::from_slice(payload).map(Self::Step),
            Kind::Seal => return Err(Flaw::Footer),
        };
        read.map_err(|error| Flaw::NoRecord {
            kind,
            why: error.to_string(),
        })
    }
}

fn put<T: Serialize>(value: &T, buffer: &mut Vec<u8>) -> Result<(), String> {
    finite::check(value)?;
    serde_json::to_writer(buffer, value).map_err(|error| error.to_string())
}
