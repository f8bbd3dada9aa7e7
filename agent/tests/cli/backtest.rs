//! `quorate backtest`, `quorate report` and `quorate sample` when all is well.

use std::io::Read;
use std::process::{Command, Stdio};

use crate::common::Workshop;
use serde_json::Value;

fn result_hash(workshop: &Workshop, words: &[&str]) -> String {
    let ended = workshop.quorate(words).ok();
    ended.json()["run"]["result_hash"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn a_backtest_prints_the_summary_and_writes_the_report() {
    let workshop = Workshop::new();
    let ended = workshop.quorate(&["backtest", "run.toml"]).ok();
    assert_eq!(ended.stdout, workshop.read("out/weather/summary.txt"));
    assert!(
        ended.stdout.starts_with("Backtest weather\n"),
        "{}",
        ended.stdout
    );
    assert!(
        ended
            .stdout
            .contains("Reproduce    quorate backtest run.toml\n"),
        "{}",
        ended.stdout
    );
    assert!(
        workshop
            .read("out/weather/report.html")
            .starts_with("<!doctype html>")
    );
    let report: Value = serde_json::from_str(&workshop.read("out/weather/report.json")).unwrap();
    assert!(
        report["report"]["variants"][0]["fills"].as_u64().unwrap() > 0,
        "nothing was traded"
    );
    assert!(
        ended.stderr.contains("wrote out/weather/report.html"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("next: open out/weather/report.html"),
        "{}",
        ended.stderr
    );
    let names = names_in(&workshop, "out/weather");
    assert_eq!(names, ["report.html", "report.json", "summary.txt"]);
}

#[test]
fn the_same_run_gives_the_same_files_on_any_number_of_threads() {
    let workshop = Workshop::new();
    for (out, threads) in [("a", "1"), ("b", "2"), ("c", "3")] {
        workshop
            .quorate(&["backtest", "run.toml", "--out", out, "--threads", threads])
            .ok();
    }
    for name in ["report.html", "report.json", "summary.txt"] {
        let first = workshop.read(&format!("a/{name}"));
        assert_eq!(first, workshop.read(&format!("b/{name}")), "{name}");
        assert_eq!(first, workshop.read(&format!("c/{name}")), "{name}");
    }
}

#[test]
fn the_result_hash_follows_what_was_traded() {
    let workshop = Workshop::new();
    let words = ["backtest", "run.toml", "--json"];
    let first = result_hash(&workshop, &words);
    assert_eq!(first.len(), 64);
    assert_eq!(first, result_hash(&workshop, &words));
    workshop.change("tape/quotes.csv", "0.44,0.46", "0.43,0.45");
    assert_ne!(first, result_hash(&workshop, &words));
}

#[test]
fn a_backtest_without_a_page_writes_none_and_says_how_to_get_one() {
    let workshop = Workshop::new();
    let ended = workshop
        .quorate(&["backtest", "run.toml", "--no-html", "--seed", "5"])
        .ok();
    assert_eq!(
        names_in(&workshop, "out/weather"),
        ["report.json", "summary.txt"]
    );
    assert!(
        ended
            .stderr
            .contains("next: quorate report out/weather/report.json --html page.html")
    );
    assert!(ended.stdout.contains("seed 5"), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("quorate backtest run.toml --seed 5"),
        "{}",
        ended.stdout
    );
}

#[test]
fn machine_output_has_the_numbers_and_the_files_and_nothing_on_stderr() {
    let workshop = Workshop::new();
    let ended = workshop.quorate(&["--json", "backtest", "run.toml"]).ok();
    assert_eq!(ended.stderr, "");
    let json = ended.json();
    assert_eq!(json["variants"][0]["kind"], "collective");
    assert_eq!(json["variants"].as_array().unwrap().len(), 5);
    let file = json["files"]["json"].as_str().unwrap();
    assert!(workshop.path(file).is_file());
}

#[test]
fn quiet_says_nothing_but_the_result() {
    let workshop = Workshop::new();
    let ended = workshop.quorate(&["backtest", "run.toml", "-q"]).ok();
    assert_eq!(ended.stderr, "");
    assert!(!ended.stdout.is_empty());
}

#[test]
fn logs_go_to_stderr_as_lines_of_json() {
    let workshop = Workshop::new();
    let words = [
        "backtest",
        "run.toml",
        "--json",
        "-v",
        "--log-format",
        "json",
    ];
    let ended = workshop.quorate(&words).ok();
    assert!(!ended.stderr.is_empty());
    for line in ended.stderr.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["level"], "INFO");
    }
}

#[test]
fn paper_on_a_tape_trades_exactly_as_a_backtest_does() {
    let workshop = Workshop::new();
    let backtest = result_hash(&workshop, &["backtest", "run.toml", "--json"]);
    assert_eq!(
        backtest,
        result_hash(&workshop, &["paper", "run.toml", "--json"])
    );
    assert!(
        workshop
            .read("out/weather/summary.txt")
            .starts_with("Paper run weather\n")
    );
}

#[test]
fn a_report_can_be_rendered_again() {
    let workshop = Workshop::new();
    let ended = workshop
        .quorate(&["backtest", "run.toml", "--out", "o"])
        .ok();
    let again = workshop.quorate(&["report", "o/report.json"]).ok();
    assert_eq!(again.stdout, ended.stdout);
    workshop
        .quorate(&["report", "o/report.json", "--html", "page.html"])
        .ok();
    assert_eq!(workshop.read("page.html"), workshop.read("o/report.html"));
    let json = workshop
        .quorate(&["report", "o/report.json", "--json"])
        .ok();
    assert_eq!(json.stdout, workshop.read("o/report.json"));
}

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    let workshop = Workshop::new();
    workshop.quorate(&["backtest", "run.toml"]).ok();
    let mut child = Command::new(env!("CARGO_BIN_EXE_quorate"))
        .args(["report", "out/weather/report.json", "--json"])
        .current_dir(workshop.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{said}");
    assert_eq!(said, "");
}

fn names_in(workshop: &Workshop, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(workshop.path(folder)).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
