//! Rules as the program knows them.

use jiff::civil::Date;
use quorate_domain::{PriceCondition, Timestamp};

use super::asset::Asset;

/// A rule that was read and agrees with everything else that is published about its market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Whether a price rises over a window.
    UpDown(UpDownRule),
    /// Whether a price is above a strike at an instant.
    Threshold(ThresholdRule),
    /// Who wins an election.
    Election(ElectionRule),
}

/// Length of the window of a market on a price's direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Five minutes.
    FiveMinutes,
    /// A quarter of an hour.
    FifteenMinutes,
    /// Four hours, beginning at 0, 4, 8, 12, 16 or 20 o'clock in New York.
    FourHours,
    /// One hour, beginning on the hour in New York.
    Hour,
    /// From noon to noon in New York.
    Day,
}

impl Family {
    /// As addresses spell it: `5m`, `15m`, `4h`, `1h`, `1d`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FiveMinutes => "5m",
            Self::FifteenMinutes => "15m",
            Self::FourHours => "4h",
            Self::Hour => "1h",
            Self::Day => "1d",
        }
    }
}

/// Where the price comes from that decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceSource {
    /// Chainlink's data stream against the dollar.
    ChainlinkSpot,
    /// Chainlink's average over the last 30 seconds, a stream of its own.
    ChainlinkTwap30,
    /// Chainlink's average over the last 60 seconds, a stream of its own.
    ChainlinkTwap60,
    /// Binance's one-hour candle against the dollar token.
    Binance1hCandle,
    /// Binance's one-minute candle that opens at noon in New York, against the dollar token.
    Binance1mCandleNoonEt,
}

impl ReferenceSource {
    /// Seconds over which the value is an average; 0 for none.
    #[must_use]
    pub const fn average_secs(self) -> u32 {
        match self {
            Self::ChainlinkTwap30 => 30,
            Self::ChainlinkTwap60 => 60,
            Self::ChainlinkSpot | Self::Binance1hCandle | Self::Binance1mCandleNoonEt => 0,
        }
    }
}

/// Which value of the source is read, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceReading {
    /// The value of the stream whose own timestamp is this instant. Whether the venue takes the one before or after
    /// where the stream has none at that very instant is not published; the first at or after it is the working rule.
    StreamAt(Timestamp),
    /// The open of the candle that opens at this instant.
    CandleOpen(Timestamp),
    /// The close of the candle whose last millisecond this is.
    CandleClose(Timestamp),
}

impl PriceReading {
    /// The instant.
    #[must_use]
    pub const fn at(self) -> Timestamp {
        match self {
            Self::StreamAt(at) | Self::CandleOpen(at) | Self::CandleClose(at) => at,
        }
    }
}

/// Whether a price rises over a window. YES is "Up".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpDownRule {
    /// Whose price.
    pub asset: Asset,
    /// Length of the window.
    pub family: Family,
    /// The value to beat. It is not in the catalogue: whoever missed it must not trade the window.
    pub strike: PriceReading,
    /// The value that settles.
    pub settlement: PriceReading,
    /// What is asked, in the engine's terms; its `opens_at` and `closes_at` are the instants of the two readings.
    pub condition: PriceCondition,
    /// Where both values come from.
    pub source: ReferenceSource,
}

/// Whether a price is strictly above a strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThresholdRule {
    /// Whose price.
    pub asset: Asset,
    /// The value that settles.
    pub settlement: PriceReading,
    /// What is asked, in the engine's terms.
    pub condition: PriceCondition,
    /// Where the value comes from.
    pub source: ReferenceSource,
}

/// Who declares the winner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// Associated Press, Fox News and NBC, once they agree.
    ThreeNetworks,
    /// A consensus of credible reporting.
    CredibleReporting,
    /// A consensus of official sources of the party that nominates.
    Party,
}

/// What decides when the caller does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fallback {
    /// Who is inaugurated, on this day.
    Inauguration(Date),
    /// The official certification or the official results.
    Official,
    /// Nothing is said: the market stays open.
    Unstated,
}

/// Who wins an election. YES is the named outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElectionRule {
    /// The race in the rule's words.
    pub race: String,
    /// The outcome that this market is about: a person or a party.
    pub candidate: String,
    /// Who declares the winner.
    pub caller: Caller,
    /// What decides otherwise.
    pub fallback: Fallback,
    /// Last day on which a result counts; after it the answer is "Other".
    pub other_after: Option<Date>,
}
