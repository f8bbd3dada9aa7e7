//! What an archive holds: one entry for every file, with its hash and where it came from.
//!
//! The manifest is what makes an import resumable: an hour whose file is there, whole, and made from the same source is
//! not made again. It is written anew after every finished hour, whole or not at all.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::located;
use crate::input::{Diagnostic, write_atomically};

/// Name of the file.
pub const MANIFEST_FILE: &str = "manifest.json";
/// Version of its layout.
const LAYOUT: u32 = 1;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourEntry {
    /// Hour of UTC, `YYYY-MM-DDTHH`.
    pub hour: String,
    /// Hours since 1970.
    pub hour_number: u64,
    /// Rows.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Hash of what it was made from.
    pub source: String,
}

/// What an hour without a file means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsentHours {
    /// Messages were lost: nothing trades across it.
    #[default]
    Missing,
    /// Nothing happened: the source was whole.
    Quiet,
}

/// Everything an archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the layout of this file.
    pub layout: u32,
    /// What an hour without a file means.
    #[serde(default)]
    pub absent_hours: AbsentHours,
    /// Files by path within the archive, with `/` between its parts.
    pub files: BTreeMap<String, HourEntry>,
    /// What was left out by each source, by reason.
    pub excluded: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            layout: LAYOUT,
            absent_hours: AbsentHours::default(),
            files: BTreeMap::new(),
            excluded: BTreeMap::new(),
        }
    }
}

impl Manifest {
    /// Reads the manifest of an archive; an absent one is empty.
    ///
    /// # Errors
    /// It cannot be read, is no manifest, or is of another layout.
    pub fn read(archive: &Path) -> Result<Self, Diagnostic> {
        let path = archive.join(MANIFEST_FILE);
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            other => other.map_err(|error| located::unreadable(&path, &error))?,
        };
        let found: Self = serde_json::from_slice(&bytes).map_err(|error| {
            let message = format!("no manifest of an archive: {error}");
            located::in_file(&path, "bad-manifest", message)
                .with_hint("remove it and import again; finished hours are then made anew")
        })?;
        if found.layout != LAYOUT {
            let message = format!("layout {} where {LAYOUT} is expected", found.layout);
            return Err(located::in_file(&path, "bad-manifest", message).with_hint(
                "the archive was made by another version of the program: import again",
            ));
        }
        Ok(found)
    }

    /// Writes it.
    ///
    /// # Errors
    /// Whatever the file system reports.
    pub fn write(&self, archive: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        write_atomically(&archive.join(MANIFEST_FILE), |file| file.write_all(&text))
    }

    /// The file that holds an hour from a source, if it is there and as large as it was.
    #[must_use]
    pub fn finished(&self, archive: &Path, hour: &str, source: &str) -> Option<&HourEntry> {
        let own = self
            .files
            .iter()
            .find(|(_, entry)| entry.hour == hour && entry.source == source);
        let (path, entry) = own?;
        let meta = std::fs::metadata(archive.join(path)).ok()?;
        (meta.len() == entry.bytes).then_some(entry)
    }

    /// One hash over the hashes of all files: what a cache was made from.
    #[must_use]
    pub fn content_hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for (path, entry) in &self.files {
            for part in [path.as_bytes(), entry.sha256.as_bytes()] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        hasher.finalize().into()
    }

    /// Rows in all files.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.files.values().map(|entry| entry.rows).sum()
    }
}

/// SHA-256 of bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lower-case hexadecimal text.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of a file's bytes, hexadecimal, and their number.
///
/// # Errors
/// The file cannot be read.
pub fn hash_file(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut total = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((hex(&hasher.finalize()), total));
        }
        hasher.update(&buffer[..read]);
        total += read as u64;
    }
}
