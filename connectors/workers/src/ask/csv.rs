//! Workers behind a file: the newest row for the question whose time has come.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quorate_domain::Timestamp;

use super::csv_tail::{Row, Tail};
use super::{Asked, Reply};
use crate::clock::Clock;
use crate::fault::Fault;
use crate::question::Question;
use crate::reply::Said;
use crate::spec::{CsvSpec, WorkerSpec};
use crate::time::rfc3339;

pub(crate) struct CsvAsker {
    path: PathBuf,
    tail: Arc<Mutex<Tail>>,
    timeout: Duration,
}

impl CsvAsker {
    pub(crate) fn new(worker: &WorkerSpec, spec: &CsvSpec) -> Self {
        let name = spec.worker.clone().unwrap_or_else(|| worker.name.clone());
        Self {
            path: spec.path.clone(),
            tail: Arc::new(Mutex::new(Tail::new(spec.path.clone(), name))),
            timeout: worker.timeout,
        }
    }

    /// Reads what was appended since the last time, and answers with the newest row that is not after now.
    pub(crate) async fn ask(&self, question: &Question, clock: &dyn Clock) -> Asked {
        let sent = format!("read {}", self.path.display());
        let now = clock.now();
        let tail = Arc::clone(&self.tail);
        let asked = question.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
            let broken = tail.refresh(now)?;
            Ok((tail.newest(&asked, now).cloned(), broken))
        });
        let result = match tokio::time::timeout(self.timeout, reading).await {
            Err(_) => Err(Fault::Timeout {
                after: self.timeout,
            }),
            Ok(Err(error)) => Err(Fault::malformed(format!("reading stopped: {error}"))),
            Ok(Ok(result)) => result,
        };
        match result {
            Err(fault) => Asked::failed(sent, fault),
            Ok((row, broken)) => self.answer(sent, row, broken, now),
        }
    }

    fn answer(&self, sent: String, row: Option<Row>, also: Vec<Fault>, now: Timestamp) -> Asked {
        let reply = match &row {
            None => Err(Fault::Unreachable {
                why: format!(
                    "{} has no row for this question with a time up to {}",
                    self.path.display(),
                    rfc3339(now)
                ),
            }),
            Some(row) => Ok(Reply::Value(Said {
                value: row.value,
                published_at: Some(row.at),
            })),
        };
        Asked {
            sent,
            raw: row.map_or_else(String::new, |row| {
                format!("line {}: {} {}", row.line, rfc3339(row.at), row.value)
            }),
            reply,
            also,
        }
    }
}
