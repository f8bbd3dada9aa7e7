//! From tables to moments: what each line says about an event at one time.

use std::collections::BTreeMap;

use super::cells::Cells;
use super::history::{ReadCounts, WorkerInfo};
use super::layout::{ColumnNames, Layout, Values};
use super::rules::{Rules, Unit};
use crate::evaluate::{Rounding, Sides, Table, TableRow};
use crate::input::{Diagnostic, Diagnostics, MAX_ERRORS_PER_FILE, Refusal};

/// All that is known of an event, whichever line says it.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) outcome: Option<f64>,
    pub(super) resolved_at_ms: Option<i64>,
    pub(super) batch: Option<String>,
    pub(super) block: Option<String>,
}

/// One event at one time of prediction.
#[derive(Default)]
pub(super) struct Moment {
    pub(super) market: Option<f64>,
    pub(super) reference: Option<f64>,
    pub(super) resolved_at_ms: Option<i64>,
    pub(super) batch: Option<String>,
    pub(super) block: Option<String>,
    /// Value and line by worker.
    pub(super) x: BTreeMap<usize, (f64, usize)>,
}

/// Collects the lines of all tables.
pub(super) struct Ingest {
    pub(super) rules: Rules,
    pub(super) workers: Vec<WorkerInfo>,
    pub(super) worker_numbers: BTreeMap<String, usize>,
    pub(super) facts: BTreeMap<String, Facts>,
    pub(super) moments: BTreeMap<(String, i64), Moment>,
    pub(super) counts: ReadCounts,
    pub(super) errors: Diagnostics,
}

