//! Metrics of the account against numbers worked out by hand.

use proptest::prelude::*;
use quorate_backtest::metrics::account::{
    Sample, daily_closes, daily_returns, drawdown_max, drawdowns, sharpe_daily, time_mean,
    turnover, win_share,
};
use quorate_domain::{Cash, Price, Shares, Timestamp};

fn at(hours: u64, dollars: i64) -> Sample {
    (Timestamp::from_secs(hours * 3_600), Cash::whole(dollars))
}

#[test]
fn deepest_drawdown_is_by_share_of_its_own_peak() {
    // 100 -> 80 falls by 20 of 100; 1000 -> 850 falls by more money, but by less of its peak.
    let equity = [at(0, 100), at(1, 80), at(2, 1_000), at(3, 850), at(4, 900)];
    let deepest = drawdown_max(&equity).unwrap();
    assert_eq!(deepest.money, Cash::whole(20));
    assert!((deepest.ratio - 0.2).abs() < 1e-12);
    assert_eq!((deepest.from, deepest.to), (equity[0].0, equity[1].0));
}

#[test]
fn equity_that_never_falls_has_no_drawdown() {
    assert_eq!(drawdown_max(&[at(0, 5), at(1, 5), at(2, 6)]), None);
    assert_eq!(drawdown_max(&[]), None);
}

#[test]
fn drawdown_is_measured_from_the_latest_of_equal_peaks() {
    let equity = [at(0, 10), at(5, 10), at(6, 9)];
    assert_eq!(drawdown_max(&equity).unwrap().from, equity[1].0);
}

#[test]
fn every_point_knows_its_fall_from_the_highest_equity_so_far() {
    let falls = drawdowns(&[at(0, 10), at(1, 7), at(2, 12), at(3, 11)]);
    assert_eq!(falls, [0, 3, 0, 1].map(Cash::whole));
}

#[test]
fn a_day_without_samples_keeps_the_close_before_it() {
    // Day 0: 10 then 11; day 1: nothing; day 2: 14.
    let closes = daily_closes(&[at(1, 10), at(23, 11), at(50, 14)]);
    assert_eq!(closes, [11, 11, 14].map(Cash::whole));
}

#[test]
fn the_first_daily_return_is_over_the_bankroll() {
    let returns = daily_returns(Cash::whole(10), &[11, 11, 22].map(Cash::whole));
    assert!((returns[0] - 0.1).abs() < 1e-12);
    assert!(returns[1].abs() < 1e-12 && (returns[2] - 1.0).abs() < 1e-12);
}

#[test]
fn no_returns_follow_from_an_account_that_was_empty() {
    assert!(daily_returns(Cash::whole(10), &[0, 5].map(Cash::whole)).is_empty());
}

#[test]
fn sharpe_of_thirty_days_by_hand() {
    // 15 days of +2% and 15 of -1%: mean 0.5%, sample deviation sqrt(30 * 0.015^2 / 29).
    let returns: Vec<f64> = (0..30)
        .map(|day| if day % 2 == 0 { 0.02 } else { -0.01 })
        .collect();
    let expected = 0.005 / (30.0 * 0.015_f64.powi(2) / 29.0).sqrt() * 365.0_f64.sqrt();
    assert!((sharpe_daily(&returns).unwrap() - expected).abs() < 1e-9);
}

#[test]
fn sharpe_is_not_computed_from_too_few_or_constant_returns() {
    assert_eq!(sharpe_daily(&[0.01, -0.01].repeat(14)), None);
    assert_eq!(sharpe_daily(&[0.0; 60]), None);
}

#[test]
fn mean_exposure_is_weighted_by_the_time_it_was_held() {
    // 100 for one hour, 40 for three hours; the last value has no duration.
    let mean = time_mean(&[at(0, 100), at(1, 40), at(4, 9_999)]);
    assert_eq!(mean, Cash::whole(55));
    assert_eq!(time_mean(&[at(3, 7)]), Cash::whole(7));
    assert_eq!(time_mean(&[]), Cash::ZERO);
}

#[test]
fn turnover_adds_price_times_shares() {
    let price = |text| Price::parse(text).unwrap();
    let fills = [
        (price("0.25"), Shares::whole(100)),
        (price("0.6"), Shares::whole(10)),
    ];
    assert_eq!(turnover(fills), Cash::whole(31));
}

#[test]
fn a_market_that_ends_even_is_not_won() {
    assert_eq!(win_share(&[1, 0, -1, 5].map(Cash::whole)), Some(0.5));
    assert_eq!(win_share(&[]), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_deepest_drawdown_is_the_largest_share_among_all(values in prop::collection::vec(1_i64..1_000, 1..40)) {
        let equity: Vec<Sample> =
            values.iter().enumerate().map(|(hour, dollars)| at(hour as u64, *dollars)).collect();
        let mut highest = 0.0_f64;
        for (index, (_, later)) in equity.iter().enumerate() {
            for (_, earlier) in &equity[..index] {
                highest = highest.max(1.0 - later.to_f64() / earlier.to_f64());
            }
        }
        let found = drawdown_max(&equity).map_or(0.0, |deepest| deepest.ratio);
        prop_assert!((found - highest).abs() < 1e-9);
    }
}
