//! The event stream's frames: what to subscribe to, and what a frame brings. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::bundle::{Flavour, NetworkBundle};
use crate::bundle_wire;
use crate::error::{WireError, shorten};
use crate::json::Field;
use crate::settings::EmissionsVersion;

/// A node allows few subscriptions per connection (five, as CometBFT is shipped). With more topics one subscription
/// takes the inferences of all topics, and the sorting out is ours.
const QUERIES_MAX: usize = 4;

/// What one frame of the stream is.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// A subscription stands.
    Confirmed {
        /// Its id.
        id: String,
    },
    /// A request is refused.
    Refused {
        /// Its id; empty if the node could not read the request.
        id: String,
        /// What the node says.
        detail: String,
    },
    /// The events of a block.
    Block(BlockNews),
    /// Anything else.
    Other,
}

/// The bundles of the wanted topics among the events of a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockNews {
    /// Height of the block. The bundles are of earlier heights.
    pub block: Option<u64>,
    /// What could be read.
    pub bundles: Vec<NetworkBundle>,
    /// What could not.
    pub faults: Vec<WireError>,
}

/// The queries that together bring the network inferences of the topics.
#[must_use]
pub fn queries(version: EmissionsVersion, topics: &BTreeSet<u64>) -> Vec<String> {
    let event = match version {
        EmissionsVersion::V9 => "emissions.v9.EventNetworkInferences",
        EmissionsVersion::V10 => "emissions.v10.EventNetworkInferenceBundle",
    };
    let query =
        |condition: &str| format!("tm.event='NewBlockEvents' AND {event}.topic_id {condition}");
    if topics.len() > QUERIES_MAX {
        return vec![query("EXISTS")];
    }
    // The attribute is JSON text ("\"13\""), which equality would have to quote; and CONTAINS '13' matches 113 too.
    topics
        .iter()
        .map(|topic| query(&format!("CONTAINS '{topic}'")))
        .collect()
}

/// The request for one subscription.
#[must_use]
pub fn subscribe(id: &str, query: &str) -> String {
    json!({"jsonrpc": "2.0", "method": "subscribe", "id": id, "params": {"query": query}})
        .to_string()
}

/// Reads a frame. Events of other types and other topics are left aside; events of both versions are understood,
/// whatever was subscribed to.
///
/// # Errors
/// [`WireError`] if the frame as a whole is no JSON-RPC answer. Faults of single events are in [`BlockNews::faults`].
pub fn parse_frame(text: &str, wanted: &BTreeSet<u64>) -> Result<Frame, WireError> {
    let value: Value = serde_json::from_str(text).map_err(|_| WireError {
        at: "frame".to_owned(),
        expected: "JSON",
        found: shorten(text),
    })?;
    let root = Field::root(&value);
    let id = match root.get("id").value() {
        Some(Value::String(id)) => id.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let error = root.get("error");
    if error.is_present() {
        let detail = [error.get("message"), error.get("data")]
            .iter()
            .filter_map(Field::text_if_any)
            .collect::<Vec<_>>()
            .join(": ");
        return Ok(Frame::Refused {
            id,
            detail: shorten(&detail),
        });
    }
    let result = root.get("result");
    if !matches!(result.value(), Some(Value::Object(_))) {
        return Err(result.bad("an object"));
    }
    let data = result.get("data");
    if !data.is_present() {
        return Ok(Frame::Confirmed { id });
    }
    if data.get("type").text_if_any() != Some("tendermint/event/NewBlockEvents") {
        return Ok(Frame::Other);
    }
    block(&data.get("value"), wanted).map(Frame::Block)
}

fn block(at: &Field<'_>, wanted: &BTreeSet<u64>) -> Result<BlockNews, WireError> {
    let mut news = BlockNews {
        block: at.get("height").whole_if_any()?,
        ..BlockNews::default()
    };
    for event in at.get("events").items()? {
        match bundle(&event, wanted) {
            Ok(Some(bundle)) => news.bundles.push(bundle),
            Ok(None) => {}
            Err(fault) => news.faults.push(fault),
        }
    }
    Ok(news)
}

fn bundle(event: &Field<'_>, wanted: &BTreeSet<u64>) -> Result<Option<NetworkBundle>, WireError> {
    let shape = match event
        .get("type")
        .text_if_any()
        .map(|name| name.rsplit_once('.'))
    {
        Some(Some((module, "EventNetworkInferences"))) if module.starts_with("emissions.") => {
            EmissionsVersion::V9
        }
        Some(Some((module, "EventNetworkInferenceBundle"))) if module.starts_with("emissions.") => {
            EmissionsVersion::V10
        }
        _ => return Ok(None),
    };
    let attributes = attributes(event)?;
    let topic_id = attribute(&attributes, "topic_id");
    let topic = topic_id.whole()?;
    if !wanted.contains(&topic) {
        return Ok(None);
    }
    let found = match shape {
        EmissionsVersion::V9 => {
            let height = attribute(&attributes, "block_height").whole_if_any()?;
            let inner = attribute(&attributes, "value_bundle");
            bundle_wire::bundle(&inner, Flavour::Plain, height)?
        }
        EmissionsVersion::V10 => {
            let whole = Value::Object(attributes.clone());
            bundle_wire::event_v10(&Field::named(Some(&whole), "event".to_owned()))?
        }
    };
    if found.topic == topic {
        Ok(Some(found))
    } else {
        Err(topic_id.bad("the topic of the bundle"))
    }
}

fn attribute<'a>(attributes: &'a Map<String, Value>, key: &str) -> Field<'a> {
    Field::named(attributes.get(key), format!("event.{key}"))
}

/// The attributes by name. Their values are JSON in a text, sometimes a text in a text; what is no JSON stays a text.
fn attributes(event: &Field<'_>) -> Result<Map<String, Value>, WireError> {
    let mut found: BTreeMap<&str, &str> = BTreeMap::new();
    for attribute in event.get("attributes").items()? {
        let key = attribute.get("key").text()?;
        if let Some(value) = attribute.get("value").text_if_any() {
            found.insert(key, value);
        }
    }
    Ok(found
        .into_iter()
        .map(|(key, text)| (key.to_owned(), unwrap_json(text)))
        .collect())
}

fn unwrap_json(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::String(inner)) if inner.starts_with(['[', '{']) => {
            serde_json::from_str(&inner).unwrap_or(Value::String(inner))
        }
        Ok(value) => value,
        Err(_) => Value::String(text.to_owned()),
    }
}
