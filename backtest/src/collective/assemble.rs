//! From everything that was read to a history: values carried, outcomes joined, rows numbered.

use std::collections::{BTreeMap, BTreeSet};

use super::history::{ForecastRow, History};
use super::ingest::{Ingest, Moment};
use super::rules::BatchBy;
use crate::evaluate::rfc3339;
use crate::input::{Diagnostic, Diagnostics, ExitClass};

impl Ingest {
    /// The history of everything read.
    ///
    /// # Errors
    /// Every mistake found, or that nothing is left to score.
    pub(super) fn finish(mut self, file: &str) -> Result<History, Diagnostics> {
        let rows = self.rows();
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        if rows.is_empty() {
            let message = "no line has a worker's value and an outcome that came after it";
            let nothing = Diagnostic::new(ExitClass::Data, "nothing-to-score", message);
            return Err(nothing.in_file(file).into());
        }
        let names = |pick: fn(&RawRow) -> &String| -> Vec<String> {
            let distinct: BTreeSet<&String> = rows.iter().map(pick).collect();
            distinct.into_iter().cloned().collect()
        };
        let (events, batches, blocks) = (
            names(|r| &r.event),
            names(|r| &r.batch),
            names(|r| &r.block),
        );
        let number = |names: &[String], name: &String| names.binary_search(name).unwrap_or(0);
        let row = |raw: &RawRow| ForecastRow {
            event: number(&events, &raw.event),
            predicted_at_ms: raw.predicted_at_ms,
            resolved_at_ms: raw.resolved_at_ms,
            batch: number(&batches, &raw.batch),
            block: number(&blocks, &raw.block),
            x: raw.x.clone(),
            market: raw.market,
            outcome: raw.outcome,
        };
        let mut rows: Vec<ForecastRow> = rows.iter().map(row).collect();
        rows.sort_by_key(|row| (row.predicted_at_ms, row.event));
        Ok(History {
            name: self.rules.name,
            quantity: self.rules.unit.quantity(),
            workers: self.workers,
            events,
            batches,
            blocks,
            rows,
            counts: self.counts,
        })
    }

    fn rows(&mut self) -> Vec<RawRow> {
        let mut rows = Vec::new();
        let mut last: (String, BTreeMap<usize, (i64, f64)>) = Default::default();
        for ((event, at), moment) in std::mem::take(&mut self.moments) {
            if last.0 != event {
                last = (event.clone(), BTreeMap::new());
            }
            for (worker, (value, _)) in &moment.x {
                last.1.insert(*worker, (at, *value));
            }
            rows.extend(self.row(event, at, &moment, &last.1));
        }
        rows
    }

    /// One row, if its outcome is known and later, and somebody spoke.
    fn row(
        &mut self,
        event: String,
        at: i64,
        moment: &Moment,
        last: &BTreeMap<usize, (i64, f64)>,
    ) -> Option<RawRow> {
        let facts = self.facts.get(&event)?;
        let lines = moment.x.len().max(1);
        let Some(outcome) = facts.outcome else {
            self.counts.without_outcome += lines;
            return None;
        };
        let own = moment.resolved_at_ms.or(facts.resolved_at_ms);
        let Some(resolved_at_ms) = own.or(self.rules.resolved_at_ms) else {
            self.keep_error(unresolved(&event));
            return None;
        };
        if resolved_at_ms <= at {
            self.counts.after_resolution += lines;
            return None;
        }
        let unit = self.rules.unit;
        let carry = self.rules.carry_ms.unwrap_or(0);
        let value = |worker: usize| {
            let (said_at, value) = last.get(&worker)?;
            (at - said_at <= carry).then(|| unit.standard(*value, moment.reference))
        };
        let x: Vec<Option<f64>> = (0..self.workers.len()).map(value).collect();
        if x.iter().all(Option::is_none) {
            self.counts.without_worker += 1;
            return None;
        }
        let outcome = unit.standard(outcome, moment.reference);
        if !unit.quantity().contains(outcome) {
            self.keep_error(beyond(&event, outcome));
            return None;
        }
        let date = rfc3339(resolved_at_ms).chars().take(10).collect::<String>();
        let by_rule = match self.rules.batch_by {
            BatchBy::Date => date.clone(),
            BatchBy::Time => rfc3339(resolved_at_ms),
        };
        let given =
            |own: &Option<String>, of_event: &Option<String>| own.clone().or(of_event.clone());
        Some(RawRow {
            predicted_at_ms: at,
            resolved_at_ms,
            batch: given(&moment.batch, &facts.batch).unwrap_or(by_rule),
            block: given(&moment.block, &facts.block).unwrap_or(date),
            x,
            market: moment.market,
            outcome,
            event,
        })
    }
}

struct RawRow {
    event: String,
    predicted_at_ms: i64,
    resolved_at_ms: i64,
    batch: String,
    block: String,
    x: Vec<Option<f64>>,
    market: Option<f64>,
    outcome: f64,
}

fn unresolved(event: &str) -> Diagnostic {
    let message = format!("event `{event}` has an outcome but no time at which it was known");
    Diagnostic::new(ExitClass::Data, "no-resolution-time", message)
        .with_hint("fill the resolved_at column, or name one time for all in the file")
}

fn beyond(event: &str, outcome: f64) -> Diagnostic {
    let message =
        format!("the outcome of event `{event}`, {outcome} basis points, is beyond all measure");
    Diagnostic::new(ExitClass::Data, "out-of-range", message)
        .with_hint("check `unit`: \"bps\", \"return\" or \"level\"")
}
