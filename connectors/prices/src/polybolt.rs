//! The venue's price stream: log-in, subscriptions that are each acknowledged, numbered frames, snapshots of the last two
//! minutes.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::decimal;
use crate::price::{Price, Unreadable, Window, millis};

/// Subscriptions of one connection.
pub const SUBSCRIPTIONS_MAX: usize = 64;

/// An API key of the venue; this stream asks for one even for reading. Overwritten on drop, never printed.
#[derive(Clone)]
pub struct ApiKey {
    /// Its name.
    pub api_key: String,
    /// Its secret.
    pub secret: Zeroizing<String>,
    /// Its passphrase.
    pub passphrase: Zeroizing<String>,
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("api_key", &self.api_key)
            .finish_non_exhaustive()
    }
}

/// A channel of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Channel {
    /// Spot prices of crypto assets.
    #[serde(rename = "price.crypto")]
    Crypto,
    /// Averages of crypto assets over 60 seconds.
    #[serde(rename = "price.crypto.twap")]
    CryptoAverage,
    /// Spot prices of shares.
    #[serde(rename = "price.equity")]
    Equity,
    /// Averages of shares over 60 seconds.
    #[serde(rename = "price.equity.twap")]
    EquityAverage,
}

/// What is subscribed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subscription {
    /// The channel.
    pub channel: Channel,
    /// Which of its prices.
    pub filter: Filter,
}

/// Which prices of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// Lower case, without a slash: `btcusd`.
    pub symbol: String,
    /// Length of the average; only 60 exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_seconds: Option<u32>,
    /// `chainlink` or `pyth`; none for the venue's choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

impl Subscription {
    /// A price of the venue's choice of provider.
    #[must_use]
    pub fn new(channel: Channel, symbol: &str) -> Self {
        let is_average = matches!(channel, Channel::CryptoAverage | Channel::EquityAverage);
        Self {
            channel,
            filter: Filter {
                symbol: symbol.to_owned(),
                window_seconds: is_average.then_some(60),
                provider: None,
            },
        }
    }
}

#[derive(Serialize)]
struct Auth<'a> {
    op: &'static str,
    rid: &'static str,
    auth: Keys<'a>,
}

#[derive(Serialize)]
struct Keys<'a> {
    #[serde(rename = "apiKey")]
    api_key: &'a str,
    secret: &'a str,
    passphrase: &'a str,
}

#[derive(Serialize)]
struct Subscribe<'a> {
    op: &'static str,
    rid: &'static str,
    subscriptions: &'a [Subscription],
}

/// The log-in. Holds secrets: never log it.
#[must_use]
pub fn auth(key: &ApiKey) -> String {
    json(&Auth {
        op: "auth",
        rid: "1",
        auth: Keys {
            api_key: &key.api_key,
            secret: &key.secret,
            passphrase: &key.passphrase,
        },
    })
}

/// The subscriptions, after the log-in was accepted.
#[must_use]
pub fn subscribe(subscriptions: &[Subscription]) -> String {
    json(&Subscribe {
        op: "subscribe",
        rid: "2",
        subscriptions,
    })
}

/// What is sent now and then so that the stream stays open.
pub const PING: &str = r#"{"op":"ping"}"#;

/// Texts and numbers always serialise, so nothing is lost in the empty default.
fn json(frame: &impl Serialize) -> String {
    serde_json::to_string(frame).unwrap_or_default()
}

/// The answer to something we sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Logged in.
    Authed,
    /// One subscription stands; answers come in the order of the request.
    Subscribed,
    /// Something was refused.
    Refused {
        /// The venue's code.
        code: String,
        /// The channel of the one subscription that was refused; none when the whole request was.
        channel: Option<String>,
    },
}

impl Answer {
    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_passing(code: &str) -> bool {
        matches!(code, "auth_unavailable" | "rate_limited")
    }
}

/// One frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The prices, oldest first.
    pub prices: Vec<Price>,
    /// Prices of it that cannot be read.
    pub faults: u32,
    /// Channel and number of a data frame.
    pub seq: Option<(String, u64)>,
    /// Frames that the venue dropped because we were too slow.
    pub dropped: u64,
    /// The answer, where it is one.
    pub answer: Option<Answer>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Wire<'a> {
    op: Option<String>,
    code: Option<String>,
    channel: Option<String>,
    seq: Option<u64>,
    #[serde(deserialize_with = "count")]
    dropped: u64,
    #[serde(borrow)]
    payload: Option<Payload<'a>>,
}

/// A number of dropped frames; `true` counts as one.
fn count<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Dropped {
        Count(u64),
        Flag(bool),
    }
    Ok(match Option::<Dropped>::deserialize(deserializer)? {
        Some(Dropped::Count(count)) => count,
        Some(Dropped::Flag(flag)) => u64::from(flag),
        None => 0,
    })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Payload<'a> {
    symbol: String,
    source: String,
    window_seconds: Option<u32>,
    is_carried_forward: Option<bool>,
    timestamp: Option<u64>,
    #[serde(borrow)]
    full_accuracy_value: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<Vec<Point<'a>>>,
}

#[derive(Deserialize)]
struct Point<'a> {
    timestamp: u64,
    #[serde(borrow)]
    full_accuracy_value: &'a RawValue,
}

/// Reads one frame. The approximate `value` is never used.
///
/// # Errors
/// [`Unreadable`] when it is no frame of this stream.
pub fn read(text: &str) -> Result<Frame, Unreadable> {
    let wire: Wire<'_> =
        serde_json::from_str(text).map_err(|error| Unreadable::new(&error, text))?;
    let mut frame = Frame {
        dropped: wire.dropped,
        ..Frame::default()
    };
    if let Some(op) = wire.op {
        frame.answer = match op.as_str() {
            "authed" => Some(Answer::Authed),
            "subscribed" => Some(Answer::Subscribed),
            "error" => Some(Answer::Refused {
                code: wire.code.unwrap_or_default(),
                channel: wire.channel,
            }),
            _ => None,
        };
        return Ok(frame);
    }
    let Some(payload) = wire.payload else {
        return Ok(frame);
    };
    let channel = wire.channel.unwrap_or_default();
    let single = payload.timestamp.zip(payload.full_accuracy_value);
    let points = payload.data.iter().flatten();
    let points = points.map(|point| (point.timestamp, point.full_accuracy_value));
    for (timestamp, value) in points.chain(single) {
        let price = millis(timestamp)
            .zip(decimal::micros(value.get(), 0).ok())
            .filter(|_| !payload.symbol.is_empty())
            .map(|(at, value_micros)| Price {
                symbol: payload.symbol.clone(),
                source: payload.source.clone(),
                window: payload
                    .window_seconds
                    .map_or(Window::Spot, |secs| Window::Average { secs }),
                at,
                value_micros,
                carried_forward: payload.is_carried_forward.unwrap_or(false),
            });
        match price {
            Some(price) => frame.prices.push(price),
            None => frame.faults += 1,
        }
    }
    if payload.data.is_none() && single.is_none() {
        frame.faults += 1;
    }
    frame.prices.sort_by_key(|price| price.at);
    frame.seq = wire.seq.map(|seq| (channel, seq));
    Ok(frame)
}

/// Counts the frames of one connection.
#[derive(Clone, Debug, Default)]
pub struct Sequence(BTreeMap<String, u64>);

impl Sequence {
    /// Frames of the channel that are missing between the last one and this.
    pub fn missing(&mut self, channel: &str, seq: u64) -> u64 {
        let before = self.0.insert(channel.to_owned(), seq);
        before.map_or(0, |before| seq.saturating_sub(before.saturating_add(1)))
    }
}
