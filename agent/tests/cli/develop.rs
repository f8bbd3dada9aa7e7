//! Sweeps in parts, look-ahead, contributions, comparisons and new strategies, as typed.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::Workshop;

const SWEEP: &str = "\
sweep_version = 1
name = \"weather\"
run = \"run.toml\"
[[axis]]
key = \"strategy.0.edge_min\"
values = [\"1c\", \"5c\", \"20c\"]
[walk_forward]
folds = 1
[units]
variants_max = 1
";

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[test]
fn a_sweep_in_one_process_and_under_xargs_gives_the_same_bytes() {
    let workshop = Workshop::new();
    workshop.write("sweep.toml", SWEEP);
    let said = workshop
        .quorate(&["sweep", "sweep.toml", "--threads", "1", "--out", "one"])
        .ok();
    assert!(said.stdout.contains("3 variants"), "{said:#?}");
    assert!(said.stdout.contains("looked at once"), "{said:#?}");

    let plan = workshop
        .quorate(&["sweep", "plan", "sweep.toml", "--out", "many"])
        .ok();
    let id = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["unit"].as_str().unwrap().to_owned()
    };
    let ids: Vec<String> = plan.stdout.lines().map(id).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(workshop.read("many/manifest.jsonl"), plan.stdout);
    workshop.write("ids", &(ids.join("\n") + "\n"));
    let program = env!("CARGO_BIN_EXE_quorate");
    let words = [
        "-P",
        "2",
        "-I",
        "ID",
        program,
        "sweep",
        "run",
        "sweep.toml",
        "--unit",
        "ID",
    ];
    let ended = Command::new("xargs")
        .args(words)
        .args(["--threads", "2", "--out", "many"])
        .stdin(std::fs::File::open(workshop.path("ids")).unwrap())
        .current_dir(workshop.path(""))
        .stderr(Stdio::null())
        .status();
    assert!(ended.unwrap().success());
    let merged = workshop
        .quorate(&["sweep", "merge", "sweep.toml", "--out", "many"])
        .ok();
    assert!(
        merged.stdout.contains("Hold-out: not looked at"),
        "{merged:#?}"
    );
    let results = |folder: &str| bytes(&workshop.path(folder).join("results.parquet"));
    assert_eq!(results("one"), results("many"));
    let again = workshop
        .quorate(&["sweep", "run", "sweep.toml", "--out", "many"])
        .ok();
    assert_eq!(again.stderr.matches("was there").count(), 3, "{again:#?}");
}

#[test]
fn what_is_missing_or_wrong_with_a_sweep_is_said() {
    let workshop = Workshop::new();
    workshop
        .quorate(&["sweep", "no.toml"])
        .fails(4, &["no.toml", "docs/sweep.md"]);
    workshop.write("sweep.toml", SWEEP);
    workshop
        .quorate(&["sweep", "merge", "sweep.toml"])
        .fails(4, &["3 of 3 units have no result", "quorate sweep run"]);
    workshop
        .quorate(&["sweep", "run", "sweep.toml", "--unit", "beef"])
        .fails(4, &["no unit beef"]);
    workshop.change("sweep.toml", "\"20c\"", "\"20\"");
    workshop
        .quorate(&["sweep", "sweep.toml"])
        .fails(3, &["edge_min"]);
}

#[test]
fn an_honest_run_passes_the_look_ahead_finder() {
    let workshop = Workshop::new();
    let said = workshop.quorate(&["lint", "run.toml"]).ok();
    assert!(said.stdout.contains("No decision changed"), "{said:#?}");
    let found = workshop
        .quorate(&["lint", "run.toml", "--json"])
        .ok()
        .json();
    assert_eq!(found["leaks"], serde_json::json!([]));
}

