//! What the workers say, joined as of now, and what becomes of it: one value per question, and learning when the
//! question is decided.
//!
//! A worker's value counts from the entry that brought it and until it has grown too old by its own time. For learning,
//! values count as they stood when the question froze: nothing said after part of the answer was visible.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use quorate_collective::batch::{BATCH_CORRELATION, batch_factor};
use quorate_collective::{Pool, ResolvedEvent};
use quorate_domain::{EpochId, Inference, LabelId, Timestamp, TopicId, TopicLink, WorkerId};
use serde::{Deserialize, Serialize};

use crate::config::TopicConfig;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Stamped {
    value: f64,
    published_at: Timestamp,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Question {
    /// By column; absent workers are empty.
    latest: Vec<Option<Stamped>>,
    frozen: Vec<Option<Stamped>>,
}

/// The workers' values for one question at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Joined {
    /// By column of the topic; stale and missing ones are empty.
    pub values: Vec<Option<f64>>,
    /// How many are there.
    pub present: u16,
    /// How many exist but are too old.
    pub stale: u16,
}

impl Joined {
    /// Plain mean of what is there.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let sum: f64 = self.values.iter().flatten().sum();
        (self.present != 0).then(|| sum / f64::from(self.present))
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct TopicState {
    pool: Pool,
    columns: BTreeMap<WorkerId, usize>,
    #[serde(with = "quorate_domain::pairs")]
    questions: BTreeMap<(EpochId, LabelId), Question>,
    batch: Vec<ResolvedEvent>,
    batch_due: Option<Timestamp>,
}

/// All topics.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Beliefs {
    /// A pool that has learned nothing: what every new topic starts from.
    fresh: Pool,
    /// The same for topics with a scheme of their own.
    own: BTreeMap<TopicId, Pool>,
    topics: BTreeMap<TopicId, TopicState>,
    resolved: BTreeSet<QuestionKey>,
    /// The same, oldest first, so that the memory of them stays bounded.
    resolved_order: VecDeque<QuestionKey>,
    /// When the first batch will be learned from.
    next_batch: Option<Timestamp>,
}

/// One question: topic, round, label.
pub type QuestionKey = (TopicId, EpochId, LabelId);

/// Decided questions remembered, so that late words about them are ignored.
const RESOLVED_KEPT: usize = 100_000;

/// A question and its answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decided {
    /// The question.
    pub key: QuestionKey,
    /// What its event turned out to be, 0 to 1.
    pub outcome: f64,
    /// The market's probability of the event when the question froze.
    pub market: Option<f64>,
}

/// A value that is no probability: it is refused and counted, never clamped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NotUsable;

impl Beliefs {
    /// No topics yet; each new one starts from its pool in `own`, else from `fresh`.
    #[must_use]
    pub const fn new(fresh: Pool, own: BTreeMap<TopicId, Pool>) -> Self {
        Self {
            fresh,
            own,
            topics: BTreeMap::new(),
            resolved: BTreeSet::new(),
            resolved_order: VecDeque::new(),
            next_batch: None,
        }
    }

    /// A worker spoke at `at`; `freeze_at` is when its question froze for learning.
    ///
    /// # Errors
    /// The value is NaN or outside `[0, 1]`. A value for a decided question, or one older than what the same worker
    /// said before, changes nothing.
    pub fn hear(
        &mut self,
        said: &Inference,
        at: Timestamp,
        freeze_at: Option<Timestamp>,
    ) -> Result<(), NotUsable> {
        if !(0.0..=1.0).contains(&said.value) {
            return Err(NotUsable);
        }
        if self
            .resolved
            .contains(&(said.topic, said.epoch, said.label))
        {
            return Ok(());
        }
        let fresh = self.own.get(&said.topic).unwrap_or(&self.fresh);
        let topic = self
            .topics
            .entry(said.topic)
            .or_insert_with(|| TopicState::new(fresh));
        let column = topic.column(said.worker);
        let question = topic.questions.entry((said.epoch, said.label)).or_default();
        let stamped = Stamped {
            value: said.value,
            // A stamp from the future would never grow old.
            published_at: said.published_at.min(at),
        };
        put_newer(&mut question.latest, column, stamped);
        if freeze_at.is_some_and(|freeze| at <= freeze) {
            put_newer(&mut question.frozen, column, stamped);
        }
        Ok(())
    }

    /// The workers' values for a question, as of `now`.
    #[must_use]
    pub fn join(
        &self,
        topic: TopicId,
        epoch: EpochId,
        label: LabelId,
        now: Timestamp,
        age_max: Duration,
    ) -> Joined {
        let Some((topic, question)) = self
            .topics
            .get(&topic)
            .and_then(|topic| Some((topic, topic.questions.get(&(epoch, label))?)))
        else {
            return Joined::default();
        };
        let mut joined = Joined {
            values: vec![None; topic.columns.len()],
            present: 0,
            stale: 0,
        };
        for (column, stamped) in question.latest.iter().enumerate() {
            match stamped {
                Some(stamped) if now.since(stamped.published_at) <= age_max => {
                    joined.values[column] = Some(stamped.value);
                    joined.present += 1;
                }
                Some(_) => joined.stale += 1,
                None => {}
            }
        }
        joined
    }

