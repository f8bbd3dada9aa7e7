//! The forecasts file: a CSV as it is, or a TOML that names tables, columns and rules.

use std::path::Path;

use super::history::History;
use super::ingest::Ingest;
use super::layout::ColumnNames;
use super::plan::{CollectiveSettings, Plan, Source, plan};
use super::rules::Rules;
use crate::evaluate::{EvaluationFile, Table};
use crate::input::{Diagnostics, TomlDocument};

/// A forecasts file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectiveFile {
    /// The resolved forecasts.
    pub history: History,
    /// Settings of the file.
    pub settings: CollectiveSettings,
}

impl CollectiveFile {
    /// Reads a file: TOML if its name ends in `.toml`, else one CSV or `.csv.gz` with the usual column names. Paths in a
    /// TOML file are relative to its folder. The keys are documented in `docs/collective.md`.
    ///
    /// # Errors
    /// Everything that is wrong in it and in its tables, each at its place.
    pub fn read(path: &Path) -> Result<Self, Diagnostics> {
        let name = path.display().to_string();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let folder = path.parent().unwrap_or(Path::new(""));
            return read_toml(&name, TomlDocument::read(path)?, folder);
        }
        let title = path.file_name().map(|name| name.to_string_lossy());
        let table = Table::read(path)?;
        let mut ingest = Ingest::new(Rules::named(title.unwrap_or_default().into_owned()));
        ingest.forecasts(&table, &ColumnNames::usual(&table))?;
        Ok(Self {
            history: ingest.finish(&name)?,
            settings: CollectiveSettings::default(),
        })
    }

    /// Reads a TOML text; `name` is what diagnostics call it, paths in it are relative to `folder`.
    ///
    /// # Errors
    /// As [`CollectiveFile::read`].
    pub fn parse(name: &str, text: &str, folder: &Path) -> Result<Self, Diagnostics> {
        read_toml(name, TomlDocument::parse(name, text), folder)
    }
}

fn read_toml(
    name: &str,
    document: TomlDocument,
    folder: &Path,
) -> Result<CollectiveFile, Diagnostics> {
    let plan = plan(&document.root(), folder);
    let Plan {
        mut rules,
        source,
        outcomes,
        columns,
        settings,
    } = document.finish(plan)?;
    let mut tables: Vec<(Table, Option<ColumnNames>)> = Vec::new();
    match source {
        Source::Tables(paths) => {
            for path in paths {
                tables.push((Table::read(&path)?, None));
            }
        }
        Source::Evaluation(path) => {
            let evaluation = EvaluationFile::read(&path)?;
            let require = evaluation.spec.require.iter().cloned();
            rules.require.extend(require);
            let exclude = evaluation.spec.exclude.iter().cloned();
            rules.exclude.extend(exclude);
            let names = ColumnNames::of_evaluation(&evaluation.spec);
            tables.push((evaluation.table()?, Some(names)));
        }
    }
    let constants = rules.constants();
    let mut ingest = Ingest::new(rules);
    if let Some(path) = &outcomes {
        let table = Table::read(path)?;
        ingest.outcomes(&table, &columns.of_outcomes(&table))?;
    }
    for (table, base) in tables {
        let mut names = columns.of_forecasts(&table, base, constants);
        if outcomes.is_some() {
            (names.outcome, names.resolved_at) = (None, None);
        }
        ingest.forecasts(&table, &names)?;
    }
    Ok(CollectiveFile {
        history: ingest.finish(name)?,
        settings,
    })
}
