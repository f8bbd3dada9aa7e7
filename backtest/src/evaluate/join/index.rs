//! The records of one file, found by cluster, key and time.

use std::collections::BTreeMap;

use crate::evaluate::moment::{Rounding, parse_time_ms};
use crate::evaluate::table::{Table, TableRow};
use crate::input::{Diagnostic, Diagnostics, MAX_ERRORS_PER_FILE, Refusal};

use super::{JoinSource, Take};

/// A record that can be looked up: when it was known, and its value in every taken column.
pub(super) struct Record<'t> {
    pub(super) time_ms: i64,
    pub(super) values: Vec<&'t str>,
}

/// Records by cluster and key, in time order; the later line wins among equal times.
pub(super) struct Index<'t> {
    series: BTreeMap<&'t str, BTreeMap<&'t str, Vec<Record<'t>>>>,
    timeless: bool,
}

impl<'t> Index<'t> {
    pub(super) fn build(source: &JoinSource, table: &'t Table) -> Result<Self, Diagnostics> {
        let columns = SourceColumns::find(source, table)?;
        let mut errors = Diagnostics::new();
        let mut series: BTreeMap<_, BTreeMap<_, Vec<Record<'t>>>> = BTreeMap::new();
        for row in &table.rows {
            let Some(((name, key), record)) = columns.record(source, table, row, &mut errors)
            else {
                continue;
            };
            let known = series.entry(name).or_default().entry(key).or_default();
            if columns.time.is_none() && !known.is_empty() && errors.len() < MAX_ERRORS_PER_FILE {
                errors.push(second_record(table, row, columns.cluster));
            }
            known.push(record);
        }
        for records in series.values_mut().flat_map(BTreeMap::values_mut) {
            records.sort_by_key(|record| record.time_ms);
        }
        errors.into_result(Self {
            series,
            timeless: columns.time.is_none(),
        })
    }

    /// The last record at or before `time_ms` that is not too old.
    pub(super) fn last(
        &self,
        cluster: &str,
        key: &str,
        time_ms: i64,
        max_age_ms: Option<i64>,
    ) -> Option<&Record<'t>> {
        let records = self.series.get(cluster)?.get(key)?;
        let end = records.partition_point(|record| record.time_ms <= time_ms);
        let record = records.get(end.checked_sub(1)?)?;
        let fresh = |limit| self.timeless || time_ms.saturating_sub(record.time_ms) <= limit;
        max_age_ms.is_none_or(fresh).then_some(record)
    }
}

/// Positions of a source's columns.
struct SourceColumns {
    cluster: usize,
    time: Option<usize>,
    key: Option<usize>,
    values: Vec<usize>,
}

impl SourceColumns {
    fn find(source: &JoinSource, table: &Table) -> Result<Self, Diagnostics> {
        let (key, values) = match &source.take {
            Take::Wide { columns } => {
                let found: Result<_, _> = columns.iter().map(|c| table.column(c)).collect();
                (None, found?)
            }
            Take::Long { key, value, .. } => (Some(table.column(key)?), vec![table.column(value)?]),
        };
        let time = source
            .time
            .as_ref()
            .map(|column| table.column(column))
            .transpose()?;
        Ok(Self {
            cluster: table.column(&source.cluster)?,
            time,
            key,
            values,
        })
    }

    /// The record on a row, and the cluster and key it belongs to.
    fn record<'t>(
        &self,
        source: &JoinSource,
        table: &Table,
        row: &'t TableRow,
        errors: &mut Diagnostics,
    ) -> Option<((&'t str, &'t str), Record<'t>)> {
        let key = self.key.map_or(Some(""), |column| row.cell(column))?;
        if let Take::Long { keys, .. } = &source.take {
            keys.iter().find(|wanted| *wanted == key)?;
        }
        let time_ms = match self.time {
            None => i64::MIN,
            Some(column) => match time_of(row, column, Rounding::Up) {
                Ok(time_ms) => time_ms,
                Err(why) => {
                    if errors.len() < MAX_ERRORS_PER_FILE {
                        errors.push(bad_time(table, row, column, why));
                    }
                    return None;
                }
            },
        };
        if source.until_ms.is_some_and(|until| time_ms >= until) {
            return None;
        }
        let values = self
            .values
            .iter()
            .map(|column| row.cell(*column).unwrap_or_default());
        let record = Record {
            time_ms,
            values: values.collect(),
        };
        Some(((row.cell(self.cluster)?, key), record))
    }
}

fn second_record(table: &Table, row: &TableRow, cluster: usize) -> Diagnostic {
    let name = row.cell(cluster).unwrap_or_default();
    let message = format!("a second record of `{name}` in a file that is joined without a time");
    table
        .at(row, cluster, "ambiguous-record", message)
        .with_hint("name the time column of the file")
}

/// The time in a cell.
pub(super) fn time_of(row: &TableRow, column: usize, rounding: Rounding) -> Result<i64, Refusal> {
    parse_time_ms(row.cell(column).unwrap_or_default(), rounding)
}

/// A time cell that holds no time.
pub(super) fn bad_time(table: &Table, row: &TableRow, column: usize, why: Refusal) -> Diagnostic {
    let text: String = row
        .cell(column)
        .unwrap_or_default()
        .chars()
        .take(40)
        .collect();
    let mut diagnostic = table.at(row, column, "bad-time", format!("`{text}` {}", why.message));
    diagnostic.hint = why.hint;
    diagnostic
}
