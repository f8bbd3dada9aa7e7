//! How long the gateway waits for what.

use std::time::Duration;

use quorate_domain::Cash;

/// Times and bounds of the order path. `Default` is meant for a real venue over the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    /// Longest time that a post may take; after it nobody knows.
    pub post_max: Duration,
    /// Longest time that any other question may take.
    pub query_max: Duration,
    /// Longest time that reading all balances may take: one question for each token, as fast as the venue allows.
    pub balances_max: Duration,
    /// Longest time after which a request that was sent may still arrive. Until then the absence of an order proves nothing.
    pub arrival_max: Duration,
    /// How old a decision may be when its bytes are posted again.
    pub repost_within: Duration,
    /// How often the same bytes are posted at most.
    pub posts_max: u32,
    /// First pause before something is asked or tried again; it doubles, with jitter.
    pub retry_first: Duration,
    /// Longest such pause.
    pub retry_max: Duration,
    /// Pause between two comparisons of open orders and executions with the venue's.
    pub sweep_every: Duration,
    /// How late an execution may appear in the venue's list, after it was matched.
    pub execution_lag_max: Duration,
    /// How long executions that the venue counts may be missing from its list before the account is called a mismatch.
    pub missing_max: Duration,
    /// Orders being posted at once.
    pub posts_at_once: usize,
    /// Orders handed over to be posted, those being posted included.
    pub posts_ahead: usize,
    /// How often balances are compared before a difference counts.
    pub balance_tries: u32,
    /// Difference in collateral that is put down to the venue's rounding.
    pub cash_tolerance: Cash,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            post_max: Duration::from_secs(10),
            query_max: Duration::from_secs(5),
            balances_max: Duration::from_secs(120),
            // Longer than an execution may take to be listed: the absence of an order that executed at once would prove nothing.
            arrival_max: Duration::from_secs(130),
            repost_within: Duration::from_secs(5),
            posts_max: 3,
            retry_first: Duration::from_millis(250),
            retry_max: Duration::from_secs(5),
            sweep_every: Duration::from_secs(10),
            execution_lag_max: Duration::from_secs(120),
            missing_max: Duration::from_secs(120),
            posts_at_once: 4,
            posts_ahead: 16,
            balance_tries: 5,
            cash_tolerance: Cash::from_micros(10_000),
        }
    }
}

/// The pause before try number `tries` (from 0): doubling from `first` up to `max`, of which a random part between a
/// half and the whole is waited, so that many clients do not come back at once.
#[must_use]
pub fn back_off(first: Duration, max: Duration, tries: u32, dice: &mut fastrand::Rng) -> Duration {
    let whole = first.saturating_mul(1_u32 << tries.min(20)).min(max);
    whole.mul_f64(0.5 + 0.5 * dice.f64())
}