#[test]
fn a_worker_that_forecasts_what_came_true_ends_with_exit_14_and_its_name() {
    let workshop = Workshop::new();
    let mut markets = String::from("market,topic,tick,fee_rate,closes_at\n");
    let mut quotes = String::from("at,market,bid,ask,bid_shares,ask_shares\n");
    let mut later = String::new();
    let mut inferences = String::from("published_at,worker,market,value\n");
    let mut outcomes = String::from("market,resolved_at,payout\n");
    for number in 0..10 {
        let payout = number % 2;
        let (told, guess) = if payout == 1 {
            (0.999, 0.6)
        } else {
            (0.001, 0.4)
        };
        markets += &format!("m{number},t{number},0.01,0.04,2025-03-02T00:00:00Z\n");
        quotes += &format!("2025-03-01T08:00:00Z,m{number},0.49,0.51,500,500\n");
        later += &format!("2025-03-01T18:00:00Z,m{number},0.49,0.51,500,500\n");
        inferences += &format!("2025-03-01T07:00:00Z,cheat,m{number},{told}\n");
        inferences += &format!("2025-03-01T07:00:00Z,honest,m{number},{guess}\n");
        outcomes += &format!("m{number},2025-03-02T00:10:00Z,{payout}\n");
    }
    workshop.write("tape/markets.csv", &markets);
    workshop.write("tape/quotes.csv", &(quotes + &later));
    workshop.write("tape/inferences.csv", &inferences);
    workshop.write("tape/outcomes.csv", &outcomes);
    let ended = workshop.quorate(&["lint", "run.toml"]);
    assert_eq!(ended.exit, Some(14), "{ended:#?}");
    assert!(
        ended.stdout.contains("knows-outcome: forecasts of cheat"),
        "{ended:#?}"
    );
    assert!(!ended.stdout.contains("forecasts of honest"), "{ended:#?}");
    assert!(ended.stderr.contains("know the future"), "{ended:#?}");
}

#[test]
fn contributions_have_a_row_for_each_worker_and_a_page() {
    let workshop = Workshop::new();
    let said = workshop
        .quorate(&["contribution", "run.toml", "--html", "page.html"])
        .ok();
    assert!(
        said.stdout.contains("radar") && said.stdout.contains("frog"),
        "{said:#?}"
    );
    assert!(
        workshop
            .read("page.html")
            .contains("Contribution of workers")
    );
}

#[test]
fn a_comparison_shows_what_differs_and_what_was_set_differently() {
    let workshop = Workshop::new();
    workshop
        .quorate(&["backtest", "run.toml", "--out", "a", "--no-html"])
        .ok();
    let same = workshop.quorate(&["compare", "a", "a/report.json"]).ok();
    assert!(same.stdout.contains("exactly the same"), "{same:#?}");
    workshop.change(
        "run.toml",
        "kind = \"election\"",
        "kind = \"election\"\nedge_min = \"20c\"",
    );
    workshop
        .quorate(&["backtest", "run.toml", "--out", "b", "--no-html"])
        .ok();
    let said = workshop.quorate(&["compare", "a", "b"]).ok().stdout;
    assert!(
        said.contains("strategy.0.edge_min: (default) -> \"20c\""),
        "{said}"
    );
    assert!(said.contains("P&L"), "{said}");
    let json = workshop
        .quorate(&["compare", "a", "b", "--json"])
        .ok()
        .json();
    assert_eq!(json["same"], false);
    assert_eq!(json["causes"][0]["what"], "strategy.0.edge_min");
}

#[test]
fn a_new_strategy_is_written_once_and_never_over_anything() {
    let workshop = Workshop::new();
    let repository = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    workshop
        .quorate(&["new-strategy", "calm-seas", "--quorate", repository])
        .ok();
    assert!(
        workshop
            .read("calm-seas/src/lib.rs")
            .contains("pub struct CalmSeas")
    );
    assert!(
        workshop
            .read("calm-seas/Cargo.toml")
            .contains("core/engine")
    );
    workshop
        .quorate(&["new-strategy", "calm-seas"])
        .fails(2, &["not empty", "--out"]);
    workshop
        .quorate(&["new-strategy", "Calm"])
        .fails(2, &["lower-case"]);
    workshop
        .quorate(&["new-strategy", "other", "--quorate", "tape"])
        .fails(4, &["no copy of Quorate's source"]);
}
