//! From what was approved to what goes out: the last look at pace and repetition, and the count that must come out even.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use quorate_domain::{
    Alarm, Command, Crossing, Decision, HaltReason, LimitName, NoTradeReason, OrderId, PlaceOrder,
    Timestamp, Verdict,
};

use super::{Effects, Engine};
use crate::controls::Admission;
use crate::markets::ScopeKey;
use crate::reconcile::{Judgement, Reconciled};

/// The least time before a sale that flattens is tried again.
const MOMENT: Duration = Duration::from_millis(1);

impl Engine {
    /// Sends withdrawals and orders of one scope, and writes the decisions. `first` named the first of the orders.
    pub(super) fn send(
        &mut self,
        scope: ScopeKey,
        outcome: Reconciled,
        first: OrderId,
        effects: &mut Effects,
    ) {
        for order in outcome.cancels {
            self.orders.cancel_requested(order);
            self.controls.rates.cancelled(self.now);
            effects.commands.push(Command::Cancel(order));
        }
        let mut held_back: BTreeMap<OrderId, NoTradeReason> = BTreeMap::new();
        for placed in outcome.places {
            self.next_order += 1;
            match self.held_back(&placed, effects) {
                Some(reason) => {
                    held_back.insert(placed.id, reason);
                }
                None => self.place(placed, effects),
            }
        }
        self.wait_or_drop(scope, &held_back, effects);
        let decided = self.write(outcome.verdicts, &held_back, first, effects);
        let placed = |command: &&Command| matches!(command, Command::Place(p) if first <= p.id);
        if decided != effects.commands.iter().filter(placed).count() {
            self.halt(HaltReason::OrdersMiscounted, effects);
        }
    }

    fn place(&mut self, placed: PlaceOrder, effects: &mut Effects) {
        let unit_cost = self.unit_cost_micros(&placed);
        self.controls.rates.sent(placed.token.market, self.now);
        self.controls.sent.sent(&placed, self.now);
        self.orders.sent(placed.clone(), unit_cost);
        effects.commands.push(Command::Place(placed));
    }

    /// Why an approved order does not go out now.
    fn held_back(&mut self, placed: &PlaceOrder, effects: &mut Effects) -> Option<NoTradeReason> {
        let limits = &self.config.limits;
        let market = placed.token.market;
        let window = limits.duplicate_window;
        if window.is_some_and(|window| self.controls.sent.is_repeat(placed, self.now, window)) {
            effects
                .commands
                .push(Command::Alarm(Alarm::DuplicateIntent(market)));
            return Some(NoTradeReason::Limit(LimitName::DuplicateIntent));
        }
        let rates = limits.rates;
        if placed.crossing == Crossing::Refused {
            if self.controls.rates.cancels_too_often(self.now, &rates) {
                self.controls
                    .raise(Alarm::CancelsPerFill, &mut effects.commands);
                return Some(NoTradeReason::RateLimited(LimitName::CancelsPerFill));
            }
            self.controls.clear(Alarm::CancelsPerFill);
        }
        match self.controls.rates.admission(market, self.now, &rates) {
            Admission::Now => None,
            Admission::Later(limit, _) => Some(NoTradeReason::RateLimited(limit)),
        }
    }

    /// A scope whose orders were too many waits once for its turn; if they are too many again, they are dropped until
    /// there is news. Sales that flatten are never dropped: on a quiet market no news would ask for them again.
    fn wait_or_drop(
        &mut self,
        scope: ScopeKey,
        held_back: &BTreeMap<OrderId, NoTradeReason>,
        effects: &mut Effects,
    ) {
        if self.known().flattens() {
            if !held_back.is_empty() {
                let again = self.turn_of(scope).unwrap_or(self.now);
                let window = self.config.limits.duplicate_window.unwrap_or_default();
                let at = again.max(self.now.plus(window.max(MOMENT)));
                // Nothing can be sold before, whatever the books say until then.
                if self.waiting.insert(scope) {
                    self.judge_at(scope, at, effects);
                }
            }
            return;
        }
        let waits = |reason: &NoTradeReason| match reason {
            NoTradeReason::RateLimited(limit) => *limit != LimitName::CancelsPerFill,
            _ => false,
        };
        if !held_back.values().any(waits) {
            self.delayed.remove(&scope);
            return;
        }
        if !self.delayed.insert(scope) {
            self.delayed.remove(&scope);
            return;
        }
        if let Some(free) = self.turn_of(scope) {
            self.judge_at(scope, free, effects);
        }
    }

    /// When the first market of a scope has a place again under the limits on pace; nothing when one has it now.
    fn turn_of(&self, scope: ScopeKey) -> Option<Timestamp> {
        let rates = self.config.limits.rates;
        let members = self.markets.scope(scope).iter();
        let free = members.filter_map(|market| {
            match self.controls.rates.admission(*market, self.now, &rates) {
                Admission::Now => None,
                Admission::Later(_, free) => Some(free),
            }
        });
        free.min()
    }

    /// Writes the decisions; returns how many of them name an order that is new.
    fn write(
        &self,
        verdicts: Vec<Judgement>,
        held_back: &BTreeMap<OrderId, NoTradeReason>,
        first: OrderId,
        effects: &mut Effects,
    ) -> usize {
        let mut decided = 0;
        for (market, numbers, verdict) in verdicts {
            let verdict = match verdict {
                Verdict::Trade { order, .. } => match held_back.get(&order) {
                    Some(reason) => Verdict::NoTrade(*reason),
                    None => {
                        decided += usize::from(first <= order);
                        verdict
                    }
                },
                Verdict::NoTrade(_) => verdict,
            };
            effects.decisions.push(Decision {
                seq: self.seq,
                at: self.now,
                market,
                verdict,
                numbers,
            });
        }
        decided
    }
}
