//! Orders, fills and positions.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::chance::Timestamp;
use crate::ids::{FillId, OrderId};
use crate::market::{Side, Token};
use crate::number::{Cash, Price, Shares};

/// How long an order lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeInForce {
    /// Until cancelled.
    Gtc,
    /// Until cancelled or this time.
    Gtd(Timestamp),
    /// All at once or nothing.
    Fok,
    /// What is there now; the rest is cancelled.
    Fak,
}

impl TimeInForce {
    /// Whether the order may rest in the book.
    #[must_use]
    pub const fn rests(self) -> bool {
        matches!(self, Self::Gtc | Self::Gtd(_))
    }
}

/// What the venue must do when the order could take at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Crossing {
    /// Take.
    Allowed,
    /// Refuse the order: it only wants to rest (post-only).
    Refused,
}

/// Orders that we did not send are named with an index from here up, which no order of ours ever has.
pub const FOREIGN_INDEX_MIN: u32 = 1 << 31;

/// A limit order on its way to the venue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceOrder {
    /// Our name for it.
    pub id: OrderId,
    /// What is traded.
    pub token: Token,
    /// Direction.
    pub side: Side,
    /// Worst price accepted, on the tick grid, in the token's own terms.
    pub limit: Price,
    /// Shares wanted.
    pub shares: Shares,
    /// Life.
    pub time_in_force: TimeInForce,
    /// Post-only or not.
    pub crossing: Crossing,
}

/// Who provided the liquidity of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Liquidity {
    /// We rested.
    Maker,
    /// We took.
    Taker,
}

/// How far an execution has come towards being final. Matched is not settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FillStatus {
    /// The venue matched it off chain.
    Matched,
    /// A transaction holds it.
    Mined,
    /// Final.
    Confirmed,
    /// The transaction failed and is tried again.
    Retrying,
    /// Void: it never happened.
    Failed,
}

/// Execution of an order or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// The venue's name for it.
    pub id: FillId,
    /// The order.
    pub order: OrderId,
    /// What was traded.
    pub token: Token,
    /// Direction, ours.
    pub side: Side,
    /// Price per share, in the token's own terms.
    pub price: Price,
    /// Shares.
    pub shares: Shares,
    /// Fee charged, in collateral.
    pub fee: Cash,
    /// Maker or taker.
    pub liquidity: Liquidity,
}

/// Why the venue said no, or an order ended unfilled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RefusalReason {
    /// The market is not open.
    MarketClosed,
    /// The limit is not on the tick grid.
    OffTick,
    /// Fewer shares than the market's minimum.
    BelowMinimumShares,
    /// A marketable buy below the venue's minimum cost.
    BelowMinimumCost,
    /// Not enough collateral or tokens.
    InsufficientBalance,
    /// A post-only order would have taken.
    WouldCross,
    /// A fill-or-kill order could not be filled whole.
    NotFillable,
    /// The expiry is not in the future.
    ExpiryPassed,
    /// No such market.
    UnknownMarket,
    /// The same order was sent before.
    Duplicate,
    /// Only post-only orders are accepted now.
    PostOnlyWindow,
    /// No orders are accepted now.
    TradingDisabled,
    /// Too many requests.
    RateLimited,
    /// It is proven that the order never arrived and can no longer do so.
    NeverArrived,
    /// Something else; the venue's words say what.
    Other,
}

/// Why an order left the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CancelReason {
    /// We asked for it.
    Requested,
    /// A fill-and-kill order took what was there.
    Unfilled,
    /// Its time was up.
    Expired,
    /// The market closed or resolved.
    MarketClosed,
    /// The grid changed under it.
    TickChanged,
}

/// An order the venue refused, with its own words where it had some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The order.
    pub order: OrderId,
    /// The class of the refusal.
    pub reason: RefusalReason,
    /// The venue's words; empty from the simulated exchange.
    pub message: String,
}

/// Holdings in one token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Shares that are final.
    pub confirmed: Shares,
    /// Shares bought and matched, not yet final.
    pub pending_in: Shares,
    /// Shares sold and matched, not yet final; still counted in `confirmed`.
    pub pending_out: Shares,
    /// What the shares held now cost, fees included.
    pub cost: Cash,
}

impl Position {
    /// Shares held if everything matched becomes final.
    #[must_use]
    pub fn expected(self) -> Shares {
        (self.confirmed + self.pending_in).saturating_sub(self.pending_out)
    }

    /// Shares that may be sold now: final and not already sold.
    #[must_use]
    pub fn sellable(self) -> Shares {
        self.confirmed.saturating_sub(self.pending_out)
    }
}
