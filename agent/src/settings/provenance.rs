//! What every key is, and who said so.

use quorate_backtest::input::Diagnostic;
use sha2::{Digest, Sha256};

use super::key::Key;
use super::report::Origin;
use super::text_value::hex;
use super::value::SettingValue;

/// The value of one key with its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Dotted name; items of lists by their own names.
    pub path: String,
    /// The row of the table of keys.
    pub key: &'static Key,
    /// The value as TOML, secrets masked.
    pub shown: String,
    /// Who said so.
    pub origin: Origin,
    /// The value on a scale, if it has one.
    pub rank: Option<f64>,
    /// Digest of the whole value: two values are the same if their digests are.
    pub(super) stamp: [u8; 32],
}

impl Entry {
    pub(super) fn new<T: SettingValue>(
        path: String,
        key: &'static Key,
        value: &T,
        origin: Origin,
    ) -> Self {
        Self {
            path,
            key,
            shown: value.masked(),
            origin,
            rank: value.rank(),
            stamp: Sha256::digest(value.show().as_bytes()).into(),
        }
    }
}

/// What every key is and who said so, in the order of the table of keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provenance {
    pub(super) entries: Vec<Entry>,
    pub(super) warnings: Vec<Diagnostic>,
}

impl Provenance {
    /// All keys that have a value.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The key of that dotted name, if it has a value.
    #[must_use]
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.path == path)
    }

    /// What is allowed and yet unwise, such as a secret file that others can read.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// SHA-256 over all keys and values, in hexadecimal digits: the same for the same settings, whoever said them.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut sorted: Vec<&Entry> = self.entries.iter().collect();
        sorted.sort_by(|a, b| a.path.cmp(&b.path));
        let mut hash = Sha256::new();
        for entry in sorted {
            hash.update(entry.path.as_bytes());
            hash.update([0]);
            hash.update(entry.stamp);
        }
        hex(&hash.finalize())
    }
}
