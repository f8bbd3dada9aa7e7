//! What the intake remembers: questions, who said what about them in which order, and receipts.

use std::collections::{BTreeMap, VecDeque};

use quorate_domain::{Timestamp, WorkerId};
use serde_json::{Value, json};

use super::error::ApiError;
use super::submission::{BodyKey, Named, Submission, body_key};
use super::{Accepted, IntakeLimits};
use crate::fault::Fault;
use crate::heard::{Heard, Source, hash_hex};
use crate::judge::{Arrival, Memory, judge};
use crate::question::{Question, QuestionKey};
use crate::spec::WorkerSpec;
use crate::time::rfc3339;

/// Questions and receipts, bounded by the limits.
#[derive(Debug)]
pub(super) struct Ledger {
    limits: IntakeLimits,
    shelves: BTreeMap<QuestionKey, Shelf>,
    /// Closed questions, the one closed first in front.
    closed: VecDeque<QuestionKey>,
    /// Of every taken inference, the question and worker under which it stands.
    index: BTreeMap<[u8; 32], (QuestionKey, WorkerId)>,
}

/// One question with what was said about it.
#[derive(Debug)]
struct Shelf {
    question: Question,
    state: State,
    threads: BTreeMap<WorkerId, Thread>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Closed,
}

/// What one worker said about one question.
#[derive(Debug, Default)]
struct Thread {
    memory: Memory,
    /// In the order of the journal.
    taken: Vec<(Accepted, Heard)>,
    /// The inference that each body became.
    bodies: BTreeMap<BodyKey, [u8; 32]>,
    /// Submissions handed to the owner whose answer never came: it may have taken them.
    unanswered: BTreeMap<BodyKey, Heard>,
}

/// What is to be done about a submission.
pub(super) enum Finding {
    /// It was taken before: here is its receipt.
    Known(Value),
    /// It is to be offered to the owner.
    New(Box<Offer>),
}

/// A submission that may be taken.
pub(super) struct Offer {
    pub(super) heard: Heard,
    pub(super) replaces: Option<[u8; 32]>,
    memory: Memory,
    body: BodyKey,
}

/// Why a submission is refused: a counted fault, or an answer of its own.
pub(super) enum No {
    Fault(Fault),
    Answer(ApiError),
}

impl From<Fault> for No {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
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
    fn find(&self, (topic, epoch, label): (&Named, u64, &Named)) -> Option<&Shelf> {
        let matching = self.shelves.values().filter(|shelf| {
            let question = &shelf.question;
            question.epoch.0 == epoch
                && topic.names(question.topic.0, &question.topic_name)
                && label.names(u64::from(question.label.0), &question.label_name)
        });
        matching.min_by_key(|shelf| shelf.state == State::Closed)
    }

    /// Judges a submission without changing anything.
    pub(super) fn consider(
        &self,
        spec: &WorkerSpec,
        submission: &Submission,
        received_at: Timestamp,
    ) -> Result<Finding, No> {
        let named = (&submission.topic, submission.epoch, &submission.label);
        let shelf = self.find(named).ok_or_else(|| Fault::UnknownQuestion {
            what: "this topic, epoch and label are not asked".to_owned(),
        })?;
        let question = &shelf.question;
        if !spec.covers(question.topic) {
            let why = format!(
                "`{}` does not speak about topic {}",
                spec.name, question.topic
            );
            return Err(Fault::NotPermitted { why }.into());
        }
        let nothing = Thread::default();
        let thread = shelf.threads.get(&spec.id).unwrap_or(&nothing);
        let canonical = submission.canonical(question.key());
        let body = body_key(&canonical);
        if let Some(hash) = thread.bodies.get(&body) {
            return self
                .receipt(spec.id, hash)
                .map(Finding::Known)
                .ok_or_else(unknown);
        }
        if let Some(heard) = thread.unanswered.get(&body) {
            return Ok(Finding::New(Box::new(Offer {
                heard: heard.clone(),
                replaces: thread.last(),
                memory: thread.memory.clone(),
                body,
            })));
        }
        shelf.accepts(received_at)?;
        if thread.taken.len() >= self.limits.revisions_max {
            let why = format!(
                "{} revisions of this question are enough",
                thread.taken.len()
            );
            return Err(Fault::RateLimited { why }.into());
        }
        let mut memory = thread.memory.clone();
        let arrival = Arrival {
            said: submission.said,
            raw: &canonical,
            received_at,
            source: Source::Push,
        };
        match judge(spec, question, arrival, &mut memory) {
            // The same value of the same time under another nonce is the same inference.
            Err(Fault::Duplicate) => thread
                .last()
                .and_then(|hash| self.receipt(spec.id, &hash))
                .map(Finding::Known)
                .ok_or_else(unknown),
            Err(fault) => Err(fault.into()),
            Ok(heard) => match self.receipt(spec.id, &heard.hash) {
                Some(receipt) => Ok(Finding::Known(receipt)),
                None => Ok(Finding::New(Box::new(Offer {
                    heard,
                    replaces: thread.last(),
                    memory,
                    body,
                }))),
            },
        }
    }

    /// Notes that an offer was handed over and no answer came.
    pub(super) fn unanswered(&mut self, offer: &Offer) {
        if let Some(thread) = self.thread(&offer.heard) {
            thread.unanswered.insert(offer.body, offer.heard.clone());
        }
    }

    /// Notes that the value of an offer was seen but excluded: flip-flops are noticed over refused values too.
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
        // The verdict is known already; only the memory is wanted.
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
    pub(super) fn recall(&mut self, heard: &Heard, accepted: Accepted) {
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
    fn standing(&self, now: Timestamp) -> &'static str {
        let question = &self.question;
        match self.state {
            State::Open if now < question.opens_at => "not_open",
            State::Open if now < question.closes_at => "open",
            _ => "closed",
        }
    }

    fn accepts(&self, now: Timestamp) -> Result<(), No> {
        match self.standing(now) {
            "open" => Ok(()),
            "not_open" => Err(No::Answer(ApiError::new(
                axum::http::StatusCode::CONFLICT,
                "window_not_open",
                format!("the window opens at {}", rfc3339(self.question.opens_at)),
                "GET /v1/questions lists what is asked now",
            ))),
            _ => Err(Fault::Late {
                by: now.since(self.question.closes_at),
            }
            .into()),
        }
    }
}

impl Thread {
    /// The inference that stands.
    fn last(&self) -> Option<[u8; 32]> {
        self.taken.last().map(|(_, heard)| heard.hash)
    }
}

fn unknown() -> No {
    No::Answer(ApiError::unavailable(
        "the receipt of this submission is being written",
    ))
}
