//! What must hold within and between topics.

use std::time::Duration;

use quorate_collective::Quantity;

use super::collect::{Collected, Group};
use super::items;
use super::list_value::MarketRef;
use super::report::{Place, Report};
use super::rules::{contradiction, place_or_anchor};
use super::rules_schemes::{fitting_loss, fitting_scheme, scheme_parameters};
use super::text_value::Condition;
use super::value::SettingValue;
use super::words::{DataSource, TopicKind};

/// What a kind of topic says, for the schemes.
pub(crate) const fn quantity(kind: TopicKind) -> Quantity {
    match kind {
        TopicKind::Probability | TopicKind::Labels => Quantity::Probability,
        TopicKind::Price | TopicKind::LogReturn | TopicKind::Volatility => Quantity::Price,
    }
}

/// Checks all topics.
pub(super) fn check(collected: &Collected, report: &mut Report<'_>) {
    let Some(collective) = collected.sections.get("collective") else {
        return;
    };
    scheme_parameters(collective, report);
    let topics = items(collected, "topics");
    let data = collected.sections.get("data");
    let source = data.and_then(|data| data.get::<DataSource>("source"));
    for topic in topics {
        scheme_parameters(topic, report);
        fitting_scheme(topic, collective, report);
        fitting_loss(topic, collective, report);
        labels(topic, source, report);
        condition(topic, report);
        if let Some(risk) = collected.sections.get("risk") {
            book_age(topic, risk, report);
        }
        window(topic, report);
    }
    one_topic_per_market(topics, report);
}

/// Labels belong to topics of labels: at least two of them, and one market for each. The venue's events hold several.
fn labels(topic: &Group, source: Option<DataSource>, report: &mut Report<'_>) {
    let Some(kind) = topic.get::<TopicKind>("kind") else {
        return;
    };
    let at_kind = place_or_anchor(topic, "kind");
    let path = topic.path_of("labels");
    if kind != TopicKind::Labels {
        if let Some(place) = topic.place("labels") {
            let other = Some((&at_kind, "the kind is chosen here"));
            let hint = "write kind = \"labels\", or take this key out";
            contradiction(
                report,
                place,
                format!("{path} is for kind = \"labels\""),
                other,
                hint,
            );
        }
        return;
    }
    let Some(place) = topic.place("labels") else {
        if !topic.refused.contains("labels") {
            let message = format!("kind = \"labels\" needs {path}");
            contradiction(
                report,
                &at_kind,
                message,
                None,
                "add labels = [\"one\", \"two\"]",
            );
        }
        return;
    };
    let Some(labels) = topic.get::<Vec<String>>("labels") else {
        return;
    };
    if labels.len() < 2 {
        let other = Some((&at_kind, "the kind is chosen here"));
        let hint = "name at least two outcomes, or write kind = \"probability\"";
        contradiction(
            report,
            place,
            format!("{path} has fewer than two outcomes"),
            other,
            hint,
        );
    }
    let markets = topic.get::<Vec<MarketRef>>("markets");
    // On the venue one name alone may be an event, whose outcomes go by the labels.
    let is_live = source == Some(DataSource::Live);
    let fits = |named: usize| named == labels.len() || (is_live && named == 1);
    if let Some(markets) = markets.filter(|markets| !fits(markets.len())) {
        let message = format!(
            "{} names {} markets for {} labels",
            topic.path_of("markets"),
            markets.len(),
            labels.len()
        );
        let other = Some((place, "the labels are here"));
        let at = place_or_anchor(topic, "markets");
        contradiction(
            report,
            &at,
            message,
            other,
            "name one market for each label; on live data, one event that has them all will do",
        );
    }
}

/// Prices need a condition to say anything about a market; probabilities have none.
fn condition(topic: &Group, report: &mut Report<'_>) {
    let Some(kind) = topic.get::<TopicKind>("kind") else {
        return;
    };
    let at_kind = place_or_anchor(topic, "kind");
    let path = topic.path_of("condition");
    let given = topic.place("condition");
    let has_markets = topic.values.contains_key("markets");
    match (quantity(kind), given) {
        (Quantity::Probability, Some(place)) => contradiction(
            report,
            place,
            format!("{path} is for topics of prices and returns"),
            Some((&at_kind, "the kind is chosen here")),
            "take this key out: the inference is the probability itself",
        ),
        (Quantity::Price, None) if has_markets && !topic.refused.contains("condition") => {
            let at = place_or_anchor(topic, "markets");
            contradiction(
                report,
                &at,
                format!("markets of kind {} need {path}", kind.word()),
                Some((&at_kind, "the kind is chosen here")),
                "add condition = \"up\" or \"above 100000\"",
            );
        }
        (Quantity::Price, Some(place)) if kind != TopicKind::Price => {
            let is_level = topic
                .get::<Condition>("condition")
                .is_some_and(|condition| {
                    matches!(condition, Condition::Above(_) | Condition::Below(_))
                });
            if is_level && kind == TopicKind::LogReturn {
                contradiction(
                    report,
                    place,
                    "a return knows no price level".to_owned(),
                    Some((&at_kind, "the kind is chosen here")),
                    "write condition = \"up\" or \"down\", or kind = \"price\"",
                );
            }
        }
        _ => {}
    }
}

/// A topic cannot believe its books for longer than the limit allows.
fn book_age(topic: &Group, risk: &Group, report: &mut Report<'_>) {
    let Some(place) = topic.place("book_age_max") else {
        return;
    };
    let pair = (
        topic.get::<Duration>("book_age_max"),
        risk.get::<Duration>("max_book_age"),
    );
    let (Some(own), Some(limit)) = pair else {
        return;
    };
    if own > limit {
        let other = risk.place("max_book_age");
        contradiction(
            report,
            place,
            format!(
                "{} = {} is above risk.max_book_age = {}",
                topic.path_of("book_age_max"),
                own.show(),
                limit.show()
            ),
            other.map(|place| (place, "the limit is here")),
            format!("write at most {}, or raise the limit", limit.show()),
        );
    }
}

/// Values of a round are taken within the round.
fn window(topic: &Group, report: &mut Report<'_>) {
    let pair = (
        topic.get::<Duration>("submission_window"),
        topic.get::<Duration>("epoch"),
    );
    if let (Some(window), Some(epoch)) = pair
        && window > epoch
    {
        let other = topic
            .place("epoch")
            .map(|place| (place, "the epoch is here"));
        contradiction(
            report,
            &place_or_anchor(topic, "submission_window"),
            "the submission window is longer than the epoch".to_owned(),
            other,
            format!("write at most {}", epoch.show()),
        );
    }
}

/// A market hangs on one topic.
fn one_topic_per_market(topics: &[Group], report: &mut Report<'_>) {
    let mut seen: Vec<(MarketRef, &Place)> = Vec::new();
    for topic in topics {
        let Some(place) = topic.place("markets") else {
            continue;
        };
        for market in topic.get::<Vec<MarketRef>>("markets").unwrap_or_default() {
            let earlier = seen.iter().find(|(known, _)| *known == market);
            if let Some((_, first)) = earlier {
                let message = format!(
                    "the market {} hangs on another topic already",
                    market.show()
                );
                let other = Some((*first, "the other topic names it here"));
                let hint = "let one topic speak of a market; several workers may speak of a topic";
                contradiction(report, place, message, other, hint);
            } else {
                seen.push((market, place));
            }
        }
    }
}
