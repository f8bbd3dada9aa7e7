//! One row of the archive as a value: what one message of the venue says about one token.

use std::fmt;
use std::sync::Arc;

use quorate_domain::{BookSide, Level, Price, Shares, Side, TickSize, Timestamp};

/// Length of a condition id in text: `0x` and 64 hexadecimal digits.
pub(super) const CONDITION_LEN: usize = 66;
/// Longest token id that is taken: 2^256 has 78 decimal digits.
const ASSET_LEN_MAX: usize = 78;

/// Identity of a market at the venue: `0x` and 64 hexadecimal digits, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionId(Arc<str>);

impl ConditionId {
    /// Reads a condition id; `None` unless it is `0x` and 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("0x")?;
        let good = text.len() == CONDITION_LEN && digits.bytes().all(|b| b.is_ascii_hexdigit());
        good.then(|| Self(text.to_ascii_lowercase().into()))
    }

    /// A condition id for a market that has none, made from its name: the SHA-256 of it.
    #[must_use]
    pub fn for_name(name: &str) -> Self {
        Self(
            format!(
                "0x{}",
                super::manifest::hex(&super::manifest::sha256(name.as_bytes()))
            )
            .into(),
        )
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConditionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Identity of a token at the venue: a decimal number of up to 78 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId(Arc<str>);

impl AssetId {
    /// Reads a token id; `None` unless it is a decimal number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let good =
            (1..=ASSET_LEN_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        good.then(|| Self(text.into()))
    }

    /// A token id for an outcome that has none, made from the names: the first 16 bytes of a SHA-256.
    #[must_use]
    pub fn for_name(market: &str, outcome: &str) -> Self {
        let hash = super::manifest::sha256(format!("{market}\n{outcome}").as_bytes());
        let mut number = [0; 16];
        number.copy_from_slice(&hash[..16]);
        Self(u128::from_be_bytes(number).to_string().into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A best price as the venue states it, in micro-dollars from 0 to 1,000,000; 0 (bid) and 1,000,000 (ask) stand for an
/// empty side.
pub type TouchMicros = u32;

/// What a row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowEvent {
    /// The whole book of the token.
    Book {
        /// Buyers.
        bids: Vec<Level>,
        /// Sellers.
        asks: Vec<Level>,
    },
    /// One level's new absolute size.
    Change {
        /// Which half.
        side: BookSide,
        /// Price and size; size zero removes the level.
        level: Level,
        /// Best bid after the message, as the venue states it.
        best_bid: Option<TouchMicros>,
        /// Best ask after the message, as the venue states it.
        best_ask: Option<TouchMicros>,
    },
    /// Somebody traded.
    Trade {
        /// Direction of the taker.
        taker: Side,
        /// Price per share of the token.
        price: Price,
        /// Shares.
        shares: Shares,
        /// Legacy fee field of the message, basis points.
        fee_rate_bps: Option<u16>,
        /// Transaction on chain.
        transaction: Option<Arc<str>>,
    },
    /// The price grid changed.
    TickSize {
        /// Before, where it is known.
        old: Option<TickSize>,
        /// From now on.
        new: TickSize,
    },
    /// Continuity was lost.
    Gap,
    /// Trading has stopped.
    Closed,
}

/// One row of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapeRow {
    /// When the recorder received the message.
    pub received_at: Timestamp,
    /// The venue's own time of the message.
    pub event_at: Timestamp,
    /// The market.
    pub market: ConditionId,
    /// The token.
    pub asset: AssetId,
    /// Number of the message within its connection; rows with one number are one message.
    pub seq: Option<u64>,
    /// The connection.
    pub connection: Option<u16>,
    /// The venue's hash of the book.
    pub hash: Option<Arc<str>>,
    /// Whether continuity was lost before this row.
    pub after_gap: bool,
    /// What it says.
    pub event: RowEvent,
}

impl TapeRow {
    /// Order of rows in a file: market, token, time of receipt, connection, number.
    #[must_use]
    pub fn file_order(&self) -> impl Ord + '_ {
        let seq = self.seq.unwrap_or(0);
        (
            &self.market,
            &self.asset,
            self.received_at,
            self.connection,
            seq,
        )
    }
}
