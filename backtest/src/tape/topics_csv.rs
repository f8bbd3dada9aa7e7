//! `topics.csv`: what each topic predicts, when its rounds are and how they are judged. Topics that are not listed
//! predict the probabilities of their markets.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use quorate_domain::{
    LossName, Objective, Predicted, Schedule, SchemeName, Timestamp, Topic, TopicId, TruthSource,
};

use super::Tape;
use super::rows::duplicate;
use super::words::{LOSSES, PREDICTED, SCHEMES, word};
use super::write::{Rows, invalid, row, time};
use crate::input::{Cell, Column, CsvTable, Diagnostics, Refusal, Row, closest, format_micros};

const HEADER: [&str; 9] = [
    "topic",
    "objective",
    "origin",
    "epoch_secs",
    "horizon_secs",
    "window_secs",
    "lag_secs",
    "loss",
    "scheme",
];

pub(super) fn read(mut table: CsvTable, tape: &mut Tape) -> Result<(), Diagnostics> {
    let [topic, predicts] = ["topic", "objective"].map(|name| table.required_column(name));
    let [origin, epoch, horizon, window, lag] = [
        "origin",
        "epoch_secs",
        "horizon_secs",
        "window_secs",
        "lag_secs",
    ]
    .map(|name| table.optional_column(name));
    let [loss, scheme] = ["loss", "scheme"].map(|name| table.optional_column(name));
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    while let Some(row) = table.next_row() {
        let name = row.text(topic).required();
        let predicted = row.choice(predicts, &PREDICTED).required();
        let (Some(name), Some(predicted)) = (name, predicted) else {
            continue;
        };
        if let Some(line) = lines.insert(name.to_owned(), row.line()) {
            row.report(duplicate(row, topic, line));
            continue;
        }
        let epoch_length = span(row, epoch).or(Duration::ZERO);
        let objective = Objective {
            predicts: predicted,
            schedule: Schedule {
                origin: Timestamp::from_nanos(row.time(origin).or(0)),
                epoch_length,
                horizon: span(row, horizon).or(epoch_length),
                submission_window: span(row, window).or(Duration::ZERO),
                truth_lag: span(row, lag).or(Duration::ZERO),
            },
            truth: truth_of(predicted),
            loss: row.choice(loss, &LOSSES).or(usual_loss(predicted)),
            scheme: row.choice(scheme, &SCHEMES).or(SchemeName::Configured),
        };
        if let Err(error) = objective.check() {
            row.report(row.diagnostic(predicts, "contradiction", error.to_string()));
        }
        let id = TopicId(tape.topics.len() as u64);
        let name = name.to_owned();
        tape.topics.push(Topic {
            id,
            name,
            objective,
        });
    }
    table.finish()
}

const fn truth_of(predicts: Predicted) -> TruthSource {
    if predicts.is_priced() {
        TruthSource::Reference
    } else {
        TruthSource::MarketResolution
    }
}

const fn usual_loss(predicts: Predicted) -> LossName {
    if predicts.is_priced() {
        LossName::Mse
    } else {
        LossName::Log
    }
}

/// A number of seconds of at least 0.
fn span(row: Row<'_>, column: Column) -> Cell<'_, Duration> {
    row.micros(column).and_then(|micros| {
        let micros = u64::try_from(micros);
        micros
            .map(Duration::from_micros)
            .map_err(|_| Refusal::new("out-of-range", "is negative"))
    })
}

/// The topic on prices that a cell names; another one is reported.
pub(super) fn priced<'t>(tape: &'t Tape, row: Row<'_>, column: Column) -> Option<&'t Topic> {
    let name = row.text(column).required()?;
    let known = || {
        let priced = |topic: &&Topic| topic.objective.predicts.is_priced();
        tape.topics.iter().filter(priced)
    };
    if let Some(topic) = known().find(|topic| topic.name == name) {
        return Some(topic);
    }
    let message = format!("topics.csv has no topic {name} that predicts a price");
    let diagnostic = row.diagnostic(column, "unknown-topic", message);
    row.report(
        match closest(name, known().map(|topic| topic.name.as_str())) {
            Some(near) => diagnostic.with_hint(format!("did you mean `{near}`?")),
            None => {
                diagnostic.with_hint("list it with the objective price, log_return or volatility")
            }
        },
    );
    None
}

/// Whether the topics cannot be read back from the markets alone.
pub(super) fn is_needed(tape: &Tape) -> bool {
    let mut mentioned: Vec<TopicId> = Vec::new();
    for link in tape.markets.iter().filter_map(|listed| listed.market.link) {
        if !mentioned.contains(&link.topic) {
            mentioned.push(link.topic);
        }
    }
    let is_plain = |topic: &Topic| topic.objective == Objective::default();
    !tape.topics.iter().all(is_plain) || !tape.topics.iter().map(|topic| topic.id).eq(mentioned)
}

pub(super) fn write(tape: &Tape, rows: &mut Rows<'_>) -> io::Result<()> {
    row(rows, HEADER)?;
    for topic in &tape.topics {
        let objective = &topic.objective;
        if objective.truth != truth_of(objective.predicts) {
            return Err(invalid("a topic whose truth does not fit its objective"));
        }
        let schedule = &objective.schedule;
        let origin = time(schedule.origin);
        let cells = [
            &topic.name,
            word(&PREDICTED, &objective.predicts),
            &origin,
            &seconds(schedule.epoch_length)?,
            &seconds(schedule.horizon)?,
            &seconds(schedule.submission_window)?,
            &seconds(schedule.truth_lag)?,
            word(&LOSSES, &objective.loss),
            word(&SCHEMES, &objective.scheme),
        ];
        row(rows, cells)?;
    }
    Ok(())
}

fn seconds(span: Duration) -> io::Result<String> {
    let micros = i64::try_from(span.as_micros()).ok();
    let exact = micros.filter(|_| span.subsec_nanos().is_multiple_of(1000));
    exact
        .map(format_micros)
        .ok_or_else(|| invalid("a span of time that is no whole number of microseconds"))
}
