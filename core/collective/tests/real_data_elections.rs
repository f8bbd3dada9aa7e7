//! Real elections of 2020 and 2024: models against market prices, blended by the fixed form at several weights. The
//! recordings are not shipped; the tests say so when they are absent.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::PathBuf;
use std::process::Command;

use quorate_collective::quality::quality;
use quorate_collective::simple::{logit_pool, mean_pool};
use quorate_collective::{Pool, Quantity, SchemeSpec};

type Row = std::collections::BTreeMap<String, String>;

fn folder() -> PathBuf {
    std::env::var_os("QUORATE_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    )
}

#[allow(clippy::print_stdout, reason = "a skipped test says so")]
fn rows(name: &str) -> Option<Vec<Row>> {
    let path = folder().join(name);
    let unpacked = Command::new("gzip").arg("-dc").arg(&path).output();
    let text = match unpacked {
        Ok(output) if output.status.success() => output.stdout,
        _ => {
            println!(
                "SKIPPED: {} can not be read; set QUORATE_DATA to run it",
                path.display()
            );
            return None;
        }
    };
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let header = reader.headers().unwrap().clone();
    let pair = |record: csv::StringRecord| -> Row {
        header
            .iter()
            .map(String::from)
            .zip(record.iter().map(String::from))
            .collect()
    };
    Some(
        reader
            .records()
            .map(|record| pair(record.unwrap()))
            .collect(),
    )
}

fn number(row: &Row, column: &str) -> Option<f64> {
    row[column].parse().ok()
}

/// Model value, market price and outcome of every row that has all models and a market.
fn triples(
    rows: &[Row],
    models: &[&str],
    market: impl Fn(&Row) -> Option<f64>,
) -> Vec<(Vec<Option<f64>>, f64, f64)> {
    let triple = |row: &Row| {
        let x: Vec<Option<f64>> = models.iter().map(|model| number(row, model)).collect();
        let is_complete = x.iter().all(Option::is_some);
        let outcome = number(row, "dem_won")?;
        if is_complete {
            Some((x, market(row)?, outcome))
        } else {
            None
        }
    };
    rows.iter().filter_map(triple).collect()
}

/// Brier score of the fixed blend at a weight of the models' mean.
fn blended(triples: &[(Vec<Option<f64>>, f64, f64)], weight: f64) -> f64 {
    let pair = |(x, market, outcome): &(Vec<Option<f64>>, f64, f64)| {
        (logit_pool(mean_pool(x).unwrap(), *market, weight), *outcome)
    };
    quality(&triples.iter().map(pair).collect::<Vec<_>>())
        .unwrap()
        .brier
}

fn assert_scores(triples: &[(Vec<Option<f64>>, f64, f64)], events: usize, want: [f64; 5]) {
    assert_eq!(triples.len(), events);
    for (want, weight) in want.into_iter().zip([0.0, 0.25, 0.5, 0.75, 1.0]) {
        let got = blended(triples, weight);
        assert!(
            (got - want).abs() <= 1e-4,
            "weight {weight}: {got}, want {want}"
        );
    }
}

#[test]
fn real_data_2020_models_improve_the_market() {
    let Some(rows) = rows("us2020_president_predictit/aligned_snapshots.csv.gz") else {
        return;
    };
    let mid = |row: &Row| Some(0.5 * (number(row, "dem_yes_bid")? + number(row, "dem_yes_ask")?));
    let triples = triples(&rows, &["p_fte538", "p_economist"], mid);
    assert_scores(&triples, 2_970, [0.0441, 0.0404, 0.0380, 0.0366, 0.0357]);
    assert_blend_is_between(&triples);
}

#[test]
fn real_data_2024_models_do_not_improve_the_market() {
    let Some(rows) = rows("us2024_president/aligned_daily.csv.gz") else {
        return;
    };
    let models = ["p_fte538", "p_rieke", "p_manifold"];
    let triples = triples(&rows, &models, |row| number(row, "mkt_p_dem"));
    let events = triples.len();
    assert_scores(&triples, events, [0.0327, 0.0340, 0.0355, 0.0372, 0.0392]);
    assert_blend_is_between(&triples);
}

/// Before anything resolved, the market blend for elections lies between market and models on every real row.
fn assert_blend_is_between(triples: &[(Vec<Option<f64>>, f64, f64)]) {
    let mut pool: Pool = SchemeSpec::elections()
        .build(Quantity::Probability)
        .unwrap();
    (0..triples[0].0.len()).for_each(|_| {
        pool.register();
    });
    for (x, market, _) in triples {
        let combined = pool.predict(x, Some(*market));
        let (value, pooled) = (combined.value.unwrap(), combined.inner.unwrap());
        let (low, high) = (market.min(pooled.max(0.01)), market.max(pooled.min(0.99)));
        assert!(
            low - 1e-12 <= value && value <= high + 1e-12,
            "{market} {pooled} {value}"
        );
    }
}
