//! The two closed lists: everything that can happen, and everything that can be done about it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::book::{BookSide, Level};
use crate::chance::Timestamp;
use crate::ids::{FillId, GroupId, MarketId, OrderId, TopicId};
use crate::market::{Market, MarketGroup, Payout, Side};
use crate::number::{Cash, Price, Shares, TickSize};
use crate::order::{CancelReason, Fill, FillStatus, PlaceOrder, Refusal};
use crate::topic::{Inference, ReferencePrice, Topic, Worker};

/// One thing that happened, at its place in the one order of things. `seq` decides replay; `at` is strictly monotonic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Sequence number, one more than the entry before.
    pub seq: u64,
    /// When the runtime took it up; strictly later than the entry before.
    pub at: Timestamp,
    /// What happened.
    pub input: Input,
}

/// Everything that can happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// Something became known to exist.
    Listed(Listing),
    /// The market moved.
    Market(MarketInput),
    /// A worker spoke.
    Inference(Inference),
    /// The price that a topic is settled by was seen.
    Reference(ReferencePrice),
    /// A question was decided.
    Resolved(Resolution),
    /// The venue answered, or the account changed.
    Account(AccountInput),
    /// The process started, or started again: nothing leaves until [`AccountInput::Reconciled`].
    Started,
    /// Something about the connection, the clock or the venue's state that orders must respect.
    Health(HealthInput),
    /// A person gave an order to the machine.
    Operator(OperatorInput),
    /// The asked-for moment has come.
    Wake,
}

/// Something that exists from now on. A second listing with the same identity replaces the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Listing {
    /// A market.
    Market(Box<Market>),
    /// A group of exclusive outcomes.
    Group(MarketGroup),
    /// A topic.
    Topic(Topic),
    /// A worker.
    Worker(Worker),
}

/// News of one market's order book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketInput {
    /// The market.
    pub market: MarketId,
    /// The news.
    pub event: MarketEvent,
}

/// What can happen to an order book. Prices are on the YES scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MarketEvent {
    /// The whole book.
    Snapshot {
        /// Buyers.
        bids: Vec<Level>,
        /// Sellers.
        asks: Vec<Level>,
    },
    /// One level's new absolute size.
    Level {
        /// Which half.
        side: BookSide,
        /// Price and size; size zero removes the level.
        level: Level,
    },
    /// Somebody traded.
    Trade(PublicTrade),
    /// The price grid changed; every level is forgotten.
    TickSize(TickSize),
    /// Messages were lost or the connection was: the book is stale until the next snapshot.
    Gap,
    /// Shares traded in the 24 hours before this moment, by the venue's own count.
    DayVolume(Shares),
    /// Trading has stopped.
    Closed,
}

/// A trade between others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicTrade {
    /// Direction of the taker.
    pub taker: Side,
    /// Price per YES share.
    pub price: Price,
    /// Shares.
    pub shares: Shares,
}

/// The final word on a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// The market.
    pub market: MarketId,
    /// What a YES share pays.
    pub payout: Payout,
}

/// What the venue and the chain say about our account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountInput {
    /// Collateral came in.
    Deposited(Cash),
    /// Collateral went out.
    Withdrawn(Cash),
    /// The order rests in the book.
    Accepted(OrderId),
    /// The order was refused; nothing of it rests.
    Refused(Refusal),
    /// The order was executed, wholly or in part. It counts as matched until said otherwise.
    Filled(Fill),
    /// An execution's way towards finality.
    Settled {
        /// The execution.
        fill: FillId,
        /// How far it has come.
        status: FillStatus,
    },
    /// The order left the book.
    Cancelled {
        /// The order.
        order: OrderId,
        /// Why.
        reason: CancelReason,
    },
    /// Tokens of a resolved market were paid out.
    Redeemed {
        /// The market.
        market: MarketId,
        /// YES shares given up.
        yes: Shares,
        /// NO shares given up.
        no: Shares,
        /// Collateral received.
        cash: Cash,
    },
    /// As many YES as NO shares became collateral, one dollar a pair.
    Merged {
        /// The market.
        market: MarketId,
        /// Pairs.
        shares: Shares,
    },
    /// A transaction we asked for did not go through; nothing changed.
    Reverted {
        /// The market.
        market: MarketId,
        /// What was to be done.
        chore: Chore,
    },
    /// Whether the order arrived is not known: it counts as possibly live until the venue's answer is.
    Unknown(OrderId),
    /// An order of the account that we did not send. It counts against every limit and is left alone until a halt
    /// withdraws everything. Its name has an index from [`FOREIGN_INDEX_MIN`](crate::order::FOREIGN_INDEX_MIN) up.
    Adopted {
        /// As it was placed.
        order: PlaceOrder,
        /// Shares of it that had executed when it was found.
        filled: Shares,
    },
    /// An execution of the account that belongs to no order of ours. It is booked and changes no order.
    External(Fill),
    /// A fee outside any execution (gas, a correction), as a positive amount.
    Fee(Cash),
    /// A maker rebate.
    Rebate(Cash),
    /// Any other income, such as a liquidity reward.
    Income(Cash),
    /// Orders, executions and balances agree with the venue's: trading may begin.
    Reconciled,
    /// Orders, executions or balances differ from the venue's in a way that nothing explains.
    Mismatch,
}

