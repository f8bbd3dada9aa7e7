//! Messages of the user channel: what became of our orders and trades. Types and statuses that are not known are kept as
//! they were written; nothing here depends on the order of arrival.

use quorate_domain::{Price, Shares, Side, Timestamp};
use serde::{Deserialize, Serialize};

use super::frame::{Malformed, Text, begins, is_array, json, types};
use super::number::{micros, unix_millis};
use crate::auth::Credentials;

/// Why an order's message was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderChange {
    /// It rests.
    Placement,
    /// Part of it executed.
    Update,
    /// It left the book.
    Cancellation,
    /// Anything else, in the venue's words.
    Unknown(String),
}

/// State of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderStatus {
    /// It rests.
    Live,
    /// It executed.
    Matched,
    /// It waits for its match.
    Delayed,
    /// It was delayed and found no match.
    Unmatched,
    /// It left the book; the venue's reason without the prefix `CANCELED_`, or nothing.
    Canceled(String),
    /// It was never valid.
    Invalid,
    /// Anything else, in the venue's words, upper case.
    Unknown(String),
}

impl OrderStatus {
    /// Reads a status of the socket or of REST, with or without the prefix `ORDER_STATUS_`, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("ORDER_STATUS_").unwrap_or(&upper);
        match name {
            "LIVE" => Self::Live,
            "MATCHED" => Self::Matched,
            "DELAYED" => Self::Delayed,
            "UNMATCHED" => Self::Unmatched,
            "INVALID" => Self::Invalid,
            _ => match name
                .strip_prefix("CANCELED")
                .or_else(|| name.strip_prefix("CANCELLED"))
            {
                Some(rest) => Self::Canceled(rest.trim_start_matches('_').to_owned()),
                None => Self::Unknown(name.to_owned()),
            },
        }
    }
}

/// How far a trade has come. Final are only [`TradeStatus::Confirmed`] and [`TradeStatus::Failed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TradeStatus {
    /// Matched, and not yet sent to the chain.
    MatchedNotBroadcast,
    /// Matched.
    Matched,
    /// In a block.
    Mined,
    /// Its transaction failed and is sent again.
    Retrying,
    /// Final.
    Confirmed,
    /// Final: it did not happen.
    Failed,
    /// Anything else, in the venue's words, upper case.
    Unknown(String),
}

impl TradeStatus {
    /// Reads a status of the socket or of REST, with or without the prefix `TRADE_STATUS_`, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("TRADE_STATUS_").unwrap_or(&upper);
        match name {
            "MATCHED_NOT_BROADCASTED" => Self::MatchedNotBroadcast,
            "MATCHED" => Self::Matched,
            "MINED" => Self::Mined,
            "RETRYING" => Self::Retrying,
            "CONFIRMED" => Self::Confirmed,
            "FAILED" => Self::Failed,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// Whether nothing can follow.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Confirmed | Self::Failed)
    }
}

/// Our part in a trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraderSide {
    /// Our order took.
    Taker,
    /// Our order rested: its amount and price are those of its maker order, never the trade's own.
    Maker,
    /// Anything else, in the venue's words.
    Unknown(String),
}

/// News of an order. Prices are on the scale of its own asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderNews {
    /// Its hash.
    pub id: String,
    /// API key that placed it.
    pub owner: String,
    /// Condition id.
    pub market: String,
    /// Asset id.
    pub asset: String,
    /// Direction.
    pub side: Side,
    /// Limit.
    pub price: Price,
    /// Shares when placed.
    pub original: Shares,
    /// Shares executed so far.
    pub matched: Shares,
    /// Why this was sent.
    pub change: OrderChange,
    /// State.
    pub status: OrderStatus,
    /// GTC, GTD, FOK, FAK or another, as written.
    pub order_type: String,
    /// Ids of its trades.
    pub trades: Vec<String>,
    /// The venue's time of the message.
    pub at: Option<Timestamp>,
}

/// One resting order's part in a trade, on the scale of its own asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakerOrder {
    /// Hash of the order.
    pub order: String,
    /// API key that placed it.
    pub owner: String,
    /// Asset id; may be the other outcome's.
    pub asset: String,
    /// Direction, where given.
    pub side: Option<Side>,
    /// Shares.
    pub shares: Shares,
    /// Price.
    pub price: Price,
}

