//! The guide for owners of models, followed to the letter: its Python, as printed, against a running instance, and the
//! worker's place on the leaderboard afterwards. The token that was shown once must be found nowhere.
#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::run_in;
use serde_json::Value;

/// The worker of this test speaks once; the election it speaks of is weeks away.
const AGE: &str = "collective.inference_age_max=90d";
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(60);

fn guide() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/workers.md");
    let text = fs::read_to_string(path).unwrap();
    let blocks = text.split("```python\n").skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

fn python_is_here() -> bool {
    let found = Command::new("python3").arg("--version").output();
    found.is_ok_and(|output| output.status.success())
}

/// Ends a process when the test does, however that is.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited too long for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn instance(folder: &Path, speed: &str) -> Running {
    let child = Command::new(env!("CARGO_BIN_EXE_quorate"))
        .args(["paper", "-C", "fund", "--speed", speed])
        .args([
            "--set",
            "http.control=127.0.0.1:0",
            "--set",
            "http.intake=127.0.0.1:0",
        ])
        .args(["--set", "http.metrics=127.0.0.1:0", "--set", AGE])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.join("paper.log")).unwrap())
        .spawn()
        .unwrap();
    Running(child)
}

fn contact(folder: &Path) -> Value {
    until("the instance", || {
        let text = fs::read_to_string(folder.join("fund/contact.json")).ok()?;
        serde_json::from_str(&text).ok()
    })
}

fn python(folder: &Path, program: &str, token: &str) -> String {
    let output = Command::new("python3")
        .args(["-c", program])
        .env("QUORATE_TOKEN", token)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_worker_written_from_the_guide_is_scored_and_its_token_is_found_nowhere() {
    if !python_is_here() {
        println!("skipped: there is no python3 here");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    run_in(folder, &["init", "fund"]).ok();
    let add = [
        "workers",
        "add",
        "mine",
        "--kind",
        "push",
        "--topic",
        "president",
        "-C",
        "fund",
    ];
    let added = run_in(folder, &add).ok();
    let shown = added
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("export QUORATE_TOKEN="));
    let token = shown.unwrap().to_owned();

    let running = instance(folder, "20000");
    let intake = contact(folder)["intake"].as_str().unwrap().to_owned();
    let program = guide()[0].replace("http://127.0.0.1:8081", &format!("http://{intake}"));
    // The questions are published within a moment of the start.
    let said = until("open questions", || {
        let said = python(folder, &program, &token);
        (!said.is_empty()).then_some(said)
    });
    assert!(said.contains("president of"), "{said}");
    let stopped = run_in(folder, &["stop", "-C", "fund"]).ok();
    assert!(stopped.stdout.contains("stopped"), "{stopped:?}");
    drop(running);

    // The rest of the world, as fast as it goes; then everything is recomputed from the raw submissions.
    run_in(
        folder,
        &["paper", "-C", "fund", "--speed", "max", "--set", AGE],
    )
    .ok();
    let board = run_in(
        folder,
        &[
            "leaderboard",
            "-C",
            "fund",
            "--topic",
            "president",
            "--json",
        ],
    )
    .ok();
    let text = board.stdout.as_str();
    assert!(text.contains("\"mine\""), "{text}");
    let mine = find(&board.json(), "mine").unwrap();
    assert!(
        0 < mine["standing"]["total"]["events"].as_u64().unwrap(),
        "{mine}"
    );

    for path in files(folder) {
        let bytes = fs::read(&path).unwrap();
        let found = bytes
            .windows(token.len())
            .any(|window| window == token.as_bytes());
        assert!(!found, "the token is in {}", path.display());
    }
}

/// The row of a worker, wherever the board has it.
fn find(value: &Value, worker: &str) -> Option<Value> {
    match value {
        Value::Object(map) => {
            let is_it = ["worker", "name"]
                .iter()
                .any(|key| map.get(*key).and_then(Value::as_str) == Some(worker));
            if is_it && map.contains_key("standing") {
                return Some(value.clone());
            }
            map.values().find_map(|inner| find(inner, worker))
        }
        Value::Array(list) => list.iter().find_map(|inner| find(inner, worker)),
        _ => None,
    }
}

#[test]
fn a_server_written_from_the_guide_answers_the_probe() {
    if !python_is_here() {
        println!("skipped: there is no python3 here");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let folder = home.path();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let program = guide()[1].replace("8000", &port.to_string());
    let server = Command::new("python3")
        .args(["-c", &program])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _server = Running(server);
    until("the server", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).ok()
    });
    run_in(folder, &["init", "fund"]).ok();
    let url = format!("http://127.0.0.1:{port}/inference/{{TopicId}}/{{BlockHeight}}");
    let add = [
        "workers",
        "add",
        "server",
        "--kind",
        "http",
        "--topic",
        "president",
        "--url",
        &url,
        "-C",
        "fund",
    ];
    run_in(folder, &add).ok();
    let tested = run_in(folder, &["workers", "test", "server", "-C", "fund"]).ok();
    assert!(tested.stdout.contains("0.57"), "{tested:?}");
}
