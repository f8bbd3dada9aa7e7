//! What a journal tells of topics and workers: who said what when, and what is open.

use std::collections::BTreeMap;

use quorate_backtest::replay::Session;
use quorate_domain::{EpochId, Input, LabelId, Listing, Timestamp, Topic, TopicId, WorkerId};

use crate::runtime::batch::Batch;
use crate::runtime::names::Names;
use crate::runtime::recovery::{Retraced, Spectator};

/// What a worker said about one topic.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) struct Heard {
    /// How often.
    pub(in crate::commands) count: u64,
    /// When it was last heard.
    pub(in crate::commands) at: Timestamp,
}

/// Names, topics, and what was heard.
#[derive(Clone, Debug, Default)]
pub(in crate::commands) struct Survey {
    pub(in crate::commands) names: Names,
    pub(in crate::commands) topics: BTreeMap<TopicId, Topic>,
    pub(in crate::commands) heard: BTreeMap<(TopicId, WorkerId), Heard>,
    /// When a question was last spoken about.
    pub(in crate::commands) spoken: BTreeMap<(TopicId, EpochId, LabelId), Timestamp>,
    /// Time of the last entry.
    pub(in crate::commands) at: Option<Timestamp>,
}

impl Spectator for Survey {
    fn batch<V: Retraced>(&mut self, _: &Session<V>, batch: &Batch) {
        for handled in &batch.handled {
            let (at, input) = (handled.entry.at, &handled.entry.input);
            self.at = Some(at);
            self.names.see(input);
            match input {
                Input::Listed(Listing::Topic(topic)) => {
                    self.topics.insert(topic.id, topic.clone());
                }
                Input::Inference(said) => {
                    let key = (said.topic, said.worker);
                    let heard = self.heard.entry(key).or_insert(Heard { count: 0, at });
                    (heard.count, heard.at) = (heard.count + 1, at);
                    self.spoken.insert((said.topic, said.epoch, said.label), at);
                }
                _ => {}
            }
        }
    }
}

impl Survey {
    /// Workers that spoke about a topic.
    pub(in crate::commands) fn speakers(
        &self,
        topic: TopicId,
    ) -> impl Iterator<Item = (WorkerId, Heard)> + '_ {
        let own = self.heard.iter().filter(move |((of, _), _)| *of == topic);
        own.map(|((_, worker), heard)| (*worker, *heard))
    }
}
