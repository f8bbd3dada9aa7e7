//! What can be traded: markets, groups of exclusive outcomes, fees, payouts, and how a market hangs on a topic.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::chance::Timestamp;
use crate::ids::{EpochId, GroupId, LabelId, MarketId, SetId, TopicId};
use crate::number::{Cash, MICRO, Price, Shares, TickSize};

/// Side of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// It happens.
    Yes,
    /// It does not.
    No,
}

impl Outcome {
    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
        }
    }
}

/// What is held and traded: one outcome of one market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Token {
    /// The market.
    pub market: MarketId,
    /// The outcome that makes the token pay.
    pub outcome: Outcome,
}

/// Direction of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// Collateral for tokens.
    Buy,
    /// Tokens for collateral.
    Sell,
}

impl Side {
    /// The other direction.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
}

/// Taker fee of a market: `shares * rate * (price * (1 - price))^exponent`, rounded half up to 5 decimals; less than
/// 0.00001 is nothing. Makers pay none and may share a rebate. Values are the market's own, as the venue publishes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeSchedule {
    /// `rate` in parts per million (0.07 is 70,000).
    pub rate_ppm: u32,
    /// `exponent`; 1 in all schedules in force.
    pub exponent: u8,
    /// Share of the taker fee that is paid back to makers, in parts per million. An expectation, not a promise.
    pub rebate_share_ppm: u32,
}

impl FeeSchedule {
    /// No fee.
    pub const NONE: Self = Self {
        rate_ppm: 0,
        exponent: 1,
        rebate_share_ppm: 0,
    };

    /// Taker fee for one execution.
    #[must_use]
    pub fn taker(self, shares: Shares, price: Price) -> Cash {
        let mut numerator = i128::from(shares.micros()) * i128::from(self.rate_ppm);
        for _ in 0..self.exponent {
            let p = i128::from(price.micros());
            // One factor p(1-p) in micro-units; scaled back at once so that no exponent overflows.
            numerator =
                numerator * p * (i128::from(MICRO) - p) / (i128::from(MICRO) * i128::from(MICRO));
        }
        // micro-dollars * ppm -> tens of micro-dollars (5 decimals), half up.
        let unit = i128::from(MICRO) * 10;
        let tens = (numerator + unit / 2).div_euclid(unit);
        Cash::from_micros_saturating(tens * 10)
    }

    /// Most that one share of a buy with this limit can cost, fee included, micro-dollars, rounded up. The fee per share is
    /// largest at a price of one half, and an order may execute anywhere below its limit.
    #[must_use]
    pub fn worst_unit_cost_micros(self, limit: Price) -> i64 {
        let at = f64::from(limit.micros()).min(500_000.0) * 1e-6;
        let fee = libm::ceil(self.taker_per_share(at) * 1e6 - 1e-6);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturates; fees are fractions of a dollar"
        )]
        let fee = fee as i64;
        i64::from(limit.micros()).saturating_add(fee)
    }

    /// Unrounded taker fee per share in dollars, for optimisation.
    #[must_use]
    pub fn taker_per_share(self, price: f64) -> f64 {
        let mut fee = f64::from(self.rate_ppm) * 1e-6;
        for _ in 0..self.exponent {
            fee *= price * (1.0 - price);
        }
        fee
    }
}

/// What one YES share pays at resolution, in micro-dollars: 1,000,000, 0, or something between (50-50: 500,000).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Payout(u32);

/// A payout above one dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a share pays 0 to 1 dollar, not {0} micro-dollars")]
pub struct PayoutTooLarge(pub u32);

impl Payout {
    /// It happened.
    pub const YES: Self = Self(1_000_000);
    /// It did not.
    pub const NO: Self = Self(0);
    /// Undecided: both sides get half.
    pub const HALF: Self = Self(500_000);

    /// A payout from micro-dollars per YES share.
    ///
    /// # Errors
    /// Above one dollar.
    pub fn from_micros(micros: u32) -> Result<Self, PayoutTooLarge> {
        if i64::from(micros) <= MICRO {
            Ok(Self(micros))
        } else {
            Err(PayoutTooLarge(micros))
        }
    }

