//! What must hold for workers and the topics they speak of.

use quorate_backtest::input::closest;

use super::amount_value::Ratio;
use super::collect::{Collected, Group};
use super::items;
use super::report::Report;
use super::rules::{contradiction, place_or_anchor};
use super::secret::TokenRef;
use super::text_value::{HttpUrl, Name};
use super::words::{SchemeName, TradeOn, WorkerKind};

/// Keys that only some kinds of worker have, each with those kinds.
const OWNERS: [(&str, &[WorkerKind]); 12] = [
    ("each", &[WorkerKind::Allora]),
    ("url", &[WorkerKind::Http, WorkerKind::Allora]),
    ("path", &[WorkerKind::Csv]),
    ("command", &[WorkerKind::Command]),
    ("args", &[WorkerKind::Command]),
    ("env", &[WorkerKind::Command]),
    ("parameters", &[WorkerKind::Http, WorkerKind::Command]),
    ("json_path", &[WorkerKind::Http, WorkerKind::Command]),
    ("topic_id", &[WorkerKind::Allora]),
    (
        "token",
        &[WorkerKind::Http, WorkerKind::Allora, WorkerKind::Push],
    ),
    (
        "timeout",
        &[WorkerKind::Http, WorkerKind::Command, WorkerKind::Allora],
    ),
    (
        "poll_every",
        &[
            WorkerKind::Http,
            WorkerKind::Csv,
            WorkerKind::Command,
            WorkerKind::Allora,
        ],
    ),
];

/// Checks all workers.
pub(super) fn check(collected: &Collected, report: &mut Report<'_>) {
    let topics = items(collected, "topics");
    for worker in items(collected, "workers") {
        let Some(kind) = worker.get::<WorkerKind>("kind") else {
            known_topics(worker, topics, report);
            continue;
        };
        own_keys(worker, kind, report);
        needed_key(worker, kind, report);
        safe_token(worker, kind, report);
        known_topics(worker, topics, report);
        if kind == WorkerKind::Market {
            market_in_blend(worker, topics, collected, report);
        }
    }
}

/// Keys of another kind of worker would silently do nothing.
fn own_keys(worker: &Group, kind: WorkerKind, report: &mut Report<'_>) {
    let at_kind = place_or_anchor(worker, "kind");
    for (key, kinds) in OWNERS {
        let Some(place) = worker.place(key).filter(|_| !kinds.contains(&kind)) else {
            continue;
        };
        let words: Vec<String> = kinds
            .iter()
            .map(|kind| format!("\"{}\"", kind.word()))
            .collect();
        contradiction(
            report,
            place,
            format!(
                "{} is no key of a worker of kind \"{}\"",
                worker.path_of(key),
                kind.word()
            ),
            Some((&at_kind, "the kind is chosen here")),
            format!("write kind = {}, or take this key out", words.join(" or ")),
        );
    }
}

/// The key without which a worker of its kind cannot be reached.
fn needed_key(worker: &Group, kind: WorkerKind, report: &mut Report<'_>) {
    let (key, example) = match kind {
        WorkerKind::Http => ("url", "\"http://127.0.0.1:9000/predict\""),
        WorkerKind::Csv => ("path", "\"models/forecasts.csv\""),
        WorkerKind::Command => ("command", "\"./model\""),
        WorkerKind::Allora => ("topic_id", "69"),
        WorkerKind::Push => ("token", "\"file:keys/push-token\""),
        WorkerKind::Market => return,
    };
    let is_given = worker.values.contains_key(key) || worker.refused.contains(key);
    if is_given || report.may_be_unread(key) {
        return;
    }
    let message = format!(
        "a worker of kind \"{}\" needs {}",
        kind.word(),
        worker.path_of(key)
    );
    let at_kind = place_or_anchor(worker, "kind");
    let hint = format!("add {key} = {example}");
    contradiction(
        report,
        &at_kind,
        message,
        Some((&worker.anchor, "the worker is here")),
        hint,
    );
}

