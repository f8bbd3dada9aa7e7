//! The venue's legacy price stream, for when the newer one cannot be used. Symbols are filtered here: a filter with the
//! wrong spelling silences the stream, and frames of other topics arrive.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::decimal;
use crate::price::{Price, Unreadable, Window, millis};

/// A topic of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Topic {
    /// Spot prices of an exchange: `btcusdt`.
    #[serde(rename = "crypto_prices")]
    Exchange,
    /// Spot prices of the oracle: `btc/usd`.
    #[serde(rename = "crypto_prices_chainlink")]
    Oracle,
    /// Averages over 30 seconds.
    #[serde(rename = "crypto_prices_twap_thirty")]
    AverageThirty,
    /// Averages over 60 seconds.
    #[serde(rename = "crypto_prices_twap_sixty")]
    AverageSixty,
}

impl Topic {
    const fn window(self) -> Window {
        match self {
            Self::Exchange | Self::Oracle => Window::Spot,
            Self::AverageThirty => Window::Average { secs: 30 },
            Self::AverageSixty => Window::Average { secs: 60 },
        }
    }

    /// Averages count in units of 1e-18.
    const fn scale(self) -> u8 {
        match self {
            Self::Exchange | Self::Oracle => 0,
            Self::AverageThirty | Self::AverageSixty => 18,
        }
    }

    /// Whether a price is one of this topic's.
    pub(crate) fn gives(self, price: &Price) -> bool {
        self.window() == price.window && self.source() == price.source
    }

    const fn source(self) -> &'static str {
        match self {
            Self::Exchange => "binance",
            Self::Oracle | Self::AverageThirty | Self::AverageSixty => "chainlink",
        }
    }
}

#[derive(Serialize)]
struct Subscribe {
    action: &'static str,
    subscriptions: [Subscription; 1],
}

#[derive(Serialize)]
struct Subscription {
    topic: Topic,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    filters: Option<String>,
}

#[derive(Serialize)]
struct Filter<'a> {
    symbol: &'a str,
}

/// One topic's subscription; one frame each, since one bad topic spoils a whole frame. With a symbol, the venue filters.
#[must_use]
pub fn subscribe(topic: Topic, symbol: Option<&str>) -> String {
    // Texts always serialise, so nothing is lost in the empty default. The filter must hold no white space.
    let filters =
        symbol.map(|symbol| serde_json::to_string(&Filter { symbol }).unwrap_or_default());
    let frame = Subscribe {
        action: "subscribe",
        subscriptions: [Subscription {
            topic,
            kind: "*",
            filters,
        }],
    };
    serde_json::to_string(&frame).unwrap_or_default()
}

#[derive(Deserialize)]
struct Wire<'a> {
    topic: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    symbol: String,
    timestamp: Option<u64>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<Vec<Point<'a>>>,
}

#[derive(Deserialize)]
struct Point<'a> {
    timestamp: u64,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// Reads one frame; the prices of topics that are not known here are none. An empty frame is a sign of life.
///
/// # Errors
/// [`Unreadable`] when it is no frame of this stream, or a price in it is none.
pub fn read(text: &str) -> Result<Vec<Price>, Unreadable> {
    if text.trim().is_empty() || text.eq_ignore_ascii_case("pong") {
        return Ok(Vec::new());
    }
    let fault = |error: &dyn ToString| Unreadable::new(&error.to_string(), text);
    let wire: Wire<'_> = serde_json::from_str(text).map_err(|error| fault(&error))?;
    let Some((name, payload)) = wire.topic.zip(wire.payload) else {
        return Ok(Vec::new());
    };
    let Ok(topic) = serde_json::from_value::<Topic>(name.into()) else {
        return Ok(Vec::new());
    };
    let payload: Payload<'_> =
        serde_json::from_str(payload.get()).map_err(|error| fault(&error))?;
    let single = payload.timestamp.zip(payload.value);
    let points = payload.data.iter().flatten();
    let points = points
        .map(|point| (point.timestamp, point.value))
        .chain(single);
    let mut prices = points
        .map(|(timestamp, value)| {
            Ok(Price {
                symbol: payload.symbol.clone(),
                source: topic.source().to_owned(),
                window: topic.window(),
                at: millis(timestamp).ok_or_else(|| fault(&"a time beyond all clocks"))?,
                value_micros: decimal::micros(value.get(), topic.scale())
                    .map_err(|error| fault(&error))?,
                carried_forward: false,
            })
        })
        .collect::<Result<Vec<Price>, Unreadable>>()?;
    prices.sort_by_key(|price| price.at);
    Ok(prices)
}
