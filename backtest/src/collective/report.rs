//! The report of a collective on its history, and its form as JSON.

use std::path::Path;

use quorate_collective::Quantity;
use quorate_collective::batch::BATCH_CORRELATION;
use rayon::prelude::*;
use serde::Serialize;

use super::contestants::contestants;
use super::credit::{Course, Credit, CreditDepth, credits};
use super::file::CollectiveFile;
use super::history::{History, ReadCounts, WorkerInfo};
use super::league::{Entrant, EntrantKind, Source, league, market, workers};
use super::standings::{WorkerStanding, standings};
use super::walk::{timeline, walk};
use crate::evaluate::rfc3339;
use crate::input::Diagnostics;
use crate::metrics::bootstrap::{RESAMPLES, SEED};

/// Schema of the JSON report. It changes when a field is renamed, removed or changes its meaning.
pub const SCHEMA: u32 = 1;

/// Batches that count as recent when nobody says otherwise.
const WINDOW: usize = 30;
/// Points of the reward pool when nobody says otherwise.
const POINTS: u64 = 1_000;

/// What a caller wants to know. What is left empty is taken from the file, and then has its usual value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CollectiveOptions {
    /// Names of schemes ([`super::SCHEME_NAMES`] or `all`); empty for the file's list, or all.
    pub schemes: Vec<String>,
    /// How deep contributions are computed.
    pub depth: CreditDepth,
    /// Whole points to split by contribution; 1000 if not given.
    pub points_pool: Option<u64>,
    /// How long after resolution an outcome becomes known to the schemes, milliseconds; 0 if not given.
    pub delay_ms: Option<i64>,
    /// Batches that count as recent; 30 if not given.
    pub window: Option<usize>,
    /// Correlation assumed between the events of one batch, 0..=1; 0.3 if not given.
    pub correlation: Option<f64>,
}

/// How the report was computed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Method {
    /// Delay of outcomes, milliseconds.
    pub delay_ms: i64,
    /// Correlation assumed between the events of one batch.
    pub batch_correlation: f64,
    /// Batches that count as recent.
    pub window: usize,
    /// Resamples of every interval.
    pub resamples: usize,
    /// Seed of every interval.
    pub seed: u64,
}

/// Everything a replay found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CollectiveReport {
    /// Schema of this report.
    pub schema: u32,
    /// Title.
    pub name: String,
    /// What was forecast.
    pub quantity: Quantity,
    /// First prediction, RFC 3339.
    pub started_at: String,
    /// Last resolution, RFC 3339.
    pub ended_at: String,
    /// Rows scored.
    pub rows: usize,
    /// Different events.
    pub events: usize,
    /// Batches that resolved together.
    pub batches: usize,
    /// Blocks (dates) that intervals draw.
    pub blocks: usize,
    /// Rows on which all schemes, the market and the workers of best coverage have a value.
    pub common_rows: usize,
    /// Lines read and left out.
    pub counts: ReadCounts,
    /// How it was computed.
    pub method: Method,
    /// Workers in column order.
    pub workers: Vec<WorkerInfo>,
    /// Ours, the other schemes, the market, the workers.
    pub league: Vec<Entrant>,
    /// Contributions of the workers to ours.
    pub credits: Vec<Credit>,
    /// Points that were split.
    pub points_pool: u64,
    /// What they were split by.
    pub points_by: CreditDepth,
    /// The leaderboard of ours.
    pub standings: Vec<WorkerStanding>,
}

impl CollectiveReport {
    /// Our line of the league.
    #[must_use]
    pub fn ours(&self) -> Option<&Entrant> {
        self.line(EntrantKind::Ours)
    }

    /// The market's line.
    #[must_use]
    pub fn market(&self) -> Option<&Entrant> {
        self.line(EntrantKind::Market)
    }

    /// The line of the best single worker in hindsight.
    #[must_use]
    pub fn best_worker(&self) -> Option<&Entrant> {
        self.league.iter().find(|line| line.is_best_in_hindsight)
    }

