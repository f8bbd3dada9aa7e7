//! Evaluations of recorded data against published figures: counts exactly, all else to four decimals.
//!
//! The data is not part of the repository. `QUORATE_DATA` names its folder; the default is `shared/data` beside the
//! repository. Without it every test here says so and passes.

#![allow(
    clippy::print_stdout,
    reason = "the run says what was compared and what was skipped"
)]

mod compare;
mod crypto;
mod elections;
mod shapes;

use std::path::{Path, PathBuf};

use quorate_backtest::evaluate::{
    Evaluation, EvaluationFile, ForecastReport, GroupReport, SubsetReport,
};

/// The folder of recorded data, if it is there.
fn data() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let folder =
        std::env::var_os("QUORATE_DATA").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    if folder.join("expected_numbers.json").is_file() {
        return Some(folder.canonicalize().unwrap());
    }
    println!("skipped: no recorded data in {}", folder.display());
    None
}

/// The published figures of one data set.
fn expected(data: &Path, name: &str) -> serde_json::Value {
    let text = std::fs::read_to_string(data.join("expected_numbers.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    all[name].clone()
}

/// Writes an evaluation file into a temporary folder, reads it back and evaluates. `DATA` stands for the data folder.
fn evaluate(data: &Path, folder: &Path, toml: &str) -> Evaluation {
    let path = folder.join("evaluation.toml");
    std::fs::write(&path, toml.replace("DATA", data.to_str().unwrap())).unwrap();
    let read = EvaluationFile::read(&path).and_then(|file| file.evaluate());
    read.unwrap_or_else(|errors| panic!("{errors}"))
}

fn group<'e>(evaluation: &'e Evaluation, value: &str) -> &'e GroupReport {
    evaluation
        .groups
        .iter()
        .find(|group| group.value == value)
        .unwrap()
}

fn subset<'e>(evaluation: &'e Evaluation, name: &str) -> &'e SubsetReport {
    group(evaluation, "")
        .subsets
        .iter()
        .find(|subset| subset.name == name)
        .unwrap()
}

fn forecast<'s>(subset: &'s SubsetReport, name: &str) -> &'s ForecastReport {
    subset
        .forecasts
        .iter()
        .find(|forecast| forecast.name == name)
        .unwrap()
}
