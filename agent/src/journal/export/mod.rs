//! The journal for other programs: JSON lines and Parquet. Both stop at the first damaged place with its error; what
//! was written up to there is sound.

mod columns;
mod json_lines;
mod parquet_file;

pub use json_lines::to_json_lines;
pub use parquet_file::to_parquet;

use crate::journal::error::JournalError;

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The journal cannot be read further.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The result cannot be written.
    #[error("cannot write the export: {0}")]
    Write(#[from] std::io::Error),
    /// The Parquet writer refuses.
    #[error("cannot write the Parquet file: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// The columns do not fit together; a defect.
    #[error("cannot build the columns: {0}")]
    Columns(#[from] arrow::error::ArrowError),
}
