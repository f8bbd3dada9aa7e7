//! Resolved forecasts in memory: what a replay walks through.

use quorate_collective::Quantity;
use serde::Serialize;

use crate::input::{Diagnostic, Diagnostics, ExitClass};

/// A worker of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkerInfo {
    /// Its name.
    pub name: String,
    /// Model family that it shares with others; a family has one vote while little has resolved.
    pub family: Option<String>,
}

/// What all workers said about one event at one time, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastRow {
    /// Number of the event, in [`History::events`].
    pub event: usize,
    /// When the values were frozen, Unix milliseconds.
    pub predicted_at_ms: i64,
    /// When the outcome was known, Unix milliseconds; after `predicted_at_ms`.
    pub resolved_at_ms: i64,
    /// Number of the batch that resolves together, in [`History::batches`].
    pub batch: usize,
    /// Number of the block (a date) that intervals draw as a whole, in [`History::blocks`].
    pub block: usize,
    /// Value per worker: a probability, or basis points.
    pub x: Vec<Option<f64>>,
    /// Market price at that time, 0..=1.
    pub market: Option<f64>,
    /// What happened: 0..=1, or basis points.
    pub outcome: f64,
}

/// Rows read and left out, each for one reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReadCounts {
    /// Lines of the tables.
    pub lines: usize,
    /// Lines with an empty required column, or of an excluded event.
    pub left_out: usize,
    /// Lines of events without an outcome.
    pub without_outcome: usize,
    /// Lines, or moments of an event, at which nobody said anything.
    pub without_worker: usize,
    /// Lines predicted when the outcome was already known.
    pub after_resolution: usize,
}

/// Resolved forecasts of a fixed set of workers.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Title of the report.
    pub name: String,
    /// What is forecast.
    pub quantity: Quantity,
    /// Workers in column order.
    pub workers: Vec<WorkerInfo>,
    /// Names of the events, by number.
    pub events: Vec<String>,
    /// Names of the batches, by number.
    pub batches: Vec<String>,
    /// Names of the blocks, by number.
    pub blocks: Vec<String>,
    /// Rows by time of prediction, then event.
    pub rows: Vec<ForecastRow>,
    /// What was read and left out.
    pub counts: ReadCounts,
}

impl History {
    /// Whether any row has a market price.
    #[must_use]
    pub fn has_market(&self) -> bool {
        self.rows.iter().any(|row| row.market.is_some())
    }

    /// What is wrong with a history built in memory; one that was read from a file is always whole.
    ///
    /// # Errors
    /// The first row whose values, numbers or times do not belong to this history.
    pub fn check(&self) -> Result<(), Diagnostics> {
        let fits = |row: &ForecastRow| {
            row.x.len() == self.workers.len()
                && row.event < self.events.len()
                && row.batch < self.batches.len()
                && row.block < self.blocks.len()
                && row.predicted_at_ms < row.resolved_at_ms
                && self.quantity.contains(row.outcome)
        };
        let Some(position) = self.rows.iter().position(|row| !fits(row)) else {
            return Ok(());
        };
        let message = format!("row {position} of the history does not fit it");
        let hint = "it needs a value or none per worker, known numbers of event, batch and block, a resolution after \
                    the prediction, and an outcome of the quantity";
        let diagnostic = Diagnostic::new(ExitClass::Data, "bad-history", message);
        Err(diagnostic.with_hint(hint).into())
    }

    /// Family per worker as numbers, as pools take them.
    #[must_use]
    pub fn family_numbers(&self) -> Vec<Option<u32>> {
        let mut names: Vec<&str> = Vec::new();
        let mut numbers = Vec::with_capacity(self.workers.len());
        for worker in &self.workers {
            let number = worker.family.as_deref().map(|family| {
                let known = names.iter().position(|name| *name == family);
                known.unwrap_or_else(|| {
                    names.push(family);
                    names.len() - 1
                })
            });
            numbers.push(number.and_then(|number| u32::try_from(number).ok()));
        }
        numbers
    }
}