    /// The line of this title.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Entrant> {
        self.league.iter().find(|line| line.name == name)
    }

    fn line(&self, kind: EntrantKind) -> Option<&Entrant> {
        self.league.iter().find(|line| line.kind == kind)
    }
}

/// Reads a forecasts file and replays the collective on it.
///
/// # Errors
/// Everything that is wrong in the file or its tables, each at its place, and schemes that do not fit the quantity.
pub fn replay(file: &Path, options: &CollectiveOptions) -> Result<CollectiveReport, Diagnostics> {
    let CollectiveFile { history, settings } = CollectiveFile::read(file)?;
    let mut options = options.clone();
    if options.schemes.is_empty() {
        options.schemes = settings.schemes;
    }
    options.delay_ms = options.delay_ms.or(settings.delay_ms);
    options.window = options.window.or(settings.window);
    options.correlation = options.correlation.or(settings.correlation);
    evaluate(&history, &options)
}

/// Replays the collective on a history. The same history and options give the same report.
///
/// # Errors
/// A history whose rows do not fit it, and schemes that are unknown or do not fit the quantity.
pub fn evaluate(
    history: &History,
    options: &CollectiveOptions,
) -> Result<CollectiveReport, Diagnostics> {
    history.check()?;
    let schemes = contestants(&options.schemes, history.quantity, history.has_market())?;
    let method = Method {
        delay_ms: options.delay_ms.unwrap_or(0).max(0),
        batch_correlation: correlation(options),
        window: options.window.unwrap_or(WINDOW).max(1),
        resamples: RESAMPLES,
        seed: SEED,
    };
    let steps = timeline(history, method.delay_ms);
    let members: Vec<usize> = (0..history.workers.len()).collect();
    let source = |(position, scheme): (usize, &super::contestants::Contestant)| {
        let correlation = method.batch_correlation;
        let walked = walk(history, &steps, &scheme.spec, &members, correlation)?;
        Some(Source {
            name: scheme.title.clone(),
            kind: match position {
                0 => EntrantKind::Ours,
                _ => EntrantKind::Scheme,
            },
            values: walked.values,
        })
    };
    let mut sources: Vec<Source> = schemes.par_iter().enumerate().filter_map(source).collect();
    sources.extend(market(history));
    sources.extend(workers(history));
    let league = league(history, &sources);
    let points_pool = options.points_pool.unwrap_or(POINTS);
    let (credited, points_by, standings) = match schemes.first() {
        Some(ours) => {
            let course = Course {
                history,
                steps: &steps,
                spec: &ours.spec,
                correlation: method.batch_correlation,
            };
            let (credited, by) = credits(course, options.depth, points_pool);
            (credited, by, standings(course, method.window, &league))
        }
        None => (Vec::new(), CreditDepth::Fast, Vec::new()),
    };
    let common = league.first().and_then(|ours| ours.common.as_ref());
    let first = history.rows.iter().map(|row| row.predicted_at_ms).min();
    let last = history.rows.iter().map(|row| row.resolved_at_ms).max();
    Ok(CollectiveReport {
        schema: SCHEMA,
        name: history.name.clone(),
        quantity: history.quantity,
        started_at: first.map(rfc3339).unwrap_or_default(),
        ended_at: last.map(rfc3339).unwrap_or_default(),
        rows: history.rows.len(),
        events: history.events.len(),
        batches: history.batches.len(),
        blocks: history.blocks.len(),
        common_rows: common.map_or(0, |score| score.rows),
        counts: history.counts,
        method,
        workers: history.workers.clone(),
        league,
        credits: credited,
        points_pool,
        points_by,
        standings,
    })
}

/// The correlation asked for, inside its range.
fn correlation(options: &CollectiveOptions) -> f64 {
    let asked = options.correlation.filter(|value| value.is_finite());
    asked.unwrap_or(BATCH_CORRELATION).clamp(0.0, 1.0)
}

/// The report as JSON, indented.
///
/// # Errors
/// None in practice: every field has a JSON form.
pub fn to_json(report: &CollectiveReport) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(report).map(|text| text + "\n")
}