/// What is done with tokens on chain rather than in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Chore {
    /// Pairs into collateral.
    Merge,
    /// Decided tokens into collateral.
    Redeem,
}

/// What the shell has measured about connections, clock and venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HealthInput {
    /// Our clock less a trusted one, microseconds; the newest measurement counts.
    ClockSkew {
        /// Difference, positive when our clock is fast.
        micros: i64,
    },
    /// Whether the venue hears our heartbeat; without it the venue withdraws our orders by itself.
    Heartbeat(Heartbeat),
    /// The streamed book of a market differs from the fetched one.
    Diverged(MarketId),
    /// The streamed book of a market agrees with the fetched one again.
    Agreed(MarketId),
    /// The venue accepts only post-only orders until this time.
    PostOnlyUntil(Timestamp),
    /// The venue accepts cancels and no orders.
    CancelOnly,
    /// The venue accepts neither orders nor cancels.
    TradingDisabled,
    /// The venue accepts everything again.
    TradingEnabled,
    /// The independent watchdog demands a stop.
    Watchdog,
}

/// State of the heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Heartbeat {
    /// Answered in time.
    Healthy,
    /// Not answered for longer than allowed.
    Unhealthy,
}

/// What a person can tell the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperatorInput {
    /// Stop for good. Only [`OperatorInput::Resume`] of everything ends it, a restart does not.
    Kill {
        /// What is done with what is open and held.
        mode: KillMode,
    },
    /// Stop trading in a part and withdraw its orders.
    Halt(Scope),
    /// Trade a part again; [`Scope::All`] ends every stop that a person or a loss limit brought about.
    Resume(Scope),
}

/// What a kill does with what is open and held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KillMode {
    /// Withdraw everything; no new order.
    Cancel,
    /// Withdraw everything; afterwards only sales of what is held, where the strategy wants them.
    ReduceOnly,
    /// Withdraw everything; sell what may be sold at the bids within the collar, and nothing else.
    Flatten,
}

/// A part of what is traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Everything.
    All,
    /// One market.
    Market(MarketId),
    /// One group of exclusive outcomes.
    Group(GroupId),
    /// Every market of one topic.
    Topic(TopicId),
}

/// Everything that can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Send an order.
    Place(PlaceOrder),
    /// Withdraw an order.
    Cancel(OrderId),
    /// Withdraw every order.
    CancelAll,
    /// Turn pairs of YES and NO shares into collateral.
    Merge {
        /// The market.
        market: MarketId,
        /// Pairs.
        shares: Shares,
    },
    /// Collect what a resolved market pays.
    Redeem(MarketId),
    /// Send [`Input::Wake`] at this time or soon after.
    WakeAt(Timestamp),
    /// Trading has stopped.
    Halted(HaltReason),
    /// Somebody should look at this; it changes nothing by itself.
    Alarm(Alarm),
}

/// What is worth a person's attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Alarm {
    /// An execution is matched and has not become final for longer than it should take.
    Unsettled(FillId),
    /// An execution of the account that no order of ours explains.
    External(FillId),
    /// A market's orders execute so often that it is paused.
    RepeatedFills(MarketId),
    /// Many withdrawals for each execution.
    CancelsPerFill,
    /// The same order was about to be sent again.
    DuplicateIntent(MarketId),
    /// One worker has most of the weight behind a market's probability.
    WeightCollapse(MarketId),
    /// Our clock differs from a trusted one.
    ClockSkew,
}

/// Why trading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HaltReason {
    /// A person said so.
    Operator,
    /// The account fell further from its peak than allowed.
    Drawdown,
    /// The account lost more in one UTC day than allowed.
    DailyLoss,
    /// The books of account do not balance: a defect.
    Conservation,
    /// The venue reported something that cannot be, such as a fill larger than its order.
    ImpossibleInput,
    /// A person stopped everything for good.
    Killed(KillMode),
    /// The process started and has not yet been reconciled with the venue.
    NotReconciled,
    /// The account differs from what the venue says, unexplained.
    Mismatch,
    /// The independent watchdog demanded it.
    Watchdog,
    /// The venue accepts no orders.
    VenueDisabled,
    /// So many positions in a row were lost that a pause is due; it ends by itself.
    LossStreak,
    /// More orders went out than were decided, or fewer: a defect.
    OrdersMiscounted,
}
