//! Everything that can happen to one variant's orders in one market. The rules are those of [`crate::Exchange`].

use alloc::vec::Vec;

use quorate_domain::{
    BookHealth, BookSide, CancelReason, Crossing, FeeSchedule, Liquidity, Price, RefusalReason,
    Shares, Side, TimeInForce,
};

use super::account::Booking;
use super::agenda::Agenda;
use super::answer::{Answer, FastFill, Witness};
use super::delay::Purpose;
use super::later::{Arrival, End};
use super::market::Market;
use super::order::{
    NIL, ORDER_SIZE_MAX, Order, OrderId, State, cost_bound, cost_down, cost_up, whole_lots,
};
use super::queue::Place;
use super::tick::{MICROS_PER_TICK, Ticks};
use super::variant::Variant;

/// A part of a walk: micro-shares of one displayed level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Take {
    price: Ticks,
    size: u64,
    shares: u64,
}

/// One variant at one market at one instant.
pub(crate) struct Desk<'a, W> {
    pub(crate) now: u64,
    /// Index of the variant in the run.
    pub(crate) index: u32,
    /// Index of the market in the run.
    pub(crate) market_index: u32,
    pub(crate) market: &'a mut Market,
    pub(crate) variant: &'a mut Variant,
    pub(crate) arrivals: &'a mut Agenda<Arrival>,
    pub(crate) ends: &'a mut Agenda<End>,
    pub(crate) witness: &'a mut W,
    pub(crate) plan: &'a mut Vec<Take>,
}

