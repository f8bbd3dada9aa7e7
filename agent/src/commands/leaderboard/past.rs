//! What was resolved on a topic, in the form that a leaderboard is folded from.

use std::collections::BTreeMap;

use quorate_collective::{Quantity, SchemeSpec};
use quorate_domain::{Timestamp, WorkerId};

/// A resolved question with everybody's value as it stood at the freeze.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// What was asked.
    pub(super) event: String,
    /// When values stopped counting; not after `resolved`.
    pub(super) freeze: Timestamp,
    /// When the answer was known.
    pub(super) resolved: Timestamp,
    /// By column; later workers have none.
    pub(super) values: Vec<Option<f64>>,
    /// Column and value of what was said between freeze and answer.
    pub(super) late: Vec<(usize, f64)>,
    /// Probability of the market at the freeze.
    pub(super) market: Option<f64>,
    /// The answer: 0 to 1, or basis points.
    pub(super) outcome: f64,
}

/// Questions that were learned from together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Batch {
    /// When.
    pub(super) at: Timestamp,
    /// In the order of their answers.
    pub(super) rows: Vec<Row>,
}

/// Everything that happened on one topic.
#[derive(Clone, Debug)]
pub(super) struct TopicPast {
    pub(super) quantity: Quantity,
    pub(super) scheme: SchemeSpec,
    /// Workers in column order, each with the time of its first value.
    pub(super) workers: Vec<(WorkerId, Timestamp)>,
    /// Values that were none of the topic's, by worker.
    pub(super) impossible: BTreeMap<WorkerId, Vec<f64>>,
    /// In the order in which they were learned from.
    pub(super) batches: Vec<Batch>,
    /// Answered questions whose batch is still open.
    pub(super) waiting: Vec<Row>,
    /// When that batch will be learned from.
    pub(super) due: Option<Timestamp>,
    /// Questions that somebody spoke about and that have no answer yet.
    pub(super) open: usize,
    /// Answered questions that teach nothing: they never froze, or a price was missing.
    pub(super) void: usize,
}

impl TopicPast {
    pub(super) const fn new(quantity: Quantity, scheme: SchemeSpec) -> Self {
        Self {
            quantity,
            scheme,
            workers: Vec::new(),
            impossible: BTreeMap::new(),
            batches: Vec::new(),
            waiting: Vec::new(),
            due: None,
            open: 0,
            void: 0,
        }
    }

    /// The column of a worker; one that was never heard gets the next.
    pub(super) fn column(&mut self, worker: WorkerId, at: Timestamp) -> usize {
        let known = self.workers.iter().position(|(known, _)| *known == worker);
        known.unwrap_or_else(|| {
            self.workers.push((worker, at));
            self.workers.len() - 1
        })
    }

    /// Learns from the open batch if its time has come.
    pub(super) fn learn_due(&mut self, now: Timestamp) {
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            let rows = std::mem::take(&mut self.waiting);
            self.batches.push(Batch { at: now, rows });
        }
    }

    /// Resolved questions.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> + '_ {
        self.batches.iter().flat_map(|batch| &batch.rows)
    }
}
