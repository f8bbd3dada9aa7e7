//! The public stream of the exchange that hourly and daily markets settle by. What is wanted is part of the address;
//! frames need no answer but the pongs that the connection gives by itself.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::decimal;
use crate::price::{Price, Unreadable, Window, millis};

/// What is wanted of one symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Every trade.
    Trade,
    /// The last price, once a second.
    Ticker,
    /// Closes of candles of one minute.
    CloseMinute,
    /// Closes of candles of one hour.
    CloseHour,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Trade => "trade",
            Self::Ticker => "miniTicker",
            Self::CloseMinute => "kline_1m",
            Self::CloseHour => "kline_1h",
        }
    }
}

/// One stream: a symbol in any case, `BTCUSDT`, and what is wanted of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The symbol.
    pub symbol: String,
    /// What is wanted.
    pub kind: Kind,
}

/// Path and query of the combined stream.
#[must_use]
pub fn path(wanted: &[Wanted]) -> String {
    let names = wanted
        .iter()
        .map(|one| format!("{}@{}", one.symbol.to_ascii_lowercase(), one.kind.name()));
    format!("/stream?streams={}", names.collect::<Vec<_>>().join("/"))
}

#[derive(Deserialize)]
struct Combined<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "e")]
    kind: Option<String>,
    #[serde(rename = "E")]
    sent_ms: Option<u64>,
    #[serde(rename = "s")]
    symbol: Option<String>,
    #[serde(rename = "T")]
    traded_ms: Option<u64>,
    #[serde(rename = "p", borrow)]
    price: Option<&'a RawValue>,
    #[serde(rename = "c", borrow)]
    close: Option<&'a RawValue>,
    #[serde(rename = "k", borrow)]
    candle: Option<Candle<'a>>,
}

#[derive(Deserialize)]
struct Candle<'a> {
    #[serde(rename = "T")]
    ends_ms: u64,
    #[serde(rename = "i")]
    interval: String,
    #[serde(rename = "c", borrow)]
    close: &'a RawValue,
    #[serde(rename = "x")]
    has_ended: bool,
}

/// Reads one frame of the combined stream. A candle that still runs has no price yet; its time is the last millisecond of
/// the candle, as the exchange writes it. Other events have none.
///
/// # Errors
/// [`Unreadable`] when it is no frame of this stream, or the price in it is none.
pub fn read(text: &str) -> Result<Vec<Price>, Unreadable> {
    let fault = |error: &dyn ToString| Unreadable::new(&error.to_string(), text);
    let outer: Combined<'_> = serde_json::from_str(text).map_err(|error| fault(&error))?;
    let inner = outer.data.map_or(text, RawValue::get);
    let event: Event<'_> = serde_json::from_str(inner).map_err(|error| fault(&error))?;
    let (window, at_ms, value) = match (event.kind.as_deref(), event.candle) {
        (Some("trade"), _) => (Window::Spot, event.traded_ms, event.price),
        (Some("24hrMiniTicker"), _) => (Window::Spot, event.sent_ms, event.close),
        (Some("kline"), Some(candle)) => {
            let secs = match candle.interval.as_str() {
                "1m" => 60,
                "1h" => 3600,
                _ => return Ok(Vec::new()),
            };
            if !candle.has_ended {
                return Ok(Vec::new());
            }
            let window = Window::Close { secs };
            (window, Some(candle.ends_ms), Some(candle.close))
        }
        _ => return Ok(Vec::new()),
    };
    let (Some(symbol), Some(at), Some(value)) = (event.symbol, at_ms.and_then(millis), value)
    else {
        return Err(fault(&"an event without symbol, time or price"));
    };
    Ok(vec![Price {
        symbol,
        source: "binance".to_owned(),
        window,
        at,
        value_micros: decimal::micros(value.get(), 0).map_err(|error| fault(&error))?,
        carried_forward: false,
    }])
}

/// Whether the exchange announces that it closes the connection soon.
#[must_use]
pub fn announces_shutdown(text: &str) -> bool {
    let kind = |text: &str| {
        let event = serde_json::from_str::<Event<'_>>(text).ok()?;
        event.kind
    };
    let inner = serde_json::from_str::<Combined<'_>>(text).ok();
    let inner = inner
        .and_then(|outer| outer.data)
        .map_or(text, RawValue::get);
    text.contains("serverShutdown") && kind(inner).as_deref() == Some("serverShutdown")
}
