//! The network's answers as text, read without a network: for recordings, for other transports, and for fuzzing. All
//! functions take any text and never panic.

use serde_json::Value;

use crate::bundle::{Flavour, NetworkBundle};
use crate::bundle_wire;
use crate::chain_wire::{self, ChainTopic, Forecast, WorkerInference};
use crate::consumer_wire::{self, ConsumerInference};
use crate::error::{WireError, shorten};
use crate::json::Field;
use crate::topics::TopicInfo;

fn read<T>(
    text: &str,
    parse: impl FnOnce(&Field<'_>) -> Result<T, WireError>,
) -> Result<T, WireError> {
    let value: Value = serde_json::from_str(text).map_err(|_| WireError {
        at: "the answer".to_owned(),
        expected: "JSON",
        found: shorten(text),
    })?;
    parse(&Field::root(&value))
}

/// A `network_inferences` answer in either shape.
///
/// # Errors
/// [`WireError`] says where.
pub fn network_inferences(text: &str, flavour: Flavour) -> Result<NetworkBundle, WireError> {
    read(text, |root| {
        let height = root.get("inference_block_height").whole_if_any()?;
        bundle_wire::bundle(&root.get("network_inferences"), flavour, height)
    })
}

/// A `value_bundle` alone, as it stands in events and in answers.
///
/// # Errors
/// [`WireError`] says where.
pub fn value_bundle(text: &str) -> Result<NetworkBundle, WireError> {
    read(text, |root| bundle_wire::bundle(root, Flavour::Plain, None))
}

/// An `inferences` answer.
///
/// # Errors
/// [`WireError`] says where.
pub fn inferences(text: &str) -> Result<Vec<WorkerInference>, WireError> {
    read(text, chain_wire::inferences)
}

/// A `forecasts` answer.
///
/// # Errors
/// [`WireError`] says where.
pub fn forecasts(text: &str) -> Result<Vec<Forecast>, WireError> {
    read(text, chain_wire::forecasts)
}

/// A `topics/{id}` answer.
///
/// # Errors
/// [`WireError`] says where.
pub fn chain_topic(text: &str) -> Result<ChainTopic, WireError> {
    read(text, chain_wire::topic)
}

/// A page of the consumer API's topics, and the token of the next page.
///
/// # Errors
/// [`WireError`] says where.
pub fn topics_page(text: &str) -> Result<(Vec<TopicInfo>, Option<String>), WireError> {
    read(text, consumer_wire::topics)
}

/// The consumer API's combined value.
///
/// # Errors
/// [`WireError`] says where.
pub fn consumer_inference(text: &str) -> Result<ConsumerInference, WireError> {
    read(text, consumer_wire::inference)
}
