//! A topic as it stands, from settings and journal.

use std::collections::{BTreeMap, BTreeSet};

use quorate_domain::{Predicted, Timestamp, TopicId, TopicLink};
use quorate_engine::markets::MarketState;
use serde::Serialize;

use super::known::{Known, Lived};
use crate::commands::leaderboard::scheme_word;
use crate::settings::Settings;

/// A topic.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TopicRow {
    pub(super) name: String,
    /// What its inferences are.
    pub(super) kind: String,
    pub(super) scheme: String,
    /// Whether the settings name it.
    pub(super) in_settings: bool,
    /// Whether the journal has it.
    pub(super) in_journal: bool,
    /// Names of its workers, from settings and journal.
    pub(super) workers: Vec<String>,
    /// Inferences heard.
    pub(super) heard: u64,
    /// When the last one was.
    pub(super) heard_at: Option<Timestamp>,
    /// Whether there are open questions, and nobody's value for any of them still counts.
    pub(super) stale: bool,
    /// Open questions, the one that was spoken about last first.
    pub(super) questions: Vec<QuestionRow>,
}

/// An open question. Probabilities are of the market's YES.
#[derive(Clone, Debug, Serialize)]
pub(super) struct QuestionRow {
    pub(super) market: String,
    pub(super) closes_at: Option<Timestamp>,
    pub(super) spoken_at: Option<Timestamp>,
    pub(super) market_price: Option<f64>,
    pub(super) mean: Option<f64>,
    pub(super) collective: Option<f64>,
    pub(super) blend: Option<f64>,
    pub(super) workers: Vec<WorkerValue>,
}

/// What a worker says now.
#[derive(Clone, Debug, Serialize)]
pub(super) struct WorkerValue {
    pub(super) worker: String,
    pub(super) value: f64,
    /// Its weight in the scheme, where it has one.
    pub(super) weight: Option<f64>,
}

/// All topics by name.
pub(super) fn rows(known: &Known) -> Vec<TopicRow> {
    let mut rows = BTreeMap::new();
    for row in known.told.iter().flat_map(|told| &told.settings.topics) {
        rows.insert(row.name.as_str().to_owned(), told_row(known, row));
    }
    if let Some(lived) = &known.lived {
        for (id, name) in lived.survey.names.topics() {
            let row = rows
                .entry(name.to_owned())
                .or_insert_with(|| empty(name.to_owned()));
            complete(row, lived, id);
        }
    }
    rows.into_values().collect()
}

fn empty(name: String) -> TopicRow {
    TopicRow {
        name,
        kind: String::new(),
        scheme: String::new(),
        in_settings: false,
        in_journal: false,
        workers: Vec::new(),
        heard: 0,
        heard_at: None,
        stale: false,
        questions: Vec::new(),
    }
}

fn told_row(known: &Known, topic: &crate::settings::keys::Topic) -> TopicRow {
    let settings = known.told.iter().map(|told| &told.settings);
    let workers = settings.clone().flat_map(|settings| &settings.workers);
    let configs = settings.flat_map(Settings::topic_configs);
    let own = configs
        .into_iter()
        .find(|(name, _)| name == topic.name.as_str());
    TopicRow {
        kind: topic.kind.word().to_owned(),
        scheme: own
            .map(|(_, config)| scheme_word(&config.scheme))
            .unwrap_or_default(),
        in_settings: true,
        workers: workers
            .filter(|worker| worker.topics.contains(&topic.name))
            .map(|worker| worker.name.as_str().to_owned())
            .collect(),
        ..empty(topic.name.as_str().to_owned())
    }
}

fn complete(row: &mut TopicRow, lived: &Lived, id: TopicId) {
    row.in_journal = true;
    let listed = lived.survey.topics.get(&id);
    let predicts = listed
        .map(|topic| topic.objective.predicts)
        .unwrap_or_default();
    row.kind = kind_word(predicts).to_owned();
    let config = lived.config().of_topic(Some(id));
    row.scheme = match listed.filter(|_| predicts.is_priced()) {
        Some(topic) => scheme_word(&config.price.scheme_of(topic.objective.scheme)),
        None => scheme_word(&config.scheme),
    };
    let mut workers: BTreeSet<String> = row.workers.drain(..).collect();
    for (worker, heard) in lived.survey.speakers(id) {
        workers.insert(lived.survey.names.worker(worker));
        row.heard += heard.count;
        row.heard_at = row.heard_at.max(Some(heard.at));
    }
    row.workers = workers.into_iter().collect();
    row.questions = questions(lived, id);
    row.stale = !row.questions.is_empty()
        && row
            .questions
            .iter()
            .all(|question| question.workers.is_empty());
}

/// The word of what a topic predicts, as settings have it.
pub(in crate::commands) const fn kind_word(predicts: Predicted) -> &'static str {
    match predicts {
        Predicted::Probability => "probability",
        Predicted::Labels => "labels",
        Predicted::Price => "price",
        Predicted::LogReturn => "log_return",
        Predicted::Volatility => "volatility",
    }
}

fn questions(lived: &Lived, id: TopicId) -> Vec<QuestionRow> {
    let Some(at) = lived.survey.at else {
        return Vec::new();
    };
    let is_open = |state: &&MarketState| state.is_open(at);
    let of_topic = |state: &MarketState| state.market.link.filter(|link| link.topic == id);
    let open = lived.engine().markets().iter().filter(is_open);
    let linked = open.filter_map(|state| Some((state, of_topic(state)?)));
    let mut rows: Vec<QuestionRow> = linked
        .map(|(state, link)| question(lived, state, link, at))
        .collect();
    rows.sort_by(|a, b| {
        let closing = a.closes_at.cmp(&b.closes_at);
        b.spoken_at
            .cmp(&a.spoken_at)
            .then(closing)
            .then_with(|| a.market.cmp(&b.market))
    });
    rows
}

fn question(lived: &Lived, state: &MarketState, link: TopicLink, at: Timestamp) -> QuestionRow {
    let forecast = lived.engine().forecast(state.market.id, at);
    let key = (link.topic, link.epoch, link.label);
    let mut row = QuestionRow {
        market: state.market.name.clone(),
        closes_at: state.market.closes_at,
        spoken_at: lived.survey.spoken.get(&key).copied(),
        market_price: state.book.midpoint().map(quorate_domain::Probability::get),
        mean: None,
        collective: None,
        blend: None,
        workers: Vec::new(),
    };
    if let Some(forecast) = forecast {
        (row.mean, row.collective, row.blend) =
            (forecast.mean, forecast.collective, forecast.blend);
        let value = |(worker, value): &(quorate_domain::WorkerId, f64)| WorkerValue {
            worker: lived.survey.names.worker(*worker),
            value: *value,
            weight: forecast
                .weights
                .iter()
                .find(|(id, _)| id == worker)
                .map(|(_, w)| *w),
        };
        row.workers = forecast.workers.iter().map(value).collect();
    }
    row
}
