//! The exchange as its user sees it: market data and commands in, account inputs out, time from outside.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use quorate_domain::{
    AccountInput, Book, CancelReason, Cash, Command, Market, MarketId, MarketInput, OrderId, Price,
    Resolution, Shares, Side, Timestamp, Token,
};

use serde::{Deserialize, Serialize};

use crate::account::{Holding, NotEnoughCash};
use crate::clearing::Clearing;
use crate::config::VenueConfig;
use crate::listed::{ListedMarket, Stage};
use crate::timers::{Action, Phase};

/// A simulated exchange with one account.
///
/// Calls come in order of time; a call with an earlier time than one before counts as happening now. Every call first
/// does what fell due before it. Within one instant, ends of orders and settlements come first, then market data in the
/// order given, then arrivals of orders and cancels, which [`Exchange::advance`] performs.
///
/// Its stored form is its whole state: read back, it gives the same answers to the same calls. Timers keep their order,
/// and what was on its way arrives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Exchange {
    pub(crate) clearing: Clearing,
    #[serde(with = "quorate_domain::pairs")]
    pub(crate) markets: BTreeMap<MarketId, ListedMarket>,
}

/// An order that is at the exchange and has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// Its name.
    pub id: OrderId,
    /// What is traded.
    pub token: Token,
    /// Direction.
    pub side: Side,
    /// Limit in the token's own terms.
    pub limit: Price,
    /// Shares still wanted.
    pub remaining: Shares,
}

impl Exchange {
    /// An exchange without markets and money.
    #[must_use]
    pub fn new(config: VenueConfig) -> Self {
        Self {
            clearing: Clearing::new(config),
            markets: BTreeMap::new(),
        }
    }

    /// Lists a market, or replaces the terms of a listed one: a new tick size acts like a tick-size change, a new closing
    /// time moves the ends of open orders, a closed market stays closed.
    pub fn list(&mut self, market: Market) {
        match self.markets.get_mut(&market.id) {
            Some(listed) => listed.relist(&mut self.clearing, market),
            None => {
                self.markets.insert(market.id, ListedMarket::new(market));
            }
        }
    }

    /// Collateral comes in at once. An amount that is not positive changes nothing.
    pub fn deposit(&mut self, at: Timestamp, cash: Cash) {
        self.catch_up(at);
        if cash > Cash::ZERO {
            self.clearing.account.deposit(cash);
            self.clearing.say(AccountInput::Deposited(cash));
        }
    }

    /// Collateral goes out at once. An amount that is not positive changes nothing.
    ///
    /// # Errors
    /// [`NotEnoughCash`] when less is free: open buys keep their cost, unsettled proceeds do not count.
    pub fn withdraw(&mut self, at: Timestamp, cash: Cash) -> Result<(), NotEnoughCash> {
        self.catch_up(at);
        if cash > Cash::ZERO {
            self.clearing.account.withdraw(cash)?;
            self.clearing.say(AccountInput::Withdrawn(cash));
        }
        Ok(())
    }

    /// Market data as it happened at the venue: the same inputs the decision core sees. News of a market that is not
    /// listed is not for us.
    pub fn observe(&mut self, at: Timestamp, input: &MarketInput) {
        self.catch_up(at);
        if let Some(listed) = self.markets.get_mut(&input.market) {
            listed.observe(&mut self.clearing, &input.event);
        }
    }

    /// A question is decided: open orders are cancelled and the payout is fixed. A second word on it changes nothing.
    pub fn resolve(&mut self, at: Timestamp, resolution: Resolution) {
        self.catch_up(at);
        if let Some(listed) = self.markets.get_mut(&resolution.market) {
            listed.close(&mut self.clearing, Stage::Resolved(resolution.payout));
        }
    }

