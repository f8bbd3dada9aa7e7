//! What the catalogue says about events, markets, series and tags, as far as it may be known before the outcome.
//!
//! Fields that are missing are empty or `None`; fields that are not listed here are not read. The mark `restricted` is
//! one of those: it is no statement about the reader's location.

use quorate_domain::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::tolerant;

/// A question or a family of questions, with its markets.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// Number in the catalogue.
    #[serde(deserialize_with = "tolerant::line")]
    pub id: String,
    /// Name in addresses.
    #[serde(deserialize_with = "tolerant::line")]
    pub slug: String,
    /// Title, cleaned; untrusted text.
    #[serde(deserialize_with = "tolerant::line")]
    pub title: String,
    /// Rules of all its markets, cleaned; untrusted text.
    #[serde(deserialize_with = "tolerant::lines")]
    pub description: String,
    /// Where the rules say the answer comes from.
    #[serde(deserialize_with = "tolerant::line")]
    pub resolution_source: String,
    /// Whether it is public.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub active: Option<bool>,
    /// Whether nothing of it trades any more.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub closed: Option<bool>,
    /// Whether at most one of its markets resolves YES.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub neg_risk: Option<bool>,
    /// The same mark, as newer events carry it.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub enable_neg_risk: Option<bool>,
    /// Whether outcomes may be added while it trades.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub neg_risk_augmented: Option<bool>,
    /// When the thing it asks about begins.
    #[serde(deserialize_with = "tolerant::instant")]
    pub start_time: Option<Timestamp>,
    /// When it is announced to end.
    #[serde(deserialize_with = "tolerant::instant")]
    pub end_date: Option<Timestamp>,
    /// Recurring families it belongs to.
    #[serde(deserialize_with = "tolerant::list")]
    pub series: Vec<Series>,
    /// Subjects.
    #[serde(deserialize_with = "tolerant::list")]
    pub tags: Vec<Tag>,
    /// Its markets.
    #[serde(deserialize_with = "tolerant::list")]
    pub markets: Vec<Market>,
}

/// One yes/no question.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Market {
    /// Number in the catalogue.
    #[serde(deserialize_with = "tolerant::line")]
    pub id: String,
    /// Protocol version, `v1` or `v2`; empty on older records, which are `v1`.
    #[serde(deserialize_with = "tolerant::line")]
    pub version: String,
    /// Name in addresses.
    #[serde(deserialize_with = "tolerant::line")]
    pub slug: String,
    /// The question, cleaned; untrusted text.
    #[serde(deserialize_with = "tolerant::line")]
    pub question: String,
    /// Rules, cleaned; untrusted text.
    #[serde(deserialize_with = "tolerant::lines")]
    pub description: String,
    /// Where the rules say the answer comes from.
    #[serde(deserialize_with = "tolerant::line")]
    pub resolution_source: String,
    /// Condition id, 32 bytes in hex.
    #[serde(deserialize_with = "tolerant::line")]
    pub condition_id: String,
    /// Name of the outcome within its event, for example the candidate.
    #[serde(deserialize_with = "tolerant::line")]
    pub group_item_title: String,
    /// Names of the two outcomes, in the order of the tokens.
    #[serde(deserialize_with = "tolerant::texts")]
    pub outcomes: Vec<String>,
    /// Token ids of protocol v1.
    #[serde(deserialize_with = "tolerant::texts")]
    pub clob_token_ids: Vec<String>,
    /// Position ids of protocol v2. They may be there before the market trades under v2.
    #[serde(deserialize_with = "tolerant::texts")]
    pub position_ids: Vec<String>,
    /// Price step, dollars.
    #[serde(deserialize_with = "tolerant::decimal")]
    pub order_price_min_tick_size: Option<Decimal>,
    /// Smallest order, shares.
    #[serde(deserialize_with = "tolerant::decimal")]
    pub order_min_size: Option<Decimal>,
    /// Whether it is public; reserved outcomes of an augmented event are not.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub active: Option<bool>,
    /// Whether it trades no more.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub closed: Option<bool>,
    /// Whether orders are taken.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub accepting_orders: Option<bool>,
    /// Whether it has a book.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub enable_order_book: Option<bool>,
    /// Whether it settles through the exchange of exclusive outcomes.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub neg_risk: Option<bool>,
    /// Whether it is the catch-all of its event.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub neg_risk_other: Option<bool>,
    /// Whether takers pay.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub fees_enabled: Option<bool>,
    /// Name of the fee schedule, for example `crypto_fees_v2`.
    #[serde(deserialize_with = "tolerant::line")]
    pub fee_type: String,
    /// Fee schedule.
    pub fee_schedule: Option<Fee>,
    /// Seconds that the venue holds marketable orders back.
    #[serde(deserialize_with = "tolerant::decimal")]
    pub seconds_delay: Option<Decimal>,
    /// Beginning of the window it asks about.
    #[serde(deserialize_with = "tolerant::instant")]
    pub event_start_time: Option<Timestamp>,
    /// Announced end.
    #[serde(deserialize_with = "tolerant::instant")]
    pub end_date: Option<Timestamp>,
    /// State of the resolution (`proposed`, `disputed`, `resolved`), without the answer.
    #[serde(deserialize_with = "tolerant::line")]
    pub uma_resolution_status: String,
    /// How a market on a crypto price reads it.
    pub crypto_market_config: Option<CryptoConfig>,
}

