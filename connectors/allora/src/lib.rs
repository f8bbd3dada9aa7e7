//! The Allora network as a source of inferences.
//!
//! Three ways in: the consumer API ([`ConsumerClient`]: combined values, with a key), a node's REST interface
//! ([`ChainClient`]: everything, without a key), and a node's event stream, which [`Feed`] follows with polling beside
//! it. Whatever comes becomes a [`NetworkBundle`] or a [`ConsumerInference`] and from there, purely, the inferences of
//! this program ([`normalize`]): the network as one worker, or each of its workers as one of ours.
//!
//! Nothing here reads a clock, starts a task or decides anything: the caller stamps what arrives.

mod bundle;
mod bundle_wire;
mod chain;
mod chain_wire;
mod consumer;
mod consumer_wire;
mod error;
pub mod events;
mod feed;
mod http;
mod json;
mod news;
mod normalize;
mod secret;
mod settings;
pub mod sieve;
pub mod signature;
mod stream;
pub mod topics;
pub mod wire;
mod worker_book;

pub use bundle::{Flavour, NetworkBundle, Row, SINGLE_LABEL, Table};
pub use chain::{ChainClient, Role};
pub use chain_wire::{ChainTopic, Forecast, WorkerInference};
pub use consumer::{ConsumerClient, PriceAsset, PriceHorizon};
pub use consumer_wire::{ConsumerInference, IntervalPoint, Oddity};
pub use error::{AlloraError, WireError};
pub use feed::{FRAME_BYTES_MAX, Feed, FeedSettings};
pub use news::{Delivery, Fault, FromNetwork, Source};
pub use normalize::{
    Freshness, LeftOut, Normalized, Reading, ValueTime, View, normalize, normalize_consumer,
};
pub use secret::Secret;
pub use settings::{
    Backoff, ChainSettings, ConsumerSettings, EmissionsVersion, HttpSettings, Network, Timings,
};
pub use topics::{TopicError, TopicInfo, TopicPin};
pub use worker_book::{COMBINED_WORKER, WorkerBook, worker_name};
