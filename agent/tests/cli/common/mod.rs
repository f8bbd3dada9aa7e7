//! The real program in a folder of its own, with a tape small enough to read.
#![allow(dead_code, reason = "every test file uses another part")]

mod ended;

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

pub(crate) use ended::Ended;

pub(crate) const MARKETS: &str = "\
market,topic,tick,fee_rate,closes_at
rain,weather,0.01,0.04,2025-03-02T00:00:00Z
snow,weather,0.01,0.04,2025-03-03T00:00:00Z
";
pub(crate) const QUOTES: &str = "\
at,market,bid,ask,bid_shares,ask_shares
2025-03-01T08:00:00Z,rain,0.40,0.42,500,500
2025-03-01T08:00:00Z,snow,0.20,0.22,500,500
2025-03-01T12:00:00Z,rain,0.44,0.46,500,500
2025-03-01T18:00:00Z,rain,0.55,0.57,500,500
2025-03-02T08:00:00Z,snow,0.15,0.17,500,500
2025-03-02T18:00:00Z,snow,0.05,0.07,500,500
";
pub(crate) const INFERENCES: &str = "\
published_at,worker,market,value
2025-03-01T09:00:00Z,radar,rain,0.75
2025-03-01T09:00:00Z,frog,rain,0.65
2025-03-01T09:00:00Z,radar,snow,0.05
2025-03-01T11:59:50Z,frog,rain,0.80
2025-03-01T17:59:50Z,radar,rain,0.90
2025-03-02T07:59:50Z,frog,snow,0.02
";
pub(crate) const OUTCOMES: &str = "\
market,resolved_at,payout
rain,2025-03-02T00:10:00Z,1
snow,2025-03-03T00:10:00Z,0
";
pub(crate) const RUN: &str = "\
run_version = 1
name = \"weather\"

[tape]
folder = \"tape\"

[[strategy]]
kind = \"election\"

[collective]
book_age_max = \"12h\"
";

/// A folder with `run.toml` and its tape.
pub(crate) struct Workshop {
    folder: TempDir,
}

impl Workshop {
    pub(crate) fn new() -> Self {
        let workshop = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(workshop.path("tape")).unwrap();
        for (name, text) in [
            ("run.toml", RUN),
            ("tape/markets.csv", MARKETS),
            ("tape/quotes.csv", QUOTES),
            ("tape/inferences.csv", INFERENCES),
            ("tape/outcomes.csv", OUTCOMES),
        ] {
            workshop.write(name, text);
        }
        workshop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces the only occurrence of a text in a file.
    pub(crate) fn change(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert_eq!(text.matches(from).count(), 1, "{from} in {name}");
        self.write(name, &text.replace(from, to));
    }

    /// Runs the program here.
    pub(crate) fn quorate(&self, words: &[&str]) -> Ended {
        run_in(self.folder.path(), words)
    }
}

/// Runs the program in a folder, with nothing of the caller's environment that it listens to.
pub(crate) fn run_in(folder: &Path, words: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_quorate"))
        .args(words)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("QUORATE_LOG")
        .output()
        .unwrap();
    Ended::from(output)
}
