//! What is to be done about a submission: judged against what the ledger holds, without changing it.

use quorate_domain::Timestamp;
use serde_json::Value;

use super::error::ApiError;
use super::ledger::{Ledger, Shelf, Thread};
use super::submission::{BodyKey, Submission, body_key};
use crate::fault::Fault;
use crate::heard::{Heard, Source};
use crate::judge::{Arrival, Memory, judge};
use crate::spec::WorkerSpec;
use crate::time::rfc3339;

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
    pub(super) memory: Memory,
    pub(super) body: BodyKey,
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
            return self.known(spec, Some(*hash));
        }
        if let Some(heard) = thread.unanswered.get(&body) {
            return Ok(thread.offer(heard.clone(), thread.memory.clone(), body));
        }
        shelf.accepts(received_at)?;
        let said = thread.taken.len() + thread.unanswered.len();
        if said >= self.limits.revisions_max {
            let why = format!("{said} revisions of one question are all that is allowed");
            return Err(Fault::RateLimited { why }.into());
        }
        let arrival = Arrival {
            said: submission.said,
            raw: &canonical,
            received_at,
            source: Source::Push,
        };
        let mut memory = thread.memory.clone();
        match judge(spec, question, arrival, &mut memory) {
            // The same value of the same time under another nonce is the same inference.
            Err(Fault::Duplicate) => self.known(spec, thread.last()),
            Err(fault) => Err(fault.into()),
            Ok(heard) if self.receipt(spec.id, &heard.hash).is_some() => {
                self.known(spec, Some(heard.hash))
            }
            Ok(heard) => Ok(thread.offer(heard, memory, body)),
        }
    }

    /// The receipt of what was taken before.
    fn known(&self, spec: &WorkerSpec, hash: Option<[u8; 32]>) -> Result<Finding, No> {
        hash.and_then(|hash| self.receipt(spec.id, &hash))
            .map(Finding::Known)
            .ok_or_else(|| No::Answer(ApiError::unavailable("the receipt is not known yet")))
    }
}

impl Thread {
    fn offer(&self, heard: Heard, memory: Memory, body: BodyKey) -> Finding {
        Finding::New(Box::new(Offer {
            heard,
            replaces: self.last(),
            memory,
            body,
        }))
    }
}

impl Shelf {
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
