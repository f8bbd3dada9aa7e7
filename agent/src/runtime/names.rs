//! Names of what the numbers stand for, collected from the listings that pass by.

use std::collections::BTreeMap;

use quorate_domain::{
    GroupId, Input, Listing, Market, MarketId, Topic, TopicId, TopicLink, WorkerId,
};
use serde::{Deserialize, Serialize};

/// Names by number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Names {
    markets: BTreeMap<MarketId, Market>,
    groups: BTreeMap<GroupId, String>,
    topics: BTreeMap<TopicId, Topic>,
    workers: BTreeMap<WorkerId, String>,
}

impl Names {
    /// Takes up a listing; anything else is no news here.
    pub fn see(&mut self, input: &Input) {
        match input {
            Input::Listed(Listing::Market(market)) => {
                self.markets.insert(market.id, (**market).clone());
            }
            Input::Listed(Listing::Group(group)) => {
                self.groups.insert(group.id, group.name.clone());
            }
            Input::Listed(Listing::Topic(topic)) => {
                self.topics.insert(topic.id, topic.clone());
            }
            Input::Listed(Listing::Worker(worker)) => {
                self.workers.insert(worker.id, worker.name.clone());
            }
            _ => {}
        }
    }

    /// Name of a market, or its number.
    #[must_use]
    pub fn market(&self, id: MarketId) -> String {
        let listed = self.markets.get(&id);
        listed.map_or_else(|| format!("market {id}"), |market| market.name.clone())
    }

    /// A market as listed.
    #[must_use]
    pub fn listed(&self, id: MarketId) -> Option<&Market> {
        self.markets.get(&id)
    }

    /// All markets, by number.
    pub fn markets(&self) -> impl Iterator<Item = &Market> + '_ {
        self.markets.values()
    }

    /// Name of a group, or its number.
    #[must_use]
    pub fn group(&self, id: GroupId) -> String {
        named(&self.groups, id, "group")
    }

    /// Name of a topic, or its number.
    #[must_use]
    pub fn topic(&self, id: TopicId) -> String {
        let listed = self.topics.get(&id);
        listed.map_or_else(|| format!("topic {id}"), |topic| topic.name.clone())
    }

    /// Topics, by number.
    pub fn topics(&self) -> impl Iterator<Item = (TopicId, &str)> + '_ {
        self.topics
            .iter()
            .map(|(id, topic)| (*id, topic.name.as_str()))
    }

    /// Topics as listed, by number.
    pub fn topics_listed(&self) -> impl Iterator<Item = &Topic> + '_ {
        self.topics.values()
    }

    /// Name of a worker, or its number.
    #[must_use]
    pub fn worker(&self, id: WorkerId) -> String {
        named(&self.workers, id, "worker")
    }

    /// Workers, by number.
    pub fn workers(&self) -> impl Iterator<Item = (WorkerId, &str)> + '_ {
        self.workers.iter().map(|(id, name)| (*id, name.as_str()))
    }

    /// Markets that hang on one question of a topic.
    pub fn asking(&self, link: TopicLink) -> impl Iterator<Item = &Market> + '_ {
        let same = move |market: &&Market| {
            market.link.is_some_and(|other| {
                (other.topic, other.epoch, other.label) == (link.topic, link.epoch, link.label)
            })
        };
        self.markets.values().filter(same)
    }

    /// The market, group or topic with a name.
    #[must_use]
    pub fn scope(&self, kind: ScopeKind, name: &str) -> Option<quorate_domain::Scope> {
        use quorate_domain::Scope;
        match kind {
            ScopeKind::Market => {
                let mut markets = self.markets.values();
                markets
                    .find(|m| m.name == name)
                    .map(|m| Scope::Market(m.id))
            }
            ScopeKind::Group => numbered(&self.groups, name).map(Scope::Group),
            ScopeKind::Topic => {
                let mut topics = self.topics.values();
                topics.find(|t| t.name == name).map(|t| Scope::Topic(t.id))
            }
        }
    }

    /// All names of one kind.
    #[must_use]
    pub fn of_kind(&self, kind: ScopeKind) -> Vec<&str> {
        match kind {
            ScopeKind::Market => self.markets.values().map(|m| m.name.as_str()).collect(),
            ScopeKind::Group => self.groups.values().map(String::as_str).collect(),
            ScopeKind::Topic => self.topics.values().map(|t| t.name.as_str()).collect(),
        }
    }
}

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// A market.
    Market,
    /// A group of exclusive outcomes.
    Group,
    /// A topic.
    Topic,
}

fn named<K: Ord + Copy + std::fmt::Display>(
    names: &BTreeMap<K, String>,
    id: K,
    what: &str,
) -> String {
    let name = names.get(&id).cloned();
    name.unwrap_or_else(|| format!("{what} {id}"))
}

fn numbered<K: Copy>(names: &BTreeMap<K, String>, name: &str) -> Option<K> {
    names
        .iter()
        .find(|(_, other)| *other == name)
        .map(|(id, _)| *id)
}

/// A number for every name: those that are known keep theirs, further ones get the next.
#[must_use]
pub fn numbering<'a>(
    known: impl IntoIterator<Item = (u64, &'a str)>,
    wanted: impl IntoIterator<Item = &'a str>,
) -> BTreeMap<String, u64> {
    let known = known.into_iter().map(|(id, name)| (name.to_owned(), id));
    let mut numbers: BTreeMap<String, u64> = known.collect();
    let last = numbers.values().max();
    let mut next = last.map_or(0, |last| last.saturating_add(1));
    for name in wanted {
        numbers.entry(name.to_owned()).or_insert_with(|| {
            next = next.saturating_add(1);
            next - 1
        });
    }
    numbers
}

/// [`numbering`] of workers.
#[must_use]
pub fn worker_numbers<'a>(
    known: impl IntoIterator<Item = (WorkerId, &'a str)>,
    wanted: impl IntoIterator<Item = &'a str>,
) -> BTreeMap<String, WorkerId> {
    let known = known.into_iter().map(|(id, name)| (u64::from(id.0), name));
    let numbers = numbering(known, wanted).into_iter();
    let small = |id| WorkerId(u32::try_from(id).unwrap_or(u32::MAX));
    numbers.map(|(name, id)| (name, small(id))).collect()
}
