//! Readers for fields that come as numbers or texts, as lists or as lists inside a text, or not at all.
//!
//! A number is read from the text it was sent as, never through floating point.

use core::fmt::Display;

use quorate_domain::Timestamp;
use rust_decimal::Decimal;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::text::{clean, clean_line};

/// The JSON of a field as it was sent; `None` for null.
fn raw<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Option::<Box<RawValue>>::deserialize(deserializer)
}

/// The text of a text, a number or a boolean; `None` for null.
fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let Some(raw) = raw(deserializer)? else {
        return Ok(None);
    };
    scalar_of(raw.get()).map(Some).map_err(D::Error::custom)
}

fn scalar_of(json: &str) -> Result<String, String> {
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str(json).map_err(|error| error.to_string()),
        Some(b'{' | b'[') => Err(expected("a text or a number", json)),
        _ => Ok(json.to_owned()),
    }
}

fn expected(what: impl Display, found: &str) -> String {
    format!("expected {what}, found {}", clean_line(found))
}

/// One line of text, cleaned; empty when absent.
pub(super) fn line<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(scalar(deserializer)?.map_or_else(String::new, |text| clean_line(&text)))
}

/// Several lines of text, cleaned; empty when absent.
pub(super) fn lines<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(scalar(deserializer)?.map_or_else(String::new, |text| clean(&text)))
}

/// A truth value, also as a text or as 0 and 1; `None` when absent.
pub(super) fn boolean<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    match scalar(deserializer)?.as_deref() {
        None | Some("") => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(other) => Err(D::Error::custom(expected("true or false", other))),
    }
}

/// An exact decimal; `None` when absent or empty.
pub(super) fn decimal<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    match scalar(deserializer)?.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => text
            .parse::<Decimal>()
            .or_else(|_| Decimal::from_scientific(text))
            .map(Some)
            .map_err(|_| D::Error::custom(expected("a decimal number", text))),
    }
}

/// An instant as RFC 3339, also with a space for the `T`; `None` when absent or empty.
pub(super) fn instant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    match scalar(deserializer)?.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => text
            .parse::<jiff::Timestamp>()
            .ok()
            .and_then(|at| u64::try_from(at.as_nanosecond()).ok())
            .map(|nanos| Some(Timestamp::from_nanos(nanos)))
            .ok_or_else(|| {
                D::Error::custom(expected("an instant such as 2026-11-22T00:05:00Z", text))
            }),
    }
}

/// A list of texts: as a list, as a list inside a text, or absent.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let Some(raw) = raw(deserializer)? else {
        return Ok(Vec::new());
    };
    texts_of(raw.get()).map_err(D::Error::custom)
}

fn texts_of(json: &str) -> Result<Vec<String>, String> {
    if json.starts_with('"') {
        let inner: String = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let inner = inner.trim();
        return match inner {
            "" | "null" => Ok(Vec::new()),
            _ if inner.starts_with('[') => texts_of(inner),
            _ => Err(expected("a list inside the text", inner)),
        };
    }
    let items: Vec<Box<RawValue>> =
        serde_json::from_str(json).map_err(|_| expected("a list of texts", json))?;
    items
        .iter()
        .map(|item| scalar_of(item.get()).map(|text| clean_line(&text)))
        .collect()
}

/// A list of objects; empty when absent.
pub(super) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}
