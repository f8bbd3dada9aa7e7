//! Where reference prices come from, and what is subscribed there for what is wanted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use quorate_polymarket::rest::Client;
use quorate_polymarket::rules::ReferenceSource;
use quorate_prices::binance::{self, Wanted};
use quorate_prices::polybolt::{self, ApiKey, Channel, Subscription};
use quorate_prices::{Endpoint, EndpointError, Source, Timings, rtds};

use super::prices::{Keys, Reference, TimingsOf};
use crate::settings::PriceFeed;

/// The addresses of the streams.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// The venue's stream.
    pub venue: Endpoint,
    /// The venue's legacy stream.
    pub legacy: Endpoint,
    /// The exchange's stream.
    pub exchange: Endpoint,
}

impl Endpoints {
    /// The public ones.
    ///
    /// # Errors
    /// Never: they are among the hosts that prices may come from.
    pub fn public() -> Result<Self, EndpointError> {
        Ok(Self {
            venue: Endpoint::parse("wss://ws-live-v2.polymarket.com/ws")?,
            legacy: Endpoint::parse("wss://ws-live-data.polymarket.com")?,
            exchange: Endpoint::parse("wss://data-stream.binance.vision")?,
        })
    }
}

/// How the streams are reached.
#[derive(Clone)]
pub struct Access {
    /// Their addresses.
    pub endpoints: Endpoints,
    /// Which of the venue's streams gives Chainlink's values.
    pub feed: PriceFeed,
    /// The account's API key.
    pub keys: Keys,
    /// How long after the beginning of a window its first value may come.
    pub strike_within: Duration,
    /// Time limits.
    pub timings: TimingsOf,
}

impl Access {
    /// As an account reaches them. Without a log-in there is no key.
    #[must_use]
    pub fn of_account(
        client: Arc<Client>,
        endpoints: Endpoints,
        feed: PriceFeed,
        strike_within: Duration,
    ) -> Self {
        let keys = move || {
            client.credentials().map(|credentials| ApiKey {
                api_key: credentials.api_key.clone(),
                secret: credentials.secret.clone(),
                passphrase: credentials.passphrase.clone(),
            })
        };
        Self {
            endpoints,
            feed,
            keys: Arc::new(keys),
            strike_within,
            timings: Timings::of,
        }
    }

    /// Everything to subscribe, one connection each.
    #[must_use]
    pub fn subscriptions(&self, references: &BTreeSet<Reference>) -> Vec<Subscribed> {
        let (mut oracle, mut exchange) = (BTreeSet::new(), BTreeSet::new());
        for reference in references {
            match reference.source {
                ReferenceSource::Binance1hCandle | ReferenceSource::Binance1mCandleNoonEt => {
                    exchange.insert(*reference);
                }
                _ => {
                    oracle.insert(*reference);
                }
            }
        }
        let mut all = Vec::new();
        if !oracle.is_empty() {
            let oracle: Vec<Reference> = oracle.into_iter().collect();
            match self.feed {
                PriceFeed::Rtds => all.push(Subscribed::Legacy(oracle)),
                PriceFeed::Polybolt => all.extend(
                    oracle
                        .chunks(polybolt::SUBSCRIPTIONS_MAX)
                        .map(|part| Subscribed::Venue(part.to_vec())),
                ),
            }
        }
        if !exchange.is_empty() {
            all.push(Subscribed::Exchange(exchange.into_iter().collect()));
        }
        all
    }

    /// The address of a stream.
    #[must_use]
    pub fn endpoint(&self, subscribed: &Subscribed) -> Endpoint {
        match subscribed {
            Subscribed::Venue(_) => self.endpoints.venue.clone(),
            Subscribed::Legacy(_) => self.endpoints.legacy.clone(),
            Subscribed::Exchange(_) => self.endpoints.exchange.clone(),
        }
    }

    /// A stream's log-in and subscriptions; `None` without the key that it asks for.
    #[must_use]
    pub fn source(&self, subscribed: &Subscribed) -> Option<Source> {
        Some(match subscribed {
            Subscribed::Venue(references) => Source::PolyBolt {
                key: (self.keys)()?,
                subscriptions: references.iter().map(|wanted| of_venue(*wanted)).collect(),
            },
            Subscribed::Legacy(references) => Source::Rtds {
                wanted: references.iter().map(|wanted| of_legacy(*wanted)).collect(),
            },
            Subscribed::Exchange(references) => Source::Binance {
                wanted: of_exchange(references),
            },
        })
    }
}

/// Why the values of a source cannot be had; `None` if they can.
#[must_use]
pub fn obstacle(source: ReferenceSource, feed: PriceFeed, has_key: bool) -> Option<&'static str> {
    match (source, feed) {
        (ReferenceSource::Binance1hCandle | ReferenceSource::Binance1mCandleNoonEt, _)
        | (_, PriceFeed::Rtds) => None,
        (ReferenceSource::ChainlinkTwap30, PriceFeed::Polybolt) => Some(
            "the venue's price stream has no average over 30 seconds: write data.price_feed = \"rtds\"",
        ),
        (_, PriceFeed::Polybolt) if !has_key => Some(
            "the venue's price stream asks for an account: write data.price_feed = \"rtds\", or trade with one",
        ),
        (_, PriceFeed::Polybolt) => None,
    }
}

/// What one connection is subscribed to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subscribed {
    /// The venue's stream.
    Venue(Vec<Reference>),
    /// Its legacy stream.
    Legacy(Vec<Reference>),
    /// The exchange's.
    Exchange(Vec<Reference>),
}

fn of_venue(reference: Reference) -> Subscription {
    let channel = match reference.source {
        ReferenceSource::ChainlinkSpot => Channel::Crypto,
        _ => Channel::CryptoAverage,
    };
    let symbol = format!("{}usd", reference.asset.symbol().to_ascii_lowercase());
    let mut subscription = Subscription::new(channel, &symbol);
    subscription.filter.provider = Some("chainlink".into());
    subscription
}

fn of_legacy(reference: Reference) -> (rtds::Topic, String) {
    let topic = match reference.source {
        ReferenceSource::ChainlinkTwap30 => rtds::Topic::AverageThirty,
        ReferenceSource::ChainlinkTwap60 => rtds::Topic::AverageSixty,
        _ => rtds::Topic::Oracle,
    };
    let symbol = reference.asset.symbol().to_ascii_lowercase();
    (topic, format!("{symbol}/usd"))
}

/// Trades, of which the first one of a candle is its open, and where a candle's close is the value to beat, closes.
fn of_exchange(references: &[Reference]) -> Vec<Wanted> {
    let mut wanted = BTreeSet::new();
    for reference in references {
        let symbol = format!("{}USDT", reference.asset.symbol());
        wanted.insert((symbol.clone(), binance::Kind::Trade));
        if reference.source == ReferenceSource::Binance1mCandleNoonEt {
            wanted.insert((symbol, binance::Kind::CloseMinute));
        }
    }
    wanted
        .into_iter()
        .map(|(symbol, kind)| Wanted { symbol, kind })
        .collect()
}
