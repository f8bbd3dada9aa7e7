//! Topics as the settings have them, laid over those of a world: what is predicted, when its rounds are, and which
//! markets ask about it.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_backtest::input::{Diagnostic, Diagnostics, ExitClass, closest};
use quorate_backtest::tape::{Tape, TapeEpoch};
use quorate_domain::{
    EpochId, LabelId, LinkSense, LossName, Objective, Predicted, PriceCondition, Schedule,
    SchemeName, Ties, Timestamp, Topic, TopicId, TopicLink, TruthSource,
};

use crate::settings::keys::Topic as TopicSettings;
use crate::settings::{Condition, MarketRef, SchemeName as SchemeWord, Settings, TopicKind};

/// Lays the settings' topics over a world's. `file` names the settings in messages.
///
/// # Errors
/// A market that the world does not have, a condition that no market can ask, or an objective whose parts do not fit.
pub fn apply(settings: &Settings, tape: &mut Tape, file: &str) -> Result<(), Diagnostics> {
    let mut errors = Diagnostics::new();
    for topic in &settings.topics {
        let name = topic.name.as_str();
        let id = topic_id(tape, name);
        if let Some(objective) = objective(topic) {
            match objective.check() {
                Ok(()) => {
                    if let Some(listed) = tape.topics.iter_mut().find(|listed| listed.id == id) {
                        listed.objective = objective;
                    }
                }
                Err(error) => errors.push(
                    Diagnostic::new(
                        ExitClass::Config,
                        "objective",
                        format!("topic {name}: {error}"),
                    )
                    .in_file(file),
                ),
            }
        }
        link_markets(topic, id, tape, file, &mut errors);
    }
    errors.into_result(())
}

/// The topic's number; one that the world does not know gets the next.
fn topic_id(tape: &mut Tape, name: &str) -> TopicId {
    if let Some(known) = tape.topics.iter().find(|topic| topic.name == name) {
        return known.id;
    }
    let next = tape
        .topics
        .iter()
        .map(|topic| topic.id.0 + 1)
        .max()
        .unwrap_or(0);
    tape.topics.push(Topic {
        id: TopicId(next),
        name: name.to_owned(),
        objective: Objective::default(),
    });
    TopicId(next)
}

/// The objective that the settings name; `None` leaves the world's own.
fn objective(topic: &TopicSettings) -> Option<Objective> {
    let predicts = match topic.kind {
        TopicKind::Probability | TopicKind::Labels => return None,
        TopicKind::Price => Predicted::Price,
        TopicKind::LogReturn => Predicted::LogReturn,
        TopicKind::Volatility => Predicted::Volatility,
    };
    // Without rounds of its own it keeps those of the world.
    let epoch_length = topic.epoch?;
    let horizon = topic.horizon.unwrap_or(epoch_length);
    Some(Objective {
        predicts,
        schedule: Schedule {
            origin: Timestamp::default(),
            epoch_length,
            horizon,
            submission_window: topic.submission_window.unwrap_or(horizon),
            truth_lag: topic.truth_lag.unwrap_or(Duration::ZERO),
        },
        truth: TruthSource::Reference,
        loss: LossName::Mse,
        scheme: match topic.scheme {
            Some(SchemeWord::PriceExperts) => SchemeName::PriceExperts,
            Some(SchemeWord::MlPoly) => SchemeName::MlPoly,
            Some(SchemeWord::Mean) => SchemeName::Mean,
            Some(SchemeWord::Median) => SchemeName::Median,
            _ => SchemeName::Configured,
        },
    })
}

fn link_markets(
    topic: &TopicSettings,
    id: TopicId,
    tape: &mut Tape,
    file: &str,
    errors: &mut Diagnostics,
) {
    let Some(markets) = &topic.markets else {
        return;
    };
    let sense = match sense(topic) {
        Ok(sense) => sense,
        Err(message) => {
            errors.push(Diagnostic::new(ExitClass::Config, "condition", message).in_file(file));
            return;
        }
    };
    let places: BTreeMap<String, usize> = tape
        .markets
        .iter()
        .enumerate()
        .map(|(place, listed)| (listed.market.name.clone(), place))
        .collect();
    for (number, market) in (0_u16..).zip(markets) {
        let MarketRef::Slug(name) = market else {
            let message = format!(
                "topic {}: the markets of a recorded or generated world go by name, not by condition id",
                topic.name.as_str()
            );
            errors.push(Diagnostic::new(ExitClass::Config, "condition-id", message).in_file(file));
            continue;
        };
        let Some(place) = places.get(name) else {
            let message = format!(
                "topic {}: the world has no market {name:?}",
                topic.name.as_str()
            );
            let error = Diagnostic::new(ExitClass::Config, "unknown-market", message).in_file(file);
            errors.push(match closest(name, places.keys().map(String::as_str)) {
                Some(near) => error.with_hint(format!("did you mean `{near}`?")),
                None => error.with_hint("`quorate topics show` lists the markets of the world"),
            });
            continue;
        };
        let market = &mut tape.markets[*place].market;
        if market
            .link
            .is_some_and(|link| link.topic == id && link.sense == sense)
        {
            continue;
        }
        // Labels of one round exclude each other; markets of any other topic are questions of their own.
        let (epoch, label) = match topic.kind {
            TopicKind::Labels => (EpochId(0), LabelId(number)),
            _ => (EpochId(u64::from(number)), LabelId(0)),
        };
        market.link = Some(TopicLink {
            topic: id,
            epoch,
            label,
            sense,
        });
        if !tape
            .epochs
            .iter()
            .any(|known| known.topic == id && known.id == epoch)
        {
            tape.epochs.push(TapeEpoch {
                topic: id,
                id: epoch,
                name: format!("round-{epoch}"),
                labels: topic.labels.clone().unwrap_or_else(|| vec![name.clone()]),
            });
        }
    }
}

/// How a market's question follows from the topic's value.
fn sense(topic: &TopicSettings) -> Result<LinkSense, String> {
    let name = topic.name.as_str();
    let condition = match (topic.kind, topic.condition) {
        (TopicKind::Probability | TopicKind::Labels, _) => return Ok(LinkSense::Direct),
        (_, None) => return Err(format!("topic {name}: its markets need a condition")),
        (_, Some(condition)) => condition,
    };
    Ok(LinkSense::Price(match condition {
        Condition::Up => PriceCondition::UpDown {
            ties: Ties::Yes,
            average_secs: 0,
        },
        Condition::Above(strike_micros) => PriceCondition::Above {
            strike_micros,
            ties: Ties::No,
            average_secs: 0,
        },
        Condition::Below(high_micros) => PriceCondition::Range {
            low_micros: 1,
            high_micros,
            average_secs: 0,
        },
        Condition::Down => {
            return Err(format!(
                "topic {name}: a market that pays when the price falls is the NO of one that pays when it rises: name that one with condition = \"up\""
            ));
        }
    }))
}
