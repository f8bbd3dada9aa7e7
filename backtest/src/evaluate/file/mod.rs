//! The evaluation file: a specification and its table in TOML. Its keys are documented in `docs/evaluation.md`.

mod columns;
mod join;
mod labels;
mod rules;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::input::{Diagnostics, Refusal, Section, TomlDocument};

use super::join::JoinSpec;
use super::moment::{Rounding, parse_time_ms};
use super::observe::observe;
use super::result::Evaluation;
use super::run::evaluate;
use super::spec::{EvaluationSpec, Moment};
use super::table::Table;

/// An evaluation file: what to evaluate, and where the table comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationFile {
    /// What to evaluate.
    pub spec: EvaluationSpec,
    /// Where the rows come from.
    pub source: TableSource,
    /// What diagnostics call the file.
    name: String,
    named_clusters: Vec<labels::NamedCluster>,
}

/// Where the rows come from.
#[derive(Debug, Clone, PartialEq)]
pub enum TableSource {
    /// One wide table, CSV or `.csv.gz`.
    File(PathBuf),
    /// Several files joined as of each decision time.
    Join(JoinSpec),
}

impl EvaluationFile {
    /// Reads an evaluation file. Paths in it are relative to its folder.
    ///
    /// # Errors
    /// Everything that is wrong in it, each at its place.
    pub fn read(path: &Path) -> Result<Self, Diagnostics> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let name = path.display().to_string();
        Self::from_document(name, TomlDocument::read(path)?, folder)
    }

    /// Reads an evaluation file that is already in memory; `name` is what diagnostics call it.
    ///
    /// # Errors
    /// Everything that is wrong in it, each at its place.
    pub fn parse(name: &str, text: &str, folder: &Path) -> Result<Self, Diagnostics> {
        Self::from_document(name.to_owned(), TomlDocument::parse(name, text), folder)
    }

    fn from_document(
        name: String,
        document: TomlDocument,
        folder: &Path,
    ) -> Result<Self, Diagnostics> {
        let root = document.root();
        let spec = spec(&root);
        let source = source(&root, folder);
        let named_clusters = labels::named_clusters(&root);
        let file = spec.zip(source).map(|(spec, source)| Self {
            spec,
            source,
            name,
            named_clusters,
        });
        document.finish(file)
    }

    /// Reads the table, joining files where the evaluation file says so.
    ///
    /// # Errors
    /// Unreadable or malformed tables.
    pub fn table(&self) -> Result<Table, Diagnostics> {
        match &self.source {
            TableSource::File(path) => Table::read(path),
            TableSource::Join(join) => super::join::join(join),
        }
    }

    /// Reads the table and evaluates it.
    ///
    /// # Errors
    /// Unreadable or malformed tables, cells that are not what the specification says, and clusters in the file that
    /// are not in the table.
    pub fn evaluate(&self) -> Result<Evaluation, Diagnostics> {
        let sample = observe(&self.spec, &self.table()?)?;
        labels::check(&self.name, &self.named_clusters, &sample)?;
        Ok(evaluate(&self.spec, &sample))
    }
}

fn source(root: &Section<'_>, folder: &Path) -> Option<TableSource> {
    let table = root.string("table");
    match root.section_if_present("join") {
        None => table
            .required()
            .map(|path| TableSource::File(folder.join(path))),
        Some(section) => {
            if root.has("table") {
                root.report("table", "contradiction", "table and [join] are both given");
            }
            join::join_spec(&section, folder).map(TableSource::Join)
        }
    }
}

fn spec(root: &Section<'_>) -> Option<EvaluationSpec> {
    let columns = columns::column_map(&root.section("columns"));
    let models = columns::models(root);
    let means = columns::means(root, &models);
    report_repeated_names(
        root,
        models
            .iter()
            .map(|m| &m.name)
            .chain(means.iter().map(|m| &m.name)),
    );
    let rules = rules::rules(root, columns.as_ref());
    Some(EvaluationSpec {
        name: root.string("name").or("evaluation".to_owned()),
        require: root.string_list("require").or(Vec::new()),
        group_by: root.string("group_by").optional(),
        exclude: root.string_list("exclude").or(Vec::new()),
        subsets: columns::subsets(root),
        fees: rules::fees(&root.section("fees")),
        thresholds: rules::thresholds(&root.section("thresholds")),
        kelly: rules::kelly(root, &rules),
        pool_weights: pool_weights(root),
        drift: rules::drift(root),
        snapshots: moments(root, "snapshots"),
        summaries: columns::summaries(root),
        pnls: columns::pnls(root),
        models,
        means,
        rules,
        columns: columns?,
    })
}

/// A repeated name would make two lines of a report indistinguishable.
fn report_repeated_names<'a>(root: &Section<'_>, names: impl Iterator<Item = &'a String>) {
    let mut seen = BTreeSet::new();
    for name in names.filter(|name| !seen.insert((*name).clone())) {
        root.report(
            "model",
            "duplicate-name",
            format!("`{name}` names two models or means"),
        );
    }
}

fn pool_weights(root: &Section<'_>) -> Vec<f64> {
    let inside = |weights: &Vec<f64>| weights.iter().all(|w| (0.0..=1.0).contains(w));
    root.number_list("pool_weights")
        .ensure(inside, "has a weight outside 0..1")
        .or(Vec::new())
}

/// A list of dates or times, each written as text.
fn moments(section: &Section<'_>, key: &'static str) -> Vec<Moment> {
    let mut moments = Vec::new();
    for label in section.string_list(key).or(Vec::new()) {
        match parse_time_ms(&label, Rounding::Up) {
            Ok(time_ms) => moments.push(Moment { label, time_ms }),
            Err(why) => report_time(section, key, &label, &why),
        }
    }
    moments
}

/// A single date or time, written as text.
fn moment(section: &Section<'_>, key: &'static str) -> Option<Moment> {
    let label = section.string(key).optional()?;
    match parse_time_ms(&label, Rounding::Down) {
        Ok(time_ms) => Some(Moment { label, time_ms }),
        Err(why) => {
            report_time(section, key, &label, &why);
            None
        }
    }
}

fn report_time(section: &Section<'_>, key: &'static str, label: &str, why: &Refusal) {
    let message = format!("`{label}` {}", why.message);
    let hint = why.hint.as_deref();
    let hint = hint.unwrap_or("write a day, as \"2024-11-05\", or RFC 3339 with a zone");
    section.report_with_hint(key, why.code, message, hint);
}

/// A duration in whole milliseconds.
fn milliseconds(section: &Section<'_>, key: &'static str) -> Option<i64> {
    const NANOS_PER_MS: u64 = 1_000_000;
    let nanos = section.duration(key).optional()?;
    i64::try_from(nanos / NANOS_PER_MS).ok()
}
