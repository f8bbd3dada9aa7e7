//! A value that was asked for: given, absent, or given but refused. Refusals are reported once, where they happen.

use std::fmt::Display;

use super::quantity::Refusal;

/// Where a value was looked for, and how to report that it is wrong or absent there.
pub trait Place {
    /// Reports that the value given here is refused.
    fn refuse(&self, refusal: Refusal);
    /// Reports that nothing is given here.
    fn missing(&self);
}

#[derive(Clone, Debug)]
enum State<T> {
    Absent,
    Refused,
    Given(T),
}

/// A value that was asked for at a place. Ends with [`Reading::required`], [`Reading::optional`] or [`Reading::or`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Reading<P, T> {
    place: P,
    state: State<T>,
}

impl<P: Place, T> Reading<P, T> {
    /// Parses what is given at `place`; `None` means nothing is given.
    pub(super) fn new<G>(
        place: P,
        given: Option<G>,
        parse: impl FnOnce(G) -> Result<T, Refusal>,
    ) -> Self {
        let state = match given.map(parse) {
            None => State::Absent,
            Some(Ok(value)) => State::Given(value),
            Some(Err(refusal)) => {
                place.refuse(refusal);
                State::Refused
            }
        };
        Self { place, state }
    }

    /// The value; its absence is reported as a mistake. `None` always means that something was reported.
    #[must_use]
    pub fn required(self) -> Option<T> {
        match self.state {
            State::Given(value) => Some(value),
            State::Refused => None,
            State::Absent => {
                self.place.missing();
                None
            }
        }
    }

    /// The value, or `None` if it is absent or was refused (and reported).
    #[must_use]
    pub fn optional(self) -> Option<T> {
        match self.state {
            State::Given(value) => Some(value),
            State::Refused | State::Absent => None,
        }
    }

    /// The value, or `default` if it is absent or was refused (and reported).
    #[must_use]
    pub fn or(self, default: T) -> T {
        self.optional().unwrap_or(default)
    }

    /// Refuses a value for which `holds` is false; `expectation` says what would hold, such as `must be even`.
    pub fn ensure(self, holds: impl FnOnce(&T) -> bool, expectation: &str) -> Self {
        self.and_then(|value| match holds(&value) {
            true => Ok(value),
            false => Err(Refusal::new("out-of-range", expectation)),
        })
    }

    /// Turns the value into another one or refuses it.
    pub fn and_then<U>(self, convert: impl FnOnce(T) -> Result<U, Refusal>) -> Reading<P, U> {
        let Self { place, state } = self;
        match state {
            State::Given(value) => Reading::new(place, Some(value), convert),
            State::Refused => Reading {
                place,
                state: State::Refused,
            },
            State::Absent => Reading {
                place,
                state: State::Absent,
            },
        }
    }
}

impl<P: Place, T: PartialOrd + Display> Reading<P, T> {
    /// Refuses a value outside `min..=max`.
    pub fn within(self, min: T, max: T) -> Self {
        self.and_then(|value| {
            let inside = min <= value && value <= max;
            if inside {
                Ok(value)
            } else {
                Err(Refusal::outside(min, max))
            }
        })
    }
}
