//! One connection to a node's event stream, from opening to its end.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::error::{AlloraError, WireError, shorten};
use crate::events::{BlockNews, Frame, parse_frame, subscribe};
use crate::settings::Timings;

/// What a connection reports while it lasts.
pub(crate) enum Report {
    /// All subscriptions stand.
    Subscribed,
    /// Bundles, or events that could not be read.
    News(BlockNews),
    /// A whole frame that could not be read.
    Malformed(WireError),
}

/// A connection to be made.
pub(crate) struct Stream<'a> {
    pub(crate) url: &'a str,
    pub(crate) queries: &'a [String],
    pub(crate) wanted: &'a BTreeSet<u64>,
    pub(crate) frame_bytes_max: usize,
    pub(crate) timings: &'a Timings,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Stream<'_> {
    /// Connects, subscribes and reports until it breaks; the reason is the result. Full `reports` slow it down, so that
    /// nothing is dropped here; the node may then cut the connection, which is noticed.
    pub(crate) async fn run(&self, reports: &mpsc::Sender<Report>) -> AlloraError {
        let mut socket = match self.open().await {
            Ok(socket) => socket,
            Err(error) => return error,
        };
        match self.listen(&mut socket, reports).await {
            Ok(never) => match never {},
            Err(error) => error,
        }
    }

    async fn open(&self) -> Result<Socket, AlloraError> {
        let config = WebSocketConfig::default()
            .max_message_size(Some(self.frame_bytes_max))
            .max_frame_size(Some(self.frame_bytes_max));
        let opening = connect_async_with_config(self.url, Some(config), true);
        let (mut socket, _) = timeout(self.timings.connect_within, opening)
            .await
            .map_err(|_| self.late(self.timings.connect_within))?
            .map_err(|error| AlloraError::Unreachable {
                place: self.place(),
                detail: shorten(&error.to_string()),
            })?;
        for (i, query) in self.queries.iter().enumerate() {
            self.send(&mut socket, Message::text(subscribe(&id_of(i), query)))
                .await?;
        }
        Ok(socket)
    }

    async fn listen(
        &self,
        socket: &mut Socket,
        reports: &mpsc::Sender<Report>,
    ) -> Result<std::convert::Infallible, AlloraError> {
        let timings = self.timings;
        let mut pending: BTreeSet<String> = (0..self.queries.len()).map(id_of).collect();
        let confirmed_by = Instant::now() + timings.connect_within;
        let mut silent_at = Instant::now() + timings.silence_max;
        let mut pong_by: Option<Instant> = None;
        let mut pings = interval_at(Instant::now() + timings.ping_every, timings.ping_every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = socket.next() => {
                    silent_at = Instant::now() + timings.silence_max;
                    match message {
                        Some(Ok(Message::Pong(_))) => pong_by = None,
                        Some(Ok(Message::Text(text))) => {
                            if let Some(report) = self.read(&text, &mut pending)? {
                                self.report(reports, report).await?;
                            }
                        }
                        Some(Ok(Message::Close(frame))) => {
                            let why = frame.map_or_else(String::new, |frame| frame.reason.to_string());
                            return Err(self.ended(&format!("closed by the node {why}")));
                        }
                        Some(Ok(_)) => {}
                        Some(Err(error)) => return Err(self.ended(&error.to_string())),
                        None => return Err(self.ended("closed")),
                    }
                }
                _ = pings.tick() => {
                    self.send(socket, Message::Ping(Vec::new().into())).await?;
                    pong_by.get_or_insert(Instant::now() + timings.pong_within);
                }
                () = sleep_until(pong_by.unwrap_or(silent_at)), if pong_by.is_some() => {
                    return Err(self.ended("a ping was not answered"));
                }
                () = sleep_until(silent_at) => return Err(self.ended("silent for too long")),
                () = sleep_until(confirmed_by), if !pending.is_empty() => {
                    return Err(self.late(timings.connect_within));
                }
            }
        }
    }

    fn read(
        &self,
        text: &str,
        pending: &mut BTreeSet<String>,
    ) -> Result<Option<Report>, AlloraError> {
        match parse_frame(text, self.wanted) {
            Ok(Frame::Confirmed { id }) => {
                let last = pending.remove(&id) && pending.is_empty();
                Ok(last.then_some(Report::Subscribed))
            }
            Ok(Frame::Refused { detail, .. }) => Err(AlloraError::SubscriptionRefused {
                place: self.place(),
                detail,
            }),
            Ok(Frame::Block(news)) if news.bundles.is_empty() && news.faults.is_empty() => Ok(None),
            Ok(Frame::Block(news)) => Ok(Some(Report::News(news))),
            Ok(Frame::Other) => Ok(None),
            Err(fault) => Ok(Some(Report::Malformed(fault))),
        }
    }

    async fn report(
        &self,
        reports: &mpsc::Sender<Report>,
        report: Report,
    ) -> Result<(), AlloraError> {
        reports
            .send(report)
            .await
            .map_err(|_| self.ended("nobody listens any more"))
    }

    async fn send(&self, socket: &mut Socket, message: Message) -> Result<(), AlloraError> {
        timeout(self.timings.pong_within, socket.send(message))
            .await
            .map_err(|_| self.late(self.timings.pong_within))?
            .map_err(|error| self.ended(&error.to_string()))
    }

    fn place(&self) -> String {
        self.url.to_owned()
    }

    fn ended(&self, detail: &str) -> AlloraError {
        AlloraError::StreamEnded {
            place: self.place(),
            detail: shorten(detail.trim()),
        }
    }

    fn late(&self, after: Duration) -> AlloraError {
        AlloraError::TimedOut {
            place: self.place(),
            after,
        }
    }
}

fn id_of(i: usize) -> String {
    format!("sub_{}", i + 1)
}
