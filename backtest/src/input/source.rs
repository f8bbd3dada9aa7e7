//! The text of one input file, and how a byte offset in it becomes a line and a column.

use std::ops::Range;
use std::path::Path;

use super::diagnostic::{Diagnostic, Excerpt, ExitClass};
use super::diagnostics::Diagnostics;

/// A place in a text, both numbers counted from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column in characters.
    pub column: usize,
}

/// A named text with an index of its lines.
#[derive(Clone, Debug)]
pub struct SourceText {
    name: String,
    text: String,
    line_starts: Vec<usize>,
}

impl SourceText {
    /// Indexes a text that is already in memory; `name` is what diagnostics call it.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(breaks.map(|(at, _)| at + 1))
            .collect();
        Self {
            name: name.into(),
            text,
            line_starts,
        }
    }

    /// Reads a UTF-8 file.
    ///
    /// # Errors
    /// `NotFound` if there is no such file, `Config` if it cannot be read or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, Diagnostics> {
        let name = path.display().to_string();
        let read = std::fs::read(path).map_err(|error| unreadable(&name, &error));
        match String::from_utf8(read?) {
            Ok(text) => Ok(Self::new(name, text)),
            Err(error) => Err(not_utf8(&name, &error).into()),
        }
    }

    /// What diagnostics call the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset; an offset behind the end is the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.floor(offset);
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        Position {
            line,
            column: self.text[start..offset].chars().count() + 1,
        }
    }

    /// A diagnostic that points at a byte range of this text.
    #[must_use]
    pub fn diagnostic(
        &self,
        span: Range<usize>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Diagnostic {
        let Position { line, column } = self.position(span.start);
        let text = self.line(line);
        let start = self.floor(span.start);
        let end = self
            .floor(span.end)
            .max(start)
            .min(self.line_starts[line - 1] + text.len());
        let width = self
            .text
            .get(start..end)
            .map_or(1, |part| part.chars().count());
        Diagnostic::new(ExitClass::Config, code, message)
            .at(self.name.clone(), line, column)
            .with_excerpt(Excerpt {
                text: text.to_owned(),
                column,
                width,
            })
    }

    /// A line without its line break; `line` is counted from 1 and must exist.
    fn line(&self, line: usize) -> &str {
        let start = self.line_starts[line - 1];
        let end = self
            .line_starts
            .get(line)
            .map_or(self.text.len(), |next| *next - 1);
        self.text[start..end].trim_end_matches('\r')
    }

    /// The nearest character boundary at or before an offset.
    fn floor(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> Diagnostics {
    let (exit, code) = match error.kind() {
        std::io::ErrorKind::NotFound => (ExitClass::NotFound, "file-not-found"),
        _ => (ExitClass::Config, "file-unreadable"),
    };
    Diagnostic::new(exit, code, format!("cannot read the file: {error}"))
        .in_file(name)
        .into()
}

fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Diagnostic {
    let valid = error.utf8_error().valid_up_to();
    let before = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
    let end = before.len();
    SourceText::new(name, before)
        .diagnostic(
            end..end,
            "not-utf8",
            "the text is not valid UTF-8 from here on",
        )
        .with_hint("save the file as UTF-8")
}
