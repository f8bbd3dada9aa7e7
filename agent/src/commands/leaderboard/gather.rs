//! A journal as the histories of its topics: values join, freeze and age exactly as in the decision core.

use std::collections::{BTreeMap, BTreeSet};

use quorate_backtest::replay::Session;
use quorate_collective::Quantity;
use quorate_domain::{
    EpochId, Inference, Input, LabelId, LinkSense, Listing, Probability, Resolution, Timestamp,
    TopicId,
};
use quorate_engine::{Engine, EngineConfig, TopicConfig};

use super::past::{Row, TopicPast};
use super::rounds::Rounds;
use crate::journal::Record;
use crate::runtime::batch::Batch;
use crate::runtime::names::Names;
use crate::runtime::recovery::{Retraced, Spectator};
use crate::runtime::setup::Setup;

type Key = (TopicId, EpochId, LabelId);

#[derive(Clone, Copy, Debug)]
struct Stamped {
    value: f64,
    published_at: Timestamp,
}

/// A question on probabilities that has no answer yet.
#[derive(Clone, Debug, Default)]
struct Question {
    frozen: Vec<Option<Stamped>>,
    late: Vec<(usize, f64)>,
}

/// Collects what a leaderboard needs of every topic.
#[derive(Debug, Default)]
pub(super) struct Gather {
    pub(super) names: Names,
    config: EngineConfig,
    topics: BTreeMap<TopicId, TopicPast>,
    questions: BTreeMap<Key, Question>,
    answered: BTreeSet<Key>,
    rounds: BTreeMap<TopicId, Rounds>,
}

impl Spectator for Gather {
    fn record(&mut self, record: &Record) {
        // What cannot be read here was refused by whoever goes through the journal.
        if let Record::Start(start) = record
            && let Ok(setup) = serde_json::from_str::<Setup>(&start.config_text)
        {
            self.config = setup.engine;
        }
    }

    fn batch<V: Retraced>(&mut self, session: &Session<V>, batch: &Batch) {
        for handled in &batch.handled {
            let (at, input) = (handled.entry.at, &handled.entry.input);
            self.names.see(input);
            match input {
                Input::Listed(Listing::Topic(topic)) => {
                    let known = self.rounds.get(&topic.id);
                    if known.is_none_or(|rounds| rounds.objective() != topic.objective)
                        && session.engine().prices().has(topic.id)
                    {
                        let settings = self.config.of_topic(Some(topic.id)).price.clone();
                        let rounds = Rounds::new(topic.objective, settings, at);
                        let past = TopicPast::new(Quantity::Price, rounds.scheme());
                        self.topics.insert(topic.id, past);
                        self.rounds.insert(topic.id, rounds);
                    }
                }
                Input::Inference(said) => self.heard(session.engine(), said, at),
                Input::Reference(price) => {
                    if let Some(rounds) = self.rounds.get_mut(&price.topic) {
                        rounds.see(price, at);
                    }
                }
                Input::Resolved(resolution) => self.resolved(session.engine(), *resolution, at),
                _ => {}
            }
            self.time_passed(at);
        }
    }
}

impl Gather {
    /// The histories of all topics that somebody spoke about.
    pub(super) fn into_topics(mut self) -> (Names, BTreeMap<TopicId, TopicPast>) {
        for (topic, _, _) in self.questions.keys() {
            if let Some(past) = self.topics.get_mut(topic) {
                past.open += 1;
            }
        }
        for (topic, rounds) in &self.rounds {
            if let Some(past) = self.topics.get_mut(topic) {
                past.open += rounds.spoken();
            }
        }
        (self.names, self.topics)
    }

    fn time_passed(&mut self, now: Timestamp) {
        for (topic, past) in &mut self.topics {
            past.learn_due(now);
            if let Some(rounds) = self.rounds.get_mut(topic) {
                rounds.settle_due(now, past);
            }
        }
    }

    fn settings(&self, topic: TopicId) -> &TopicConfig {
        self.config.of_topic(Some(topic))
    }

    fn heard(&mut self, engine: &Engine, said: &Inference, at: Timestamp) {
        if let (Some(rounds), Some(past)) = (
            self.rounds.get_mut(&said.topic),
            self.topics.get_mut(&said.topic),
        ) {
            rounds.hear(said, at, past);
            return;
        }
        let key = (said.topic, said.epoch, said.label);
        let linked = engine
            .markets()
            .linked((said.topic.0, said.epoch.0, said.label.0));
        if self.answered.contains(&key) || linked.is_empty() {
            return;
        }
        let closes = linked
            .iter()
            .filter_map(|id| engine.markets().get(*id)?.market.closes_at);
        let lead = self.settings(said.topic).score_lead;
        let freeze = closes.min().map(|closes| closes.minus(lead));
        let scheme = self.settings(said.topic).scheme.clone();
        let past = self
            .topics
            .entry(said.topic)
            .or_insert_with(|| TopicPast::new(Quantity::Probability, scheme));
        if !Quantity::Probability.contains(said.value) {
            past.impossible
                .entry(said.worker)
                .or_default()
                .push(said.value);
            return;
        }
        let column = past.column(said.worker, at);
        let question = self.questions.entry(key).or_default();
        match freeze {
            Some(freeze) if at <= freeze => question.put(column, said, at),
            Some(_) => question.late.push((column, said.value)),
            None => {}
        }
    }

    fn resolved(&mut self, engine: &Engine, resolution: Resolution, at: Timestamp) {
        let Some(state) = engine.markets().get(resolution.market) else {
            return;
        };
        let Some(link) = state.market.link else {
            return;
        };
        let key = (link.topic, link.epoch, link.label);
        if !self.answered.insert(key) {
            return;
        }
        let settings = self.settings(link.topic);
        let (age_max, window) = (settings.age_max(), settings.batch_window);
        let freeze = state
            .market
            .closes_at
            .map(|closes| closes.minus(settings.score_lead));
        let (Some(question), Some(past)) = (
            self.questions.remove(&key),
            self.topics.get_mut(&link.topic),
        ) else {
            return;
        };
        let Some(freeze) = freeze else {
            past.void += 1;
            return;
        };
        let sense = |p: f64| match link.sense {
            LinkSense::Direct | LinkSense::Price(_) => p,
            LinkSense::Complement => 1.0 - p,
        };
        let fresh = |stamped: &Stamped| freeze.since(stamped.published_at) <= age_max;
        let value = |stamped: &Option<Stamped>| stamped.filter(fresh).map(|s| s.value);
        past.waiting.push(Row {
            event: state.market.name.clone(),
            freeze: freeze.min(at),
            resolved: at,
            values: question.frozen.iter().map(value).collect(),
            late: question.late,
            market: state.frozen_mid.map(Probability::get).map(sense),
            outcome: sense(resolution.payout.to_f64()),
        });
        let due = past.due.unwrap_or_else(|| at.plus(window));
        past.due = Some(due);
    }
}

impl Question {
    /// What a worker said earlier is replaced, unless it is stamped later.
    fn put(&mut self, column: usize, said: &Inference, at: Timestamp) {
        if self.frozen.len() <= column {
            self.frozen.resize(column + 1, None);
        }
        let stamped = Stamped {
            value: said.value,
            published_at: said.published_at.min(at),
        };
        let old = &mut self.frozen[column];
        if old.is_none_or(|old| old.published_at <= stamped.published_at) {
            *old = Some(stamped);
        }
    }
}
