//! What the feed tells: bundles, and plain words about everything that is not as it should be.

use std::time::Duration;

use quorate_domain::Timestamp;

use crate::bundle::NetworkBundle;
use crate::error::{AlloraError, WireError};
use crate::settings::EmissionsVersion;

/// How a bundle came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// As an event of this block.
    Event {
        /// Height of the block, if the frame said so.
        block: Option<u64>,
    },
    /// By asking.
    Poll,
}

/// A bundle told for the first time.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The bundle.
    pub bundle: NetworkBundle,
    /// How it came.
    pub source: Source,
    /// Time of the block that names the epoch, if the node knows: the values' own time.
    pub block_time: Option<Timestamp>,
}

/// Something is wrong, but the feed goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A topic could not be polled.
    #[error("topic {topic}: {error}")]
    Poll {
        /// The topic.
        topic: u64,
        /// Why.
        error: AlloraError,
    },
    /// The stream could not be opened, again.
    #[error("{0}")]
    Stream(AlloraError),
    /// A frame or an event could not be read.
    #[error("event stream: {0}")]
    Malformed(WireError),
    /// Nothing new for longer than a value counts: stop using what came before.
    #[error("topic {topic}: nothing new for {silent_for:?}; its last value has expired")]
    Stale {
        /// The topic.
        topic: u64,
        /// The last epoch, if there was any.
        height: Option<u64>,
        /// How long.
        silent_for: Duration,
    },
    /// An epoch came after a newer one; it was dropped.
    #[error("topic {topic}: epoch {height} came after epoch {newest} and was dropped")]
    OutOfOrder {
        /// The topic.
        topic: u64,
        /// The epoch that came.
        height: u64,
        /// The newest one.
        newest: u64,
    },
    /// Heights began anew: the chain was set up again, and ids may mean other topics.
    #[error("topic {topic}: heights fell from {from} to {to}; confirm by name what the topic is")]
    Restarted {
        /// The topic.
        topic: u64,
        /// Before.
        from: u64,
        /// Now.
        to: u64,
    },
    /// The chain speaks another version than the settings say. Its values are used.
    #[error("the chain speaks emissions/{}, the settings say {}; change the setting", found.word(), configured.word())]
    OtherShape {
        /// Settings.
        configured: EmissionsVersion,
        /// Answers.
        found: EmissionsVersion,
    },
}

/// News of the network.
#[derive(Clone, Debug, PartialEq)]
pub enum FromNetwork {
    /// Events flow.
    Up,
    /// Events do not flow; polling goes on.
    Down {
        /// Why.
        reason: AlloraError,
    },
    /// Epochs after this one may have been missed while events did not flow. The newest is polled at once; the ones
    /// between can be asked for by height.
    Gap {
        /// The topic.
        topic: u64,
        /// The last epoch before it, if there was any.
        after: Option<u64>,
    },
    /// A bundle.
    Bundle(Box<Delivery>),
    /// Something is wrong.
    Fault(Fault),
}