/// News of a trade. The same id comes once for each status, in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeNews {
    /// Its id.
    pub id: String,
    /// How far it has come.
    pub status: TradeStatus,
    /// Hash of the order that took.
    pub taker_order: String,
    /// API key of the account that this was sent to.
    pub owner: String,
    /// Condition id.
    pub market: String,
    /// Asset of the taker.
    pub asset: String,
    /// Direction of the taker.
    pub side: Side,
    /// Shares of the taker.
    pub shares: Shares,
    /// Price of the taker.
    pub price: Price,
    /// Our part.
    pub trader_side: TraderSide,
    /// The resting orders, ours among them.
    pub makers: Vec<MakerOrder>,
    /// Transaction; may still be replaced before the trade is confirmed.
    pub transaction: Option<String>,
    /// Part of a trade that was split over several transactions.
    pub bucket: String,
    /// When it was matched.
    pub matched_at: Option<Timestamp>,
    /// When its status changed last.
    pub updated_at: Option<Timestamp>,
}

/// One message of the user channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserNews {
    /// Of an order.
    Order(Box<OrderNews>),
    /// Of a trade.
    Trade(Box<TradeNews>),
    /// A message of an order or a trade with a field that cannot be read: ask the venue by REST.
    Unreadable {
        /// Its type.
        kind: String,
        /// Its id, where it has one.
        id: String,
        /// The field.
        field: &'static str,
    },
    /// Another type; ignored.
    Other(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    #[serde(borrow)]
    event_type: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    owner: Text<'a>,
    #[serde(borrow)]
    market: Text<'a>,
    #[serde(borrow)]
    asset_id: Text<'a>,
    #[serde(borrow)]
    side: Text<'a>,
    #[serde(borrow)]
    price: Text<'a>,
    #[serde(borrow)]
    size: Text<'a>,
    #[serde(borrow)]
    original_size: Text<'a>,
    #[serde(borrow)]
    size_matched: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    order_type: Text<'a>,
    #[serde(borrow)]
    associate_trades: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    timestamp: Text<'a>,
    #[serde(borrow)]
    taker_order_id: Text<'a>,
    #[serde(borrow)]
    maker_orders: Option<Vec<WireMaker<'a>>>,
    #[serde(borrow)]
    trader_side: Text<'a>,
    #[serde(borrow)]
    transaction_hash: Text<'a>,
    #[serde(borrow)]
    bucket_index: Text<'a>,
    #[serde(borrow)]
    match_time: Text<'a>,
    #[serde(borrow)]
    matchtime: Text<'a>,
    #[serde(borrow)]
    last_update: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WireMaker<'a> {
    #[serde(borrow)]
    order_id: Text<'a>,
    #[serde(borrow)]
    owner: Text<'a>,
    #[serde(borrow)]
    asset_id: Text<'a>,
    #[serde(borrow)]
    side: Text<'a>,
    #[serde(borrow)]
    matched_amount: Text<'a>,
    #[serde(borrow)]
    price: Text<'a>,
}

/// Reads a frame of the user channel: an object or an array of them. Where only other types than orders and trades are in
/// it, odd fields are no fault.
///
/// # Errors
/// [`Malformed`] when it is neither: something was said that we cannot read.
pub fn read(frame: &[u8]) -> Result<Vec<UserNews>, Malformed> {
    let wires: Result<Vec<Wire<'_>>, _> = if is_array(frame) {
        serde_json::from_slice(frame)
    } else {
        serde_json::from_slice(frame).map(|one| vec![one])
    };
    match wires {
        Ok(wires) => Ok(wires.iter().map(news).collect()),
        Err(error) => match types(frame) {
            Some(types) if !types.iter().any(|kind| is_known(kind)) => {
                Ok(types.into_iter().map(UserNews::Other).collect())
            }
            _ => Err(Malformed {
                detail: error.to_string(),
                begins: begins(frame),
            }),
        },
    }
}

fn is_known(kind: &str) -> bool {
    matches!(kind, "order" | "trade")
}

fn news(wire: &Wire<'_>) -> UserNews {
    let kind = wire.event_type.as_str();
    let read = match kind {
        "order" => order(wire).map(|order| UserNews::Order(Box::new(order))),
        "trade" => trade(wire).map(|trade| UserNews::Trade(Box::new(trade))),
        _ => return UserNews::Other(kind.to_owned()),
    };
    read.unwrap_or_else(|field| UserNews::Unreadable {
        kind: kind.to_owned(),
        id: wire.id.as_str().to_owned(),
        field,
    })
}