    /// Micro-dollars per share of `outcome`.
    #[must_use]
    pub const fn micros(self, outcome: Outcome) -> u32 {
        match outcome {
            Outcome::Yes => self.0,
            Outcome::No => 1_000_000 - self.0,
        }
    }

    /// The YES payout as a number from 0 to 1.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) * 1e-6
    }
}

impl TryFrom<u32> for Payout {
    type Error = PayoutTooLarge;
    fn try_from(micros: u32) -> Result<Self, PayoutTooLarge> {
        Self::from_micros(micros)
    }
}

impl From<Payout> for u32 {
    fn from(payout: Payout) -> u32 {
        payout.0
    }
}

/// Where a market's probability comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TopicLink {
    /// The topic.
    pub topic: TopicId,
    /// The round of the topic that this market asks about.
    pub epoch: EpochId,
    /// The label of that round.
    pub label: LabelId,
    /// Whether the market pays when the label's event does *not* happen.
    pub sense: LinkSense,
}

/// Whether a market asks the topic's question or its negation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LinkSense {
    /// YES means the event happens.
    Direct,
    /// YES means it does not.
    Complement,
    /// YES is a statement about the price that the topic predicts. The epoch of the link is not read: whichever round
    /// speaks about the time left counts.
    Price(PriceCondition),
}

/// How a market settles when the price ends exactly at the strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Ties {
    /// YES pays.
    Yes,
    /// NO pays.
    No,
    /// Each side gets half.
    Half,
}

/// What a market on a price asks. Prices are in millionths of the quote currency, as reference prices are. The market
/// settles at its `closes_at`, by the price at that moment or by its time-weighted average over the last
/// `average_secs` seconds (0 for none).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PriceCondition {
    /// The price ends above a strike.
    Above {
        /// The strike.
        strike_micros: i64,
        /// Who wins when it ends there exactly.
        ties: Ties,
        /// Seconds of the settlement's average.
        average_secs: u32,
    },
    /// The price ends above the first reference price at or after `opens_at`.
    UpDown {
        /// Who wins when it ends there exactly.
        ties: Ties,
        /// Seconds of the settlement's average.
        average_secs: u32,
    },
    /// The price ends at or above the lower and below the upper bound.
    Range {
        /// Lower bound, included.
        low_micros: i64,
        /// Upper bound, excluded.
        high_micros: i64,
        /// Seconds of the settlement's average.
        average_secs: u32,
    },
    /// The price reaches a barrier between `opens_at` and `closes_at`.
    Touch {
        /// The barrier.
        barrier_micros: i64,
    },
}

impl PriceCondition {
    /// Seconds of the settlement's average; 0 for none.
    #[must_use]
    pub const fn average_secs(self) -> u32 {
        match self {
            Self::Above { average_secs, .. }
            | Self::UpDown { average_secs, .. }
            | Self::Range { average_secs, .. } => average_secs,
            Self::Touch { .. } => 0,
        }
    }
}

/// A tradable yes/no question with its venue rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Market {
    /// Identity within a run.
    pub id: MarketId,
    /// Short unique name.
    pub name: String,
    /// The question in the venue's words.
    pub question: String,
    /// The group of exclusive outcomes it belongs to.
    pub group: Option<GroupId>,
    /// The correlated set it is sized with.
    pub set: Option<SetId>,
    /// Signed loading on the set's common factor, within (-1, 1); its square is the latent correlation of two markets.
    pub loading: f64,
    /// Price step.
    pub tick: TickSize,
    /// Smallest order.
    pub shares_min: Shares,
    /// Smallest cost of a buy that takes at once.
    pub marketable_buy_min: Cash,
    /// Fees.
    pub fee: FeeSchedule,
    /// First moment it trades.
    pub opens_at: Option<Timestamp>,
    /// Last moment it trades, as announced.
    pub closes_at: Option<Timestamp>,
    /// Where its probability comes from.
    pub link: Option<TopicLink>,
}

/// Whether the listed outcomes of a group are all there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Coverage {
    /// Exactly one of the listed markets resolves YES.
    Exhaustive,
    /// None of them may.
    WithOther,
}

/// Markets of which at most one resolves YES.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketGroup {
    /// Identity within a run.
    pub id: GroupId,
    /// Short unique name.
    pub name: String,
    /// Whether an unlisted outcome is possible.
    pub coverage: Coverage,
}
