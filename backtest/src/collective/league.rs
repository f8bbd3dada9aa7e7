//! The league: ours, the other schemes, the market and every worker, scored on the same rows.

use quorate_collective::Quantity;
use serde::Serialize;

use super::compare::{Difference, difference};
use super::history::History;
use super::score::{EntrantScore, main_loss, score, squared_error};

/// Least share of all rows that a worker must answer to count as the best one in hindsight, and least share of the rows
/// of schemes and market that must remain common.
const COVERAGE_MIN: f64 = 0.5;

/// What an entrant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntrantKind {
    /// Our default scheme.
    Ours,
    /// Another scheme.
    Scheme,
    /// The market price alone.
    Market,
    /// One worker alone.
    Worker,
}

/// A line of the league.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entrant {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: EntrantKind,
    /// The best single worker, chosen after the fact: nobody could have known.
    pub is_best_in_hindsight: bool,
    /// Share of all rows that it has a value for.
    pub coverage: f64,
    /// Scores on all of its own rows.
    pub own: Option<EntrantScore>,
    /// Scores on the common rows; `None` for a worker that answers too few rows to be compared there.
    pub common: Option<EntrantScore>,
    /// Its loss less ours: positive means that ours is better.
    pub loss_against_ours: Option<Difference>,
    /// Its squared error less ours.
    pub squared_error_against_ours: Option<Difference>,
    /// Its loss less the market's: negative means that it is better than the market.
    pub loss_against_market: Option<Difference>,
    /// Its squared error less the market's.
    pub squared_error_against_market: Option<Difference>,
}

/// Someone who has a value on some rows.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) kind: EntrantKind,
    pub(super) values: Vec<Option<f64>>,
}

/// The market as a source; `None` without prices, or for prices themselves.
pub(super) fn market(history: &History) -> Option<Source> {
    let is_there = history.quantity == Quantity::Probability && history.has_market();
    is_there.then(|| Source {
        name: "market".to_owned(),
        kind: EntrantKind::Market,
        values: history.rows.iter().map(|row| row.market).collect(),
    })
}

/// Every worker as a source.
pub(super) fn workers(history: &History) -> Vec<Source> {
    let source = |(column, worker): (usize, &super::history::WorkerInfo)| Source {
        name: worker.name.clone(),
        kind: EntrantKind::Worker,
        values: history
            .rows
            .iter()
            .map(|row| row.x.get(column).copied().flatten())
            .collect(),
    };
    history.workers.iter().enumerate().map(source).collect()
}

/// The league, sources in their order; the first one is ours.
pub(super) fn league(history: &History, sources: &[Source]) -> Vec<Entrant> {
    let coverages: Vec<f64> = sources.iter().map(coverage).collect();
    let (is_asked, common) = common_rows(sources, &coverages);
    let is_common = |row: usize| common[row];
    let best = best_in_hindsight(history, sources, &coverages);
    let ours = sources.first().map(|source| &source.values);
    let market = sources
        .iter()
        .find(|source| source.kind == EntrantKind::Market)
        .map(|source| &source.values);
    let entrant = |(index, source): (usize, &Source)| {
        let values = &source.values;
        let others = ours.filter(|_| source.kind != EntrantKind::Ours);
        let prices = market.filter(|_| source.kind != EntrantKind::Market);
        let against = |other: Option<&Vec<Option<f64>>>, loss| {
            other.and_then(|other| difference(history, values, other, loss))
        };
        Entrant {
            name: source.name.clone(),
            kind: source.kind,
            is_best_in_hindsight: best == Some(index),
            coverage: coverages[index],
            own: score(history, values, |_| true),
            common: is_asked[index]
                .then(|| score(history, values, is_common))
                .flatten(),
            loss_against_ours: against(others, main_loss),
            squared_error_against_ours: against(others, squared_error),
            loss_against_market: against(prices, main_loss),
            squared_error_against_market: against(prices, squared_error),
        }
    };
    sources.iter().enumerate().map(entrant).collect()
}

/// The rows on which all of a set of sources have a value, and who is in that set: schemes and market always, then the
/// workers in order of coverage, while at least half of the rows remain.
fn common_rows(sources: &[Source], coverages: &[f64]) -> (Vec<bool>, Vec<bool>) {
    let rows = sources.first().map_or(0, |source| source.values.len());
    let mut is_in: Vec<bool> = sources
        .iter()
        .map(|source| source.kind != EntrantKind::Worker)
        .collect();
    let mut common = vec![true; rows];
    for (source, _) in sources.iter().zip(&is_in).filter(|(_, is_in)| **is_in) {
        common = both(&common, source);
    }
    let count = |common: &[bool]| common.iter().filter(|is_common| **is_common).count();
    let enough = COVERAGE_MIN * count(&common) as f64;
    let mut order: Vec<usize> = (0..sources.len()).filter(|index| !is_in[*index]).collect();
    order.sort_by(|a, b| coverages[*b].total_cmp(&coverages[*a]).then(a.cmp(b)));
    for index in order {
        let fewer = both(&common, &sources[index]);
        if enough <= count(&fewer) as f64 {
            common = fewer;
            is_in[index] = true;
        }
    }
    (is_in, common)
}

fn both(common: &[bool], source: &Source) -> Vec<bool> {
    let values = common.iter().zip(&source.values);
    values
        .map(|(is_common, value)| *is_common && value.is_some())
        .collect()
}

fn coverage(source: &Source) -> f64 {
    let present = source.values.iter().flatten().count();
    present as f64 / source.values.len().max(1) as f64
}

/// The worker with the lowest loss relative to the mean of all workers on its own rows, so that answering only easy
/// questions is no merit.
fn best_in_hindsight(history: &History, sources: &[Source], coverages: &[f64]) -> Option<usize> {
    let mean: Vec<Option<f64>> = history
        .rows
        .iter()
        .map(|row| quorate_collective::simple::mean_pool(&row.x))
        .collect();
    let lead = |index: usize| {
        let loss = main_loss;
        let mut sum = 0.0;
        let mut rows = 0.0;
        for (row, value) in sources[index].values.iter().enumerate() {
            if let (Some(value), Some(mean)) = (value, mean[row]) {
                let outcome = history.rows[row].outcome;
                sum +=
                    loss(history.quantity, *value, outcome) - loss(history.quantity, mean, outcome);
                rows += 1.0;
            }
        }
        (0.0 < rows).then(|| sum / rows)
    };
    (0..sources.len())
        .filter(|index| sources[*index].kind == EntrantKind::Worker)
        .filter(|index| COVERAGE_MIN <= coverages[*index])
        .filter_map(|index| Some((index, lead(index)?)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(index, _)| index)
}
