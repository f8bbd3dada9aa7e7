//! Why a rule was not read.

use super::clock::ClockError;
use crate::gamma::clean_line;

/// Why the rule of a market is not known. Such a market is shown, never traded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A description that is empty or too long to be one.
    #[error("the description has {bytes} bytes; expected 1 to {max}")]
    Length {
        /// Its length.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// A sentence that no table holds, or that stands where it must not.
    #[error("unknown sentence{}: {sentence:?}", nearest(.family))]
    UnknownSentence {
        /// The family whose table holds most of the others; `None` when no table holds any.
        family: Option<&'static str>,
        /// The sentence.
        sentence: String,
    },
    /// A sentence that a family cannot do without.
    #[error("{family}: the description lacks a sentence like {expected:?}")]
    MissingSentence {
        /// The family.
        family: &'static str,
        /// Its template.
        expected: &'static str,
    },
    /// Two places that say different things.
    #[error("{left_place} says {left:?}, but {right_place} says {right:?}")]
    Disagreement {
        /// One place.
        left_place: &'static str,
        /// What it says.
        left: String,
        /// The other place.
        right_place: &'static str,
        /// What it says.
        right: String,
    },
    /// A place that does not say what it must.
    #[error("{place} says {found:?}; expected {expected}")]
    Unexpected {
        /// The place.
        place: &'static str,
        /// What it says; empty when it says nothing.
        found: String,
        /// What it must say.
        expected: &'static str,
    },
    /// A time that is none.
    #[error("{place}: {error}")]
    Clock {
        /// Where it stands.
        place: &'static str,
        /// What is wrong.
        error: ClockError,
    },
}

fn nearest(family: &Option<&'static str>) -> String {
    family.map_or_else(String::new, |name| format!(" for {name}"))
}

impl Refusal {
    pub(super) fn disagreement(
        (left_place, left): (&'static str, impl ToString),
        (right_place, right): (&'static str, impl ToString),
    ) -> Self {
        Self::Disagreement {
            left_place,
            left: clean_line(&left.to_string()),
            right_place,
            right: clean_line(&right.to_string()),
        }
    }

    pub(super) fn unexpected(place: &'static str, found: &str, expected: &'static str) -> Self {
        Self::Unexpected {
            place,
            found: clean_line(found),
            expected,
        }
    }
}

/// `Ok` when both places say the same.
pub(super) fn agree<T: PartialEq + ToString>(
    left: (&'static str, T),
    right: (&'static str, T),
) -> Result<(), Refusal> {
    if left.1 == right.1 {
        return Ok(());
    }
    Err(Refusal::disagreement(left, right))
}
