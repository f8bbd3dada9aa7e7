//! The keys of a forecasts file in TOML.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::contestants::SCHEME_NAMES;
use super::layout::{ColumnNames, Constants, Shape};
use super::rules::{BatchBy, Rules, Unit};
use crate::evaluate::{Rounding, Sides, Table, parse_time_ms};
use crate::input::{Section, closest};

/// What a forecasts file says beyond its tables. A caller's own options go before these.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CollectiveSettings {
    /// Names of schemes to compare; empty for all.
    pub schemes: Vec<String>,
    /// How long after resolution an outcome becomes known to the schemes, milliseconds.
    pub delay_ms: Option<i64>,
    /// Correlation between the events of one batch, 0..=1.
    pub correlation: Option<f64>,
    /// Batches that count as recent.
    pub window: Option<usize>,
}

/// Where the lines come from.
pub(super) enum Source {
    /// Tables, one after the other.
    Tables(Vec<PathBuf>),
    /// The table, columns and models of an evaluation file.
    Evaluation(PathBuf),
}

/// Everything a file says.
pub(super) struct Plan {
    pub(super) rules: Rules,
    pub(super) source: Source,
    pub(super) outcomes: Option<PathBuf>,
    pub(super) columns: NamedColumns,
    pub(super) settings: CollectiveSettings,
}

/// Columns as the file names them. What it does not name has its usual name.
pub(super) struct NamedColumns {
    named: BTreeMap<&'static str, String>,
    words: Option<Sides<String>>,
    /// Name and column of workers with a column of their own.
    workers: Vec<(String, String)>,
}

/// Keys of `[columns]` that name one column each.
const KEYS: [&str; 13] = super::layout::USUAL;

pub(super) fn plan(root: &Section<'_>, folder: &Path) -> Option<Plan> {
    let workers = workers(root);
    let families = workers
        .iter()
        .filter_map(|(name, _, family)| Some((name.clone(), family.clone()?)))
        .collect();
    let columns = root.section("columns");
    let named = KEYS
        .iter()
        .filter_map(|key| Some((*key, columns.string(key).optional()?)))
        .collect();
    let with_column = workers
        .into_iter()
        .filter_map(|(name, column, _)| Some((name, column?)))
        .collect();
    let rules = Rules {
        unit: unit(root),
        batch_by: root
            .choice(
                "batch_by",
                &[("date", BatchBy::Date), ("time", BatchBy::Time)],
            )
            .or(BatchBy::Date),
        carry_ms: milliseconds(root, "carry"),
        predicted_at_ms: moment(root, "predicted_at", Rounding::Down),
        resolved_at_ms: moment(root, "resolved_at", Rounding::Up),
        require: root.string_list("require").or(Vec::new()),
        exclude: root.string_list("exclude").or(Vec::new()),
        families,
        ..Rules::named(root.string("name").or("forecasts".to_owned()))
    };
    let settings = CollectiveSettings {
        schemes: schemes(root),
        delay_ms: milliseconds(root, "delay"),
        correlation: root.number("batch_correlation").within(0.0, 1.0).optional(),
        window: root
            .number("window")
            .ensure(
                |w| 1.0 <= *w && w.fract() == 0.0,
                "must be a whole number of batches",
            )
            .optional()
            .map(|batches| batches as usize),
    };
    Some(Plan {
        rules,
        outcomes: root
            .string("outcomes")
            .optional()
            .map(|path| folder.join(path)),
        columns: NamedColumns {
            named,
            words: words(&columns),
            workers: with_column,
        },
        settings,
        source: source(root, folder)?,
    })
}

fn source(root: &Section<'_>, folder: &Path) -> Option<Source> {
    let given = ["table", "tables", "evaluation"]
        .into_iter()
        .filter(|key| root.has(key));
    if 1 < given.count() {
        let message = "give one of table, tables and evaluation";
        root.report("table", "contradiction", message);
    }
    if root.has("evaluation") {
        let path = root.string("evaluation").required()?;
        return Some(Source::Evaluation(folder.join(path)));
    }
    if root.has("tables") {
        let paths = root.string_list("tables").required()?;
        return Some(Source::Tables(
            paths.iter().map(|path| folder.join(path)).collect(),
        ));
    }
    let path = root.string("table").required()?;
    Some(Source::Tables(vec![folder.join(path)]))
}

/// Name, column and family of every `[[worker]]`.
fn workers(root: &Section<'_>) -> Vec<(String, Option<String>, Option<String>)> {
    let read = |section: Section<'_>| {
        Some((
            section.string("name").required()?,
            section.string("column").optional(),
            section.string("family").optional(),
        ))
    };
    root.sections("worker")
        .into_iter()
        .filter_map(read)
        .collect()
}

fn unit(root: &Section<'_>) -> Unit {
    let is_price = root
        .choice("quantity", &[("probability", false), ("price", true)])
        .or(false);
    let units = [
        ("bps", Unit::BasisPoints),
        ("return", Unit::Return),
        ("level", Unit::Level),
    ];
    let unit = root.choice("unit", &units).optional();
    match (is_price, unit) {
        (true, unit) => unit.unwrap_or(Unit::BasisPoints),
        (false, None) => Unit::Probability,
        (false, Some(_)) => {
            let message = "unit is for quantity = \"price\"; a probability runs from 0 to 1";
            root.report("unit", "contradiction", message);
            Unit::Probability
        }
    }
}

