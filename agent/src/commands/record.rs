//! What an instance saw, as a plain tape or as an archive.

use std::path::Path;

use quorate_backtest::archive::import::record_tape;
use quorate_backtest::tape::{self, Tape};

use super::import_args::RecordFormat;
use crate::failure::{EXIT_INTERNAL, Failure};

/// Writes a tape into a folder in one of the forms.
///
/// # Errors
/// Something cannot be written, or an hour of the archive is there already from something else.
pub(in crate::commands) fn write(
    tape: &Tape,
    folder: &Path,
    format: RecordFormat,
) -> Result<(), Failure> {
    match format {
        RecordFormat::Csv => tape::write(tape, folder).map_err(|error| {
            Failure::state(
                "record",
                EXIT_INTERNAL,
                format!("{}: {error}", folder.display()),
            )
        }),
        RecordFormat::Parquet => Ok(record_tape(tape, folder).map(drop)?),
    }
}
