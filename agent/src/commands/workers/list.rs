//! `quorate workers list`: the settings' workers, and what the journal heard of them and of others.

use std::collections::{BTreeMap, BTreeSet};

use quorate_backtest::report::columns::{Align, Columns, plain};
use quorate_backtest::report::format::{count, date_time, or_dash};
use quorate_domain::Timestamp;
use serde::Serialize;

use crate::commands::collective_args::PlaceArgs;
use crate::commands::folder_words;
use crate::commands::operate::answer;
use crate::commands::topics::Known;
use crate::console::Console;
use crate::failure::Failure;

/// A worker.
#[derive(Clone, Debug, Default, Serialize)]
struct Row {
    worker: String,
    /// How it is reached; `None` for one that only the journal knows.
    kind: Option<&'static str>,
    role: Option<&'static str>,
    family: Option<String>,
    topics: BTreeSet<String>,
    /// Inferences heard.
    heard: u64,
    heard_at: Option<Timestamp>,
    /// Inferences by topic.
    by_topic: BTreeMap<String, u64>,
}

pub(super) fn run(place: &PlaceArgs, console: &Console) -> Result<(), Failure> {
    let rows = rows(&Known::of(place)?);
    answer(console, &serde_json::json!({ "workers": rows }), || {
        table(&rows)
    })?;
    let folder = folder_words(&place.instance);
    let next = match rows.iter().find(|row| row.kind.is_some()) {
        Some(row) => format!("quorate workers test {}{folder}", row.worker),
        None => format!("quorate workers add NAME --kind push --topic TOPIC{folder}"),
    };
    console.next(&next);
    Ok(())
}

fn rows(known: &Known) -> Vec<Row> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for worker in known.told.iter().flat_map(|told| &told.settings.workers) {
        let name = worker.name.as_str().to_owned();
        let row = Row {
            worker: name.clone(),
            kind: Some(worker.kind.word()),
            role: Some(worker.role.word()),
            family: worker
                .family
                .as_ref()
                .map(|family| family.as_str().to_owned()),
            topics: worker
                .topics
                .iter()
                .map(|topic| topic.as_str().to_owned())
                .collect(),
            ..Row::default()
        };
        rows.insert(name, row);
    }
    if let Some(lived) = &known.lived {
        let survey = &lived.survey;
        for ((topic, worker), heard) in &survey.heard {
            let name = survey.names.worker(*worker);
            let row = rows.entry(name.clone()).or_insert_with(|| Row {
                worker: name,
                ..Row::default()
            });
            let topic = survey.names.topic(*topic);
            row.topics.insert(topic.clone());
            row.heard += heard.count;
            row.heard_at = row.heard_at.max(Some(heard.at));
            row.by_topic.insert(topic, heard.count);
        }
    }
    rows.into_values().collect()
}

fn table(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "there are no workers yet".to_owned();
    }
    let mut table = Columns::new(&[
        ("worker", Align::Left),
        ("reached by", Align::Left),
        ("role", Align::Left),
        ("topics", Align::Left),
        ("heard", Align::Right),
        ("last heard", Align::Left),
    ]);
    for row in rows {
        let topics: Vec<&str> = row.topics.iter().map(String::as_str).collect();
        table.row(vec![
            plain(&row.worker, 40),
            row.kind.unwrap_or("(journal)").to_owned(),
            row.role.unwrap_or("-").to_owned(),
            plain(&topics.join(", "), 40),
            count(row.heard),
            or_dash(row.heard_at, date_time),
        ]);
    }
    table.lines().join("\n")
}
