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
    /// Whether it arrived is not known; it may be live.
    Unknown,
    /// Asked to be withdrawn.
    CancelRequested,
}

/// Who sent an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// The engine.
    Own,
    /// Somebody else with access to the account. It counts against the limits and is left alone.
    Foreign,
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
    /// Who sent it.
    pub origin: Origin,
}

impl OpenOrder {
    /// Whether the engine may keep, replace or withdraw it as its wishes change: it rests, is ours, and no withdrawal is
    /// on its way.
    #[must_use]
    pub fn is_replaceable(&self) -> bool {
        !self.is_taking() && self.origin == Origin::Own && self.state != OrderState::CancelRequested
    }

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
    #[serde(with = "quorate_domain::pairs")]
    open: BTreeMap<OrderId, OpenOrder>,
    #[serde(with = "quorate_domain::pairs")]
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
        self.open(OpenOrder {
            remaining: placed.shares,
            placed,
            unit_cost_micros,
            state: OrderState::Submitting,
            origin: Origin::Own,
        });
    }

    /// An order was found that we did not send, with `filled` shares executed already. One that is known stays as it is.
    pub fn adopted(&mut self, placed: PlaceOrder, filled: Shares, unit_cost_micros: i64) {
        let remaining = placed.shares.saturating_sub(filled);
        if !self.open.contains_key(&placed.id) && !remaining.is_zero() {
            self.open(OpenOrder {
                remaining,
                placed,
                unit_cost_micros,
                state: OrderState::Live,
                origin: Origin::Foreign,
            });
        }
    }

    fn open(&mut self, order: OpenOrder) {
        let id = order.placed.id;
        let of_market = self.by_market.entry(order.placed.token.market).or_default();
        of_market.push(id);
        self.open.insert(id, order);
    }

    /// Whether it arrived is not known. An order that has been answered stays as it is.
    pub fn unknown(&mut self, id: OrderId) {
        if let Some(order) = self.open.get_mut(&id)
            && order.state == OrderState::Submitting
        {
            order.state = OrderState::Unknown;
        }
    }

    /// Answers on their way may be lost: nothing is known of any order that has not been answered. Returns those that were
    /// waiting until now.
    pub fn lose_answers(&mut self) -> Vec<OrderId> {
        let waiting = self
            .open
            .values_mut()
            .filter(|order| order.state == OrderState::Submitting);
        waiting
            .map(|order| {
                order.state = OrderState::Unknown;
                order.placed.id
            })
            .collect()
    }

    /// No answer was lost: what came of these orders is not unknown, they are on their way.
    pub fn regain_answers(&mut self, waiting: &[OrderId]) {
        for id in waiting {
            if let Some(order) = self.open.get_mut(id)
                && order.state == OrderState::Unknown
            {
                order.state = OrderState::Submitting;
            }
        }
    }

    /// The venue took it. Returns whether its withdrawal has to be asked for again: the first request may have arrived
    /// before the order did, and found nothing.
    pub fn accepted(&mut self, id: OrderId) -> bool {
        let Some(order) = self.open.get_mut(&id) else {
            return false;
        };
        if matches!(order.state, OrderState::Submitting | OrderState::Unknown) {
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
