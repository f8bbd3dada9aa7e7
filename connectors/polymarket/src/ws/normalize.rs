//! Frames of the market channel into inputs, on the YES scale. Pure and total: any bytes give inputs, anomalies or a typed
//! error, and the same bytes always the same.
//!
//! The venue reports every change on both tokens of a market; a level is written once and a trade counted once.

mod change;
pub(super) mod fingerprint;

use std::collections::BTreeMap;

use quorate_domain::{
    Book, BookSide, Level, MarketEvent, MarketId, MarketInput, Outcome, Price, PublicTrade, Shares,
    Side, TickSize,
};

use self::change::Change;
use super::dedup::{mix, mix_number};
use super::directory::{Directory, DirectoryError, Pair};
use super::frame::{Malformed, Message, Messages, Text, WireLevel, parse, side};
use super::integrity::{Check, Shadow, Snapshot};
use super::number::{micros, unix_millis};

/// Something that should not be, seen in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnomalyKind {
    /// A message type that is not known; ignored.
    UnknownType,
    /// An asset that was not subscribed; ignored.
    UnknownAsset,
    /// A price of 0, 1 or beyond; dropped.
    OutOfRange,
    /// A field that is not what it should be: the book is broken.
    Unreadable,
    /// A price off the grid: the book is broken.
    OffTick,
    /// The best bid met the best ask after a whole message.
    Crossed,
    /// Best prices differ from those that the message names.
    BestDiffers,
    /// Best prices differed for too long: the book is broken.
    BestLost,
    /// The same message again; ignored.
    Duplicate,
    /// A snapshot older than the book; ignored.
    OldSnapshot,
    /// A change of a book that waits for its snapshot; ignored.
    BeforeSnapshot,
}

/// An anomaly and where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// What.
    pub kind: AnomalyKind,
    /// Which market, where that is known.
    pub market: Option<MarketId>,
}

/// News that is not about a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The venue lists a market.
    NewMarket {
        /// The venue's number of it.
        id: String,
        /// Condition id.
        condition: String,
        /// The question.
        question: String,
        /// Its name in addresses.
        slug: String,
        /// Asset ids in the order of `outcomes`.
        assets: Vec<String>,
        /// Names of the outcomes.
        outcomes: Vec<String>,
        /// Price step, where it was given and readable.
        tick: Option<TickSize>,
    },
    /// The venue says that a market is decided. Not final: the chain has the last word.
    Resolved {
        /// Condition id.
        condition: String,
        /// The market, where it is subscribed.
        market: Option<MarketId>,
        /// The outcome that won, where the market is subscribed and the venue names one of its assets.
        winner: Option<Outcome>,
        /// The winning asset; empty when none is named.
        winning_asset: String,
        /// The winning outcome in the venue's words.
        winning_outcome: String,
    },
}

/// What frames came to. Kept and cleared by the caller, so that reading a frame allocates nothing it need not.
#[derive(Debug, Default)]
pub struct Output {
    /// Inputs in order.
    pub inputs: Vec<MarketInput>,
    /// Other news.
    pub news: Vec<News>,
    /// Markets whose books need a fresh snapshot.
    pub resubscribe: Vec<MarketId>,
    /// What should not be.
    pub anomalies: Vec<Anomaly>,
    /// Messages about subscribed assets: a sign of life, other than answers to pings.
    pub touched: u64,
}

impl Output {
    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.inputs.clear();
        self.news.clear();
        self.resubscribe.clear();
        self.anomalies.clear();
        self.touched = 0;
    }

    fn note(&mut self, kind: AnomalyKind, market: Option<MarketId>) {
        self.anomalies.push(Anomaly { kind, market });
    }

    fn say(&mut self, market: MarketId, event: MarketEvent) {
        self.inputs.push(MarketInput { market, event });
    }

    /// A book is broken: say so, note why, ask for a snapshot.
    fn gap(&mut self, market: MarketId, kind: AnomalyKind) {
        self.note(kind, Some(market));
        self.say(market, MarketEvent::Gap);
        self.resubscribe.push(market);
    }
}

