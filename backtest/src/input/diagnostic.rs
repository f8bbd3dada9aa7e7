//! What is wrong with an input, where, and what to do about it.

use std::fmt;

use serde::Serialize;

/// The class of a failure, which is the exit code of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitClass {
    /// A broken invariant of the program itself.
    Internal = 1,
    /// A configuration or run file is wrong.
    Config = 3,
    /// Something that was named does not exist.
    NotFound = 4,
    /// Recorded data is invalid, contradicts itself or has a gap.
    Data = 10,
}

impl ExitClass {
    /// The process exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// The line a diagnostic points at, and the part of it to underline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The source line, without its line break.
    pub text: String,
    /// First underlined character, counted from 1.
    pub column: usize,
    /// Number of underlined characters; at least one caret is drawn.
    pub width: usize,
}

/// A second place that explains the first, such as an earlier definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// What is to be seen there: a lower-case fragment.
    pub note: String,
    /// The file as the user named it.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column (characters in text, field number in a table), counted from 1.
    pub column: usize,
}

/// One mistake in an input. Serialises to `code`, `message`, `hint`, `file`, `line`, `col`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable identifier in kebab case, for scripts.
    pub code: &'static str,
    /// What is wrong: a lower-case fragment without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The file as the user named it.
    pub file: Option<String>,
    /// Line, counted from 1; absent when the whole file is meant.
    pub line: Option<usize>,
    /// Column (characters in text, field number in a table), counted from 1.
    #[serde(rename = "col")]
    pub column: Option<usize>,
    /// The source line with the part to underline.
    #[serde(skip)]
    pub excerpt: Option<Excerpt>,
    /// A second place that explains the first.
    #[serde(skip)]
    pub related: Option<Related>,
    /// The exit code this mistake leads to.
    #[serde(skip)]
    pub exit: ExitClass,
}

impl Diagnostic {
    /// A diagnostic without a place.
    #[must_use]
    pub fn new(exit: ExitClass, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            file: None,
            line: None,
            column: None,
            excerpt: None,
            related: None,
            exit,
        }
    }

    /// Names the file as a whole.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Names a line and a column, both counted from 1.
    #[must_use]
    pub fn at(mut self, file: impl Into<String>, line: usize, column: usize) -> Self {
        self.file = Some(file.into());
        self.line = Some(line);
        self.column = Some(column);
        self
    }

    /// Shows the source line.
    #[must_use]
    pub fn with_excerpt(mut self, excerpt: Excerpt) -> Self {
        self.excerpt = Some(excerpt);
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Points to a second place.
    #[must_use]
    pub fn with_related(mut self, related: Related) -> Self {
        self.related = Some(related);
        self
    }

    /// `file:line:col: message`, as much of the place as is known.
    #[must_use]
    pub fn one_line(&self) -> String {
        let place = self.place();
        let message = printable(&self.message);
        if place.is_empty() {
            message
        } else {
            format!("{place}: {message}")
        }
    }

    fn place(&self) -> String {
        let mut place = printable(self.file.as_deref().unwrap_or_default());
        for number in [self.line, self.column].into_iter().flatten() {
            place.push_str(&format!(":{number}"));
        }
        place
    }

    fn write_excerpt(&self, f: &mut fmt::Formatter<'_>, excerpt: &Excerpt) -> fmt::Result {
        let number = self.line.map(|line| line.to_string()).unwrap_or_default();
        let margin = " ".repeat(number.len());
        let (text, column) = visible_window(excerpt);
        let shown = text.chars().count();
        let room = (shown + 1).saturating_sub(column - 1).max(1);
        let carets = "^".repeat(excerpt.width.clamp(1, room));
        let pad = " ".repeat(column - 1);
        write!(
            f,
            "\n {margin} |\n {number} | {text}\n {margin} | {pad}{carets}"
        )
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", printable(&self.message))?;
        let place = self.place();
        if !place.is_empty() {
            write!(f, "\n  --> {place}")?;
        }
        if let Some(excerpt) = &self.excerpt {
            self.write_excerpt(f, excerpt)?;
        }
        if let Some(related) = &self.related {
            let Related {
                note,
                file,
                line,
                column,
            } = related;
            let (note, file) = (printable(note), printable(file));
            write!(f, "\n  ::: {file}:{line}:{column}: {note}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {}", printable(hint))?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

/// Longest part of a source line that is shown, in characters.
const EXCERPT_WIDTH: usize = 100;

/// The part of the line around the underlined place, and the column of that place within the part.
fn visible_window(excerpt: &Excerpt) -> (String, usize) {
    let column = excerpt.column.max(1);
    let start = if column > EXCERPT_WIDTH {
        column - EXCERPT_WIDTH / 2
    } else {
        1
    };
    let text: String = excerpt
        .text
        .chars()
        .skip(start - 1)
        .take(EXCERPT_WIDTH)
        .collect();
    let text = text.trim_end_matches(['\r', '\n']);
    (printable(text), column - start + 1)
}

/// Replaces control characters one for one, so that a hostile file cannot steer the reader's terminal and carets
/// stay under what they mean.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() || is_bidirectional_control(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

fn is_bidirectional_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