impl<W: Witness> Desk<'_, W> {
    pub(crate) fn say(&mut self, answer: &Answer) {
        self.variant.log.add(self.now, answer);
        self.witness.heard(self.index, self.now, answer);
        self.market.told |= 1 << self.index;
    }

    /// An order arrives.
    pub(crate) fn arrive(&mut self, slot: u32) {
        if let Err(reason) = self.place(slot) {
            self.refuse(slot, reason);
        }
    }

    /// A cancel arrives; it finds nothing before its order has come to rest or after it has ended.
    pub(crate) fn cancel_named(&mut self, id: OrderId, reason: CancelReason) {
        let resting = self.variant.orders.find(id);
        if resting.is_some_and(|order| order.state == State::Resting) {
            self.unlink(id.slot);
            self.end_early(id.slot, reason);
        }
    }

    /// Every resting order here ends.
    pub(crate) fn cancel_all(&mut self, reason: CancelReason) {
        for half in [BookSide::Bid, BookSide::Ask] {
            loop {
                let slot = self.variant.head(self.market_index, half);
                if slot == NIL {
                    break;
                }
                self.unlink(slot);
                self.end_early(slot, reason);
            }
        }
    }

    /// The grid has been laid anew: orders that do not fit on it cannot stay.
    pub(crate) fn fit_grid(&mut self) {
        for half in [BookSide::Bid, BookSide::Ask] {
            let ladder = &mut self.variant.ladders[self.market_index as usize][half as usize];
            let mut slot = ladder.clear();
            while slot != NIL {
                let order = self.variant.orders.at(slot);
                let next = order.next;
                match self.market.book.grid().step(order.price) {
                    Some(step) => self.link(slot, step),
                    None => self.end_early(slot, CancelReason::TickChanged),
                }
                slot = next;
            }
        }
    }

    /// The level at a step holds this much now. Tells from which size on it would leave all own orders there alone.
    pub(crate) fn level_is(&mut self, half: BookSide, step: u32, size: u64) -> u64 {
        let model = self.variant.config.queue;
        let mut indifferent_from = 0;
        let orders = &mut self.variant.orders;
        let ladder = &self.variant.ladders[self.market_index as usize][half as usize];
        let mut slot = ladder.first_at(orders, half, step);
        while slot != NIL {
            let order = orders.at(slot);
            if order.step != step {
                break;
            }
            let next = order.next;
            let place = orders.place_mut(slot);
            place.level_is(model, size, self.now);
            indifferent_from = indifferent_from.max(place.indifferent_from(model));
            slot = next;
        }
        indifferent_from
    }

    /// Others traded: best-priced orders first, and no share of the trade twice.
    pub(crate) fn meet_trade(&mut self, half: BookSide, price: Ticks, size: u64) {
        let model = self.variant.config.queue;
        let mut left = size;
        let mut slot = self.variant.head(self.market_index, half);
        while slot != NIL {
            let orders = &mut self.variant.orders;
            let order = orders.at(slot);
            let (next, own, remaining) = (order.next, order.price, order.remaining);
            let through = order.accepts(half, u32::from(price), u32::from(own));
            let place = orders.place_mut(slot);
            let reached = if own == price {
                place.traded(model, left, self.now)
            } else if through {
                place.passed();
                left
            } else {
                break;
            };
            let shares = whole_lots(reached, remaining);
            if shares != 0 {
                left = left.saturating_sub(shares);
                self.fill_resting(slot, shares);
            }
            slot = next;
        }
    }

    /// Displayed shares at or through the price of a resting order fill it, at its price.
    pub(crate) fn meet_quotes(&mut self) {
        for half in [BookSide::Bid, BookSide::Ask] {
            let mut slot = self.variant.head(self.market_index, half);
            while slot != NIL {
                let order = *self.variant.orders.at(slot);
                if !self.touches(&order, order.step) {
                    break;
                }
                self.plan_takes(&order, order.step);
                let shares = self.take_planned(half, |_, _| {});
                if shares != 0 {
                    self.fill_resting(slot, shares);
                }
                slot = order.next;
            }
        }
    }

    fn place(&mut self, slot: u32) -> Result<(), RefusalReason> {
        let order = *self.variant.orders.at(slot);
        let step = self.check_terms(&order)?;
        let touches = self.touches(&order, step);
        if touches && order.crossing == Crossing::Refused {
            return Err(RefusalReason::WouldCross);
        }
        let takes = touches || !order.rests();
        if takes {
            self.check_cost(&order)?;
        }
        let needed = if takes {
            self.cost_at_worst(&order)
        } else {
            order.claim()
        };
        let free = self
            .variant
            .account
            .free(self.market_index, order.outcome, order.side);
        if free < needed {
            return Err(RefusalReason::InsufficientBalance);
        }
        if touches && order.state == State::InFlight && self.delay(slot) {
            return Ok(());
        }
        self.execute(slot, step)
    }

    /// Holds an order that would take back for the venue's taker delay, if there is one.
    fn delay(&mut self, slot: u32) -> bool {
        let delay = self.market.terms.regime(self.now).taker_delay;
        if delay == 0 {
            return false;
        }
        self.variant.orders.at_mut(slot).state = State::Delayed;
        let due = self.now.saturating_add(delay);
        let variant = self.index;
        self.arrivals.push(1, due, Arrival::Place { variant, slot });
        true
    }

    /// Lets an order take what it may; then it rests, or ends.
    fn execute(&mut self, slot: u32, step: u32) -> Result<(), RefusalReason> {
        let order = *self.variant.orders.at(slot);
        self.plan.clear();
        if order.crossing == Crossing::Allowed && self.market.book.is_legible() {
            self.plan_takes(&order, step);
        }
        if !self.plan.is_empty() || order.life == TimeInForce::Fok {
            self.check_plan(&order)?;
            self.take_planned(order.half, |desk, take| {
                desk.fill(
                    slot,
                    order.own_price(take.price),
                    take.shares,
                    Liquidity::Taker,
                );
            });
        }
        if self.variant.orders.at(slot).remaining == 0 {
            self.variant.orders.remove(slot);
        } else if order.rests() {
            self.rest(slot, step);
        } else {
            self.end_early(slot, CancelReason::Unfilled);
        }
        Ok(())
    }

    fn rest(&mut self, slot: u32, step: u32) {
        let sound = self.market.book.health() == BookHealth::Sound;
        let order = self.variant.orders.at_mut(slot);
        let level = sound.then(|| self.market.book.size_at_step(order.half, step));
        order.state = State::Resting;
        let (number, claim, life) = (order.number, order.claim(), order.life);
        *self.variant.orders.place_mut(slot) = Place::behind(level);
        self.hold(slot, claim);
        self.link(slot, step);
        self.variant.stats.accepted += 1;
        self.say(&Answer::Accepted { order: number });
        if let TimeInForce::Gtd(expiry) = life {
            let variant = self.index;
            let id = OrderId { number, slot };
            self.ends
                .push(1, expiry.nanos(), End::Expire { variant, id });
        }
    }

    /// What an order would take of the book as it stands, best level first, into the plan.
    fn plan_takes(&mut self, order: &Order, own: u32) {
        self.plan.clear();
        let opposite = order.half.opposite();
        let book = &self.market.book;
        let mut missing = order.remaining;
        let mut next = book.first(opposite);
        while let Some(step) = next {
            if missing == 0 || !order.accepts(order.half, step, own) {
                break;
            }
            let (price, size) = (book.grid().price(step), book.size_at_step(opposite, step));
            let left = self
                .variant
                .taken
                .left(self.market_index, opposite, price, size);
            let shares = whole_lots(left, missing);
            if shares != 0 {
                missing -= shares;
                self.plan.push(Take {
                    price,
                    size,
                    shares,
                });
            }
            next = book.further(opposite, step);
        }
    }

    /// Takes what was planned; returns how many micro-shares that were.
    fn take_planned(&mut self, half: BookSide, mut each: impl FnMut(&mut Self, Take)) -> u64 {
        let opposite = half.opposite();
        let plan = core::mem::take(self.plan);
        let mut sum = 0;
        for take in &plan {
            let Take {
                price,
                size,
                shares,
            } = *take;
            self.variant
                .taken
                .take(self.market_index, opposite, price, size, shares);
            self.market.note_taken(opposite, price, self.index);
            sum += shares;
            each(self, *take);
        }
        *self.plan = plan;
        sum
    }

    fn check_terms(&self, order: &Order) -> Result<u32, RefusalReason> {
        if !self.market.is_open(self.now) {
            return Err(RefusalReason::MarketClosed);
        }
        let step = self
            .market
            .book
            .grid()
            .step(order.price)
            .ok_or(RefusalReason::OffTick)?;
        if order.remaining < self.market.terms.shares_min || order.remaining == 0 {
            return Err(RefusalReason::BelowMinimumShares);
        }
        if order.remaining > ORDER_SIZE_MAX {
            return Err(RefusalReason::InsufficientBalance);
        }
        match order.life {
            TimeInForce::Gtd(expiry) if expiry.nanos() <= self.now => {
                Err(RefusalReason::ExpiryPassed)
            }
            _ => Ok(step),
        }
    }

    /// The minimum cost of a buy that takes at once, at its limit.
    fn check_cost(&self, order: &Order) -> Result<(), RefusalReason> {
        let cost = cost_down(order.remaining, order.limit_micros());
        if order.side == Side::Buy && cost < self.market.terms.marketable_buy_min {
            return Err(RefusalReason::BelowMinimumCost);
        }
        Ok(())
    }

    /// Whether the order would meet displayed shares.
    fn touches(&self, order: &Order, own: u32) -> bool {
        let opposite = order.half.opposite();
        self.market.book.is_legible()
            && self
                .market
                .book
                .first(opposite)
                .is_some_and(|best| order.accepts(order.half, best, own))
    }

    /// The claim of an order that may take: at the limit, with the largest fee up to it (`p (1 - p)` peaks at a half).
    fn cost_at_worst(&self, order: &Order) -> i64 {
        match order.side {
            Side::Sell => order.claim(),
            Side::Buy => {
                let price = order.limit_micros().min(500_000);
                order.claim() + self.taker_fee(order.remaining, price) as i64
            }
        }
    }

    /// A fill-or-kill order fills whole; and no order takes what it cannot pay to the last micro-dollar.
    fn check_plan(&self, order: &Order) -> Result<(), RefusalReason> {
        let offered: u64 = self.plan.iter().map(|take| take.shares).sum();
        if order.life == TimeInForce::Fok && offered < order.remaining {
            return Err(RefusalReason::NotFillable);
        }
        if order.side == Side::Buy
            && self.variant.account.free_cash() < self.plan_cost(order, offered)
        {
            return Err(RefusalReason::InsufficientBalance);
        }
        Ok(())
    }

    /// Exact cost of the planned fills of a buy, and of the remainder if it will rest.
    fn plan_cost(&self, order: &Order, offered: u64) -> i64 {
        let fills = self.plan.iter().map(|take| {
            let price = u32::from(order.own_price(take.price)) * MICROS_PER_TICK;
            (cost_up(take.shares, price) + self.taker_fee(take.shares, price)) as i64
        });
        let rest = order.remaining - offered;
        let kept = if order.rests() {
            cost_bound(rest, order.limit_micros())
        } else {
            0
        };
        fills.sum::<i64>() + kept
    }

    fn taker_fee(&self, shares: u64, price_micros: u32) -> u64 {
        taker_fee(self.market.terms.regime(self.now).fee, shares, price_micros)
    }

    fn fill_resting(&mut self, slot: u32, shares: u64) {
        let order = *self.variant.orders.at(slot);
        self.hold(slot, 0);
        self.fill(slot, order.own_price(order.price), shares, Liquidity::Maker);
        if shares == order.remaining {
            self.unlink(slot);
            self.variant.orders.remove(slot);
        } else {
            let claim = self.variant.orders.at(slot).claim();
            self.hold(slot, claim);
        }
    }

    /// Books one execution. Whatever the order keeps back must be released before.
    fn fill(&mut self, slot: u32, price: Ticks, shares: u64, liquidity: Liquidity) {
        let micros = u32::from(price) * MICROS_PER_TICK;
        let order = self.variant.orders.at_mut(slot);
        order.remaining = order.remaining.saturating_sub(shares);
        order.fills = order.fills.wrapping_add(1);
        let order = *order;
        let amount = match order.side {
            Side::Buy => cost_up(shares, micros),
            Side::Sell => cost_down(shares, micros),
        };
        let fee = self.charge(order.side, micros, shares, amount, liquidity);
        let booking = Booking {
            market: self.market_index,
            outcome: order.outcome,
            side: order.side,
            shares: shares as i64,
            amount: amount as i64,
            fee: fee as i64,
        };
        self.variant.account.book(&booking);
        self.say(&Answer::Filled(FastFill {
            order: order.number,
            market: self.market_index,
            outcome: order.outcome,
            side: order.side,
            price,
            shares,
            fee,
            liquidity,
        }));
        self.send_to_chain(&order, booking);
    }

    /// Counts an execution; returns the fee, which a seller pays out of the proceeds.
    fn charge(
        &mut self,
        side: Side,
        price_micros: u32,
        shares: u64,
        amount: u64,
        liquidity: Liquidity,
    ) -> u64 {
        self.variant.stats.volume += shares;
        match liquidity {
            Liquidity::Maker => {
                self.variant.stats.maker_fills += 1;
                let share = self.market.terms.regime(self.now).fee.rebate_share_ppm;
                if share != 0 {
                    let equivalent = self.taker_fee(shares, price_micros);
                    self.variant.stats.rebate_estimate += part_of(equivalent, share);
                }
                0
            }
            Liquidity::Taker => {
                self.variant.stats.taker_fills += 1;
                let fee = self.taker_fee(shares, price_micros);
                match side {
                    Side::Buy => fee,
                    Side::Sell => fee.min(amount),
                }
            }
        }
    }

    fn send_to_chain(&mut self, order: &Order, booking: Booking) {
        let config = self.variant.config;
        let fails = config.failure_ppm != 0 && {
            let match_name = u64::from(order.fills) << 32 | u64::from(order.number);
            let bits = self.variant.draws.bits(Purpose::Failure, match_name);
            bits % 1_000_000 < u64::from(config.failure_ppm)
        };
        if config.settle == 0 && !fails {
            self.variant.account.confirm(&booking);
            return;
        }
        let due = self.now.saturating_add(config.settle);
        self.ends.push(
            0,
            due,
            End::Settle {
                variant: self.index,
                order: order.number,
                fails,
                booking,
            },
        );
    }

    fn refuse(&mut self, slot: u32, reason: RefusalReason) {
        let order = self.variant.orders.at(slot).number;
        self.variant.stats.refused += 1;
        self.variant.orders.remove(slot);
        self.say(&Answer::Refused { order, reason });
    }

    /// An order that is in no list ends unfilled or partly filled.
    fn end_early(&mut self, slot: u32, reason: CancelReason) {
        self.hold(slot, 0);
        let order = self.variant.orders.at(slot).number;
        self.variant.orders.remove(slot);
        self.say(&Answer::Cancelled { order, reason });
    }

    fn hold(&mut self, slot: u32, claim: i64) {
        let order = self.variant.orders.at_mut(slot);
        let by = claim - order.held;
        order.held = claim;
        self.variant
            .account
            .reserve(order.market, order.outcome, order.side, by);
    }

    /// Puts an order among the resting ones, behind its equals.
    fn link(&mut self, slot: u32, step: u32) {
        let orders = &mut self.variant.orders;
        let half = orders.at(slot).half;
        let ladder = &mut self.variant.ladders[self.market_index as usize][half as usize];
        ladder.link(orders, slot, half, step);
        let indifferent_from = orders
            .place(slot)
            .indifferent_from(self.variant.config.queue);
        self.market.resting[half as usize].add(step, self.index, indifferent_from);
    }

    fn unlink(&mut self, slot: u32) {
        let orders = &mut self.variant.orders;
        let (half, step) = (orders.at(slot).half, orders.at(slot).step);
        let ladder = &mut self.variant.ladders[self.market_index as usize][half as usize];
        if ladder.unlink(orders, slot, half) {
            self.market.resting[half as usize].remove(step, self.index);
        }
    }
}

