//! What changes the account: resolutions and answers of the venue.

use alloc::vec::Vec;

use quorate_domain::{
    AccountInput, CancelReason, Cash, Chore, Command, FillId, FillStatus, HaltReason, KillMode,
    LinkSense, MarketId, OrderId, Outcome, RefusalReason, Resolution, Shares, Side, Token,
};

use super::{Effects, Engine, freeze_at};
use crate::beliefs::Decided;
use crate::markets::MarketState;

impl Engine {
    pub(super) fn resolved(&mut self, resolution: Resolution, effects: &mut Effects) {
        let Some(state) = self.markets.get_mut(resolution.market) else {
            self.refusals.unknown_markets += 1;
            return;
        };
        if state.payout.is_some() {
            return;
        }
        let (link, mid, closes) = (state.market.link, state.frozen_mid, state.market.closes_at);
        self.count_losers(resolution.market, resolution.payout, effects);
        self.markets.decide(resolution.market, resolution.payout);
        self.controls.forget(resolution.market);
        if let Some(link) = link {
            let sense = |p: f64| match link.sense {
                LinkSense::Direct | LinkSense::Price(_) => p,
                LinkSense::Complement => 1.0 - p,
            };
            let (topic, epoch, label) = (link.topic, link.epoch, link.label);
            let outcome = sense(resolution.payout.to_f64());
            let market = mid.map(|m| sense(m.get()));
            let settings = self.config.of_topic(Some(topic));
            let question = Decided {
                key: (topic, epoch, label),
                outcome,
                market,
            };
            let due =
                self.beliefs
                    .decided(question, freeze_at(closes, settings), self.now, settings);
            if let Some(due) = due {
                effects.commands.push(Command::WakeAt(due));
            }
        }
        let open: Vec<OrderId> = self
            .orders
            .of_market(resolution.market)
            .map(|o| o.placed.id)
            .collect();
        for order in open {
            self.orders.cancel_requested(order);
            effects.commands.push(Command::Cancel(order));
        }
        self.redeem(resolution.market, effects);
        self.watch_losses(effects);
    }

    pub(super) fn account_changed(&mut self, news: &AccountInput, effects: &mut Effects) {
        let possible = match news {
            AccountInput::Deposited(cash) => self.capital(*cash),
            AccountInput::Withdrawn(cash) => self.capital(-*cash),
            AccountInput::Accepted(order) => {
                self.check_sent(*order, effects);
                if self.orders.accepted(*order) {
                    effects.commands.push(Command::Cancel(*order));
                }
                true
            }
            AccountInput::Refused(refusal) => {
                // A duplicate was refused; the order of that name goes on as it was.
                if refusal.reason == RefusalReason::InsufficientBalance {
                    self.leave_alone(refusal.order, effects);
                }
                if refusal.reason != RefusalReason::Duplicate {
                    self.orders.ended(refusal.order);
                }
                true
            }
            AccountInput::Cancelled { order, reason } => self.cancelled(*order, *reason, effects),
            AccountInput::Filled(fill) => self.filled(fill, effects),
            AccountInput::Settled { fill, status } => self.settled(*fill, *status, effects),
            AccountInput::Redeemed {
                market,
                yes,
                no,
                cash,
            } => {
                self.redeeming.remove(market);
                self.ledger.redeem(*market, *yes, *no, *cash).is_ok()
            }
            AccountInput::Merged { market, shares } => {
                self.merging.remove(market);
                self.ledger.merge(*market, *shares).is_ok()
            }
            AccountInput::Reverted { market, chore } => {
                // It is tried again when something more of the market becomes final.
                match chore {
                    Chore::Merge => self.merging.remove(market),
                    Chore::Redeem => self.redeeming.remove(market),
                };
                true
            }
            AccountInput::Unknown(order) => {
                self.orders.unknown(*order);
                true
            }
            AccountInput::Adopted { order, filled } => {
                let unit_cost = self.unit_cost_micros(order);
                self.orders.adopted(order.clone(), *filled, unit_cost);
                true
            }
            AccountInput::External(fill) => self.external(fill, effects),
            AccountInput::Fee(cash) | AccountInput::Rebate(cash) | AccountInput::Income(cash)
                if *cash < Cash::ZERO =>
            {
                false
            }
            AccountInput::Fee(cash) => {
                self.ledger.charged(*cash);
                true
            }
            AccountInput::Rebate(cash) => {
                self.ledger.rebated(*cash);
                true
            }
            AccountInput::Income(cash) => {
                self.ledger.earned(*cash);
                true
            }
            AccountInput::Reconciled => {
                self.reconciled(effects);
                true
            }
            AccountInput::Mismatch => {
                self.halt(HaltReason::Mismatch, effects);
                true
            }
        };
        if !possible {
            self.halt(HaltReason::ImpossibleInput, effects);
        }
        if self.ledger.check_conserved().is_err() {
            self.halt(HaltReason::Conservation, effects);
        }
        self.watch_losses(effects);
    }

