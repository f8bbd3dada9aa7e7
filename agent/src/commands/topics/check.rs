//! `quorate topics check`: settings against the world they are to trade, each mistake at its place.

use quorate_backtest::input::{Diagnostic, Diagnostics, ExitClass, closest};
use quorate_domain::{LinkSense, Predicted, PriceCondition, TopicLink};

use super::known::{Known, Told, no_settings};
use super::world::World;
use crate::commands::collective_args::PlaceArgs;
use crate::commands::folder_words;
use crate::commands::operate::answer;
use crate::console::Console;
use crate::failure::Failure;
use crate::settings::keys::Topic;
use crate::settings::{Condition, MarketRef, Origin, SettingValue, TopicKind};

pub(super) fn run(place: &PlaceArgs, console: &Console) -> Result<(), Failure> {
    let known = Known::of(place)?;
    let Some(told) = &known.told else {
        return Err(no_settings(&known.folder));
    };
    let world = World::of(&known)?;
    let (mut errors, mut warnings) = (Diagnostics::new(), Vec::new());
    if let Some(world) = &world {
        for topic in &told.settings.topics {
            check_topic(told, topic, world, &mut errors);
        }
        warnings.extend(unnamed(told, world));
    } else {
        warnings.push(
            "markets and topics are the venue's, which nobody has asked yet: only the settings themselves were checked"
                .to_owned(),
        );
    }
    warnings.extend(silent(told, world.as_ref()));
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let from = world.as_ref().map(|world| world.from.clone());
    let topics: Vec<&str> = told
        .settings
        .topics
        .iter()
        .map(|topic| topic.name.as_str())
        .collect();
    let json = serde_json::json!({ "ok": topics, "checked_against": from, "warnings": warnings });
    answer(console, &json, || {
        let from = from.as_deref().unwrap_or("nothing but the settings");
        let mut lines = vec![format!("{} topics checked against {from}", topics.len())];
        lines.extend(topics.iter().map(|name| format!("ok {name}")));
        lines.join("\n")
    })?;
    for warning in warnings {
        console.note(&format!("warning: {warning}"));
    }
    let folder = folder_words(&place.instance);
    console.next(&format!("quorate workers list{folder}"));
    Ok(())
}

fn check_topic(told: &Told, topic: &Topic, world: &World, errors: &mut Diagnostics) {
    let name = topic.name.as_str();
    let markets = topic.markets.as_deref().unwrap_or_default();
    match world.topics.get(name) {
        Some((_, predicts)) if !fits(topic.kind, *predicts) => {
            let message = format!(
                "topics.{name}.kind = \"{}\", and in {} it predicts {}",
                topic.kind.word(),
                world.from,
                super::kind_word(*predicts)
            );
            let hint = format!("write kind = \"{}\"", super::kind_word(*predicts));
            errors.push(at(told, name, "kind", "wrong-kind", message).with_hint(hint));
        }
        Some(_) => {}
        // A topic that names its markets brings itself along.
        None if !markets.is_empty() => {}
        None => {
            let message = format!("{} has no topic \"{name}\"", world.from);
            let hint = near(name, world.topics.keys().map(String::as_str));
            errors.push(at(told, name, "name", "unknown-topic", message).with_hint(hint));
        }
    }
    for market in markets {
        let shown = market_name(market);
        match world.markets.get(&shown) {
            None => {
                let message = format!("{} has no market \"{shown}\"", world.from);
                let hint = near(&shown, world.markets.keys().map(String::as_str));
                errors.push(at(told, name, "markets", "unknown-market", message).with_hint(hint));
            }
            Some(Some(link)) => check_link(told, topic, &shown, *link, world, errors),
            Some(None) => {}
        }
    }
}

