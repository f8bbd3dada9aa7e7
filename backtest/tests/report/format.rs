//! Numbers and instants are written the same way everywhere.

use quorate_backtest::report::format;
use quorate_domain::{Cash, Price, Shares, Timestamp};

#[test]
fn money_has_two_decimals_and_separators() {
    let micros = Cash::from_micros;
    assert_eq!(format::money(micros(1_234_567_890_000)), "$1,234,567.89");
    assert_eq!(format::money(micros(-999_995_000)), "-$1,000.00");
    assert_eq!(format::money(micros(4_999)), "$0.00");
    assert_eq!(format::money(micros(-4_999)), "$0.00");
    assert_eq!(format::money(micros(i64::MIN)), "-$9,223,372,036,854.78");
}

#[test]
fn a_sign_stands_only_before_what_is_not_zero() {
    assert_eq!(format::money_signed(Cash::whole(5)), "+$5.00");
    assert_eq!(format::money_signed(Cash::from_micros(1)), "$0.00");
    assert_eq!(format::percent_signed(0.041_25), "+4.12%");
    assert_eq!(format::percent_signed(-0.000_001), "0.00%");
    assert_eq!(format::signed(0.000_01, 3), "0.000");
}

#[test]
fn prices_keep_three_decimals_and_finer_ticks() {
    let price = |text| format::price(Price::parse(text).unwrap());
    assert_eq!(
        (price("0.6"), price("0.0125")),
        ("0.600".to_owned(), "0.0125".to_owned())
    );
    assert_eq!(format::per_share(Cash::from_micros(-1_020_000)), "-1.020");
}

#[test]
fn counts_and_shares_are_grouped_by_thousands() {
    assert_eq!(format::count(999), "999");
    assert_eq!(format::count(1_000), "1,000");
    assert_eq!(format::count(u64::MAX), "18,446,744,073,709,551,615");
    assert_eq!(
        format::shares(Shares::from_micros(1_250_005_000)),
        "1,250.01"
    );
}

#[test]
fn instants_are_utc() {
    let at = Timestamp::from_secs(1_730_829_600);
    assert_eq!(format::date(at), "2024-11-05");
    assert_eq!(format::date_time(at), "2024-11-05 18:00:00");
    assert_eq!(format::date(Timestamp::from_nanos(u64::MAX)), "2554-07-21");
}

#[test]
fn spans_use_the_largest_unit_that_says_enough() {
    let span = |seconds| format::span(Timestamp::from_secs(0), Timestamp::from_secs(seconds));
    assert_eq!(span(122 * 86_400), "122 days");
    assert_eq!(span(36 * 3_600), "36 hours");
    assert_eq!(span(150), "3 minutes");
    assert_eq!(span(90), "90 seconds");
}

#[test]
fn what_is_absent_is_a_dash() {
    assert_eq!(
        format::or_dash(None::<f64>, |value| format::fixed(value, 2)),
        "-"
    );
    assert_eq!(
        format::or_dash(Some(1.005), |value| format::fixed(value, 1)),
        "1.0"
    );
}