    /// A command leaves for the exchange and arrives after its latency. A cancel that arrives before its order finds
    /// nothing. Commands that are not for a venue are ignored.
    pub fn submit(&mut self, at: Timestamp, command: &Command) {
        let config = self.clearing.config;
        let (latency, action) = match command {
            Command::Place(order) => (config.submit_latency, Action::Place(order.clone())),
            Command::Cancel(order) => (config.cancel_latency, Action::Cancel(*order)),
            Command::CancelAll => (config.cancel_latency, Action::CancelAll),
            Command::Merge { market, shares } => {
                (config.redeem_delay, Action::Merge(*market, *shares))
            }
            Command::Redeem(market) => (config.redeem_delay, Action::Redeem(*market)),
            Command::WakeAt(_) | Command::Halted(_) | Command::Alarm(_) => return,
        };
        self.clearing
            .timers
            .add(at.max(self.clearing.now).plus(latency), action);
    }

    /// Time of the earliest thing to come: an arrival, the end of an order's life, a settlement, a payout, or an answer
    /// that waits to be fetched.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let answer = self.clearing.next_answer_at();
        let timer = self.clearing.timers.next_due();
        answer.into_iter().chain(timer).min()
    }

    /// Lets time pass up to and including `at`, and appends every answer given by then, in the order given.
    pub fn advance(&mut self, at: Timestamp, out: &mut Vec<(Timestamp, AccountInput)>) {
        self.run(at, Phase::AfterData);
        while let Some(answer) = self.clearing.pop_answer(at) {
            out.push(answer);
        }
    }

    /// The exchange's time: the latest it has been told of.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clearing.now
    }

    /// Final collateral, less what matched buys have cost already.
    #[must_use]
    pub fn cash(&self) -> Cash {
        self.clearing.account.cash()
    }

    /// The part of [`Exchange::cash`] that open buys keep.
    #[must_use]
    pub fn cash_reserved(&self) -> Cash {
        self.clearing.account.reserved()
    }

    /// Proceeds of sells that are matched and not yet final.
    #[must_use]
    pub fn proceeds_pending(&self) -> Cash {
        self.clearing.account.proceeds()
    }

    /// Tokens of one outcome.
    #[must_use]
    pub fn holding(&self, token: Token) -> Holding {
        self.clearing.account.holding(token)
    }

    /// Orders at the exchange that have not ended, by market, half and price.
    pub fn open_orders(&self) -> impl Iterator<Item = OpenOrder> + '_ {
        let live = self.markets.values().flat_map(|listed| &listed.orders);
        live.map(|live| OpenOrder {
            id: live.order.id,
            token: live.order.token,
            side: live.order.side,
            limit: live.order.limit,
            remaining: live.remaining,
        })
    }

    /// The recorded book of a listed market.
    #[must_use]
    pub fn book(&self, market: MarketId) -> Option<&Book> {
        self.markets.get(&market).map(|listed| &listed.book)
    }

    /// Does what fell due before news of this instant.
    fn catch_up(&mut self, at: Timestamp) {
        self.run(at, Phase::BeforeData);
    }

    fn run(&mut self, until: Timestamp, phase: Phase) {
        while let Some((due, action)) = self.clearing.timers.pop(until, phase) {
            self.clearing.now = self.clearing.now.max(due);
            self.perform(action);
        }
        self.clearing.now = self.clearing.now.max(until);
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::End(order, reason) => self.cancel(order, reason),
            Action::Settle(fill) => self.settle(fill),
            Action::Place(order) => self.arrive(order),
            Action::Cancel(order) => self.cancel(order, CancelReason::Requested),
            Action::CancelAll => {
                for listed in self.markets.values_mut() {
                    listed.cancel_where(&mut self.clearing, CancelReason::Requested, |_| true);
                }
            }
            Action::Merge(market, pairs) => self.merge(market, pairs),
            Action::Redeem(market) => self.redeem(market),
        }
    }

    fn cancel(&mut self, order: OrderId, reason: CancelReason) {
        let market = self.clearing.market_of(order);
        if let Some(listed) = market.and_then(|id| self.markets.get_mut(&id)) {
            listed.cancel(&mut self.clearing, order, reason);
        }
    }
}
