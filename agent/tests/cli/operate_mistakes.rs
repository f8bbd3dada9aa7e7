//! What a hurried operator does to an instance, through the real program: none of it may lose it, stop the wrong thing,
//! or be answered with what is not so.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::Workshop;

/// An instance on the tape of the workshop, at rest after a first start.
fn rested() -> Workshop {
    let workshop = Workshop::new();
    fs::create_dir(workshop.path("fund")).unwrap();
    workshop.write(
        "fund/quorate.toml",
        "config_version = 1\nmode = \"paper\"\n\n[data]\nsource = \"sample\"\nseed = 18\n\n\
         [http]\ncontrol = \"127.0.0.1:0\"\nintake = \"127.0.0.1:0\"\nmetrics = \"127.0.0.1:0\"\n",
    );
    workshop.quorate(&START).ok();
    workshop
}

const START: [&str; 7] = ["paper", "-C", "fund", "--speed", "60", "--max-runtime", "1"];

/// Ended when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a process and waits until it is up.
fn running(workshop: &Workshop, words: &[&str], contact: &str) -> Running {
    let child = Command::new(env!("CARGO_BIN_EXE_quorate"))
        .args(words)
        .current_dir(workshop.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let process = Running(child);
    let began = Instant::now();
    while !workshop.path(contact).exists() {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "it does not come up"
        );
        std::thread::yield_now();
    }
    process
}

#[test]
fn a_start_that_is_refused_for_its_scheme_does_not_bind_later_ones() {
    let workshop = rested();
    let mut other = START.to_vec();
    other.extend(["--set", "collective.scheme=mean"]);
    workshop.quorate(&other).fails(3, &["scheme"]);
    workshop.quorate(&START).ok();
    workshop.quorate(&["replay", "--verify", "-C", "fund"]).ok();
}

#[test]
fn orders_to_a_folder_that_is_no_instance_are_refused_and_leave_nothing_there() {
    let workshop = Workshop::new();
    for command in ["kill", "resume", "halt", "stop"] {
        workshop
            .quorate(&[command, "-C", "tape"])
            .fails(4, &["no instance in tape", "-C DIR"]);
    }
    assert!(!workshop.path("tape/KILL").exists());
    assert!(!workshop.path("tape/RESUME").exists());
}

#[test]
fn a_kill_file_that_cannot_be_written_is_no_success_and_the_process_is_told_nevertheless() {
    let workshop = rested();
    // Where the scratch file would be made there is a folder.
    fs::create_dir(workshop.path("fund/KILL.tmp")).unwrap();
    workshop
        .quorate(&["kill", "-C", "fund"])
        .fails(1, &["no process runs", "a restart trades"]);
    let _process = running(
        &workshop,
        &["paper", "-C", "fund", "--speed", "60"],
        "fund/contact.json",
    );
    workshop
        .quorate(&["kill", "-C", "fund"])
        .fails(1, &["stopped, but the kill file cannot be written"]);
}

#[test]
fn what_a_running_process_does_not_know_is_not_found_and_its_journal_is_not_forgotten() {
    let workshop = rested();
    let _process = running(
        &workshop,
        &["paper", "-C", "fund", "--speed", "60"],
        "fund/contact.json",
    );
    let ended = workshop.quorate(&["halt", "--market", "nosuch", "-C", "fund", "--json"]);
    assert_eq!(ended.exit, Some(4), "{ended:#?}");
    assert_eq!(ended.errors()[0]["code"], "not-found");
    workshop
        .quorate(&["paper", "run.toml", "--out", "fund", "--fresh"])
        .fails(2, &["in use by process", "quorate stop"]);
    workshop.quorate(&["journal", "verify", "-C", "fund"]).ok();
    workshop.quorate(&["stop", "-C", "fund"]).ok();
    workshop
        .quorate(&["stop", "-C", "fund"])
        .fails(5, &["no process runs"]);
}

#[test]
fn a_kill_outlasts_a_resumption_that_was_asked_for_before_it() {
    let workshop = rested();
    workshop.quorate(&["resume", "-C", "fund"]).ok();
    workshop
        .quorate(&["kill", "-C", "fund", "--reason", "no"])
        .ok();
    workshop.quorate(&START).ok();
    let status = workshop.quorate(&["status", "-C", "fund", "--json"]).ok();
    assert_eq!(status.json()["trading"], "killed");
    assert!(!workshop.path("fund/RESUME").exists());
    assert_eq!(resumptions(&workshop), 0);

    // Without a kill it is taken up, once.
    workshop.quorate(&["resume", "-C", "fund"]).ok();
    workshop.quorate(&START).ok();
    assert_eq!(resumptions(&workshop), 1);
    workshop.quorate(&START).ok();
    assert_eq!(resumptions(&workshop), 1);
}

/// How often the journal says that a person resumed.
fn resumptions(workshop: &Workshop) -> usize {
    let out = ["journal", "export", "-C", "fund", "--out", "all.jsonl"];
    workshop.quorate(&out).ok();
    let lines = workshop.read("all.jsonl").to_lowercase();
    fs::remove_file(workshop.path("all.jsonl")).unwrap();
    lines.matches("\"resume\"").count()
}

#[test]
fn a_world_that_was_left_half_made_is_made_again() {
    let workshop = rested();
    fs::rename(
        workshop.path("fund/world-18"),
        workshop.path("fund/world-18.new"),
    )
    .unwrap();
    fs::remove_file(workshop.path("fund/world-18.new/tape/outcomes.csv")).unwrap();
    workshop.quorate(&START).ok();
    assert!(workshop.path("fund/world-18/tape/outcomes.csv").exists());
    assert!(!workshop.path("fund/world-18.new").exists());
}
