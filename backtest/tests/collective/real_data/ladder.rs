//! Bitcoin going up or down within five minutes: a random walk with two lengths of memory, and the depth of the book.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use quorate_backtest::evaluate::{Table, TableRow};
use quorate_domain::math::normal_cdf;

use super::{data, ours_less, replayed};

const FOLDER: &str = "btc_updown_5m_ladder_2026-07";
const WINDOW_S: i64 = 300;

const LADDER: &str = r#"
name = "BTC five-minute ladder 2026"
table = "samples.csv"
outcomes = "outcomes.csv"
batch_by = "time"
[columns]
outcome_yes = "UP"
outcome_no = "DOWN"
"#;

#[test]
fn collective_real_data_btc_ladder() {
    let Some(data) = data() else { return };
    let temp = tempfile::tempdir().unwrap();
    write_tables(&data, temp.path());
    let report = replayed(&data, temp.path(), LADDER);
    assert!(100 < report.batches, "every window is its own cause");
    let random_walk = report.named("walk_12").unwrap();
    assert!(0.0 < random_walk.loss_against_market.unwrap().mean);
    // Two hundred windows do not teach more than the price knows; they must not cost more than a little either.
    let market = ours_less(&report, "market");
    assert!(market < 0.02, "{market}");
}

fn write_tables(data: &Path, folder: &Path) {
    let samples = Table::read(&data.join(FOLDER).join("book_samples.csv.gz")).unwrap();
    let windows = Table::read(&data.join(FOLDER).join("windows.csv")).unwrap();
    let mut opens = BTreeMap::new();
    let mut outcomes = "event,outcome,resolved_at\n".to_owned();
    for row in &windows.rows {
        let start = figure(&windows, row, "window_start").unwrap() as i64;
        opens.insert(start, figure(&windows, row, "open_px").unwrap());
        let winner = row.cell(windows.column("winner").unwrap()).unwrap();
        writeln!(outcomes, "{start},{winner},{}", start + WINDOW_S).unwrap();
    }
    std::fs::write(folder.join("outcomes.csv"), outcomes).unwrap();
    let mut table = "event,predicted_at,bid,ask,walk_12,walk_3,depth\n".to_owned();
    for row in &samples.rows {
        let get = |name: &str| figure(&samples, row, name);
        let text = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
        let start = get("window_start").unwrap() as i64;
        let walk = |steps: i64| random_walk(&samples, row, &opens, start, steps);
        // Resting demand for UP as a share of all: a naive reading of the book.
        let depth = get("up_bid_depth").zip(get("up_ask_depth"));
        let depth = depth.and_then(|(b, a)| (0.0 < b + a).then(|| b / (b + a)));
        writeln!(
            table,
            "{start},{},{},{},{},{},{}",
            get("ts").unwrap(),
            text(get("up_bid")),
            text(get("up_ask")),
            text(walk(12)),
            text(walk(3)),
            text(depth)
        )
        .unwrap();
    }
    std::fs::write(folder.join("samples.csv"), table).unwrap();
}

/// Probability that a driftless random walk ends above the opening price, with the volatility of the last `steps` windows.
fn random_walk(
    table: &Table,
    row: &TableRow,
    opens: &BTreeMap<i64, f64>,
    start: i64,
    steps: i64,
) -> Option<f64> {
    let past: Option<Vec<f64>> = (0..=steps)
        .map(|k| opens.get(&(start - WINDOW_S * k)).copied())
        .collect();
    let past = past?;
    let moves = past.windows(2).map(|pair| (pair[0] / pair[1]).ln());
    let variance = moves.map(|step| step * step).sum::<f64>() / steps as f64;
    let left = -figure(table, row, "t_rel_end")? / WINDOW_S as f64;
    let moved = (figure(table, row, "spot")? / past[0]).ln();
    Some(normal_cdf(moved / (variance * left).sqrt()))
}

fn figure(table: &Table, row: &TableRow, column: &str) -> Option<f64> {
    row.cell(table.column(column).unwrap())?.parse().ok()
}
