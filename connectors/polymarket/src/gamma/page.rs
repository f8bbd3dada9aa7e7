//! Pages of the catalogue, and single records from JSON. One record that cannot be read does not cost the others.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::text::clean_line;
use super::wire::{Event, Market};

/// A record that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Unreadable {
    /// Which one, for example `events[3] (btc-updown-5m-1780876500)`.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Some records and where the next ones begin.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// What could be read.
    pub items: Vec<T>,
    /// What could not.
    pub unreadable: Vec<Unreadable>,
    /// To be given for the next page; `None` on the last.
    pub next_cursor: Option<String>,
}

/// Only the name, to say which record is meant.
#[derive(Deserialize)]
struct Named {
    slug: Option<String>,
}

/// One event.
///
/// # Errors
/// Not JSON, or a field of a shape that is not documented.
pub fn event_from_json(json: &[u8]) -> Result<Event, Unreadable> {
    record("event", json)
}

/// One market.
///
/// # Errors
/// Not JSON, or a field of a shape that is not documented.
pub fn market_from_json(json: &[u8]) -> Result<Market, Unreadable> {
    record("market", json)
}

pub(super) fn record<T: DeserializeOwned>(what: &str, json: &[u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(json).map_err(|error| Unreadable {
        place: what.to_owned(),
        problem: clean_line(&error.to_string()),
    })
}

/// A page of a list: `{"<name>": [...], "next_cursor": ...}` as key-set lists answer, or a bare list.
///
/// # Errors
/// Neither of the two shapes.
pub fn page_from_json<T: DeserializeOwned>(name: &str, json: &[u8]) -> Result<Page<T>, Unreadable> {
    let shape = |problem: String| Unreadable {
        place: name.to_owned(),
        problem,
    };
    if json.trim_ascii_start().starts_with(b"[") {
        let items: Vec<Box<RawValue>> = record(name, json)?;
        return Ok(read(name, &items, None));
    }
    let fields: std::collections::BTreeMap<String, Box<RawValue>> = record(name, json)?;
    let list = fields
        .get(name)
        .or_else(|| fields.get("data"))
        .ok_or_else(|| shape(format!("the answer has no list named {name:?}")))?;
    let items: Vec<Box<RawValue>> =
        serde_json::from_str(list.get()).map_err(|_| shape(format!("{name:?} is not a list")))?;
    let next_cursor = match fields.get("next_cursor") {
        None => None,
        Some(raw) => serde_json::from_str::<Option<String>>(raw.get())
            .map_err(|_| shape("\"next_cursor\" is not a text".to_owned()))?
            .filter(|cursor| !cursor.is_empty()),
    };
    Ok(read(name, &items, next_cursor))
}

fn read<T: DeserializeOwned>(
    name: &str,
    raw: &[Box<RawValue>],
    next_cursor: Option<String>,
) -> Page<T> {
    let mut page = Page {
        items: Vec::with_capacity(raw.len()),
        unreadable: Vec::new(),
        next_cursor,
    };
    for (index, item) in raw.iter().enumerate() {
        match serde_json::from_str(item.get()) {
            Ok(value) => page.items.push(value),
            Err(error) => {
                let slug = serde_json::from_str::<Named>(item.get())
                    .ok()
                    .and_then(|named| named.slug)
                    .map_or_else(String::new, |slug| format!(" ({})", clean_line(&slug)));
                page.unreadable.push(Unreadable {
                    place: format!("{name}[{index}]{slug}"),
                    problem: clean_line(&error.to_string()),
                });
            }
        }
    }
    page
}
