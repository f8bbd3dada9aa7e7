//! Reading the body of a submission.

use quorate_domain::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::error::ApiError;
use crate::fault::Fault;
use crate::question::QuestionKey;
use crate::reply::{Said, non_number};
use crate::text::bounded;
use crate::time;

/// Longest nonce in characters.
const NONCE_CHARS_MAX: usize = 64;
/// The members a submission may have.
const MEMBERS: [&str; 6] = ["topic", "epoch", "label", "value", "published_at", "nonce"];

/// A topic or a label, by number or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Number(u64),
    Name(String),
}

impl Named {
    /// Whether it names the thing with this number and name.
    pub(super) fn names(&self, number: u64, name: &str) -> bool {
        match self {
            Self::Number(own) => *own == number,
            Self::Name(own) => own == name || own.parse() == Ok(number),
        }
    }
}

/// A submission as it was sent.
#[derive(Clone, Debug)]
pub(super) struct Submission {
    pub(super) topic: Named,
    pub(super) epoch: u64,
    pub(super) label: Named,
    pub(super) said: Said,
    pub(super) nonce: Option<String>,
}

/// What makes two submissions of one worker the same.
pub(super) type BodyKey = [u8; 32];

impl Submission {
    /// Reads a body.
    pub(super) fn read(body: &[u8]) -> Result<Self, Reading> {
        let text =
            std::str::from_utf8(body).map_err(|_| ApiError::malformed("the body is not UTF-8"))?;
        let root: Value =
            serde_json::from_str(text).map_err(|error| match non_number(text, &error) {
                Some(found) => Reading::Fault(Fault::NotFinite { found }),
                None => ApiError::malformed(format!("the body is not JSON: {error}")).into(),
            })?;
        let Value::Object(members) = root else {
            return Err(ApiError::malformed("the body is JSON, but no object").into());
        };
        if let Some(unknown) = members
            .keys()
            .find(|name| !MEMBERS.contains(&name.as_str()))
        {
            let message = format!("`{}` is no member of a submission", bounded(unknown, 40));
            return Err(ApiError::malformed(message).into());
        }
        Ok(Self {
            topic: named(&members, "topic")?.ok_or_else(|| missing("topic"))?,
            epoch: epoch(&members)?,
            label: named(&members, "label")?.unwrap_or(Named::Number(0)),
            said: Said {
                value: value(&members)?,
                published_at: published_at(&members)?,
            },
            nonce: nonce(&members)?,
        })
    }

    /// The submission in one canonical form, kept as the raw text of what was heard.
    pub(super) fn canonical(&self, key: QuestionKey) -> String {
        json!({
            "topic": key.topic.0,
            "epoch": key.epoch.0,
            "label": key.label.0,
            "value": self.said.value,
            "published_at": self.said.published_at.map(time::rfc3339),
            "nonce": self.nonce,
        })
        .to_string()
    }
}

/// The key of a canonical form.
pub(super) fn body_key(canonical: &str) -> BodyKey {
    Sha256::digest(canonical.as_bytes()).into()
}

/// Why a body could not be read: a refusal, or one of the counted faults.
pub(super) enum Reading {
    Refusal(ApiError),
    Fault(Fault),
}

impl From<ApiError> for Reading {
    fn from(error: ApiError) -> Self {
        Self::Refusal(error)
    }
}

type Members = Map<String, Value>;

fn missing(name: &str) -> ApiError {
    ApiError::malformed(format!("`{name}` is missing"))
}

/// A member that is present and not null.
fn given<'a>(members: &'a Members, name: &str) -> Option<&'a Value> {
    members.get(name).filter(|value| !value.is_null())
}

fn named(members: &Members, name: &str) -> Result<Option<Named>, ApiError> {
    given(members, name)
        .map(|value| match value {
            Value::String(text) => Ok(Named::Name(text.clone())),
            value => value.as_u64().map(Named::Number).ok_or_else(|| {
                ApiError::malformed(format!(
                    "`{name}` must be a number or a name from GET /v1/questions"
                ))
            }),
        })
        .transpose()
}

fn epoch(members: &Members) -> Result<u64, ApiError> {
    given(members, "epoch")
        .ok_or_else(|| missing("epoch"))?
        .as_u64()
        .ok_or_else(|| ApiError::malformed("`epoch` must be a whole number from GET /v1/questions"))
}

fn value(members: &Members) -> Result<f64, Reading> {
    match given(members, "value") {
        None => Err(missing("value").into()),
        Some(Value::Number(number)) => Ok(number.as_f64().unwrap_or(f64::NAN)),
        Some(Value::String(text)) if text.parse::<f64>().is_ok_and(|value| !value.is_finite()) => {
            Err(Reading::Fault(Fault::NotFinite {
                found: bounded(text, 40),
            }))
        }
        Some(_) => Err(ApiError::malformed("`value` must be a JSON number, without quotes").into()),
    }
}

fn published_at(members: &Members) -> Result<Option<Timestamp>, ApiError> {
    given(members, "published_at")
        .map(time::parse_json)
        .transpose()
        .map_err(|why| ApiError::malformed(format!("`published_at`: {why}")))
}

fn nonce(members: &Members) -> Result<Option<String>, ApiError> {
    given(members, "nonce")
        .map(|value| match value {
            Value::String(text) if is_nonce(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            _ => Err(ApiError::malformed(format!(
                "`nonce` must be a number or a text of at most {NONCE_CHARS_MAX} characters, none of them a control character"
            ))),
        })
        .transpose()
}

/// Short and plain enough for the canonical form to be kept whole as raw text.
fn is_nonce(text: &str) -> bool {
    text.chars().count() <= NONCE_CHARS_MAX && !text.chars().any(char::is_control)
}