fn order(wire: &Wire<'_>) -> Result<OrderNews, &'static str> {
    let trades = wire.associate_trades.as_deref().unwrap_or_default();
    Ok(OrderNews {
        id: required(&wire.id, "id")?,
        owner: owned(&wire.owner),
        market: owned(&wire.market),
        asset: required(&wire.asset_id, "asset_id")?,
        side: side(&wire.side).ok_or("side")?,
        price: price(&wire.price, "price")?,
        original: shares(&wire.original_size, "original_size")?,
        matched: shares(&wire.size_matched, "size_matched")?,
        change: match wire.kind.as_str() {
            "PLACEMENT" => OrderChange::Placement,
            "UPDATE" => OrderChange::Update,
            "CANCELLATION" => OrderChange::Cancellation,
            other => OrderChange::Unknown(other.to_owned()),
        },
        status: OrderStatus::parse(wire.status.as_str()),
        order_type: owned(&wire.order_type),
        trades: trades.iter().map(owned).collect(),
        at: time(&wire.timestamp),
    })
}

fn trade(wire: &Wire<'_>) -> Result<TradeNews, &'static str> {
    let makers = wire.maker_orders.as_deref().unwrap_or_default();
    Ok(TradeNews {
        id: required(&wire.id, "id")?,
        status: TradeStatus::parse(wire.status.as_str()),
        taker_order: owned(&wire.taker_order_id),
        owner: owned(&wire.owner),
        market: owned(&wire.market),
        asset: required(&wire.asset_id, "asset_id")?,
        side: side(&wire.side).ok_or("side")?,
        shares: shares(&wire.size, "size")?,
        price: price(&wire.price, "price")?,
        trader_side: match wire.trader_side.as_str() {
            "TAKER" => TraderSide::Taker,
            "MAKER" => TraderSide::Maker,
            other => TraderSide::Unknown(other.to_owned()),
        },
        makers: makers.iter().map(maker).collect::<Result<_, _>>()?,
        transaction: (!wire.transaction_hash.is_empty()).then(|| owned(&wire.transaction_hash)),
        bucket: owned(&wire.bucket_index),
        matched_at: time(&wire.match_time).or_else(|| time(&wire.matchtime)),
        updated_at: time(&wire.last_update).or_else(|| time(&wire.timestamp)),
    })
}

fn maker(wire: &WireMaker<'_>) -> Result<MakerOrder, &'static str> {
    Ok(MakerOrder {
        order: required(&wire.order_id, "maker_orders.order_id")?,
        owner: owned(&wire.owner),
        asset: owned(&wire.asset_id),
        side: side(&wire.side),
        shares: shares(&wire.matched_amount, "maker_orders.matched_amount")?,
        price: price(&wire.price, "maker_orders.price")?,
    })
}

fn owned(text: &Text<'_>) -> String {
    text.as_str().to_owned()
}

fn required(text: &Text<'_>, field: &'static str) -> Result<String, &'static str> {
    if text.is_empty() {
        Err(field)
    } else {
        Ok(owned(text))
    }
}

fn shares(text: &Text<'_>, field: &'static str) -> Result<Shares, &'static str> {
    micros(text.as_str().as_bytes())
        .map(Shares::from_micros)
        .map_err(|_| field)
}

fn price(text: &Text<'_>, field: &'static str) -> Result<Price, &'static str> {
    let micros = micros(text.as_str().as_bytes()).map_err(|_| field)?;
    let micros = i64::try_from(micros).map_err(|_| field)?;
    Price::from_micros(micros).map_err(|_| field)
}

fn side(text: &Text<'_>) -> Option<Side> {
    super::frame::side(text)
}

fn time(text: &Text<'_>) -> Option<Timestamp> {
    let nanos = unix_millis(text.as_str())?.checked_mul(1_000_000)?;
    Some(Timestamp::from_nanos(nanos))
}

#[derive(Serialize)]
struct Auth<'a> {
    #[serde(rename = "apiKey")]
    api_key: &'a str,
    secret: &'a str,
    passphrase: &'a str,
}

#[derive(Serialize)]
struct Subscribe<'a> {
    #[serde(rename = "type")]
    channel: &'static str,
    auth: Auth<'a>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    markets: &'a [String],
}

/// The first frame of a connection: log-in, and the condition ids to hear about (none: all). Holds secrets: never log it.
#[must_use]
pub fn subscribe(log_in: &Credentials, markets: &[String]) -> String {
    json(&Subscribe {
        channel: "user",
        auth: Auth {
            api_key: &log_in.api_key,
            secret: &log_in.secret,
            passphrase: &log_in.passphrase,
        },
        markets,
    })
}
