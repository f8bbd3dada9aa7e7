//! Executions: booked once, held against the controls, and waited for until they are final.

use quorate_domain::{Alarm, Command, Fill, HaltReason, MarketId, OrderId, Timestamp};

use super::{Effects, Engine};
use crate::ledger::Booked;
use crate::limits::Gate;
use crate::markets::MarketState;

impl Engine {
    /// Books an execution. A report of what is booked already changes nothing, neither money nor the order.
    pub(super) fn filled(&mut self, fill: &Fill, effects: &mut Effects) -> bool {
        self.check_sent(fill.order, effects);
        match self.ledger.fill(fill) {
            Ok(Booked::Known) => true,
            Ok(Booked::New) => {
                let possible = self.orders.filled(fill).is_ok();
                self.executed(fill, effects);
                possible
            }
            Err(_) => false,
        }
    }

    /// An execution that no order of ours explains is booked all the same.
    pub(super) fn external(&mut self, fill: &Fill, effects: &mut Effects) -> bool {
        match self.ledger.fill(fill) {
            Ok(Booked::Known) => true,
            Ok(Booked::New) => {
                effects
                    .commands
                    .push(Command::Alarm(Alarm::External(fill.id)));
                self.wait_for_finality(fill, effects);
                self.tidy(fill.token.market, effects);
                true
            }
            Err(_) => false,
        }
    }

    /// What an execution of our own means for the controls.
    fn executed(&mut self, fill: &Fill, effects: &mut Effects) {
        let market = fill.token.market;
        self.controls.sent.filled(fill.order);
        self.controls.rates.filled(self.now);
        let throttle = self.config.limits.repeated_fills;
        let paused = self.controls.executions.filled(fill, self.now, throttle);
        if paused && let Some(throttle) = throttle {
            effects
                .commands
                .push(Command::Alarm(Alarm::RepeatedFills(market)));
            self.pause(market, self.now.plus(throttle.pause), effects);
        }
        self.wait_for_finality(fill, effects);
        // Its last word may have come before it did.
        self.tidy(market, effects);
    }

    fn wait_for_finality(&mut self, fill: &Fill, effects: &mut Effects) {
        if self.ledger.matched_market(fill.id).is_none() {
            return;
        }
        let alarm_after = self.config.limits.process.unsettled_alarm_after;
        let alarmed = match alarm_after {
            Some(_) => Gate::Enforced,
            None => Gate::Open,
        };
        self.controls.executions.waits(fill.id, self.now, alarmed);
        if let Some(after) = alarm_after {
            effects.commands.push(Command::WakeAt(self.now.plus(after)));
        }
    }

    /// A market is paused: what rests there is withdrawn now, and it is judged again when the pause ends.
    fn pause(&mut self, market: MarketId, until: Timestamp, effects: &mut Effects) {
        if let Some(scope) = self.markets.get(market).map(MarketState::scope) {
            self.mark_stale(scope, effects);
            self.judge_at(scope, until, effects);
        }
    }

    /// The venue wants money or tokens for an order that the books say are there: asking again at once would ask for
    /// ever.
    pub(super) fn leave_alone(&mut self, order: OrderId, effects: &mut Effects) {
        let market = self.orders.get(order).map(|open| open.placed.token.market);
        if let Some((market, pause)) = market.zip(self.config.limits.process.refusal_pause) {
            let until = self.now.plus(pause);
            self.controls.executions.refused(market, until);
            self.pause(market, until, effects);
        }
    }

    /// An answer to an order of ours that was never sent means that somebody sends orders in our name: a defect.
    pub(super) fn check_sent(&mut self, order: OrderId, effects: &mut Effects) {
        let process = &self.config.limits.process;
        let known = self.orders.get(order).is_some();
        if process.unsent_orders.is_enforced() && !known && self.controls.sent.is_unsent(order) {
            self.halt(HaltReason::OrdersMiscounted, effects);
        }
    }
}