/// Parts per million of an amount, rounded down.
fn part_of(amount: u64, ppm: u32) -> u64 {
    match amount.checked_mul(u64::from(ppm)) {
        Some(product) => product / 1_000_000,
        None => {
            let part = u128::from(amount) * u128::from(ppm) / 1_000_000;
            u64::try_from(part).unwrap_or(0)
        }
    }
}

/// [`FeeSchedule::taker`] in 64 bits where they suffice, as they do for orders of ordinary size.
fn taker_fee(fee: FeeSchedule, shares: u64, price_micros: u32) -> u64 {
    let ticks = u64::from(price_micros / MICROS_PER_TICK);
    // p (1 - p) in finest ticks has 8 decimals; 5 decimals of a dollar are tens of micro-dollars.
    let scaled = u64::from(fee.rate_ppm)
        .checked_mul(shares)
        .and_then(|value| value.checked_mul(ticks * (10_000_u64.saturating_sub(ticks))))
        .filter(|_| fee.exponent == 1);
    if let Some(scaled) = scaled {
        return (scaled / 100_000_000 + 5_000_000) / 10_000_000 * 10;
    }
    let Ok(price) = Price::from_micros(i64::from(price_micros)) else {
        return 0;
    };
    let exact = fee.taker(Shares::from_micros(shares), price).micros();
    u64::try_from(exact).unwrap_or(0)
}
