//! Limits: what may be ordered, how fast, how much may be lost, and what must be known before anything is done.
//!
//! `Default` is what history is replayed with: controls that only make sense against a live venue, or that would change
//! the result of a recorded run, are open there. [`RiskLimits::live`] closes every one of them. [`RiskLimits::CEILING`]
//! is compiled in: settings beyond it are refused by [`RiskLimits::within_ceiling`].

mod ceiling;
mod conditions;

use core::time::Duration;

use quorate_domain::Cash;
use serde::{Deserialize, Serialize};

pub use ceiling::{Bound, CeilingExceeded};
pub use conditions::{DataLimits, ProcessLimits, RateLimits};

/// Whether a control that has no number is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gate {
    /// It is.
    Enforced,
    /// It is not.
    Open,
}

impl Gate {
    /// Whether it is in force.
    #[must_use]
    pub const fn is_enforced(self) -> bool {
        matches!(self, Self::Enforced)
    }
}

/// How often one market and direction may execute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillThrottle {
    /// Orders that may execute within the window; reaching it pauses the market.
    pub fills_max: u32,
    /// The window.
    pub window: Duration,
    /// How long the market is left alone.
    pub pause: Duration,
}

/// How many positions may be lost in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossStreak {
    /// Resolved positions lost in a row that bring the pause about.
    pub losers_max: u32,
    /// How long nothing is traded.
    pub pause: Duration,
}

/// Limits. Shares of equity are in parts per million; where a limit is optional, none means that the control is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskLimits {
    /// Cost of one order, share of equity.
    pub order_notional_ppm: u32,
    /// Cost of one order.
    pub order_notional_max: Cash,
    /// Shares of one order, in whole shares.
    pub order_shares_max: u64,
    /// Distance of an order's limit from the midpoint, micro-dollars.
    pub collar_micros: u32,
    /// How much worse than the reservation price an order's last share may be, micro-dollars.
    pub reservation_slack_micros: Option<u32>,
    /// Time within which the same order for the same token is not sent again, unless it executed.
    pub duplicate_window: Option<Duration>,
    /// Whether orders that would meet one of our own are refused, the purchase of YES against that of NO included.
    pub self_trade: Gate,
    /// How often one market and direction may execute.
    pub repeated_fills: Option<FillThrottle>,
    /// Share of a displayed level that is taken.
    pub depth_share_ppm: u32,
    /// Share of the shares that traded in the last 24 hours. A market whose volume is not known, because it was neither
    /// reported nor observed for a whole day, is bounded by the depth alone.
    pub volume_share_ppm: Option<u32>,
    /// Worst loss in one market.
    pub market_loss_ppm: u32,
    /// Worst loss in one group of exclusive outcomes.
    pub group_loss_ppm: u32,
    /// Loss of a correlated set that only one scenario in a hundred exceeds.
    pub set_loss_ppm: u32,
    /// Worst loss in all markets of one topic, its contests taken one by one. A topic is the category.
    pub topic_loss_ppm: Option<u32>,
    /// Whether losses and equity are taken for the worse of two views: everything matched becomes final, or nothing does.
    pub provisional_views: Gate,
    /// Sum of all stakes.
    pub gross_ppm: u32,
    /// Cash kept back.
    pub cash_reserve_ppm: u32,
    /// Orders resting or on their way at once.
    pub open_orders_max: u32,
    /// The same in one market.
    pub market_open_orders_max: Option<u32>,
    /// Loss in one UTC day that stops trading until the next.
    pub daily_loss_ppm: u32,
    /// Fall from the peak that stops trading until a person resumes it.
    pub drawdown_ppm: u32,
    /// Losses in a row that bring a pause about.
    pub loss_streak: Option<LossStreak>,
    /// How fast orders may follow each other.
    pub rates: RateLimits,
    /// What must be known, and how well.
    pub data: DataLimits,
    /// In what state process, account and venue must be.
    pub process: ProcessLimits,
}

impl Default for RiskLimits {
    fn default() -> Self {
        Self {
            order_notional_ppm: 10_000,
            order_notional_max: Cash::whole(250),
            order_shares_max: 10_000,
            collar_micros: 100_000,
            reservation_slack_micros: None,
            duplicate_window: None,
            self_trade: Gate::Open,
            repeated_fills: None,
            depth_share_ppm: 250_000,
            volume_share_ppm: None,
            market_loss_ppm: 20_000,
            group_loss_ppm: 50_000,
            set_loss_ppm: 100_000,
            topic_loss_ppm: None,
            provisional_views: Gate::Open,
            gross_ppm: 600_000,
            cash_reserve_ppm: 200_000,
            open_orders_max: 100,
            market_open_orders_max: None,
            daily_loss_ppm: 30_000,
            drawdown_ppm: 100_000,
            loss_streak: None,
            rates: RateLimits::OPEN,
            data: DataLimits::OPEN,
            process: ProcessLimits::REPLAY,
        }
    }
}

impl RiskLimits {
    /// Every control in force, with the values that are meant for real money.
    #[must_use]
    pub fn live() -> Self {
        Self {
            reservation_slack_micros: Some(100),
            duplicate_window: Some(Duration::from_secs(1)),
            self_trade: Gate::Enforced,
            repeated_fills: Some(FillThrottle {
                fills_max: 3,
                window: Duration::from_secs(60),
                pause: Duration::from_secs(300),
            }),
            volume_share_ppm: Some(50_000),
            topic_loss_ppm: Some(250_000),
            provisional_views: Gate::Enforced,
            market_open_orders_max: Some(4),
            loss_streak: Some(LossStreak {
                losers_max: 8,
                pause: Duration::from_secs(4 * 3_600),
            }),
            rates: RateLimits::LIVE,
            data: DataLimits::LIVE,
            process: ProcessLimits::LIVE,
            ..Self::default()
        }
    }
}
