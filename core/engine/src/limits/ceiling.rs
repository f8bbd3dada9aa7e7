//! The compiled ceiling: no configuration file can ask for more.

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use quorate_domain::Cash;

use super::{DataLimits, FillThrottle, Gate, LossStreak, ProcessLimits, RateLimits, RiskLimits};

/// On which side of the ceiling a setting must stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// At most this.
    AtMost,
    /// At least this.
    AtLeast,
}

/// A setting beyond the compiled ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CeilingExceeded {
    /// The setting, by the name of its field.
    pub field: &'static str,
    /// What was asked for, in the unit of the field (durations in milliseconds, money in micro-dollars); absent when the
    /// control was switched off.
    pub value: Option<i128>,
    /// What is allowed, in the same unit.
    pub ceiling: i128,
    /// On which side of it.
    pub bound: Bound,
}

impl fmt::Display for CeilingExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.bound {
            Bound::AtMost => "at most",
            Bound::AtLeast => "at least",
        };
        let Self { field, ceiling, .. } = self;
        match self.value {
            Some(value) => write!(f, "limit {field} is {value}: set it to {side} {ceiling}"),
            None => write!(f, "limit {field} is off: set it to {side} {ceiling}"),
        }
    }
}

impl core::error::Error for CeilingExceeded {}

impl RiskLimits {
    /// The least careful settings that may trade real money.
    pub const CEILING: Self = Self {
        order_notional_ppm: 100_000,
        order_notional_max: Cash::whole(25_000),
        order_shares_max: 100_000,
        collar_micros: 250_000,
        reservation_slack_micros: Some(10_000),
        duplicate_window: Some(Duration::from_millis(100)),
        self_trade: Gate::Enforced,
        repeated_fills: Some(FillThrottle {
            fills_max: 60,
            window: Duration::from_secs(60),
            pause: Duration::from_secs(1),
        }),
        depth_share_ppm: 1_000_000,
        volume_share_ppm: Some(250_000),
        market_loss_ppm: 200_000,
        group_loss_ppm: 300_000,
        set_loss_ppm: 400_000,
        topic_loss_ppm: Some(500_000),
        provisional_views: Gate::Enforced,
        gross_ppm: 1_000_000,
        cash_reserve_ppm: 20_000,
        open_orders_max: 1_000,
        market_open_orders_max: Some(50),
        daily_loss_ppm: 150_000,
        drawdown_ppm: 300_000,
        loss_streak: Some(LossStreak {
            losers_max: 50,
            pause: Duration::from_secs(60),
        }),
        rates: RateLimits {
            orders_per_second_max: Some(50),
            orders_per_minute_max: Some(1_000),
            market_orders_per_minute_max: Some(300),
            cancels_per_fill_max: Some(1_000),
        },
        data: DataLimits {
            reference_age_max: Some(Duration::from_secs(30)),
            clock_skew_alarm: Some(Duration::from_secs(5)),
            clock_skew_max: Some(Duration::from_secs(5)),
            divergence: Gate::Enforced,
            dispersion_max_milli: Some(5_000),
            weight_alarm_ppm: Some(1_000_000),
            weight_max_ppm: Some(1_000_000),
            model_market_gap_max_micros: Some(1_000_000),
        },
        process: ProcessLimits {
            reconciliation: Gate::Enforced,
            heartbeat: Gate::Enforced,
            post_only_window: Gate::Enforced,
            venue_mode: Gate::Enforced,
            unsettled_alarm_after: Some(Duration::from_secs(3_600)),
            unsettled_age_max: Some(Duration::from_secs(6 * 3_600)),
            failed_share_max_ppm: Some(500_000),
            refusal_pause: Some(Duration::from_secs(1)),
            unsent_orders: Gate::Enforced,
        },
    };

    /// Whether these limits may trade real money.
    ///
    /// # Errors
    /// The first setting beyond [`RiskLimits::CEILING`]; a control that is off is beyond it.
    pub fn within_ceiling(&self) -> Result<(), CeilingExceeded> {
        let wanted = settings(self);
        let allowed = settings(&Self::CEILING);
        let exceeded = wanted.into_iter().zip(allowed).find_map(|(own, most)| {
            let ceiling = most.value?;
            let holds = own.value.is_some_and(|value| match own.bound {
                Bound::AtMost => value <= ceiling,
                Bound::AtLeast => ceiling <= value,
            });
            (!holds).then_some(CeilingExceeded {
                field: own.field,
                value: own.value,
                ceiling,
                bound: own.bound,
            })
        });
        exceeded.map_or(Ok(()), Err)
    }
}

/// One setting as a number.
struct Setting {
    field: &'static str,
    value: Option<i128>,
    bound: Bound,
}

fn at_most(field: &'static str, value: impl Number) -> Setting {
    Setting {
        field,
        value: value.number(),
        bound: Bound::AtMost,
    }
}

fn at_least(field: &'static str, value: impl Number) -> Setting {
    Setting {
        bound: Bound::AtLeast,
        ..at_most(field, value)
    }
}

