//! The look-ahead finder: nothing that was decided may change when only the future does.
//!
//! The same run is replayed with other futures: after a moment, outcomes are reversed, inferences, books and prices changed,
//! everything published later, or nothing comes any more. Every command and decision up to that moment must be the same.
//! What differs has read the future: a strategy that was built from the whole tape, a worker that was fitted on it, or a
//! value that is on the tape before its time.

pub mod perturb;
pub mod report;
mod trace;
mod workers;

use std::time::Duration;

use quorate_domain::{Input, Timestamp};
use quorate_engine::Strategy;
use rayon::prelude::*;

use perturb::{Future, with_future, with_inferences_later, with_labels_shuffled};
pub use report::{Dependence, Leak, LintReport, Trial};
use trace::Trace;

use crate::replay::{RunSpec, UnknownTopic};
use crate::sweep::solo::{Solo, SoloError, everything, solo_with};
use crate::tape::{LoadedTape, Tape, TapeRecord};

/// Times that outcomes are handed around.
const SHUFFLES: usize = 4;

/// Makes the strategy for a tape.
pub type StrategyOf<'a> = &'a (dyn Fn(&Tape) -> Result<Box<dyn Strategy>, UnknownTopic> + Sync);
/// Says what workers say on a tape, in order of time, in place of what is recorded there.
pub type WorkersOf<'a> = &'a (dyn Fn(&Tape) -> Vec<TapeRecord> + Sync);

/// What is examined: a run, how its strategy is made, and its workers where they can be asked again.
pub struct Subject<'a> {
    /// The run.
    pub spec: &'a RunSpec,
    /// Makes its strategy. Whatever it reads of the tape but names and rules is a leak.
    pub strategy: StrategyOf<'a>,
    /// Makes its inferences; `None` takes those on the tape, which then are only judged by their times and their distance
    /// to the outcomes.
    pub workers: Option<WorkersOf<'a>>,
}

/// How hard it is looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LintOptions {
    /// Moments after which the future is changed, evenly spaced over the records of the tape.
    pub moments: u32,
    /// Delay of all inferences, for the dependence of profit on freshness.
    pub delay: Duration,
}

impl Default for LintOptions {
    fn default() -> Self {
        Self {
            moments: 3,
            delay: Duration::from_secs(60),
        }
    }
}

/// Looks for look-ahead in a run.
///
/// # Errors
/// The run cannot be replayed.
pub fn lint(
    subject: &Subject<'_>,
    loaded: &LoadedTape,
    options: LintOptions,
) -> Result<LintReport, SoloError> {
    let recorded = subject.asked(loaded);
    let (whole, trace) = subject.traced(&recorded, Timestamp::from_nanos(u64::MAX), None)?;
    let mut leaks = workers::early(&recorded.tape);
    let (knowing, sharpest) = workers::knowing(&recorded.tape, &whole);
    leaks.extend(knowing);
    let trials: Vec<(Moment, Future)> = moments(&recorded.tape, options.moments)
        .into_iter()
        .flat_map(|moment| Future::ALL.map(|future| (moment, future)))
        .collect();
    let tried: Result<Vec<(Trial, Option<Leak>)>, SoloError> = trials
        .into_par_iter()
        .map(|(moment, future)| subject.tried(loaded, &recorded, &trace, moment, future))
        .collect();
    let (trials, found): (Vec<Trial>, Vec<Option<Leak>>) = tried?.into_iter().unzip();
    leaks.extend(found.into_iter().flatten());
    Ok(LintReport {
        run: subject.spec.name.clone(),
        leaks,
        trials,
        dependence: subject.dependence(loaded, &recorded, &whole, options.delay)?,
        sharpest,
    })
}

type Moment = Timestamp;

/// Moments that cut the records into equal parts.
fn moments(tape: &Tape, count: u32) -> Vec<Moment> {
    let records = tape.records.len();
    let place = |part: u32| records * part as usize / (count as usize + 1);
    let mut moments: Vec<Moment> = (1..=count)
        .filter_map(|part| tape.records.get(place(part)).map(|record| record.at))
        .collect();
    moments.dedup();
    moments
}

