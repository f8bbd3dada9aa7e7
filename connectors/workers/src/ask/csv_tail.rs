//! A CSV file that grows: read on from where the last reading ended, and anew when it was cut or replaced.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use quorate_domain::Timestamp;

use crate::fault::Fault;
use crate::question::Question;
use crate::reply::number_text;
use crate::text::bounded;
use crate::time;

/// Bytes read at most in one refresh; the next one goes on from there.
const READ_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes before the place reached that must still be the same when reading goes on.
const SEAM_BYTES: usize = 64;
/// Broken rows reported one by one in one refresh; the others are summed up.
const BROKEN_SHOWN_MAX: usize = 8;

/// A value with its own time and place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) at: Timestamp,
    pub(crate) value: f64,
    pub(crate) line: u64,
}

/// Topic and label as the file names them, and the epoch.
type Key = (String, u64, String);

/// The file as far as it was read. Of each question it keeps the newest row whose time has come, and later ones.
#[derive(Debug)]
pub(crate) struct Tail {
    path: PathBuf,
    worker: String,
    offset: u64,
    line: u64,
    seam: Vec<u8>,
    columns: Option<Columns>,
    rows: BTreeMap<Key, Vec<Row>>,
}

/// Where each column stands.
#[derive(Clone, Copy, Debug)]
struct Columns {
    count: usize,
    timestamp: usize,
    topic: usize,
    event: usize,
    value: usize,
    label: Option<usize>,
    worker: Option<usize>,
}

impl Tail {
    pub(crate) fn new(path: PathBuf, worker: String) -> Self {
        Self {
            path,
            worker,
            offset: 0,
            line: 0,
            seam: Vec::new(),
            columns: None,
            rows: BTreeMap::new(),
        }
    }

