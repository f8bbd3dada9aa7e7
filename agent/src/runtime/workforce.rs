//! The workers of an instance: those that are asked, and those that push. What they say becomes offers to the loop;
//! what is wrong with it is counted and logged, and one broken worker holds up nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, RwLock};

use quorate_domain::{Timestamp, WorkerId};
use quorate_workers::intake::{Accepted, Intake, IntakeLimits, Refused, Taken};
use quorate_workers::{
    Clock, Desk, FromWorker, Heard, Question, QuestionKey, Source, SpecError, WorkerKind,
    WorkerSpec,
};
use tokio::sync::{mpsc, oneshot, watch};

use super::event_loop::{Heeded, Offer};
use super::forecasters::Forecasters;
use crate::journal::{ChainHash, Submission};

/// Answers of workers that wait to be taken up.
const ANSWERS_MAX: usize = 4096;

/// Open questions, and when each closes.
type Closings = Arc<RwLock<BTreeMap<QuestionKey, Timestamp>>>;

/// The workers, before they start.
pub struct Workforce {
    desk: Desk,
    intake: Option<Intake>,
    answers: mpsc::Receiver<FromWorker>,
    pushed: mpsc::Receiver<Taken>,
    forecasters: Forecasters,
    /// The fault that was last reported of a worker and a question: the same one again is not said again.
    reported: BTreeMap<(WorkerId, QuestionKey), &'static str>,
}

impl std::fmt::Debug for Workforce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workforce").finish_non_exhaustive()
    }
}

impl Workforce {
    /// Sets the workers up; must be called within the asynchronous runtime.
    ///
    /// # Errors
    /// A worker that cannot be set up.
    pub fn new(specs: &[WorkerSpec], clock: &Arc<dyn Clock>) -> Result<Self, SpecError> {
        let (asked, answers) = mpsc::channel(ANSWERS_MAX);
        let (taken, pushed) = mpsc::channel(ANSWERS_MAX);
        let pushes = |spec: &&WorkerSpec| matches!(spec.kind, WorkerKind::Push(_));
        let polled = specs.iter().filter(|spec| !pushes(spec)).cloned().collect();
        let desk = Desk::start(polled, Arc::clone(clock), asked)?;
        let intake = if specs.iter().any(|spec| pushes(&spec)) {
            let limits = IntakeLimits::default();
            Some(Intake::new(specs, Arc::clone(clock), taken, limits)?)
        } else {
            None
        };
        Ok(Self {
            desk,
            intake,
            answers,
            pushed,
            forecasters: Forecasters::new(specs),
            reported: BTreeMap::new(),
        })
    }

    /// Where workers push, if any does.
    #[must_use]
    pub fn intake(&self) -> Option<Intake> {
        self.intake.clone()
    }

    /// What was pushed and taken before this start: a worker that repeats itself gets the same receipt.
    pub fn recall(&self, heard: &Heard, accepted: Accepted) {
        if let Some(intake) = &self.intake {
            intake.recall(heard, accepted);
        }
    }

