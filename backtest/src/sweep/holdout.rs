//! The hold-out: the end of the tape, which only the chosen variant sees, and only once.
//!
//! A look at it is written down before anything else is done with it. Looking again with another choice is possible, since
//! nobody can be kept from it, but is counted and said in every report: a hold-out that was looked at twice is none.

use std::io::Write;
use std::path::{Path, PathBuf};

use quorate_domain::{Cash, Timestamp};
use serde::{Deserialize, Serialize};

use super::objective::Objective;
use super::plan::Plan;
use super::solo::{everything, solo};
use super::unit::{SweepError, brier};
use crate::input::write_atomically;
use crate::metrics::instant;
use crate::tape::LoadedTape;

/// What the chosen variant did on the hold-out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holdout {
    /// Id of the sweep that made the choice.
    pub sweep: String,
    /// The variant.
    pub variant: usize,
    /// What it changes.
    pub settings: String,
    /// Where the hold-out begins.
    #[serde(with = "instant")]
    pub from: Timestamp,
    /// Its end.
    #[serde(with = "instant")]
    pub until: Timestamp,
    /// Equity at the end less equity at its beginning, micro-dollars.
    pub pnl: Cash,
    /// Markets whose first execution lies in it.
    pub markets: usize,
    /// Objective over these markets.
    pub objective: f64,
    /// Mean squared error of the probability traded on, over the whole tape.
    pub brier: Option<f64>,
    /// Different choices that have looked at this folder's hold-out, this one among them. 1 is what it must be.
    pub looks: usize,
}

/// File of the hold-out in a sweep's folder.
#[must_use]
pub fn holdout_file(folder: &Path) -> PathBuf {
    folder.join("holdout.json")
}

/// Every look that a folder's hold-out has had, the last one last.
///
/// # Errors
/// The file cannot be read, or is no such file.
pub fn looks(folder: &Path) -> Result<Vec<Holdout>, SweepError> {
    let path = holdout_file(folder);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err((path, error).into()),
    };
    serde_json::from_str(&text).map_err(|error| (path, std::io::Error::other(error)).into())
}

/// Evaluates the chosen variant on the hold-out, unless that very choice was evaluated before. `None` without a hold-out.
///
/// # Errors
/// The variant cannot be replayed, or the file cannot be read or written.
pub fn evaluate(
    plan: &Plan,
    chosen: usize,
    objective: Objective,
    loaded: &LoadedTape,
    folder: &Path,
) -> Result<Option<Holdout>, SweepError> {
    let (Some(from), Some((_, until))) = (plan.holdout_from, loaded.tape.span()) else {
        return Ok(None);
    };
    let variant = &plan.variants[chosen];
    let settings = variant.label();
    let mut before = looks(folder)?;
    let same = |it: &&Holdout| it.sweep == plan.id && it.variant == chosen;
    if let Some(known) = before.iter().find(same) {
        let mut known = known.clone();
        known.looks = before.len();
        return Ok(Some(known));
    }
    let whole = solo(&variant.run, loaded, &everything).map_err(|error| SweepError::Variant {
        label: settings.clone(),
        error,
    })?;
    let points = whole.recorder.equity.iter();
    let start = points.take_while(|point| point.at < from).last();
    let start = start.map_or(variant.run.bankroll, |point| point.equity);
    let begun = whole.markets.iter().filter(|it| from <= it.from);
    let pnls: Vec<Cash> = begun.map(|it| it.pnl).collect();
    let found = Holdout {
        sweep: plan.id.clone(),
        variant: chosen,
        settings,
        from,
        until,
        pnl: whole.final_equity - start,
        markets: pnls.len(),
        objective: objective.of(&pnls),
        brier: brier(&whole),
        looks: before.len() + 1,
    };
    before.push(found.clone());
    let path = holdout_file(folder);
    let text = serde_json::to_string_pretty(&before).unwrap_or_default();
    write_atomically(&path, |out| writeln!(out, "{text}")).map_err(|error| (path, error))?;
    Ok(Some(found))
}
