//! Settings read again while an instance runs: limits become tighter, all of them or none, and the journal knows.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::run_in;

/// Ends a process when the test does, however that is.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn settings(risk: &str) -> String {
    format!(
        "config_version = 1\nmode = \"paper\"\n[data]\nseed = 3\nspeed = 5000\n[risk]\n{risk}\n"
    )
}

fn start(folder: &Path) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
    command.args(["paper", "-C", "fund"]);
    for address in ["control", "intake", "metrics"] {
        command.args(["--set", &format!("http.{address}=127.0.0.1:0")]);
    }
    let child = command
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while !folder.join("fund/contact.json").exists() {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "it does not start"
        );
        thread::sleep(Duration::from_millis(20));
    }
    Running(child)
}

#[test]
fn limits_become_tighter_while_it_runs_and_never_looser_and_the_journal_replays() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    let file = folder.join("fund/quorate.toml");
    fs::create_dir(folder.join("fund")).unwrap();
    fs::write(&file, settings("max_drawdown = \"9%\"")).unwrap();
    let reload = ["reload", "-C", "fund"];

    run_in(folder, &reload).fails(5, &["no process runs"]);
    let running = start(folder);
    assert!(
        run_in(folder, &reload)
            .ok()
            .stdout
            .contains("nothing changes")
    );

    fs::write(&file, settings("max_drawdown = \"8%\"")).unwrap();
    let tighter = run_in(folder, &reload).ok();
    assert!(tighter.stdout.contains("risk.max_drawdown"), "{tighter:?}");

    // Looser, half-written, or with a mistake in it: nothing changes.
    fs::write(&file, settings("max_drawdown = \"9%\"")).unwrap();
    run_in(folder, &reload).fails(3, &["max_drawdown", "nothing has changed"]);
    fs::write(&file, settings("max_drawdown = \"7%\"").trim_end()).unwrap();
    run_in(folder, &reload).fails(3, &["half-written"]);
    fs::write(&file, settings("max_drawdwon = \"7%\"")).unwrap();
    run_in(folder, &reload).fails(3, &["max_drawdown"]);
    fs::write(&file, settings("max_drawdown = \"8%\"")).unwrap();
    assert!(
        run_in(folder, &reload)
            .ok()
            .stdout
            .contains("nothing changes")
    );

    run_in(folder, &["stop", "-C", "fund"]).ok();
    drop(running);
    let replayed = run_in(folder, &["replay", "--verify", "-C", "fund"]).ok();
    assert!(replayed.stdout.contains("all the same"), "{replayed:?}");
    run_in(folder, &["paper", "-C", "fund", "--speed", "max"]).ok();
    run_in(folder, &["replay", "--verify", "-C", "fund"]).ok();
}
