//! Walking forward: choose on what was known, be judged on what came after.
//!
//! An observation is one market's result, from its first execution to its resolution. It belongs to the window that its
//! first execution lies in. A window's training set has only observations that had ended when the window began, less the
//! embargo: those that overlap it are purged (Lopez de Prado 2018, "Advances in financial machine learning", 7.4).

use std::time::Duration;

use quorate_domain::{Cash, Timestamp};
use serde::{Deserialize, Serialize};

use super::objective::Objective;
use super::overfitting::best_of;
use crate::metrics::instant;

/// One market's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// First execution.
    pub from: Timestamp,
    /// Resolution, or the end of what was replayed.
    pub until: Timestamp,
    /// Profit and loss, micro-dollars.
    pub pnl: Cash,
}

/// A window and what was chosen for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fold {
    /// Start.
    #[serde(with = "instant")]
    pub from: Timestamp,
    /// End, not included.
    #[serde(with = "instant")]
    pub until: Timestamp,
    /// Variant with the best objective on the training set; `None` when no variant had an observation there.
    pub chosen: Option<usize>,
    /// Observations of the chosen variant that were learned from.
    pub trained: usize,
    /// Observations of the chosen variant that began before the window and were purged.
    pub purged: usize,
    /// Objective on the training set.
    pub inside: Option<f64>,
    /// Objective in the window.
    pub outside: Option<f64>,
    /// Profit and loss in the window, micro-dollars.
    pub pnl: Cash,
    /// Mean profit and loss of all variants in the window, micro-dollars, rounded towards zero: what no choice would have
    /// had.
    pub pnl_mean: Cash,
}

/// Windows of equal length: the time is cut into `folds + 1` stretches, and the first is only learned from.
#[must_use]
pub fn windows(span: (Timestamp, Timestamp), folds: u32) -> Vec<(Timestamp, Timestamp)> {
    let length = span.1.since(span.0) / (folds + 1);
    let edge = |fold: u32| span.0.plus(length * fold);
    let end = |fold: u32| {
        if fold == folds {
            Timestamp::from_nanos(span.1.nanos().saturating_add(1))
        } else {
            edge(fold + 1)
        }
    };
    (1..=folds).map(|fold| (edge(fold), end(fold))).collect()
}

/// Goes through the windows; `variants` has every variant's observations.
#[must_use]
pub fn walk_forward(
    variants: &[Vec<Observation>],
    windows: &[(Timestamp, Timestamp)],
    embargo: Duration,
    objective: Objective,
) -> Vec<Fold> {
    let folds = windows.iter();
    folds
        .map(|window| fold(variants, *window, embargo, objective))
        .collect()
}

fn fold(
    variants: &[Vec<Observation>],
    (from, until): (Timestamp, Timestamp),
    embargo: Duration,
    objective: Objective,
) -> Fold {
    let known = from.minus(embargo);
    let inside = |seen: &Vec<Observation>| pnls(seen, |it| it.until < known);
    let outside = |seen: &Vec<Observation>| pnls(seen, |it| from <= it.from && it.from < until);
    let trained: Vec<Vec<Cash>> = variants.iter().map(inside).collect();
    let values: Vec<f64> = trained.iter().map(|pnls| objective.of(pnls)).collect();
    let anything = trained.iter().any(|pnls| !pnls.is_empty());
    let chosen = best_of(&values).filter(|_| anything);
    let judged: Vec<Vec<Cash>> = variants.iter().map(outside).collect();
    let sums: Vec<Cash> = judged
        .iter()
        .map(|pnls| pnls.iter().copied().sum())
        .collect();
    let total: i128 = sums.iter().map(|sum| i128::from(sum.micros())).sum();
    Fold {
        from,
        until,
        chosen,
        trained: chosen.map_or(0, |chosen| trained[chosen].len()),
        purged: chosen.map_or(0, |chosen| {
            let begun = pnls(&variants[chosen], |it| it.from < from);
            begun.len() - trained[chosen].len()
        }),
        inside: chosen.map(|chosen| values[chosen]),
        outside: chosen.map(|chosen| objective.of(&judged[chosen])),
        pnl: chosen.map_or(Cash::ZERO, |chosen| sums[chosen]),
        pnl_mean: Cash::from_micros_saturating(total / (variants.len().max(1) as i128)),
    }
}

fn pnls(seen: &[Observation], takes: impl Fn(&Observation) -> bool) -> Vec<Cash> {
    seen.iter()
        .filter(|it| takes(it))
        .map(|it| it.pnl)
        .collect()
}
