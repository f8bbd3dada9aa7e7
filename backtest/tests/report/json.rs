//! The JSON report is stable, exact about money, and read back as it was written.

use crate::common::{empty_report, sample_report};
use quorate_backtest::report::json::{JsonError, from_json, to_json};

#[test]
fn a_report_read_back_writes_the_same_bytes() {
    let report = sample_report(24);
    let text = to_json(&report).unwrap();
    let again = from_json(&text).unwrap();
    assert_eq!(to_json(&again).unwrap(), text);
    assert_eq!(again.run, report.run);
    assert_eq!(again.markets, report.markets);
    assert_eq!(again.variants[0].equity, report.variants[0].equity);
    assert_eq!(again.fills.len(), report.fills.len());
}

#[test]
fn an_empty_report_is_read_back_too() {
    let report = empty_report();
    assert_eq!(from_json(&to_json(&report).unwrap()).unwrap(), report);
}

#[test]
fn the_layout_names_its_version_and_units() {
    let value: serde_json::Value =
        serde_json::from_str(&to_json(&sample_report(24)).unwrap()).unwrap();
    assert_eq!(value["schema"], 2);
    assert_eq!(value["units"]["money"], "micro-dollars");
    assert_eq!(value["report"]["run"]["started_at"], "2026-03-01T00:00:00Z");
    assert_eq!(value["report"]["run"]["bankroll"], 10_000_000_000_u64);
    assert_eq!(value["report"]["variants"][0]["kind"], "collective");
    assert!(value["report"]["markets"][0]["resolved_at"].is_string());
}

#[test]
fn rows_of_tables_stand_on_lines_of_their_own() {
    let report = sample_report(24);
    let text = to_json(&report).unwrap();
    let rows = text
        .lines()
        .filter(|line| line.contains("\"liquidity\""))
        .count();
    assert_eq!(rows, report.fills.len());
}

#[test]
fn another_layout_is_refused_by_its_version() {
    let text = to_json(&empty_report())
        .unwrap()
        .replace("\"schema\": 2", "\"schema\": 3");
    assert!(matches!(
        from_json(&text),
        Err(JsonError::Schema { found: 3 })
    ));
}

#[test]
fn text_that_is_no_report_is_refused() {
    for text in [
        "",
        "{}",
        "[2]",
        "{\"schema\": 2}",
        "{\"schema\": 2, \"report\": {\"run\": 3}}",
    ] {
        assert!(
            matches!(from_json(text), Err(JsonError::Shape(_))),
            "{text}"
        );
    }
}

#[test]
fn values_out_of_range_are_refused() {
    let text = to_json(&sample_report(24))
        .unwrap()
        .replacen("\"price\": ", "\"price\": 9", 1);
    assert!(matches!(from_json(&text), Err(JsonError::Shape(_))));
}
