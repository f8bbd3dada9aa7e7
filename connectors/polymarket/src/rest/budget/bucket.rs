//! One token bucket that shrinks and pauses when the venue says "too many", and recovers by itself.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota as GovernorQuota, RateLimiter};
use tokio::time::Instant;

use crate::rest::error::RestError;

/// Part of what is documented that is used.
const SHARE_PERCENT: u64 = 85;
/// Smallest part that a throttled bucket keeps, in halvings.
const HALVINGS_MAX: u32 = 3;
/// A throttled bucket doubles again after this long without being throttled.
const RECOVERY: Duration = Duration::from_secs(30);
/// Own back-off where the venue names no wait: doubles from here.
const BACKOFF_MIN: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// How much, how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Most at once.
    pub burst: u32,
    /// Time until one more may pass.
    pub replenish_one: Duration,
}

impl Quota {
    /// At most 85 % of `count` in any window of that length, whatever its phase: a burst of a quarter of them and the
    /// rest evenly.
    #[must_use]
    pub fn sliding(count: u32, window: Duration) -> Self {
        let usable = (u64::from(count) * SHARE_PERCENT / 100).max(2);
        let burst = (usable / 4).max(1);
        let even = (usable - burst).max(1);
        Self {
            burst: u32::try_from(burst).unwrap_or(u32::MAX),
            replenish_one: Duration::from_nanos(nanos(window).div_ceil(even)),
        }
    }

    /// The venue's own token bucket (tokens per second, burst), refilled at 85 % of its rate.
    #[must_use]
    pub fn token_bucket((per_s, burst): (u32, u32)) -> Self {
        let per_100_s = (u64::from(per_s) * SHARE_PERCENT).max(1);
        Self {
            burst: burst.max(1),
            replenish_one: Duration::from_nanos(100_000_000_000_u64.div_ceil(per_100_s)),
        }
    }

    fn halved(self, times: u32) -> GovernorQuota {
        let slower = self
            .replenish_one
            .saturating_mul(1 << times.min(HALVINGS_MAX));
        let burst = NonZeroU32::new(self.burst).unwrap_or(NonZeroU32::MIN);
        GovernorQuota::with_period(slower.max(Duration::from_nanos(1)))
            .unwrap_or(GovernorQuota::per_second(NonZeroU32::MIN))
            .allow_burst(burst)
    }
}

fn nanos(window: Duration) -> u64 {
    u64::try_from(window.as_nanos()).unwrap_or(u64::MAX)
}

/// Time as the runtime counts it.
#[derive(Clone, Copy, Debug)]
struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, RuntimeClock, NoOpMiddleware<Duration>>;

struct State {
    quota: Quota,
    limiter: Limiter,
    clock: RuntimeClock,
    halvings: u32,
    throttled_in_a_row: u32,
    throttled_at: Option<Instant>,
    paused_until: Option<Instant>,
}

impl State {
    fn new(quota: Quota) -> Self {
        let clock = RuntimeClock(Instant::now());
        Self {
            quota,
            limiter: RateLimiter::direct_with_clock(quota.halved(0), clock),
            clock,
            halvings: 0,
            throttled_in_a_row: 0,
            throttled_at: None,
            paused_until: None,
        }
    }

    /// Starts anew with an empty bucket: what the venue still counts is not known here.
    fn rebuild(&mut self) {
        self.limiter = RateLimiter::direct_with_clock(self.quota.halved(self.halvings), self.clock);
        if let Some(all) = NonZeroU32::new(self.quota.burst) {
            let _ = self.limiter.check_n(all);
        }
    }

    fn recover(&mut self) {
        let now = Instant::now();
        let quiet = self.throttled_at.is_some_and(|at| now - at >= RECOVERY);
        if self.halvings > 0 && quiet {
            self.halvings -= 1;
            self.throttled_at = Some(now);
            self.rebuild();
        }
    }
}

pub(crate) struct Bucket {
    name: &'static str,
    /// No answer stops it for longer.
    pause_max: Duration,
    state: Mutex<State>,
}

impl Bucket {
    pub(crate) fn new(name: &'static str, quota: Quota, pause_max: Duration) -> Self {
        Self {
            name,
            pause_max,
            state: Mutex::new(State::new(quota)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn burst(&self) -> u32 {
        self.state().quota.burst
    }

    pub(crate) fn set_quota(&self, quota: Quota) {
        let mut state = self.state();
        state.quota = quota;
        state.rebuild();
    }

    /// Waits until `cost` may pass. A cost of 0 passes at once.
    pub(crate) async fn pay(&self, cost: u32) -> Result<(), RestError> {
        let Some(cost) = NonZeroU32::new(cost) else {
            return Ok(());
        };
        while let Some(wait) = self.try_pay(cost)? {
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// Pays, or tells how long to wait before trying again.
    fn try_pay(&self, cost: NonZeroU32) -> Result<Option<Duration>, RestError> {
        let mut state = self.state();
        let now = Instant::now();
        if let Some(until) = state.paused_until.filter(|until| *until > now) {
            return Ok(Some(until - now));
        }
        // What gathered during the pause would go out at once, to a venue that has just said "too many".
        if state.paused_until.take().is_some() && state.halvings > 0 {
            state.rebuild();
        }
        state.recover();
        match state.limiter.check_n(cost) {
            Ok(Ok(())) => Ok(None),
            Ok(Err(later)) => {
                let wait = later.wait_time_from(state.clock.now());
                Ok(Some(wait.max(Duration::from_millis(1))))
            }
            Err(_) => Err(RestError::AboveBurst {
                bucket: self.name,
                cost: cost.get(),
                burst: state.quota.burst,
            }),
        }
    }

    /// Lets nothing pass for a while.
    pub(crate) fn pause(&self, wait: Duration) {
        let mut state = self.state();
        let until = Instant::now() + wait.min(self.pause_max);
        state.paused_until = state.paused_until.max(Some(until));
    }

    /// The venue said "too many": half the rate, and a pause. Returns the pause. A wait that is missing or zero is
    /// replaced by our own back-off.
    pub(crate) fn throttled(&self, asked: Option<Duration>) -> Duration {
        let mut state = self.state();
        let own = BACKOFF_MIN
            .saturating_mul(1 << state.throttled_in_a_row.min(5))
            .min(BACKOFF_MAX);
        state.throttled_in_a_row = state.throttled_in_a_row.saturating_add(1);
        state.throttled_at = Some(Instant::now());
        state.halvings = (state.halvings + 1).min(HALVINGS_MAX);
        state.rebuild();
        drop(state);
        let pause = own.max(asked.unwrap_or(Duration::ZERO)).min(self.pause_max);
        self.pause(pause);
        pause
    }

    /// A call passed.
    pub(crate) fn passed(&self) {
        self.state().throttled_in_a_row = 0;
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Bucket")
            .field("name", &self.name)
            .field("quota", &state.quota)
            .field("halvings", &state.halvings)
            .finish_non_exhaustive()
    }
}
