//! What every worker contributed to ours: fast at each resolution, exact by replay without it, and by Shapley value.

use quorate_collective::contribution::Contribution;
use quorate_collective::{Quantity, SchemeSpec, split_points};
use rayon::prelude::*;
use serde::Serialize;

use super::compare::{Difference, mean_of};
use super::history::History;
use super::shapley::{SHAPLEY_WORKERS_MAX, shapley_values};
use super::walk::{Step, walk, walk_with};

/// How deep contributions are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditDepth {
    /// At each resolution, with the state of everybody: no replay.
    Fast,
    /// Also by one replay without each worker.
    #[default]
    Exact,
    /// Also by a replay of every coalition, for at most [`SHAPLEY_WORKERS_MAX`] workers; for more it is exact.
    Shapley,
}

/// One worker's contributions, in units of the loss. Positive = useful.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Credit {
    /// Name of the worker.
    pub worker: String,
    /// Moving average, sum and count of the fast contributions.
    pub fast: Contribution,
    /// Mean fast contribution per answered row, with its interval.
    pub fast_mean: Option<Difference>,
    /// Exact leave-one-out: mean over rows with a value in both replays of the loss without it less the loss with it.
    pub exact: Option<f64>,
    /// Shapley value per row. All of them add up to what the workers together gain on the market price alone, or on even
    /// odds (no change for prices) where there is none.
    pub shapley: Option<f64>,
    /// Whole points of the reward pool.
    pub points: u64,
}

/// A scheme on a history, with the steps of its walk.
#[derive(Clone, Copy)]
pub(super) struct Course<'h> {
    pub(super) history: &'h History,
    pub(super) steps: &'h [Step],
    pub(super) spec: &'h SchemeSpec,
    pub(super) correlation: f64,
}

impl Course<'_> {
    fn values(&self, members: &[usize]) -> Vec<Option<f64>> {
        let walked = walk(
            self.history,
            self.steps,
            self.spec,
            members,
            self.correlation,
        );
        walked.map_or_else(Vec::new, |walked| walked.values)
    }

    fn everybody(&self) -> Vec<usize> {
        (0..self.history.workers.len()).collect()
    }

    fn loss(&self, row: usize, value: f64) -> f64 {
        let outcome = self.history.rows[row].outcome;
        self.history.quantity.loss(value, outcome)
    }
}

/// Credits in column order, and what their points were split by.
pub(super) fn credits(
    course: Course<'_>,
    depth: CreditDepth,
    points_pool: u64,
) -> (Vec<Credit>, CreditDepth) {
    let workers = course.history.workers.len();
    let is_small = workers <= SHAPLEY_WORKERS_MAX;
    let depth = if depth == CreditDepth::Shapley && !is_small {
        CreditDepth::Exact
    } else {
        depth
    };
    let mut credits = fast(course);
    if CreditDepth::Exact <= depth {
        let with = course.values(&course.everybody());
        let exact: Vec<Option<f64>> = (0..workers)
            .into_par_iter()
            .map(|worker| exact(course, &with, worker))
            .collect();
        for (credit, exact) in credits.iter_mut().zip(exact) {
            credit.exact = exact;
        }
    }
    if depth == CreditDepth::Shapley {
        let values = shapley_values(&worths(course)).unwrap_or_default();
        for (credit, value) in credits.iter_mut().zip(values) {
            credit.shapley = Some(value);
        }
    }
    let by = |credit: &Credit| match depth {
        CreditDepth::Fast => credit.fast.total,
        CreditDepth::Exact => credit.exact.unwrap_or(0.0),
        CreditDepth::Shapley => credit.shapley.unwrap_or(0.0),
    };
    let points = split_points(&credits.iter().map(by).collect::<Vec<_>>(), points_pool);
    for (credit, points) in credits.iter_mut().zip(points) {
        credit.points = points;
    }
    (credits, depth)
}

fn fast(course: Course<'_>) -> Vec<Credit> {
    let history = course.history;
    let mut rows: Vec<Vec<(usize, f64)>> = vec![Vec::new(); history.workers.len()];
    let members = course.everybody();
    let note = |pool: &quorate_collective::Pool,
                index: usize,
                event: &quorate_collective::ResolvedEvent| {
        let contributions = pool.leave_one_out(event).unwrap_or_default();
        for (rows, contribution) in rows.iter_mut().zip(contributions) {
            rows.extend(contribution.map(|contribution| (index, contribution)));
        }
    };
    walk_with(
        history,
        course.steps,
        course.spec,
        &members,
        course.correlation,
        note,
    );
    let credit = |(worker, rows): (&super::history::WorkerInfo, Vec<(usize, f64)>)| {
        let mut fast = Contribution::default();
        rows.iter().for_each(|(_, value)| fast.add(*value));
        Credit {
            worker: worker.name.clone(),
            fast,
            fast_mean: mean_of(history, &rows),
            exact: None,
            shapley: None,
            points: 0,
        }
    };
    history.workers.iter().zip(rows).map(credit).collect()
}

fn exact(course: Course<'_>, with: &[Option<f64>], worker: usize) -> Option<f64> {
    let mut members = course.everybody();
    members.retain(|member| *member != worker);
    let without = course.values(&members);
    let gains = with.iter().zip(&without).enumerate();
    let gains = gains.filter_map(|(row, (with, without))| {
        Some(course.loss(row, (*without)?) - course.loss(row, (*with)?))
    });
    crate::metrics::scores::mean(gains)
}

/// Worth of every coalition: its mean gain in loss over knowing no worker at all, by replay with its members alone.
fn worths(course: Course<'_>) -> Vec<f64> {
    let history = course.history;
    let rows = history.rows.len().max(1) as f64;
    let nothing = |row: usize| match history.quantity {
        Quantity::Probability => history.rows[row].market.unwrap_or(0.5),
        Quantity::Price => 0.0,
    };
    let worth = |mask: usize| {
        let members: Vec<usize> = (0..history.workers.len())
            .filter(|worker| mask >> worker & 1 == 1)
            .collect();
        let values = course.values(&members);
        let loss = |(row, value): (usize, &Option<f64>)| {
            let value = value.filter(|_| !members.is_empty());
            course.loss(row, nothing(row)) - course.loss(row, value.unwrap_or(nothing(row)))
        };
        values.iter().enumerate().map(loss).sum::<f64>() / rows
    };
    (0..1usize << history.workers.len())
        .into_par_iter()
        .map(worth)
        .collect()
}