impl Subject<'_> {
    /// The tape with what the workers say of it, where they can be asked.
    fn asked(&self, loaded: &LoadedTape) -> LoadedTape {
        let mut asked = loaded.clone();
        if let Some(workers) = self.workers {
            let said = workers(&loaded.tape);
            let records = &mut asked.tape.records;
            records.retain(|record| !matches!(record.input, Input::Inference(_)));
            records.extend(said);
            records.sort_by_key(|record| record.at);
        }
        asked
    }

    fn traced(
        &self,
        loaded: &LoadedTape,
        until: Timestamp,
        wanted: Option<usize>,
    ) -> Result<(Solo, Trace), SoloError> {
        let mut trace = Trace::new(until, wanted);
        let strategy = (self.strategy)(&loaded.tape)?;
        let solo = solo_with(self.spec, loaded, strategy, &everything, &mut trace)?;
        Ok((solo, trace))
    }

    fn tried(
        &self,
        loaded: &LoadedTape,
        recorded: &LoadedTape,
        was: &Trace,
        moment: Moment,
        future: Future,
    ) -> Result<(Trial, Option<Leak>), SoloError> {
        let other = LoadedTape {
            tape: with_future(&loaded.tape, moment, future),
            ..loaded.clone()
        };
        let other = self.asked(&other);
        let trial = |same: bool| Trial {
            moment,
            future: future.name().into(),
            compared: was.steps.partition_point(|step| step.at <= moment),
            same,
        };
        if let Some(leak) = inference_changed(&recorded.tape, &other.tape, moment, future) {
            return Ok((trial(false), Some(leak)));
        }
        let (_, is) = self.traced(&other, moment, None)?;
        let Some(place) = was.first_difference(&is, moment) else {
            return Ok((trial(true), None));
        };
        let text = |loaded: &LoadedTape| {
            let traced = self.traced(loaded, moment, Some(place));
            traced.map(|(_, trace)| trace.text)
        };
        let at = |trace: &Trace| trace.steps.get(place).map(|step| step.at);
        let leak = Leak {
            code: "decision-changed".into(),
            message: format!(
                "a decision depends on what came after it: {}",
                future.name()
            ),
            at: at(was).into_iter().chain(at(&is)).min(),
            was: text(recorded)?,
            is: text(&other)?,
        };
        Ok((trial(false), Some(leak)))
    }

    fn dependence(
        &self,
        loaded: &LoadedTape,
        recorded: &LoadedTape,
        whole: &Solo,
        delay: Duration,
    ) -> Result<Dependence, SoloError> {
        let pnl = |tape: Tape, asked: bool| {
            let other = LoadedTape {
                tape,
                ..loaded.clone()
            };
            let other = if asked { self.asked(&other) } else { other };
            let strategy = (self.strategy)(&other.tape)?;
            let solo = solo_with(
                self.spec,
                &other,
                strategy,
                &everything,
                &mut crate::sweep::solo::Unseen,
            )?;
            Ok::<_, SoloError>(solo.final_equity - self.spec.bankroll)
        };
        let pnl_delayed = pnl(with_inferences_later(&recorded.tape, delay), false)?;
        let outcomes = whole.outcomes.len();
        let turns: Vec<usize> = (1..=SHUFFLES).filter(|turn| *turn < outcomes).collect();
        let shuffled = turns
            .into_par_iter()
            .map(|turn| pnl(with_labels_shuffled(&loaded.tape, turn), true))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Dependence {
            pnl: whole.final_equity - self.spec.bankroll,
            delay_nanos: u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX),
            pnl_delayed,
            shuffles: shuffled.len(),
            pnl_shuffled_least: shuffled.iter().copied().min().unwrap_or_default(),
            pnl_shuffled_greatest: shuffled.iter().copied().max().unwrap_or_default(),
        })
    }
}

/// The first inference up to a moment that is another one with another future.
fn inference_changed(was: &Tape, is: &Tape, moment: Moment, future: Future) -> Option<Leak> {
    let known = |tape: &Tape| -> Vec<TapeRecord> {
        let records = tape.records.iter();
        let said = records.filter(|it| matches!(it.input, Input::Inference(_)) && it.at <= moment);
        said.cloned().collect()
    };
    let (was, is) = (known(was), known(is));
    let place = (0..was.len().max(is.len())).find(|place| was.get(*place) != is.get(*place))?;
    let text = |records: &[TapeRecord]| {
        records
            .get(place)
            .map(|record| format!("{:?}", record.input))
    };
    let at = was
        .get(place)
        .into_iter()
        .chain(is.get(place))
        .map(|record| record.at);
    Some(Leak {
        code: "inference-changed".into(),
        message: format!(
            "an inference depends on what came after it: {}",
            future.name()
        ),
        at: at.min(),
        was: text(&was),
        is: text(&is),
    })
}

/// The strategy that a run file names, which reads nothing of a tape but the names of its topics.
pub fn strategy_of_run(
    spec: &RunSpec,
) -> impl Fn(&Tape) -> Result<Box<dyn Strategy>, UnknownTopic> + Sync {
    move |tape| spec.strategy(tape)
}
