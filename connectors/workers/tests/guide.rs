//! The guide's promises: its Python examples work as they stand, and its table of faults is complete and true.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
mod house;

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Instant;

use common::{PATIENCE, SetClock, http, question};
use house::open_house;
use quorate_workers::{FaultKind, Outcome, probe};
use tokio::process::Command;

const GUIDE: &str = include_str!("../../../docs/workers.md");

/// The n-th Python block of the guide.
fn block(n: usize) -> &'static str {
    let after = GUIDE.split("```python\n").nth(n + 1).unwrap();
    after.split("```").next().unwrap()
}

/// Python, or `None` with a word about it where there is none.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
fn python(script: &str) -> Option<Command> {
    let found = std::process::Command::new("python3").arg("-V").output();
    if found.is_err() {
        println!("skipped: there is no python3 here");
        return None;
    }
    let mut command = Command::new("python3");
    command.args(["-u", "-c", script]).kill_on_drop(true);
    Some(command)
}

#[tokio::test]
async fn the_push_example_works_as_it_stands() {
    let house = open_house().await;
    let script = block(0).replace(
        "http://127.0.0.1:8081",
        &format!("http://{}", house.address),
    );
    let Some(mut python) = python(&script) else {
        return;
    };
    let output = python
        .env("QUORATE_TOKEN", "token of a")
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        said.starts_with("Will it happen? 0.428 standing "),
        "{said}"
    );
    assert_eq!(
        house.intake.counters().into_values().next().unwrap().heard,
        1
    );
}

#[tokio::test]
async fn the_http_example_works_as_it_stands() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    drop(listener);
    let script = block(1).replace("8000", &address.port().to_string());
    let Some(mut python) = python(&script) else {
        return;
    };
    let _server = python.stderr(Stdio::null()).spawn().unwrap();
    let spec = http(
        1,
        "w",
        format!("http://{address}/inference/{{TopicId}}/{{BlockHeight}}"),
    );
    let start = Instant::now();
    loop {
        let report = probe(&spec, &question(), &*SetClock::new()).await;
        match report.verdict {
            Ok(taken) => {
                assert!(taken.starts_with("probability 0.57 "), "{taken}");
                return;
            }
            Err(fault) => assert!(
                fault.kind() == FaultKind::Unreachable && start.elapsed() < PATIENCE,
                "{fault}"
            ),
        }
    }
}

#[test]
fn the_table_of_faults_names_each_with_its_outcome() {
    for kind in FaultKind::ALL {
        let row = format!("| `{}` |", kind.code());
        let line = GUIDE.lines().find(|line| line.starts_with(&row));
        let outcome = match kind.outcome() {
            Outcome::Absent => "| absent |",
            Outcome::Refused => "| refused |",
        };
        assert!(
            line.is_some_and(|line| line.ends_with(outcome)),
            "{row} {outcome}"
        );
    }
}
