//! What a sizing function refuses, and the checks that refuse it.

/// An input that cannot be sized. Nothing is clamped silently: the caller decides what a refusal means.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SizingError {
    /// A probability that is NaN or outside `[0, 1]`.
    #[error("{what} must be a probability in [0, 1], not {value}")]
    Probability {
        /// Which input.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A price that is NaN or outside `[0, 1]`.
    #[error("{what} must be a price in [0, 1], not {value}")]
    Price {
        /// Which input.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number that must be finite and not negative.
    #[error("{what} must be finite and not negative, not {value}")]
    Negative {
        /// Which input.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number that must be finite and above zero.
    #[error("{what} must be finite and positive, not {value}")]
    NotPositive {
        /// Which input.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number that must be finite.
    #[error("{what} must be finite, not {value}")]
    NotFinite {
        /// Which input.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// Wealth is zero, negative or NaN in a state that can happen: no utility exists, so nothing is traded.
    #[error(
        "wealth in state {state} is {wealth}: it must be positive before anything can be sized"
    )]
    Wealth {
        /// Index of the state.
        state: usize,
        /// Wealth there, in cash units.
        wealth: f64,
    },
    /// Two lists that must have the same length do not, or an index points outside a list.
    #[error("{what}: expected {expected}, got {got}")]
    Shape {
        /// Which input.
        what: &'static str,
        /// The length, or the exclusive upper bound of an index.
        expected: usize,
        /// What was given.
        got: usize,
    },
    /// Probabilities of outcomes that exclude each other add up to more than one.
    #[error("probabilities of exclusive outcomes add up to {sum}, which is more than 1")]
    SumAboveOne {
        /// Their sum.
        sum: f64,
    },
    /// A list that must be ordered is not.
    #[error("{what} must be ordered: position {position} is out of order")]
    Order {
        /// Which input.
        what: &'static str,
        /// Index of the first element out of order.
        position: usize,
    },
}

/// Slack allowed on sums of probabilities, for rounding in the caller's normalisation.
pub(crate) const SUM_TOLERANCE: f64 = 1e-9;

pub(crate) fn probability(what: &'static str, value: f64) -> Result<f64, SizingError> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(SizingError::Probability { what, value })
    }
}

pub(crate) fn price(what: &'static str, value: f64) -> Result<f64, SizingError> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(SizingError::Price { what, value })
    }
}

pub(crate) fn not_negative(what: &'static str, value: f64) -> Result<f64, SizingError> {
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(SizingError::Negative { what, value })
    }
}

pub(crate) fn positive(what: &'static str, value: f64) -> Result<f64, SizingError> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(SizingError::NotPositive { what, value })
    }
}

pub(crate) fn finite(what: &'static str, value: f64) -> Result<f64, SizingError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(SizingError::NotFinite { what, value })
    }
}

pub(crate) fn same_length(
    what: &'static str,
    expected: usize,
    got: usize,
) -> Result<(), SizingError> {
    if expected == got {
        Ok(())
    } else {
        Err(SizingError::Shape {
            what,
            expected,
            got,
        })
    }
}

/// Checks a list of exclusive outcomes: each a probability, their sum at most one.
pub(crate) fn exclusive_probabilities(p: &[f64]) -> Result<f64, SizingError> {
    let mut sum = 0.0;
    for &value in p {
        sum += probability("outcome probability", value)?;
    }
    if sum > 1.0 + SUM_TOLERANCE {
        return Err(SizingError::SumAboveOne { sum });
    }
    Ok(sum)
}
