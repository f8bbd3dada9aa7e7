//! A table in CSV or gzipped CSV, read row by row; columns are found by name.

use std::cell::{Cell as StdCell, RefCell};
use std::io::{Cursor, Read};
use std::path::Path;

use csv::ByteRecord;
use flate2::read::MultiGzDecoder;

use super::csv_cell::Row;
use super::csv_errors::{broken_stream, unreadable};
use super::diagnostic::{Diagnostic, Excerpt, ExitClass};
use super::diagnostics::Diagnostics;
use super::spelling::closest;
use super::time_text::TimeUnit;

/// Mistakes that are shown of one file; the rest is counted.
pub const MAX_ERRORS_PER_FILE: usize = 50;

/// A column found by its name in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub(super) name: &'static str,
    /// Field number from 0; `None` when an optional column is absent.
    pub(super) index: Option<usize>,
}

impl Column {
    /// Its name in the header.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Whether the file has the column.
    #[must_use]
    pub fn is_present(self) -> bool {
        self.index.is_some()
    }
}

/// A table being read.
///
/// Header names are trimmed and must be unique; their order is free. Data cells are trimmed, and an empty one is an
/// absent value. Every row must have as many cells as the header.
pub struct CsvTable {
    pub(super) name: String,
    header: Vec<String>,
    asked: Vec<&'static str>,
    /// Optional columns that were asked for and are absent.
    absent: Vec<&'static str>,
    reader: csv::Reader<Box<dyn Read>>,
    record: ByteRecord,
    line: usize,
    ended: bool,
    pub(super) time_unit: StdCell<Option<TimeUnit>>,
    errors: RefCell<Diagnostics>,
    errors_total: StdCell<usize>,
}

