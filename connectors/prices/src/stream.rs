//! One connection to a source, kept for ever: connect, log in, subscribe, read, notice silence, try again.

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::binance;
use crate::endpoint::Endpoint;
use crate::polybolt::{self, Answer, ApiKey, Sequence};
use crate::price::{Price, Unreadable};
use crate::report::{Final, Loss, Report};
use crate::rtds::{self, Topic};
use crate::source::{Source, Timings};

/// Largest frame that is read, in bytes: two minutes of prices, five a second, many times over.
const FRAME_BYTES_MAX: usize = 1 << 20;

/// A stream; it lives inside [`PriceStream::run`].
#[derive(Debug)]
pub struct PriceStream {
    /// Address, without the path of the exchange's combined stream.
    pub endpoint: Endpoint,
    /// What it gives.
    pub source: Source,
    /// Time limits.
    pub timings: Timings,
    /// Takes the reports; when it stays full for `backlog_max`, the connection is given up.
    pub reports: mpsc::Sender<Report>,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

enum Stop {
    Final(Final),
    Lost(Loss),
}

impl From<Loss> for Stop {
    fn from(loss: Loss) -> Self {
        Self::Lost(loss)
    }
}

impl PriceStream {
    /// Keeps the connection until nobody takes reports any more or the source refuses us for good.
    pub async fn run(self) -> Final {
        if let Source::PolyBolt { subscriptions, .. } = &self.source {
            if subscriptions.len() > polybolt::SUBSCRIPTIONS_MAX {
                return Final::TooMany(subscriptions.len());
            }
            if !self.endpoint.takes_keys() {
                return Final::NoPlaceForKeys(self.endpoint.as_str().to_owned());
            }
        }
        let mut attempt = 0;
        loop {
            let started = Instant::now();
            let loss = match self.connection().await {
                Err(Stop::Final(end)) => return end,
                Err(Stop::Lost(loss)) => loss,
                Ok(never) => match never {},
            };
            attempt = if started.elapsed() >= self.timings.settled_after {
                0
            } else {
                attempt + 1
            };
            let wait = match loss {
                Loss::Drain => self.timings.drain_max.mul_f64(fastrand::f64()),
                _ => self.timings.backoff(attempt),
            };
            tracing::warn!(source = ?self.source, %loss, ?wait, "price stream lost");
            if self.reports.send(Report::Lost(loss)).await.is_err() {
                return Final::Unwanted;
            }
            tokio::select! {
                () = sleep(wait) => {}
                () = self.reports.closed() => return Final::Unwanted,
            }
        }
    }

    async fn connection(&self) -> Result<std::convert::Infallible, Stop> {
        let mut socket = self.open().await?;
        match &self.source {
            Source::PolyBolt { key, subscriptions } => {
                self.log_in(&mut socket, key).await?;
                self.send(&mut socket, polybolt::subscribe(subscriptions))
                    .await?;
            }
            Source::Rtds { wanted } => {
                let mut topics: Vec<Topic> = wanted.iter().map(|(topic, _)| *topic).collect();
                topics.sort_unstable();
                topics.dedup();
                for topic in topics {
                    self.send(&mut socket, rtds::subscribe(topic, None)).await?;
                }
                self.report(Report::Connected).await?;
            }
            Source::Binance { .. } => self.report(Report::Connected).await?,
        }
        self.listen(&mut socket).await
    }

    async fn open(&self) -> Result<Socket, Loss> {
        let url = match &self.source {
            Source::Binance { wanted } => {
                format!("{}{}", self.endpoint.as_str(), binance::path(wanted))
            }
            Source::PolyBolt { .. } | Source::Rtds { .. } => self.endpoint.as_str().to_owned(),
        };
        let config = WebSocketConfig::default()
            .max_message_size(Some(FRAME_BYTES_MAX))
            .max_frame_size(Some(FRAME_BYTES_MAX));
        let opening = connect_async_with_config(url.as_str(), Some(config), true);
        match timeout(self.timings.answer_within, opening).await {
            Err(_) => Err(Loss::Late("connecting")),
            Ok(Err(error)) => Err(Loss::Unreachable {
                place: self.endpoint.as_str().to_owned(),
                detail: error.to_string(),
            }),
            Ok(Ok((socket, _))) => Ok(socket),
        }
    }

    async fn log_in(&self, socket: &mut Socket, key: &ApiKey) -> Result<(), Stop> {
        self.send(socket, polybolt::auth(key)).await?;
        let answered = timeout(self.timings.answer_within, async {
            loop {
                let text = text_of(socket.next().await)?;
                let Some(text) = text else { continue };
                match polybolt::read(&text).ok().and_then(|frame| frame.answer) {
                    Some(Answer::Authed) => return Ok(()),
                    Some(Answer::Refused { code, .. }) => {
                        return Err(if Answer::is_passing(&code) {
                            Stop::Lost(Loss::RefusedForNow(code))
                        } else {
                            Stop::Final(Final::KeyRefused(code))
                        });
                    }
                    _ => {}
                }
            }
        });
        answered
            .await
            .unwrap_or(Err(Stop::Lost(Loss::Late("the log-in"))))
    }

