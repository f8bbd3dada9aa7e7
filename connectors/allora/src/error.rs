//! Everything that can go wrong between here and the network, and what to do about it.

use std::time::Duration;

/// A place in an answer that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: expected {expected}, found {found}")]
pub struct WireError {
    /// Where, as a path such as `network_inferences.inferer_values[3].value`.
    pub at: String,
    /// What should have been there.
    pub expected: &'static str,
    /// What is there, shortened.
    pub found: String,
}

/// Why a request to the network gave nothing usable. `place` names the request: method and path, never a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlloraError {
    /// A setting that cannot work.
    #[error("setting {name}: {problem}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What is wrong with it and what to write instead.
        problem: String,
    },
    /// No connection.
    #[error("{place}: no connection ({detail}); check the address and the network")]
    Unreachable {
        /// The request.
        place: String,
        /// What the system says.
        detail: String,
    },
    /// No answer in time.
    #[error("{place}: no answer within {after:?}; it is asked again later")]
    TimedOut {
        /// The request.
        place: String,
        /// How long was waited.
        after: Duration,
    },
    /// HTTP 429.
    #[error("{place}: too many requests{}; lower requests_per_minute", wait_text(*.retry_after))]
    TooManyRequests {
        /// The request.
        place: String,
        /// How long the server wants to be left alone, if it says so.
        retry_after: Option<Duration>,
    },
    /// HTTP 401 or 403.
    #[error(
        "{place}: the API key is refused (status {status}); set a valid key of the developer portal"
    )]
    KeyRefused {
        /// The request.
        place: String,
        /// HTTP status.
        status: u16,
    },
    /// HTTP 404: the topic or height is unknown, or has no value yet.
    #[error(
        "{place}: not found ({detail}); check that the topic exists on this network and has a value"
    )]
    NotFound {
        /// The request.
        place: String,
        /// What the server says.
        detail: String,
    },
    /// HTTP 501: the server has no such route, which is how another emissions version shows.
    #[error(
        "{place}: this chain does not serve the route; set the other emissions version (v9 or v10)"
    )]
    NotServed {
        /// The request.
        place: String,
    },
    /// HTTP 408 or 5xx.
    #[error("{place}: the server failed (status {status}: {detail}); it is asked again later")]
    ServerFault {
        /// The request.
        place: String,
        /// HTTP status.
        status: u16,
        /// What the server says.
        detail: String,
    },
    /// Any other refusal.
    #[error("{place}: refused (status {status}: {detail})")]
    Refused {
        /// The request.
        place: String,
        /// HTTP status.
        status: u16,
        /// What the server says.
        detail: String,
    },
    /// The answer is no JSON: a web page, a cut-off body.
    #[error(
        "{place}: the answer is not JSON ({detail}); check that the address is an API and no web page"
    )]
    NotJson {
        /// The request.
        place: String,
        /// The beginning of it.
        detail: String,
    },
    /// The answer is larger than allowed.
    #[error(
        "{place}: the answer is larger than {bytes_max} bytes; raise body_bytes_max if that is right"
    )]
    TooLarge {
        /// The request.
        place: String,
        /// The bound.
        bytes_max: usize,
    },
    /// JSON of another shape.
    #[error("{place}: {error}")]
    Shape {
        /// The request.
        place: String,
        /// Where and what.
        error: WireError,
    },
    /// The answer is about another topic than the one asked for.
    #[error(
        "{place}: asked for topic {asked}, the answer is about topic {answered}; it is not used"
    )]
    OtherTopic {
        /// The request.
        place: String,
        /// Wanted.
        asked: u64,
        /// Got.
        answered: u64,
    },
    /// A list that never ends: a page was given twice, or there are more pages than allowed.
    #[error("{place}: the list of topics does not end ({pages} pages); nothing of it is used")]
    EndlessPages {
        /// The request.
        place: String,
        /// Pages read.
        pages: usize,
    },
    /// The event stream broke.
    #[error("{place}: the stream ended ({detail}); it is opened again")]
    StreamEnded {
        /// The address.
        place: String,
        /// How.
        detail: String,
    },
    /// The node does not accept the subscription.
    #[error(
        "{place}: subscription refused ({detail}); values come by polling until it is accepted"
    )]
    SubscriptionRefused {
        /// The address.
        place: String,
        /// What the node says.
        detail: String,
    },
}

fn wait_text(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!(" (wait {} s)", wait.as_secs()))
}

impl AlloraError {
    /// Whether the same request may succeed a little later, without anybody changing anything.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::TooManyRequests { .. }
                | Self::ServerFault { .. }
                | Self::StreamEnded { .. }
        )
    }
}

/// At most 120 visible characters of a text from outside, fit for one line of a log.
pub(crate) fn shorten(text: &str) -> String {
    let mut out: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(120)
        .collect();
    if text.chars().nth(120).is_some() {
        out.push_str("...");
    }
    out
}
