//! How tables of forecasts are read, beyond the names of their columns.

use std::collections::BTreeMap;

use quorate_collective::Quantity;

use super::layout::Constants;

/// What the cells of a value hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A probability, 0 to 1.
    Probability,
    /// Basis points of a return or log price.
    BasisPoints,
    /// A log return: 0.01 is 100 basis points.
    Return,
    /// A price; what counts is its log return on the reference price of the row.
    Level,
}

impl Unit {
    pub(super) fn quantity(self) -> Quantity {
        match self {
            Self::Probability => Quantity::Probability,
            Self::BasisPoints | Self::Return | Self::Level => Quantity::Price,
        }
    }

    /// The value as pools take it: a probability, or basis points.
    pub(super) fn standard(self, value: f64, reference: Option<f64>) -> f64 {
        const BPS: f64 = 10_000.0;
        match self {
            Self::Probability | Self::BasisPoints => value,
            Self::Return => BPS * value,
            Self::Level => BPS * libm::log(value / reference.unwrap_or(value)),
        }
    }
}

/// What resolves together when no column says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BatchBy {
    /// Everything of one UTC date.
    Date,
    /// Everything of one instant.
    Time,
}

/// The rules of a file.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) name: String,
    pub(super) unit: Unit,
    pub(super) batch_by: BatchBy,
    /// How long a worker's last value counts, milliseconds.
    pub(super) carry_ms: Option<i64>,
    pub(super) predicted_at_ms: Option<i64>,
    pub(super) resolved_at_ms: Option<i64>,
    pub(super) require: Vec<String>,
    pub(super) exclude: Vec<String>,
    /// Family by worker.
    pub(super) families: BTreeMap<String, String>,
}

impl Rules {
    /// The rules of a plain table of probabilities.
    pub(super) fn named(name: String) -> Self {
        Self {
            name,
            unit: Unit::Probability,
            batch_by: BatchBy::Date,
            carry_ms: None,
            predicted_at_ms: None,
            resolved_at_ms: None,
            require: Vec::new(),
            exclude: Vec::new(),
            families: BTreeMap::new(),
        }
    }

    /// Which times hold for all lines.
    pub(super) fn constants(&self) -> Constants {
        Constants {
            has_predicted_at: self.predicted_at_ms.is_some(),
            has_resolved_at: self.resolved_at_ms.is_some(),
        }
    }
}
