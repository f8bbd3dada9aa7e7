//! What no configuration can ask for.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::time::Duration;

use quorate_domain::Cash;
use quorate_engine::{EngineConfig, Gate, RiskLimits};

#[test]
fn the_limits_for_real_money_are_within_the_ceiling_and_so_is_the_ceiling() {
    assert_eq!(EngineConfig::live().limits.within_ceiling(), Ok(()));
    assert_eq!(RiskLimits::CEILING.within_ceiling(), Ok(()));
    assert!(RiskLimits::default().within_ceiling().is_err());
}

#[test]
fn every_setting_beyond_the_ceiling_is_named() {
    type Change = fn(&mut RiskLimits);
    let cases: [(&str, Change); 44] = [
        ("order_notional_ppm", |l| l.order_notional_ppm = 100_001),
        ("order_notional_max", |l| {
            l.order_notional_max = Cash::whole(25_001);
        }),
        ("order_shares_max", |l| l.order_shares_max = 100_001),
        ("collar_micros", |l| l.collar_micros = 250_001),
        ("reservation_slack_micros", |l| {
            l.reservation_slack_micros = None;
        }),
        ("duplicate_window", |l| {
            l.duplicate_window = Some(Duration::ZERO);
        }),
        ("self_trade", |l| l.self_trade = Gate::Open),
        ("repeated_fills.fills_max", |l| {
            l.repeated_fills.as_mut().unwrap().fills_max = 61;
        }),
        ("repeated_fills.window", |l| {
            l.repeated_fills.as_mut().unwrap().window = Duration::from_secs(59);
        }),
        ("repeated_fills.pause", |l| {
            l.repeated_fills.as_mut().unwrap().pause = Duration::ZERO;
        }),
        ("depth_share_ppm", |l| l.depth_share_ppm = 1_000_001),
        ("volume_share_ppm", |l| l.volume_share_ppm = None),
        ("open_orders_max", |l| l.open_orders_max = 1_001),
        ("market_open_orders_max", |l| {
            l.market_open_orders_max = Some(51);
        }),
        ("market_loss_ppm", |l| l.market_loss_ppm = 200_001),
        ("group_loss_ppm", |l| l.group_loss_ppm = 300_001),
        ("set_loss_ppm", |l| l.set_loss_ppm = 400_001),
        ("topic_loss_ppm", |l| l.topic_loss_ppm = Some(500_001)),
        ("provisional_views", |l| l.provisional_views = Gate::Open),
        ("gross_ppm", |l| l.gross_ppm = 1_000_001),
        ("cash_reserve_ppm", |l| l.cash_reserve_ppm = 19_999),
        ("daily_loss_ppm", |l| l.daily_loss_ppm = 150_001),
        ("drawdown_ppm", |l| l.drawdown_ppm = 300_001),
        ("loss_streak.losers_max", |l| l.loss_streak = None),
        ("loss_streak.pause", |l| {
            l.loss_streak.as_mut().unwrap().pause = Duration::ZERO;
        }),
        ("rates.orders_per_second_max", |l| {
            l.rates.orders_per_second_max = None;
        }),
        ("rates.orders_per_minute_max", |l| {
            l.rates.orders_per_minute_max = Some(1_001);
        }),
        ("rates.market_orders_per_minute_max", |l| {
            l.rates.market_orders_per_minute_max = None;
        }),
        ("rates.cancels_per_fill_max", |l| {
            l.rates.cancels_per_fill_max = None;
        }),
        ("data.reference_age_max", |l| {
            l.data.reference_age_max = Some(Duration::from_secs(31));
        }),
        ("data.clock_skew_alarm", |l| l.data.clock_skew_alarm = None),
        ("data.clock_skew_max", |l| l.data.clock_skew_max = None),
        ("data.divergence", |l| l.data.divergence = Gate::Open),
        ("data.dispersion_max_milli", |l| {
            l.data.dispersion_max_milli = None;
        }),
        ("data.weight_alarm_ppm", |l| l.data.weight_alarm_ppm = None),
        ("data.weight_max_ppm", |l| l.data.weight_max_ppm = None),
        ("data.model_market_gap_max_micros", |l| {
            l.data.model_market_gap_max_micros = None;
        }),
        ("process.reconciliation", |l| {
            l.process.reconciliation = Gate::Open;
        }),
        ("process.heartbeat", |l| l.process.heartbeat = Gate::Open),
        ("process.post_only_window", |l| {
            l.process.post_only_window = Gate::Open;
        }),
        ("process.venue_mode", |l| l.process.venue_mode = Gate::Open),
        ("process.unsettled_age_max", |l| {
            l.process.unsettled_age_max = Some(Duration::from_secs(1_000_000));
        }),
        ("process.failed_share_max_ppm", |l| {
            l.process.failed_share_max_ppm = None;
        }),
        ("process.unsent_orders", |l| {
            l.process.unsent_orders = Gate::Open;
        }),
    ];
    for (field, change) in cases {
        let mut limits = RiskLimits::live();
        change(&mut limits);
        let exceeded = limits.within_ceiling().unwrap_err();
        assert_eq!(exceeded.field, field);
        assert!(exceeded.to_string().contains(field), "{exceeded}");
    }
}

#[test]
fn the_error_says_what_to_do() {
    let mut limits = RiskLimits::live();
    limits.market_loss_ppm = 900_000;
    let text = limits.within_ceiling().unwrap_err().to_string();
    assert_eq!(
        text,
        "limit market_loss_ppm is 900000: set it to at most 200000"
    );
    limits.market_loss_ppm = 1;
    limits.volume_share_ppm = None;
    let text = limits.within_ceiling().unwrap_err().to_string();
    assert_eq!(
        text,
        "limit volume_share_ppm is off: set it to at most 250000"
    );
}
