//! A whole run: the product and its baselines over one tape, each an independent engine and exchange.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use quorate_collective::SchemeError;
use quorate_domain::{Input, MarketId, Payout, Timestamp, WorkerId};
use quorate_engine::{Engine, ProbabilitySource};
use quorate_venue::{Exchange, FillRule};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::recorder::{Recorder, hex};
use super::scores::{Scorebook, schedule};
use super::session::Session;
use super::spec::{Baselines, RunSpec, UnknownTopic};
use super::summary;
use crate::report::model::{RunMode, RunReport, VariantKind};
use crate::tape::{LoadedTape, Tape};

/// Why a run cannot start.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RunError {
    /// The tape has no record.
    #[error("the tape is empty: there is nothing to replay")]
    EmptyTape,
    /// Midpoints were recorded, and the exchange was told to fill at the observation that an order was decided on.
    #[error(
        "the tape has midpoints and no prices: what was seen last may be long gone when an order arrives"
    )]
    Midpoints,
    /// A topic that the tape does not have.
    #[error(transparent)]
    Topic(#[from] UnknownTopic),
    /// A scheme whose parameters make no sense.
    #[error("the collective's scheme: {0}")]
    Scheme(SchemeError),
}

/// How far a run has come, for whoever watches. Counts records over all variants.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
}

impl Progress {
    /// Records replayed so far, over all variants.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Records to be replayed, over all variants; 0 before the run has started.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }
}

/// One source of probability to trade on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Variant {
    pub(super) name: String,
    pub(super) kind: VariantKind,
    pub(super) source: ProbabilitySource,
}

/// One variant's run.
pub(super) struct Ran {
    pub(super) variant: Variant,
    pub(super) recorder: Recorder,
    pub(super) scorebook: Scorebook,
    pub(super) session: Session,
}

/// Runs the product and its baselines. The result does not depend on the number of threads.
///
/// # Errors
/// See [`RunError`].
pub fn run(
    spec: &RunSpec,
    loaded: &LoadedTape,
    mode: RunMode,
    progress: &Progress,
) -> Result<RunReport, RunError> {
    let tape = &loaded.tape;
    let span = tape.span().ok_or(RunError::EmptyTape)?;
    if loaded.assumptions.quotes_from_mid != 0 && spec.venue.fills == FillRule::RecordedDepth {
        return Err(RunError::Midpoints);
    }
    let variants = variants(spec, tape);
    progress.total.store(
        (tape.records.len() * variants.len()) as u64,
        Ordering::Relaxed,
    );
    let ran: Result<Vec<Ran>, RunError> = variants
        .into_par_iter()
        .map(|variant| replay(spec, tape, variant, progress))
        .collect();
    let ran = ran?;
    let mut hasher = Sha256::new();
    for one in &ran {
        hasher.update(one.variant.name.as_bytes());
        hasher.update(one.recorder.hash().as_bytes());
    }
    let result_hash = hex(&hasher.finalize());
    Ok(summary::report(spec, loaded, mode, span, ran, result_hash))
}

/// The product first, then what it must be compared with.
fn variants(spec: &RunSpec, tape: &Tape) -> Vec<Variant> {
    let variant = |name: &str, kind, source| Variant {
        name: name.into(),
        kind,
        source,
    };
    let mut variants = vec![
        variant("collective", VariantKind::Collective, spec.engine.source),
        variant(
            "market only",
            VariantKind::MarketOnly,
            ProbabilitySource::Market,
        ),
        variant(
            "plain mean",
            VariantKind::PlainMean,
            ProbabilitySource::Mean,
        ),
    ];
    if spec.baselines == Baselines::All {
        variants.extend(tape.workers.iter().map(|worker| {
            variant(
                &worker.name,
                VariantKind::Worker,
                ProbabilitySource::Worker(worker.id),
            )
        }));
    }
    variants
}

fn replay(
    spec: &RunSpec,
    tape: &Tape,
    variant: Variant,
    progress: &Progress,
) -> Result<Ran, RunError> {
    let mut config = spec.engine_config(tape)?;
    config.source = variant.source;
    let engine = Engine::new(config, spec.strategy(tape)?).map_err(RunError::Scheme)?;
    let mut session = Session::new(engine, Exchange::new(spec.venue));
    let names = tape
        .markets
        .iter()
        .map(|listed| listed.market.name.clone())
        .collect();
    let mut recorder = Recorder::new(spec.equity_every, names);
    let mut scorebook = Scorebook::default();
    let scored = variant.kind == VariantKind::Collective;
    let moments = if scored {
        schedule(tape, spec.forecasts_per_market)
    } else {
        Vec::new()
    };
    let mut moments = moments.into_iter().peekable();
    let start = tape.span().ok_or(RunError::EmptyTape)?.0;
    for listing in tape.listings() {
        session.observe(start, Input::Listed(listing), &mut recorder);
    }
    session.deposit(start, spec.bankroll, &mut recorder);
    let mut counted = 0_u64;
    for record in &tape.records {
        while let Some((at, market)) = moments.next_if(|(at, _)| *at < record.at) {
            session.advance(at, &mut recorder);
            scorebook.take_down(session.engine(), market, at);
        }
        session.observe(record.at, record.input.clone(), &mut recorder);
        counted += 1;
        if counted == 1024 {
            progress.done.fetch_add(counted, Ordering::Relaxed);
            counted = 0;
        }
    }
    progress.done.fetch_add(counted, Ordering::Relaxed);
    session.finish(&mut recorder);
    let end = tape
        .span()
        .map_or(start, |(_, end)| end)
        .max(session.venue().now());
    recorder.sample(session.engine(), end);
    Ok(Ran {
        variant,
        recorder,
        scorebook,
        session,
    })
}

/// Payout and time of every resolution on the tape.
pub(super) fn outcomes(tape: &Tape) -> BTreeMap<MarketId, (Payout, Timestamp)> {
    tape.records
        .iter()
        .filter_map(|record| match &record.input {
            Input::Resolved(resolution) => {
                Some((resolution.market, (resolution.payout, record.at)))
            }
            _ => None,
        })
        .collect()
}

/// Names of the workers.
pub(super) fn worker_names(tape: &Tape) -> BTreeMap<WorkerId, String> {
    tape.workers
        .iter()
        .map(|worker| (worker.id, worker.name.clone()))
        .collect()
}
