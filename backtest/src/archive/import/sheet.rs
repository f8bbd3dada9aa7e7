//! Columns of any Parquet file by name, each read as the type that is wanted.

use std::fs::File;
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::located;
use crate::input::Diagnostic;

/// A Parquet file, batch by batch.
pub(in crate::archive) struct Sheets<'p> {
    path: &'p Path,
    reader: ParquetRecordBatchReader,
    metadata: Vec<(String, String)>,
    row: u64,
}

impl<'p> Sheets<'p> {
    pub(in crate::archive) fn open(path: &'p Path) -> Result<Self, Diagnostic> {
        let damaged = |error| located::not_parquet(path, 0, &error);
        let file = File::open(path).map_err(|error| located::unreadable(path, &error))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(damaged)?;
        let own = builder.metadata().file_metadata().key_value_metadata();
        let mut metadata: Vec<(String, String)> = own
            .into_iter()
            .flatten()
            .filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?)))
            .collect();
        // Writers put their notes into the schema as well.
        let schema = builder.schema().metadata();
        metadata.extend(
            schema
                .iter()
                .map(|(key, value)| (key.clone(), value.clone())),
        );
        let reader = builder.with_batch_size(8192).build().map_err(damaged)?;
        Ok(Self {
            path,
            reader,
            metadata,
            row: 0,
        })
    }

    /// A note of the file's writer.
    pub(in crate::archive) fn note(&self, key: &str) -> Option<&str> {
        let found = self.metadata.iter().find(|(own, _)| own == key);
        found.map(|(_, value)| value.as_str())
    }

    pub(in crate::archive) fn next(&mut self) -> Result<Option<Sheet<'p>>, Diagnostic> {
        let Some(batch) = self.reader.next() else {
            return Ok(None);
        };
        let batch = batch.map_err(|error| {
            let error = parquet::errors::ParquetError::ArrowError(error.to_string());
            located::not_parquet(self.path, self.row.max(1), &error)
        })?;
        let row = self.row;
        self.row += batch.num_rows() as u64;
        Ok(Some(Sheet {
            path: self.path,
            batch,
            row,
        }))
    }
}

/// Some rows of a file.
pub(in crate::archive) struct Sheet<'p> {
    path: &'p Path,
    batch: RecordBatch,
    row: u64,
}

impl Sheet<'_> {
    pub(in crate::archive) fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// Where a cell stands.
    pub(in crate::archive) fn place(&self, index: usize, column: &str) -> String {
        located::place(self.path, self.row + index as u64, column)
    }

    pub(in crate::archive) fn has(&self, name: &str) -> bool {
        self.batch.column_by_name(name).is_some()
    }

    /// A column as it is.
    pub(in crate::archive) fn raw(
        &self,
        name: &str,
        expected: &str,
    ) -> Result<&ArrayRef, Diagnostic> {
        let column = self.batch.column_by_name(name);
        column.ok_or_else(|| located::wrong_column(self.path, name, "no such column", expected))
    }

    fn cast(&self, name: &str, kind: &DataType, expected: &str) -> Result<ArrayRef, Diagnostic> {
        let column = self.raw(name, expected)?;
        cast(column, kind).map_err(|_| {
            located::wrong_column(self.path, name, &column.data_type().to_string(), expected)
        })
    }

    /// A column of texts.
    pub(in crate::archive) fn text(&self, name: &str) -> Result<StringArray, Diagnostic> {
        let column = self.raw(name, "string")?;
        let textual = matches!(
            column.data_type(),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(_, _)
        );
        if !textual {
            let found = column.data_type().to_string();
            return Err(located::wrong_column(self.path, name, &found, "string"));
        }
        Ok(self
            .cast(name, &DataType::Utf8, "string")?
            .as_string::<i32>()
            .clone())
    }

    /// A column of whole numbers.
    pub(in crate::archive) fn integers(&self, name: &str) -> Result<Int64Array, Diagnostic> {
        let column = self.raw(name, "integer")?;
        if !column.data_type().is_integer() {
            let found = column.data_type().to_string();
            return Err(located::wrong_column(self.path, name, &found, "integer"));
        }
        Ok(self
            .cast(name, &DataType::Int64, "integer")?
            .as_primitive::<Int64Type>()
            .clone())
    }

    /// A column of times as nanoseconds since 1970.
    pub(in crate::archive) fn nanos(&self, name: &str) -> Result<Int64Array, Diagnostic> {
        let column = self.raw(name, "timestamp")?;
        let DataType::Timestamp(unit, _) = column.data_type() else {
            let found = column.data_type().to_string();
            return Err(located::wrong_column(self.path, name, &found, "timestamp"));
        };
        let factor = match unit {
            arrow::datatypes::TimeUnit::Second => 1_000_000_000,
            arrow::datatypes::TimeUnit::Millisecond => 1_000_000,
            arrow::datatypes::TimeUnit::Microsecond => 1_000,
            arrow::datatypes::TimeUnit::Nanosecond => 1,
        };
        let counts = self.cast(name, &DataType::Int64, "timestamp")?;
        let counts = counts.as_primitive::<Int64Type>();
        Ok(counts.unary(|count: i64| count.saturating_mul(factor)))
    }

    /// A column of fixed-width little-endian integers of 8 or 16 bytes, with the width.
    pub(in crate::archive) fn raws(&self, name: &str) -> Result<(Vec<i128>, i32), Diagnostic> {
        let expected = "fixed_size_binary[8] or [16]";
        let column = self.raw(name, expected)?;
        let wrong =
            || located::wrong_column(self.path, name, &column.data_type().to_string(), expected);
        let bytes = column.as_fixed_size_binary_opt().ok_or_else(wrong)?;
        let width = bytes.value_length();
        let read = |index: usize| -> Option<i128> {
            let value = bytes.value(index);
            match width {
                8 => Some(i128::from(i64::from_le_bytes(value.try_into().ok()?))),
                16 => Some(i128::from_le_bytes(value.try_into().ok()?)),
                _ => None,
            }
        };
        let values: Option<Vec<i128>> = (0..bytes.len()).map(read).collect();
        Ok((values.ok_or_else(wrong)?, width))
    }
}

/// The value of a cell, `None` where there is none.
pub(in crate::archive) fn text_at(column: &StringArray, index: usize) -> Option<&str> {
    column
        .is_valid(index)
        .then(|| column.value(index))
        .filter(|text| !text.is_empty())
}

/// A moment from a cell of nanoseconds.
pub(in crate::archive) fn time_at(
    column: &Int64Array,
    index: usize,
) -> Option<quorate_domain::Timestamp> {
    let nanos = column.is_valid(index).then(|| column.value(index))?;
    u64::try_from(nanos)
        .ok()
        .map(quorate_domain::Timestamp::from_nanos)
}
