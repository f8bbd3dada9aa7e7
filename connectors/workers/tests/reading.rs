//! Reading answers: what counts as a number, what is refused and under which name, and that nothing panics.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use quorate_domain::Timestamp;
use quorate_workers::reply::{Shape, read_forecast, read_value};
use quorate_workers::{Fault, FaultKind, JsonPath, Quantity, range, time};

fn value(text: &str) -> Result<f64, Fault> {
    let shape = Shape {
        label_name: "ETH",
        ..Shape::default()
    };
    let said = read_value(text.as_bytes(), shape)?;
    range::check(Quantity::Probability, said.value)
}

fn kind(text: &str) -> FaultKind {
    value(text).unwrap_err().kind()
}

#[test]
fn a_number_may_come_as_text_or_json_in_any_of_the_agreed_places() {
    for text in [
        "0.57",
        " 0.57\r\n",
        "\u{feff}0.57",
        "5.7e-1",
        "\"0.57\"",
        "{\"value\": 0.57}",
        "{\"value\": \"0.57\", \"model\": \"x\"}",
        "{\"ETH\": 0.57}",
    ] {
        assert_eq!(value(text), Ok(0.57), "{text}");
    }
}

#[test]
fn what_is_no_probability_is_refused_under_its_name() {
    for (text, expected) in [
        ("NaN", FaultKind::NotFinite),
        ("-inf", FaultKind::NotFinite),
        ("1e999", FaultKind::NotFinite),
        ("{\"value\": 1e999}", FaultKind::NotFinite),
        ("{\"value\": NaN}", FaultKind::NotFinite),
        ("{\"value\": -Infinity}", FaultKind::NotFinite),
        ("{\"value\": \"nan\"}", FaultKind::NotFinite),
        ("-0.01", FaultKind::OutOfRange),
        ("1.0000001", FaultKind::OutOfRange),
        ("1e300", FaultKind::OutOfRange),
        ("57", FaultKind::WrongUnit),
        ("57 %", FaultKind::WrongUnit),
        ("{\"value\": \"57%\"}", FaultKind::WrongUnit),
        ("5700", FaultKind::WrongUnit),
        ("570000", FaultKind::WrongUnit),
        ("570000000000000000", FaultKind::WrongUnit),
        ("", FaultKind::Malformed),
        ("0,57", FaultKind::Malformed),
        ("yes", FaultKind::Malformed),
        ("true", FaultKind::Malformed),
        ("null", FaultKind::Malformed),
        ("[0.57]", FaultKind::Malformed),
        ("{\"error\": \"NaN\"}", FaultKind::Malformed),
        ("{\"value\": ", FaultKind::Malformed),
        ("<!doctype html><p>502</p>", FaultKind::Malformed),
    ] {
        assert_eq!(kind(text), expected, "{text}");
    }
}

#[test]
fn the_unit_that_explains_a_value_is_named() {
    for (text, unit) in [
        ("57", "percent"),
        ("5700", "basis points"),
        ("570000", "10^6"),
        ("570000000000000000", "10^18"),
    ] {
        let message = value(text).unwrap_err().to_string();
        assert!(message.contains(unit), "{message}");
    }
}

#[test]
fn every_quantity_has_its_own_range() {
    let kind = |quantity, value| range::check(quantity, value).map_err(|fault| fault.kind());
    assert_eq!(kind(Quantity::Price, 64_000.5), Ok(64_000.5));
    assert_eq!(kind(Quantity::Price, 0.0), Err(FaultKind::OutOfRange));
    assert_eq!(kind(Quantity::Price, 3.1e21), Err(FaultKind::WrongUnit));
    assert_eq!(kind(Quantity::LogReturn, -0.02), Ok(-0.02));
    assert_eq!(
        kind(Quantity::LogReturn, 64_000.0),
        Err(FaultKind::OutOfRange)
    );
    assert_eq!(kind(Quantity::LogReturn, -2e16), Err(FaultKind::WrongUnit));
    assert_eq!(kind(Quantity::Volatility, 0.0), Ok(0.0));
    assert_eq!(kind(Quantity::Volatility, -0.1), Err(FaultKind::OutOfRange));
}

#[test]
fn a_path_names_one_place_and_an_old_time_beside_it_is_read() {
    let body = br#"{"result": {"items": [{"p 1": 0.25, "at": 1700000000.5}]}}"#;
    let value_path: JsonPath = "$.result.items[0]['p 1']".parse().unwrap();
    let time_path: JsonPath = "$.result.items[0].at".parse().unwrap();
    let shape = Shape {
        value_path: Some(&value_path),
        time_path: Some(&time_path),
        label_name: "",
    };
    let said = read_value(body, shape).unwrap();
    assert_eq!(said.value, 0.25);
    assert_eq!(
        said.published_at,
        Some(Timestamp::from_nanos(1_700_000_000_500_000_000))
    );
    assert_eq!(
        read_value(b"{\"result\": {}}", shape).unwrap_err().kind(),
        FaultKind::Malformed
    );
}