impl CsvTable {
    /// Opens a file; a name ending in `.gz` means gzip.
    ///
    /// # Errors
    /// `NotFound` or `Data`: unreadable, empty, or without a usable header.
    pub fn open(path: &Path) -> Result<Self, Diagnostics> {
        let name = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Self::from_bytes(&name, bytes),
            Err(error) => Err(unreadable(&name, &error).into()),
        }
    }

    /// Reads a table that is already in memory; a name ending in `.gz` means gzip.
    ///
    /// # Errors
    /// `Data`: empty, or without a usable header.
    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, Diagnostics> {
        let zipped = name.ends_with(".gz");
        let source: Box<dyn Read> = match zipped {
            true => Box::new(MultiGzDecoder::new(Cursor::new(bytes))),
            false => Box::new(Cursor::new(bytes)),
        };
        // Only LF ends a line, so that lines are counted right; the CR before it is trimmed with the cell. The LF
        // put behind the end makes the last line like all others.
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(Box::new(source.chain(Cursor::new(b"\n"))) as Box<dyn Read>);
        let mut table = Self {
            name: name.to_owned(),
            header: Vec::new(),
            asked: Vec::new(),
            absent: Vec::new(),
            reader,
            record: ByteRecord::new(),
            line: 1,
            ended: false,
            time_unit: StdCell::new(None),
            errors: RefCell::new(Diagnostics::new()),
            errors_total: StdCell::new(0),
        };
        table.read_header();
        if table.errors.borrow().is_empty() {
            Ok(table)
        } else {
            Err(table.errors.into_inner())
        }
    }

    fn read_header(&mut self) {
        if !self.read_record() {
            if self.errors.borrow().is_empty() {
                let hint = "the first line must name the columns";
                self.report(
                    self.at(1, "empty-file", "the file is empty")
                        .with_hint(hint),
                );
            }
            return;
        }
        for index in 0..self.record.len() {
            let name = self.cell_text(index).unwrap_or_default();
            let first = self.header.iter().position(|earlier| *earlier == name);
            if let (Some(first), false) = (first, name.is_empty()) {
                let first = first + 1;
                let message = format!("column `{name}` appears twice, first as field {first}");
                self.report(self.at(index + 1, "duplicate-column", message));
            }
            self.header.push(name);
        }
    }

    /// A column that must be there; its absence is a mistake.
    pub fn required_column(&mut self, name: &'static str) -> Column {
        let column = self.find_column(name);
        if column.index.is_none() {
            let message = format!("missing column `{name}`");
            let header = self.header.iter().map(String::as_str);
            let hint = match closest(name, header) {
                Some(near) => format!("rename column `{near}` to `{name}`"),
                None => format!("the header has: {}", self.header.join(", ")),
            };
            let diagnostic = Diagnostic::new(ExitClass::Data, "missing-column", message);
            self.report(diagnostic.at(self.name.clone(), 1, 1).with_hint(hint));
        }
        column
    }

    /// A column that may be absent: all its cells then are. A name in the header that looks like a slip of an absent one
    /// is a mistake, reported by [`CsvTable::finish`].
    pub fn optional_column(&mut self, name: &'static str) -> Column {
        let column = self.find_column(name);
        if !column.is_present() {
            self.absent.push(name);
        }
        column
    }

    fn find_column(&mut self, name: &'static str) -> Column {
        self.asked.push(name);
        Column {
            name,
            index: self.header.iter().position(|column| column == name),
        }
    }

    /// Names in the header that nobody has asked for.
    #[must_use]
    pub fn unread_columns(&self) -> Vec<&str> {
        let unread = self.header.iter().map(String::as_str);
        unread.filter(|name| !self.asked.contains(name)).collect()
    }

    /// The next well-formed row, or `None` at the end. Malformed rows are reported and passed over.
    pub fn next_row(&mut self) -> Option<Row<'_>> {
        loop {
            if !self.read_record() {
                return None;
            }
            let (has, wants) = (self.record.len(), self.header.len());
            if has == wants {
                if self.cells_are_text() {
                    return Some(Row {
                        table: self,
                        line: self.line,
                    });
                }
                continue;
            }
            let message = format!("the row has {has} fields, the header has {wants}");
            let hint = "quote a cell that contains a comma";
            let field = has.min(wants).max(1);
            self.report(self.at(field, "ragged-row", message).with_hint(hint));
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Everything that was reported: the first [`MAX_ERRORS_PER_FILE`] mistakes and how many more there are.
    pub fn finish(self) -> Result<(), Diagnostics> {
        self.report_misspelt_columns();
        let mut errors = self.errors.into_inner();
        let more = self.errors_total.get() - errors.len();
        if more > 0 {
            let message = format!("and {more} more in this file");
            let last = Diagnostic::new(ExitClass::Data, "more-errors", message);
            errors.push(last.in_file(self.name));
        }
        errors.into_result(())
    }

    /// A slip in the name of an optional column would silently empty all its cells.
    fn report_misspelt_columns(&self) {
        for name in self.unread_columns() {
            let Some(near) = meant_column(name, &self.absent) else {
                continue;
            };
            let field = self.header.iter().position(|own| own == name).unwrap_or(0) + 1;
            let message = format!("unknown column `{name}`");
            let diagnostic = Diagnostic::new(ExitClass::Data, "misspelt-column", message)
                .at(self.name.clone(), 1, field)
                .with_hint(format!("did you mean `{near}`?"));
            self.report(diagnostic);
        }
    }

    /// Records a mistake found by a caller.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.errors_total.set(self.errors_total.get() + 1);
        let mut errors = self.errors.borrow_mut();
        if errors.len() < MAX_ERRORS_PER_FILE {
            errors.push(diagnostic);
        }
    }

    /// What diagnostics call the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Line of the row read last, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// A diagnostic at a field (counted from 1) of the row read last.
    pub(super) fn at(
        &self,
        field: usize,
        code: &'static str,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(ExitClass::Data, code, message)
            .at(self.name.clone(), self.line, field)
            .with_excerpt(self.excerpt(field))
    }

    /// The trimmed cell, or `None` if it is not UTF-8 or has control characters that no text needs.
    pub(super) fn cell(&self, index: usize) -> Option<&str> {
        let text = std::str::from_utf8(self.record.get(index)?).ok()?;
        if text.contains('\0') {
            None
        } else {
            Some(text.trim())
        }
    }

    /// Reads one record that is not blank; false at the end or after an error of the file itself, which is reported.
    fn read_record(&mut self) -> bool {
        while !self.ended {
            let before = self.reader.position().line();
            match self.reader.read_byte_record(&mut self.record) {
                Ok(true) => {
                    self.line = self.line_of_record(before);
                    let blank = |cell: &[u8]| cell.trim_ascii().is_empty();
                    if self.record.len() > 1 || !self.record.iter().all(blank) {
                        return true;
                    }
                }
                Ok(false) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    self.line = to_usize(before);
                    self.report(broken_stream(&self.name, self.line, &error));
                }
            }
        }
        false
    }

    /// The line on which the record read last begins, which may lie behind blank lines.
    fn line_of_record(&self, before: u64) -> usize {
        let breaks = self
            .record
            .as_slice()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        let behind = to_usize(self.reader.position().line());
        behind.saturating_sub(1 + breaks).max(to_usize(before))
    }

    fn cells_are_text(&self) -> bool {
        let mut good = true;
        for index in 0..self.record.len() {
            good &= self.cell_text(index).is_some();
        }
        good
    }

    /// The trimmed cell as owned text; reports bytes that are no text.
    fn cell_text(&self, index: usize) -> Option<String> {
        if let Some(text) = self.cell(index) {
            return Some(text.to_owned());
        }
        let bytes = self.record.get(index).unwrap_or_default();
        let name = self.header.get(index).map_or("header", String::as_str);
        let (code, what) = match bytes.contains(&0) {
            true => ("nul-byte", "contains a NUL byte"),
            false => ("not-utf8", "is not valid UTF-8"),
        };
        let hint = "save the file as UTF-8 text";
        self.report(
            self.at(index + 1, code, format!("{name} {what}"))
                .with_hint(hint),
        );
        None
    }

    /// The row as text, with one field underlined.
    fn excerpt(&self, field: usize) -> Excerpt {
        let (mut text, mut column, mut width) = (String::new(), 1, 1);
        for (index, cell) in self.record.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            let cell = String::from_utf8_lossy(cell);
            if index + 1 == field {
                column = text.chars().count() + 1;
                width = cell.chars().count().max(1);
            }
            text.push_str(&cell);
        }
        Excerpt {
            text,
            column,
            width,
        }
    }
}

/// The absent column that an unread one was probably meant to be.
fn meant_column(name: &str, absent: &[&'static str]) -> Option<&'static str> {
    // One letter turns a word this short into many others that are no slip.
    const SHORTEST: usize = 4;
    let absent = absent.iter().copied().filter(|own| own.len() >= SHORTEST);
    let words = name.split('_').map(|word| match word {
        "size" | "qty" | "quantity" => "shares",
        word => word,
    });
    let usual = words.collect::<Vec<_>>().join("_");
    if name.chars().count() < SHORTEST {
        return None;
    }
    closest(&usual, absent)
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
