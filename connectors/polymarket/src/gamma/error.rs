//! Everything that can go wrong between here and the catalogue, and what to do about it.

use std::time::Duration;

use super::page::Unreadable;

/// Why a request to the catalogue gave nothing usable. `place` names the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GammaError {
    /// A setting that cannot work.
    #[error("setting {name}: {problem}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What is wrong with it and what to write instead.
        problem: String,
    },
    /// No connection.
    #[error("{place}: no connection ({detail}); check the network")]
    Unreachable {
        /// The request.
        place: String,
        /// What the system says.
        detail: String,
    },
    /// No answer in time.
    #[error("{place}: no answer within {after:?}; ask again later")]
    TimedOut {
        /// The request.
        place: String,
        /// How long was waited.
        after: Duration,
    },
    /// HTTP 429.
    #[error("{place}: too many requests from this address; ask again later")]
    TooManyRequests {
        /// The request.
        place: String,
        /// How long the venue wants to be left alone, if it says so.
        retry_after: Option<Duration>,
    },
    /// HTTP 404.
    #[error(
        "{place}: not in the catalogue; check the name, a new market may take minutes to appear"
    )]
    NotFound {
        /// The request.
        place: String,
    },
    /// HTTP 408, 425 or 5xx.
    #[error("{place}: the venue has a fault (status {status}); ask again later")]
    ServerFault {
        /// The request.
        place: String,
        /// HTTP status.
        status: u16,
    },
    /// Any other refusal, and redirects, which are never followed.
    #[error("{place}: refused (status {status}: {detail}); a filter or an order name may be wrong")]
    Refused {
        /// The request.
        place: String,
        /// HTTP status.
        status: u16,
        /// What the venue says, cleaned and shortened.
        detail: String,
    },
    /// More bytes than are read.
    #[error("{place}: the answer is longer than {bytes_max} bytes; ask for fewer records")]
    TooLarge {
        /// The request.
        place: String,
        /// The bound.
        bytes_max: usize,
    },
    /// An answer of another shape.
    #[error("{place}: {problem}")]
    Shape {
        /// The request.
        place: String,
        /// What could not be read.
        problem: Unreadable,
    },
}

impl GammaError {
    /// Whether the same request may succeed a little later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::TooManyRequests { .. }
                | Self::ServerFault { .. }
        )
    }
}
