//! What the intake remembers: questions, who said what about them in which order, and receipts.

use std::collections::{BTreeMap, VecDeque};

use quorate_domain::{Timestamp, WorkerId};
use serde_json::{Value, json};

use super::consider::Offer;
use super::submission::{BodyKey, Named, Submission, body_key};
use super::{Accepted, IntakeLimits};
use crate::heard::{Heard, Source, hash_hex};
use crate::judge::{Arrival, Memory, judge};
use crate::question::{Question, QuestionKey};
use crate::spec::WorkerSpec;
use crate::time::rfc3339;

/// Questions and receipts, bounded by the limits.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) limits: IntakeLimits,
    shelves: BTreeMap<QuestionKey, Shelf>,
    /// Closed questions, the one closed first in front.
    closed: VecDeque<QuestionKey>,
    /// Of every taken inference, the question and worker under which it stands.
    index: BTreeMap<[u8; 32], (QuestionKey, WorkerId)>,
}

/// One question with what was said about it.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) question: Question,
    state: State,
    pub(super) threads: BTreeMap<WorkerId, Thread>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Closed,
}

/// What one worker said about one question.
#[derive(Debug, Default)]
pub(super) struct Thread {
    pub(super) memory: Memory,
    /// In the order of the journal.
    pub(super) taken: Vec<(Accepted, Heard)>,
    /// The inference that each body became.
    pub(super) bodies: BTreeMap<BodyKey, [u8; 32]>,
    /// Submissions handed to the owner whose answer never came: it may have taken them.
    pub(super) unanswered: BTreeMap<BodyKey, Heard>,
}

impl Ledger {
    pub(super) fn new(limits: IntakeLimits) -> Self {
        Self {
            limits,
            shelves: BTreeMap::new(),
            closed: VecDeque::new(),
            index: BTreeMap::new(),
        }
    }

    pub(super) fn open(&mut self, question: Question) {
        let key = question.key();
        match self.shelves.get_mut(&key) {
            Some(shelf) if shelf.state == State::Closed => {}
            Some(shelf) => shelf.question = question,
            None => {
                let shelf = Shelf {
                    question,
                    state: State::Open,
                    threads: BTreeMap::new(),
                };
                self.shelves.insert(key, shelf);
            }
        }
    }

    pub(super) fn close(&mut self, key: QuestionKey) {
        let Some(shelf) = self.shelves.get_mut(&key) else {
            return;
        };
        if shelf.state == State::Closed {
            return;
        }
        shelf.state = State::Closed;
        self.closed.push_back(key);
        while self.closed.len() > self.limits.closed_max {
            if let Some(oldest) = self.closed.pop_front() {
                self.shelves.remove(&oldest);
                self.index.retain(|_, (question, _)| *question != oldest);
            }
        }
    }

    /// The open questions that this worker may speak about, in the order of their keys.
    pub(super) fn open_now(&self, spec: &WorkerSpec, now: Timestamp) -> Vec<Value> {
        let shelves = self.shelves.values();
        shelves
            .filter(|shelf| shelf.standing(now) == "open" && spec.covers(shelf.question.topic))
            .map(|shelf| shelf.question.to_json())
            .collect()
    }

    /// One question with the state of its window.
    pub(super) fn question(&self, named: (&Named, u64, &Named), now: Timestamp) -> Option<Value> {
        let shelf = self.find(named)?;
        let mut view = shelf.question.to_json();
        if let Value::Object(members) = &mut view {
            members.insert("state".to_owned(), json!(shelf.standing(now)));
        }
        Some(view)
    }

    /// The question so named, an open one before a closed one.
    pub(super) fn find(&self, (topic, epoch, label): (&Named, u64, &Named)) -> Option<&Shelf> {
        let matching = self.shelves.values().filter(|shelf| {
            let question = &shelf.question;
            question.epoch.0 == epoch
                && topic.names(question.topic.0, &question.topic_name)
                && label.names(u64::from(question.label.0), &question.label_name)
        });
        matching.min_by_key(|shelf| shelf.state == State::Closed)
    }

    /// Notes that an offer was handed over and no answer came.
    pub(super) fn unanswered(&mut self, offer: &Offer) {
        if let Some(thread) = self.thread(&offer.heard) {
            thread.unanswered.insert(offer.body, offer.heard.clone());
        }
    }

