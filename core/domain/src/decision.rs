//! Why something was done, or was not: every decision keeps its reason and the numbers it rested on.

use serde::{Deserialize, Serialize};

use crate::chance::Timestamp;
use crate::ids::{MarketId, OrderId};
use crate::io::{HaltReason, Scope};
use crate::market::{Outcome, Side};
use crate::number::{Cash, Price, Shares};

/// One judgement about one market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Entry that caused it.
    pub seq: u64,
    /// Time of that entry.
    pub at: Timestamp,
    /// The market judged.
    pub market: MarketId,
    /// What came of it.
    pub verdict: Verdict,
    /// The numbers at that moment.
    pub numbers: Numbers,
}

/// The numbers behind a verdict. Absent ones did not exist at that moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// Midpoint of the book.
    pub market_mid: Option<f64>,
    /// What the collective says, before the market is asked.
    pub collective: Option<f64>,
    /// Blended, calibrated probability that is traded on.
    pub fair: Option<f64>,
    /// Workers whose inference counted.
    pub workers: u16,
    /// Spread of the workers on a price, half the 16 to 84 % width, basis points of return. Disagreement, not uncertainty.
    #[serde(default)]
    pub disagreement_bp: Option<f64>,
    /// Best price after fees, spread and lock-up for the better side, dollars per share.
    pub cost: Option<f64>,
    /// Advantage per share of the better side after all costs, dollars.
    pub edge: Option<f64>,
    /// Price at which the next share would be indifferent, given everything held.
    pub reservation: Option<f64>,
    /// Certainty-equivalent gain of the joint solution, dollars.
    pub gain: Option<f64>,
    /// Shares the optimum asked for.
    pub shares_wanted: Option<f64>,
}

/// What came of a judgement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// An order goes out.
    Trade {
        /// Its name.
        order: OrderId,
        /// The outcome traded.
        outcome: Outcome,
        /// Direction.
        side: Side,
        /// Limit.
        limit: Price,
        /// Shares after every limit and rounding.
        shares: Shares,
        /// The limit that cut the size, if one did.
        bound_by: Option<LimitName>,
    },
    /// Nothing is done.
    NoTrade(NoTradeReason),
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum NoTradeReason {
    /// Trading is halted.
    Halted(HaltReason),
    /// The market is not open, or is closing too soon to act.
    OutsideTradingTime,
    /// The market hangs on no topic.
    Unlinked,
    /// No worker has a usable inference.
    NoInference,
    /// Inferences exist, all too old.
    StaleInference,
    /// The price that the market is about was never seen, or not when it had to be.
    NoReference,
    /// The price that the market is about was last seen too long ago.
    StaleReference {
        /// Its age in milliseconds.
        age_ms: u64,
    },
    /// Too few rounds have come true to know how far the collective errs.
    UnknownScale,
    /// No sound snapshot of the book.
    NoBook,
    /// The book has not moved for longer than allowed.
    StaleBook {
        /// Its age in milliseconds.
        age_ms: u64,
    },
    /// The book is locked or crossed.
    CrossedBook,
    /// One side is empty: whoever trades into it knows less than whoever left.
    OneSidedBook,
    /// The strategy wants nothing here.
    NoIntent,
    /// Advantage after costs too small.
    EdgeTooSmall {
        /// What was needed, dollars per share.
        needed: f64,
    },
    /// The reservation price lies between what a sale brings and a purchase costs.
    InsideBand,
    /// An earlier order for the same token is still on its way.
    OrderInFlight,
    /// Rounded down to the lot, the size falls below what the venue accepts.
    BelowMinimum {
        /// The size that was left.
        shares: Shares,
    },
    /// The joint gain does not pay for the bother.
    GainTooSmall {
        /// What was needed.
        needed: Cash,
    },
    /// A limit leaves no room.
    Limit(LimitName),
    /// The wealth of some state is not positive, so no size is right.
    Insolvent,
    /// The joint problem was not solved well enough to act on.
    Unsolved,
    /// A person stopped this part.
    Stopped(Scope),
    /// The venue accepts only cancels.
    CancelOnly,
    /// The venue does not hear our heartbeat.
    HeartbeatLost,
    /// Our clock is too far from a trusted one.
    ClockSkew {
        /// How far, milliseconds, without sign.
        skew_ms: u64,
    },
    /// The streamed book differs from the fetched one.
    FeedDiverged,
    /// The workers disagree too much.
    Dispersed {
        /// Standard deviation of their log odds.
        sd: f64,
    },
    /// One worker has so much of the weight that there is no collective.
    SingleModel {
        /// Its share of the weight, 0 to 1.
        weight: f64,
    },
    /// The collective and the market are too far apart for either to be believed.
    SourcesDisagree {
        /// How far, dollars per share.
        gap: f64,
    },
    /// Only orders that rest are accepted now, and this one would take.
    PostOnlyWindow,
    /// Executions have been waiting for finality so long that no more are taken.
    UnsettledTooLong,
    /// Too many of the last executions failed.
    FailedFills {
        /// Their share in parts per million.
        share_ppm: u32,
    },
    /// The market's orders executed too often; it is paused.
    RepeatedFills,
    /// The order waits for a place under a rate limit.
    RateLimited(LimitName),
    /// Only sales of what is held are allowed.
    ReduceOnly,
    /// Right after the venue refused for want of money, the market is left alone.
    RefusalCooldown,
}

/// Names of the limits that can cut or refuse an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LimitName {
    /// Cost of one order.
    OrderNotional,
    /// Shares of one order.
    OrderShares,
    /// Distance of the limit from the midpoint.
    PriceCollar,
    /// Worst loss in one market.
    MarketLoss,
    /// Worst loss in one group of exclusive outcomes.
    GroupLoss,
    /// Worst loss of a correlated set over its scenarios.
    SetLoss,
    /// Sum of all stakes.
    Gross,
    /// Collateral kept back.
    CashReserve,
    /// Share of the displayed depth.
    DepthShare,
    /// Orders resting at once.
    OpenOrders,
    /// Orders resting at once in one market.
    MarketOpenOrders,
    /// Worst loss in all markets of one topic.
    TopicLoss,
    /// Share of the shares traded in the last 24 hours.
    VolumeShare,
    /// The price at which the next share would be indifferent.
    Reservation,
    /// The same order again.
    DuplicateIntent,
    /// An order that would meet one of our own.
    SelfTrade,
    /// Orders per second.
    OrdersPerSecond,
    /// Orders per minute.
    OrdersPerMinute,
    /// Orders per minute in one market.
    MarketOrdersPerMinute,
    /// Withdrawals for each execution.
    CancelsPerFill,
}