/// Every setting, always in the same order.
fn settings(limits: &RiskLimits) -> Vec<Setting> {
    let mut all = Vec::with_capacity(48);
    all.extend(of_orders(limits));
    all.extend(of_losses(limits));
    all.extend(of_rates(&limits.rates));
    all.extend(of_data(&limits.data));
    all.extend(of_process(&limits.process));
    all
}

fn of_orders(l: &RiskLimits) -> [Setting; 14] {
    let fills = l.repeated_fills;
    [
        at_most("order_notional_ppm", l.order_notional_ppm),
        at_most("order_notional_max", l.order_notional_max),
        at_most("order_shares_max", l.order_shares_max),
        at_most("collar_micros", l.collar_micros),
        at_most("reservation_slack_micros", l.reservation_slack_micros),
        at_least("duplicate_window", l.duplicate_window),
        at_least("self_trade", l.self_trade),
        at_most("repeated_fills.fills_max", fills.map(|f| f.fills_max)),
        at_least("repeated_fills.window", fills.map(|f| f.window)),
        at_least("repeated_fills.pause", fills.map(|f| f.pause)),
        at_most("depth_share_ppm", l.depth_share_ppm),
        at_most("volume_share_ppm", l.volume_share_ppm),
        at_most("open_orders_max", l.open_orders_max),
        at_most("market_open_orders_max", l.market_open_orders_max),
    ]
}

fn of_losses(l: &RiskLimits) -> [Setting; 11] {
    [
        at_most("market_loss_ppm", l.market_loss_ppm),
        at_most("group_loss_ppm", l.group_loss_ppm),
        at_most("set_loss_ppm", l.set_loss_ppm),
        at_most("topic_loss_ppm", l.topic_loss_ppm),
        at_least("provisional_views", l.provisional_views),
        at_most("gross_ppm", l.gross_ppm),
        at_least("cash_reserve_ppm", l.cash_reserve_ppm),
        at_most("daily_loss_ppm", l.daily_loss_ppm),
        at_most("drawdown_ppm", l.drawdown_ppm),
        at_most(
            "loss_streak.losers_max",
            l.loss_streak.map(|s| s.losers_max),
        ),
        at_least("loss_streak.pause", l.loss_streak.map(|s| s.pause)),
    ]
}

fn of_rates(l: &RateLimits) -> [Setting; 4] {
    [
        at_most("rates.orders_per_second_max", l.orders_per_second_max),
        at_most("rates.orders_per_minute_max", l.orders_per_minute_max),
        at_most(
            "rates.market_orders_per_minute_max",
            l.market_orders_per_minute_max,
        ),
        at_most("rates.cancels_per_fill_max", l.cancels_per_fill_max),
    ]
}

fn of_data(l: &DataLimits) -> [Setting; 8] {
    [
        at_most("data.reference_age_max", l.reference_age_max),
        at_most("data.clock_skew_alarm", l.clock_skew_alarm),
        at_most("data.clock_skew_max", l.clock_skew_max),
        at_least("data.divergence", l.divergence),
        at_most("data.dispersion_max_milli", l.dispersion_max_milli),
        at_most("data.weight_alarm_ppm", l.weight_alarm_ppm),
        at_most("data.weight_max_ppm", l.weight_max_ppm),
        at_most(
            "data.model_market_gap_max_micros",
            l.model_market_gap_max_micros,
        ),
    ]
}

fn of_process(l: &ProcessLimits) -> [Setting; 9] {
    [
        at_least("process.reconciliation", l.reconciliation),
        at_least("process.heartbeat", l.heartbeat),
        at_least("process.post_only_window", l.post_only_window),
        at_least("process.venue_mode", l.venue_mode),
        at_most("process.unsettled_alarm_after", l.unsettled_alarm_after),
        at_most("process.unsettled_age_max", l.unsettled_age_max),
        at_most("process.failed_share_max_ppm", l.failed_share_max_ppm),
        at_least("process.refusal_pause", l.refusal_pause),
        at_least("process.unsent_orders", l.unsent_orders),
    ]
}

/// Anything a limit is written as.
trait Number {
    fn number(self) -> Option<i128>;
}

impl Number for u32 {
    fn number(self) -> Option<i128> {
        Some(self.into())
    }
}

impl Number for u64 {
    fn number(self) -> Option<i128> {
        Some(self.into())
    }
}

impl Number for Cash {
    fn number(self) -> Option<i128> {
        Some(self.micros().into())
    }
}

impl Number for Duration {
    fn number(self) -> Option<i128> {
        i128::try_from(self.as_millis()).ok()
    }
}

/// One when in force, nothing when open.
impl Number for Gate {
    fn number(self) -> Option<i128> {
        self.is_enforced().then_some(1)
    }
}

impl<T: Number> Number for Option<T> {
    fn number(self) -> Option<i128> {
        self.and_then(T::number)
    }
}
