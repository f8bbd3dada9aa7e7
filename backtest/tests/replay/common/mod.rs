//! A brief sample world as a loaded tape, and the run that the replay tests share.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "shared by several test programs; a failed unwrap is a failed test"
)]

use std::path::Path;

use quorate_backtest::replay::{Progress, RunSpec, parse_run_file, run};
use quorate_backtest::report::model::{RunMode, RunReport};
use quorate_backtest::sample::{WorldSpec, generate, write};
use quorate_backtest::tape::{LoadOptions, LoadedTape, load};

pub(crate) const RUN: &str = r#"
run_version = 1
name = "replay test"
[tape]
folder = "tape"
origin = "synthetic"
[account]
bankroll = "$10000"
[[strategy]]
kind = "election"
topics = ["president", "governors"]
[[strategy]]
kind = "price_direction"
[collective]
scheme = "logit_mean"
inference_age_max = "1d"
book_age_max = "6h"
[topic.coin-5m]
scheme = "boa_plus"
inference_age_max = "90s"
book_age_max = "15s"
[sizing]
scenarios = 500
[report]
baselines = "shared"
"#;

pub(crate) fn spec(text: &str) -> RunSpec {
    parse_run_file("run.toml", text, Path::new("")).unwrap_or_else(|errors| panic!("{errors}"))
}

pub(crate) fn world(seed: u64) -> LoadedTape {
    let folder = tempfile::tempdir().unwrap();
    write(&generate(&WorldSpec::brief(seed)), folder.path()).unwrap();
    load(folder.path(), &LoadOptions::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

pub(crate) fn traded(spec: &RunSpec, tape: &LoadedTape) -> RunReport {
    run(spec, tape, RunMode::Backtest, &Progress::default()).unwrap()
}