    /// Follows the course of a value without taking it: one that was excluded, or taken before a restart.
    pub(super) fn followed(&mut self, spec: &WorkerSpec, submission: &Submission, at: Timestamp) {
        let named = (&submission.topic, submission.epoch, &submission.label);
        let Some(key) = self.find(named).map(|shelf| shelf.question.key()) else {
            return;
        };
        let Some(shelf) = self.shelves.get_mut(&key) else {
            return;
        };
        let thread = shelf.threads.entry(spec.id).or_default();
        let arrival = Arrival {
            said: submission.said,
            raw: "",
            received_at: at,
            source: Source::Push,
        };
        // Only the memory is wanted: the verdict is known.
        let _ = judge(spec, &shelf.question, arrival, &mut thread.memory);
    }

    /// Notes that the owner took an offer, and gives its receipt.
    pub(super) fn accepted(&mut self, offer: Offer, accepted: Accepted) -> Option<Value> {
        let worker = offer.heard.inference.worker;
        let hash = offer.heard.hash;
        let thread = self.thread(&offer.heard)?;
        thread.unanswered.remove(&offer.body);
        thread.memory = offer.memory;
        self.record(offer.heard, accepted, offer.body);
        self.receipt(worker, &hash)
    }

    /// As [`Ledger::accepted`] for something taken before a restart; its raw text is the canonical form.
    pub(super) fn recall(&mut self, spec: &WorkerSpec, heard: &Heard, accepted: Accepted) {
        if let Ok(submission) = Submission::read(heard.raw.as_bytes()) {
            self.followed(spec, &submission, heard.received_at);
        }
        let body = body_key(&heard.raw);
        self.record(heard.clone(), accepted, body);
    }

    fn record(&mut self, heard: Heard, accepted: Accepted, body: BodyKey) {
        let hash = heard.hash;
        let place = (heard.question, heard.inference.worker);
        let Some(thread) = self.thread(&heard) else {
            return;
        };
        thread.bodies.insert(body, hash);
        if thread.taken.iter().all(|(_, known)| known.hash != hash) {
            let after = thread
                .taken
                .partition_point(|(other, _)| other.seq <= accepted.seq);
            thread.taken.insert(after, (accepted, heard));
        }
        self.index.insert(hash, place);
    }

    fn thread(&mut self, heard: &Heard) -> Option<&mut Thread> {
        let shelf = self.shelves.get_mut(&heard.question)?;
        Some(shelf.threads.entry(heard.inference.worker).or_default())
    }

    /// The receipt of one of this worker's own inferences.
    pub(super) fn receipt(&self, worker: WorkerId, hash: &[u8; 32]) -> Option<Value> {
        let (question, owner) = self.index.get(hash)?;
        if *owner != worker {
            return None;
        }
        let taken = &self.shelves.get(question)?.threads.get(owner)?.taken;
        let place = taken.iter().position(|(_, heard)| heard.hash == *hash)?;
        let (accepted, heard) = taken.get(place)?;
        let neighbour = |at: Option<usize>| {
            at.and_then(|at| taken.get(at))
                .map(|(_, heard)| hash_hex(&heard.hash))
        };
        let replaced_by = neighbour(place.checked_add(1));
        Some(json!({
            "hash": hash_hex(hash),
            "worker": heard.worker,
            "topic": question.topic.0,
            "epoch": question.epoch.0,
            "label": question.label.0,
            "value": heard.inference.value,
            "published_at": rfc3339(heard.inference.published_at),
            "received_at": rfc3339(heard.received_at),
            "journal_seq": accepted.seq,
            "journaled_at": rfc3339(accepted.at),
            "status": if replaced_by.is_some() { "replaced" } else { "standing" },
            "replaces": neighbour(place.checked_sub(1)),
            "replaced_by": replaced_by,
        }))
    }
}

impl Shelf {
    /// The state of the window in a word.
    pub(super) fn standing(&self, now: Timestamp) -> &'static str {
        let question = &self.question;
        match self.state {
            State::Open if now < question.opens_at => "not_open",
            State::Open if now < question.closes_at => "open",
            _ => "closed",
        }
    }
}

impl Thread {
    /// The inference that stands.
    pub(super) fn last(&self) -> Option<[u8; 32]> {
        self.taken.last().map(|(_, heard)| heard.hash)
    }
}
