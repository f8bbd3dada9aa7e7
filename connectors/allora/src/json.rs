//! Walking through JSON that others wrote: every step can fail, and says where.

use quorate_domain::Timestamp;
use serde_json::Value;

use crate::error::{WireError, shorten};

/// Longest decimal text taken for a number; the network's have at most 34 digits and an exponent.
const DECIMAL_CHARS_MAX: usize = 128;

/// A value that may be absent, with the path that led to it.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    value: Option<&'a Value>,
    path: String,
}

impl<'a> Field<'a> {
    pub(crate) fn root(value: &'a Value) -> Self {
        Self {
            value: Some(value),
            path: String::new(),
        }
    }

    /// A field under a name of its own, for JSON that was inside a text.
    pub(crate) fn named(value: Option<&'a Value>, path: String) -> Self {
        Self { value, path }
    }

    pub(crate) fn get(&self, key: &str) -> Self {
        let path = if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        };
        Self {
            value: self.value.and_then(|value| value.get(key)),
            path,
        }
    }

    /// The first of several names under which a thing may stand.
    pub(crate) fn any_of(&self, keys: &[&str]) -> Self {
        keys.iter()
            .map(|key| self.get(key))
            .find(Self::is_present)
            .unwrap_or_else(|| self.get(keys.first().copied().unwrap_or_default()))
    }

    pub(crate) fn value(&self) -> Option<&'a Value> {
        self.value.filter(|value| !value.is_null())
    }

    pub(crate) fn is_present(&self) -> bool {
        self.value().is_some()
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.value, Some(Value::Array(_)))
    }

    /// The members of an object; none if absent.
    pub(crate) fn members(&self) -> Result<Vec<(&'a str, Self)>, WireError> {
        match self.value() {
            None => Ok(Vec::new()),
            Some(Value::Object(map)) => Ok(map
                .iter()
                .map(|(key, value)| {
                    let path = format!("{}.{key}", self.path);
                    (key.as_str(), Self::named(Some(value), path))
                })
                .collect()),
            Some(_) => Err(self.bad("an object")),
        }
    }

    /// The elements of a list; none if absent.
    pub(crate) fn items(&self) -> Result<Vec<Self>, WireError> {
        match self.value() {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items
                .iter()
                .enumerate()
                .map(|(i, item)| Self::named(Some(item), format!("{}[{i}]", self.path)))
                .collect()),
            Some(_) => Err(self.bad("a list")),
        }
    }

    pub(crate) fn text(&self) -> Result<&'a str, WireError> {
        match self.value {
            Some(Value::String(text)) => Ok(text),
            _ => Err(self.bad("a text")),
        }
    }

    /// A text that is not empty.
    pub(crate) fn word(&self) -> Result<&'a str, WireError> {
        match self.text()? {
            "" => Err(self.bad("a text that is not empty")),
            text => Ok(text),
        }
    }

    /// A text, or nothing if absent.
    pub(crate) fn text_if_any(&self) -> Option<&'a str> {
        self.value().and_then(Value::as_str)
    }

    /// A whole number that is not negative, written as a number or as text.
    pub(crate) fn whole(&self) -> Result<u64, WireError> {
        let found = match self.value {
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            _ => None,
        };
        found.ok_or_else(|| self.bad("a whole number"))
    }

    pub(crate) fn whole_if_any(&self) -> Result<Option<u64>, WireError> {
        self.is_present().then(|| self.whole()).transpose()
    }

    /// A truth value, written as such or as text.
    pub(crate) fn flag(&self) -> Result<bool, WireError> {
        match self.value {
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text == "false" => Ok(false),
            _ => Err(self.bad("true or false")),
        }
    }

    pub(crate) fn flag_if_any(&self) -> Result<Option<bool>, WireError> {
        self.is_present().then(|| self.flag()).transpose()
    }

    /// A finite number, written as a number or as decimal text of any length up to the bound, correctly rounded.
    pub(crate) fn decimal(&self) -> Result<f64, WireError> {
        let found = match self.value {
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) => parse_decimal(text),
            _ => None,
        };
        found
            .filter(|value| value.is_finite())
            .ok_or_else(|| self.bad("a finite decimal number"))
    }

    pub(crate) fn decimal_if_any(&self) -> Result<Option<f64>, WireError> {
        self.is_present().then(|| self.decimal()).transpose()
    }

    /// A number, or nothing where the chain writes its not-a-number, which stands for "no value".
    pub(crate) fn cell(&self) -> Result<Option<f64>, WireError> {
        match self.text_if_any() {
            Some(text) if text.eq_ignore_ascii_case("nan") => Ok(None),
            _ => self.decimal().map(Some),
        }
    }

    /// An instant: a number of seconds, milliseconds, microseconds or nanoseconds since 1970 (its size tells which), as
    /// a number or as text, or RFC 3339.
    pub(crate) fn instant(&self) -> Result<Timestamp, WireError> {
        let expected = "seconds since 1970, or RFC 3339";
        if let Ok(number) = self.whole() {
            return from_epoch(number).ok_or_else(|| self.bad(expected));
        }
        let text = self.text().map_err(|_| self.bad(expected))?;
        let parsed: jiff::Timestamp = text.trim().parse().map_err(|_| self.bad(expected))?;
        u64::try_from(parsed.as_nanosecond())
            .map(Timestamp::from_nanos)
            .map_err(|_| self.bad("a time after 1970"))
    }

    pub(crate) fn bad(&self, expected: &'static str) -> WireError {
        let found = match self.value {
            None => "nothing".to_owned(),
            Some(Value::Array(items)) => format!("a list of {}", items.len()),
            Some(Value::Object(_)) => "an object".to_owned(),
            Some(other) => shorten(&other.to_string()),
        };
        let at = if self.path.is_empty() {
            "the answer".to_owned()
        } else {
            shorten(&self.path)
        };
        WireError {
            at,
            expected,
            found,
        }
    }
}

fn parse_decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = !text.is_empty()
        && text.len() <= DECIMAL_CHARS_MAX
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    plain.then(|| text.parse().ok()).flatten()
}

fn from_epoch(number: u64) -> Option<Timestamp> {
    let scale = match number {
        0..100_000_000_000 => 1_000_000_000,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    number.checked_mul(scale).map(Timestamp::from_nanos)
}
