//! Reading what a worker answered: pure functions from bytes to a number or to expected losses.
//!
//! A value is a number as text (`0.57`), a JSON number, a JSON text holding a number, or a JSON object. In an object the
//! value stands where the worker's path says, else under `value`, else under the label's name (as workers written with
//! Allora's Python kit answer). An object may carry the value's own time under `published_at`.

use std::collections::BTreeMap;

use quorate_domain::Timestamp;
use serde_json::Value;

use crate::fault::Fault;
use crate::json_path::JsonPath;
use crate::text::{bounded, bounded_bytes};
use crate::time;

/// Where to look within an answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shape<'a> {
    /// Where the value stands; without it the rules of this module apply.
    pub value_path: Option<&'a JsonPath>,
    /// Where the value's own time stands; without it `published_at` of the outermost object, which may be absent.
    pub time_path: Option<&'a JsonPath>,
    /// The label's name.
    pub label_name: &'a str,
}

/// A number as it was said, not yet checked against the range of what was asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Said {
    /// The number; finite.
    pub value: f64,
    /// The value's own time, if the answer tells it.
    pub published_at: Option<Timestamp>,
}

/// Reads an answer that should hold one value.
///
/// # Errors
/// [`Fault::Malformed`], [`Fault::NotFinite`], or [`Fault::WrongUnit`] for a number followed by a percent sign.
pub fn read_value(body: &[u8], shape: Shape<'_>) -> Result<Said, Fault> {
    let text = text_of(body)?;
    if shape.value_path.is_none()
        && let Ok(value) = text.parse::<f64>()
    {
        return Ok(Said {
            value: finite(value, text)?,
            published_at: None,
        });
    }
    if text.ends_with('%') {
        return number_text(text).map(|value| Said {
            value,
            published_at: None,
        });
    }
    let root = json_of(text)?;
    Ok(Said {
        value: number(value_in(&root, shape)?)?,
        published_at: time_in(&root, shape)?,
    })
}

/// Reads a forecaster's answer: `{"worker": [loss, ...]}`, of which the first loss counts and empty lists are skipped,
/// or `{"worker": loss}`.
///
/// # Errors
/// [`Fault::Malformed`] or [`Fault::NotFinite`]; one bad loss refuses the whole answer. An answer without any loss is
/// malformed.
pub fn read_forecast(body: &[u8]) -> Result<BTreeMap<String, f64>, Fault> {
    let root = json_of(text_of(body)?)?;
    let Value::Object(entries) = root else {
        return Err(Fault::malformed(
            "expected a JSON object of expected losses, {\"worker\": [loss]}",
        ));
    };
    let mut losses = BTreeMap::new();
    for (worker, value) in entries {
        let first = match &value {
            Value::Array(list) => list.first(),
            single => Some(single),
        };
        if let Some(first) = first {
            losses.insert(bounded(&worker, 128), number(first)?);
        }
    }
    if losses.is_empty() {
        return Err(Fault::malformed("the forecast names no expected loss"));
    }
    Ok(losses)
}

fn text_of(body: &[u8]) -> Result<&str, Fault> {
    let text = std::str::from_utf8(body)
        .map_err(|_| Fault::malformed(format!("not UTF-8: `{}`", bounded_bytes(body, 60))))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(Fault::malformed("the answer is empty; expected a number"));
    }
    if text.starts_with('<') {
        return Err(Fault::malformed(format!(
            "an HTML or XML page where a number was expected: `{}`",
            bounded(text, 80)
        )));
    }
    Ok(text)
}

fn json_of(text: &str) -> Result<Value, Fault> {
    serde_json::from_str(text).map_err(|error| match non_number(text, &error) {
        Some(found) => Fault::NotFinite { found },
        None => Fault::malformed(format!(
            "neither a number nor JSON ({error}): `{}`",
            bounded(text, 80)
        )),
    })
}

/// The part of a refused JSON text that is a number JSON cannot express: Python writes `NaN` and `Infinity` bare, and a
/// number may be too large.
pub(crate) fn non_number(text: &str, error: &serde_json::Error) -> Option<String> {
    if error.to_string().starts_with("number out of range") {
        return Some(bounded(text, 40));
    }
    outside_strings(text)
        .split(|c: char| !c.is_ascii_alphabetic())
        .find(|word| matches!(*word, "NaN" | "Infinity"))
        .map(str::to_owned)
}

fn outside_strings(text: &str) -> String {
    let mut kept = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        match (quoted, escaped, c) {
            (true, true, _) => escaped = false,
            (true, false, '\\') => escaped = true,
            (_, _, '"') => {
                quoted = !quoted;
                kept.push(' ');
            }
            (true, false, _) => {}
            (false, _, c) => kept.push(c),
        }
    }
    kept
}

fn value_in<'a>(root: &'a Value, shape: Shape<'_>) -> Result<&'a Value, Fault> {
    if let Some(path) = shape.value_path {
        return path.find(root).ok_or_else(|| {
            Fault::malformed(format!(
                "nothing at {path} in `{}`",
                bounded(&root.to_string(), 80)
            ))
        });
    }
    let Value::Object(members) = root else {
        return Ok(root);
    };
    members
        .get("value")
        .or_else(|| members.get(shape.label_name))
        .ok_or_else(|| {
            Fault::malformed(format!(
                "an object without `value`{}: name the place with a JSON path; got `{}`",
                if shape.label_name.is_empty() {
                    String::new()
                } else {
                    format!(" or `{}`", bounded(shape.label_name, 40))
                },
                bounded(&root.to_string(), 80)
            ))
        })
}

fn time_in(root: &Value, shape: Shape<'_>) -> Result<Option<Timestamp>, Fault> {
    let found = match shape.time_path {
        // A time that was promised and is absent would make an old value look new.
        Some(path) => Some(
            path.find(root)
                .ok_or_else(|| Fault::malformed(format!("no time at {path}")))?,
        ),
        None => root.get("published_at").filter(|value| !value.is_null()),
    };
    found
        .map(|value| time::parse_json(value).map_err(Fault::malformed))
        .transpose()
}

fn number(value: &Value) -> Result<f64, Fault> {
    match value {
        Value::Number(number) => finite(number.as_f64().unwrap_or(f64::NAN), &number.to_string()),
        Value::String(text) => number_text(text),
        other => Err(Fault::malformed(format!(
            "expected a number, got `{}`",
            bounded(&other.to_string(), 80)
        ))),
    }
}

pub(crate) fn number_text(text: &str) -> Result<f64, Fault> {
    let text = text.trim();
    if let Some(Ok(value)) = text
        .strip_suffix('%')
        .map(|part| part.trim().parse::<f64>())
    {
        return Err(Fault::WrongUnit {
            value,
            unit: "percent",
            expected: "a plain number",
        });
    }
    let value = text
        .parse::<f64>()
        .map_err(|_| Fault::malformed(format!("`{}` is no number", bounded(text, 80))))?;
    finite(value, text)
}

fn finite(value: f64, text: &str) -> Result<f64, Fault> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Fault::NotFinite {
            found: bounded(text, 40),
        })
    }
}
