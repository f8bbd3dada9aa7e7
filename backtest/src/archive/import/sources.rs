//! The files of a source and one hash over them.

use std::path::{Path, PathBuf};

use super::located;
use crate::archive::manifest::{hash_file, hex, sha256};
use crate::input::Diagnostic;

/// One file of a source.
pub(super) struct SourceFile {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
}

/// The files with one of the endings, in the order of their paths: the file itself, or all of a folder and its folders.
pub(super) fn files(source: &Path, endings: &[&str]) -> Result<Vec<SourceFile>, Diagnostic> {
    let mut found = Vec::new();
    collect(source, endings, &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn collect(path: &Path, endings: &[&str], found: &mut Vec<SourceFile>) -> Result<(), Diagnostic> {
    let unreadable = |error: std::io::Error| located::unreadable(path, &error);
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    if meta.is_file() {
        found.push(SourceFile {
            path: path.to_path_buf(),
            bytes: meta.len(),
        });
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_wanted = endings.iter().any(|ending| name.ends_with(ending));
        if !name.starts_with('.') && (is_wanted || entry.path().is_dir()) {
            collect(&entry.path(), endings, found)?;
        }
    }
    Ok(())
}

/// One hash over the names and bytes of all files.
pub(super) fn hash(files: &[SourceFile]) -> Result<String, Diagnostic> {
    let mut all = String::new();
    for file in files {
        let (hash, _) =
            hash_file(&file.path).map_err(|error| located::unreadable(&file.path, &error))?;
        let name = file.path.file_name().unwrap_or_default().to_string_lossy();
        all.push_str(&format!("{name}\n{hash}\n"));
    }
    Ok(hex(&sha256(all.as_bytes())))
}