    /// Reads the complete lines that were added. Returns the faults of broken rows, which do not count.
    pub(crate) fn refresh(&mut self, now: Timestamp) -> Result<Vec<Fault>, Fault> {
        let bytes = self.added().map_err(|error| Fault::Unreachable {
            why: format!("{}: {error}", self.path.display()),
        })?;
        let mut broken = Vec::new();
        let complete = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        if complete == 0 && bytes.len() >= READ_BYTES_MAX {
            return Err(Fault::TooLarge {
                bytes_max: READ_BYTES_MAX,
            });
        }
        let lines = bytes.get(..complete).unwrap_or_default();
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            self.line += 1;
            let result = self.take(line, now);
            match result {
                Ok(()) => {}
                Err(why) if self.columns.is_none() => {
                    let place = self.place();
                    self.forget();
                    return Err(Fault::malformed(format!("{place}: {why}")));
                }
                Err(why) => broken.push(Fault::malformed(format!("{}: {why}", self.place()))),
            }
        }
        self.reached(lines);
        Ok(summed_up(broken, &self.path.display().to_string()))
    }

    /// The newest row about a question whose time is not after now.
    pub(crate) fn newest(&self, question: &Question, now: Timestamp) -> Option<&Row> {
        let topics = [question.topic.to_string(), question.topic_name.clone()];
        let mut labels = vec![question.label.to_string(), question.label_name.clone()];
        if question.label.0 == 0 {
            labels.push(String::new());
        }
        let keys = topics.iter().flat_map(|topic| {
            let epoch = question.epoch.0;
            labels
                .iter()
                .map(move |label| (topic.clone(), epoch, label.clone()))
        });
        keys.filter_map(|key| self.rows.get(&key))
            .flatten()
            .filter(|row| row.at <= now)
            .max_by_key(|row| (row.at, row.line))
    }

    /// The bytes after the place reached, from the start if the file is not the one that was read.
    fn added(&mut self) -> std::io::Result<Vec<u8>> {
        // A pipe or a device would never end, and opening one may never return.
        if !std::fs::metadata(&self.path)?.is_file() {
            return Err(std::io::Error::other("expected a regular file"));
        }
        let mut file = File::open(&self.path)?;
        if !self.continues(&mut file)? {
            tracing::info!(path = %self.path.display(), "file was cut or replaced, reading it anew");
            self.forget();
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.take(READ_BYTES_MAX as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Whether the bytes before the place reached are still those that were read.
    fn continues(&self, file: &mut File) -> std::io::Result<bool> {
        let seam = u64::try_from(self.seam.len()).unwrap_or(0);
        if file.metadata()?.len() < self.offset {
            return Ok(false);
        }
        file.seek(SeekFrom::Start(self.offset.saturating_sub(seam)))?;
        let mut bytes = Vec::new();
        file.take(seam).read_to_end(&mut bytes)?;
        Ok(bytes == self.seam)
    }

    fn reached(&mut self, lines: &[u8]) {
        self.offset += u64::try_from(lines.len()).unwrap_or(0);
        self.seam.extend_from_slice(lines);
        let surplus = self.seam.len().saturating_sub(SEAM_BYTES);
        self.seam.drain(..surplus);
    }

    fn forget(&mut self) {
        *self = Self::new(
            std::mem::take(&mut self.path),
            std::mem::take(&mut self.worker),
        );
    }

    fn place(&self) -> String {
        format!("{}:{}", self.path.display(), self.line)
    }

    /// Takes one line: the header first, then rows.
    fn take(&mut self, line: &[u8], now: Timestamp) -> Result<(), String> {
        let text = std::str::from_utf8(line).map_err(|_| "not UTF-8".to_owned())?;
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Ok(());
        }
        let cells = cells(text)?;
        let Some(columns) = self.columns else {
            self.columns = Some(Columns::of(&cells)?);
            return Ok(());
        };
        if let Some((key, row)) = columns.row(&cells, &self.worker, self.line)? {
            let rows = self.rows.entry(key).or_default();
            rows.push(row);
            if let Some(due) = rows
                .iter()
                .filter(|row| row.at <= now)
                .map(|row| row.at)
                .max()
            {
                rows.retain(|row| row.at >= due);
            }
        }
        Ok(())
    }
}

impl Columns {
    fn of(cells: &[String]) -> Result<Self, String> {
        let place = |name: &str| {
            cells
                .iter()
                .position(|cell| cell.eq_ignore_ascii_case(name))
        };
        let needed = |name: &str| {
            place(name).ok_or_else(|| {
                format!(
                    "no column `{name}`; expected the header timestamp,topic,event,value with optional label and \
                     worker, got `{}`",
                    bounded(&cells.join(","), 100)
                )
            })
        };
        Ok(Self {
            count: cells.len(),
            timestamp: needed("timestamp")?,
            topic: needed("topic")?,
            event: needed("event")?,
            value: needed("value")?,
            label: place("label"),
            worker: place("worker"),
        })
    }

    /// The row of a line, or `None` if another worker says it.
    fn row(self, cells: &[String], worker: &str, line: u64) -> Result<Option<(Key, Row)>, String> {
        if cells.len() != self.count {
            return Err(format!(
                "{} cells, the header has {}",
                cells.len(),
                self.count
            ));
        }
        let cell = |at: usize| cells.get(at).map_or("", String::as_str);
        if self.worker.is_some_and(|at| cell(at) != worker) {
            return Ok(None);
        }
        let epoch = cell(self.event).parse().map_err(|_| {
            format!(
                "event `{}` is no epoch number",
                bounded(cell(self.event), 40)
            )
        })?;
        let at = time::parse(cell(self.timestamp)).map_err(|why| format!("timestamp: {why}"))?;
        let value = number_text(cell(self.value)).map_err(|fault| format!("value: {fault}"))?;
        let label = self.label.map_or("", cell).to_owned();
        let key = (cell(self.topic).to_owned(), epoch, label);
        Ok(Some((key, Row { at, value, line })))
    }
}

/// The cells of one line, trimmed. A quoted cell cannot hold a line break, so that one broken row stays one.
fn cells(line: &str) -> Result<Vec<String>, String> {
    if !line.contains('"') {
        return Ok(line.split(',').map(|cell| cell.trim().to_owned()).collect());
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(line.as_bytes());
    match reader.records().next() {
        Some(Ok(record)) => Ok(record.iter().map(str::to_owned).collect()),
        Some(Err(error)) => Err(error.to_string()),
        None => Ok(Vec::new()),
    }
}

fn summed_up(mut broken: Vec<Fault>, path: &str) -> Vec<Fault> {
    let more = broken.len().saturating_sub(BROKEN_SHOWN_MAX);
    if more > 0 {
        broken.truncate(BROKEN_SHOWN_MAX);
        broken.push(Fault::malformed(format!("{path}: {more} more broken rows")));
    }
    broken
}