/// Reads the frames of one connection.
#[derive(Clone, Debug, Default)]
pub struct Normalizer {
    directory: Directory,
    shadows: BTreeMap<MarketId, Shadow>,
    /// Number of the message in hand.
    message: u64,
    /// The price changes of it; kept for its memory.
    changes: Vec<Change>,
}

const KNOWN: [&str; 7] = [
    "price_change",
    "book",
    "last_trade_price",
    "tick_size_change",
    "best_bid_ask",
    "new_market",
    "market_resolved",
];

impl Normalizer {
    /// Lists a market; its book waits for a snapshot.
    ///
    /// # Errors
    /// As [`Directory::add`].
    pub fn add(&mut self, pair: Pair) -> Result<(), DirectoryError> {
        let (market, tick) = (pair.market, pair.tick);
        self.directory.add(pair)?;
        self.shadows
            .entry(market)
            .or_insert_with(|| Shadow::new(tick));
        Ok(())
    }

    /// Forgets a market; later messages about it are of an unknown asset.
    pub fn remove(&mut self, market: MarketId) -> Option<Pair> {
        self.shadows.remove(&market);
        self.directory.remove(market)
    }

    /// The markets.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// A market's streamed book.
    #[must_use]
    pub fn book(&self, market: MarketId) -> Option<&Book> {
        self.shadows.get(&market).map(Shadow::book)
    }

    /// Whether a market waits for a snapshot.
    #[must_use]
    pub fn waits(&self, market: MarketId) -> bool {
        self.shadows
            .get(&market)
            .is_some_and(|shadow| !shadow.is_sound())
    }

    /// Continuity of all books was lost.
    pub fn lose_all(&mut self, out: &mut Output) {
        for (market, shadow) in &mut self.shadows {
            shadow.break_continuity();
            out.say(*market, MarketEvent::Gap);
        }
    }

    /// Continuity of one book was lost.
    pub fn lose(&mut self, market: MarketId, out: &mut Output) {
        if let Some(shadow) = self.shadows.get_mut(&market) {
            shadow.break_continuity();
            out.say(market, MarketEvent::Gap);
        }
    }

    /// Takes in one frame: an object or an array of them.
    ///
    /// # Errors
    /// [`Malformed`]: something was said that we cannot read, so nothing may be believed until the next snapshots.
    pub fn read(&mut self, frame: &[u8], out: &mut Output) -> Result<(), Malformed> {
        if self.read_changes(frame, out) {
            return Ok(());
        }
        match parse(frame, |kind| KNOWN.contains(&kind))? {
            Messages::One(message) => self.take(&message, out),
            Messages::Many(messages) => {
                for message in &messages {
                    self.take(message, out);
                }
            }
            Messages::Foreign => out.note(AnomalyKind::UnknownType, None),
        }
        Ok(())
    }

    fn take(&mut self, message: &Message<'_>, out: &mut Output) {
        self.message += 1;
        match message.event_type.as_str() {
            "price_change" => self.price_change(message, out),
            "book" => self.snapshot(message, out),
            "last_trade_price" => self.trade(message, out),
            "tick_size_change" => self.tick_change(message, out),
            "best_bid_ask" => self.best_prices(message, out),
            "new_market" => out.news.push(new_market(message)),
            "market_resolved" => self.resolved(message, out),
            // Recorded frames of single changes carry no type at times.
            "" if message.price_changes.is_some() => self.price_change(message, out),
            "" if message.bids.is_some() => self.snapshot(message, out),
            _ => out.note(AnomalyKind::UnknownType, None),
        }
    }

    fn find(&mut self, asset: &str, out: &mut Output) -> Option<(MarketId, Outcome, &mut Shadow)> {
        let found = self.directory.find(asset).and_then(|(market, outcome)| {
            let shadow = self.shadows.get_mut(&market)?;
            Some((market, outcome, shadow))
        });
        match found {
            Some(_) => out.touched += 1,
            None => out.note(AnomalyKind::UnknownAsset, None),
        }
        found
    }

    fn best_prices(&mut self, message: &Message<'_>, out: &mut Output) {
        if let Some((market, outcome, _)) = self.find(message.asset(), out) {
            let at_ms = unix_millis(message.timestamp.as_str()).unwrap_or(0);
            let named = (best(&message.best_bid), best(&message.best_ask));
            self.compare_best((market, outcome), at_ms, named, out);
        }
    }

