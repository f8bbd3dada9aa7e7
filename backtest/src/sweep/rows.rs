//! A variant's result as a row of Parquet: what units write, and what a merge puts together.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, Int64Builder, ListBuilder, RecordBatch,
    StringArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, UInt64Type};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use crate::input::write_atomically;

/// What one variant came to on the part of the tape that every variant sees. Times are nanoseconds since 1970, money is in
/// micro-dollars.
#[derive(Clone, Debug, PartialEq)]
pub struct VariantRow {
    /// Id of its unit.
    pub unit: String,
    /// Its index.
    pub variant: u64,
    /// What it changes, as text.
    pub label: String,
    /// Hash of every command and answer.
    pub result_hash: String,
    /// Equity at the end.
    pub final_equity: i64,
    /// Fees paid.
    pub fees: i64,
    /// Executions.
    pub fills: u64,
    /// Orders sent.
    pub orders: u64,
    /// Deepest fall of equity from an earlier peak, by share of it; 0 when it never fell.
    pub drawdown: f64,
    /// Mean squared error of the probability traded on, over the scheduled forecasts of resolved markets.
    pub brier: Option<f64>,
    /// Equity at the end of each UTC day.
    pub closes: Vec<i64>,
    /// Markets with an execution, by number.
    pub markets: Vec<i64>,
    /// Their first execution.
    pub market_from: Vec<i64>,
    /// Their resolution, or the end of the replay.
    pub market_until: Vec<i64>,
    /// Their profit and loss.
    pub market_pnl: Vec<i64>,
}

/// Why rows cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The file.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The format.
    #[error("no valid Parquet: {0}")]
    Parquet(#[from] ParquetError),
    /// The columns.
    #[error("columns of a unit: {0}")]
    Arrow(#[from] ArrowError),
    /// A column is absent or of another type.
    #[error("column `{0}` is absent or of another type: the file was written by another version")]
    Column(&'static str),
}

/// Writes rows as a whole, through a temporary file. The same rows always give the same bytes.
///
/// # Errors
/// The file cannot be written.
pub fn write_rows(path: &Path, rows: &[VariantRow]) -> Result<(), RowError> {
    let bytes = to_bytes(rows)?;
    write_atomically(path, |out| io::Write::write_all(out, &bytes))?;
    Ok(())
}

fn to_bytes(rows: &[VariantRow]) -> Result<Vec<u8>, RowError> {
    let text = |of: fn(&VariantRow) -> &str| -> ArrayRef {
        Arc::new(
            rows.iter()
                .map(|row| Some(of(row)))
                .collect::<StringArray>(),
        )
    };
    let signed = |of: fn(&VariantRow) -> i64| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<Int64Array>())
    };
    let count = |of: fn(&VariantRow) -> u64| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<UInt64Array>())
    };
    let columns: Vec<ArrayRef> = vec![
        text(|row| &row.unit),
        count(|row| row.variant),
        text(|row| &row.label),
        text(|row| &row.result_hash),
        signed(|row| row.final_equity),
        signed(|row| row.fees),
        count(|row| row.fills),
        count(|row| row.orders),
        Arc::new(
            rows.iter()
                .map(|row| row.drawdown)
                .collect::<Float64Array>(),
        ),
        Arc::new(rows.iter().map(|row| row.brier).collect::<Float64Array>()),
        list(rows, |row| &row.closes),
        list(rows, |row| &row.markets),
        list(rows, |row| &row.market_from),
        list(rows, |row| &row.market_until),
        list(rows, |row| &row.market_pnl),
    ];
    let schema = Arc::new(schema());
    let batch = RecordBatch::try_new(schema.clone(), columns)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("quorate".into())
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
    writer.write(&batch)?;
    Ok(writer.into_inner()?)
}

fn list(rows: &[VariantRow], of: fn(&VariantRow) -> &[i64]) -> ArrayRef {
    let mut builder = ListBuilder::new(Int64Builder::new()).with_field(item());
    for row in rows {
        builder.values().append_slice(of(row));
        builder.append(true);
    }
    Arc::new(builder.finish())
}

fn item() -> Field {
    Field::new("item", DataType::Int64, false)
}

fn schema() -> Schema {
    let list = || DataType::List(Arc::new(item()));
    Schema::new(vec![
        Field::new("unit", DataType::Utf8, false),
        Field::new("variant", DataType::UInt64, false),
        Field::new("settings", DataType::Utf8, false),
        Field::new("result_hash", DataType::Utf8, false),
        Field::new("final_equity_micros", DataType::Int64, false),
        Field::new("fees_micros", DataType::Int64, false),
        Field::new("fills", DataType::UInt64, false),
        Field::new("orders", DataType::UInt64, false),
        Field::new("drawdown_max", DataType::Float64, false),
        Field::new("brier", DataType::Float64, true),
        Field::new("daily_equity_micros", list(), false),
        Field::new("market", list(), false),
        Field::new("market_from_nanos", list(), false),
        Field::new("market_until_nanos", list(), false),
        Field::new("market_pnl_micros", list(), false),
    ])
}

/// Reads the rows of a file.
///
/// # Errors
/// The file cannot be read, or was not written by [`write_rows`].
pub fn read_rows(path: &Path) -> Result<Vec<VariantRow>, RowError> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.build()?;
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch?;
        for row in 0..batch.num_rows() {
            rows.push(row_of(&batch, row)?);
        }
    }
    Ok(rows)
}

fn row_of(batch: &RecordBatch, row: usize) -> Result<VariantRow, RowError> {
    let column = |name: &'static str| batch.column_by_name(name).ok_or(RowError::Column(name));
    let text = |name| {
        let array = column(name)?.as_string_opt::<i32>();
        Ok::<_, RowError>(array.ok_or(RowError::Column(name))?.value(row).to_owned())
    };
    let signed = |name| {
        let array = column(name)?.as_primitive_opt::<Int64Type>();
        Ok::<_, RowError>(array.ok_or(RowError::Column(name))?.value(row))
    };
    let count = |name| {
        let array = column(name)?.as_primitive_opt::<UInt64Type>();
        Ok::<_, RowError>(array.ok_or(RowError::Column(name))?.value(row))
    };
    let number = |name| {
        let array = column(name)?.as_primitive_opt::<Float64Type>();
        let array = array.ok_or(RowError::Column(name))?;
        Ok::<_, RowError>((!array.is_null(row)).then(|| array.value(row)))
    };
    let list = |name| {
        let array = column(name)?
            .as_list_opt::<i32>()
            .ok_or(RowError::Column(name))?;
        let values = array.value(row);
        let values = values.as_primitive_opt::<Int64Type>();
        Ok::<_, RowError>(values.ok_or(RowError::Column(name))?.values().to_vec())
    };
    Ok(VariantRow {
        unit: text("unit")?,
        variant: count("variant")?,
        label: text("settings")?,
        result_hash: text("result_hash")?,
        final_equity: signed("final_equity_micros")?,
        fees: signed("fees_micros")?,
        fills: count("fills")?,
        orders: count("orders")?,
        drawdown: number("drawdown_max")?.ok_or(RowError::Column("drawdown_max"))?,
        brier: number("brier")?,
        closes: list("daily_equity_micros")?,
        markets: list("market")?,
        market_from: list("market_from_nanos")?,
        market_until: list("market_until_nanos")?,
        market_pnl: list("market_pnl_micros")?,
    })
}
