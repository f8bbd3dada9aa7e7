//! What can go wrong with a call, told so that one knows what to do.

use std::time::Duration;

use super::fault::Fault;
use super::node::WireError;

/// A call without a usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    /// A setting that is not allowed.
    #[error("{name}: {problem}")]
    Setting {
        /// Which setting.
        name: &'static str,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// Not a byte of the request was sent.
    #[error("{place}: could not be sent ({detail}); check the network and the host")]
    NotSent {
        /// The call.
        place: String,
        /// What is known.
        detail: String,
    },
    /// Sent at least in part, and no whole answer came back.
    #[error("{place}: no whole answer ({detail})")]
    Lost {
        /// The call.
        place: String,
        /// What is known.
        detail: String,
    },
    /// An answer that is not what it should be.
    #[error("{place}: the answer cannot be understood {error}")]
    NotUnderstood {
        /// The call.
        place: String,
        /// Where and why.
        error: WireError,
    },
    /// The venue said no.
    #[error("{place}: refused with HTTP {status} ({text})")]
    Refused {
        /// The call.
        place: String,
        /// HTTP status.
        status: u16,
        /// The class of the refusal.
        fault: Fault,
        /// The venue's words, shortened.
        text: String,
    },
    /// The credentials are refused although the clock was synchronised and the key was derived again.
    #[error(
        "{place}: the API key is refused ({text}); the clock was synchronised and the key derived again: check that the key was not revoked"
    )]
    AuthFailed {
        /// The call.
        place: String,
        /// The venue's words.
        text: String,
    },
    /// A private call without an account or an API key.
    #[error("{place}: needs {needs}")]
    NotLoggedIn {
        /// The call.
        place: String,
        /// What is missing.
        needs: &'static str,
    },
    /// A call that costs more than the venue ever allows at once: it can never succeed.
    #[error("{bucket}: a call of cost {cost} can never pass a burst of {burst}; split it")]
    AboveBurst {
        /// Name of the budget.
        bucket: &'static str,
        /// Cost of the call.
        cost: u32,
        /// What the budget holds at most.
        burst: u32,
    },
    /// Pages that do not come to an end.
    #[error("{place}: the pages do not end (cursor `{cursor}` after {pages} pages)")]
    EndlessPages {
        /// The call.
        place: String,
        /// The last cursor.
        cursor: String,
        /// Pages read.
        pages: usize,
    },
}

impl RestError {
    /// How long the venue asked to wait, where it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused {
                fault:
                    Fault::Throttled { after }
                    | Fault::PostOnly {
                        retry_after: after, ..
                    },
                ..
            } => *after,
            _ => None,
        }
    }

    /// Whether the same question may have an answer later: the network, or a state of the venue that passes.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NotSent { .. } | Self::Lost { .. } => true,
            Self::Refused { fault, .. } => matches!(
                fault,
                Fault::Throttled { .. }
                    | Fault::Restarting
                    | Fault::Unclear
                    | Fault::OrderTimedOut
                    | Fault::NotReady
            ),
            _ => false,
        }
    }
}
