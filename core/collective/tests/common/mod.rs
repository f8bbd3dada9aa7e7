//! Shared by the vector tests: where the vectors are, how close is close enough, JSON access.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::PathBuf;

use quorate_collective::{PerWorker, WorkerKey};
use serde_json::Value;

/// Folder of the collective vectors: `QUORATE_VECTORS`, or the copy in this repository.
pub(crate) fn vectors_folder() -> PathBuf {
    let root = std::env::var_os("QUORATE_VECTORS").map_or_else(
        || {
            PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../testdata/vectors"
            ))
        },
        PathBuf::from,
    );
    root.join("collective")
}

/// A JSON file below `sequences/`.
pub(crate) fn sequence(name: &str) -> Value {
    let path = vectors_folder().join("sequences").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// A recording that is not shipped with the repository: its path, or `None` with a plain notice.
#[allow(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn recording(name: &str) -> Option<PathBuf> {
    let path = vectors_folder().join(name);
    if path.exists() {
        return Some(path);
    }
    println!(
        "SKIPPED: {} is absent; set QUORATE_VECTORS to run this test",
        path.display()
    );
    None
}

/// Counts comparisons and fails at the first value outside the tolerance.
#[derive(Default)]
pub(crate) struct Check {
    pub(crate) compared: usize,
}

impl Check {
    pub(crate) fn close(&mut self, got: f64, want: f64, what: &str) {
        let tolerance = 1e-12 + 1e-9 * want.abs();
        assert!(
            (got - want).abs() <= tolerance,
            "{what}: got {got}, want {want}"
        );
        self.compared += 1;
    }

    pub(crate) fn within(&mut self, got: f64, want: f64, absolute: f64, what: &str) {
        assert!(
            (got - want).abs() <= absolute,
            "{what}: got {got}, want {want}"
        );
        self.compared += 1;
    }

    pub(crate) fn optional(&mut self, got: Option<f64>, want: &Value, what: &str) {
        match (got, want.as_f64()) {
            (Some(got), Some(want)) => self.close(got, want, what),
            (None, None) => self.compared += 1,
            (got, want) => panic!("{what}: got {got:?}, want {want:?}"),
        }
    }

    pub(crate) fn all(&mut self, got: &[f64], want: &Value, what: &str) {
        let want = numbers(want);
        assert_eq!(got.len(), want.len(), "{what}: lengths");
        for (got, want) in got.iter().zip(want) {
            self.close(*got, want, what);
        }
    }

    pub(crate) fn per_worker(&mut self, got: &PerWorker<f64>, want: &Value, what: &str) {
        let want = want.as_object().unwrap();
        assert_eq!(got.len(), want.len(), "{what}: {got:?} against {want:?}");
        for (name, want) in want {
            let got = got
                .get(worker(name))
                .unwrap_or_else(|| panic!("{what}: no {name}"));
            self.close(*got, want.as_f64().unwrap(), &format!("{what} {name}"));
        }
    }
}

/// `i3` or `f3` or `w3` or `3` as worker 3.
pub(crate) fn worker(name: &str) -> WorkerKey {
    WorkerKey(
        name.trim_start_matches(|c: char| !c.is_ascii_digit())
            .parse()
            .unwrap(),
    )
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

pub(crate) fn per_worker(value: &Value) -> PerWorker<f64> {
    let entries = value.as_object().unwrap().iter();
    entries
        .map(|(name, v)| (worker(name), v.as_f64().unwrap()))
        .collect()
}

pub(crate) fn per_worker_values(value: &Value) -> PerWorker<Vec<f64>> {
    let entries = value.as_object().unwrap().iter();
    entries
        .map(|(name, v)| (worker(name), numbers(v)))
        .collect()
}

pub(crate) fn per_worker_pairs(value: &Value) -> PerWorker<PerWorker<f64>> {
    let entries = value.as_object().unwrap().iter();
    entries
        .map(|(name, v)| (worker(name), per_worker(v)))
        .collect()
}
