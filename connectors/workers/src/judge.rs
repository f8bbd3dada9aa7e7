//! Whether a value counts: the same checks for every way it may have come.

use quorate_domain::{Inference, Timestamp};

use crate::fault::Fault;
use crate::heard::{Heard, RAW_CHARS_MAX, Source, inference_hash};
use crate::question::Question;
use crate::range;
use crate::reply::Said;
use crate::spec::WorkerSpec;
use crate::steadiness::Course;
use crate::text::bounded;
use crate::time::rfc3339;

/// What one worker said about one question so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    course: Course,
    /// Value and own time of the last one that told its time.
    last: Option<(f64, Timestamp)>,
}

/// A value with the circumstances of its arrival.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) said: Said,
    pub(crate) raw: &'a str,
    pub(crate) received_at: Timestamp,
    pub(crate) source: Source,
}

/// The heard inference, or why it does not count. A value without a time of its own is as old as its arrival.
pub(crate) fn judge(
    spec: &WorkerSpec,
    question: &Question,
    arrival: Arrival<'_>,
    memory: &mut Memory,
) -> Result<Heard, Fault> {
    let Arrival {
        said, received_at, ..
    } = arrival;
    in_time(question, received_at)?;
    let value = range::check(question.quantity, said.value)?;
    if let Some(published_at) = said.published_at {
        of_its_time(spec, published_at, received_at)?;
        in_order(memory.last, value, published_at)?;
    }
    memory
        .course
        .follow(&spec.steadiness, question.quantity, value, received_at)?;
    if let Some(published_at) = said.published_at {
        memory.last = Some((value, published_at));
    }
    let key = question.key();
    let published_at = said.published_at.unwrap_or(received_at);
    Ok(Heard {
        inference: Inference {
            topic: key.topic,
            epoch: key.epoch,
            label: key.label,
            worker: spec.id,
            value,
            published_at,
        },
        worker: spec.name.clone(),
        question: key,
        received_at,
        hash: inference_hash(&spec.name, key, value, published_at),
        kind: arrival.source,
        raw: bounded(arrival.raw, RAW_CHARS_MAX),
    })
}

/// Refuses what arrives when the window has closed.
pub(crate) fn in_time(question: &Question, received_at: Timestamp) -> Result<(), Fault> {
    if received_at >= question.closes_at {
        return Err(Fault::Late {
            by: received_at.since(question.closes_at),
        });
    }
    Ok(())
}

fn of_its_time(
    spec: &WorkerSpec,
    published_at: Timestamp,
    received_at: Timestamp,
) -> Result<(), Fault> {
    let ahead = published_at.since(received_at);
    if ahead > spec.clock_skew_max {
        return Err(Fault::FromTheFuture { ahead });
    }
    let age = received_at.since(published_at);
    if age > spec.age_max {
        return Err(Fault::Stale {
            why: format!(
                "its time is {}, {} s ago; at most {} s are allowed",
                rfc3339(published_at),
                age.as_secs(),
                spec.age_max.as_secs()
            ),
        });
    }
    Ok(())
}

/// Refuses what was heard before, and a value older than the one that stands: an answer overtaken on its way.
fn in_order(
    last: Option<(f64, Timestamp)>,
    value: f64,
    published_at: Timestamp,
) -> Result<(), Fault> {
    match last {
        Some(before) if before == (value, published_at) => Err(Fault::Duplicate),
        Some((_, standing)) if published_at < standing => Err(Fault::Stale {
            why: format!(
                "its time {} lies before {}, that of the value which stands",
                rfc3339(published_at),
                rfc3339(standing)
            ),
        }),
        _ => Ok(()),
    }
}