    fn compare_best(
        &mut self,
        (market, outcome): (MarketId, Outcome),
        at_ms: u64,
        (bid, ask): (Option<u64>, Option<u64>),
        out: &mut Output,
    ) {
        let Some(shadow) = self.shadows.get_mut(&market) else {
            return;
        };
        let (bid, ask) = match outcome {
            Outcome::Yes => (bid, ask),
            Outcome::No => (ask.map(mirror), bid.map(mirror)),
        };
        let was_crossed = shadow.is_sound() && shadow.book().is_crossed();
        match shadow.check((self.message, at_ms), bid, ask) {
            Check::Agrees => {}
            Check::Differs if was_crossed => out.note(AnomalyKind::Crossed, Some(market)),
            Check::Differs => out.note(AnomalyKind::BestDiffers, Some(market)),
            Check::Broken => out.gap(market, AnomalyKind::BestLost),
        }
    }

    fn snapshot(&mut self, message: &Message<'_>, out: &mut Output) {
        let Some((market, outcome, shadow)) = self.find(message.asset(), out) else {
            return;
        };
        let at_ms = unix_millis(message.timestamp.as_str()).unwrap_or(0);
        if message.bids.is_none() && message.asks.is_none() {
            shadow.break_continuity();
            return out.gap(market, AnomalyKind::Unreadable);
        }
        if let Some(tick) = tick(&message.tick_size)
            && tick != shadow.book().tick()
            && !(shadow.is_sound() && at_ms < shadow.newest_ms())
        {
            shadow.change_tick(tick, at_ms);
            out.say(market, MarketEvent::TickSize(tick));
        }
        let mut dropped = 0;
        let bids = levels(message.bids.as_deref(), outcome, &mut dropped);
        let asks = levels(message.asks.as_deref(), outcome, &mut dropped);
        for _ in 0..dropped {
            out.note(AnomalyKind::OutOfRange, Some(market));
        }
        let (Some(bids), Some(asks)) = (bids, asks) else {
            shadow.break_continuity();
            return out.gap(market, AnomalyKind::Unreadable);
        };
        let (bids, asks) = match outcome {
            Outcome::Yes => (bids, asks),
            Outcome::No => (asks, bids),
        };
        match shadow.replace(&bids, &asks, at_ms) {
            Snapshot::Replaced => {
                if shadow.book().is_crossed() {
                    out.note(AnomalyKind::Crossed, Some(market));
                }
                out.say(market, MarketEvent::Snapshot { bids, asks });
            }
            Snapshot::Same => {}
            Snapshot::Old => {
                out.note(AnomalyKind::OldSnapshot, Some(market));
                if !shadow.is_sound() {
                    out.resubscribe.push(market);
                }
            }
            Snapshot::OffTick => out.gap(market, AnomalyKind::OffTick),
        }
    }

    fn trade(&mut self, message: &Message<'_>, out: &mut Output) {
        let Some((market, outcome, shadow)) = self.find(message.asset(), out) else {
            return;
        };
        let price = micros(message.price.as_str().as_bytes());
        let shares = micros(message.size.as_str().as_bytes());
        let (Ok(price), Ok(shares), Some(side)) = (price, shares, side(&message.side)) else {
            // The book is not concerned; only this trade is lost.
            return out.note(AnomalyKind::Unreadable, Some(market));
        };
        let Some(price) = in_range(price) else {
            return out.note(AnomalyKind::OutOfRange, Some(market));
        };
        let (taker, price) = match outcome {
            Outcome::Yes => (side, price),
            Outcome::No => (side.opposite(), price.complement()),
        };
        let identity = if message.transaction_hash.is_empty() {
            &message.timestamp
        } else {
            &message.transaction_hash
        };
        let direction = u64::from(taker == Side::Buy);
        let mut print = mix(direction, identity.as_str().as_bytes());
        print = mix_number(print, u64::from(price.micros()));
        print = mix_number(print, shares);
        if !shadow.trades.is_new(print) {
            return out.note(AnomalyKind::Duplicate, Some(market));
        }
        let shares = Shares::from_micros(shares);
        let trade = PublicTrade {
            taker,
            price,
            shares,
        };
        out.say(market, MarketEvent::Trade(trade));
    }

