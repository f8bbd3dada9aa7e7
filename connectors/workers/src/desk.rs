//! The desk that asks the polled workers.
//!
//! Each pair of a worker and an open question has a task of its own, so that one which hangs, crashes or talks nonsense
//! delays nobody else. What arrives goes through one bounded channel: when its reader is slow the tasks wait, and
//! nothing is dropped.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use quorate_domain::WorkerId;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

use crate::ask::{Asked, Asker, Reply};
use crate::clock::Clock;
use crate::counters::{Counters, Tally};
use crate::fault::Fault;
use crate::heard::{FaultReport, Forecast, FromWorker, RAW_CHARS_MAX};
use crate::judge::{Arrival, Memory, in_time, judge};
use crate::question::{Question, QuestionKey};
use crate::spec::{SpecError, WorkerSpec, check_all};
use crate::text::bounded;

/// Longest pause between two looks at the clock while a window has not opened yet.
const OPENING_LOOK_EVERY: Duration = Duration::from_millis(250);

/// Asks every polled worker about every open question. Dropping it ends all tasks and the processes they started.
pub struct Desk {
    posts: Vec<Arc<Post>>,
    windows: BTreeMap<QuestionKey, watch::Sender<Arc<Question>>>,
    tasks: JoinSet<()>,
}

/// One worker with what is needed to ask it.
struct Post {
    spec: WorkerSpec,
    asker: Asker,
    seats: Semaphore,
    clock: Arc<dyn Clock>,
    sender: mpsc::Sender<FromWorker>,
    tally: Arc<Tally>,
}

impl Desk {
    /// Sets up the workers; nothing is asked before a question is opened. Workers that push are left to the intake.
    ///
    /// # Errors
    /// [`SpecError`] for the first worker that cannot be set up.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the desk's own parts, cloned for each worker"
    )]
    pub fn start(
        specs: Vec<WorkerSpec>,
        clock: Arc<dyn Clock>,
        sender: mpsc::Sender<FromWorker>,
    ) -> Result<Self, SpecError> {
        check_all(&specs)?;
        let tally = Arc::new(Tally::default());
        let mut posts = Vec::new();
        for spec in specs {
            if let Some(asker) = Asker::new(&spec)? {
                posts.push(Arc::new(Post {
                    asker,
                    seats: Semaphore::new(spec.concurrent_max),
                    clock: Arc::clone(&clock),
                    sender: sender.clone(),
                    tally: Arc::clone(&tally),
                    spec,
                }));
            }
        }
        Ok(Self {
            posts,
            windows: BTreeMap::new(),
            tasks: JoinSet::new(),
        })
    }

    /// Has every worker of the topic asked from the opening of the window until it closes. A question that is open
    /// already is updated, as when the market price moved. Must be called within a Tokio runtime.
    pub fn open(&mut self, question: Question) {
        self.sweep();
        let key = question.key();
        let question = Arc::new(question);
        if let Some(window) = self.windows.get(&key) {
            window.send_replace(question);
            return;
        }
        let topic = key.topic;
        let (window, watcher) = watch::channel(question);
        for post in self.posts.iter().filter(|post| post.spec.covers(topic)) {
            self.tasks.spawn(attend(Arc::clone(post), watcher.clone()));
        }
        self.windows.insert(key, window);
    }

    /// Ends the asking about a question. Whoever has not answered by then is late.
    pub fn close(&mut self, key: QuestionKey) {
        self.windows.remove(&key);
        self.sweep();
    }

    /// The counts of every worker that was asked so far.
    #[must_use]
    pub fn counters(&self) -> BTreeMap<WorkerId, Counters> {
        self.posts
            .iter()
            .map(|post| (post.spec.id, post.tally.of(post.spec.id)))
            .collect()
    }

    /// Forgets tasks that have ended, and windows nobody attends any more.
    fn sweep(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            if let Err(error) = ended {
                tracing::error!(%error, "a worker's task stopped");
            }
        }
        self.windows.retain(|_, window| window.receiver_count() > 0);
    }
}

/// Asks one worker about one question again and again until the window closes.
async fn attend(post: Arc<Post>, mut window: watch::Receiver<Arc<Question>>) {
    let mut memory = Memory::default();
    loop {
        let question = Arc::clone(&window.borrow_and_update());
        let now = post.clock.now();
        if now >= question.closes_at {
            return;
        }
        let pause = if now < question.opens_at {
            question.opens_at.since(now).min(OPENING_LOOK_EVERY)
        } else {
            if !round(&post, &mut window, &question, &mut memory).await {
                return;
            }
            post.spec.poll_every
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = closed(&mut window) => return,
        }
    }
}

/// Asks once. Returns false when there is nothing more to do.
async fn round(
    post: &Post,
    window: &mut watch::Receiver<Arc<Question>>,
    question: &Arc<Question>,
    memory: &mut Memory,
) -> bool {
    let seat = tokio::select! {
        seat = post.seats.acquire() => seat,
        () = closed(window) => return false,
    };
    let Ok(_seat) = seat else { return false };
    post.tally.asked(post.spec.id);
    let asked = tokio::select! {
        biased;
        asked = post.asker.ask(question, &*post.clock) => Some(asked),
        () = closed(window) => None,
    };
    match asked {
        Some(asked) => {
            let question = Arc::clone(&window.borrow());
            post.deliver(&question, asked, memory).await
        }
        None => {
            let by = post.clock.now().since(question.closes_at);
            post.report(question.key(), Fault::Late { by }).await;
            false
        }
    }
}

/// Ends when the desk closes the question.
async fn closed(window: &mut watch::Receiver<Arc<Question>>) {
    while window.changed().await.is_ok() {}
}

impl Post {
    /// Hands on what an exchange brought. Returns false when nobody listens any more.
    async fn deliver(&self, question: &Question, asked: Asked, memory: &mut Memory) -> bool {
        let received_at = self.clock.now();
        for fault in asked.also {
            self.report(question.key(), fault).await;
        }
        let raw = asked.raw.as_str();
        let taken = asked.reply.and_then(|reply| match reply {
            Reply::Value(said) => {
                let arrival = Arrival {
                    said,
                    raw,
                    received_at,
                    source: self.spec.source(),
                };
                judge(&self.spec, question, arrival, memory).map(FromWorker::Heard)
            }
            Reply::Losses(expected_losses) => in_time(question, received_at).map(|()| {
                FromWorker::Forecast(Forecast {
                    worker: self.spec.id,
                    worker_name: self.spec.name.clone(),
                    question: question.key(),
                    received_at,
                    expected_losses,
                    kind: self.spec.source(),
                    raw: bounded(raw, RAW_CHARS_MAX),
                })
            }),
        });
        match taken {
            Err(fault) => self.report(question.key(), fault).await,
            Ok(taken) => {
                match taken {
                    FromWorker::Forecast(_) => self.tally.forecast(self.spec.id, received_at),
                    _ => self.tally.heard(self.spec.id, received_at),
                }
                self.sender.send(taken).await.is_ok()
            }
        }
    }

    /// Counts a fault and hands it on, unless it only says that nothing is new.
    async fn report(&self, question: QuestionKey, fault: Fault) -> bool {
        self.tally.fault(self.spec.id, &fault);
        if fault == Fault::Duplicate {
            return !self.sender.is_closed();
        }
        let report = FaultReport {
            worker: self.spec.id,
            worker_name: self.spec.name.clone(),
            question,
            at: self.clock.now(),
            fault,
        };
        self.sender.send(FromWorker::Fault(report)).await.is_ok()
    }
}
