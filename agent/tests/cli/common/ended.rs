//! What a run of the real program left behind, and what a test insists on.
#![allow(dead_code, reason = "no test program uses all of it")]

use std::process::Output;

use serde_json::Value;

/// What a run of the program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// Insists on success.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.exit, Some(0), "{self:#?}");
        self
    }

    /// Insists on an exit code, on an empty stdout, and on every part being said on stderr.
    pub(crate) fn fails(self, exit: i32, parts: &[&str]) -> Self {
        assert_eq!(self.stdout, "", "{self:#?}");
        self.ends(exit, parts)
    }

    /// Insists on an exit code, and on every part being said on stderr.
    pub(crate) fn ends(self, exit: i32, parts: &[&str]) -> Self {
        assert_eq!(self.exit, Some(exit), "{self:#?}");
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in {}", self.stderr);
        }
        self
    }

    /// Stdout as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Stderr as JSON: the errors of a command with `--json`.
    pub(crate) fn errors(&self) -> Vec<Value> {
        let value: Value = serde_json::from_str(&self.stderr).unwrap();
        match (value.get("error"), value.get("errors")) {
            (Some(error), None) => vec![error.clone()],
            (None, Some(errors)) => errors.as_array().unwrap().clone(),
            _ => panic!("neither error nor errors: {value}"),
        }
    }
}
