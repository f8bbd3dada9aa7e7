//! Recorded markets and forecasts through the whole engine: what an honest backtest finds.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a failed unwrap is a failed test; skips are said aloud"
)]

mod sets;

use std::path::Path;

use quorate_backtest::replay::{Progress, RunSpec, read_run_file, run};
use quorate_backtest::report::model::{RunMode, RunReport, VariantKind};
use quorate_backtest::report::terminal::to_text;
use quorate_backtest::tape::{LoadedTape, load};

/// Every election in one way: limits wide open, so that the forecasts decide the result and not a halt.
pub(crate) const ELECTION_RUN: &str = r#"
run_version = 1
name = "election"
[tape]
folder = "."
off_tick = "snap"
assumed_shares = 1000
[account]
bankroll = "$10000"
[[strategy]]
kind = "election"
edge_min = "3c"
spread_max = "10c"
[collective]
scheme = "logit_mean"
blend_weight = 0.5
inference_age_max = "4d"
book_age_max = "3d"
[sizing]
risk_aversion = 4
coalesce = "1m"
scenarios = 2000
[risk]
order_notional = "5%"
order_notional_max = "$1000000"
market_loss = "5%"
group_loss = "5%"
set_loss = "30%"
gross = "100%"
cash_reserve = "0%"
daily_loss = "100%"
drawdown = "100%"
[venue]
fills = "next_observation"
settle_delay = "1m"
"#;

pub(crate) const WINDOWS_RUN: &str = r#"
run_version = 1
name = "windows"
[tape]
folder = "."
off_tick = "snap"
[account]
bankroll = "$1000"
[[strategy]]
kind = "price_direction"
edge_min = "3c"
blackout = "5s"
[collective]
scheme = "logit_mean"
blend_weight = 0.5
inference_age_max = "20s"
book_age_max = "20s"
[risk]
order_notional = "5%"
market_loss = "5%"
depth_share = "100%"
daily_loss = "100%"
drawdown = "100%"
[venue]
submit_latency = "250ms"
[report]
"#;

/// Writes a tape and its run file, and loads both. With `QUORATE_TAPES` set, they stay in that folder, for
/// `quorate backtest NAME/run.toml`.
fn tape(name: &str, text: &str, write: impl FnOnce(&Path)) -> (RunSpec, LoadedTape) {
    let temporary = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("QUORATE_TAPES")
        .map(|folder| Path::new(&folder).join(name.replace(' ', "-")));
    let folder = kept.as_deref().unwrap_or(temporary.path());
    write(folder);
    std::fs::write(folder.join("run.toml"), text).unwrap();
    let spec = read_run_file(&folder.join("run.toml")).unwrap_or_else(|e| panic!("{e}"));
    let loaded = load(&spec.tape, &spec.load).unwrap_or_else(|e| panic!("{e}"));
    (spec, loaded)
}

fn traded(name: &str, text: &str, write: impl FnOnce(&Path)) -> RunReport {
    let (spec, loaded) = tape(name, text, write);
    let report = run(&spec, &loaded, RunMode::Backtest, &Progress::default()).unwrap();
    eprintln!("== {name}\n{}", to_text(&report));
    report
}

fn pnl(report: &RunReport, kind: VariantKind) -> f64 {
    report.variant_of(kind).unwrap().pnl.to_f64()
}

#[test]
fn real_data_backtest_president_2024_mean_of_models_loses() {
    let Some(data) = sets::data_folder("president 2024") else {
        return;
    };
    let report = traded("president 2024", ELECTION_RUN, |out| {
        sets::president_2024(&data, out, 0.0);
    });
    assert!(
        pnl(&report, VariantKind::PlainMean) < 0.0,
        "a profit here is look-ahead"
    );
    assert!(
        pnl(&report, VariantKind::MarketOnly).abs() < 1e-9,
        "the market has no edge over itself"
    );
}

#[test]
fn real_data_backtest_president_2020() {
    let Some(data) = sets::data_folder("president 2020") else {
        return;
    };
    let report = traded("president 2020", ELECTION_RUN, |out| {
        sets::president_2020(&data, out);
    });
    assert!(0.0 < pnl(&report, VariantKind::PlainMean));
    assert!(pnl(&report, VariantKind::MarketOnly).abs() < 1e-9);
}

#[test]
fn real_data_backtest_governors_2022() {
    let Some(data) = sets::data_folder("governors 2022") else {
        return;
    };
    let report = traded("governors 2022", ELECTION_RUN, |out| {
        sets::governors_2022(&data, out);
    });
    assert!(0.0 < pnl(&report, VariantKind::PlainMean));
}

#[test]
fn real_data_backtest_bitcoin_windows() {
    let Some(data) = sets::data_folder("bitcoin windows") else {
        return;
    };
    let report = traded("bitcoin windows", WINDOWS_RUN, |out| {
        sets::bitcoin_windows(&data, out);
    });
    assert!(report.variants.iter().any(|v| 0 < v.fills));
}

#[test]
fn real_data_backtest_publishing_a_day_later_changes_the_result() {
    let Some(data) = sets::data_folder("publication shift") else {
        return;
    };
    let text = ELECTION_RUN.replace("scenarios = 2000", "scenarios = 500")
        + "[report]\nbaselines = \"shared\"\n";
    let was = traded("on time", &text, |out| {
        sets::president_2024(&data, out, 0.0);
    });
    let is = traded("a day late", &text, |out| {
        sets::president_2024(&data, out, 86_400.0);
    });
    assert_ne!(was.run.result_hash, is.run.result_hash);
}

#[test]
fn real_data_backtest_turning_outcomes_round_leaves_every_trade_as_it_was() {
    use quorate_domain::{Input, Payout};
    let Some(data) = sets::data_folder("turned outcomes") else {
        return;
    };
    let text = ELECTION_RUN.replace("scenarios = 2000", "scenarios = 500")
        + "[report]\nbaselines = \"shared\"\n";
    let (spec, loaded) = tape("turned outcomes", &text, |out| {
        sets::president_2024(&data, out, 0.0);
    });
    let mut turned = loaded.clone();
    for record in &mut turned.tape.records {
        if let Input::Resolved(resolution) = &mut record.input {
            resolution.payout =
                Payout::from_micros(1_000_000 - u32::from(resolution.payout)).unwrap();
        }
    }
    let of = |tape| run(&spec, tape, RunMode::Backtest, &Progress::default()).unwrap();
    let (was, is) = (of(&loaded), of(&turned));
    // Every contest resolves at one time after the last trade.
    assert!(!was.fills.is_empty());
    assert_eq!(was.fills, is.fills);
    assert_ne!(was.run.result_hash, is.run.result_hash);
}
