//! An order arrives: the venue's checks, then taking, then resting.

use alloc::vec::Vec;

use quorate_domain::{
    AccountInput, BookHealth, CancelReason, Crossing, Liquidity, OrderId, PlaceOrder, Price,
    RefusalReason, Rounding, Shares, Side, TimeInForce, Timestamp,
};

use crate::clearing::{Clearing, settle_amount};
use crate::config::FillRule;
use crate::depth::{Take, walk};
use crate::listed::ListedMarket;
use crate::order::{LiveOrder, Standing, cost_bound};
use crate::queue::QueuePlace;

impl ListedMarket {
    /// Takes up an order that has just arrived.
    pub(crate) fn place(
        &mut self,
        clearing: &mut Clearing,
        order: PlaceOrder,
    ) -> Result<(), RefusalReason> {
        self.check_terms(&order, clearing.now)?;
        let mut live = LiveOrder::new(order, clearing.now);
        let touches = self.touches(live.leg);
        if touches && live.order.crossing == Crossing::Refused {
            return Err(RefusalReason::WouldCross);
        }
        let takes = touches || !live.order.time_in_force.rests();
        if takes {
            self.check_cost(&live.order)?;
        }
        let waits = takes && clearing.config.fills == FillRule::NextObservation;
        let needed = if takes {
            self.cost_at_worst(&live)
        } else {
            live.claim()
        };
        if clearing.account.free(live.order.side, live.order.token) < needed {
            return Err(RefusalReason::InsufficientBalance);
        }
        if waits {
            clearing.hold(&mut live, needed);
            self.admit(clearing, live);
        } else {
            self.execute(clearing, live);
        }
        Ok(())
    }

    /// Lets an order take what it may; then it rests, or ends.
    pub(crate) fn execute(&mut self, clearing: &mut Clearing, mut live: LiveOrder) {
        clearing.hold(&mut live, 0);
        let plan = self.plan(&live);
        if let Err(reason) = self.check_plan(clearing, &live, &plan) {
            clearing.finish(&mut live);
            clearing.refuse(live.order.id, reason);
            return;
        }
        for take in plan {
            self.taken.take(live.leg.side.opposite(), take);
            let price = live.own_price(take.level.price);
            clearing.fill(
                &self.market,
                &mut live,
                price,
                take.shares,
                Liquidity::Taker,
            );
        }
        if live.remaining.is_zero() {
            clearing.finish(&mut live);
        } else if live.order.time_in_force.rests() {
            self.rest(clearing, live);
        } else {
            clearing.cancel(live, CancelReason::Unfilled);
        }
    }

    /// A fill-or-kill order fills whole; and no order takes what it cannot pay to the last micro-dollar. The check on
    /// arrival does not know that every fill rounds its own fee, nor that the fee may rise while an order waits.
    fn check_plan(
        &self,
        clearing: &Clearing,
        live: &LiveOrder,
        plan: &[Take],
    ) -> Result<(), RefusalReason> {
        let offered: Shares = plan.iter().map(|take| take.shares).sum();
        if live.order.time_in_force == TimeInForce::Fok && offered < live.remaining {
            return Err(RefusalReason::NotFillable);
        }
        let free = clearing.account.free(live.order.side, live.order.token);
        if live.order.side == Side::Buy && free < self.plan_cost(live, plan) {
            return Err(RefusalReason::InsufficientBalance);
        }
        Ok(())
    }

    fn rest(&mut self, clearing: &mut Clearing, mut live: LiveOrder) {
        let sound = self.book.health() == BookHealth::Sound;
        let level = sound.then(|| self.book.shares_at(live.leg.side, live.leg.price));
        live.standing = Standing::Resting(QueuePlace::behind(level));
        let claim = live.claim();
        clearing.hold(&mut live, claim);
        clearing.say(AccountInput::Accepted(live.order.id));
        self.admit(clearing, live);
    }

    /// What an order would take of the book as it stands.
    fn plan(&self, live: &LiveOrder) -> Vec<Take> {
        if !self.is_legible() || live.order.crossing == Crossing::Refused {
            return Vec::new();
        }
        walk(&self.book, &self.taken, live.leg, live.remaining)
    }

    fn check_terms(&self, order: &PlaceOrder, now: Timestamp) -> Result<(), RefusalReason> {
        if !self.is_open(now) {
            return Err(RefusalReason::MarketClosed);
        }
        if !self.book.tick().holds(order.limit) {
            return Err(RefusalReason::OffTick);
        }
        if order.shares < self.market.shares_min || order.shares.is_zero() {
            return Err(RefusalReason::BelowMinimumShares);
        }
        match order.time_in_force {
            TimeInForce::Gtd(expiry) if expiry <= now => Err(RefusalReason::ExpiryPassed),
            _ => Ok(()),
        }
    }

    /// The minimum cost of a buy that takes at once, at its limit.
    fn check_cost(&self, order: &PlaceOrder) -> Result<(), RefusalReason> {
        let cost = order.shares.at(order.limit, Rounding::Down);
        if order.side == Side::Buy && cost < self.market.marketable_buy_min {
            return Err(RefusalReason::BelowMinimumCost);
        }
        Ok(())
    }

    /// The claim of an order that may take: at the limit, with the largest taker fee at any price up to the limit
    /// (`p (1 - p)` grows up to one half).
    fn cost_at_worst(&self, live: &LiveOrder) -> i128 {
        if live.order.side == Side::Sell {
            return live.claim();
        }
        let half = Price::from_micros(500_000).unwrap_or(live.order.limit);
        let fee = self
            .market
            .fee
            .taker(live.remaining, live.order.limit.min(half));
        live.claim() + i128::from(fee.micros())
    }

    /// Exact cost of the planned fills of a buy, and of the remainder if it will rest.
    fn plan_cost(&self, live: &LiveOrder, plan: &[Take]) -> i128 {
        let mut rest = live.remaining;
        let mut cost = 0;
        for take in plan {
            let price = live.own_price(take.level.price);
            let taker = Liquidity::Taker;
            rest = rest.saturating_sub(take.shares);
            cost += settle_amount(&self.market, Side::Buy, price, take.shares, taker).1;
        }
        if live.order.time_in_force.rests() {
            cost += cost_bound(rest, live.order.limit);
        }
        cost
    }
}

impl crate::Exchange {
    /// An order arrives at the exchange.
    pub(crate) fn arrive(&mut self, order: PlaceOrder) {
        let id: OrderId = order.id;
        if self.clearing.has_seen(id) {
            self.clearing.say_refused(id, RefusalReason::Duplicate);
            return;
        }
        let placed = match self.markets.get_mut(&order.token.market) {
            Some(listed) => listed.place(&mut self.clearing, order),
            None => Err(RefusalReason::UnknownMarket),
        };
        if let Err(reason) = placed {
            self.clearing.refuse(id, reason);
        }
    }
}