    fn tick_change(&mut self, message: &Message<'_>, out: &mut Output) {
        let Some((market, _, shadow)) = self.find(message.asset(), out) else {
            return;
        };
        let Some(tick) = tick(&message.new_tick_size) else {
            shadow.break_continuity();
            return out.gap(market, AnomalyKind::Unreadable);
        };
        if tick == shadow.book().tick() {
            return;
        }
        let at_ms = unix_millis(message.timestamp.as_str()).unwrap_or(0);
        shadow.change_tick(tick, at_ms);
        out.say(market, MarketEvent::TickSize(tick));
        out.resubscribe.push(market);
    }

    fn resolved(&mut self, message: &Message<'_>, out: &mut Output) {
        let assets = message.assets_ids.as_deref().unwrap_or_default();
        let winning_asset = message.winning_asset_id.as_str();
        let listed = assets
            .iter()
            .map(Text::as_str)
            .chain([winning_asset])
            .find_map(|asset| self.directory.find(asset));
        let market = listed.map(|(market, _)| market);
        if let Some(market) = market {
            out.touched += 1;
            out.say(market, MarketEvent::Closed);
        }
        let winner = self.directory.find(winning_asset);
        out.news.push(News::Resolved {
            condition: message.market.as_str().to_owned(),
            market,
            winner: winner.map(|(_, outcome)| outcome),
            winning_asset: winning_asset.to_owned(),
            winning_outcome: message.winning_outcome.as_str().to_owned(),
        });
    }
}

fn new_market(message: &Message<'_>) -> News {
    let texts = |list: &Option<Vec<Text<'_>>>| -> Vec<String> {
        let texts = list.as_deref().unwrap_or_default().iter();
        texts.map(|text| text.as_str().to_owned()).collect()
    };
    let tokens = texts(&message.clob_token_ids);
    News::NewMarket {
        id: message.id.as_str().to_owned(),
        condition: message.market.as_str().to_owned(),
        question: message.question.as_str().to_owned(),
        slug: message.slug.as_str().to_owned(),
        assets: if tokens.is_empty() {
            texts(&message.assets_ids)
        } else {
            tokens
        },
        outcomes: texts(&message.outcomes),
        tick: tick(&message.order_price_min_tick_size),
    }
}

/// Levels on the YES scale, empty ones left out; `None` when one is unreadable. An absent half is an empty one.
fn levels(
    wire: Option<&[WireLevel<'_>]>,
    outcome: Outcome,
    dropped: &mut u32,
) -> Option<Vec<Level>> {
    let wire = wire.unwrap_or_default();
    let mut levels = Vec::with_capacity(wire.len());
    for level in wire {
        let price = micros(level.price.as_str().as_bytes()).ok()?;
        let shares = micros(level.size.as_str().as_bytes()).ok()?;
        match in_range(price) {
            None => *dropped += 1,
            Some(_) if shares == 0 => {}
            Some(price) => levels.push(Level {
                price: match outcome {
                    Outcome::Yes => price,
                    Outcome::No => price.complement(),
                },
                shares: Shares::from_micros(shares),
            }),
        }
    }
    Some(levels)
}

fn best(text: &Text<'_>) -> Option<u64> {
    micros(text.as_str().as_bytes()).ok()
}

fn mirror(micros: u64) -> u64 {
    1_000_000_u64.saturating_sub(micros)
}

fn in_range(micros: u64) -> Option<Price> {
    Price::from_micros(i64::try_from(micros).ok()?).ok()
}

fn tick(text: &Text<'_>) -> Option<TickSize> {
    let micros = micros(text.as_str().as_bytes()).ok()?;
    TickSize::from_micros(i64::try_from(micros).ok()?).ok()
}

fn half(side: Side) -> BookSide {
    match side {
        Side::Buy => BookSide::Bid,
        Side::Sell => BookSide::Ask,
    }
}
