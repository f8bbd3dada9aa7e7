//! Diagnostics that name the file, the row group, the row and the column of a Parquet file.

use std::path::Path;

use parquet::errors::ParquetError;

use super::schema::ROW_GROUP_ROWS;
use crate::input::{Diagnostic, ExitClass};

/// Something wrong with a file as a whole.
pub(super) fn in_file(path: &Path, code: &'static str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(ExitClass::Data, code, message).in_file(path.display().to_string())
}

/// A file that the file system does not give.
pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let (exit, code) = match error.kind() {
        std::io::ErrorKind::NotFound => (ExitClass::NotFound, "file-not-found"),
        _ => (ExitClass::Data, "file-unreadable"),
    };
    let message = format!("cannot read: {error}");
    Diagnostic::new(exit, code, message).in_file(path.display().to_string())
}

/// A file that could not be written.
pub(super) fn unwritable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let message = format!("cannot write: {error}");
    Diagnostic::new(ExitClass::Internal, "cannot-write", message)
        .in_file(path.display().to_string())
}

/// A Parquet file that does not open or breaks off.
pub(super) fn not_parquet(path: &Path, row: u64, error: &ParquetError) -> Diagnostic {
    let bytes = std::fs::metadata(path).map_or(0, |meta| meta.len());
    let message = match row {
        0 => format!("no whole Parquet file ({bytes} bytes): {error}"),
        row => format!("the Parquet file breaks off after row {row}: {error}"),
    };
    let hint = "fetch the file again, or remove it: the hour then counts as missing";
    in_file(path, "damaged-file", message).with_hint(hint)
}

/// A column that is absent or of another type.
pub(super) fn wrong_column(path: &Path, column: &str, found: &str, expected: &str) -> Diagnostic {
    let message = format!("column {column}: expected {expected}, found {found}");
    let hint = "check that the file is of the kind that the command names";
    in_file(path, "wrong-schema", message).with_hint(hint)
}

/// Where a value stands; rows are counted from 0 within the file.
pub(super) fn place(path: &Path, row: u64, column: &str) -> String {
    let group = row / ROW_GROUP_ROWS as u64;
    format!(
        "{}: row group {group}, row {row}, column {column}",
        path.display()
    )
}
