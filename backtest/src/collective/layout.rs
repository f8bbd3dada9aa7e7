//! Which columns of a table mean what.

use crate::input::Diagnostics;

use crate::evaluate::{EvaluationSpec, Sides, Table};

/// Names of the columns that are no worker's, as a plain table has them.
pub(super) const USUAL: [&str; 13] = [
    "event",
    "worker",
    "predicted_at",
    "value",
    "market",
    "bid",
    "ask",
    "outcome",
    "resolved_at",
    "batch",
    "block",
    "family",
    "reference",
];

/// Columns named by the user.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ColumnNames {
    pub(super) event: String,
    pub(super) predicted_at: Option<String>,
    pub(super) market: Option<String>,
    pub(super) bid: Option<String>,
    pub(super) ask: Option<String>,
    pub(super) outcome: Option<String>,
    pub(super) outcome_words: Option<Sides<String>>,
    pub(super) resolved_at: Option<String>,
    pub(super) batch: Option<String>,
    pub(super) block: Option<String>,
    pub(super) family: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) shape: Shape,
}

/// How the workers' values stand in the table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// One line per value.
    Long { worker: String, value: String },
    /// One column per worker: name and column.
    Wide(Vec<(String, String)>),
}

impl Default for Shape {
    fn default() -> Self {
        Self::Wide(Vec::new())
    }
}

impl ColumnNames {
    /// The columns of a plain table by their usual names. Without a `worker` column, every other column is a worker.
    pub(super) fn usual(table: &Table) -> Self {
        let has = |name: &str| table.header.iter().any(|own| own == name);
        let if_there = |name: &str| has(name).then(|| name.to_owned());
        let shape = if has("worker") || has("value") {
            Shape::Long {
                worker: "worker".to_owned(),
                value: "value".to_owned(),
            }
        } else {
            let others = table
                .header
                .iter()
                .filter(|name| !USUAL.contains(&name.as_str()));
            Shape::Wide(others.map(|name| (name.clone(), name.clone())).collect())
        };
        Self {
            event: "event".to_owned(),
            predicted_at: Some("predicted_at".to_owned()),
            market: if_there("market"),
            bid: if_there("bid"),
            ask: if_there("ask"),
            outcome: Some("outcome".to_owned()),
            outcome_words: None,
            resolved_at: Some("resolved_at".to_owned()),
            batch: if_there("batch"),
            block: if_there("block"),
            family: if_there("family"),
            reference: if_there("reference"),
            shape,
        }
    }
}

/// Times that hold for all lines, so that no column has to give them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Constants {
    pub(super) has_predicted_at: bool,
    pub(super) has_resolved_at: bool,
}

impl ColumnNames {
    /// The columns that an evaluation file names; its models are the workers.
    pub(super) fn of_evaluation(spec: &EvaluationSpec) -> Self {
        let models = spec.models.iter();
        Self {
            event: spec.columns.cluster.clone(),
            predicted_at: Some(spec.columns.time.clone()),
            market: spec.columns.mid.clone(),
            bid: spec.columns.bid.clone(),
            ask: spec.columns.ask.clone(),
            outcome: Some(spec.columns.outcome.clone()),
            outcome_words: spec.columns.outcome_words.clone(),
            shape: Shape::Wide(
                models
                    .map(|model| (model.name.clone(), model.column.clone()))
                    .collect(),
            ),
            ..Self::default()
        }
    }
}

/// Positions of the columns in one table.
pub(super) struct Layout {
    pub(super) event: usize,
    pub(super) predicted_at: Option<usize>,
    pub(super) market: Option<usize>,
    pub(super) bid: Option<usize>,
    pub(super) ask: Option<usize>,
    pub(super) outcome: Option<usize>,
    pub(super) resolved_at: Option<usize>,
    pub(super) batch: Option<usize>,
    pub(super) block: Option<usize>,
    pub(super) family: Option<usize>,
    pub(super) reference: Option<usize>,
    pub(super) values: Values,
}

/// Positions of the workers' values.
pub(super) enum Values {
    Long { worker: usize, value: usize },
    Wide(Vec<(String, usize)>),
}

impl Layout {
    /// Finds every named column; all that are missing are reported.
    pub(super) fn find(names: &ColumnNames, table: &Table) -> Result<Self, Diagnostics> {
        let mut finder = Finder {
            table,
            errors: Diagnostics::new(),
        };
        let values = match &names.shape {
            Shape::Long { worker, value } => Values::Long {
                worker: finder.one(worker),
                value: finder.one(value),
            },
            Shape::Wide(workers) => {
                let find = |(name, column): &(String, String)| (name.clone(), finder.one(column));
                Values::Wide(workers.iter().map(find).collect())
            }
        };
        let layout = Self {
            event: finder.one(&names.event),
            predicted_at: finder.maybe(names.predicted_at.as_ref()),
            market: finder.maybe(names.market.as_ref()),
            bid: finder.maybe(names.bid.as_ref()),
            ask: finder.maybe(names.ask.as_ref()),
            outcome: finder.maybe(names.outcome.as_ref()),
            resolved_at: finder.maybe(names.resolved_at.as_ref()),
            batch: finder.maybe(names.batch.as_ref()),
            block: finder.maybe(names.block.as_ref()),
            family: finder.maybe(names.family.as_ref()),
            reference: finder.maybe(names.reference.as_ref()),
            values,
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
        self.table.column(column).unwrap_or_else(|missing| {
            self.errors.append(missing);
            usize::MAX // never used: an error ends the reading
        })
    }

    fn maybe(&mut self, column: Option<&String>) -> Option<usize> {
        column.map(|column| self.one(column))
    }
}
