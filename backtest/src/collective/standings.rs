//! The leaderboard of a history: its raw entries, and every worker's standing with intervals.

use quorate_collective::batch::batch_factor;
use quorate_collective::standing::rebuild;
use quorate_collective::{Leaderboard, LeaderboardEntry, Standing};
use serde::Serialize;

use super::compare::Difference;
use super::credit::Course;
use super::history::History;
use super::league::{Entrant, EntrantKind};
use super::walk::Step;

/// A worker's standing with the intervals that only a whole history can give.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkerStanding {
    /// Name of the worker.
    pub name: String,
    /// Its standing since the start and over the recent batches.
    #[serde(flatten)]
    pub standing: Standing,
    /// Its loss less ours, since the start.
    pub loss_against_ours: Option<Difference>,
    /// Its loss less the market's, since the start.
    pub loss_against_market: Option<Difference>,
}

/// The raw entries of a history, as a running collective would have recorded them. Events are the numbers of the rows.
#[must_use]
pub fn leaderboard_entries(
    history: &History,
    steps: &[Step],
    correlation: f64,
) -> Vec<LeaderboardEntry> {
    let joins = history.family_numbers().into_iter();
    let mut entries: Vec<LeaderboardEntry> = joins
        .map(|family| LeaderboardEntry::Join { family })
        .collect();
    for step in steps {
        match step {
            Step::Freeze(index) => {
                let row = &history.rows[*index];
                let event = *index as u64;
                let submit = |(worker, value): (usize, &Option<f64>)| {
                    let value = (*value)?;
                    Some(LeaderboardEntry::Submit {
                        event,
                        worker,
                        value,
                    })
                };
                entries.extend(row.x.iter().enumerate().filter_map(submit));
                let market = row.market;
                entries.push(LeaderboardEntry::Freeze { event, market });
            }
            Step::Resolve(rows) => entries.push(LeaderboardEntry::Resolve {
                outcomes: rows
                    .iter()
                    .map(|index| (*index as u64, history.rows[*index].outcome))
                    .collect(),
                batch_factor: batch_factor(rows.len(), correlation),
            }),
        }
    }
    entries
}

/// Standings in column order; the intervals are those of the league.
pub(super) fn standings(
    course: Course<'_>,
    window: usize,
    league: &[Entrant],
) -> Vec<WorkerStanding> {
    let history = course.history;
    let entries = leaderboard_entries(history, course.steps, course.correlation);
    let Ok(empty) = Leaderboard::new(course.spec, history.quantity, window) else {
        return Vec::new();
    };
    // The entries come from a checked history: none of them is refused.
    let Ok(leaderboard) = rebuild(empty, &entries) else {
        return Vec::new();
    };
    let workers = history.workers.iter().zip(leaderboard.standings());
    workers
        .map(|(worker, standing)| {
            let line = league
                .iter()
                .find(|line| line.kind == EntrantKind::Worker && line.name == worker.name);
            WorkerStanding {
                name: worker.name.clone(),
                standing,
                loss_against_ours: line.and_then(|line| line.loss_against_ours),
                loss_against_market: line.and_then(|line| line.loss_against_market),
            }
        })
        .collect()
}
