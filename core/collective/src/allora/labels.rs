//! Rules for submissions with several labels: defaults for missing ones, and probabilities that must sum to 1.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

/// A topic's rules for the values of one submission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LabelRules {
    /// Value of a label that was not submitted; `None` = every label is required.
    pub default_value: Option<f64>,
    /// Largest distance of the sum from 1; `None` = no such requirement.
    pub unity_tolerance: Option<f64>,
}

/// Why a submission is refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LabelError {
    /// The label at this position is missing and has no default.
    Missing(usize),
    /// The label at this position is not finite.
    NotFinite(usize),
    /// The values sum to this, not to 1.
    Unity(f64),
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(position) => write!(f, "label {position} is missing"),
            Self::NotFinite(position) => write!(f, "label {position} is not finite"),
            Self::Unity(sum) => write!(f, "labels sum to {sum}, not to 1"),
        }
    }
}

impl core::error::Error for LabelError {}

impl LabelRules {
    /// The values of a submission, one per label, with defaults filled in.
    ///
    /// # Errors
    /// [`LabelError`] for a missing or non-finite label, or a sum outside the tolerance.
    pub fn complete(&self, labels: &[Option<f64>]) -> Result<Vec<f64>, LabelError> {
        let mut values = Vec::with_capacity(labels.len());
        for (position, label) in labels.iter().enumerate() {
            let value = label
                .or(self.default_value)
                .ok_or(LabelError::Missing(position))?;
            if !value.is_finite() {
                return Err(LabelError::NotFinite(position));
            }
            values.push(value);
        }
        let sum: f64 = values.iter().sum();
        match self.unity_tolerance {
            Some(tolerance) if tolerance < (sum - 1.0).abs() => Err(LabelError::Unity(sum)),
            _ => Ok(values),
        }
    }
}
