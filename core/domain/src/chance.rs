//! Chances and instants: a probability that cannot be NaN, and a time that came from outside.

use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::number::{Price, TickSize};

/// Smallest probability used in sizing and scoring; the largest is one minus it.
pub const PROBABILITY_MIN: f64 = 1e-6;

/// A probability in `[0, 1]`; never NaN.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Probability(f64);

/// A number that is no probability.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{0} is not a probability: expected a number from 0 to 1")]
pub struct NotAProbability(pub f64);

impl Probability {
    /// A probability from a number.
    ///
    /// # Errors
    /// [`NotAProbability`] for NaN and anything outside `[0, 1]`; such values are refused, never clamped.
    pub fn new(value: f64) -> Result<Self, NotAProbability> {
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(NotAProbability(value))
        }
    }

    /// The midpoint of a bid and an ask as a probability.
    #[must_use]
    pub fn midpoint(bid: Price, ask: Price) -> Self {
        Self((bid.to_f64() + ask.to_f64()) * 0.5)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Moved inside `[1e-6, 1 - 1e-6]`, as sizing and scoring want it.
    #[must_use]
    pub fn clipped(self) -> f64 {
        self.0.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN)
    }

    /// The probability of the opposite.
    #[must_use]
    pub fn complement(self) -> Self {
        Self(1.0 - self.0)
    }

    /// The highest grid price a buyer with this fair value may bid: rounded **down** to the tick, never towards more
    /// aggression. `None` below the first tick.
    #[must_use]
    pub fn bid_price(self, tick: TickSize) -> Option<Price> {
        tick.floor(micros_down(self.0))
    }

    /// The lowest grid price a seller with this fair value may ask: rounded **up** to the tick, never towards more
    /// aggression. `None` above the last tick.
    #[must_use]
    pub fn ask_price(self, tick: TickSize) -> Option<Price> {
        tick.ceil(1_000_000 - micros_down(1.0 - self.0))
    }
}

/// Whole micro-units at or below `value`, forgiving only the last bits of binary representation (`0.29` is 290,000).
fn micros_down(value: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "value is within [0, 1]")]
    let micros = libm::floor(value * 1e6 + 1e-6) as i64;
    micros
}

impl TryFrom<f64> for Probability {
    type Error = NotAProbability;
    fn try_from(value: f64) -> Result<Self, NotAProbability> {
        Self::new(value)
    }
}

impl From<Probability> for f64 {
    fn from(probability: Probability) -> f64 {
        probability.0
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.0)
    }
}

/// An instant in nanoseconds since 1970-01-01T00:00:00Z. It always comes from outside: nothing in the core reads a clock.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From nanoseconds since the epoch.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// From whole seconds since the epoch.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000_000_000)
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn secs(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// Whole UTC days since the epoch.
    #[must_use]
    pub const fn day(self) -> u64 {
        self.secs() / 86_400
    }

    /// This much later; saturates at the end of time.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(nanos(span)))
    }

    /// This much earlier; saturates at the epoch.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(nanos(span)))
    }

    /// Time passed since `earlier`; zero when it lies in the future.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
