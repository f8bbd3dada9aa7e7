//! Stops: what a person orders, what the limits bring about, and the withdrawal of everything that comes with it.

use alloc::vec::Vec;

use quorate_domain::{
    Alarm, Cash, Command, HaltReason, KillMode, MarketId, OperatorInput, OrderId, Outcome, Payout,
    Rounding, Scope, Token,
};

use super::{Effects, Engine};
use crate::controls::scopes_of;
use crate::markets::ScopeKey;
use crate::orders::OrderState;
use crate::quorum::exceeds_ppm;

impl Engine {
    pub(super) fn told(&mut self, order: OperatorInput, effects: &mut Effects) {
        match order {
            OperatorInput::Kill { mode } => self.kill(mode, effects),
            OperatorInput::Halt(Scope::All) => self.halt(HaltReason::Operator, effects),
            OperatorInput::Halt(part) => self.stop(part, effects),
            OperatorInput::Resume(scope) => {
                self.controls.stops.resume(scope);
                if scope == Scope::All {
                    let equity = self.equity_at_risk();
                    self.guard.resume(equity, self.now);
                    self.controls.executions.resume();
                }
                self.mark_all_stale(effects);
            }
        }
    }

    /// Whatever the state before, everything is withdrawn (again) and the mode is the one just given.
    fn kill(&mut self, mode: KillMode, effects: &mut Effects) {
        self.guard.kill(mode);
        self.withdraw_everything(HaltReason::Killed(mode), effects);
        if mode != KillMode::Cancel {
            self.mark_all_stale(effects);
        }
    }

    fn stop(&mut self, part: Scope, effects: &mut Effects) {
        self.controls.stops.stop(part);
        let covered = |market: MarketId| {
            self.markets
                .get(market)
                .is_some_and(|state| scopes_of(&state.market).any(|scope| scope == part))
        };
        let open: Vec<OrderId> = self
            .orders
            .iter()
            .filter(|order| order.state != OrderState::CancelRequested)
            .filter(|order| covered(order.placed.token.market))
            .map(|order| order.placed.id)
            .collect();
        for order in open {
            self.orders.cancel_requested(order);
            effects.commands.push(Command::Cancel(order));
        }
    }

    pub(super) fn halt(&mut self, reason: HaltReason, effects: &mut Effects) {
        if self.guard.halt(reason) {
            self.withdraw_everything(reason, effects);
        }
    }

    pub(super) fn withdraw_everything(&mut self, reason: HaltReason, effects: &mut Effects) {
        let open: Vec<OrderId> = self.orders.iter().map(|o| o.placed.id).collect();
        for order in open {
            self.orders.cancel_requested(order);
        }
        effects.commands.push(Command::CancelAll);
        effects.commands.push(Command::Halted(reason));
    }

    pub(super) fn watch_losses(&mut self, effects: &mut Effects) {
        let equity = self.equity_at_risk();
        if let Some(reason) = self.guard.watch(equity, self.now, &self.config.limits) {
            self.halt(reason, effects);
        }
    }

    /// A position is decided: a streak of lost ones brings a pause about.
    pub(super) fn count_losers(&mut self, market: MarketId, payout: Payout, effects: &mut Effects) {
        let mut profit = Cash::ZERO;
        for outcome in [Outcome::Yes, Outcome::No] {
            let position = self.ledger.position(Token { market, outcome });
            let paid = i64::from(payout.micros(outcome));
            profit += position.expected().at_micros(paid, Rounding::Down) - position.cost;
        }
        let streak = self.config.limits.loss_streak;
        if self.controls.executions.decided(profit, streak)
            && let Some(streak) = streak
        {
            let until = self.now.plus(streak.pause);
            if self.guard.pause(until) {
                self.withdraw_everything(HaltReason::LossStreak, effects);
            }
            self.judge_all_at(until, effects);
        }
    }

    /// Says once when one worker has most of the weight behind a market.
    pub(super) fn watch_weights(&mut self, scope: ScopeKey, effects: &mut Effects) {
        let limit = self.config.limits.data.weight_alarm_ppm;
        if limit.is_none() {
            return;
        }
        let members = self.markets.scope(scope).iter();
        let shares: Vec<(MarketId, Option<f64>)> = members
            .filter_map(|market| self.markets.get(*market))
            .map(|state| (state.market.id, self.known().dominance_of(state)))
            .collect();
        for (market, share) in shares {
            let alarm = Alarm::WeightCollapse(market);
            if share.is_some_and(|share| exceeds_ppm(share, limit)) {
                self.controls.raise(alarm, &mut effects.commands);
            } else {
                self.controls.clear(alarm);
            }
        }
    }

    /// Says once of every execution that it should be final by now.
    pub(super) fn watch_unsettled(&mut self, effects: &mut Effects) {
        let limits = self.config.limits.process;
        while let Some(fill) = self.controls.executions.overdue(self.now, &limits) {
            effects
                .commands
                .push(Command::Alarm(Alarm::Unsettled(fill)));
        }
    }
}
