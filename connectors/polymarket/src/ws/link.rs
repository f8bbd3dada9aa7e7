//! One WebSocket connection: where it may go, how long each step may take, why it ended, when to try again.

use std::time::Duration;

use futures_util::SinkExt;
use quorate_domain::Timestamp;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Gives the time of arrival; the shell's clock, handed in.
pub type Clock = fn() -> Timestamp;

/// Domain that sockets may lead to.
const VENUE: &str = "polymarket.com";

/// An address that a socket may lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

/// An address that a socket may not lead to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no address for the venue's sockets: write wss://HOST/PATH with a host of {VENUE}, or ws://127.0.0.1:PORT/PATH for one on this machine"
)]
pub struct EndpointError(pub String);

impl Endpoint {
    /// Checks an address: `wss://` and a host of the venue, or `ws://` on this machine.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(url: &str) -> Result<Self, EndpointError> {
        let refused = || EndpointError(url.to_owned());
        let parsed = reqwest::Url::parse(url).map_err(|_| refused())?;
        let host = parsed.host_str().ok_or_else(refused)?;
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let is_venue = host
            .strip_suffix(VENUE)
            .is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
        let fits = match parsed.scheme() {
            "wss" => is_venue || is_here,
            "ws" => is_here,
            _ => false,
        };
        // Log-ins go to the venue's own port, and the address that was checked is the one that is opened.
        let is_plain = parsed.username().is_empty()
            && parsed.password().is_none()
            && (is_here || parsed.port().is_none());
        (fits && is_plain)
            .then(|| Self(parsed.into()))
            .ok_or_else(refused)
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    /// Opening a connection.
    pub connect_within: Duration,
    /// From one `PING` to the next.
    pub ping_every: Duration,
    /// Without any `PONG`.
    pub pong_within: Duration,
    /// Without data about a subscribed asset; answers to pings do not count. Shorter for liquid markets.
    pub silence_max: Duration,
    /// Age at which a connection is replaced; each one adds up to a quarter at random, so that not all go at once.
    pub lifetime: Duration,
    /// First ceiling of the random wait before another attempt; it doubles with each.
    pub backoff_min: Duration,
    /// Highest ceiling of that wait.
    pub backoff_max: Duration,
    /// Age from which a connection counts as good again, so that the waits start anew.
    pub settled_after: Duration,
    /// How long a reader may be too slow before the connection is given up.
    pub backlog_max: Duration,
    /// How long a snapshot may take before it is asked for again; doubles with each time, up to 32 times this.
    pub snapshot_within: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            connect_within: Duration::from_secs(10),
            ping_every: Duration::from_secs(10),
            pong_within: Duration::from_secs(30),
            silence_max: Duration::from_secs(60),
            lifetime: Duration::from_secs(30 * 60),
            backoff_min: Duration::from_millis(500),
            backoff_max: Duration::from_secs(30),
            settled_after: Duration::from_secs(30),
            backlog_max: Duration::from_secs(2),
            snapshot_within: Duration::from_secs(10),
        }
    }
}

impl Timings {
    /// Full jitter: anything between nothing and a ceiling that doubles with every attempt up to `backoff_max`.
    #[must_use]
    pub fn backoff(&self, attempt: u32) -> Duration {
        let factor = 2_u32.saturating_pow(attempt.min(20));
        let ceiling = self.backoff_min.saturating_mul(factor);
        ceiling.min(self.backoff_max).mul_f64(fastrand::f64())
    }

    /// Age at which this connection is replaced.
    pub(crate) fn this_lifetime(&self) -> Duration {
        self.lifetime.mul_f64(1.0 + fastrand::f64() / 4.0)
    }
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// It could not be opened.
    #[error("cannot connect to {place}: {detail}")]
    Unreachable {
        /// The address.
        place: String,
        /// What the system says.
        detail: String,
    },
    /// Opening it took too long.
    #[error("no connection to {0} in time")]
    Late(String),
    /// The venue closed it.
    #[error("closed by the venue with code {code} {reason:?}")]
    Closed {
        /// The WebSocket close code; 1005 when none was given.
        code: u16,
        /// The venue's words.
        reason: String,
    },
    /// It broke.
    #[error("connection broke: {0}")]
    Broken(String),
    /// No `PONG` for too long.
    #[error("no PONG in time")]
    NoPong,
    /// No data for too long.
    #[error("connected, and silent for too long")]
    Silent,
    /// A frame could not be read.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// Whoever reads the reports was too slow.
    #[error("reports were not taken in time")]
    Backlog,
    /// Old enough to be replaced.
    #[error("replaced on schedule")]
    Scheduled,
}

/// Opens a connection whose frames and messages have at most `frame_bytes_max` bytes.
pub(crate) async fn open(
    endpoint: &Endpoint,
    timings: &Timings,
    frame_bytes_max: usize,
) -> Result<Socket, Loss> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(frame_bytes_max))
        .max_frame_size(Some(frame_bytes_max));
    let opening = connect_async_with_config(endpoint.as_str(), Some(config), true);
    let place = || endpoint.as_str().to_owned();
    match timeout(timings.connect_within, opening).await {
        Err(_) => Err(Loss::Late(place())),
        Ok(Err(error)) => Err(Loss::Unreachable {
            place: place(),
            detail: error.to_string(),
        }),
        Ok(Ok((socket, _))) => Ok(socket),
    }
}

/// Sends a text; a peer that takes nothing any more counts as broken.
pub(crate) async fn send(socket: &mut Socket, timings: &Timings, text: String) -> Result<(), Loss> {
    match timeout(timings.connect_within, socket.send(Message::text(text))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Loss::Broken(error.to_string())),
        Err(_) => Err(Loss::Broken("nothing is taken any more".to_owned())),
    }
}

/// What came in, with everything but texts turned into a loss or nothing.
pub(crate) fn text_of(
    message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
) -> Result<Option<tokio_tungstenite::tungstenite::Utf8Bytes>, Loss> {
    match message {
        Some(Ok(Message::Text(text))) => Ok(Some(text)),
        Some(Ok(Message::Close(frame))) => {
            let (code, reason) = frame.map_or((1005, String::new()), |frame| {
                (u16::from(frame.code), frame.reason.to_string())
            });
            Err(Loss::Closed { code, reason })
        }
        Some(Ok(Message::Binary(_))) => Err(Loss::Unreadable("a binary frame".to_owned())),
        Some(Ok(_)) => Ok(None),
        Some(Err(error)) => Err(Loss::Broken(error.to_string())),
        None => Err(Loss::Broken("the stream ended".to_owned())),
    }
}
