//! Orders on their way and at the venue.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use quorate_domain::{Cash, Fill, MarketId, OrderId, PlaceOrder, Rounding, Shares, Side, Token};
use serde::{Deserialize, Serialize};

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderState {
    /// Sent, not yet answered.
    Submitting,
    /// Resting at the venue.
    Live,
    /// Asked to be withdrawn.
    CancelRequested,
}

/// An order that may still execute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenOrder {
    /// As sent.
    pub placed: PlaceOrder,
    /// Shares not yet executed.
    pub remaining: Shares,
    /// Most that one share of a buy can cost, fee included, micro-dollars.
    pub unit_cost_micros: i64,
    /// How far it has come.
    pub state: OrderState,
}

impl OpenOrder {
    /// Collateral that this order may still spend, fees included; nothing for a sale.
    #[must_use]
    pub fn at_risk(&self) -> Cash {
        match self.placed.side {
            Side::Buy => self
                .remaining
                .at_micros(self.unit_cost_micros, Rounding::Up),
            Side::Sell => Cash::ZERO,
        }
    }

    /// Whether the order is expected to execute at once or not at all, so that sizing counts it as done.
    #[must_use]
    pub fn is_taking(&self) -> bool {
        !self.placed.time_in_force.rests()
    }
}

/// An execution larger than what was left of its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("order {order} was filled for {filled} shares with {remaining} left")]
pub struct Overfill {
    /// The order.
    pub order: OrderId,
    /// Shares executed.
    pub filled: Shares,
    /// Shares that were left.
    pub remaining: Shares,
}

/// Every order that may still execute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    open: BTreeMap<OrderId, OpenOrder>,
    by_market: BTreeMap<MarketId, Vec<OrderId>>,
}

impl Orders {
    /// Number of open orders.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// All open orders, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &OpenOrder> + '_ {
        self.open.values()
    }

    /// Open orders of one market, oldest first.
    pub fn of_market(&self, market: MarketId) -> impl Iterator<Item = &OpenOrder> + '_ {
        self.by_market
            .get(&market)
            .into_iter()
            .flatten()
            .filter_map(|id| self.open.get(id))
    }

    /// Open orders for one token, oldest first.
    pub fn of_token(&self, token: Token) -> impl Iterator<Item = &OpenOrder> + '_ {
        self.of_market(token.market)
            .filter(move |order| order.placed.token == token)
    }

    /// Collateral that open buys may still spend.
    #[must_use]
    pub fn reserved(&self) -> Cash {
        self.open.values().map(OpenOrder::at_risk).sum()
    }

    /// An order goes out; one share of it costs at most `unit_cost_micros`, fee included.
    pub fn sent(&mut self, placed: PlaceOrder, unit_cost_micros: i64) {
        let id = placed.id;
        self.by_market
            .entry(placed.token.market)
            .or_default()
            .push(id);
        let remaining = placed.shares;
        self.open.insert(
            id,
            OpenOrder {
                placed,
                remaining,
                unit_cost_micros,
                state: OrderState::Submitting,
            },
        );
    }

    /// The venue took it. Returns whether its withdrawal has to be asked for again: the first request may have arrived
    /// before the order did, and found nothing.
    pub fn accepted(&mut self, id: OrderId) -> bool {
        let Some(order) = self.open.get_mut(&id) else {
            return false;
        };
        if order.state == OrderState::Submitting {
            order.state = OrderState::Live;
        }
        order.state == OrderState::CancelRequested
    }

    /// An open order.
    #[must_use]
    pub fn get(&self, id: OrderId) -> Option<&OpenOrder> {
        self.open.get(&id)
    }

    /// Withdrawal was asked for.
    pub fn cancel_requested(&mut self, id: OrderId) {
        if let Some(order) = self.open.get_mut(&id) {
            order.state = OrderState::CancelRequested;
        }
    }

    /// Part or all of it executed. An execution of an order that has already left (a cancel that lost the race) is
    /// no error: it is booked by the ledger alone.
    ///
    /// # Errors
    /// More than a hundredth of a share above what was left, which no venue can do.
    pub fn filled(&mut self, fill: &Fill) -> Result<(), Overfill> {
        let Some(order) = self.open.get_mut(&fill.order) else {
            return Ok(());
        };
        let remaining = order.remaining;
        order.remaining = remaining.saturating_sub(fill.shares);
        if order.remaining.is_zero() {
            self.ended(fill.order);
        }
        if fill.shares <= remaining + Shares::LOT {
            Ok(())
        } else {
            Err(Overfill {
                order: fill.order,
                filled: fill.shares,
                remaining,
            })
        }
    }

    /// It left the venue.
    pub fn ended(&mut self, id: OrderId) {
        let Some(order) = self.open.remove(&id) else {
            return;
        };
        let market = order.placed.token.market;
        if let Some(ids) = self.by_market.get_mut(&market) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_market.remove(&market);
            }
        }
    }
}
