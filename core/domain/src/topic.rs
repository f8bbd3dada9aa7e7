//! Topics, workers and their inferences.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::chance::Timestamp;
use crate::ids::{EpochId, LabelId, TopicId, WorkerId};

/// A question forecast again and again by a collective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// Identity within a run.
    pub id: TopicId,
    /// Short unique name.
    pub name: String,
}

/// A participant who gives inferences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// Identity within a run.
    pub id: WorkerId,
    /// Short unique name.
    pub name: String,
}

/// One worker's value for one label of one epoch of a topic. It counts from the moment it arrives, which is the time
/// of its entry; `published_at` is the worker's own stamp and decides when the value has grown too old.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inference {
    /// The topic.
    pub topic: TopicId,
    /// The round.
    pub epoch: EpochId,
    /// The label; 0 for a single-valued epoch.
    pub label: LabelId,
    /// Who says so.
    pub worker: WorkerId,
    /// What is said: the probability that the label's event happens.
    pub value: f64,
    /// The value's own time.
    pub published_at: Timestamp,
}
