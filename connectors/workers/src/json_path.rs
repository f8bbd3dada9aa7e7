//! Where in a JSON answer the value stands: the small part of JSONPath that names exactly one place.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// A path such as `$.result.items[0]['two words']`: member names and indices from the root `$`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Index(usize),
}

/// A text that is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no JSON path, at character {at}: expected $ followed by .name, [0] or ['name']"
)]
pub struct NotAPath {
    /// The text.
    pub text: String,
    /// Where it goes wrong, counted from 1 in bytes.
    pub at: usize,
}

impl JsonPath {
    /// What stands there, if anything does.
    #[must_use]
    pub fn find<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(root, |value, step| match step {
            Step::Member(name) => value.get(name),
            Step::Index(index) => value.get(index),
        })
    }
}

impl FromStr for JsonPath {
    type Err = NotAPath;

    fn from_str(text: &str) -> Result<Self, NotAPath> {
        let wrong = |rest: &str| NotAPath {
            text: crate::text::bounded(text, 100),
            at: text.len() - rest.len() + 1,
        };
        let mut rest = text.strip_prefix('$').ok_or_else(|| wrong(text))?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = step(rest).ok_or_else(|| wrong(rest))?;
            steps.push(step);
            rest = after;
        }
        Ok(Self(steps))
    }
}

/// The first step of a path and what follows it.
fn step(text: &str) -> Option<(Step, &str)> {
    if let Some(after) = text.strip_prefix('.') {
        let end = after.find(['.', '[']).unwrap_or(after.len());
        let (name, rest) = after.split_at(end);
        return (!name.is_empty()).then(|| (Step::Member(name.to_owned()), rest));
    }
    let inside = text.strip_prefix('[')?;
    for quote in ['\'', '"'] {
        if let Some(quoted) = inside.strip_prefix(quote) {
            let (name, rest) = quoted.split_once(quote)?;
            return Some((Step::Member(name.to_owned()), rest.strip_prefix(']')?));
        }
    }
    let (digits, rest) = inside.split_once(']')?;
    let digits_only = digits.bytes().all(|byte| byte.is_ascii_digit());
    let index = digits_only.then(|| digits.parse().ok())??;
    Some((Step::Index(index), rest))
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        self.0.iter().try_for_each(|step| match step {
            Step::Member(name) if !name.is_empty() && !name.contains(['.', '[']) => {
                write!(f, ".{name}")
            }
            Step::Member(name) if name.contains('\'') => write!(f, "[\"{name}\"]"),
            Step::Member(name) => write!(f, "['{name}']"),
            Step::Index(index) => write!(f, "[{index}]"),
        })
    }
}
