//! How fast orders and withdrawals went out.

use alloc::collections::VecDeque;
use core::time::Duration;

use quorate_domain::{LimitName, MarketId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::limits::RateLimits;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Time over which withdrawals are held against executions.
pub const CANCELS_WINDOW: Duration = Duration::from_secs(600);

/// Whether there is a place for one more order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// There is.
    Now,
    /// Not before this time, by this limit.
    Later(LimitName, Timestamp),
}

/// Orders of the last minute, withdrawals and executions of the last [`CANCELS_WINDOW`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    orders: VecDeque<(Timestamp, MarketId)>,
    cancels: VecDeque<Timestamp>,
    fills: VecDeque<Timestamp>,
}

impl Rates {
    pub(crate) fn sent(&mut self, market: MarketId, now: Timestamp) {
        self.orders.push_back((now, market));
        while let Some((at, _)) = self.orders.front()
            && MINUTE <= now.since(*at)
        {
            self.orders.pop_front();
        }
    }

    pub(crate) fn cancelled(&mut self, now: Timestamp) {
        push(&mut self.cancels, now);
    }

    pub(crate) fn filled(&mut self, now: Timestamp) {
        push(&mut self.fills, now);
    }

    /// Whether one more order may go out in a market.
    pub(crate) fn admission(
        &self,
        market: MarketId,
        now: Timestamp,
        limits: &RateLimits,
    ) -> Admission {
        let rules = [
            (
                LimitName::OrdersPerSecond,
                None,
                SECOND,
                limits.orders_per_second_max,
            ),
            (
                LimitName::OrdersPerMinute,
                None,
                MINUTE,
                limits.orders_per_minute_max,
            ),
            (
                LimitName::MarketOrdersPerMinute,
                Some(market),
                MINUTE,
                limits.market_orders_per_minute_max,
            ),
        ];
        rules
            .into_iter()
            .filter_map(|(name, of, window, most)| {
                Some((name, self.free_at(of, window, now, most)?))
            })
            .max_by_key(|(_, free)| *free)
            .map_or(Admission::Now, |(name, free)| Admission::Later(name, free))
    }

    /// When there is a place again under a limit on the orders of a window; nothing when there is one now.
    fn free_at(
        &self,
        market: Option<MarketId>,
        window: Duration,
        now: Timestamp,
        most: Option<u32>,
    ) -> Option<Timestamp> {
        let most = most? as usize;
        let counted = |(at, of): &&(Timestamp, MarketId)| {
            now.since(*at) < window && market.is_none_or(|market| market == *of)
        };
        let newest_first = self.orders.iter().rev().filter(counted);
        match most.checked_sub(1) {
            // The place of the order that is `most` back becomes free first.
            Some(back) => newest_first.map(|(at, _)| at.plus(window)).nth(back),
            None => Some(now.plus(window)),
        }
    }

    /// Whether withdrawals outnumber executions by more than allowed.
    pub(crate) fn cancels_too_often(&self, now: Timestamp, limits: &RateLimits) -> bool {
        let recent = |times: &VecDeque<Timestamp>| {
            let newest_first = times.iter().rev();
            newest_first
                .take_while(|at| now.since(**at) < CANCELS_WINDOW)
                .count() as u64
        };
        limits.cancels_per_fill_max.is_some_and(|most| {
            u64::from(most) * recent(&self.fills).max(1) < recent(&self.cancels)
        })
    }
}

fn push(times: &mut VecDeque<Timestamp>, now: Timestamp) {
    times.push_back(now);
    while let Some(at) = times.front()
        && CANCELS_WINDOW <= now.since(*at)
    {
        times.pop_front();
    }
}
