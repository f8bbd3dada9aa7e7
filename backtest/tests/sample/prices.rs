//! The price session: a tape like any other, on which a collective that predicts prices is worth something.

#[path = "../replay/common/mod.rs"]
mod replay_common;

use quorate_backtest::report::model::{ForecasterKind, ForecasterScore, RunReport};
use quorate_backtest::sample::price_session;
use quorate_backtest::tape::{LoadOptions, LoadedTape, load, write};
use replay_common::{spec, traded};

const RUN: &str = r#"
run_version = 1
name = "price session"
[tape]
folder = "tape"
origin = "synthetic"
[account]
bankroll = "$10000"
[[strategy]]
kind = "price_threshold"
topics = ["coin-price"]
edge_min = "1c"
[collective]
scheme = "logit_mean"
blend_weight = 0.8
inference_age_max = "10m"
book_age_max = "60s"
[topic.coin-price]
reference_age_max = "45s"
[sizing]
scenarios = 500
[report]
baselines = "shared"
"#;

fn session(seed: u64, hours: u32) -> LoadedTape {
    let folder = tempfile::tempdir().unwrap();
    write(&price_session(seed, hours), folder.path()).unwrap();
    load(folder.path(), &LoadOptions::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Log loss of the collective and of the market on the same rows.
fn log_losses(report: &RunReport) -> (f64, f64) {
    let is_own = |score: &&ForecasterScore| score.kind == ForecasterKind::Collective;
    let score = report.forecasts.iter().find(is_own).unwrap();
    let own = score.own.as_ref().unwrap();
    (own.log_loss, own.log_loss_market)
}

#[test]
fn the_files_of_a_session_are_the_session() {
    assert_eq!(session(1, 3).tape, price_session(1, 3));
    assert_ne!(price_session(1, 3), price_session(2, 3));
}

#[test]
fn a_session_is_traded_the_same_way_twice_and_the_collective_beats_the_market() {
    let (spec, tape) = (spec(RUN), session(4, 24));
    let report = traded(&spec, &tape);
    assert!(!report.fills.is_empty(), "nothing was traded");
    assert!(
        report
            .fills
            .iter()
            .all(|fill| fill.market.contains("above"))
    );
    assert_eq!(traded(&spec, &tape), report);
    let (own, market) = log_losses(&report);
    assert!(own < market - 0.01, "collective {own}, market {market}");
}
