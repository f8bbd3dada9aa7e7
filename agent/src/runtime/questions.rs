//! The questions that are open now: what workers are asked, and what they may push values for.

use std::collections::BTreeMap;

use quorate_domain::{
    EpochId, LabelId, LinkSense, Market, Predicted, Probability, Timestamp, TopicId,
};
use quorate_engine::{Engine, EngineConfig};
use quorate_workers::{Quantity, Question, QuestionKey};

use super::names::Names;

/// Names of the rounds' labels, where they are known.
pub type Labels = BTreeMap<(TopicId, EpochId), Vec<String>>;

/// Every question that takes values at `now`, in order of its key.
#[must_use]
pub fn open_questions(
    engine: &Engine,
    config: &EngineConfig,
    names: &Names,
    labels: &Labels,
    now: Timestamp,
) -> Vec<Question> {
    let mut questions: BTreeMap<QuestionKey, Question> = BTreeMap::new();
    for market in names.markets() {
        if let Some(question) = of_market(engine, config, names, labels, market)
            && question.opens_at <= now
            && now < question.closes_at
        {
            questions
                .entry(question.key())
                .and_modify(|other| {
                    other.closes_at = other.closes_at.min(question.closes_at);
                    other.market_price = other.market_price.or(question.market_price);
                })
                .or_insert(question);
        }
    }
    for question in names
        .topics_listed()
        .filter_map(|topic| of_schedule(topic, now))
    {
        questions.insert(question.key(), question);
    }
    questions.into_values().collect()
}

/// What a market asks of its topic, in the topic's own sense.
fn of_market(
    engine: &Engine,
    config: &EngineConfig,
    names: &Names,
    labels: &Labels,
    market: &Market,
) -> Option<Question> {
    let link = market.link?;
    // A market on a price asks nothing by itself: its topic does.
    if matches!(link.sense, LinkSense::Price(_)) {
        return None;
    }
    let state = engine.markets().get(market.id)?;
    if state.payout.is_some() || state.closed {
        return None;
    }
    let lead = config.of_topic(Some(link.topic)).score_lead;
    let mid = state.book.midpoint().map(Probability::get);
    let named = labels.get(&(link.topic, link.epoch));
    let label_name = named.and_then(|names| names.get(usize::from(link.label.0)));
    Some(Question {
        topic: link.topic,
        topic_name: names.topic(link.topic),
        epoch: link.epoch,
        label: link.label,
        label_name: label_name.cloned().unwrap_or_default(),
        quantity: Quantity::Probability,
        opens_at: market.opens_at.unwrap_or_default(),
        closes_at: market.closes_at?.minus(lead),
        text: market.question.clone(),
        market_price: mid.map(|mid| match link.sense {
            LinkSense::Complement => 1.0 - mid,
            LinkSense::Direct | LinkSense::Price(_) => mid,
        }),
    })
}

/// The round of a topic on prices that takes values now.
fn of_schedule(topic: &quorate_domain::Topic, now: Timestamp) -> Option<Question> {
    let objective = &topic.objective;
    let quantity = match objective.predicts {
        Predicted::Price => Quantity::Price,
        Predicted::LogReturn => Quantity::LogReturn,
        Predicted::Volatility => Quantity::Volatility,
        Predicted::Probability | Predicted::Labels => return None,
    };
    let epoch = objective.schedule.epoch_at(now)?;
    let closes_at = objective.schedule.closes_at(epoch);
    (now < closes_at).then(|| Question {
        topic: topic.id,
        topic_name: topic.name.clone(),
        epoch,
        label: LabelId(0),
        label_name: String::new(),
        quantity,
        opens_at: objective.schedule.opens_at(epoch),
        closes_at,
        text: format!(
            "{} at {}",
            topic.name,
            quorate_backtest::input::format_rfc3339(objective.schedule.target_at(epoch).nanos())
        ),
        market_price: None,
    })
}
