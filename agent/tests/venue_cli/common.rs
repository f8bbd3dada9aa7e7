//! A workshop for the tests: a folder, the program, a venue.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

pub(crate) use crate::ended::Ended;

/// A key that is known everywhere, and a password that is long enough.
pub(crate) const KEY: &str = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";
pub(crate) const ADDRESS: &str = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23";
pub(crate) const PASSWORD: &str = "canary-password-of-the-tests";

/// A folder to work in.
pub(crate) struct Workshop(tempfile::TempDir);

impl Workshop {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder that is an instance's, with every setting at its default.
    pub(crate) fn instance() -> Self {
        let workshop = Self::new();
        workshop.write("quorate.toml", "config_version = 1\n", 0o600);
        workshop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str, mode: u32) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quorate"));
        command
            .args(words)
            .current_dir(self.0.path())
            .env_remove("NO_COLOR")
            .env_remove("QUORATE_LOG")
            .env_remove("CREDENTIALS_DIRECTORY")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program without a terminal and without input.
    pub(crate) fn quorate(&self, words: &[&str]) -> Ended {
        self.command(words).output().unwrap().into()
    }

    /// Runs the program with lines on stdin.
    pub(crate) fn told(&self, input: &str, words: &[&str]) -> Ended {
        let mut child = self
            .command(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that refuses before it reads closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    /// The test key as `keys/main.json`.
    pub(crate) fn import(&self) -> Ended {
        self.told(
            &format!("{PASSWORD}\n{KEY}\n"),
            &["keys", "import", "--password-stdin"],
        )
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }
}

/// A local venue as its own process.
pub(crate) struct VenueProcess {
    child: Child,
    pub(crate) greeting: Value,
}

impl VenueProcess {
    /// Starts the venue on the brief sample world.
    pub(crate) fn start(workshop: &Workshop) -> Self {
        let words = [
            "venue",
            "--json",
            "--world",
            "brief",
            "--listen",
            "127.0.0.1:0",
            "--out",
            "rehearsal",
            "--max-runtime",
            "600",
        ];
        let mut child = workshop
            .command(&words)
            .stdout(Stdio::piped())
            .stderr(fs::File::create(workshop.path("venue.err")).unwrap())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (mut text, mut line) = (String::new(), String::new());
        while line != "}\n" {
            line.clear();
            assert!(
                out.read_line(&mut line).unwrap() > 0,
                "the venue ended: {text}"
            );
            text.push_str(&line);
        }
        Self {
            child,
            greeting: serde_json::from_str(&text).unwrap(),
        }
    }

    pub(crate) fn word(&self, key: &str) -> &str {
        self.greeting[key].as_str().unwrap()
    }
}

impl Drop for VenueProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All files below a folder, with their bytes.
pub(crate) fn files_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if let Ok(mut file) = fs::File::open(&path) {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            found.push((path, bytes));
        }
    }
    found
}
