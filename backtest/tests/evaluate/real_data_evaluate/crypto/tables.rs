//! Tables the evaluation of the five-minute windows starts from: a model's column, and the profit of resting quotes.

use std::collections::BTreeMap;
use std::path::Path;

use quorate_backtest::evaluate::{Table, TableRow};
use quorate_domain::math::normal_cdf;

const WINDOW_S: i64 = 300;
const LADDER: &str = "btc_updown_5m_ladder_2026-07";
const TAKER_RATE: f64 = 0.07;
const MAKER_SHARE_OF_FEE: f64 = 0.2;

/// Writes `samples.csv`: the book samples with the model's probability, and 0.99 on sides that are empty late on.
pub(crate) fn write_samples(data: &Path, folder: &Path) {
    let samples = Table::read(&data.join(LADDER).join("book_samples.csv.gz")).unwrap();
    let windows = Table::read(&data.join(LADDER).join("windows.csv")).unwrap();
    let opens: BTreeMap<i64, f64> = windows
        .rows
        .iter()
        .map(|row| {
            (
                whole(&windows, row, "window_start"),
                figure(&windows, row, "open_px").unwrap(),
            )
        })
        .collect();
    let mut header = samples.header.clone();
    header.extend(["p_gbm", "empty_up", "empty_down"].map(str::to_owned));
    let rows = samples.rows.iter().map(|row| {
        let p = random_walk(&samples, row, &opens)
            .map(|p| p.to_string())
            .unwrap_or_default();
        let (up, down) = empty_sides(&samples, row);
        let mut cells = row.cells.clone();
        cells.extend([p, up, down]);
        cells
    });
    write(&folder.join("samples.csv"), &header, rows);
}

/// Probability that a driftless random walk ends above the opening price, with the volatility of the last hour.
fn random_walk(table: &Table, row: &TableRow, opens: &BTreeMap<i64, f64>) -> Option<f64> {
    let window = whole(table, row, "window_start");
    let past: Option<Vec<f64>> = (0..=12)
        .map(|k| opens.get(&(window - WINDOW_S * k)).copied())
        .collect();
    let past = past?;
    let steps: Vec<f64> = past
        .windows(2)
        .map(|pair| (pair[0] / pair[1]).ln())
        .collect();
    let mean = steps.iter().sum::<f64>() / 12.0;
    let variance = steps.iter().map(|step| (step - mean).powi(2)).sum::<f64>() / 11.0;
    let left = -figure(table, row, "t_rel_end")? / WINDOW_S as f64;
    let moved = (figure(table, row, "spot")? / past[0]).ln();
    Some(normal_cdf(moved / (variance.sqrt() * left.sqrt())))
}

/// 0.99 for the one side without an ask, from 30 seconds before the end on.
fn empty_sides(table: &Table, row: &TableRow) -> (String, String) {
    let late = whole(table, row, "offset_s") <= 30;
    let (up, down) = (figure(table, row, "up_ask"), figure(table, row, "down_ask"));
    let cost = |empty: bool| {
        if empty {
            "0.99".to_owned()
        } else {
            String::new()
        }
    };
    let one = late && up.is_some() != down.is_some();
    (cost(one && up.is_none()), cost(one && down.is_none()))
}

/// Windows in which quotes rested, and those in which only the losing side was filled.
#[derive(Clone, Copy)]
pub(crate) struct MakerWindows {
    pub(crate) all: usize,
    pub(crate) lost_one_sided: usize,
}

/// A filled quote: its profit per share with the maker's rebate, and whether its side won.
struct Fill {
    profit: f64,
    won: bool,
    winner: String,
}

/// Writes `maker.csv`: one row per filled share, the pair's profit on the first row of a window filled on both sides.
pub(crate) fn write_maker_fills(data: &Path, folder: &Path) -> MakerWindows {
    let probe = Table::read(&data.join(LADDER).join("maker_probe.csv")).unwrap();
    let mut windows: BTreeMap<i64, Vec<Fill>> = BTreeMap::new();
    for row in &probe.rows {
        let fills = windows
            .entry(whole(&probe, row, "window_start"))
            .or_default();
        fills.extend(fill(&probe, row));
    }
    let header = [
        "time",
        "window_start",
        "winner",
        "one_sided",
        "pair",
        "filled_share",
        "fills",
    ];
    let mut rows = Vec::new();
    for (window, fills) in &windows {
        let total: f64 = fills.iter().map(|fill| fill.profit).sum();
        for (index, fill) in fills.iter().enumerate() {
            let when = |holds: bool, value: f64| {
                if holds {
                    value.to_string()
                } else {
                    String::new()
                }
            };
            rows.push(vec![
                window.to_string(),
                window.to_string(),
                fill.winner.clone(),
                when(fills.len() == 1, fill.profit),
                when(fills.len() == 2 && index == 0, total),
                fill.profit.to_string(),
                fills.len().to_string(),
            ]);
        }
    }
    write(
        &folder.join("maker.csv"),
        &header.map(str::to_owned),
        rows.into_iter(),
    );
    let lost = windows
        .values()
        .filter(|fills| fills.len() == 1 && !fills[0].won)
        .count();
    MakerWindows {
        all: windows.len(),
        lost_one_sided: lost,
    }
}

fn fill(table: &Table, row: &TableRow) -> Option<Fill> {
    if text(table, row, "filled")? != "true" {
        return None;
    }
    let quote = figure(table, row, "quote")?;
    let winner = text(table, row, "winner")?.to_owned();
    let won = text(table, row, "side")? == winner;
    let rebate = MAKER_SHARE_OF_FEE * TAKER_RATE * quote * (1.0 - quote);
    Some(Fill {
        profit: f64::from(u8::from(won)) - quote + rebate,
        won,
        winner,
    })
}

fn text<'t>(table: &Table, row: &'t TableRow, column: &str) -> Option<&'t str> {
    row.cell(table.column(column).unwrap())
}

fn figure(table: &Table, row: &TableRow, column: &str) -> Option<f64> {
    text(table, row, column).map(|text| text.parse().unwrap())
}

fn whole(table: &Table, row: &TableRow, column: &str) -> i64 {
    text(table, row, column).unwrap().parse().unwrap()
}

fn write(path: &Path, header: &[String], rows: impl Iterator<Item = Vec<String>>) {
    let mut writer = csv::Writer::from_path(path).unwrap();
    writer.write_record(header).unwrap();
    for row in rows {
        writer.write_record(&row).unwrap();
    }
    writer.flush().unwrap();
}