    /// One value from many, by the topic's scheme with what it has learned so far.
    #[must_use]
    pub fn combine(&self, topic: TopicId, joined: &Joined, market: Option<f64>) -> Option<f64> {
        self.topics.get(&topic)?.pool.value(&joined.values, market)
    }

    /// Weight of every worker on what is joined, by column.
    #[must_use]
    pub fn weights(&self, topic: TopicId, joined: &Joined, market: Option<f64>) -> Vec<f64> {
        self.topics
            .get(&topic)
            .map_or_else(Vec::new, |t| t.pool.predict(&joined.values, market).weights)
    }

    /// The column of a worker in a topic.
    #[must_use]
    pub fn column(&self, topic: TopicId, worker: WorkerId) -> Option<usize> {
        self.topics.get(&topic)?.columns.get(&worker).copied()
    }

    /// Workers of a topic with their columns.
    pub fn workers(&self, topic: TopicId) -> impl Iterator<Item = (WorkerId, usize)> + '_ {
        self.topics
            .get(&topic)
            .into_iter()
            .flat_map(|t| t.columns.iter().map(|(w, c)| (*w, *c)))
    }

    /// Time of the oldest value that still counts for a link.
    #[must_use]
    pub fn oldest(&self, link: TopicLink, now: Timestamp, age_max: Duration) -> Option<Timestamp> {
        let question = self
            .topics
            .get(&link.topic)?
            .questions
            .get(&(link.epoch, link.label))?;
        let stamps = question
            .latest
            .iter()
            .flatten()
            .map(|stamped| stamped.published_at);
        stamps.filter(|at| now.since(*at) <= age_max).min()
    }

    /// A question was decided; `freeze` is when its values froze. Returns when the batch it joins will be learned from,
    /// if not at once. Values that were too old when the question froze do not count, as they would not have in trading;
    /// a question that never froze teaches nothing.
    pub fn decided(
        &mut self,
        decided: Decided,
        freeze: Option<Timestamp>,
        now: Timestamp,
        settings: &TopicConfig,
    ) -> Option<Timestamp> {
        let key = decided.key;
        if !self.remember(key) {
            return None;
        }
        let topic = self.topics.get_mut(&key.0)?;
        let question = topic.questions.remove(&(key.1, key.2))?;
        let freeze = freeze?;
        let fresh = |s: &Stamped| freeze.since(s.published_at) <= settings.age_max();
        let value = |s: &Option<Stamped>| s.filter(fresh).map(|s| s.value);
        let mut x: Vec<Option<f64>> = question.frozen.iter().map(value).collect();
        x.resize(topic.columns.len(), None);
        topic.batch.push(ResolvedEvent {
            x,
            market: decided.market,
            outcome: decided.outcome,
        });
        let due = *topic
            .batch_due
            .get_or_insert_with(|| now.plus(settings.batch_window));
        if due <= now {
            topic.learn();
            return None;
        }
        self.next_batch = Some(self.next_batch.map_or(due, |at| at.min(due)));
        Some(due)
    }

    /// Learns from every batch whose time has come.
    pub fn learn_due(&mut self, now: Timestamp) {
        if self.next_batch.is_none_or(|at| now < at) {
            return;
        }
        for topic in self.topics.values_mut() {
            if topic.batch_due.is_some_and(|due| due <= now) {
                topic.learn();
            }
        }
        self.next_batch = self
            .topics
            .values()
            .filter_map(|topic| topic.batch_due)
            .min();
    }

    /// When the first batch that waits will be learned from.
    #[must_use]
    pub const fn next_batch(&self) -> Option<Timestamp> {
        self.next_batch
    }

    /// Whether the question was still open.
    fn remember(&mut self, key: QuestionKey) -> bool {
        if !self.resolved.insert(key) {
            return false;
        }
        self.resolved_order.push_back(key);
        if RESOLVED_KEPT < self.resolved_order.len()
            && let Some(oldest) = self.resolved_order.pop_front()
        {
            self.resolved.remove(&oldest);
        }
        true
    }
}

impl TopicState {
    fn new(fresh: &Pool) -> Self {
        Self {
            pool: fresh.clone(),
            columns: BTreeMap::new(),
            questions: BTreeMap::new(),
            batch: Vec::new(),
            batch_due: None,
        }
    }

    fn column(&mut self, worker: WorkerId) -> usize {
        let next = self.columns.len();
        let column = *self.columns.entry(worker).or_insert(next);
        if column == next {
            self.pool.register();
        }
        column
    }

    fn learn(&mut self) {
        let mut batch = core::mem::take(&mut self.batch);
        self.batch_due = None;
        for event in &mut batch {
            event.x.resize(self.columns.len(), None);
        }
        let factor = batch_factor(batch.len(), BATCH_CORRELATION);
        let learned = self.pool.resolve(&batch, factor);
        debug_assert!(
            learned.is_ok(),
            "payouts are outcomes, and a batch factor is in (0, 1]"
        );
    }
}

fn put_newer(values: &mut Vec<Option<Stamped>>, column: usize, stamped: Stamped) {
    if values.len() <= column {
        values.resize(column + 1, None);
    }
    if values[column].is_none_or(|old| old.published_at <= stamped.published_at) {
        values[column] = Some(stamped);
    }
}
