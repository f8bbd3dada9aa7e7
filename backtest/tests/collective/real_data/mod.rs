//! The collective on recorded elections, crypto windows and human forecasts, beside the market and its own members.
//!
//! The data is not part of the repository. `QUORATE_DATA` names its folder; the default is `shared/data` beside the
//! repository. Without it every test here says so and passes. What is asserted are published scores of single sources
//! on the same rows, and how each set reads; the printed tables are what it is run for.

#![allow(
    clippy::print_stdout,
    reason = "the run prints its tables and what was skipped"
)]

mod cycles;
mod ladder;
mod sets;

use std::path::{Path, PathBuf};

use quorate_backtest::collective::{
    CollectiveOptions, CollectiveReport, CreditDepth, render_html, render_text, replay,
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

/// Writes a forecasts file into a folder and replays it. `DATA` stands for the data folder.
fn replayed(data: &Path, folder: &Path, toml: &str) -> CollectiveReport {
    let path = folder.join("collective.toml");
    std::fs::write(&path, toml.replace("DATA", data.to_str().unwrap())).unwrap();
    let options = CollectiveOptions {
        depth: CreditDepth::Shapley,
        ..CollectiveOptions::default()
    };
    let report = replay(&path, &options).unwrap_or_else(|errors| panic!("{errors}"));
    println!("{}", render_text(&report));
    // A folder to look at the pages in.
    if let Some(pages) = std::env::var_os("QUORATE_PAGES") {
        let name = report.name.replace(' ', "-") + ".html";
        std::fs::write(Path::new(&pages).join(name), render_html(&report)).unwrap();
    }
    report
}

/// Brier score of a line on all of its own rows.
fn brier(report: &CollectiveReport, name: &str) -> f64 {
    let line = report.named(name).unwrap_or_else(|| panic!("no `{name}`"));
    line.own.as_ref().unwrap().squared_error
}

/// Asserts a published Brier score to four decimals.
fn assert_brier(report: &CollectiveReport, name: &str, published: f64) {
    let got = brier(report, name);
    assert!(
        (got - published).abs() < 0.000_06,
        "{name}: {got}, published {published}"
    );
}

/// Mean paired log loss of ours less another's; negative means that ours is better.
fn ours_less(report: &CollectiveReport, name: &str) -> f64 {
    let line = report.named(name).unwrap_or_else(|| panic!("no `{name}`"));
    -line.loss_against_ours.unwrap().mean
}