/// A market that hangs on a topic in the world hangs on that one, and asks what the settings say.
fn check_link(
    told: &Told,
    topic: &Topic,
    market: &str,
    link: TopicLink,
    world: &World,
    errors: &mut Diagnostics,
) {
    let (name, there) = (topic.name.as_str(), world.topic_name(link.topic));
    if there != name {
        let message = format!(
            "the market \"{market}\" hangs on the topic \"{there}\" in {}",
            world.from
        );
        let hint = format!("name it under \"{there}\", or take it out");
        errors.push(at(told, name, "markets", "other-topic", message).with_hint(hint));
    }
    let (LinkSense::Price(asked), Some(own)) = (link.sense, topic.condition) else {
        return;
    };
    if !same_condition(own, asked) {
        let message = format!(
            "topics.{name}.condition = {}, and the market \"{market}\" asks {} in {}",
            own.show(),
            condition_words(asked),
            world.from
        );
        let hint = "write the condition that the market has";
        errors.push(at(told, name, "condition", "wrong-condition", message).with_hint(hint));
    }
}

const fn fits(kind: TopicKind, predicts: Predicted) -> bool {
    matches!(
        (kind, predicts),
        (
            TopicKind::Probability | TopicKind::Labels,
            Predicted::Probability | Predicted::Labels
        ) | (TopicKind::Price, Predicted::Price)
            | (TopicKind::LogReturn, Predicted::LogReturn)
            | (TopicKind::Volatility, Predicted::Volatility)
    )
}

fn same_condition(own: Condition, asked: PriceCondition) -> bool {
    match (own, asked) {
        (Condition::Up, PriceCondition::UpDown { .. }) => true,
        (Condition::Above(level), PriceCondition::Above { strike_micros, .. }) => {
            level == strike_micros
        }
        _ => false,
    }
}

fn condition_words(condition: PriceCondition) -> String {
    let level = quorate_backtest::input::format_micros;
    match condition {
        PriceCondition::Above { strike_micros, .. } => {
            format!("\"above {}\"", level(strike_micros))
        }
        PriceCondition::UpDown { .. } => "\"up\"".to_owned(),
        PriceCondition::Range {
            low_micros,
            high_micros,
            ..
        } => format!(
            "whether it ends between {} and {}",
            level(low_micros),
            level(high_micros)
        ),
        PriceCondition::Touch { barrier_micros } => {
            format!("whether it reaches {}", level(barrier_micros))
        }
    }
}

/// A market's name on tapes: the slug, or the condition as 0x and digits.
fn market_name(market: &MarketRef) -> String {
    match market {
        MarketRef::Slug(slug) => slug.clone(),
        other => other.show().trim_matches('"').to_owned(),
    }
}

fn near<'k>(name: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    match closest(name, known.clone()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => {
            let first: Vec<&str> = known.take(12).collect();
            format!("there are: {}", first.join(", "))
        }
    }
}

/// A mistake at the key that makes it, wherever that was said.
fn at(told: &Told, topic: &str, key: &str, code: &'static str, message: String) -> Diagnostic {
    let diagnostic = Diagnostic::new(ExitClass::Config, code, message);
    let entry = told.provenance.entry(&format!("topics.{topic}.{key}"));
    match entry.map(|entry| &entry.origin) {
        Some(Origin::File { path, line, column }) => diagnostic.at(path.clone(), *line, *column),
        Some(origin) => diagnostic.in_file(origin.to_string()),
        None => diagnostic,
    }
}

/// Topics of the world that the settings do not name.
fn unnamed(told: &Told, world: &World) -> Vec<String> {
    let is_named = |name: &str| {
        told.settings
            .topics
            .iter()
            .any(|topic| topic.name.as_str() == name)
    };
    let unnamed = world.topics.keys().filter(|name| !is_named(name));
    unnamed
        .map(|name| format!("the topic \"{name}\" has no [[topics]] and takes the usual settings"))
        .collect()
}

/// Topics that no worker of the settings speaks of. A recorded world brings its own workers along.
fn silent(told: &Told, world: Option<&World>) -> Vec<String> {
    let speaks = |topic: &&Topic| {
        told.settings
            .workers
            .iter()
            .any(|worker| worker.topics.contains(&topic.name))
    };
    let silent = told
        .settings
        .topics
        .iter()
        .filter(|topic| world.is_none() && !speaks(topic));
    silent
        .map(|topic| format!("no worker speaks of the topic \"{}\"", topic.name.as_str()))
        .collect()
}
