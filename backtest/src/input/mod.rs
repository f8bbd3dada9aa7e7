//! Reading what a person wrote: run files in TOML and tables in CSV, with every mistake reported at its place.
//!
//! A reader never stops at the first mistake and never guesses. It records a [`Diagnostic`] and goes on, so that one
//! run of the program shows everything there is to correct.

mod atomic_file;
mod csv_cell;
mod csv_errors;
mod csv_table;
mod diagnostic;
mod diagnostics;
mod quantity;
mod reading;
mod source;
mod spelling;
mod time_text;
mod toml_convert;
mod toml_document;
mod toml_raw;
mod toml_read;
mod toml_statement;
mod toml_table;
mod toml_tree;
mod toml_value;

pub use atomic_file::write_atomically;
pub use csv_cell::{Cell, CellPlace, Row};
pub use csv_table::{Column, CsvTable, MAX_ERRORS_PER_FILE};
pub use diagnostic::{Diagnostic, Excerpt, ExitClass, Related};
pub use diagnostics::Diagnostics;
pub(crate) use quantity::parse_exact;
pub use quantity::{
    MICRO, Refusal, format_micros, parse_micros, parse_money, parse_price, parse_probability,
    parse_ratio,
};
pub use reading::{Place, Reading};
pub use source::{Position, SourceText};
pub use spelling::{closest, edit_distance};
pub(crate) use time_text::{LEAST_UNIX_TIME, too_small_for_a_time};
pub use time_text::{TimeUnit, format_rfc3339, parse_duration, parse_rfc3339};
pub use toml_document::TomlDocument;
pub use toml_raw::{RawDocument, RawEntry, RawNode, RawTable, RawValue};
pub use toml_table::Section;
pub use toml_value::{KeyPlace, Setting};
