//! Reading what a person wrote: run files in TOML and tables in CSV, with every mistake reported at its place.
//!
//! A reader never stops at the first mistake and never guesses. It records a [`Diagnostic`] and goes on, so that one
//! run of the program shows everything there is to correct.

mod atomic_file;
mod csv_cell;
mod csv_table;
mod diagnostic;
mod quantity;
mod reading;
mod source;
mod spelling;
mod toml_scalar;
mod toml_table;
mod toml_text;
mod toml_tree;
mod toml_value;

pub use atomic_file::write_atomically;
pub use csv_cell::{Cell, CellPlace, Row};
pub use csv_table::{Column, CsvTable, MAX_ERRORS_PER_FILE};
pub use diagnostic::{Diagnostic, Diagnostics, Excerpt, ExitClass, Related};
pub use quantity::{
    MICRO, Refusal, TimeUnit, format_micros, format_rfc3339, parse_duration, parse_micros, parse_money,
    parse_price, parse_probability, parse_ratio, parse_rfc3339,
};
pub use reading::{Place, Reading};
pub use source::{Position, SourceText};
pub use spelling::{closest, edit_distance};
pub use toml_table::{Section, TomlDocument};
pub use toml_value::{KeyPlace, Setting};
