//! A Parquet file for notebooks.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, RecordBatch, StringBuilder, TimestampNanosecondBuilder, UInt32Builder, UInt64Builder,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::journal::disk::SharedDisk;
use crate::journal::error::{Damage, JournalError};
use crate::journal::export::ExportError;
use crate::journal::export::columns::Columns;
use crate::journal::layout::Position;
use crate::journal::reader::Reader;
use crate::journal::record::Record;

/// Rows that are handed to the writer at once.
const ROWS: usize = 8192;

/// Writes every record as a row: `record` and `kind`; `seq`, `at` (UTC, nanoseconds), `market`, `topic`, `worker` and
/// `order` where the record is about one; `json`, the payload as stored. Gives the number of rows.
///
/// # Errors
/// The journal is damaged, or the output cannot be written: the file is not complete then.
pub fn to_parquet<W: Write + Send>(
    disk: &SharedDisk,
    dir: &Path,
    output: W,
) -> Result<u64, ExportError> {
    let schema = Arc::new(schema());
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut writer = ArrowWriter::try_new(output, schema.clone(), Some(properties))?;
    let mut reader = Reader::from_start(disk, dir)?;
    let (mut rows, mut count) = (Rows::default(), 0);
    while let Some(found) = reader.advance()? {
        let json = reader.payload(&found);
        let record = Record::read_payload(found.kind, json)
            .map_err(|what| damaged(&found.position, what))?;
        rows.push(&found.position, &record, json);
        count += 1;
        if count % ROWS as u64 == 0 {
            writer.write(&rows.finish(&schema)?)?;
        }
    }
    writer.write(&rows.finish(&schema)?)?;
    writer.close()?;
    Ok(count)
}

fn damaged(at: &Position, what: crate::journal::error::Flaw) -> JournalError {
    Damage {
        segment: at.segment,
        offset: at.offset,
        record: at.record,
        what,
    }
    .into()
}

fn time() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))
}

fn schema() -> Schema {
    Schema::new(vec![
        Field::new("record", DataType::UInt64, false),
        Field::new("seq", DataType::UInt64, true),
        Field::new("at", time(), true),
        Field::new("kind", DataType::Utf8, false),
        Field::new("market", DataType::UInt32, true),
        Field::new("topic", DataType::UInt64, true),
        Field::new("worker", DataType::UInt32, true),
        Field::new("order", DataType::Utf8, true),
        Field::new("json", DataType::Utf8, false),
    ])
}

struct Rows {
    record: UInt64Builder,
    seq: UInt64Builder,
    at: TimestampNanosecondBuilder,
    kind: StringBuilder,
    market: UInt32Builder,
    topic: UInt64Builder,
    worker: UInt32Builder,
    order: StringBuilder,
    json: StringBuilder,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            record: UInt64Builder::new(),
            seq: UInt64Builder::new(),
            at: TimestampNanosecondBuilder::new().with_data_type(time()),
            kind: StringBuilder::new(),
            market: UInt32Builder::new(),
            topic: UInt64Builder::new(),
            worker: UInt32Builder::new(),
            order: StringBuilder::new(),
            json: StringBuilder::new(),
        }
    }
}

impl Rows {
    fn push(&mut self, at: &Position, record: &Record, json: &[u8]) {
        let about = Columns::of(record);
        // Parquet's time ends in the year 2262.
        let nanos = about.at.and_then(|at| i64::try_from(at.nanos()).ok());
        self.record.append_value(at.record);
        self.seq.append_option(about.seq);
        self.at.append_option(nanos);
        self.kind.append_value(record.kind().word());
        self.market.append_option(about.market.map(|id| id.0));
        self.topic.append_option(about.topic.map(|id| id.0));
        self.worker.append_option(about.worker.map(|id| id.0));
        self.order
            .append_option(about.order.map(|id| id.to_string()));
        self.json.append_value(String::from_utf8_lossy(json));
    }

    fn finish(&mut self, schema: &Arc<Schema>) -> Result<RecordBatch, ExportError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.record.finish()),
            Arc::new(self.seq.finish()),
            Arc::new(self.at.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.market.finish()),
            Arc::new(self.topic.finish()),
            Arc::new(self.worker.finish()),
            Arc::new(self.order.finish()),
            Arc::new(self.json.finish()),
        ];
        Ok(RecordBatch::try_new(schema.clone(), columns)?)
    }
}