impl Ingest {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            workers: Vec::new(),
            worker_numbers: BTreeMap::new(),
            facts: BTreeMap::new(),
            moments: BTreeMap::new(),
            counts: ReadCounts::default(),
            errors: Diagnostics::new(),
        }
    }

    /// Reads a table of outcomes: an event, what happened, and when and with what it resolved.
    pub(super) fn outcomes(
        &mut self,
        table: &Table,
        names: &ColumnNames,
    ) -> Result<(), Diagnostics> {
        let layout = Layout::find(names, table)?;
        for row in &table.rows {
            let mut cells = Cells::new(table, row);
            if let Some(event) = cells.label(layout.event) {
                self.note_facts(event, &layout, &mut cells, names.outcome_words.as_ref());
            }
            self.keep_errors(cells);
        }
        Ok(())
    }

    /// Reads a table of forecasts.
    pub(super) fn forecasts(
        &mut self,
        table: &Table,
        names: &ColumnNames,
    ) -> Result<(), Diagnostics> {
        let mut names = names.clone();
        if self.rules.unit == Unit::Level {
            // Without it a level says nothing: a table that lacks it is refused.
            names.reference.get_or_insert("reference".to_owned());
        }
        let layout = Layout::find(&names, table)?;
        let required = self.rules.require.iter().map(|name| table.column(name));
        let required: Vec<usize> = required.collect::<Result<_, _>>()?;
        if let Values::Wide(workers) = &layout.values {
            for (name, _) in workers {
                self.worker(name);
            }
        }
        for row in &table.rows {
            self.counts.lines += 1;
            if required.iter().any(|column| row.cell(*column).is_none()) {
                self.counts.left_out += 1;
                continue;
            }
            let mut cells = Cells::new(table, row);
            self.line(row, &layout, &mut cells, names.outcome_words.as_ref());
            self.keep_errors(cells);
        }
        Ok(())
    }

    fn keep_errors(&mut self, cells: Cells<'_>) {
        if self.errors.len() < MAX_ERRORS_PER_FILE {
            self.errors.append(cells.into_errors());
        }
    }

    pub(super) fn keep_error(&mut self, error: Diagnostic) {
        if self.errors.len() < MAX_ERRORS_PER_FILE {
            self.errors.push(error);
        }
    }

    fn line(
        &mut self,
        row: &TableRow,
        layout: &Layout,
        cells: &mut Cells<'_>,
        words: Option<&Sides<String>>,
    ) -> Option<()> {
        let event = cells.label(layout.event)?;
        if self.rules.exclude.iter().any(|name| name == event) {
            self.counts.left_out += 1;
            return None;
        }
        let at = match layout.predicted_at {
            Some(column) => cells.required_time(column, Rounding::Down)?,
            None => self.rules.predicted_at_ms?,
        };
        self.note_facts(event, layout, cells, words);
        let market = market(layout, cells);
        let reference = match (self.rules.unit, layout.reference) {
            (Unit::Level, Some(column)) => {
                cells.label(column)?;
                Some(cells.level(Some(column))?)
            }
            _ => None,
        };
        let values = self.values(layout, cells);
        let resolved_at_ms = cells.time(layout.resolved_at, Rounding::Up);
        let moment = self.moments.entry((event.to_owned(), at)).or_default();
        moment.market = moment.market.or(market);
        moment.reference = moment.reference.or(reference);
        moment.resolved_at_ms = moment.resolved_at_ms.max(resolved_at_ms);
        let text = |column| cells.text(column).map(str::to_owned);
        moment.batch = moment.batch.take().or_else(|| text(layout.batch));
        moment.block = moment.block.take().or_else(|| text(layout.block));
        let mut repeated = None;
        for (worker, value, column) in values {
            let earlier = moment.x.insert(worker, (value, row.line));
            repeated = repeated.or(earlier.map(|(_, line)| (column, line)));
        }
        if let Some((column, line)) = repeated {
            let message = format!("repeats the event, time and worker of line {line}");
            cells.refuse(column, Refusal::new("duplicate-row", message));
        }
        Some(())
    }

    /// The values of a line: worker, value, column.
    fn values(&mut self, layout: &Layout, cells: &mut Cells<'_>) -> Vec<(usize, f64, usize)> {
        let unit = self.rules.unit;
        match &layout.values {
            Values::Wide(workers) => {
                let mut read = |(worker, (_, column)): (usize, &(String, usize))| {
                    Some((worker, cells.value(Some(*column), unit)?, *column))
                };
                let columns = workers.iter().map(|(name, _)| self.worker(name));
                let columns: Vec<usize> = columns.collect();
                columns
                    .into_iter()
                    .zip(workers)
                    .filter_map(&mut read)
                    .collect()
            }
            Values::Long { worker, value } => {
                let Some(name) = cells.label(*worker) else {
                    return Vec::new();
                };
                let number = self.worker(name);
                if let Some(family) = cells.text(layout.family) {
                    self.workers[number].family = Some(family.to_owned());
                }
                let value_read = cells.value(Some(*value), unit);
                value_read
                    .into_iter()
                    .map(|read| (number, read, *value))
                    .collect()
            }
        }
    }

    /// Number of a worker, new or known.
    fn worker(&mut self, name: &str) -> usize {
        if let Some(number) = self.worker_numbers.get(name) {
            return *number;
        }
        self.workers.push(WorkerInfo {
            name: name.to_owned(),
            family: self.rules.families.get(name).cloned(),
        });
        self.worker_numbers
            .insert(name.to_owned(), self.workers.len() - 1);
        self.workers.len() - 1
    }

    fn note_facts(
        &mut self,
        event: &str,
        layout: &Layout,
        cells: &mut Cells<'_>,
        words: Option<&Sides<String>>,
    ) {
        let outcome = cells.outcome(layout.outcome, words, self.rules.unit);
        let resolved_at_ms = cells.time(layout.resolved_at, Rounding::Up);
        let facts = self.facts.entry(event.to_owned()).or_default();
        if let (Some(before), Some(now), Some(column)) = (facts.outcome, outcome, layout.outcome)
            && before != now
        {
            let message = format!("contradicts the outcome {before} of the same event before");
            cells.refuse(column, Refusal::new("contradiction", message));
        }
        facts.outcome = facts.outcome.or(outcome);
        facts.resolved_at_ms = facts.resolved_at_ms.max(resolved_at_ms);
        let text = |column| cells.text(column).map(str::to_owned);
        facts.batch = facts.batch.take().or_else(|| text(layout.batch));
        facts.block = facts.block.take().or_else(|| text(layout.block));
    }
}

fn market(layout: &Layout, cells: &mut Cells<'_>) -> Option<f64> {
    if layout.market.is_some() {
        return cells.share(layout.market);
    }
    let (bid, ask) = (cells.share(layout.bid), cells.share(layout.ask));
    bid.zip(ask).map(|(bid, ask)| 0.5 * (bid + ask))
}
