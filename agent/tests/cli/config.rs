//! `quorate config check`, `quorate evaluate`, and what the program says about itself.

use std::path::{Path, PathBuf};

use crate::common::{Workshop, run_in};
use quorate_backtest::replay::{RunSpec, parse_run_file};

const EVALUATION: &str = "\
table = \"table.csv\"

[columns]
time = \"at\"
cluster = \"race\"
outcome = \"won\"
mid = \"mid\"

[[model]]
name = \"radar\"
column = \"radar\"
";
const TABLE: &str = "at,race,mid,radar,won\n2025-03-01,a,0.4,0.6,1\n2025-03-01,b,0.5,0.3,0\n";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn every_file_in_config_is_valid() {
    let mut files: Vec<String> = std::fs::read_dir(repository().join("config"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .map(|name| format!("config/{name}"))
        .collect();
    files.sort();
    assert!(files.len() >= 3, "{files:?}");
    let mut words = vec!["config", "check"];
    words.extend(files.iter().map(String::as_str));
    let ended = run_in(&repository(), &words).ok();
    let expected: String = files.iter().map(|file| format!("ok {file}\n")).collect();
    assert_eq!(ended.stdout, expected);
}

#[test]
fn the_commented_run_file_shows_the_defaults() {
    let full = std::fs::read_to_string(repository().join("config/backtest.toml")).unwrap();
    let bare = "run_version = 1\nname = \"backtest\"\n[tape]\nfolder = \"../out/sample/tape\"\n\
                origin = \"synthetic\"\n[[strategy]]\nkind = \"election\"\n";
    let read = |text: &str| {
        let spec = parse_run_file("run.toml", text, Path::new("")).unwrap();
        RunSpec {
            text: String::new(),
            topic_places: std::collections::BTreeMap::new(),
            ..spec
        }
    };
    assert_eq!(read(&full), read(bare));
}

#[test]
fn good_files_are_named_on_stdout_and_bad_ones_on_stderr() {
    let workshop = Workshop::new();
    workshop.write("bad.toml", "run_version = 1\nname = \"x\"\nsed = 3\n");
    workshop.write("evaluation.toml", EVALUATION);
    let ended = workshop.quorate(&["config", "check", "run.toml", "bad.toml", "evaluation.toml"]);
    assert_eq!(ended.exit, Some(3));
    assert_eq!(ended.stdout, "ok run.toml\nok evaluation.toml\n");
    for part in [
        "bad.toml:3:1",
        "did you mean `seed`?",
        "no strategy is given",
    ] {
        assert!(
            ended.stderr.contains(part),
            "no {part:?} in {}",
            ended.stderr
        );
    }
}

#[test]
fn a_file_that_is_neither_kind_is_refused() {
    let workshop = Workshop::new();
    workshop.write("other.toml", "title = \"x\"\n");
    workshop
        .quorate(&["config", "check", "other.toml"])
        .fails(3, &["other.toml", "run_version"]);
    workshop.write("other.toml", "title = \n");
    workshop
        .quorate(&["config", "check", "other.toml"])
        .fails(3, &["other.toml:1:"]);
    workshop
        .quorate(&["config", "check", "none.toml"])
        .fails(4, &["none.toml"]);
}

#[test]
fn an_evaluation_prints_tables_or_json() {
    let workshop = Workshop::new();
    workshop.write("evaluation.toml", EVALUATION);
    workshop.write("table.csv", TABLE);
    let text = workshop.quorate(&["evaluate", "evaluation.toml"]).ok();
    assert!(text.stdout.contains("radar"), "{}", text.stdout);
    let json = workshop
        .quorate(&["evaluate", "evaluation.toml", "--json"])
        .ok()
        .json();
    assert_eq!(json["rows"]["used"], 2);
}

#[test]
fn a_bad_evaluation_is_refused_with_its_place() {
    let workshop = Workshop::new();
    workshop.write("evaluation.toml", EVALUATION);
    workshop
        .quorate(&["evaluate", "evaluation.toml"])
        .fails(4, &["table.csv", "own folder"]);
    workshop.write("table.csv", &TABLE.replace("0.3,0", "1.3,0"));
    workshop
        .quorate(&["evaluate", "evaluation.toml"])
        .fails(10, &["table.csv:3:"]);
    workshop.change("evaluation.toml", "cluster", "clustr");
    workshop
        .quorate(&["evaluate", "evaluation.toml"])
        .fails(3, &["evaluation.toml:5:1", "did you mean `cluster`?"]);
}

#[test]
fn help_shows_examples_before_anything_else() {
    let workshop = Workshop::new();
    let help = workshop.quorate(&["--help"]).ok().stdout;
    for command in [
        "quorate paper",
        "quorate sample",
        "quorate backtest",
        "quorate evaluate",
    ] {
        assert!(
            help.find(command).unwrap() < help.find("Usage:").unwrap(),
            "{command}"
        );
    }
    for command in ["paper", "backtest", "evaluate", "sample", "report"] {
        let help = workshop.quorate(&[command, "--help"]).ok().stdout;
        assert!(help.starts_with("Examples:\n  quorate "), "{help}");
    }
}

#[test]
fn the_version_is_said_in_both_forms() {
    let workshop = Workshop::new();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        workshop.quorate(&["--version"]).ok().stdout,
        format!("quorate {version}\n")
    );
    let json = workshop.quorate(&["version", "--json"]).ok().json();
    assert_eq!(
        (&json["version"], &json["run_version"]),
        (&version.into(), &1.into())
    );
}
