//! Values that come as bare text: defaults and bounds of the table, environment variables, flags.

use quorate_backtest::input::{RawValue, TomlDocument};

use super::kind::Kind;

/// Reads a value as the kind needs it: `5%`, `live` and `keys/main.json` need no quotes here.
pub(super) fn raw_of_text(kind: Kind, text: &str) -> RawValue {
    let is_quoted = text.starts_with(['"', '\'', '[', '{']);
    let is_bare = matches!(
        kind,
        Kind::Bool | Kind::Count | Kind::Number | Kind::Ratio | Kind::Speed
    );
    let read = match is_quoted || is_bare {
        true => toml_value(text),
        false => None,
    };
    read.unwrap_or_else(|| RawValue::Text(text.to_owned()))
}

/// Reads a value as TOML; `None` if it is not exactly one value.
pub(super) fn toml_value(text: &str) -> Option<RawValue> {
    if text.contains(['\n', '\r']) {
        return None;
    }
    let raw = TomlDocument::parse("value", &format!("value = {text}")).into_raw();
    let mut entries = raw.root.entries.into_iter();
    match (raw.errors.is_empty(), entries.next(), entries.next()) {
        (true, Some(entry), None) => Some(entry.node.value),
        _ => None,
    }
}

/// The same value as JSON; `None` for what JSON has no word for.
pub(super) fn json_of(raw: &RawValue) -> Option<serde_json::Value> {
    match raw {
        RawValue::Text(text) => Some(serde_json::Value::from(text.as_str())),
        RawValue::Integer(value) => Some(serde_json::Value::from(*value)),
        RawValue::Float(digits) => digits.parse::<f64>().ok().map(serde_json::Value::from),
        RawValue::Boolean(value) => Some(serde_json::Value::from(*value)),
        RawValue::Datetime(_) | RawValue::Array(_) | RawValue::Table(_) | RawValue::Tables(_) => {
            None
        }
    }
}
