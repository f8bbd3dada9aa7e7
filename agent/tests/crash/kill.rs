//! The real program, killed without warning at random moments and started again, until its run is over: what the
//! operator is told at the end is what an uninterrupted run tells.
//!
//! `QUORATE_KILLS` kills that many times instead of 40, `QUORATE_KILL_SEED` draws other moments.
#![cfg(unix)]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::day::{RUN, brief, cut};
use quorate_domain::MarketId;
use serde_json::Value;

const SIGKILL: i32 = 9;

/// A folder with a run file and its tape.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tape = brief(5);
        let fast: Vec<MarketId> = (14..20).map(MarketId).collect();
        let tape = cut(&tape, &[MarketId(4), MarketId(6)], 1_500, &fast);
        quorate_backtest::tape::write(&tape, &folder.path().join("tape")).unwrap();
        fs::write(folder.path().join("run.toml"), RUN).unwrap();
        Self { folder }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn paper(&self, out: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
        command.args(["paper", "--open-nothing", "--out"]).arg(out);
        command.arg(self.folder.path().join("run.toml"));
        command
            .arg("--quiet")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }
}

/// What the program says of an instance, without what counts starts and the state of the process.
fn told(out: &Path) -> Value {
    let questions = [
        vec!["status"],
        vec!["positions"],
        vec!["fills", "--last", "0"],
        vec!["orders", "--all", "--last", "0"],
        vec!["pnl"],
    ];
    let answers = questions.map(|question| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
        let output = command
            .args(&question)
            .arg("-C")
            .arg(out)
            .arg("--json")
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{question:?}: {error}");
        let mut value: Value = serde_json::from_slice(&output.stdout).unwrap();
        if let Some(object) = value.as_object_mut() {
            for beside in ["process", "pid", "starts"] {
                object.remove(beside);
            }
        }
        value
    });
    Value::Array(answers.into())
}

/// Starts, and kills after a time. Gives whether the program was over before.
fn killed_after(command: &mut Command, delay: Duration) -> bool {
    let mut child = command.spawn().unwrap();
    thread::sleep(delay);
    // Not an error if it has ended by itself.
    let _ = child.kill();
    let status = child.wait().unwrap();
    if status.signal() == Some(SIGKILL) {
        return false;
    }
    assert!(status.success(), "a start after a kill ended with {status}");
    true
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_as_one_that_is_not() {
    let world = World::new();
    let whole = world.out("whole");
    let began = Instant::now();
    assert!(world.paper(&whole).status().unwrap().success());
    let longest = began.elapsed();
    let expected = told(&whole);
    assert!(10 < expected[2]["fills"].as_array().unwrap().len());

    let (kills, seed) = (number("QUORATE_KILLS", 40), number("QUORATE_KILL_SEED", 7));
    let mut dice = fastrand::Rng::with_seed(seed);
    let (mut killed, mut resumed, mut over) = (0, 0, 0);
    let mut out = world.out("killed-0");
    while killed < kills {
        resumed += u64::from(out.join("journal").exists());
        let delay = longest.mul_f64(dice.f64() * 1.2);
        if killed_after(&mut world.paper(&out), delay) {
            assert_eq!(
                told(&out),
                expected,
                "seed {seed}, run {over} after {killed} kills"
            );
            over += 1;
            out = world.out(&format!("killed-{over}"));
        } else {
            killed += 1;
        }
    }
    assert!(world.paper(&out).status().unwrap().success());
    assert_eq!(
        told(&out),
        expected,
        "seed {seed}, the last run after {killed} kills"
    );
    println!(
        "seed {seed}: {killed} kills, {resumed} starts on what was left, {} runs to their end, an uninterrupted one takes {} ms",
        over + 1,
        longest.as_millis()
    );
    assert!(
        kills / 2 <= resumed,
        "most kills left nothing to go on with"
    );
}
