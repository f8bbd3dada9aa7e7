//! The files of a tape's folder, and one hash over all of them.

use std::fmt;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::input::{CsvTable, Diagnostic, Diagnostics, ExitClass, closest};

/// Every table a tape can have, without the ending.
pub(super) const TABLES: [&str; 9] = [
    "markets",
    "ticks",
    "quotes",
    "books",
    "trades",
    "inferences",
    "outcomes",
    "topics",
    "references",
];

/// SHA-256 over the names and bytes of a tape's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The bytes of a tape's files.
pub(super) struct Folder {
    path: String,
    /// Table, path of the file and its bytes (until opened), in the order of [`TABLES`].
    files: Vec<(&'static str, String, Vec<u8>)>,
    /// Hash over the file names (without the folder) and bytes, each with its length before it.
    pub(super) hash: ContentHash,
}

impl Folder {
    /// Reads every table that is there.
    pub(super) fn read(path: &Path) -> Result<Self, Diagnostics> {
        let names = file_names(path)?;
        let mut errors = Diagnostics::new();
        let mut files = Vec::new();
        for table in TABLES {
            let endings = [format!("{table}.csv"), format!("{table}.csv.gz")];
            let found: Vec<&String> = endings.iter().filter(|name| names.contains(name)).collect();
            if let [first, second] = found[..] {
                let message = format!("both {first} and {second} are there");
                let error = Diagnostic::new(ExitClass::Data, "two-files-of-a-table", message);
                errors.push(
                    error
                        .in_file(path.display().to_string())
                        .with_hint("remove one"),
                );
            }
            let Some(name) = found.first() else { continue };
            let file = path.join(name);
            let shown = file.display().to_string();
            match std::fs::read(&file) {
                Ok(bytes) => files.push((table, shown, bytes)),
                Err(error) => errors.push(unreadable(&shown, &error)),
            }
        }
        let folder = Self {
            path: path.display().to_string(),
            hash: hash(&files),
            files,
        };
        folder.report_misnamed(&names, &mut errors);
        folder.report_missing(&mut errors);
        errors.into_result(folder)
    }

    /// A table, opened; `None` if there is no such file or it has no usable header, which is reported.
    pub(super) fn open(&mut self, table: &str, errors: &mut Diagnostics) -> Option<CsvTable> {
        let (_, name, bytes) = self.files.iter_mut().find(|(own, ..)| *own == table)?;
        match CsvTable::from_bytes(name, std::mem::take(bytes)) {
            Ok(opened) => Some(opened),
            Err(found) => {
                errors.append(found);
                None
            }
        }
    }

    pub(super) fn has(&self, table: &str) -> bool {
        self.files.iter().any(|(own, ..)| *own == table)
    }

    fn report_missing(&self, errors: &mut Diagnostics) {
        for table in ["markets", "outcomes"] {
            if !self.has(table) {
                errors.push(self.missing(&format!("no {table}.csv in the folder")));
            }
        }
        if !self.has("quotes") && !self.has("books") {
            errors.push(self.missing("neither quotes.csv nor books.csv in the folder"));
        }
    }

    fn missing(&self, message: &str) -> Diagnostic {
        Diagnostic::new(ExitClass::Data, "missing-file", message)
            .in_file(self.path.clone())
            .with_hint("a tape has markets.csv, outcomes.csv, and quotes.csv or books.csv")
    }

    /// A table under a mistyped name would silently be left out.
    fn report_misnamed(&self, names: &[String], errors: &mut Diagnostics) {
        for name in names {
            let stem = name.strip_suffix(".gz").unwrap_or(name);
            let Some(stem) = stem.strip_suffix(".csv") else {
                continue;
            };
            let near = closest(stem, TABLES).filter(|near| *near != stem && !self.has(near));
            if let Some(near) = near {
                let message = format!("{name} is no table of a tape");
                let error = Diagnostic::new(ExitClass::Data, "misnamed-file", message);
                let hint = format!("did you mean {near}.csv?");
                errors.push(error.in_file(self.path.clone()).with_hint(hint));
            }
        }
    }
}

fn hash(files: &[(&'static str, String, Vec<u8>)]) -> ContentHash {
    let mut hasher = Sha256::new();
    for (_, path, bytes) in files {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        for part in [name.as_bytes(), bytes] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    ContentHash(hasher.finalize().into())
}

fn file_names(path: &Path) -> Result<Vec<String>, Diagnostics> {
    let shown = path.display().to_string();
    let listed = std::fs::read_dir(path).and_then(|entries| {
        entries
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<Result<Vec<_>, _>>()
    });
    let mut names: Vec<String> = match listed {
        Ok(names) => names
            .into_iter()
            .filter_map(|name| name.into_string().ok())
            .collect(),
        Err(error) => return Err(unreadable(&shown, &error).into()),
    };
    names.sort();
    Ok(names)
}

fn unreadable(name: &str, error: &std::io::Error) -> Diagnostic {
    let (exit, code) = match error.kind() {
        std::io::ErrorKind::NotFound => (ExitClass::NotFound, "file-not-found"),
        _ => (ExitClass::Data, "file-unreadable"),
    };
    Diagnostic::new(exit, code, format!("cannot read: {error}")).in_file(name)
}
