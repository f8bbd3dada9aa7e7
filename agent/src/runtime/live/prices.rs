//! Reference prices of a live instance: one supervised stream for every source that a listed market is settled by.
//!
//! A topic on a price hangs on one asset at one source. It hears that source's values and no others: a market that is
//! settled by the average over 60 seconds hears averages, never spot prices, so that its value to beat and the value that
//! settles are both on the scale of what it is told. Values keep their own times, which decide how old they are. A window
//! whose beginning has no value in time is not traded, and the journal says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use quorate_backtest::input::format_rfc3339;
use quorate_domain::{Input, PriceCondition, Timestamp, TopicId};
use quorate_polymarket::rules::{Asset, ReferenceSource};
use quorate_prices::polybolt::ApiKey;
use quorate_prices::{Price, PriceStream, Report, Source, Timings, Window};
use quorate_workers::Clock;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::price_sources::{Access, Subscribed};
use crate::journal::Note;
use crate::runtime::feed::FeedLine;

/// Reports of the streams that wait.
const REPORTS_MAX: usize = 1_024;
/// Pause before a stream that was refused for good is tried again: a key may have been made anew.
const REFUSED_PAUSE: Duration = Duration::from_secs(60);
/// Trades of an exchange are told at most this often, by their own time; the first one of a window always is.
const TRADES_EVERY: Duration = Duration::from_millis(250);
/// What notes of missed windows are called in the journal.
pub const MISSED_NOTE: &str = "strike_missed";

/// What a topic on a price hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Whose price.
    pub asset: Asset,
    /// Who says it.
    pub source: ReferenceSource,
}

impl Reference {
    /// Whether a price is one of its values.
    #[must_use]
    pub fn takes(self, price: &Price) -> bool {
        let quote = match self.source {
            ReferenceSource::ChainlinkSpot
            | ReferenceSource::ChainlinkTwap30
            | ReferenceSource::ChainlinkTwap60 => "usd",
            ReferenceSource::Binance1hCandle | ReferenceSource::Binance1mCandleNoonEt => "usdt",
        };
        let is_window = match self.source {
            ReferenceSource::ChainlinkSpot | ReferenceSource::Binance1hCandle => {
                price.window == Window::Spot
            }
            ReferenceSource::ChainlinkTwap30 => price.window == Window::Average { secs: 30 },
            ReferenceSource::ChainlinkTwap60 => price.window == Window::Average { secs: 60 },
            ReferenceSource::Binance1mCandleNoonEt => {
                matches!(price.window, Window::Spot | Window::Close { secs: 60 })
            }
        };
        let provider = match quote {
            "usd" => "chainlink",
            _ => "binance",
        };
        is_window
            && price.source.to_ascii_lowercase().starts_with(provider)
            && same_symbol(&price.symbol, self.asset.symbol(), quote)
    }

    /// A market's question as one about the values that its topic is told: the stream of averages holds averages already,
    /// and an average of those would be another number.
    #[must_use]
    pub const fn asks(condition: PriceCondition) -> PriceCondition {
        match condition {
            PriceCondition::Above {
                strike_micros,
                ties,
                ..
            } => PriceCondition::Above {
                strike_micros,
                ties,
                average_secs: 0,
            },
            PriceCondition::UpDown { ties, .. } => PriceCondition::UpDown {
                ties,
                average_secs: 0,
            },
            PriceCondition::Range {
                low_micros,
                high_micros,
                ..
            } => PriceCondition::Range {
                low_micros,
                high_micros,
                average_secs: 0,
            },
            PriceCondition::Touch { barrier_micros } => PriceCondition::Touch { barrier_micros },
        }
    }
}

/// Whether a symbol in any spelling (`btc/usd`, `BTCUSDT`) is this pair.
fn same_symbol(symbol: &str, base: &str, quote: &str) -> bool {
    let given = symbol.bytes().filter(|byte| *byte != b'/');
    let wanted = base.bytes().chain(quote.bytes());
    given
        .map(|byte| byte.to_ascii_lowercase())
        .eq(wanted.map(|byte| byte.to_ascii_lowercase()))
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let source = match self.source {
            ReferenceSource::ChainlinkSpot => "Chainlink's stream",
            ReferenceSource::ChainlinkTwap30 => "Chainlink's average over 30 seconds",
            ReferenceSource::ChainlinkTwap60 => "Chainlink's average over 60 seconds",
            ReferenceSource::Binance1hCandle => "Binance's candles of one hour",
            ReferenceSource::Binance1mCandleNoonEt => "Binance's candle of the minute at noon",
        };
        write!(f, "{} by {source}", self.asset.symbol())
    }
}

