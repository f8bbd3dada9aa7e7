//! The cells of a row, read as what they mean.

use super::csv_table::{Column, CsvTable};
use super::diagnostic::Diagnostic;
use super::quantity::{Refusal, parse_micros, parse_price, parse_probability};
use super::reading::{Place, Reading};
use super::spelling::closest;
use super::time_text::{parse_rfc3339, parse_unix_time};

/// A row of a table; lives until the next one is read.
#[derive(Clone, Copy)]
pub struct Row<'t> {
    pub(super) table: &'t CsvTable,
    pub(super) line: usize,
}

/// A cell that was asked for.
pub type Cell<'t, T> = Reading<CellPlace<'t>, T>;

/// Where a cell stands.
#[derive(Clone, Copy)]
pub struct CellPlace<'t> {
    row: Row<'t>,
    column: Column,
}

/// Longest cell text that is repeated in a message, in characters.
const SHOWN_TEXT: usize = 40;

impl Place for CellPlace<'_> {
    fn refuse(&self, refusal: Refusal) {
        let text = self.row.raw(self.column).unwrap_or_default();
        let mut shown: String = text.chars().take(SHOWN_TEXT).collect();
        if shown.len() < text.len() {
            shown.push_str("...");
        }
        let message = format!("{} {shown} {}", self.column.name, refusal.message);
        let mut diagnostic = self.row.diagnostic(self.column, refusal.code, message);
        diagnostic.hint = refusal.hint;
        self.row.table.report(diagnostic);
    }

    fn missing(&self) {
        if self.column.is_present() {
            let message = format!("{} is empty", self.column.name);
            let diagnostic = self.row.diagnostic(self.column, "empty-cell", message);
            self.row.table.report(diagnostic);
        }
        // An absent column was reported once when it was asked for.
    }
}

impl<'t> Row<'t> {
    /// Line of the row in its file, counted from 1.
    #[must_use]
    pub fn line(self) -> usize {
        self.line
    }

    /// Name of the file.
    #[must_use]
    pub fn file(self) -> &'t str {
        &self.table.name
    }

    /// The trimmed text of a cell, without any check; `None` if it is empty.
    #[must_use]
    pub fn raw(self, column: Column) -> Option<&'t str> {
        self.table
            .cell(column.index?)
            .filter(|text| !text.is_empty())
    }

    /// Any text.
    pub fn text(self, column: Column) -> Cell<'t, &'t str> {
        self.read(column, Ok)
    }

    /// `true` or `false`.
    pub fn bool(self, column: Column) -> Cell<'t, bool> {
        self.choice(column, &[("true", true), ("false", false)])
    }

    /// One of a few words.
    pub fn choice<T: Copy>(self, column: Column, words: &[(&str, T)]) -> Cell<'t, T> {
        self.read(column, |text| {
            let found = words.iter().find(|(word, _)| *word == text);
            found
                .map(|(_, value)| *value)
                .ok_or_else(|| not_a_choice(text, words))
        })
    }

    /// A whole number of at least 0.
    pub fn u64(self, column: Column) -> Cell<'t, u64> {
        self.read(column, |text| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let value = text.parse().ok().filter(|_| digits);
            value.ok_or_else(|| Refusal::new("not-a-count", "is not a whole number"))
        })
    }

    /// A finite number.
    pub fn number(self, column: Column) -> Cell<'t, f64> {
        self.read(column, |text| {
            let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
            value.ok_or_else(|| Refusal::new("not-a-number", "is not a finite number"))
        })
    }

    /// An exact decimal of at most 6 decimals, in micro-units; may be negative.
    pub fn micros(self, column: Column) -> Cell<'t, i64> {
        self.read(column, parse_micros)
    }

    /// A price from 0 to 1 dollar, in micro-dollars.
    pub fn price(self, column: Column) -> Cell<'t, i64> {
        self.read(column, parse_price)
    }

    /// A number of shares, in micro-shares; at least 0.
    pub fn shares(self, column: Column) -> Cell<'t, u64> {
        self.read(column, |text| {
            let micros = parse_micros(text)?;
            u64::try_from(micros).map_err(|_| Refusal::new("negative-size", "is negative"))
        })
    }

    /// A probability from 0 to 1.
    pub fn probability(self, column: Column) -> Cell<'t, f64> {
        self.read(column, parse_probability)
    }

    /// A time in nanoseconds since 1970-01-01T00:00:00Z.
    ///
    /// RFC 3339 with a zone, or a number since the epoch: seconds (decimals allowed), milliseconds, microseconds or
    /// nanoseconds. The size of the first number in the file tells the unit, which then holds for all of the file.
    pub fn time(self, column: Column) -> Cell<'t, u64> {
        self.read(column, |text| {
            if text.contains(['-', ':']) && !text.starts_with('-') {
                return parse_rfc3339(text);
            }
            let (nanos, unit) = parse_unix_time(text, self.table.time_unit.get())?;
            self.table.time_unit.set(Some(unit));
            Ok(nanos)
        })
    }

    /// A diagnostic at a cell of this row, for rules that only the caller knows. Hand it to [`Row::report`].
    #[must_use]
    pub fn diagnostic(
        self,
        column: Column,
        code: &'static str,
        message: impl Into<String>,
    ) -> Diagnostic {
        self.table.at(column.index.unwrap_or(0) + 1, code, message)
    }

    /// Records a mistake found by the caller.
    pub fn report(self, diagnostic: Diagnostic) {
        self.table.report(diagnostic);
    }

    fn read<T>(
        self,
        column: Column,
        parse: impl FnOnce(&'t str) -> Result<T, Refusal>,
    ) -> Cell<'t, T> {
        Reading::new(CellPlace { row: self, column }, self.raw(column), parse)
    }
}

/// The refusal of a word that is none of the known ones.
pub(super) fn not_a_choice<T>(text: &str, words: &[(&str, T)]) -> Refusal {
    let names = || words.iter().map(|(word, _)| *word);
    let known: Vec<String> = names().map(|word| format!("`{word}`")).collect();
    let refusal = Refusal::new("unknown-word", "is not a known word here");
    match closest(text, names()) {
        Some(near) => refusal.hint(format!("did you mean `{near}`?")),
        None => refusal.hint(format!("write one of {}", known.join(", "))),
    }
}
