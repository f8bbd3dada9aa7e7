//! An order that has arrived, and its place on the YES scale of the one recorded book.

use quorate_domain::{
    BookSide, Outcome, PlaceOrder, Price, PublicTrade, Rounding, Shares, Side, Timestamp,
};

use serde::{Deserialize, Serialize};

use crate::queue::QueuePlace;
use crate::timers::TimerKey;

/// Where an order rests in the book of the YES token: buying NO at `q` is selling YES at `1 - q`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leg {
    pub(crate) side: BookSide,
    pub(crate) price: Price,
}

impl Leg {
    pub(crate) fn of(order: &PlaceOrder) -> Self {
        let side = BookSide::taken_by(order.side).opposite();
        match order.token.outcome {
            Outcome::Yes => Self {
                side,
                price: order.limit,
            },
            Outcome::No => Self {
                side: side.opposite(),
                price: order.limit.complement(),
            },
        }
    }

    /// Whether a counterparty at `price` is within the limit.
    pub(crate) fn accepts(self, price: Price) -> bool {
        match self.side {
            BookSide::Bid => price <= self.price,
            BookSide::Ask => price >= self.price,
        }
    }

    /// How a trade between others concerns an order resting here.
    pub(crate) fn hit_by(self, trade: &PublicTrade) -> Hit {
        if BookSide::taken_by(trade.taker) != self.side || !self.accepts(trade.price) {
            Hit::Missed
        } else if trade.price == self.price {
            Hit::At
        } else {
            Hit::Through
        }
    }

    /// Sorts best price first within a half.
    pub(crate) fn rank(self) -> (BookSide, u32) {
        match self.side {
            BookSide::Bid => (self.side, u32::MAX - self.price.micros()),
            BookSide::Ask => (self.side, self.price.micros()),
        }
    }
}

/// How a trade concerns a resting order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hit {
    /// The other half, or a better price.
    Missed,
    /// At our price.
    At,
    /// Beyond our price.
    Through,
}

/// What an order that has arrived is doing.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Standing {
    /// It waits for the first quote after this time.
    Waiting(Timestamp),
    /// It rests.
    Resting(QueuePlace),
}

/// An order that has arrived and has not ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LiveOrder {
    pub(crate) order: PlaceOrder,
    pub(crate) leg: Leg,
    pub(crate) remaining: Shares,
    pub(crate) standing: Standing,
    /// Claim on the account: micro-dollars of a buy, micro-shares of a sell.
    pub(crate) held: i128,
    /// When its life ends by itself.
    pub(crate) end: Option<TimerKey>,
}

impl LiveOrder {
    pub(crate) fn new(order: PlaceOrder, arrived_at: Timestamp) -> Self {
        Self {
            leg: Leg::of(&order),
            remaining: order.shares,
            standing: Standing::Waiting(arrived_at),
            held: 0,
            end: None,
            order,
        }
    }

    /// What a resting remainder must keep back. Makers pay no fee.
    pub(crate) fn claim(&self) -> i128 {
        match self.order.side {
            Side::Buy => cost_bound(self.remaining, self.order.limit),
            Side::Sell => i128::from(self.remaining.micros()),
        }
    }

    /// The recorded level at its price now holds this much.
    pub(crate) fn level_is(&mut self, level: Shares, at: Timestamp) {
        if let Standing::Resting(queue) = &mut self.standing {
            queue.level_is(level, at);
        }
    }

    /// A price of the YES book in the order's own terms.
    pub(crate) fn own_price(&self, yes: Price) -> Price {
        match self.order.token.outcome {
            Outcome::Yes => yes,
            Outcome::No => yes.complement(),
        }
    }
}

/// Micro-dollars that suffice to buy these shares at `price` in any number of lot-sized fills, each rounded up.
pub(crate) fn cost_bound(shares: Shares, price: Price) -> i128 {
    let lots = shares.micros() / Shares::LOT.micros();
    let rest = shares.saturating_sub(shares.floor_to(Shares::LOT));
    let lot_cost = Shares::LOT.at(price, Rounding::Up).micros();
    i128::from(lots) * i128::from(lot_cost) + i128::from(rest.at(price, Rounding::Up).micros())
}

/// The part of `offered` that changes hands: the whole remainder, or whole lots, whose cost is exact on every grid of
/// the venue.
pub(crate) fn whole_lots(offered: Shares, remaining: Shares) -> Shares {
    if offered >= remaining {
        remaining
    } else {
        offered.floor_to(Shares::LOT)
    }
}
