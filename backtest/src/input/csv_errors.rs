//! A table that cannot be read at all, or not to its end.

use super::diagnostic::{Diagnostic, ExitClass};

pub(super) fn unreadable(name: &str, error: &std::io::Error) -> Diagnostic {
    let (exit, code) = match error.kind() {
        std::io::ErrorKind::NotFound => (ExitClass::NotFound, "file-not-found"),
        _ => (ExitClass::Data, "file-unreadable"),
    };
    Diagnostic::new(exit, code, format!("cannot read the file: {error}")).in_file(name)
}

/// An error in the middle of a file, at the line that was to be read.
pub(super) fn broken_stream(name: &str, line: usize, error: &csv::Error) -> Diagnostic {
    let zipped = name.ends_with(".gz");
    let truncated = match error.kind() {
        csv::ErrorKind::Io(cause) => cause.kind() == std::io::ErrorKind::UnexpectedEof,
        _ => false,
    };
    let (code, message) = match (zipped, truncated) {
        (true, true) => ("truncated-gzip", "the gzip file ends too early".to_owned()),
        (true, false) => ("broken-gzip", format!("the gzip file is damaged: {error}")),
        (false, _) => ("broken-csv", format!("the file cannot be read on: {error}")),
    };
    let diagnostic = Diagnostic::new(ExitClass::Data, code, message).at(name, line, 1);
    if zipped {
        diagnostic.with_hint("download or copy the file again")
    } else {
        diagnostic
    }
}
