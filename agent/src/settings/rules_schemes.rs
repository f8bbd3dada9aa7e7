//! What must hold between a scheme, its parameters, and what a topic says.

use quorate_collective::Quantity;

use super::collect::Group;
use super::report::Report;
use super::rules::{contradiction, place_or_anchor};
use super::rules_topics::quantity;
use super::to_engine::usual_scheme;
use super::value::SettingValue;
use super::words::{LossName, SchemeName, TopicKind};

/// Parameters of schemes, each with the schemes that read it.
const PARAMETERS: [(&str, &[SchemeName]); 9] = [
    ("trim", &[SchemeName::Trimmed]),
    (
        "extremise",
        &[
            SchemeName::LogitMean,
            SchemeName::FamilyLogitMean,
            SchemeName::MarketBlend,
        ],
    ),
    ("p_norm", ALLORA),
    ("c_norm", ALLORA),
    ("epsilon", ALLORA),
    ("alpha", ALLORA),
    ("discount", BOA_PLUS),
    ("with_allora", BOA_PLUS),
    ("cold_start_events", &[SchemeName::MarketBlend]),
];

const ALLORA: &[SchemeName] = &[SchemeName::AlloraV016, SchemeName::AlloraV06];
const BOA_PLUS: &[SchemeName] = &[SchemeName::BoaPlus, SchemeName::MarketBlend];

/// A parameter needs a scheme that reads it, named in the same section.
pub(super) fn scheme_parameters(group: &Group, report: &mut Report<'_>) {
    let scheme = group.get::<SchemeName>("scheme");
    let at_scheme = place_or_anchor(group, "scheme");
    for (key, schemes) in PARAMETERS {
        let Some(place) = group.place(key) else {
            continue;
        };
        let is_fit = scheme.is_some_and(|scheme| schemes.contains(&scheme));
        if is_fit || group.refused.contains("scheme") || is_broken::<SchemeName>(group, "scheme") {
            continue;
        }
        let words: Vec<String> = schemes
            .iter()
            .map(|scheme| format!("\"{}\"", scheme.word()))
            .collect();
        let message = match scheme {
            Some(scheme) => format!(
                "{} is no parameter of the scheme {}",
                group.path_of(key),
                scheme.word()
            ),
            None => format!("{} needs a scheme beside it", group.path_of(key)),
        };
        let other = Some((&at_scheme, "the scheme is chosen here"));
        let hint = format!("write scheme = {} or take this key out", words.join(" or "));
        contradiction(report, place, message, other, hint);
    }
}

/// Whether a key is given and does not read, which was reported already.
fn is_broken<T: SettingValue>(group: &Group, key: &str) -> bool {
    group.place(key).is_some() && group.get::<T>(key).is_none()
}

/// The scheme combines what the topic says.
pub(super) fn fitting_scheme(topic: &Group, collective: &Group, report: &mut Report<'_>) {
    let Some(kind) = topic.get::<TopicKind>("kind") else {
        return;
    };
    if is_broken::<SchemeName>(topic, "scheme") {
        return;
    }
    let own = topic.get::<SchemeName>("scheme");
    let Some(scheme) = own.or_else(|| collective.get("scheme")) else {
        return;
    };
    if usual_scheme(scheme, quantity(kind))
        .build(quantity(kind))
        .is_ok()
    {
        return;
    }
    let at_kind = place_or_anchor(topic, "kind");
    let message = format!(
        "the scheme {} does not combine values of kind {}",
        scheme.word(),
        kind.word()
    );
    let hint = match quantity(kind) {
        Quantity::Probability => "write scheme = \"logit_mean\", or another one for probabilities",
        Quantity::Price => "write scheme = \"median\", \"ml_poly\" or \"price_experts\"",
    };
    match topic.place("scheme") {
        Some(place) => {
            let other = Some((&at_kind, "the kind is chosen here"));
            contradiction(report, place, message, other, hint);
        }
        None => {
            let at_scheme = place_or_anchor(collective, "scheme");
            let other = Some((&at_scheme, "the scheme of the collective is chosen here"));
            contradiction(report, &at_kind, message, other, hint);
        }
    }
}

/// A loss is a parameter of Allora's schemes, and not every loss can be taken of a price.
pub(super) fn fitting_loss(topic: &Group, collective: &Group, report: &mut Report<'_>) {
    let Some(place) = topic.place("loss") else {
        return;
    };
    let Some((loss, kind)) = topic.get::<LossName>("loss").zip(topic.get("kind")) else {
        return;
    };
    let at_kind = place_or_anchor(topic, "kind");
    if quantity(kind) == Quantity::Price && loss != LossName::Log10Sq {
        let message = format!("the loss {} is for probabilities", loss.word());
        let other = Some((&at_kind, "the kind is chosen here"));
        contradiction(report, place, message, other, "write loss = \"log10_sq\"");
        return;
    }
    let own = topic.get::<SchemeName>("scheme");
    let scheme = own.or_else(|| collective.get("scheme"));
    if scheme.is_some_and(|scheme| !ALLORA.contains(&scheme)) {
        let at_scheme = place_or_anchor(topic, "scheme");
        contradiction(
            report,
            place,
            "a loss is a parameter of Allora's schemes".to_owned(),
            Some((&at_scheme, "the scheme is chosen here")),
            "write scheme = \"allora_v0.16\" or take this key out",
        );
    }
}
