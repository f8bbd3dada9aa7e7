//! One row of a table as an observation; every cell that is not what it should be is reported.

use std::collections::{BTreeMap, BTreeSet};

use crate::input::{Diagnostic, Diagnostics, Refusal};

use super::moment::{Rounding, parse_time_ms};
use super::observe::Labels;
use super::rows::{Observation, RowCounts};
use super::spec::{EvaluationSpec, Sides};
use super::table::{Table, TableRow};

/// Positions of the mapped columns in a table.
pub(super) struct Layout {
    pub(super) cluster: usize,
    pub(super) group: Option<usize>,
    pub(super) time: usize,
    outcome: usize,
    outcome_words: Sides<String>,
    mid: Option<usize>,
    bid: Option<usize>,
    ask: Option<usize>,
    no_ask: Option<usize>,
    second_ask: Sides<Option<usize>>,
    later_mid: Option<usize>,
    cost: Sides<Option<usize>>,
    models: Vec<usize>,
    required: Vec<usize>,
    summaries: Vec<Vec<usize>>,
    pnls: Vec<usize>,
}

impl Layout {
    /// Finds every column the specification names.
    pub(super) fn find(spec: &EvaluationSpec, table: &Table) -> Result<Self, Diagnostics> {
        let mut finder = Finder {
            table,
            errors: Diagnostics::new(),
        };
        let map = &spec.columns;
        let layout = Self {
            cluster: finder.one(&map.cluster),
            group: finder.maybe(spec.group_by.as_ref()),
            time: finder.one(&map.time),
            outcome: finder.one(&map.outcome),
            outcome_words: map.outcome_words.clone().unwrap_or_default(),
            mid: finder.maybe(map.mid.as_ref()),
            bid: finder.maybe(map.bid.as_ref()),
            ask: finder.maybe(map.ask.as_ref()),
            no_ask: finder.maybe(map.no_ask.as_ref()),
            second_ask: finder.sides(&map.second_ask),
            later_mid: finder.maybe(map.later_mid.as_ref()),
            cost: finder.sides(&map.cost),
            models: spec
                .models
                .iter()
                .map(|model| finder.one(&model.column))
                .collect(),
            required: spec
                .require
                .iter()
                .map(|column| finder.one(column))
                .collect(),
            summaries: spec
                .summaries
                .iter()
                .map(|summary| summary.columns.iter().map(|c| finder.one(c)).collect())
                .collect(),
            pnls: spec
                .pnls
                .iter()
                .map(|pnl| finder.one(&pnl.column))
                .collect(),
        };
        finder.errors.into_result(layout)
    }
}

struct Finder<'t> {
    table: &'t Table,
    errors: Diagnostics,
}

impl Finder<'_> {
    fn one(&mut self, column: &str) -> usize {
        match self.table.column(column) {
            Ok(index) => index,
            Err(missing) => {
                self.errors.append(missing);
                usize::MAX // never used: an error ends the reading
            }
        }
    }

    fn maybe(&mut self, column: Option<&String>) -> Option<usize> {
        column.map(|column| self.one(column))
    }

    fn sides(&mut self, columns: &Sides<Option<String>>) -> Sides<Option<usize>> {
        Sides {
            yes: self.maybe(columns.yes.as_ref()),
            no: self.maybe(columns.no.as_ref()),
        }
    }
}

/// The cells of one row.
pub(super) struct Cells<'t> {
    layout: &'t Layout,
    table: &'t Table,
    row: &'t TableRow,
    errors: Diagnostics,
}

impl<'t> Cells<'t> {
    pub(super) fn new(layout: &'t Layout, table: &'t Table, row: &'t TableRow) -> Self {
        Self {
            layout,
            table,
            row,
            errors: Diagnostics::new(),
        }
    }

    pub(super) fn into_errors(self) -> Diagnostics {
        self.errors
    }

    /// The observation; `None` if a required cell or the outcome is missing (which is counted) or a cell is wrong.
    pub(super) fn observation(
        &mut self,
        labels: &Labels<'_>,
        times: &mut BTreeSet<i64>,
        counts: &mut RowCounts,
    ) -> Option<Observation> {
        let layout = self.layout;
        let time_ms = self.time()?;
        times.insert(time_ms);
        if self.is_left_out(counts) {
            return None;
        }
        let outcome = self.outcome()?;
        let cluster = self.label(layout.cluster, &labels.cluster_number)?;
        let group = match layout.group {
            Some(column) => self.label(column, &labels.group_number)?,
            None => 0,
        };
        let observation = Observation {
            time_ms,
            cluster,
            group,
            outcome,
            later_mid: self.price(layout.later_mid),
            second_ask: self.prices(layout.second_ask),
            cost: self.prices(layout.cost),
            forecasts: layout.models.iter().map(|c| self.price(Some(*c))).collect(),
            summaries: layout.summaries.iter().map(|c| self.sum(c)).collect(),
            pnls: layout.pnls.iter().map(|c| self.number(*c)).collect(),
            ..self.quotes()
        };
        self.errors.is_empty().then_some(observation)
    }