    async fn listen(&self, socket: &mut Socket) -> Result<std::convert::Infallible, Stop> {
        let timings = &self.timings;
        let begun = Instant::now();
        let mut unanswered = match &self.source {
            Source::PolyBolt { subscriptions, .. } => subscriptions.len(),
            Source::Rtds { .. } | Source::Binance { .. } => 0,
        };
        let answers_by = begun + timings.answer_within;
        let mut frame_by = begun + timings.frames_within;
        let mut price_by = begun + timings.prices_within;
        let mut sequence = Sequence::default();
        let mut pings = interval_at(begun + timings.ping_every, timings.ping_every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = socket.next() => {
                    frame_by = Instant::now() + timings.frames_within;
                    let Some(text) = text_of(message)? else { continue };
                    if self.take(&text, &mut sequence, &mut unanswered).await? {
                        price_by = Instant::now() + timings.prices_within;
                    }
                }
                _ = pings.tick() => match &self.source {
                    Source::PolyBolt { .. } => self.send(socket, polybolt::PING.to_owned()).await?,
                    Source::Rtds { .. } => self.send(socket, "PING".to_owned()).await?,
                    Source::Binance { .. } => {}
                },
                () = sleep_until(answers_by), if unanswered > 0 => {
                    return Err(Loss::Late("the subscriptions").into());
                }
                () = sleep_until(frame_by) => return Err(Loss::NoFrames.into()),
                () = sleep_until(price_by) => return Err(Loss::NoPrices.into()),
                () = self.reports.closed() => return Err(Stop::Final(Final::Unwanted)),
            }
        }
    }

    /// Takes one text in; whether it held a price.
    async fn take(
        &self,
        text: &str,
        sequence: &mut Sequence,
        unanswered: &mut usize,
    ) -> Result<bool, Stop> {
        let prices = match &self.source {
            Source::PolyBolt { .. } => match polybolt::read(text) {
                Ok(frame) => return self.take_frame(frame, text, sequence, unanswered).await,
                Err(fault) => Err(fault),
            },
            Source::Rtds { wanted } => rtds::read(text).map(|mut prices| {
                prices.retain(|price| is_wanted(wanted, price));
                prices
            }),
            Source::Binance { .. } if binance::announces_shutdown(text) => {
                return Err(Loss::Drain.into());
            }
            Source::Binance { .. } => binance::read(text),
        };
        match prices {
            Ok(prices) => self.pass_on(prices).await,
            Err(fault) => {
                self.report(Report::Unreadable(fault)).await?;
                Ok(false)
            }
        }
    }

    async fn take_frame(
        &self,
        frame: polybolt::Frame,
        text: &str,
        sequence: &mut Sequence,
        unanswered: &mut usize,
    ) -> Result<bool, Stop> {
        match frame.answer {
            Some(Answer::Subscribed) => self.answered(unanswered).await?,
            Some(Answer::Refused { code, channel }) => match channel {
                Some(channel) => {
                    self.report(Report::Refused { channel, code }).await?;
                    self.answered(unanswered).await?;
                }
                None if code.starts_with("auth_") && !Answer::is_passing(&code) => {
                    return Err(Stop::Final(Final::KeyRefused(code)));
                }
                None if Answer::is_passing(&code) => return Err(Loss::RefusedForNow(code).into()),
                // The answer to a keep-alive that the source does not know is no reason to go.
                None if *unanswered == 0 => {}
                None => return Err(Stop::Final(Final::Policy(code))),
            },
            Some(Answer::Authed) | None => {}
        }
        let mut missed = frame.dropped;
        let mut channel = String::new();
        if let Some((name, seq)) = frame.seq {
            missed = missed.max(sequence.missing(&name, seq));
            channel = name;
        }
        if missed > 0 {
            let frames = missed;
            self.report(Report::Missed { channel, frames }).await?;
        }
        if frame.faults > 0 {
            let what = format!("{} prices cannot be read", frame.faults);
            let fault = Unreadable::new(&what, text);
            self.report(Report::Unreadable(fault)).await?;
        }
        self.pass_on(frame.prices).await
    }

    async fn answered(&self, unanswered: &mut usize) -> Result<(), Stop> {
        let before = *unanswered;
        *unanswered = before.saturating_sub(1);
        if before == 1 {
            self.report(Report::Connected).await?;
        }
        Ok(())
    }

    async fn pass_on(&self, prices: Vec<Price>) -> Result<bool, Stop> {
        if prices.is_empty() {
            return Ok(false);
        }
        self.report(Report::Prices(prices)).await?;
        Ok(true)
    }

    async fn send(&self, socket: &mut Socket, text: String) -> Result<(), Loss> {
        let text = Message::text(text);
        match timeout(self.timings.answer_within, socket.send(text)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Loss::Broken(error.to_string())),
            Err(_) => Err(Loss::Late("what was sent")),
        }
    }

    async fn report(&self, report: Report) -> Result<(), Stop> {
        match timeout(self.timings.backlog_max, self.reports.send(report)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Stop::Final(Final::Unwanted)),
            Err(_) => Err(Loss::Backlog.into()),
        }
    }
}

fn is_wanted(wanted: &[(Topic, String)], price: &Price) -> bool {
    wanted
        .iter()
        .any(|(topic, symbol)| topic.gives(price) && symbol.eq_ignore_ascii_case(&price.symbol))
}

fn text_of(
    message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
) -> Result<Option<String>, Stop> {
    match message {
        Some(Ok(Message::Text(text))) => Ok(Some(text.to_string())),
        Some(Ok(Message::Close(frame))) => {
            let (code, reason) = frame.map_or((1005, String::new()), |frame| {
                (u16::from(frame.code), frame.reason.to_string())
            });
            Err(match code {
                4001 => Stop::Final(Final::KeyRefused(reason)),
                4008 => Stop::Final(Final::Policy(reason)),
                4003 => Stop::Lost(Loss::Drain),
                _ => Stop::Lost(Loss::Closed { code, reason }),
            })
        }
        Some(Ok(Message::Binary(_))) => Err(Loss::Broken("a binary frame".to_owned()).into()),
        Some(Ok(_)) => Ok(None),
        Some(Err(error)) => Err(Loss::Broken(error.to_string()).into()),
        None => Err(Loss::Broken("the stream ended".to_owned()).into()),
    }
}
