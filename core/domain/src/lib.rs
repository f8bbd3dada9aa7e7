//! The nouns of Quorate, and the closed lists of what can happen ([`Input`]) and what can be done ([`Command`]).
//!
//! Pure: nothing here can read a clock, a file or a socket. Money, prices and sizes are integers in micro-units;
//! chances are floating point, and the two meet only in [`Probability::bid_price`] and [`Probability::ask_price`].
#![no_std]
extern crate alloc;

pub mod book;
pub mod chance;
pub mod decision;
pub mod ids;
pub mod io;
pub mod market;
pub mod math;
pub mod number;
pub mod order;
pub mod pairs;
pub mod topic;

pub use book::{Book, BookHealth, BookSide, Level};
pub use chance::{Probability, Timestamp};
pub use decision::{Decision, LimitName, NoTradeReason, Numbers, Verdict};
pub use ids::{EpochId, FillId, GroupId, LabelId, MarketId, OrderId, SetId, TopicId, WorkerId};
pub use io::{
    AccountInput, Alarm, Chore, Command, Entry, HaltReason, HealthInput, Heartbeat, Input,
    KillMode, Listing, MarketEvent, MarketInput, OperatorInput, PublicTrade, Resolution, Scope,
};
pub use market::{
    Coverage, FeeSchedule, LinkSense, Market, MarketGroup, Outcome, Payout, PriceCondition, Side,
    Ties, Token, TopicLink,
};
pub use number::{Cash, Price, Rounding, Shares, TickSize};
pub use order::{
    CancelReason, Crossing, FOREIGN_INDEX_MIN, Fill, FillStatus, Liquidity, PlaceOrder, Position,
    Refusal, RefusalReason, TimeInForce,
};
pub use topic::{
    Inference, LossName, Objective, ObjectiveError, Predicted, ReferencePrice, Schedule,
    SchemeName, Topic, TruthSource, Worker,
};
