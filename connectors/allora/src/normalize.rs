//! From a bundle to the inferences of this program. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_domain::{EpochId, Inference, LabelId, Timestamp, TopicId, Worker};

use crate::bundle::{NetworkBundle, Row, SINGLE_LABEL};
use crate::consumer_wire::ConsumerInference;
use crate::worker_book::{COMBINED_WORKER, WorkerBook, worker_name};

/// Whose values become inferences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The network's combined value, as the value of one worker.
    Combined,
    /// Each inferer's own value. Forecasters have none: what follows from them is a mixture of the inferers.
    Workers,
    /// Both.
    WorkersAndCombined,
}

/// Where a value's own time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueTime {
    /// The time of the block that names the epoch.
    Block(Timestamp),
    /// The block's time is not known: the arrival stands in for it, and whether the value is stale cannot be told.
    Arrival,
}

/// What a bundle is about, in this program's terms, and how it is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Our topic.
    pub topic: TopicId,
    /// Our epoch: the question that is open now.
    pub epoch: EpochId,
    /// Our labels by the network's names. A single value is label 0 where its name (`y`) is not listed.
    pub labels: &'a BTreeMap<String, LabelId>,
    /// Whose values.
    pub view: View,
    /// When the bundle arrived.
    pub arrived_at: Timestamp,
    /// The values' own time.
    pub time: ValueTime,
    /// How long a value counts from its own time: one epoch and the submission window.
    pub valid_for: Duration,
}

/// Whether values still count at their arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// They do.
    Fresh {
        /// For this long.
        left: Duration,
    },
    /// They do not: use none of them.
    Stale {
        /// Since this long.
        by: Duration,
    },
    /// Their own time is not known.
    Unknown,
}

/// A value that did not become an inference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// The network has no value there.
    NoValue {
        /// Full name of the worker.
        worker: String,
        /// The network's label.
        label: String,
    },
    /// We have no such label.
    UnknownLabel {
        /// The network's label.
        label: String,
    },
    /// Two of the network's labels are one of ours.
    SameLabel {
        /// The second of them.
        label: String,
    },
    /// The book of workers is full.
    BookFull {
        /// Full name of the worker.
        worker: String,
    },
}

/// What became of a bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalized {
    /// Workers seen for the first time: list them before the inferences.
    pub new_workers: Vec<Worker>,
    /// The inferences. Their values are in the topic's own unit: what a price means for a market is decided elsewhere.
    pub inferences: Vec<Inference>,
    /// Whether they count.
    pub freshness: Freshness,
    /// What is missing, and why.
    pub left_out: Vec<LeftOut>,
}

/// The inferences of a bundle.
#[must_use]
pub fn normalize(
    bundle: &NetworkBundle,
    reading: &Reading<'_>,
    book: &mut WorkerBook,
) -> Normalized {
    let mut out = start(reading);
    let columns = columns(bundle, reading, &mut out.left_out);
    if reading.view != View::Combined {
        for (address, row) in &bundle.inferers {
            out.add(&worker_name(address), row, &columns, reading, book);
        }
    }
    if reading.view != View::Workers {
        out.add(COMBINED_WORKER, &bundle.combined, &columns, reading, book);
    }
    out
}

/// The inference of a consumer answer, which always is the combined value. Its own timestamp is used, whatever
/// `reading.time` says, and `reading.view` does not matter.
#[must_use]
pub fn normalize_consumer(
    answer: &ConsumerInference,
    reading: &Reading<'_>,
    book: &mut WorkerBook,
) -> Normalized {
    let reading = Reading {
        time: ValueTime::Block(answer.timestamp),
        ..*reading
    };
    let mut out = start(&reading);
    let columns = [(0, SINGLE_LABEL, LabelId(0))];
    out.add(
        COMBINED_WORKER,
        &vec![Some(answer.value)],
        &columns,
        &reading,
        book,
    );
    out
}

fn start(reading: &Reading<'_>) -> Normalized {
    Normalized {
        new_workers: Vec::new(),
        inferences: Vec::new(),
        freshness: freshness(reading),
        left_out: Vec::new(),
    }
}

fn freshness(reading: &Reading<'_>) -> Freshness {
    let ValueTime::Block(time) = reading.time else {
        return Freshness::Unknown;
    };
    let age = reading.arrived_at.since(time);
    match reading.valid_for.checked_sub(age) {
        Some(left) => Freshness::Fresh { left },
        None => Freshness::Stale {
            by: age - reading.valid_for,
        },
    }
}

/// A clock that runs ahead of ours must not make a value younger than its arrival.
fn published_at(reading: &Reading<'_>) -> Timestamp {
    match reading.time {
        ValueTime::Block(time) => time.min(reading.arrived_at),
        ValueTime::Arrival => reading.arrived_at,
    }
}

type Column<'a> = (usize, &'a str, LabelId);

fn columns<'a>(
    bundle: &'a NetworkBundle,
    reading: &Reading<'_>,
    left_out: &mut Vec<LeftOut>,
) -> Vec<Column<'a>> {
    let alone = bundle.labels.len() == 1;
    let mut columns: Vec<Column<'a>> = Vec::new();
    for (column, label) in bundle.labels.iter().enumerate() {
        let ours = match reading.labels.get(label) {
            Some(ours) => Some(*ours),
            None if alone && label == SINGLE_LABEL => Some(LabelId(0)),
            None => None,
        };
        let label_text = || label.clone();
        match ours {
            None => left_out.push(LeftOut::UnknownLabel {
                label: label_text(),
            }),
            Some(ours) if columns.iter().any(|(_, _, taken)| *taken == ours) => {
                left_out.push(LeftOut::SameLabel {
                    label: label_text(),
                });
            }
            Some(ours) => columns.push((column, label.as_str(), ours)),
        }
    }
    columns
}

impl Normalized {
    fn add(
        &mut self,
        name: &str,
        row: &Row,
        columns: &[Column<'_>],
        reading: &Reading<'_>,
        book: &mut WorkerBook,
    ) {
        let Some((worker, new)) = book.id_of(name) else {
            self.left_out.push(LeftOut::BookFull {
                worker: name.to_owned(),
            });
            return;
        };
        self.new_workers.extend(new);
        for (column, theirs, label) in columns {
            match row.get(*column).copied().flatten() {
                Some(value) => self.inferences.push(Inference {
                    topic: reading.topic,
                    epoch: reading.epoch,
                    label: *label,
                    worker,
                    value,
                    published_at: published_at(reading),
                }),
                None => self.left_out.push(LeftOut::NoValue {
                    worker: name.to_owned(),
                    label: (*theirs).to_owned(),
                }),
            }
        }
    }
}
