//! Units in text are read exactly or refused.

use proptest::prelude::*;
use quorate_backtest::input::{
    TimeUnit, format_micros, format_rfc3339, parse_duration, parse_micros, parse_money,
    parse_price, parse_probability, parse_ratio, parse_rfc3339,
};

#[test]
fn durations_need_units_in_falling_order() {
    for (text, nanos) in [
        ("5s", 5_000_000_000),
        ("250ms", 250_000_000),
        ("2h", 7_200_000_000_000),
        ("1d", 86_400_000_000_000),
        ("1.5s", 1_500_000_000),
        ("1h30m", 5_400_000_000_000),
        ("7us", 7_000),
        ("0s", 0),
    ] {
        assert_eq!(parse_duration(text), Ok(nanos), "{text}");
    }
    for text in [
        "",
        "5",
        "s",
        "5 s",
        "-5s",
        "5x",
        "1m1h",
        "1s1s",
        "0.5ns",
        "99999999d",
        "1.2.3s",
        "5S",
    ] {
        assert!(parse_duration(text).is_err(), "{text}");
    }
}

#[test]
fn money_prices_and_ratios_keep_every_digit() {
    assert_eq!(parse_money("$250"), Ok(250_000_000));
    assert_eq!(parse_money("$0.000001"), Ok(1));
    assert_eq!(parse_price("10c"), Ok(100_000));
    assert_eq!(parse_price("0.25c"), Ok(2_500));
    assert_eq!(parse_price("0.5"), Ok(500_000));
    assert_eq!(parse_price("$0.5"), Ok(500_000));
    assert_eq!(parse_micros("-1e-6"), Ok(-1));
    assert_eq!(parse_ratio("2.5%"), Ok(0.025));
    assert_eq!(parse_ratio("0.025"), Ok(0.025));
    assert_eq!(parse_probability("1e-05"), Ok(0.00001));
}

#[test]
fn unclear_or_impossible_numbers_are_refused() {
    for text in [
        "250",
        "$-5",
        "$1,000",
        "$0.0000001",
        "$nan",
        "$",
        "$1e40",
        "$9999999999999999",
    ] {
        assert!(parse_money(text).is_err(), "{text}");
    }
    for text in [
        "1.7",
        "-0.1",
        "0.1234567",
        "inf",
        "",
        "c",
        ".",
        "0.50000000000000000000000000000001e0",
        "1e-999999999",
        "5e4294967296",
        "5_0c",
        "+0.5",
        "0,5",
    ] {
        assert!(parse_price(text).is_err(), "{text}");
    }
    for text in ["-1%", "nan", "%", "2.5 percent", "1e999"] {
        assert!(parse_ratio(text).is_err(), "{text}");
    }
    for text in ["nan", "inf", "1.0001", "-0.1", "infinity", "", "0x1"] {
        assert!(parse_probability(text).is_err(), "{text}");
    }
}

#[test]
fn times_need_a_zone() {
    assert_eq!(
        parse_rfc3339("2024-11-05T00:00:00Z"),
        Ok(1_730_764_800_000_000_000)
    );
    assert_eq!(
        parse_rfc3339("2024-11-05T01:00:00+01:00"),
        Ok(1_730_764_800_000_000_000)
    );
    assert_eq!(
        parse_rfc3339("2024-11-05 00:00:00.5Z"),
        Ok(1_730_764_800_500_000_000)
    );
    for text in [
        "2024-11-05",
        "2024-11-05T00:00:00",
        "1969-12-31T23:59:59Z",
        "2600-01-01T00:00:00Z",
        "2024-13-05T00:00:00Z",
        "2024-11-05T00:00:00Z[UTC]",
        "yesterday",
    ] {
        assert!(parse_rfc3339(text).is_err(), "{text}");
    }
}

#[test]
fn the_size_of_a_number_tells_its_unit() {
    let units = [
        1_730_764_800,
        1_730_764_800_000,
        1_730_764_800_000_000,
        1_730_764_800_000_000_000,
    ];
    let names = units.map(|value| TimeUnit::of_magnitude(value).name());
    assert_eq!(
        names,
        ["seconds", "milliseconds", "microseconds", "nanoseconds"]
    );
}

proptest! {
    #[test]
    fn micros_and_times_read_back_as_written(micros in any::<i64>(), nanos in any::<u64>()) {
        prop_assert_eq!(parse_micros(&format_micros(micros)), Ok(micros));
        prop_assert_eq!(parse_rfc3339(&format_rfc3339(nanos)), Ok(nanos));
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "[0-9a-zA-Z$%.,:+\\-_ éc]{0,24}") {
        let _ = parse_duration(&text);
        let _ = parse_money(&text);
        let _ = parse_price(&text);
        let _ = parse_ratio(&text);
        let _ = parse_probability(&text);
        let _ = parse_rfc3339(&text);
    }
}
