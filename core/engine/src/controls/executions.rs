//! What executed: how often, what of it is not final, what failed, and how many positions were lost in a row.

use alloc::collections::{BTreeMap, VecDeque};

use quorate_domain::{
    Cash, Fill, FillId, FillStatus, MarketId, NoTradeReason, OrderId, Side, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::limits::{FillThrottle, Gate, LossStreak, ProcessLimits};

/// Final words on executions that are looked back at.
pub const OUTCOMES_KEPT: usize = 50;

/// An order that executed, wholly or in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Executed {
    at: Timestamp,
    market: MarketId,
    side: Side,
    order: OrderId,
}

/// What executed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Executions {
    recent: VecDeque<Executed>,
    #[serde(with = "quorate_domain::pairs")]
    paused: BTreeMap<MarketId, Timestamp>,
    #[serde(with = "quorate_domain::pairs")]
    refused: BTreeMap<MarketId, Timestamp>,
    /// Executions that are not final, with the time of their first report.
    #[serde(with = "quorate_domain::pairs")]
    unsettled: BTreeMap<FillId, Timestamp>,
    /// The same in order of time, until their alarm is due.
    unalarmed: VecDeque<(Timestamp, FillId)>,
    /// The last final words, oldest first.
    outcomes: VecDeque<FillStatus>,
    losers_in_a_row: u32,
}

impl Executions {
    /// An execution was booked. Returns whether the market is paused for it.
    pub(crate) fn filled(
        &mut self,
        fill: &Fill,
        now: Timestamp,
        throttle: Option<FillThrottle>,
    ) -> bool {
        let Some(throttle) = throttle else {
            return false;
        };
        self.recent
            .retain(|old| now.since(old.at) < throttle.window);
        // One order that walks through several levels executes once.
        if self.recent.iter().any(|old| old.order == fill.order) {
            return false;
        }
        let (market, side) = (fill.token.market, fill.side);
        self.recent.push_back(Executed {
            at: now,
            market,
            side,
            order: fill.order,
        });
        let same = |old: &&Executed| old.market == market && old.side == side;
        let count = self.recent.iter().filter(same).count();
        let too_often = throttle.fills_max as usize <= count;
        if too_often {
            self.paused.insert(market, now.plus(throttle.pause));
        }
        too_often
    }

    /// The venue refused an order for want of money or tokens.
    pub(crate) fn refused(&mut self, market: MarketId, until: Timestamp) {
        self.refused.insert(market, until);
    }

    /// An execution is matched and waits for its final word.
    pub(crate) fn waits(&mut self, fill: FillId, now: Timestamp, alarmed: Gate) {
        if self.unsettled.insert(fill, now).is_none() && alarmed.is_enforced() {
            self.unalarmed.push_back((now, fill));
        }
    }

    /// A final word came. Returns whether the execution had been waiting for it.
    pub(crate) fn settled(&mut self, fill: FillId, status: FillStatus) -> bool {
        if !matches!(status, FillStatus::Confirmed | FillStatus::Failed) {
            return false;
        }
        let waited = self.unsettled.remove(&fill).is_some();
        if waited {
            self.outcomes.push_back(status);
            if OUTCOMES_KEPT < self.outcomes.len() {
                self.outcomes.pop_front();
            }
        }
        waited
    }

    /// The next execution whose alarm is due, if one is.
    pub(crate) fn overdue(&mut self, now: Timestamp, limits: &ProcessLimits) -> Option<FillId> {
        let after = limits.unsettled_alarm_after?;
        while let Some((since, fill)) = self.unalarmed.front().copied() {
            if self.unsettled.get(&fill) != Some(&since) {
                self.unalarmed.pop_front();
                continue;
            }
            if now.since(since) < after {
                return None;
            }
            self.unalarmed.pop_front();
            return Some(fill);
        }
        None
    }

    /// When the next of those alarms may be due.
    pub(crate) fn next_overdue(&self, limits: &ProcessLimits) -> Option<Timestamp> {
        let (since, _) = self.unalarmed.front()?;
        Some(since.plus(limits.unsettled_alarm_after?))
    }

    /// A market is decided: nothing about it will be asked again.
    pub(super) fn forget(&mut self, market: MarketId) {
        self.paused.remove(&market);
        self.refused.remove(&market);
    }

    /// A position was decided with this profit or loss. Returns whether a pause is due.
    pub(crate) fn decided(&mut self, profit: Cash, streak: Option<LossStreak>) -> bool {
        if Cash::ZERO < profit {
            self.losers_in_a_row = 0;
        } else if profit < Cash::ZERO {
            self.losers_in_a_row = self.losers_in_a_row.saturating_add(1);
        }
        let due = streak.is_some_and(|s| s.losers_max <= self.losers_in_a_row);
        if due {
            self.losers_in_a_row = 0;
        }
        due
    }

    /// A person resumed: failures and pauses of the past are forgotten.
    pub(crate) fn resume(&mut self) {
        self.outcomes.clear();
        self.paused.clear();
        self.refused.clear();
        self.losers_in_a_row = 0;
    }

    pub(super) fn obstacle(&self, market: MarketId, now: Timestamp) -> Option<NoTradeReason> {
        let lasts = |until: Option<&Timestamp>| until.is_some_and(|until| now < *until);
        if lasts(self.paused.get(&market)) {
            return Some(NoTradeReason::RepeatedFills);
        }
        lasts(self.refused.get(&market)).then_some(NoTradeReason::RefusalCooldown)
    }

    pub(super) fn taker_obstacle(
        &self,
        now: Timestamp,
        limits: &ProcessLimits,
    ) -> Option<NoTradeReason> {
        if let Some(most) = limits.unsettled_age_max
            && self
                .unsettled
                .values()
                .any(|since| most < now.since(*since))
        {
            return Some(NoTradeReason::UnsettledTooLong);
        }
        let share_ppm = self.failed_share_ppm();
        limits
            .failed_share_max_ppm
            .is_some_and(|most| most < share_ppm)
            .then_some(NoTradeReason::FailedFills { share_ppm })
    }

    /// Failed among the last [`OUTCOMES_KEPT`] executions, in parts per million of that number: a single failure among
    /// the first few executions is no pattern.
    #[must_use]
    pub fn failed_share_ppm(&self) -> u32 {
        let failed = self
            .outcomes
            .iter()
            .filter(|status| **status == FillStatus::Failed);
        let ppm = failed.count() * 1_000_000 / OUTCOMES_KEPT;
        u32::try_from(ppm).unwrap_or(u32::MAX)
    }

    /// When the first pause of a market that lies ahead ends.
    #[must_use]
    pub fn paused_until(&self, market: MarketId, now: Timestamp) -> Option<Timestamp> {
        let ends = [self.paused.get(&market), self.refused.get(&market)];
        ends.into_iter()
            .flatten()
            .copied()
            .filter(|at| now < *at)
            .max()
    }
}
