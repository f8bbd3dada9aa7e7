//! Reference tables: round trips, and a prediction that does not say when it was known.

use std::sync::Arc;

use arrow::array::{Float64Array, StringArray};
use quorate_backtest::archive::AssetId;
use quorate_backtest::archive::tables::{
    MARKETS_FILE, MarketRow, PREDICTIONS_FILE, PredictionRow, RESOLUTIONS_FILE, ResolutionRow,
    read_markets, read_markets_csv, read_predictions, read_resolutions, write_markets,
    write_predictions, write_resolutions,
};
use quorate_domain::{Payout, Shares, TickSize, Timestamp};

use crate::common::{NO, START, YES, condition, parquet_file};

fn market() -> MarketRow {
    let id = |text: &str| AssetId::parse(text).unwrap();
    let mut row = MarketRow::new(condition(), id(YES), id(NO), "coin".into());
    row.question = "Heads?".into();
    row.event = Some("coins".into());
    row.neg_risk = true;
    row.neg_risk_market_id = Some("0x1".into());
    row.fee_rate_ppm = 70_000;
    row.tick = TickSize::from_micros(2_500).unwrap();
    row.shares_min = Shares::parse("0.000001").unwrap();
    row.ends_at = Some(Timestamp::from_nanos(START));
    row
}

#[test]
fn markets_resolutions_and_predictions_come_back_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let resolution = ResolutionRow {
        condition: condition(),
        resolved_at: Timestamp::from_nanos(START + 1),
        payout: Payout::from_micros(333_333).unwrap(),
        source: "chain".into(),
    };
    let prediction = PredictionRow {
        topic: "t".into(),
        condition: condition(),
        model: "m".into(),
        available_at: Timestamp::from_nanos(START + 7),
        target_at: Some(Timestamp::from_nanos(START + 9)),
        probability: 0.1 + 0.2,
        deviation: Some(0.01),
        meta: None,
    };
    assert_eq!(read_markets(folder.path()).unwrap(), []);
    write_markets(folder.path(), &[market()]).unwrap();
    write_resolutions(folder.path(), std::slice::from_ref(&resolution)).unwrap();
    write_predictions(folder.path(), std::slice::from_ref(&prediction)).unwrap();
    assert_eq!(read_markets(folder.path()).unwrap(), [market()]);
    assert_eq!(read_resolutions(folder.path()).unwrap(), [resolution]);
    assert_eq!(read_predictions(folder.path()).unwrap(), [prediction]);
    let sizes = [MARKETS_FILE, RESOLUTIONS_FILE, PREDICTIONS_FILE]
        .map(|name| folder.path().join(name).exists());
    assert_eq!(sizes, [true; 3]);
}

#[test]
fn predictions_without_the_time_of_availability_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = |word: &str| Arc::new(StringArray::from(vec![word.to_owned()]));
    let path = parquet_file(
        &folder.path().join(PREDICTIONS_FILE),
        vec![
            ("topic_id", text("t")),
            ("condition_id", text(condition().as_str())),
            ("model_id", text("m")),
            ("prob", Arc::new(Float64Array::from(vec![0.5]))),
        ],
        &[],
    );
    let errors = read_predictions(folder.path()).unwrap_err();
    let error = errors.iter().next().unwrap();
    assert_eq!((error.code, error.exit.code()), ("no-ts-available", 10));
    assert_eq!(
        error.file.as_deref(),
        Some(path.display().to_string().as_str())
    );
}

#[test]
fn a_probability_that_is_none_is_located() {
    for value in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        let folder = tempfile::tempdir().unwrap();
        let row = |probability: f64| PredictionRow {
            topic: "t".into(),
            condition: condition(),
            model: "m".into(),
            available_at: Timestamp::from_nanos(START),
            target_at: None,
            probability,
            deviation: None,
            meta: None,
        };
        write_predictions(folder.path(), &[row(0.5), row(value)]).unwrap();
        let errors = read_predictions(folder.path()).unwrap_err();
        assert!(
            errors
                .iter()
                .next()
                .unwrap()
                .message
                .contains("row 1, column prob"),
            "{value}"
        );
    }
}

#[test]
fn a_table_of_markets_reports_every_mistake_at_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.csv");
    let text = format!(
        "condition_id,yes_asset_id,no_asset_id,slug,tick,fee_rate\n0x12,1,2,a,0.01,0\n{0},x,2,b,0.01,0\n{0},1,2,c,0.03,0\n",
        condition()
    );
    std::fs::write(&path, text).unwrap();
    let errors = read_markets_csv(&path).unwrap_err();
    let found: Vec<_> = errors
        .iter()
        .map(|error| (error.code, error.line.unwrap()))
        .collect();
    assert_eq!(
        found,
        [("bad-market-id", 2), ("bad-token-id", 3), ("bad-tick", 4)]
    );
}