/// A value to beat: the one of a topic's source at the beginning of a market's window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Strike {
    /// The topic.
    pub topic: TopicId,
    /// The beginning.
    pub at: Timestamp,
    /// The market's name.
    pub market: String,
}

/// What prices are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// What each topic hangs on.
    pub references: BTreeMap<TopicId, Reference>,
    /// Values to beat that are awaited.
    pub strikes: BTreeSet<Strike>,
}

/// Tells the values that are wished for into the loop until nobody listens.
pub async fn tell(
    mut wished: watch::Receiver<Wishes>,
    access: Access,
    (line, clock): (FeedLine, Arc<dyn Clock>),
) {
    let (reports, mut heard) = mpsc::channel(REPORTS_MAX);
    let mut streams = Streams::default();
    let mut desk = Desk::new(access.strike_within);
    let mut is_wishing = true;
    desk.wish(&wished.borrow_and_update());
    streams.fit(&desk.wishes, &access, &reports);
    loop {
        tokio::select! {
            changed = wished.changed(), if is_wishing => {
                is_wishing = changed.is_ok();
                desk.wish(&wished.borrow_and_update());
                streams.fit(&desk.wishes, &access, &reports);
            }
            Some(report) = heard.recv() => {
                for (input, note) in desk.hear(report) {
                    let is_heard = match note {
                        Some(note) => line.tell_with(clock.now(), input, note).await,
                        None => line.tell(clock.now(), input).await,
                    };
                    if !is_heard {
                        return;
                    }
                }
            }
        }
    }
}

/// The streams that run.
#[derive(Default)]
struct Streams(BTreeMap<Subscribed, JoinHandle<()>>);

impl Streams {
    /// Ends what is not wanted any more and starts what is wanted now. Another subscription is another connection; what the
    /// old one told is not told again.
    fn fit(&mut self, wishes: &Wishes, access: &Access, reports: &mpsc::Sender<Report>) {
        let references: BTreeSet<Reference> = wishes.references.values().copied().collect();
        let wanted: BTreeSet<Subscribed> = access.subscriptions(&references).into_iter().collect();
        self.0.retain(|running, task| {
            let stays = wanted.contains(running);
            if !stays {
                task.abort();
            }
            stays
        });
        for subscribed in wanted {
            self.0.entry(subscribed).or_insert_with_key(|subscribed| {
                let stream = keep(subscribed.clone(), access.clone(), reports.clone());
                tokio::spawn(stream)
            });
        }
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        for task in self.0.values() {
            task.abort();
        }
    }
}

/// Keeps one stream. It connects again by itself; what ends it for good is said, and tried again much later.
async fn keep(subscribed: Subscribed, access: Access, reports: mpsc::Sender<Report>) {
    while !reports.is_closed() {
        match access.source(&subscribed) {
            None => tracing::error!(
                event = "price_stream",
                "there is no API key for the venue's price stream; markets on its prices are not traded"
            ),
            Some(source) => {
                let stream = PriceStream {
                    endpoint: access.endpoint(&subscribed),
                    timings: (access.timings)(&source),
                    source,
                    reports: reports.clone(),
                };
                let end = stream.run().await;
                tracing::error!(event = "price_stream", stream = ?subscribed, %end, "a price stream ended; tried again later");
            }
        }
        tokio::time::sleep(REFUSED_PAUSE).await;
    }
}

/// What is made of reports.
struct Desk {
    wishes: Wishes,
    within: Duration,
    /// Newest value that was told, for each topic and window.
    told: BTreeMap<(TopicId, u32), Timestamp>,
    /// Beginnings that are dealt with.
    begun: BTreeSet<Strike>,
}

impl Desk {
    fn new(within: Duration) -> Self {
        Self {
            wishes: Wishes::default(),
            within,
            told: BTreeMap::new(),
            begun: BTreeSet::new(),
        }
    }

