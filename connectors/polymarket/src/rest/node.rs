//! Walking through JSON that others wrote. Numbers are read from their own text, so that no amount passes through a
//! float, and every refusal says where it happened.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::value::RawValue;

/// Longest text taken for a number; 28 digits, a sign, a point and an exponent fit.
const NUMBER_CHARS_MAX: usize = 48;
/// Longest excerpt of foreign text in a message of ours.
const EXCERPT_CHARS_MAX: usize = 200;

/// Why an answer is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at `{path}`: expected {expected}, found {found}")]
pub struct WireError {
    /// Where in the answer, as a path of names and indices; `.` is the whole.
    pub path: String,
    /// What should be there.
    pub expected: &'static str,
    /// The beginning of what is there, or "nothing".
    pub found: String,
}

/// The beginning of a foreign text, on one line.
pub(crate) fn excerpt(text: &str) -> String {
    let mut short: String = text
        .trim()
        .chars()
        .take(EXCERPT_CHARS_MAX)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.trim().chars().nth(EXCERPT_CHARS_MAX).is_some() {
        short.push_str("...");
    }
    short
}

/// A JSON value that may be absent, with the path that led to it.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    text: Option<&'a str>,
    path: String,
}

/// A JSON object.
#[derive(Clone, Debug)]
pub(crate) struct Object<'a> {
    members: BTreeMap<String, &'a RawValue>,
    path: String,
}

impl<'a> Object<'a> {
    pub(crate) fn get(&self, key: &str) -> Node<'a> {
        Node {
            text: self.members.get(key).map(|raw| raw.get()),
            path: format!("{}.{key}", self.path),
        }
    }

    /// The first of several names under which a thing may stand.
    pub(crate) fn any_of(&self, keys: &[&str]) -> Node<'a> {
        let found = keys.iter().find(|key| self.members.contains_key(**key));
        self.get(found.or(keys.first()).copied().unwrap_or_default())
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, Node<'a>)> {
        self.members.keys().map(|key| (key.as_str(), self.get(key)))
    }
}

impl<'a> Node<'a> {
    /// The root of an answer.
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, WireError> {
        let bad = |found: String| WireError {
            path: ".".to_owned(),
            expected: "JSON",
            found,
        };
        let text = std::str::from_utf8(body).map_err(|_| bad("bytes that are no text".into()))?;
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
            let what = if text.trim_start().starts_with('<') {
                "a web page".to_owned()
            } else {
                format!("`{}` ({error})", excerpt(text))
            };
            bad(what)
        })?;
        Ok(Self {
            text: Some(raw.get()),
            path: String::new(),
        })
    }

    /// What is there, unless it is absent or null.
    pub(crate) fn present(&self) -> Option<&'a str> {
        self.text.filter(|text| *text != "null")
    }

    pub(crate) fn bad(&self, expected: &'static str) -> WireError {
        WireError {
            path: match self.path.as_str() {
                "" => ".".to_owned(),
                path => path.trim_start_matches('.').to_owned(),
            },
            expected,
            found: self.text.map_or_else(
                || "nothing".to_owned(),
                |text| format!("`{}`", excerpt(text)),
            ),
        }
    }

    pub(crate) fn object(&self) -> Result<Object<'a>, WireError> {
        let members = self
            .text
            .and_then(|text| serde_json::from_str(text).ok())
            .ok_or_else(|| self.bad("an object"))?;
        Ok(Object {
            members,
            path: self.path.clone(),
        })
    }

    /// The elements of a list; null is an empty list, absence is not.
    pub(crate) fn items(&self) -> Result<Vec<Node<'a>>, WireError> {
        if self.text == Some("null") {
            return Ok(Vec::new());
        }
        let items: Vec<&'a RawValue> = self
            .text
            .and_then(|text| serde_json::from_str(text).ok())
            .ok_or_else(|| self.bad("a list"))?;
        Ok(items
            .into_iter()
            .enumerate()
            .map(|(i, raw)| Node {
                text: Some(raw.get()),
                path: format!("{}[{i}]", self.path),
            })
            .collect())
    }

    /// The elements of a list that may be absent.
    pub(crate) fn items_if_any(&self) -> Result<Vec<Node<'a>>, WireError> {
        match self.text {
            None => Ok(Vec::new()),
            Some(_) => self.items(),
        }
    }

    pub(crate) fn text(&self) -> Result<String, WireError> {
        self.text
            .and_then(|text| serde_json::from_str(text).ok())
            .ok_or_else(|| self.bad("a text"))
    }

    /// A text that is not empty.
    pub(crate) fn word(&self) -> Result<String, WireError> {
        self.text()
            .ok()
            .filter(|text| !text.is_empty())
            .ok_or_else(|| self.bad("a text that is not empty"))
    }

    /// A text; absent, null and empty are nothing.
    pub(crate) fn word_if_any(&self) -> Result<Option<String>, WireError> {
        match self.present() {
            None => Ok(None),
            Some(_) => Ok(Some(self.text()?).filter(|text| !text.is_empty())),
        }
    }

    pub(crate) fn flag(&self) -> Result<bool, WireError> {
        match self.text {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            _ => Err(self.bad("true or false")),
        }
    }

    /// True or false; nothing if absent or null.
    pub(crate) fn flag_if_any(&self) -> Result<Option<bool>, WireError> {
        self.present().map(|_| self.flag()).transpose()
    }

    /// The text of a number, which may stand in quotes.
    fn number(&self) -> Option<String> {
        let text = self.present()?;
        let text = if text.starts_with('"') {
            serde_json::from_str(text).ok()?
        } else {
            text.to_owned()
        };
        Some(text.trim().to_owned()).filter(|text| text.len() <= NUMBER_CHARS_MAX)
    }

    /// An exact decimal, as a number or as text. One that does not fit exactly is refused.
    pub(crate) fn decimal(&self) -> Result<Decimal, WireError> {
        self.number()
            .and_then(|text| decimal_of(&text))
            .ok_or_else(|| self.bad("a decimal number"))
    }

    /// A decimal; absent, null and empty are nothing.
    pub(crate) fn decimal_if_any(&self) -> Result<Option<Decimal>, WireError> {
        match self.present() {
            None | Some("\"\"") => Ok(None),
            Some(_) => self.decimal().map(Some),
        }
    }

    /// A whole number that is not negative, as a number or as text.
    pub(crate) fn whole(&self) -> Result<u64, WireError> {
        self.number()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| self.bad("a whole number"))
    }

    /// A whole number; absent, null and empty are nothing.
    pub(crate) fn whole_if_any(&self) -> Result<Option<u64>, WireError> {
        match self.present() {
            None | Some("\"\"") => Ok(None),
            Some(_) => self.whole().map(Some),
        }
    }
}

fn decimal_of(text: &str) -> Option<Decimal> {
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok();
    }
    Decimal::from_str_exact(text).ok()
}