    /// Works until the loop is gone.
    pub async fn work(
        mut self,
        mut board: watch::Receiver<Arc<Vec<Question>>>,
        offers: mpsc::Sender<Offer>,
    ) {
        let closings = Closings::default();
        loop {
            tokio::select! {
                biased;
                changed = board.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let open = Arc::clone(&board.borrow_and_update());
                    self.ask(&open, &closings);
                }
                Some(taken) = self.pushed.recv() => {
                    self.forecasters.heard(&taken.heard);
                    pass_on(taken, &closings, &offers);
                }
                Some(said) = self.answers.recv() => self.hear(said, &closings, &offers).await,
            }
        }
    }

    /// Opens what is new, updates what is known, closes what is gone.
    fn ask(&mut self, open: &[Question], closings: &Closings) {
        let mut known = closings
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let now: BTreeSet<QuestionKey> = open.iter().map(Question::key).collect();
        let gone: Vec<QuestionKey> = known
            .keys()
            .filter(|key| !now.contains(*key))
            .copied()
            .collect();
        self.reported
            .retain(|(_, question), _| now.contains(question));
        for key in gone {
            known.remove(&key);
            self.desk.close(key);
            self.forecasters.close(key);
            if let Some(intake) = &self.intake {
                intake.close(key);
            }
        }
        for question in open {
            known.insert(question.key(), question.closes_at);
            self.desk.open(question.clone());
            if let Some(intake) = &self.intake {
                intake.open(question.clone());
            }
        }
    }

    async fn hear(&mut self, said: FromWorker, closings: &Closings, offers: &mpsc::Sender<Offer>) {
        let heard = match said {
            FromWorker::Heard(heard) => {
                self.reported
                    .remove(&(heard.inference.worker, heard.question));
                self.forecasters.heard(&heard);
                heard
            }
            FromWorker::Forecast(forecast) => match self.forecasters.implied(&forecast) {
                Some(heard) => heard,
                None => return,
            },
            FromWorker::Fault(report) => {
                let of = (report.worker, report.question);
                let code = report.fault.code();
                if self.reported.insert(of, code) == Some(code) {
                    return;
                }
                tracing::warn!(
                    event = "worker_fault",
                    worker = %report.worker_name,
                    question = %report.question,
                    fault = report.fault.code(),
                    "{}", report.fault
                );
                return;
            }
        };
        let Some(closes_at) = closing(closings, heard.question) else {
            return;
        };
        let offer = Offer {
            inference: heard.inference,
            raw: submission(&heard),
            closes_at,
            answer: None,
        };
        // The queue is bounded: a full one makes the workers wait, never the loop.
        let _ = offers.send(offer).await;
    }
}

/// Hands a pushed value to the loop and its answer back, without waiting for either.
fn pass_on(taken: Taken, closings: &Closings, offers: &mpsc::Sender<Offer>) {
    let Taken { heard, answer, .. } = taken;
    let Some(closes_at) = closing(closings, heard.question) else {
        let _ = answer.send(Err(Refused::WindowClosed));
        return;
    };
    let (heeded, told) = oneshot::channel();
    let offer = Offer {
        inference: heard.inference,
        raw: submission(&heard),
        closes_at,
        answer: Some(heeded),
    };
    if let Err(refused) = offers.try_send(offer) {
        let _ = answer.send(Err(Refused::Unavailable(format!(
            "the event loop: {refused}"
        ))));
        return;
    }
    tokio::spawn(async move {
        let said = match told.await {
            Ok(Heeded::Taken { seq, at }) => Ok(Accepted { seq, at }),
            Ok(Heeded::Late) => Err(Refused::WindowClosed),
            Err(_) => Err(Refused::Unavailable("the event loop has ended".into())),
        };
        // Whoever asked may have gone; the same body gets the same receipt later.
        let _ = answer.send(said);
    });
}

fn closing(closings: &Closings, key: QuestionKey) -> Option<Timestamp> {
    let known = closings
        .read()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    known.get(&key).copied()
}

/// What the journal keeps of it: everything the receipt's hash is made of, and the text as it came.
fn submission(heard: &Heard) -> Submission {
    Submission {
        hash: ChainHash::from_slice(&heard.hash).unwrap_or(ChainHash::ZERO),
        worker: heard.inference.worker,
        topic: heard.inference.topic,
        epoch: heard.inference.epoch,
        label: heard.inference.label,
        raw: serde_json::to_string(heard).unwrap_or_else(|_| heard.raw.clone()),
        received_at: heard.received_at,
    }
}

/// What a submission in the journal was, if it was pushed.
#[must_use]
pub fn pushed(submission: &Submission) -> Option<Heard> {
    let heard: Heard = serde_json::from_str(&submission.raw).ok()?;
    (heard.kind == Source::Push).then_some(heard)
}
