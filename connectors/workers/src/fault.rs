//! Everything that can be wrong with a worker or with what it says, as a closed list.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What becomes of a fault. There is no third case: a faulty value is never repaired, clamped or replaced by the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing usable arrived. The worker is absent; what it said before stands until it grows too old.
    Absent,
    /// Something arrived and was turned away. What stood before stands until it grows too old.
    Refused,
}

/// Why a worker's answer does not count.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    /// No complete answer in time.
    #[error("no complete answer within {} ms: is the worker up, and is its timeout long enough?", .after.as_millis())]
    Timeout {
        /// The time allowed.
        after: Duration,
    },
    /// Nothing to talk to.
    #[error("not reachable: {why}")]
    Unreachable {
        /// What was tried and what went wrong.
        why: String,
    },
    /// An HTTP status other than 200.
    #[error("answered with HTTP status {0}; expected 200 and a value")]
    Status(u16),
    /// More bytes than allowed.
    #[error("the answer is larger than {bytes_max} bytes; expected one number or a small JSON")]
    TooLarge {
        /// The bound.
        bytes_max: usize,
    },
    /// Not a number, not the JSON that was expected, or a broken row.
    #[error("cannot be read: {why}")]
    Malformed {
        /// Where, what was found and what was expected.
        why: String,
    },
    /// NaN, an infinity, or too large for a number.
    #[error("`{found}` is not a finite number")]
    NotFinite {
        /// The text as it came.
        found: String,
    },
    /// Outside what the quantity can be.
    #[error("{value} is outside the range: expected {expected}")]
    OutOfRange {
        /// The value.
        value: f64,
        /// The range in words.
        expected: &'static str,
    },
    /// A plausible value in another unit.
    #[error("{value} looks like {unit}; expected {expected}")]
    WrongUnit {
        /// The value as it came.
        value: f64,
        /// The unit it seems to be in.
        unit: &'static str,
        /// The unit asked for.
        expected: &'static str,
    },
    /// The value's own time is too old, or older than that of the value which stands.
    #[error("too old: {why}")]
    Stale {
        /// The ages in question.
        why: String,
    },
    /// The value's own time lies ahead of ours.
    #[error("its time lies {} ms in the future: check the worker's clock and time zone", .ahead.as_millis())]
    FromTheFuture {
        /// How far ahead.
        ahead: Duration,
    },
    /// The very same value with the very same time of its own again.
    #[error("the same value with the same time was heard before")]
    Duplicate,
    /// The value jumps to and fro.
    #[error("the value turned {turns} times within {} s; excluded until it settles", .window.as_secs())]
    FlipFlop {
        /// Jumps against the direction of the jump before.
        turns: u32,
        /// The time looked back on.
        window: Duration,
    },
    /// Arrived after the window had closed.
    #[error("{} ms after the window closed", .by.as_millis())]
    Late {
        /// How late.
        by: Duration,
    },
    /// About something that is not asked.
    #[error("no such question: {what}")]
    UnknownQuestion {
        /// What was named.
        what: String,
    },
    /// The worker may not do this.
    #[error("not permitted: {why}")]
    NotPermitted {
        /// What was tried, and what is allowed.
        why: String,
    },
    /// A command that could not be started, failed, or was ended by a signal.
    #[error("the command failed ({exit}){}{stderr}", if .stderr.is_empty() { "" } else { ": " })]
    ProcessFailed {
        /// Exit status or signal in words.
        exit: String,
        /// Start of its standard error.
        stderr: String,
    },
    /// Too many requests: ours to the worker, or the worker's to us.
    #[error("too many requests: {why}")]
    RateLimited {
        /// Whose limit, and what to do.
        why: String,
    },
}

/// A fault without its particulars: what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each name is that of the fault it counts")]
pub enum FaultKind {
    Timeout,
    Unreachable,
    Status,
    TooLarge,
    Malformed,
    NotFinite,
    OutOfRange,
    WrongUnit,
    Stale,
    FromTheFuture,
    Duplicate,
    FlipFlop,
    Late,
    UnknownQuestion,
    NotPermitted,
    ProcessFailed,
    RateLimited,
}

impl FaultKind {
    /// All of them, in the order of the list.
    pub const ALL: [Self; 17] = [
        Self::Timeout,
        Self::Unreachable,
        Self::Status,
        Self::TooLarge,
        Self::Malformed,
        Self::NotFinite,
        Self::OutOfRange,
        Self::WrongUnit,
        Self::Stale,
        Self::FromTheFuture,
        Self::Duplicate,
        Self::FlipFlop,
        Self::Late,
        Self::UnknownQuestion,
        Self::NotPermitted,
        Self::ProcessFailed,
        Self::RateLimited,
    ];

    /// Its name in JSON, in metrics and in the guide.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Status => "status",
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::NotFinite => "not_finite",
            Self::OutOfRange => "out_of_range",
            Self::WrongUnit => "wrong_unit",
            Self::Stale => "stale",
            Self::FromTheFuture => "from_the_future",
            Self::Duplicate => "duplicate",
            Self::FlipFlop => "flip_flop",
            Self::Late => "late",
            Self::UnknownQuestion => "unknown_question",
            Self::NotPermitted => "not_permitted",
            Self::ProcessFailed => "process_failed",
            Self::RateLimited => "rate_limited",
        }
    }

    /// What becomes of it.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Timeout
            | Self::Unreachable
            | Self::Status
            | Self::TooLarge
            | Self::Malformed
            | Self::ProcessFailed => Outcome::Absent,
            Self::NotFinite
            | Self::OutOfRange
            | Self::WrongUnit
            | Self::Stale
            | Self::FromTheFuture
            | Self::Duplicate
            | Self::FlipFlop
            | Self::Late
            | Self::UnknownQuestion
            | Self::NotPermitted
            | Self::RateLimited => Outcome::Refused,
        }
    }
}

impl Fault {
    /// What is counted.
    #[must_use]
    pub const fn kind(&self) -> FaultKind {
        match self {
            Self::Timeout { .. } => FaultKind::Timeout,
            Self::Unreachable { .. } => FaultKind::Unreachable,
            Self::Status(_) => FaultKind::Status,
            Self::TooLarge { .. } => FaultKind::TooLarge,
            Self::Malformed { .. } => FaultKind::Malformed,
            Self::NotFinite { .. } => FaultKind::NotFinite,
            Self::OutOfRange { .. } => FaultKind::OutOfRange,
            Self::WrongUnit { .. } => FaultKind::WrongUnit,
            Self::Stale { .. } => FaultKind::Stale,
            Self::FromTheFuture { .. } => FaultKind::FromTheFuture,
            Self::Duplicate => FaultKind::Duplicate,
            Self::FlipFlop { .. } => FaultKind::FlipFlop,
            Self::Late { .. } => FaultKind::Late,
            Self::UnknownQuestion { .. } => FaultKind::UnknownQuestion,
            Self::NotPermitted { .. } => FaultKind::NotPermitted,
            Self::ProcessFailed { .. } => FaultKind::ProcessFailed,
            Self::RateLimited { .. } => FaultKind::RateLimited,
        }
    }

    /// What becomes of it.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.kind().outcome()
    }

    /// Its name in JSON, in metrics and in the guide.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind().code()
    }

    pub(crate) fn malformed(why: impl Into<String>) -> Self {
        Self::Malformed { why: why.into() }
    }
}
