//! Topics by name. Ids differ between deployments and can be given to another question later, so an id alone is never
//! trusted: it is found by name, and confirmed by name whenever it is used again.

use std::time::Duration;

use crate::chain_wire::ChainTopic;

/// A topic as the consumer API lists it. Lengths are in blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicInfo {
    /// The network's own id.
    pub id: u64,
    /// Its name, such as `ETH 10min Prediction`.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// Blocks from one epoch to the next.
    pub epoch_length: Option<u64>,
    /// Blocks until the truth is known.
    pub ground_truth_lag: Option<u64>,
    /// Name of the loss, such as `mse`.
    pub loss_method: Option<String>,
    /// Blocks in which workers may answer.
    pub worker_submission_window: Option<u64>,
    /// Workers seen.
    pub worker_count: Option<u64>,
    /// Reputers seen.
    pub reputer_count: Option<u64>,
    /// Whether anybody works on it, if that is said.
    pub is_active: Option<bool>,
    /// When the list's entry changed, in the API's own words.
    pub updated_at: Option<String>,
}

/// A topic found before: what the id meant then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPin {
    /// The id it had.
    pub id: u64,
    /// The name it had.
    pub name: String,
}

/// Why a topic cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// No topic of that name.
    #[error("no topic is called {name:?}; {}", near_text(.near))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names that share a word with it, at most five.
        near: Vec<String>,
    },
    /// Several of them.
    #[error(
        "topics {ids:?} are all called {name:?}; pin the id that is meant together with the name"
    )]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Their ids.
        ids: Vec<u64>,
    },
    /// The id now asks something else. Values of it are values of another thing.
    #[error("topic {id} was {expected:?} and is now {found:?}; {}", moved_text(*.now_at))]
    Remapped {
        /// The id.
        id: u64,
        /// What it was.
        expected: String,
        /// What it is.
        found: String,
        /// Where the name is now, if anywhere.
        now_at: Option<u64>,
    },
    /// The id is no longer there.
    #[error("topic {id} ({name:?}) is gone; {}", moved_text(*.now_at))]
    Gone {
        /// The id.
        id: u64,
        /// What it was.
        name: String,
        /// Where the name is now, if anywhere.
        now_at: Option<u64>,
    },
    /// The network says that nobody works on it.
    #[error("topic {id} ({name:?}) is not active; its last value does not change any more")]
    Inactive {
        /// The id.
        id: u64,
        /// The name.
        name: String,
    },
}

fn near_text(near: &[String]) -> String {
    if near.is_empty() {
        "list the topics to see which there are".to_owned()
    } else {
        format!("did you mean one of {near:?}?")
    }
}

fn moved_text(now_at: Option<u64>) -> String {
    now_at.map_or_else(
        || "it is not used".to_owned(),
        |id| format!("it is not used; the name is now at topic {id}, pin that if it is meant"),
    )
}

/// The active topic of this name. Case and spaces do not matter; everything else does.
///
/// # Errors
/// [`TopicError`] if there is none, more than one, or it is not active.
pub fn resolve<'a>(topics: &'a [TopicInfo], name: &str) -> Result<&'a TopicInfo, TopicError> {
    let found: Vec<&TopicInfo> = topics
        .iter()
        .filter(|topic| same(&topic.name, name))
        .collect();
    let active: Vec<&TopicInfo> = found
        .iter()
        .copied()
        .filter(|topic| topic.is_active != Some(false))
        .collect();
    match (active.as_slice(), found.as_slice()) {
        ([topic], _) => Ok(topic),
        ([], []) => Err(TopicError::Unknown {
            name: name.to_owned(),
            near: near(topics, name),
        }),
        ([], [first, ..]) => Err(TopicError::Inactive {
            id: first.id,
            name: first.name.clone(),
        }),
        (several, _) => Err(TopicError::Ambiguous {
            name: name.to_owned(),
            ids: several.iter().map(|topic| topic.id).collect(),
        }),
    }
}

/// The pinned topic, if its id still means what it meant.
///
/// # Errors
/// [`TopicError`] if the id has another name now, is gone, or is not active.
pub fn confirm<'a>(topics: &'a [TopicInfo], pin: &TopicPin) -> Result<&'a TopicInfo, TopicError> {
    let now_at = topics
        .iter()
        .find(|topic| topic.id != pin.id && same(&topic.name, &pin.name))
        .map(|topic| topic.id);
    let topic = topics
        .iter()
        .find(|topic| topic.id == pin.id)
        .ok_or_else(|| TopicError::Gone {
            id: pin.id,
            name: pin.name.clone(),
            now_at,
        })?;
    if !same(&topic.name, &pin.name) {
        return Err(TopicError::Remapped {
            id: pin.id,
            expected: pin.name.clone(),
            found: topic.name.clone(),
            now_at,
        });
    }
    if topic.is_active == Some(false) {
        return Err(TopicError::Inactive {
            id: topic.id,
            name: topic.name.clone(),
        });
    }
    Ok(topic)
}

/// The same by the chain's own description of the topic, for those who have no key of the consumer API.
///
/// # Errors
/// [`TopicError::Remapped`] if the id or the name differs.
pub fn confirm_on_chain(topic: &ChainTopic, pin: &TopicPin) -> Result<(), TopicError> {
    if topic.id == pin.id && same(&topic.metadata, &pin.name) {
        return Ok(());
    }
    Err(TopicError::Remapped {
        id: pin.id,
        expected: pin.name.clone(),
        found: topic.metadata.clone(),
        now_at: None,
    })
}

/// How long a value of a topic counts, from its own time: one epoch and the submission window after it.
#[must_use]
pub fn valid_for(epoch_length: u64, submission_window: u64, block: Duration) -> Duration {
    let blocks = epoch_length.saturating_add(submission_window);
    block.saturating_mul(u32::try_from(blocks).unwrap_or(u32::MAX))
}

fn words(name: &str) -> Vec<String> {
    name.split_whitespace().map(str::to_lowercase).collect()
}

fn same(left: &str, right: &str) -> bool {
    words(left) == words(right)
}

fn near(topics: &[TopicInfo], name: &str) -> Vec<String> {
    let wanted = words(name);
    let shared = |topic: &TopicInfo| {
        let own = words(&topic.name);
        wanted.iter().filter(|word| own.contains(word)).count()
    };
    let mut near: Vec<(usize, &TopicInfo)> = topics
        .iter()
        .map(|topic| (shared(topic), topic))
        .filter(|(count, _)| *count > 0)
        .collect();
    near.sort_by_key(|(count, topic)| (usize::MAX - count, topic.id));
    near.into_iter()
        .take(5)
        .map(|(_, topic)| topic.name.clone())
        .collect()
}
