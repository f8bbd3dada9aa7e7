//! The loopback interface to which workers push their inferences.
//!
//! A worker says who it is by a token, of which we know only the SHA-256 digest. A receipt is answered only after the
//! owner of the intake has taken the submission. Within the window a worker may revise what it said; after the window
//! has closed nothing can be changed. The same body again gives the same receipt.

mod consider;
mod error;
mod guard;
mod handlers;
mod ledger;
mod rate;
mod submission;
mod submit;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use quorate_domain::{Timestamp, WorkerId};
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::counters::{Counters, Tally};
use crate::heard::Heard;
use crate::question::{Question, QuestionKey};
use crate::secret::TokenDigest;
use crate::spec::{SpecError, WorkerKind, WorkerSpec, check_all};
use ledger::Ledger;
use rate::Bucket;

pub use guard::is_loopback_authority;

/// A submission on its way to the owner of the intake, who journals it and answers. Dropping the answer refuses it as
/// unavailable.
#[derive(Debug)]
pub struct Taken {
    /// What is said.
    pub heard: Heard,
    /// The hash of the same worker's inference that this one replaces.
    pub replaces: Option<[u8; 32]>,
    /// Where the answer goes. The same `heard.hash` may come again when an answer came too late.
    pub answer: oneshot::Sender<Result<Accepted, Refused>>,
}

/// The owner's yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Sequence number of the journal entry.
    pub seq: u64,
    /// Time of the journal entry.
    pub at: Timestamp,
}

/// The owner's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The window closed before the submission could be journaled.
    WindowClosed,
    /// It is not asked any more.
    UnknownQuestion,
    /// The worker may not speak, and why.
    NotPermitted(String),
    /// It cannot be taken now, and why; the worker may try again.
    Unavailable(String),
}

/// Bounds of the intake.
#[derive(Clone, Copy, Debug)]
pub struct IntakeLimits {
    /// Requests per minute that each token may make in the long run.
    pub requests_per_minute: u32,
    /// Requests that each token may make at once.
    pub burst: u32,
    /// Largest body in bytes.
    pub body_bytes_max: usize,
    /// Time for a body to arrive.
    pub body_timeout: Duration,
    /// Time for the owner to answer.
    pub answer_timeout: Duration,
    /// Revisions of one worker about one question.
    pub revisions_max: usize,
    /// Closed questions whose receipts are still known.
    pub closed_max: usize,
}

impl Default for IntakeLimits {
    /// 600 requests a minute, 100 at once, 16 KiB, 10 s, 5 s, 1,000 revisions, 4,096 closed questions.
    fn default() -> Self {
        Self {
            requests_per_minute: 600,
            burst: 100,
            body_bytes_max: 16 * 1024,
            body_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(5),
            revisions_max: 1000,
            closed_max: 4096,
        }
    }
}

/// The intake: open questions, receipts and who may push. Clones share all of it.
#[derive(Clone)]
pub struct Intake(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    sender: mpsc::Sender<Taken>,
    limits: IntakeLimits,
    pushers: Vec<Pusher>,
    ledger: Mutex<Ledger>,
    tally: Tally,
}

/// One worker that may push.
struct Pusher {
    spec: WorkerSpec,
    digest: TokenDigest,
    bucket: Mutex<Bucket>,
    /// Held from the check of a submission until the owner has answered, so that one worker's submissions are taken one
    /// after the other.
    turn: tokio::sync::Mutex<()>,
}

impl Intake {
    /// An intake for those of the workers that push. What arrives goes to `sender`.
    ///
    /// # Errors
    /// [`SpecError`] for the first worker that cannot be set up, or whose token another one has.
    pub fn new(
        specs: &[WorkerSpec],
        clock: Arc<dyn Clock>,
        sender: mpsc::Sender<Taken>,
        limits: IntakeLimits,
    ) -> Result<Self, SpecError> {
        check_all(specs)?;
        let mut pushers: Vec<Pusher> = Vec::new();
        for spec in specs {
            let WorkerKind::Push(digest) = spec.kind else {
                continue;
            };
            if pushers.iter().any(|other| other.digest == digest) {
                let problem = "another worker has the same token; give each its own";
                return Err(spec.wrong("token", problem));
            }
            pushers.push(Pusher {
                spec: spec.clone(),
                digest,
                bucket: Mutex::new(Bucket::new(limits.requests_per_minute, limits.burst)),
                turn: tokio::sync::Mutex::new(()),
            });
        }
        Ok(Self(Arc::new(Shared {
            clock,
            sender,
            limits,
            pushers,
            ledger: Mutex::new(Ledger::new(limits)),
            tally: Tally::default(),
        })))
    }

    /// Opens a question, or updates one that is open, as when the market price moved. A closed one stays closed.
    /// Every question must be closed in the end, or it is kept for ever.
    pub fn open(&self, question: Question) {
        self.0.ledger().open(question);
    }

    /// Closes a question: what was said about it cannot be changed any more.
    pub fn close(&self, key: QuestionKey) {
        self.0.ledger().close(key);
    }

    /// Makes a submission known that was taken before a restart, in the order in which they were taken, so that its
    /// receipt is found and its repetition recognised. Its question must have been opened; one of a worker that may not
    /// push any more is left out.
    pub fn recall(&self, heard: &Heard, accepted: Accepted) {
        let mut pushers = self.0.pushers.iter();
        if let Some(pusher) = pushers.find(|pusher| pusher.spec.id == heard.inference.worker) {
            self.0.ledger().recall(&pusher.spec, heard, accepted);
        }
    }

    /// The counts of every worker that may push.
    #[must_use]
    pub fn counters(&self) -> BTreeMap<WorkerId, Counters> {
        let all = self.0.pushers.iter();
        all.map(|pusher| (pusher.spec.id, self.0.tally.of(pusher.spec.id)))
            .collect()
    }
}

impl Shared {
    /// No holder of this lock can leave a record half-written: each change is one insertion.
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The routes, to be served on a loopback address only.
pub fn router(intake: Intake) -> Router {
    Router::new()
        .route("/v1/questions", get(handlers::questions))
        .route(
            "/v1/questions/{topic}/{epoch}/{label}",
            get(handlers::question),
        )
        .route("/v1/inferences", post(handlers::submit))
        .route("/v1/inferences/{hash}", get(handlers::receipt))
        .route("/v1/me", get(handlers::me))
        .fallback(handlers::no_such_path)
        .method_not_allowed_fallback(handlers::no_such_method)
        .layer(axum::middleware::from_fn(guard::loopback_only))
        .with_state(intake)
}
