//! `quorate doctor`: what it finds, what it mends, and how it ends.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::common::{KEY, Workshop};

fn result<'r>(report: &'r Value, id: &str) -> &'r Value {
    let checks = report["checks"].as_array().unwrap();
    checks
        .iter()
        .find(|check| check["id"] == id)
        .unwrap_or_else(|| panic!("no {id} in {report:#}"))
}

const QUIET: [&str; 6] = [
    "--set",
    "http.control=127.0.0.1:0",
    "--set",
    "http.intake=127.0.0.1:0",
    "--set",
    "http.metrics=127.0.0.1:0",
];

fn examine(workshop: &Workshop, words: &[&str]) -> crate::common::Ended {
    let all: Vec<&str> = ["doctor", "--json"]
        .iter()
        .chain(words)
        .chain(&QUIET)
        .copied()
        .collect();
    workshop.quorate(&all)
}

#[test]
fn a_paper_instance_passes_more_than_twenty_checks_offline() {
    let workshop = Workshop::new();
    workshop.quorate(&["init", "."]).ok();
    let report = examine(&workshop, &["--offline"]).ok().json();
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.len() >= 20, "{report:#}");
    for check in checks {
        let fix = check["fix"].as_str();
        let needs = matches!(check["result"].as_str(), Some("warn" | "fail"));
        assert_eq!(fix.is_some_and(|fix| !fix.is_empty()), needs, "{check:#}");
    }
}

#[test]
fn every_mistake_is_found_and_ends_with_its_own_exit_code() {
    let workshop = Workshop::new();
    workshop.quorate(&["init", "."]).ok();
    workshop.import().ok();
    let file = workshop.path("keys/main.json");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    workshop.write(".env", &format!("PK=0x{KEY}\n"), 0o600);
    let live = [
        "--offline",
        "--set",
        "account.keystore=\"keys/main.json\"",
        "--set",
        "account.signature_type=\"safe\"",
        "--set",
        "account.funder=\"0x2c7536E3605D9C16a7a3D7b1898e529396a65c23\"",
    ];
    let ended = examine(&workshop, &live).ends(14, &["keystore"]);
    let report = ended.json();
    assert_eq!(result(&report, "keystore")["result"], "fail");
    assert_eq!(result(&report, "env-file")["result"], "fail");
    assert!(!ended.stdout.contains(KEY) && !ended.stderr.contains(KEY));

    // What is safe to mend is mended; the rest stays as it is.
    fs::remove_file(workshop.path(".env")).unwrap();
    let mending: Vec<&str> = live.iter().copied().chain(["--fix"]).collect();
    let report = examine(&workshop, &mending).ends(14, &["funder"]).json();
    assert_eq!(result(&report, "keystore")["result"], "fixed");
    // The address is a wallet of type 0, and the settings sign for type 2.
    assert_eq!(result(&report, "funder")["result"], "fail");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn one_check_alone_can_be_asked_for() {
    let workshop = Workshop::new();
    let report = examine(&workshop, &["--only", "disk-sync"]).ok().json();
    assert_eq!(report["checks"].as_array().unwrap().len(), 1);
    examine(&workshop, &["--only", "disk-sink"]).fails(2, &["did you mean `disk-sync`"]);
}

#[test]
fn a_key_in_the_environment_is_found_and_not_shown() {
    let workshop = Workshop::new();
    let output = workshop
        .command(&["doctor", "--only", "key-in-environment"])
        .env("SOMEBODYS_KEY", format!("0x{KEY}"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(14), "{output:?}");
    let all = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(all).unwrap();
    assert!(
        text.contains("SOMEBODYS_KEY") && !text.contains(KEY),
        "{text}"
    );
}
