//! One unit of work: a batch of variants over the loaded tape, written as one file.

use std::io;
use std::path::{Path, PathBuf};

use quorate_domain::{Cash, Timestamp};
use rayon::prelude::*;

use super::plan::{Plan, Unit, Variant};
use super::rows::{RowError, VariantRow, read_rows, write_rows};
use super::solo::{Solo, SoloError, solo};
use crate::metrics::account::{Sample, daily_closes, drawdown_max};
use crate::tape::{LoadedTape, TapeRecord};

/// Why a unit cannot be run or read.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// A variant.
    #[error("{label}: {error}")]
    Variant {
        /// What it changes.
        label: String,
        /// What is wrong.
        error: SoloError,
    },
    /// No unit of the plan.
    #[error("the sweep has no unit {0}: `quorate sweep plan` lists them")]
    NoUnit(String),
    /// A file of a unit.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: RowError,
    },
    /// Units that have no result yet.
    #[error("{missing} of {units} units have no result yet, such as {first}")]
    Missing {
        /// How many.
        missing: usize,
        /// Of how many.
        units: usize,
        /// The first of them.
        first: String,
    },
    /// The result of a unit that has other variants in it.
    #[error("{path} holds other variants than unit {unit} of this sweep")]
    OtherUnit {
        /// The file.
        path: PathBuf,
        /// The unit.
        unit: String,
    },
}

/// Whether a unit was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    /// Its result was written.
    Now,
    /// Its result was there already.
    Before,
}

/// Folder of the results of units.
#[must_use]
pub fn units_folder(folder: &Path) -> PathBuf {
    folder.join("units")
}

/// File of a unit's result.
#[must_use]
pub fn unit_file(folder: &Path, id: &str) -> PathBuf {
    units_folder(folder).join(format!("{id}.parquet"))
}

/// Runs a unit and writes its result into the sweep's folder, unless it is there. Variants run in parallel on the current
/// rayon pool; the bytes written do not depend on it.
///
/// # Errors
/// A variant cannot be replayed, or the file cannot be written.
pub fn run_unit(
    plan: &Plan,
    unit: &Unit,
    loaded: &LoadedTape,
    folder: &Path,
) -> Result<Ran, SweepError> {
    let path = unit_file(folder, &unit.id);
    if path.exists() {
        return Ok(Ran::Before);
    }
    let rows = unit_rows(plan, unit, loaded)?;
    let file = |error: RowError| SweepError::File {
        path: path.clone(),
        error,
    };
    std::fs::create_dir_all(units_folder(folder)).map_err(|error| file(error.into()))?;
    write_rows(&path, &rows).map_err(file)?;
    Ok(Ran::Now)
}

fn unit_rows(plan: &Plan, unit: &Unit, loaded: &LoadedTape) -> Result<Vec<VariantRow>, SweepError> {
    let until = plan.span.1;
    let seen = |record: &TapeRecord| record.at <= until;
    let ran = unit.variants.par_iter().map(|index| {
        let variant = &plan.variants[*index];
        let solo = solo(&variant.run, loaded, &seen).map_err(|error| SweepError::Variant {
            label: variant.label(),
            error,
        })?;
        Ok(row(&unit.id, variant, &solo))
    });
    ran.collect()
}

fn row(unit: &str, variant: &Variant, solo: &Solo) -> VariantRow {
    let equity: Vec<Sample> = solo
        .recorder
        .equity
        .iter()
        .map(|point| (point.at, point.equity))
        .collect();
    let nanos = |at: Timestamp| i64::try_from(at.nanos()).unwrap_or(i64::MAX);
    let fees: Cash = solo.recorder.fills.iter().map(|it| it.fill.fee).sum();
    VariantRow {
        unit: unit.into(),
        variant: variant.index as u64,
        label: variant.label(),
        result_hash: solo.recorder.hash(),
        final_equity: solo.final_equity.micros(),
        fees: fees.micros(),
        fills: solo.recorder.fills.len() as u64,
        orders: solo.recorder.placed,
        drawdown: drawdown_max(&equity).map_or(0.0, |fall| fall.ratio),
        brier: brier(solo),
        closes: daily_closes(&equity)
            .iter()
            .map(|close| close.micros())
            .collect(),
        markets: solo
            .markets
            .iter()
            .map(|it| i64::from(it.market.0))
            .collect(),
        market_from: solo.markets.iter().map(|it| nanos(it.from)).collect(),
        market_until: solo.markets.iter().map(|it| nanos(it.until)).collect(),
        market_pnl: solo.markets.iter().map(|it| it.pnl.micros()).collect(),
    }
}

/// Mean squared error of the probability traded on, over resolved markets.
pub(super) fn brier(solo: &Solo) -> Option<f64> {
    let errors = solo.said.iter().filter_map(|said| {
        let (payout, _) = solo.outcomes.get(&said.market)?;
        let error = said.blend? - payout.to_f64();
        Some(error * error)
    });
    crate::metrics::scores::mean(errors)
}

/// The results of all units, sorted by the id of the unit and, within it, by variant: the same whatever ran where.
///
/// # Errors
/// A unit has no result, or a file is not what the plan says.
pub fn merged(plan: &Plan, folder: &Path) -> Result<Vec<VariantRow>, SweepError> {
    let absent = |unit: &&Unit| !unit_file(folder, &unit.id).exists();
    let missing: Vec<&Unit> = plan.units.iter().filter(absent).collect();
    if let Some(first) = missing.first() {
        return Err(SweepError::Missing {
            missing: missing.len(),
            units: plan.units.len(),
            first: first.id.clone(),
        });
    }
    let mut units: Vec<&Unit> = plan.units.iter().collect();
    units.sort_by(|a, b| a.id.cmp(&b.id));
    let mut all = Vec::new();
    for unit in units {
        let path = unit_file(folder, &unit.id);
        let rows = read_rows(&path).map_err(|error| SweepError::File {
            path: path.clone(),
            error,
        })?;
        let found = rows
            .iter()
            .map(|row| (row.unit.as_str(), row.variant as usize));
        if !found.eq(unit.variants.iter().map(|v| (unit.id.as_str(), *v))) {
            return Err(SweepError::OtherUnit {
                path,
                unit: unit.id.clone(),
            });
        }
        all.extend(rows);
    }
    Ok(all)
}

/// Writes the merged results.
///
/// # Errors
/// The file cannot be written.
pub fn write_merged(rows: &[VariantRow], folder: &Path) -> Result<PathBuf, SweepError> {
    let path = folder.join("results.parquet");
    write_rows(&path, rows).map_err(|error| SweepError::File {
        path: path.clone(),
        error,
    })?;
    Ok(path)
}

impl From<(PathBuf, io::Error)> for SweepError {
    fn from((path, error): (PathBuf, io::Error)) -> Self {
        Self::File {
            path,
            error: error.into(),
        }
    }
}