/// A fee schedule as the catalogue gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Fee {
    /// Factor of the fee formula.
    #[serde(deserialize_with = "tolerant::decimal")]
    pub rate: Option<Decimal>,
    /// Exponent of the fee formula.
    #[serde(deserialize_with = "tolerant::decimal")]
    pub exponent: Option<Decimal>,
    /// Whether only takers pay.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub taker_only: Option<bool>,
    /// Share of the fee that makers get.
    #[serde(deserialize_with = "tolerant::decimal")]
    pub rebate_rate: Option<Decimal>,
}

/// How a market on a crypto price reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CryptoConfig {
    /// For example `btc-5m-twap-60`.
    #[serde(deserialize_with = "tolerant::line")]
    pub id: String,
    /// For example `btc`.
    #[serde(deserialize_with = "tolerant::line")]
    pub asset: String,
    /// For example `5m`.
    #[serde(deserialize_with = "tolerant::line")]
    pub duration: String,
    /// Whether a time-weighted average counts.
    #[serde(deserialize_with = "tolerant::boolean")]
    pub twap_enabled: Option<bool>,
    /// Seconds of that average.
    #[serde(deserialize_with = "tolerant::decimal")]
    pub twap_lookback_seconds: Option<Decimal>,
}

/// A recurring family of events.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Series {
    /// Number in the catalogue.
    #[serde(deserialize_with = "tolerant::line")]
    pub id: String,
    /// Name in addresses.
    #[serde(deserialize_with = "tolerant::line")]
    pub slug: String,
    /// Title, cleaned; untrusted text.
    #[serde(deserialize_with = "tolerant::line")]
    pub title: String,
    /// `5m`, `daily`, `weekly` and the like.
    #[serde(deserialize_with = "tolerant::line")]
    pub recurrence: String,
}

/// A subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tag {
    /// Number in the catalogue.
    #[serde(deserialize_with = "tolerant::line")]
    pub id: String,
    /// Name in addresses.
    #[serde(deserialize_with = "tolerant::line")]
    pub slug: String,
    /// Name as shown, cleaned; untrusted text.
    #[serde(deserialize_with = "tolerant::line")]
    pub label: String,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Found {
    /// Events whose words fit.
    #[serde(deserialize_with = "tolerant::list")]
    pub events: Vec<Event>,
    /// Tags whose words fit.
    #[serde(deserialize_with = "tolerant::list")]
    pub tags: Vec<Tag>,
}
