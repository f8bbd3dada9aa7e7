//! What a fill, a cancel or a refusal does to the account, to the agenda and to the list of answers.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;

use quorate_domain::{
    AccountInput, CancelReason, Cash, Fill, FillId, Liquidity, Market, MarketId, OrderId, Price,
    Refusal, RefusalReason, Rounding, Shares, Side, Timestamp, Token,
};

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::config::VenueConfig;
use crate::order::LiveOrder;
use crate::timers::{Action, Timers};

/// An order that has reached the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Known {
    Live(MarketId),
    Ended,
}

/// A match on its way to finality.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Unsettled {
    pub(crate) token: Token,
    pub(crate) side: Side,
    pub(crate) shares: Shares,
    /// Micro-dollars a seller gets.
    pub(crate) received: i128,
}

/// Everything about the exchange that does not belong to one market.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Clearing {
    pub(crate) config: VenueConfig,
    pub(crate) now: Timestamp,
    pub(crate) account: Account,
    pub(crate) timers: Timers,
    #[serde(with = "quorate_domain::pairs")]
    pub(crate) unsettled: BTreeMap<FillId, Unsettled>,
    answers: VecDeque<(Timestamp, AccountInput)>,
    #[serde(with = "quorate_domain::pairs")]
    known: BTreeMap<OrderId, Known>,
    fills: u64,
}

impl Clearing {
    pub(crate) fn new(config: VenueConfig) -> Self {
        Self {
            config,
            now: Timestamp::default(),
            account: Account::default(),
            timers: Timers::default(),
            unsettled: BTreeMap::new(),
            answers: VecDeque::new(),
            known: BTreeMap::new(),
            fills: 0,
        }
    }

    pub(crate) fn say(&mut self, answer: AccountInput) {
        self.answers.push_back((self.now, answer));
    }

    pub(crate) fn next_answer_at(&self) -> Option<Timestamp> {
        self.answers.front().map(|(at, _)| *at)
    }

    pub(crate) fn pop_answer(&mut self, until: Timestamp) -> Option<(Timestamp, AccountInput)> {
        match self.next_answer_at() {
            Some(at) if at <= until => self.answers.pop_front(),
            _ => None,
        }
    }

    pub(crate) fn has_seen(&self, order: OrderId) -> bool {
        self.known.contains_key(&order)
    }

    /// The market where the order lives, if it lives.
    pub(crate) fn market_of(&self, order: OrderId) -> Option<MarketId> {
        match self.known.get(&order) {
            Some(Known::Live(market)) => Some(*market),
            _ => None,
        }
    }

    pub(crate) fn note_live(&mut self, live: &LiveOrder) {
        self.known
            .insert(live.order.id, Known::Live(live.order.token.market));
    }

    /// Sets what an order keeps back to `claim` micro-dollars or micro-shares.
    pub(crate) fn hold(&mut self, live: &mut LiveOrder, claim: i128) {
        self.account
            .reserve(live.order.side, live.order.token, claim - live.held);
        live.held = claim;
    }

    pub(crate) fn refuse(&mut self, order: OrderId, reason: RefusalReason) {
        self.known.insert(order, Known::Ended);
        self.say_refused(order, reason);
    }

    /// Says no without ending anything: the order of that name goes on as it was.
    pub(crate) fn say_refused(&mut self, order: OrderId, reason: RefusalReason) {
        self.say(AccountInput::Refused(Refusal {
            order,
            reason,
            message: String::new(),
        }));
    }

    /// The order is over: nothing is kept back for it and nothing will happen to it.
    pub(crate) fn finish(&mut self, live: &mut LiveOrder) {
        self.hold(live, 0);
        if let Some(key) = live.end.take() {
            self.timers.remove(key);
        }
        self.known.insert(live.order.id, Known::Ended);
    }

    pub(crate) fn cancel(&mut self, mut live: LiveOrder, reason: CancelReason) {
        self.finish(&mut live);
        self.say(AccountInput::Cancelled {
            order: live.order.id,
            reason,
        });
    }

    /// A resting order fills at its own limit; a completed one is finished here.
    pub(crate) fn fill_resting(&mut self, market: &Market, live: &mut LiveOrder, shares: Shares) {
        self.hold(live, 0);
        self.fill(market, live, live.order.limit, shares, Liquidity::Maker);
        if live.remaining.is_zero() {
            self.finish(live);
        } else {
            let claim = live.claim();
            self.hold(live, claim);
        }
    }

    /// Books one execution at `price` in the order's own terms. Whatever the order keeps back must be released before.
    pub(crate) fn fill(
        &mut self,
        market: &Market,
        live: &mut LiveOrder,
        price: Price,
        shares: Shares,
        liquidity: Liquidity,
    ) {
        let (token, side) = (live.order.token, live.order.side);
        let (fee, amount) = settle_amount(market, side, price, shares, liquidity);
        live.remaining = live
            .remaining
            .checked_sub(shares)
            .expect("an order never fills beyond its size");
        match side {
            Side::Buy => self.account.buy(token, shares, amount),
            Side::Sell => self.account.sell(token, shares, amount),
        }
        self.fills += 1;
        let id = FillId(self.fills);
        self.unsettled.insert(
            id,
            Unsettled {
                token,
                side,
                shares,
                received: amount,
            },
        );
        let due = self.now.plus(self.config.settle_delay);
        self.timers.add(due, Action::Settle(id));
        self.say(AccountInput::Filled(Fill {
            id,
            order: live.order.id,
            token,
            side,
            price,
            shares,
            fee,
            liquidity,
        }));
    }
}

/// Fee of an execution, and the micro-dollars that a buyer pays or a seller receives with it. A seller's fee comes out
/// of the proceeds and is never more than they are.
pub(crate) fn settle_amount(
    market: &Market,
    side: Side,
    price: Price,
    shares: Shares,
    liquidity: Liquidity,
) -> (Cash, i128) {
    let fee = match liquidity {
        Liquidity::Maker => Cash::ZERO,
        Liquidity::Taker => market.fee.taker(shares, price),
    };
    match side {
        Side::Buy => {
            let cost = shares.at(price, Rounding::Up);
            (fee, i128::from(cost.micros()) + i128::from(fee.micros()))
        }
        Side::Sell => {
            let gross = shares.at(price, Rounding::Down);
            let fee = fee.min(gross);
            (fee, i128::from(gross.micros()) - i128::from(fee.micros()))
        }
    }
}
