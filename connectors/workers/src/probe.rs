//! Asking one worker once, to see whether it would count.

use std::fmt;
use std::time::{Duration, Instant};

use crate::ask::{Asker, Reply};
use crate::clock::Clock;
use crate::fault::{Fault, Outcome};
use crate::judge::{Arrival, Memory, in_time, judge};
use crate::question::Question;
use crate::spec::{WorkerKind, WorkerSpec};
use crate::text::bounded;
use crate::time::rfc3339;

/// What one exchange with a worker showed.
#[derive(Clone, Debug)]
pub struct ProbeReport {
    /// The worker's name.
    pub worker: String,
    /// What was sent or read.
    pub sent: String,
    /// What came back, at most 512 characters; empty if nothing did.
    pub came_back: String,
    /// How long it took.
    pub took: Duration,
    /// What would be taken, in words; or the fault.
    pub verdict: Result<String, Fault>,
    /// Faults that concern other things than this question, such as broken rows of a file.
    pub also: Vec<Fault>,
}

/// Asks a worker once about a question and reports. A worker that pushes is not asked: the report says how to push.
pub async fn probe(spec: &WorkerSpec, question: &Question, clock: &dyn Clock) -> ProbeReport {
    let report = |sent: String, verdict| ProbeReport {
        worker: spec.name.clone(),
        sent,
        came_back: String::new(),
        took: Duration::ZERO,
        verdict,
        also: Vec::new(),
    };
    let nothing = "nothing was sent".to_owned();
    if let Err(error) = spec.check() {
        return report(nothing, Err(Fault::malformed(error.to_string())));
    }
    if !spec.covers(question.topic) {
        let what = format!("the worker does not speak about topic {}", question.topic);
        return report(nothing, Err(Fault::UnknownQuestion { what }));
    }
    let asker = match Asker::new(spec) {
        Ok(Some(asker)) => asker,
        Ok(None) => return report(nothing, Ok(push_advice(question))),
        Err(error) => return report(nothing, Err(Fault::malformed(error.to_string()))),
    };
    let start = Instant::now();
    let asked = asker.ask(question, clock).await;
    let took = start.elapsed();
    let verdict = asked
        .reply
        .and_then(|reply| verdict(spec, question, reply, &asked.raw, clock));
    ProbeReport {
        came_back: asked.raw,
        took,
        also: asked.also,
        ..report(asked.sent, verdict)
    }
}

fn verdict(
    spec: &WorkerSpec,
    question: &Question,
    reply: Reply,
    raw: &str,
    clock: &dyn Clock,
) -> Result<String, Fault> {
    let received_at = clock.now();
    match reply {
        Reply::Losses(losses) => {
            in_time(question, received_at)?;
            Ok(format!("the expected losses of {} workers", losses.len()))
        }
        Reply::Value(said) => {
            let arrival = Arrival {
                said,
                raw,
                received_at,
                source: spec.source(),
            };
            let heard = judge(spec, question, arrival, &mut Memory::default())?;
            Ok(format!(
                "{} {} of {}",
                question.quantity.as_str(),
                heard.inference.value,
                rfc3339(heard.inference.published_at)
            ))
        }
    }
}

fn push_advice(question: &Question) -> String {
    format!(
        "whatever it pushes to POST /v1/inferences as {{\"topic\": {}, \"epoch\": {}, \"label\": {}, \"value\": …}} with \
         its token",
        question.topic, question.epoch, question.label
    )
}

impl fmt::Display for ProbeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "worker      {}", self.worker)?;
        writeln!(f, "sent        {}", self.sent)?;
        if !self.came_back.is_empty() {
            writeln!(f, "came back   {}", self.came_back)?;
        }
        writeln!(f, "took        {} ms", self.took.as_millis())?;
        match &self.verdict {
            Ok(taken) => writeln!(f, "would count {}", bounded(taken, 400))?,
            Err(fault) => {
                let outcome = match fault.outcome() {
                    Outcome::Absent => "absent",
                    Outcome::Refused => "refused",
                };
                writeln!(f, "would be    {outcome} ({}): {fault}", fault.code())?;
            }
        }
        self.also
            .iter()
            .try_for_each(|fault| writeln!(f, "also        {fault}"))
    }
}

impl WorkerKind {
    /// Whether a desk asks it; a worker that pushes is not asked.
    #[must_use]
    pub const fn is_polled(&self) -> bool {
        !matches!(self, Self::Push(_))
    }
}
