//! A whole table in memory, its columns named by the user: CSV or gzipped CSV.

use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::input::{Diagnostic, Diagnostics, ExitClass, MAX_ERRORS_PER_FILE, closest};

/// A row and the line of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// Line in the file, counted from 1.
    pub line: usize,
    /// Trimmed cells, one for every column.
    pub cells: Vec<String>,
}

/// A table whose cells are text. An empty cell is a missing value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// What diagnostics call it.
    pub name: String,
    /// Names of the columns.
    pub header: Vec<String>,
    /// Rows in file order.
    pub rows: Vec<TableRow>,
}

impl Table {
    /// Reads a file; a name ending in `.gz` means gzip.
    ///
    /// # Errors
    /// `NotFound` or `Data`: unreadable, damaged, without a header, ragged, or with two columns of one name.
    pub fn read(path: &Path) -> Result<Self, Diagnostics> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| {
            let exit = match error.kind() {
                std::io::ErrorKind::NotFound => ExitClass::NotFound,
                _ => ExitClass::Data,
            };
            let message = format!("cannot read the table: {error}");
            Diagnostic::new(exit, "table-unreadable", message).in_file(name.clone())
        })?;
        Self::parse(&name, &bytes)
    }

    /// Reads a table from memory; a name ending in `.gz` means gzip.
    ///
    /// # Errors
    /// `Data`: damaged, without a header, ragged, or with two columns of one name.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Diagnostics> {
        let mut plain = Vec::new();
        let bytes = match name.ends_with(".gz") {
            false => bytes,
            true => {
                let unpacked = MultiGzDecoder::new(bytes).read_to_end(&mut plain);
                unpacked
                    .map_err(|e| data_error(name, format!("the gzip stream is damaged: {e}")))?;
                &plain
            }
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let header = reader.headers().map_err(|error| broken(name, &error))?;
        let header: Vec<String> = header.iter().map(str::to_owned).collect();
        check_header(name, &header)?;
        let mut errors = Diagnostics::new();
        let mut rows = Vec::new();
        for record in reader.records() {
            match record {
                Ok(record) => rows.push(TableRow {
                    line: record
                        .position()
                        .map_or(0, |p| usize::try_from(p.line()).unwrap_or(0)),
                    cells: record.iter().map(str::to_owned).collect(),
                }),
                Err(error) if errors.len() < MAX_ERRORS_PER_FILE => {
                    errors.push(broken(name, &error));
                }
                Err(_) => {}
            }
        }
        errors.into_result(Self {
            name: name.to_owned(),
            header,
            rows,
        })
    }

    /// Number of the column called `column`.
    ///
    /// # Errors
    /// There is none; the nearest name is suggested.
    pub fn column(&self, column: &str) -> Result<usize, Diagnostics> {
        let found = self.header.iter().position(|name| name == column);
        found.ok_or_else(|| {
            let message = format!("the table has no column `{column}`");
            let hint = match closest(column, self.header.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its columns are: {}", self.header.join(", ")),
            };
            Diagnostic::new(ExitClass::Data, "missing-column", message)
                .at(self.name.clone(), 1, 1)
                .with_hint(hint)
                .into()
        })
    }

    /// A diagnostic at a cell.
    #[must_use]
    pub fn at(
        &self,
        row: &TableRow,
        column: usize,
        code: &'static str,
        message: String,
    ) -> Diagnostic {
        Diagnostic::new(ExitClass::Data, code, message).at(self.name.clone(), row.line, column + 1)
    }
}

impl TableRow {
    /// The text of a cell; `None` if it is empty.
    #[must_use]
    pub fn cell(&self, column: usize) -> Option<&str> {
        self.cells
            .get(column)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }
}

fn check_header(name: &str, header: &[String]) -> Result<(), Diagnostics> {
    if header.is_empty() {
        return Err(data_error(
            name,
            "the table is empty; its first line must name the columns".into(),
        )
        .into());
    }
    let mut errors = Diagnostics::new();
    for (index, column) in header.iter().enumerate() {
        if header[..index].contains(column) {
            let message = format!("column `{column}` appears twice");
            let twice = Diagnostic::new(ExitClass::Data, "duplicate-column", message);
            errors.push(twice.at(name, 1, index + 1));
        }
    }
    errors.into_result(())
}

fn data_error(name: &str, message: String) -> Diagnostic {
    Diagnostic::new(ExitClass::Data, "bad-table", message).in_file(name)
}

fn broken(name: &str, error: &csv::Error) -> Diagnostic {
    let line = error
        .position()
        .map_or(1, |p| usize::try_from(p.line()).unwrap_or(1));
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("the row has {len} fields, the header has {expected_len}")
        }
        _ => format!("the row cannot be read: {error}"),
    };
    Diagnostic::new(ExitClass::Data, "bad-row", message).at(name, line, 1)
}
