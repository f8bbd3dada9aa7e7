//! The kill switch: one flag in memory that every sender looks at, and one file that outlives the process.
//!
//! It can be thrown from the command line (which writes the file, whether the process answers or not), by a signal, by
//! the file appearing, over loopback HTTP, and by the watchdog. It stays thrown over restarts until a person resumes.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use quorate_domain::KillMode;
use serde::{Deserialize, Serialize};

/// Name of the file in an instance's folder.
pub const KILL_FILE: &str = "KILL";

/// What the kill file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KillOrder {
    /// What is done with what is open and held.
    pub mode: KillModeWord,
    /// Why, in a person's words.
    pub reason: String,
    /// When it was written, RFC 3339, for people.
    pub at: String,
}

/// The words for [`KillMode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KillModeWord {
    /// Withdraw everything; no new order.
    Cancel,
    /// Withdraw everything; afterwards only sales.
    ReduceOnly,
    /// Withdraw everything and sell what may be sold.
    Flatten,
}

impl From<KillModeWord> for KillMode {
    fn from(word: KillModeWord) -> Self {
        match word {
            KillModeWord::Cancel => Self::Cancel,
            KillModeWord::ReduceOnly => Self::ReduceOnly,
            KillModeWord::Flatten => Self::Flatten,
        }
    }
}

impl From<KillMode> for KillModeWord {
    fn from(mode: KillMode) -> Self {
        match mode {
            KillMode::Cancel => Self::Cancel,
            KillMode::ReduceOnly => Self::ReduceOnly,
            KillMode::Flatten => Self::Flatten,
        }
    }
}

/// The switch of one instance. Clones share it.
#[derive(Clone, Debug)]
pub struct KillSwitch {
    thrown: Arc<AtomicBool>,
    file: PathBuf,
}

impl KillSwitch {
    /// The switch of the instance in `folder`, as the file says.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let switch = Self {
            thrown: Arc::new(AtomicBool::new(false)),
            file: folder.join(KILL_FILE),
        };
        switch.look();
        switch
    }

    /// Where the file is.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Whether it is thrown. Cheap: every sender asks right before it sends.
    #[must_use]
    pub fn is_thrown(&self) -> bool {
        self.thrown.load(Ordering::Acquire)
    }

    /// Looks whether the file has appeared, and throws the switch if so. A file that cannot be looked at counts as there.
    pub fn look(&self) -> bool {
        let absent = matches!(fs::metadata(&self.file), Err(error) if error.kind() == io::ErrorKind::NotFound);
        if !absent {
            self.thrown.store(true, Ordering::Release);
        }
        self.is_thrown()
    }

    /// What the file says; a file that says nothing sensible is the strictest order.
    #[must_use]
    pub fn order(&self) -> Option<KillOrder> {
        let text = match fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(_) => String::new(),
        };
        Some(serde_json::from_str(&text).unwrap_or_else(|_| KillOrder {
            mode: KillModeWord::Cancel,
            reason: "the kill file is there".into(),
            at: String::new(),
        }))
    }

    /// Throws it in this process, at once, and for every later one. The flag is up even when the file cannot be written.
    ///
    /// # Errors
    /// The file could not be written: the stop will not outlive the process.
    pub fn throw(&self, order: &KillOrder) -> io::Result<()> {
        self.thrown.store(true, Ordering::Release);
        write_order(&self.file, order)
    }

    /// A person resumes: the file goes, then the flag.
    ///
    /// # Errors
    /// The file could not be removed; the switch stays thrown.
    pub fn release(&self) -> io::Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.thrown.store(false, Ordering::Release);
        Ok(())
    }
}

/// Writes a kill order, whole or not at all, and makes it last.
///
/// # Errors
/// The folder does not take it.
pub fn write_order(file: &Path, order: &KillOrder) -> io::Result<()> {
    let text = serde_json::to_string(order).map_err(io::Error::other)?;
    let scratch = file.with_extension("tmp");
    let mut out = File::create(&scratch)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&scratch, file)?;
    match file.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
