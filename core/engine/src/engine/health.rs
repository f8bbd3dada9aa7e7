//! Start, reconciliation, and the state of clock, connections and venue.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use quorate_domain::{
    Alarm, Command, HaltReason, HealthInput, KillMode, MarketId, OrderId, Timestamp,
};

use serde::{Deserialize, Serialize};

use super::{Effects, Engine};
use crate::markets::{MarketState, ScopeKey};
use crate::orders::OrderState;

/// What a start made uncertain. It is kept for a reconciliation that follows at once, with nothing in between.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Start {
    /// Orders whose answers may have been lost.
    unanswered: Vec<OrderId>,
}

impl Engine {
    /// The process started: answers that were on their way may be lost, so nothing leaves until it is known what arrived.
    /// So are the calls to be woken, which are asked for again. What falls due now is judged with the next entry.
    pub(super) fn started(&mut self, effects: &mut Effects) {
        self.controls.health.started();
        // Of several starts in a row the first one found the orders as they were.
        let mut start = self.start.take().unwrap_or_default();
        start.unanswered.extend(self.orders.lose_answers());
        self.start = Some(start);
        self.redeeming.clear();
        self.merging.clear();
        let overdue = self
            .controls
            .executions
            .next_overdue(&self.config.limits.process);
        let due = self.due.keys().copied();
        let wakes: BTreeSet<Timestamp> = due
            .chain(self.beliefs.next_batch())
            .chain(overdue)
            .filter(|at| self.now < *at)
            .collect();
        effects
            .commands
            .extend(wakes.into_iter().map(Command::WakeAt));
    }

    /// The account agrees with the venue's. What was asked for and may have been lost is asked for again. Right after a
    /// start nothing was lost and nothing was judged in between: every decision stands.
    pub(super) fn reconciled(&mut self, effects: &mut Effects) {
        self.controls.health.reconciled();
        let withdrawn: Vec<OrderId> = self
            .orders
            .iter()
            .filter(|order| order.state == OrderState::CancelRequested)
            .map(|order| order.placed.id)
            .collect();
        effects
            .commands
            .extend(withdrawn.into_iter().map(Command::Cancel));
        let mut held: Vec<MarketId> = self.ledger.positions().map(|(t, _)| t.market).collect();
        held.dedup();
        for market in held {
            self.tidy(market, effects);
        }
        match self.start.take() {
            Some(start) => self.orders.regain_answers(&start.unanswered),
            None => self.mark_all_stale(effects),
        }
    }

    pub(super) fn health_changed(&mut self, news: HealthInput, effects: &mut Effects) {
        let limits = self.config.limits;
        let halted = self.controls.health.halted(&limits);
        self.controls.health.note(news, self.now);
        match news {
            HealthInput::Watchdog => self.halt(HaltReason::Watchdog, effects),
            HealthInput::Diverged(market) | HealthInput::Agreed(market) => {
                if let Some(scope) = self.markets.get(market).map(MarketState::scope) {
                    self.mark_stale(scope, effects);
                }
            }
            HealthInput::ClockSkew { .. } => {
                let skew = self.controls.health.clock_skew();
                if limits.data.clock_skew_alarm.is_some_and(|most| most < skew) {
                    self.controls.raise(Alarm::ClockSkew, &mut effects.commands);
                } else {
                    self.controls.clear(Alarm::ClockSkew);
                }
                self.mark_all_stale(effects);
            }
            HealthInput::PostOnlyUntil(until) => self.judge_all_at(until, effects),
            HealthInput::TradingDisabled if halted != Some(HaltReason::VenueDisabled) => {
                self.withdraw_everything(HaltReason::VenueDisabled, effects);
            }
            HealthInput::TradingDisabled
            | HealthInput::Heartbeat(_)
            | HealthInput::CancelOnly
            | HealthInput::TradingEnabled => self.mark_all_stale(effects),
        }
    }

    /// What stops everything now. A kill that lets sales pass still waits for a venue that is known to take them.
    pub(super) fn stopped(&self) -> Option<HaltReason> {
        let around = self.controls.health.halted(&self.config.limits);
        match self.guard.halted() {
            Some(HaltReason::Killed(KillMode::ReduceOnly | KillMode::Flatten))
                if around.is_some() =>
            {
                around
            }
            halted => halted.or(around),
        }
    }

    /// Every decision made so far no longer stands.
    pub(super) fn mark_all_stale(&mut self, effects: &mut Effects) {
        let scopes: Vec<ScopeKey> = self.markets.scopes().collect();
        for scope in scopes {
            self.mark_stale(scope, effects);
        }
    }

    /// A scope is judged again at a time to come, whether or not anything happens.
    pub(super) fn judge_at(&mut self, scope: ScopeKey, at: Timestamp, effects: &mut Effects) {
        self.due.entry(at).or_default().insert(scope);
        effects.commands.push(Command::WakeAt(at));
    }

    pub(super) fn judge_all_at(&mut self, at: Timestamp, effects: &mut Effects) {
        if self.now < at {
            self.due
                .entry(at)
                .or_default()
                .extend(self.markets.scopes());
            effects.commands.push(Command::WakeAt(at));
        }
    }
}