/// A token leaves this machine encrypted only, and what is sent cannot be a digest.
fn safe_token(worker: &Group, kind: WorkerKind, report: &mut Report<'_>) {
    let Some((token, place)) = worker.get::<TokenRef>("token").zip(worker.place("token")) else {
        return;
    };
    let at_kind = place_or_anchor(worker, "kind");
    if matches!(token, TokenRef::Sha256(_)) && kind != WorkerKind::Push {
        contradiction(
            report,
            place,
            format!("{} is a digest and cannot be sent", worker.path_of("token")),
            Some((&at_kind, "the kind is chosen here")),
            "say where the token itself is, as token = \"file:keys/model-token\"",
        );
    }
    let url = worker.get::<HttpUrl>("url");
    if url.is_some_and(|url| url.is_exposed()) {
        let at = place_or_anchor(worker, "url");
        contradiction(
            report,
            &at,
            "the token would travel unencrypted".to_owned(),
            Some((place, "the token is here")),
            "write an https address",
        );
    }
}

fn topic_named<'t>(topics: &'t [Group], name: &Name) -> Option<&'t Group> {
    let is_named = |topic: &&Group| topic.get::<Name>("name").as_ref() == Some(name);
    topics.iter().find(is_named)
}

/// A worker speaks of topics that exist.
fn known_topics(worker: &Group, topics: &[Group], report: &mut Report<'_>) {
    let Some(place) = worker.place("topics") else {
        return;
    };
    let known: Vec<Name> = topics
        .iter()
        .filter_map(|topic| topic.get("name"))
        .collect();
    // A topic whose own name is wrong may be the one that is meant.
    if known.len() < topics.len() {
        return;
    }
    let own = worker.get::<Vec<Name>>("topics");
    if own.as_ref().is_some_and(Vec::is_empty) {
        let message = format!("{} is empty", worker.path_of("topics"));
        let hint = "name at least one topic, or take the worker out";
        contradiction(report, place, message, None, hint);
    }
    for name in own.unwrap_or_default() {
        if topic_named(topics, &name).is_some() {
            continue;
        }
        let words = known.iter().map(Name::as_str);
        let hint = match closest(name.as_str(), words.clone()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None if known.is_empty() => {
                format!("add [[topics]] with name = \"{}\"", name.as_str())
            }
            None => format!("topics are: {}", words.collect::<Vec<_>>().join(", ")),
        };
        let message = format!("no topic is named \"{}\"", name.as_str());
        contradiction(report, place, message, None, hint);
    }
}

/// The market as a worker of a topic that is blended with the market would count twice.
fn market_in_blend(
    worker: &Group,
    topics: &[Group],
    collected: &Collected,
    report: &mut Report<'_>,
) {
    let at_kind = place_or_anchor(worker, "kind");
    let usual = |section: &str| collected.sections.get(section);
    for name in worker.get::<Vec<Name>>("topics").unwrap_or_default() {
        let Some(topic) = topic_named(topics, &name) else {
            continue;
        };
        let scheme = topic
            .get::<SchemeName>("scheme")
            .or_else(|| usual("collective")?.get("scheme"));
        let weight = topic
            .get::<Ratio>("blend_weight")
            .or_else(|| usual("loop")?.get("blend_weight"));
        let trade_on = usual("loop").and_then(|group| group.get::<TradeOn>("trade_on"));
        let is_mixed =
            trade_on == Some(TradeOn::Blend) && weight.is_some_and(|weight| weight.get() < 1.0);
        if !is_mixed && scheme != Some(SchemeName::MarketBlend) {
            continue;
        }
        let keys = ["scheme", "blend_weight", "name"];
        let other = keys.iter().find_map(|key| topic.place(key));
        contradiction(
            report,
            &at_kind,
            format!(
                "the topic \"{}\" is blended with the market price already: it would count twice",
                name.as_str()
            ),
            other.map(|place| (place, "the topic is here")),
            "take the worker out, or write blend_weight = 1 for the topic",
        );
    }
}