    fn capital(&mut self, cash: Cash) -> bool {
        self.guard.capital(cash, self.equity_at_risk());
        self.ledger.capital(cash);
        true
    }

    /// Collects and merges what has become final in a market.
    pub(super) fn tidy(&mut self, market: MarketId, effects: &mut Effects) {
        self.redeem(market, effects);
        self.merge(market, effects);
    }

    fn cancelled(&mut self, order: OrderId, reason: CancelReason, effects: &mut Effects) -> bool {
        let market = self.orders.get(order).map(|open| open.placed.token.market);
        self.orders.ended(order);
        // A withdrawal we asked for makes room for its replacement. What the venue ended by itself waits for news:
        // asking again at once would ask for ever.
        if reason == CancelReason::Requested
            && let Some(scope) = market
                .and_then(|m| self.markets.get(m))
                .map(MarketState::scope)
        {
            self.mark_stale(scope, effects);
        }
        true
    }

    fn settled(&mut self, fill: FillId, status: FillStatus, effects: &mut Effects) -> bool {
        let market = self.ledger.matched_market(fill);
        self.ledger.settle(fill, status);
        self.controls.executions.settled(fill, status);
        if self.is_getting_out()
            && let Some(scope) = market
                .and_then(|m| self.markets.get(m))
                .map(MarketState::scope)
        {
            // What has become final can be sold.
            self.mark_stale(scope, effects);
        }
        if status == FillStatus::Confirmed
            && let Some(market) = market
        {
            self.tidy(market, effects);
        }
        true
    }

    /// Whether a kill lets sales pass.
    pub(super) fn is_getting_out(&self) -> bool {
        matches!(
            self.guard.halted(),
            Some(HaltReason::Killed(KillMode::ReduceOnly | KillMode::Flatten))
        )
    }

    /// Asks for the payout of a decided market, once at a time.
    fn redeem(&mut self, market: MarketId, effects: &mut Effects) {
        let decided = self
            .markets
            .get(market)
            .is_some_and(|state| state.payout.is_some());
        // What is sold and not yet final is the buyer's already.
        let held = |outcome| {
            !self
                .ledger
                .position(Token { market, outcome })
                .sellable()
                .is_zero()
        };
        if decided && (held(Outcome::Yes) || held(Outcome::No)) && self.redeeming.insert(market) {
            effects.commands.push(Command::Redeem(market));
        }
    }

    /// Turns pairs into collateral, once at a time; a decided market pays by redemption instead.
    fn merge(&mut self, market: MarketId, effects: &mut Effects) {
        let Some(state) = self
            .markets
            .get(market)
            .filter(|state| state.payout.is_none())
        else {
            return;
        };
        // Dust is not worth a transaction during which the market is left alone.
        let shares = self.ledger.mergeable(market);
        let enough = state.market.shares_min <= shares && shares != Shares::ZERO;
        let selling = self
            .orders
            .of_market(market)
            .any(|o| o.placed.side == Side::Sell);
        if enough && !selling && self.merging.insert(market) {
            effects.commands.push(Command::Merge { market, shares });
        }
    }
}