fn words(columns: &Section<'_>) -> Option<Sides<String>> {
    let yes = columns.string("outcome_yes").optional();
    let no = columns.string("outcome_no").optional();
    if yes.is_some() != no.is_some() {
        let message = "outcome_yes and outcome_no come together or not at all";
        let key = if yes.is_some() {
            "outcome_yes"
        } else {
            "outcome_no"
        };
        columns.report(key, "contradiction", message);
    }
    yes.zip(no).map(|(yes, no)| Sides { yes, no })
}

/// Names of schemes; `all` or nothing means all.
fn schemes(root: &Section<'_>) -> Vec<String> {
    let names = root.string_list("schemes").or(Vec::new());
    for name in names.iter().filter(|name| name.as_str() != "all") {
        if !SCHEME_NAMES.contains(&name.as_str()) {
            let hint = match closest(name, SCHEME_NAMES.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known: all, {}", SCHEME_NAMES.join(", ")),
            };
            let message = format!("`{name}` is not a scheme");
            root.report_with_hint("schemes", "unknown-scheme", message, hint);
        }
    }
    names
}

fn milliseconds(root: &Section<'_>, key: &'static str) -> Option<i64> {
    const NANOS_PER_MS: u64 = 1_000_000;
    let nanos = root.duration(key).optional()?;
    i64::try_from(nanos / NANOS_PER_MS).ok()
}

fn moment(root: &Section<'_>, key: &'static str, rounding: Rounding) -> Option<i64> {
    let text = root.string(key).optional()?;
    match parse_time_ms(&text, rounding) {
        Ok(time) => Some(time),
        Err(why) => {
            let hint = why.hint.as_deref().unwrap_or("write RFC 3339 with a zone");
            let message = format!("{key} `{text}` {}", why.message);
            root.report_with_hint(key, why.code, message, hint);
            None
        }
    }
}

impl NamedColumns {
    fn named(&self, key: &'static str) -> Option<String> {
        self.named.get(key).cloned()
    }

    /// The columns of a table of outcomes.
    pub(super) fn of_outcomes(&self, table: &Table) -> ColumnNames {
        let usual = ColumnNames::usual(table);
        let if_there = |key: &'static str| {
            let name = self.named(key).unwrap_or_else(|| key.to_owned());
            table.header.contains(&name).then_some(name)
        };
        let required = |key: &'static str| self.named(key).unwrap_or_else(|| key.to_owned());
        ColumnNames {
            event: required("event"),
            predicted_at: None,
            outcome: Some(required("outcome")),
            outcome_words: self.words.clone(),
            resolved_at: if_there("resolved_at"),
            batch: if_there("batch"),
            block: if_there("block"),
            shape: Shape::Wide(Vec::new()),
            ..usual
        }
    }

    /// The columns of a table of forecasts: named here, else by an evaluation file, else as usual.
    pub(super) fn of_forecasts(
        &self,
        table: &Table,
        base: Option<ColumnNames>,
        constants: Constants,
    ) -> ColumnNames {
        let mut names = base.unwrap_or_else(|| ColumnNames::usual(table));
        let shape = self.shape(table, &names);
        if let Some(event) = self.named("event") {
            names.event = event;
        }
        let slots: [(&'static str, &mut Option<String>); 9] = [
            ("predicted_at", &mut names.predicted_at),
            ("market", &mut names.market),
            ("bid", &mut names.bid),
            ("ask", &mut names.ask),
            ("outcome", &mut names.outcome),
            ("resolved_at", &mut names.resolved_at),
            ("batch", &mut names.batch),
            ("block", &mut names.block),
            ("family", &mut names.family),
        ];
        for (key, slot) in slots {
            if let Some(name) = self.named(key) {
                *slot = Some(name);
            }
        }
        names.reference = self.named("reference").or(names.reference);
        names.outcome_words = self.words.clone().or(names.outcome_words);
        names.shape = shape;
        let is_given = |key| self.named.contains_key(key);
        if constants.has_predicted_at && !is_given("predicted_at") {
            names.predicted_at = None;
        }
        if constants.has_resolved_at && !is_given("resolved_at") {
            names.resolved_at = None;
        }
        names
    }

    fn shape(&self, table: &Table, base: &ColumnNames) -> Shape {
        let is_long = self.named.contains_key("worker") || self.named.contains_key("value");
        match &base.shape {
            _ if is_long => Shape::Long {
                worker: self.named("worker").unwrap_or("worker".to_owned()),
                value: self.named("value").unwrap_or("value".to_owned()),
            },
            Shape::Long { worker, value } => Shape::Long {
                worker: worker.clone(),
                value: value.clone(),
            },
            Shape::Wide(_) if !self.workers.is_empty() => Shape::Wide(self.workers.clone()),
            Shape::Wide(columns) => {
                let is_mapped = |column: &String| self.named.values().any(|own| own == column);
                let free = columns.iter().filter(|(_, column)| !is_mapped(column));
                let there = free.filter(|(_, column)| table.header.contains(column));
                Shape::Wide(there.cloned().collect())
            }
        }
    }
}
