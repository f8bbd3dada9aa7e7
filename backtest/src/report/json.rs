//! The report as JSON, schema version 2: stable names, one table row per line, floats to 12 significant digits.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::ser::Formatter;

use super::model::RunReport;

/// Version of the JSON layout. It grows when a field is renamed, removed or changes its meaning, not when one is added.
pub const SCHEMA_VERSION: u32 = 2;

/// A report that could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The text is no report, or holds a value out of its range.
    #[error("not a run report: {0}")]
    Shape(#[from] serde_json::Error),
    /// The text follows another layout.
    #[error("run report of schema {found}, expected {SCHEMA_VERSION}")]
    Schema {
        /// The version it names.
        found: u32,
    },
}

/// Units of the integers, written out for readers without this documentation.
#[derive(Serialize)]
struct Units {
    money: &'static str,
    price: &'static str,
    shares: &'static str,
    time: &'static str,
}

impl Units {
    const fn stated() -> Self {
        Self {
            money: "micro-dollars",
            price: "micro-dollars per share",
            shares: "micro-shares",
            time: "RFC 3339, UTC",
        }
    }
}

#[derive(Serialize)]
struct Written<'a> {
    schema: u32,
    units: Units,
    report: &'a RunReport,
}

#[derive(Deserialize)]
struct Header {
    schema: u32,
}

#[derive(Deserialize)]
struct Read {
    report: RunReport,
}

/// The report as JSON text, ending in a newline. The same report always gives the same bytes.
///
/// # Errors
/// [`JsonError::Shape`] for an instant outside the calendar.
pub fn to_json(report: &RunReport) -> Result<String, JsonError> {
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, RowPerLine { depth: 0 });
    let written = Written {
        schema: SCHEMA_VERSION,
        units: Units::stated(),
        report,
    };
    written.serialize(&mut serializer)?;
    out.push(b'\n');
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// A report from JSON text.
///
/// # Errors
/// [`JsonError::Schema`] for another layout, [`JsonError::Shape`] for anything that is no report.
pub fn from_json(text: &str) -> Result<RunReport, JsonError> {
    let Header { schema } = serde_json::from_str(text)?;
    if schema != SCHEMA_VERSION {
        return Err(JsonError::Schema { found: schema });
    }
    let Read { report } = serde_json::from_str(text)?;
    Ok(report)
}

/// Levels of nesting that get a line per member: file, report, table.
const LINE_DEPTH: usize = 3;

/// Line breaks down to the rows of tables, and floats that every reader parses to the same bits.
struct RowPerLine {
    depth: usize,
}

impl RowPerLine {
    fn open(&mut self, out: &mut (impl io::Write + ?Sized), bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        out.write_all(bracket)
    }

    fn close(&mut self, out: &mut (impl io::Write + ?Sized), bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.depth < LINE_DEPTH {
            self.new_line(out)?;
        }
        out.write_all(bracket)
    }

    fn member(&self, out: &mut (impl io::Write + ?Sized), first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        if self.depth <= LINE_DEPTH {
            self.new_line(out)?;
        }
        Ok(())
    }

    fn new_line(&self, out: &mut (impl io::Write + ?Sized)) -> io::Result<()> {
        out.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| out.write_all(b"  "))
    }
}

impl Formatter for RowPerLine {
    fn write_f64<W: ?Sized + io::Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        // 12 digits fit a double's mantissa, so reading them back is exact with any parser.
        let rounded: f64 = format!("{value:.11e}").parse().unwrap_or(value);
        write!(out, "{rounded:?}")
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.member(out, first)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.member(out, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}
