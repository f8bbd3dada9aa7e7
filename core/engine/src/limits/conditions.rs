//! Limits on pace, on what is known, and on the state of process, account and venue.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::Gate;

/// How fast orders may follow each other. An order beyond a limit waits once for its turn and is then dropped; a sale that
/// flattens waits for as many turns as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimits {
    /// Orders within one second.
    pub orders_per_second_max: Option<u32>,
    /// Orders within one minute.
    pub orders_per_minute_max: Option<u32>,
    /// Orders within one minute in one market.
    pub market_orders_per_minute_max: Option<u32>,
    /// Withdrawals for each execution within ten minutes; beyond it no new order may rest. Without any execution as many
    /// withdrawals are allowed as for one.
    pub cancels_per_fill_max: Option<u32>,
}

impl RateLimits {
    /// No limit.
    pub const OPEN: Self = Self {
        orders_per_second_max: None,
        orders_per_minute_max: None,
        market_orders_per_minute_max: None,
        cancels_per_fill_max: None,
    };

    /// For real money.
    pub const LIVE: Self = Self {
        orders_per_second_max: Some(5),
        orders_per_minute_max: Some(60),
        market_orders_per_minute_max: Some(10),
        cancels_per_fill_max: Some(20),
    };
}

/// What must be known, and how well, before a market is traded. How old a book or an inference may be is a setting of its
/// topic; a broken, crossed, locked or one-sided book is never traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataLimits {
    /// Oldest reference price, for markets that ask about one.
    pub reference_age_max: Option<Duration>,
    /// Difference of our clock from a trusted one that is worth an alarm.
    pub clock_skew_alarm: Option<Duration>,
    /// Difference of our clock from a trusted one beyond which nothing is ordered.
    pub clock_skew_max: Option<Duration>,
    /// Whether a market is left alone while its streamed book differs from the fetched one.
    pub divergence: Gate,
    /// Standard deviation of the workers' log odds, in thousandths.
    pub dispersion_max_milli: Option<u32>,
    /// Share of one worker's weight that is worth an alarm.
    pub weight_alarm_ppm: Option<u32>,
    /// Share of one worker's weight beyond which several workers are no collective.
    pub weight_max_ppm: Option<u32>,
    /// Distance of the collective from the market's midpoint beyond which neither is believed, micro-dollars.
    pub model_market_gap_max_micros: Option<u32>,
}

impl DataLimits {
    /// No limit but that a differing book is not traded.
    pub const OPEN: Self = Self {
        reference_age_max: None,
        clock_skew_alarm: None,
        clock_skew_max: None,
        divergence: Gate::Enforced,
        dispersion_max_milli: None,
        weight_alarm_ppm: None,
        weight_max_ppm: None,
        model_market_gap_max_micros: None,
    };

    /// For real money. Collective and market are no two equal sources: at a blend weight of 0.3 a gap of 7 cents is
    /// needed for an edge of 2, so the gap that discredits both is wider than the 10 cents usual between two models.
    pub const LIVE: Self = Self {
        reference_age_max: Some(Duration::from_secs(3)),
        clock_skew_alarm: Some(Duration::from_millis(250)),
        clock_skew_max: Some(Duration::from_secs(1)),
        divergence: Gate::Enforced,
        dispersion_max_milli: Some(1_000),
        weight_alarm_ppm: Some(600_000),
        weight_max_ppm: Some(900_000),
        model_market_gap_max_micros: Some(250_000),
    };
}

/// In what state process, account and venue must be before anything is ordered. Withdrawals are always allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessLimits {
    /// Whether nothing is ordered between a start and the reconciliation that follows it.
    pub reconciliation: Gate,
    /// Whether nothing is ordered while the venue does not hear our heartbeat.
    pub heartbeat: Gate,
    /// Whether only resting orders are sent while the venue accepts no others.
    pub post_only_window: Gate,
    /// Whether nothing is ordered while the venue accepts no orders.
    pub venue_mode: Gate,
    /// Age of an execution that is not final which is worth an alarm.
    pub unsettled_alarm_after: Option<Duration>,
    /// Age of an execution that is not final beyond which nothing is taken any more.
    pub unsettled_age_max: Option<Duration>,
    /// Share of the last 50 executions that failed beyond which nothing is taken any more.
    pub failed_share_max_ppm: Option<u32>,
    /// How long a market is left alone after the venue refused an order for want of money or tokens.
    pub refusal_pause: Option<Duration>,
    /// Whether an answer to an order that was never sent stops everything.
    pub unsent_orders: Gate,
}

impl ProcessLimits {
    /// What is harmless where no start, heartbeat or change of the venue's mode is ever reported.
    pub const REPLAY: Self = Self {
        reconciliation: Gate::Enforced,
        heartbeat: Gate::Enforced,
        post_only_window: Gate::Enforced,
        venue_mode: Gate::Enforced,
        unsettled_alarm_after: None,
        unsettled_age_max: None,
        failed_share_max_ppm: None,
        refusal_pause: None,
        unsent_orders: Gate::Open,
    };

    /// For real money.
    pub const LIVE: Self = Self {
        unsettled_alarm_after: Some(Duration::from_secs(60)),
        unsettled_age_max: Some(Duration::from_secs(600)),
        failed_share_max_ppm: Some(50_000),
        refusal_pause: Some(Duration::from_secs(60)),
        unsent_orders: Gate::Enforced,
        ..Self::REPLAY
    };
}
