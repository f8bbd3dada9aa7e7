//! Walking forward: every value is frozen when it was predicted, every outcome is learned when it had become known.

use std::collections::BTreeMap;

use quorate_collective::batch::batch_factor;
use quorate_collective::{Pool, ResolvedEvent, SchemeSpec};

use super::history::{ForecastRow, History};

/// One step of a history, in order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The values of this row are frozen and combined.
    Freeze(usize),
    /// These rows resolve together.
    Resolve(Vec<usize>),
}

/// The steps of a history. A batch resolves at its latest resolution plus `delay_ms`; what is frozen at that very instant
/// does not know it yet.
#[must_use]
pub fn timeline(history: &History, delay_ms: i64) -> Vec<Step> {
    let mut batches: BTreeMap<usize, (i64, Vec<usize>)> = BTreeMap::new();
    let mut steps: Vec<(i64, u8, Step)> = Vec::new();
    for (index, row) in history.rows.iter().enumerate() {
        let (latest, members) = batches.entry(row.batch).or_insert((i64::MIN, Vec::new()));
        *latest = (*latest).max(row.resolved_at_ms);
        members.push(index);
        steps.push((row.predicted_at_ms, 0, Step::Freeze(index)));
    }
    let delay = delay_ms.max(0);
    let resolutions = batches
        .into_values()
        .map(|(latest, members)| (latest.saturating_add(delay), 1, Step::Resolve(members)));
    steps.extend(resolutions);
    // Stable: rows of one instant keep their order, batches that of their names.
    steps.sort_by_key(|(at, kind, _)| (*at, *kind));
    steps.into_iter().map(|(_, _, step)| step).collect()
}

/// What a scheme published, and its pool at the end.
#[derive(Clone, Debug)]
pub struct Walk {
    /// Value per row of the history, frozen when it was predicted; `None` where nobody it knows spoke.
    pub values: Vec<Option<f64>>,
    /// The pool after the last resolution.
    pub pool: Pool,
}

/// Walks a scheme through a history as if only the workers of `members` (columns in ascending order) had ever
/// registered. `correlation` is assumed between the events of a batch. `None` when the scheme does not fit the quantity.
#[must_use]
pub fn walk(
    history: &History,
    steps: &[Step],
    spec: &SchemeSpec,
    members: &[usize],
    correlation: f64,
) -> Option<Walk> {
    walk_with(history, steps, spec, members, correlation, |_, _, _| {})
}

/// [`walk`] that shows every resolved row with the pool before it learns from its batch.
pub(super) fn walk_with(
    history: &History,
    steps: &[Step],
    spec: &SchemeSpec,
    members: &[usize],
    correlation: f64,
    mut before: impl FnMut(&Pool, usize, &ResolvedEvent),
) -> Option<Walk> {
    let mut pool = spec.build(history.quantity).ok()?;
    let families = history.family_numbers();
    for worker in members {
        match families.get(*worker).copied().flatten() {
            Some(family) => pool.register_in_family(family),
            None => pool.register(),
        };
    }
    let mut values = vec![None; history.rows.len()];
    for step in steps {
        match step {
            Step::Freeze(index) => {
                let row = &history.rows[*index];
                values[*index] = pool.value(&columns(row, members), row.market);
            }
            Step::Resolve(rows) => {
                let events: Vec<ResolvedEvent> = rows
                    .iter()
                    .map(|index| event(&history.rows[*index], members))
                    .collect();
                for (index, event) in rows.iter().zip(&events) {
                    before(&pool, *index, event);
                }
                let learned = pool.resolve(&events, batch_factor(events.len(), correlation));
                // Outcomes were checked when the history was read, and a factor of a batch lies in (0, 1].
                debug_assert!(learned.is_ok());
            }
        }
    }
    Some(Walk { values, pool })
}

fn columns(row: &ForecastRow, members: &[usize]) -> Vec<Option<f64>> {
    members
        .iter()
        .map(|worker| row.x.get(*worker).copied().flatten())
        .collect()
}

fn event(row: &ForecastRow, members: &[usize]) -> ResolvedEvent {
    ResolvedEvent {
        x: columns(row, members),
        market: row.market,
        outcome: row.outcome,
    }
}