    fn wish(&mut self, wishes: &Wishes) {
        self.wishes = wishes.clone();
        self.begun.retain(|strike| wishes.strikes.contains(strike));
    }

    fn hear(&mut self, report: Report) -> Vec<(Input, Option<Note>)> {
        match report {
            Report::Prices(prices) => prices.iter().flat_map(|price| self.told(price)).collect(),
            Report::Connected => {
                tracing::info!(event = "price_stream", "connected");
                Vec::new()
            }
            // The stream has said so itself; the age of what was told last does the rest.
            Report::Lost(_) => Vec::new(),
            Report::Missed { channel, frames } => {
                tracing::warn!(
                    event = "price_stream",
                    channel,
                    frames,
                    "prices are missing"
                );
                Vec::new()
            }
            Report::Refused { channel, code } => {
                tracing::error!(
                    event = "price_stream",
                    channel,
                    code,
                    "prices are refused; their markets are not traded"
                );
                Vec::new()
            }
            Report::Unreadable(error) => {
                tracing::warn!(event = "price_stream", %error, "prices cannot be read");
                Vec::new()
            }
        }
    }

    fn told(&mut self, price: &Price) -> Vec<(Input, Option<Note>)> {
        // A value that is repeated for want of a new one says nothing about the moment that it is stamped with.
        if price.carried_forward {
            return Vec::new();
        }
        let references = self.wishes.references.iter();
        let topics: Vec<TopicId> = references
            .filter(|(_, reference)| reference.takes(price))
            .map(|(topic, _)| *topic)
            .collect();
        let mut told = Vec::new();
        for topic in topics {
            if self.is_news(topic, price) {
                let missed = self.begin(topic, price.at);
                told.push((Input::Reference(price.reference(topic)), missed));
            }
        }
        told
    }

    /// Whether a value is newer than what was told, and not one of too many.
    fn is_news(&mut self, topic: TopicId, price: &Price) -> bool {
        let window = match price.window {
            Window::Spot => 0,
            Window::Average { secs } | Window::Close { secs } => secs,
        };
        let last = self.told.get(&(topic, window)).copied();
        let is_trade = window == 0 && price.source == "binance";
        let is_news = match last {
            None => true,
            Some(last) if is_trade => {
                last.plus(TRADES_EVERY) <= price.at
                    || (last < price.at && self.begins_between(topic, last, price.at))
            }
            Some(last) => last < price.at,
        };
        if is_news {
            self.told.insert((topic, window), price.at);
        }
        is_news
    }

    fn begins_between(&self, topic: TopicId, after: Timestamp, until: Timestamp) -> bool {
        let mut strikes = self.wishes.strikes.iter();
        strikes.any(|strike| strike.topic == topic && after < strike.at && strike.at <= until)
    }

    /// Windows that begin with a value of this time, or have missed their beginning by now.
    fn begin(&mut self, topic: TopicId, at: Timestamp) -> Option<Note> {
        let due: Vec<Strike> = self
            .wishes
            .strikes
            .iter()
            .filter(|strike| strike.topic == topic && strike.at <= at)
            .filter(|strike| !self.begun.contains(*strike))
            .cloned()
            .collect();
        let mut missed = Vec::new();
        for strike in due {
            let late = at.since(strike.at);
            if self.within < late {
                tracing::warn!(
                    event = MISSED_NOTE,
                    market = strike.market,
                    "no price at the beginning of its window: it is not traded"
                );
                missed.push(format!(
                    "{}: the first price after its beginning at {} came {} ms later, more than the {} ms allowed",
                    strike.market,
                    format_rfc3339(strike.at.nanos()),
                    late.as_millis(),
                    self.within.as_millis()
                ));
            }
            self.begun.insert(strike);
        }
        (!missed.is_empty()).then(|| Note {
            event: MISSED_NOTE.into(),
            text: missed.join("; "),
        })
    }
}

/// The account's key for the venue's price stream.
pub type Keys = Arc<dyn Fn() -> Option<ApiKey> + Send + Sync>;

/// Time limits of a stream.
pub type TimingsOf = fn(&Source) -> Timings;
