//! Request budgets of the catalogue: what the venue publishes per address and ten seconds, kept to 85 %.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// Parts of the catalogue with a budget of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// Events and series.
    Events,
    /// Markets.
    Markets,
    /// Search.
    Search,
    /// Tags.
    Tags,
}

/// Published limits, requests per ten seconds.
const TOTAL: u32 = 4000;
const EVENTS: u32 = 500;
const MARKETS: u32 = 300;
const SEARCH: u32 = 350;
const TAGS: u32 = 200;

/// The buckets of one address.
pub(super) struct Budget {
    total: DefaultDirectRateLimiter,
    events: DefaultDirectRateLimiter,
    markets: DefaultDirectRateLimiter,
    search: DefaultDirectRateLimiter,
    tags: DefaultDirectRateLimiter,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self {
            total: bucket(TOTAL),
            events: bucket(EVENTS),
            markets: bucket(MARKETS),
            search: bucket(SEARCH),
            tags: bucket(TAGS),
        }
    }

    /// Waits until one more request fits.
    pub(super) async fn spend(&self, group: Group) {
        let own = match group {
            Group::Events => &self.events,
            Group::Markets => &self.markets,
            Group::Search => &self.search,
            Group::Tags => &self.tags,
        };
        own.until_ready().await;
        self.total.until_ready().await;
    }
}

/// A tenth of the limit may go out at once and three quarters of it follow within ten seconds: no window of ten seconds
/// sees more than 85 % of the limit, wherever it begins.
fn bucket(per_ten_seconds: u32) -> DefaultDirectRateLimiter {
    let burst = NonZeroU32::new(per_ten_seconds / 10).unwrap_or(NonZeroU32::MIN);
    let steady = NonZeroU32::new(per_ten_seconds * 3 / 4).unwrap_or(NonZeroU32::MIN);
    let period = Duration::from_secs(10) / steady.get();
    // The period is never zero: a limit is far below one request per nanosecond.
    let quota = Quota::with_period(period).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN));
    RateLimiter::direct(quota.allow_burst(burst))
}
