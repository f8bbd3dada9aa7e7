//! From tables to a history: lines become moments of events, moments become rows.

use std::collections::{BTreeMap, BTreeSet};

use quorate_collective::Quantity;

use super::cells::Cells;
use super::history::{ForecastRow, History, ReadCounts, WorkerInfo};
use super::layout::{ColumnNames, Constants, Layout, Values};
use crate::evaluate::{Rounding, Sides, Table, TableRow, rfc3339};
use crate::input::{Diagnostic, Diagnostics, ExitClass, MAX_ERRORS_PER_FILE, Refusal};

/// What the cells of a value hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A probability, 0 to 1.
    Probability,
    /// Basis points of a return or log price.
    BasisPoints,
    /// A log return: 0.01 is 100 basis points.
    Return,
    /// A price; what counts is its log return on the reference price of the row.
    Level,
}

impl Unit {
    pub(super) fn quantity(self) -> Quantity {
        match self {
            Self::Probability => Quantity::Probability,
            Self::BasisPoints | Self::Return | Self::Level => Quantity::Price,
        }
    }

    /// The value as pools take it: a probability, or basis points.
    fn standard(self, value: f64, reference: Option<f64>) -> f64 {
        const BPS: f64 = 10_000.0;
        match self {
            Self::Probability | Self::BasisPoints => value,
            Self::Return => BPS * value,
            Self::Level => BPS * libm::log(value / reference.unwrap_or(value)),
        }
    }
}

/// What resolves together when no column says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BatchBy {
    /// Everything of one UTC date.
    Date,
    /// Everything of one instant.
    Time,
}

/// How tables are read, beyond the names of their columns.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) name: String,
    pub(super) unit: Unit,
    pub(super) batch_by: BatchBy,
    /// How long a worker's last value counts, milliseconds.
    pub(super) carry_ms: Option<i64>,
    pub(super) predicted_at_ms: Option<i64>,
    pub(super) resolved_at_ms: Option<i64>,
    pub(super) require: Vec<String>,
    pub(super) exclude: Vec<String>,
    /// Family by worker.
    pub(super) families: BTreeMap<String, String>,
}

impl Rules {
    /// The rules of a plain table of probabilities.
    pub(super) fn named(name: String) -> Self {
        Self {
            name,
            unit: Unit::Probability,
            batch_by: BatchBy::Date,
            carry_ms: None,
            predicted_at_ms: None,
            resolved_at_ms: None,
            require: Vec::new(),
            exclude: Vec::new(),
            families: BTreeMap::new(),
        }
    }

    /// Which times hold for all lines.
    pub(super) fn constants(&self) -> Constants {
        Constants {
            has_predicted_at: self.predicted_at_ms.is_some(),
            has_resolved_at: self.resolved_at_ms.is_some(),
        }
    }
}

/// All that is known of an event, whichever line says it.
#[derive(Default)]
struct Facts {
    outcome: Option<f64>,
    resolved_at_ms: Option<i64>,
    batch: Option<String>,
    block: Option<String>,
}

/// One event at one time of prediction.
#[derive(Default)]
struct Moment {
    market: Option<f64>,
    reference: Option<f64>,
    resolved_at_ms: Option<i64>,
    batch: Option<String>,
    block: Option<String>,
    /// Value and line by worker.
    x: BTreeMap<usize, (f64, usize)>,
}

/// Collects the lines of all tables.
pub(super) struct Ingest {
    rules: Rules,
    workers: Vec<WorkerInfo>,
    worker_numbers: BTreeMap<String, usize>,
    facts: BTreeMap<String, Facts>,
    moments: BTreeMap<(String, i64), Moment>,
    counts: ReadCounts,
    errors: Diagnostics,
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

    fn keep_error(&mut self, error: Diagnostic) {
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

fn market(layout: &Layout, cells: &mut Cells<'_>) -> Option<f64> {
    if layout.market.is_some() {
        return cells.share(layout.market);
    }
    let (bid, ask) = (cells.share(layout.bid), cells.share(layout.ask));
    bid.zip(ask).map(|(bid, ask)| 0.5 * (bid + ask))
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
