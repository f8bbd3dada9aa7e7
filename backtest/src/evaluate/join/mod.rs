//! As-of join: one wide table from separate files of quotes, inferences and outcomes.
//!
//! Each row of the base file asks every other file for its last record at or before the row's time. A record is taken
//! whole: an empty cell in it stays empty, because an empty ask is information and an older one is not an offer.

mod index;

use std::path::PathBuf;

use crate::input::{Diagnostic, Diagnostics, ExitClass, MAX_ERRORS_PER_FILE};

use super::moment::Rounding;
use super::table::{Table, TableRow};
use index::{Index, Record, bad_time, time_of};

/// The files of a join.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinSpec {
    /// Its rows are the rows of the result, with all its columns.
    pub base: BaseSource,
    /// Files looked up for every row.
    pub sources: Vec<JoinSource>,
}

/// The file whose rows are the decision times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseSource {
    /// CSV or `.csv.gz`.
    pub path: PathBuf,
    /// Column of the time at which the row is decided.
    pub time: String,
    /// Column of the cluster.
    pub cluster: String,
    /// Rows at or after this time are left out, Unix milliseconds.
    pub until_ms: Option<i64>,
}

/// A file looked up by cluster and time.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinSource {
    /// CSV or `.csv.gz`.
    pub path: PathBuf,
    /// Column of the first moment a record could have been known. Without it the file has one record per cluster.
    pub time: Option<String>,
    /// Column of the cluster.
    pub cluster: String,
    /// Records at or after this time are left out, Unix milliseconds.
    pub until_ms: Option<i64>,
    /// Which values are taken.
    pub take: Take,
    /// A record older than this is no value, milliseconds.
    pub max_age_ms: Option<i64>,
    /// Name of a new column for the age of the record in hours; in a long file, with `_` and the key behind it.
    pub age_column: Option<String>,
}

/// Which values of a file are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Take {
    /// One record holds all values.
    Wide {
        /// Columns, taken under their own names.
        columns: Vec<String>,
    },
    /// One record holds one value, and a key says whose it is.
    Long {
        /// Column of the key.
        key: String,
        /// Column of the value.
        value: String,
        /// Keys that are taken; each becomes a column of that name.
        keys: Vec<String>,
    },
}

/// Reads the files and joins them.
///
/// # Errors
/// Unreadable files, missing columns, bad times, a column that exists already, and two records of one cluster in a
/// file without times.
pub fn join(spec: &JoinSpec) -> Result<Table, Diagnostics> {
    let mut table = base(&spec.base)?;
    let (time, cluster) = (
        table.column(&spec.base.time)?,
        table.column(&spec.base.cluster)?,
    );
    let mut errors = Diagnostics::new();
    let times = times(&table, time, &mut errors);
    for source in &spec.sources {
        let records = Table::read(&source.path)?;
        match Index::build(source, &records) {
            Ok(index) => add(&mut table, cluster, &times, source, &index)?,
            Err(more) => errors.append(more),
        }
    }
    errors.into_result(table)
}

fn base(source: &BaseSource) -> Result<Table, Diagnostics> {
    let mut table = Table::read(&source.path)?;
    let time = table.column(&source.time)?;
    if let Some(until) = source.until_ms {
        let late = |row: &TableRow| time_of(row, time, Rounding::Down).is_ok_and(|at| until <= at);
        table.rows.retain(|row| !late(row));
    }
    Ok(table)
}

/// The time of every row; a bad one is reported.
fn times(table: &Table, column: usize, errors: &mut Diagnostics) -> Vec<i64> {
    let mut read = |row: &TableRow| match time_of(row, column, Rounding::Down) {
        Ok(time) => time,
        Err(why) => {
            if errors.len() < MAX_ERRORS_PER_FILE {
                errors.push(bad_time(table, row, column, why));
            }
            i64::MIN
        }
    };
    table.rows.iter().map(&mut read).collect()
}

/// Adds the columns of one source to the table.
fn add(
    table: &mut Table,
    cluster: usize,
    times: &[i64],
    source: &JoinSource,
    index: &Index<'_>,
) -> Result<(), Diagnostics> {
    let keys: Vec<&str> = match &source.take {
        Take::Wide { .. } => vec![""],
        Take::Long { keys, .. } => keys.iter().map(String::as_str).collect(),
    };
    for name in new_columns(source, &keys) {
        add_header(table, source, name)?;
    }
    for (row, time_ms) in table.rows.iter_mut().zip(times) {
        for key in &keys {
            let asked = row.cell(cluster).unwrap_or_default();
            let record = index.last(asked, key, *time_ms, source.max_age_ms);
            let cells = new_cells(source, record, *time_ms);
            row.cells.extend(cells);
        }
    }
    Ok(())
}

/// The new columns, in the order in which [`new_cells`] fills them.
fn new_columns(source: &JoinSource, keys: &[&str]) -> Vec<String> {
    let mut names = Vec::new();
    for key in keys {
        match &source.take {
            Take::Wide { columns } => names.extend(columns.iter().cloned()),
            Take::Long { .. } => names.push((*key).to_owned()),
        }
        names.extend(source.age_column.as_ref().map(|age| match &source.take {
            Take::Wide { .. } => age.clone(),
            Take::Long { .. } => format!("{age}_{key}"),
        }));
    }
    names
}

fn new_cells(source: &JoinSource, record: Option<&Record<'_>>, time_ms: i64) -> Vec<String> {
    const MS_PER_HOUR: f64 = 3_600_000.0;
    let values = match &source.take {
        Take::Wide { columns } => columns.len(),
        Take::Long { .. } => 1,
    };
    let mut cells: Vec<String> = match record {
        Some(record) => record
            .values
            .iter()
            .map(|value| (*value).to_owned())
            .collect(),
        None => vec![String::new(); values],
    };
    if source.age_column.is_some() {
        let age_ms = record.and_then(|record| time_ms.checked_sub(record.time_ms));
        let hours = age_ms.map(|ms| (ms as f64 / MS_PER_HOUR).to_string());
        cells.push(hours.unwrap_or_default());
    }
    cells
}

fn add_header(table: &mut Table, source: &JoinSource, name: String) -> Result<(), Diagnostics> {
    if table.header.contains(&name) {
        let message = format!("the joined table already has a column `{name}`");
        let clash = Diagnostic::new(ExitClass::Data, "duplicate-column", message);
        return Err(clash.in_file(source.path.display().to_string()).into());
    }
    table.header.push(name);
    Ok(())
}