    /// Whether a required cell or the outcome is empty, which is counted.
    fn is_left_out(&self, counts: &mut RowCounts) -> bool {
        let required = &self.layout.required;
        if required
            .iter()
            .any(|column| self.row.cell(*column).is_none())
        {
            counts.without_required += 1;
            return true;
        }
        let unknown = self.row.cell(self.layout.outcome).is_none();
        counts.without_outcome += usize::from(unknown);
        unknown
    }

    /// Mid, spread and asks. The ask of NO mirrors the bid of YES where the table has no column of its own for it.
    fn quotes(&mut self) -> Observation {
        let layout = self.layout;
        let (bid, ask) = (self.price(layout.bid), self.price(layout.ask));
        let no_ask = match layout.no_ask {
            Some(column) => self.price(Some(column)),
            None => bid.map(|bid| 1.0 - bid),
        };
        let both = bid.zip(ask);
        if let Some((column, (bid, _))) = layout.ask.zip(both.filter(|(bid, ask)| ask < bid)) {
            self.refuse(column, &format!("is below the bid {bid}: a crossed quote"));
        }
        let mid = match layout.mid {
            Some(column) => self.price(Some(column)),
            None => both.map(|(bid, ask)| 0.5 * (bid + ask)),
        };
        Observation {
            mid,
            spread: both.map(|(bid, ask)| ask - bid),
            ask: Sides {
                yes: ask,
                no: no_ask,
            },
            ..Observation::default()
        }
    }

    fn time(&mut self) -> Option<i64> {
        let column = self.layout.time;
        let text = self.row.cell(column).unwrap_or_default();
        match parse_time_ms(text, Rounding::Down) {
            Ok(time) => Some(time),
            Err(why) => {
                self.errors.push(self.diagnostic(column, why));
                None
            }
        }
    }

    fn outcome(&mut self) -> Option<bool> {
        let column = self.layout.outcome;
        let text = self.row.cell(column)?;
        let words = &self.layout.outcome_words;
        let outcome = match text {
            _ if text == words.yes => Some(true),
            _ if text == words.no => Some(false),
            _ if !words.yes.is_empty() => None,
            "1" | "1.0" | "true" => Some(true),
            "0" | "0.0" | "false" => Some(false),
            _ => None,
        };
        if outcome.is_none() {
            self.refuse(
                column,
                "is not an outcome: write 0/1 or true/false, or name its words",
            );
        }
        outcome
    }

    fn label(&mut self, column: usize, labels: &BTreeMap<&str, usize>) -> Option<usize> {
        let text = self.row.cell(column);
        let found = text.and_then(|text| labels.get(text).copied());
        if found.is_none() {
            self.refuse(column, "must not be empty");
        }
        found
    }

    fn prices(&mut self, columns: Sides<Option<usize>>) -> Sides<Option<f64>> {
        Sides {
            yes: self.price(columns.yes),
            no: self.price(columns.no),
        }
    }

    /// A price or probability from 0 to 1.
    fn price(&mut self, column: Option<usize>) -> Option<f64> {
        let column = column?;
        let value = self.number(column)?;
        if (0.0..=1.0).contains(&value) {
            return Some(value);
        }
        self.refuse(column, "is outside 0..1");
        None
    }

    fn number(&mut self, column: usize) -> Option<f64> {
        let text = self.row.cell(column)?;
        let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
        if value.is_none() {
            self.refuse(column, "is not a finite number");
        }
        value
    }

    fn sum(&mut self, columns: &[usize]) -> Option<f64> {
        columns.iter().map(|column| self.number(*column)).sum()
    }

    fn refuse(&mut self, column: usize, why: &str) {
        let why = Refusal::new("bad-cell", why);
        self.errors.push(self.diagnostic(column, why));
    }

    fn diagnostic(&self, column: usize, why: Refusal) -> Diagnostic {
        let name = self.table.header.get(column).map_or("", String::as_str);
        let text: String = self
            .row
            .cell(column)
            .unwrap_or_default()
            .chars()
            .take(40)
            .collect();
        let message = format!("{name} `{text}` {}", why.message);
        let mut diagnostic = self.table.at(self.row, column, why.code, message);
        diagnostic.hint = why.hint;
        diagnostic
    }
}