#[test]
fn a_promised_time_that_is_absent_is_a_fault() {
    let time_path: JsonPath = "$.at".parse().unwrap();
    let shape = Shape {
        time_path: Some(&time_path),
        ..Shape::default()
    };
    assert_eq!(
        read_value(b"{\"value\": 0.5}", shape).unwrap_err().kind(),
        FaultKind::Malformed
    );
}

#[test]
fn paths_that_are_none_are_refused_with_their_place() {
    for (text, at) in [
        ("a.b", 1),
        ("$.", 2),
        ("$.a[x]", 4),
        ("$.a[-1]", 4),
        ("$['a", 2),
        ("$a", 2),
    ] {
        assert_eq!(text.parse::<JsonPath>().unwrap_err().at, at, "{text}");
    }
}

#[test]
fn of_a_forecast_the_first_loss_counts_and_empty_lists_are_skipped() {
    let losses =
        read_forecast(br#"{"allo1a": [0.5, 9], "allo1b": [], "c": "-1.25", "d": 2}"#).unwrap();
    let listed: Vec<_> = losses
        .iter()
        .map(|(name, loss)| (name.as_str(), *loss))
        .collect();
    assert_eq!(listed, [("allo1a", 0.5), ("c", -1.25), ("d", 2.0)]);
    for (body, expected) in [
        ("{}", FaultKind::Malformed),
        ("{\"a\": []}", FaultKind::Malformed),
        ("[1]", FaultKind::Malformed),
        ("{\"a\": [NaN]}", FaultKind::NotFinite),
        ("{\"a\": [0.5], \"b\": [\"inf\"]}", FaultKind::NotFinite),
    ] {
        assert_eq!(
            read_forecast(body.as_bytes()).unwrap_err().kind(),
            expected,
            "{body}"
        );
    }
}

#[test]
fn times_are_read_in_every_unit_and_ambiguous_ones_refused() {
    let instant = Timestamp::from_nanos(1_730_764_800_123_000_000);
    for text in [
        "2024-11-05T00:00:00.123Z",
        "2024-11-05T01:00:00.123+01:00",
        "1730764800.123",
        "1730764800123",
        "1730764800123000",
        "1730764800123000000",
    ] {
        assert_eq!(time::parse(text), Ok(instant), "{text}");
    }
    for text in [
        "20241105",
        "2024-11-05T00:00:00",
        "2024-11-05",
        "",
        ".",
        "-1",
        "1e9",
        "yesterday",
    ] {
        assert!(time::parse(text).is_err(), "{text}");
    }
    assert_eq!(time::parse(&time::rfc3339(instant)), Ok(instant));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic_and_never_pass_as_an_impossible_probability(
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        holds(&body)?;
    }

    #[test]
    fn nor_does_text_that_is_nearly_an_answer(
        body in "[\\[\\]{}\",:. %0-9eE+\\-naNifI\\\\]{0,40}|\\{\"value\": ?\"?[-0-9.eEnaN]{1,12}%?\"?\\}",
    ) {
        holds(body.as_bytes())?;
    }

    #[test]
    fn every_finite_number_reads_back_or_is_refused(value in any::<f64>()) {
        let body = value.to_string();
        match read_value(body.as_bytes(), Shape::default()) {
            Ok(said) => prop_assert_eq!(said.value, value),
            Err(fault) => prop_assert!(!value.is_finite() && fault.kind() == FaultKind::NotFinite),
        }
    }

    #[test]
    fn arbitrary_text_is_never_a_path_or_time_that_panics(text in "\\PC{0,60}|\\$[.\\[\\]'a-z0-9]{0,20}|[0-9.]{0,30}") {
        if let Ok(path) = text.parse::<JsonPath>() {
            let shown = path.to_string();
            prop_assert_eq!(shown.parse::<JsonPath>().ok(), Some(path));
        }
        let _ = time::parse(&text);
    }
}

fn holds(body: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(said) = read_value(body, Shape::default()) {
        prop_assert!(said.value.is_finite());
        if let Ok(value) = range::check(Quantity::Probability, said.value) {
            prop_assert!((0.0..=1.0).contains(&value) && value.is_sign_positive());
        }
    }
    if let Ok(losses) = read_forecast(body) {
        prop_assert!(!losses.is_empty() && losses.values().all(|loss| loss.is_finite()));
    }
    Ok(())
}
