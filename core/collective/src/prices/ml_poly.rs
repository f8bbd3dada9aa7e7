//! ML-Poly: polynomially weighted averages with multiple learning rates (Gaillard, Stoltz and van Erven 2014).

use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Added to every weight, so that a new expert is never quite ignored.
const WEIGHT_FLOOR: f64 = 1e-12;
/// Differences below this share of the values are rounding noise and must not decide weights.
const AGREEMENT: f64 = 1e-12;

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Expert {
    /// Sum of instant regrets.
    regret: f64,
    /// Sum of their squares.
    squares: f64,
}

/// State of the aggregation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MlPoly {
    experts: Vec<Expert>,
    /// Largest squared instant regret of any expert.
    range: f64,
}

impl MlPoly {
    /// No experts yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends an expert.
    pub fn register(&mut self) {
        self.experts.push(Expert::default());
    }

    /// True when the state belongs to this many experts: what a restored snapshot must satisfy.
    pub(crate) fn has_experts(&self, experts: usize) -> bool {
        self.experts.len() == experts
    }

    /// Weights over the present columns, normalised to sum 1; 0 for absent ones.
    #[must_use]
    pub fn weights(&self, columns: &[Option<f64>]) -> Vec<f64> {
        let raw: Vec<f64> = self
            .experts
            .iter()
            .map(|expert| self.raw_weight(expert))
            .collect();
        let total: f64 = raw.iter().sum();
        let uniform = 1.0 / raw.len().max(1) as f64;
        let share = |weight: f64| if 0.0 < total { weight / total } else { uniform };
        let mut present_total = 0.0;
        let mut weights = vec![0.0; columns.len()];
        for ((weight, raw), column) in weights.iter_mut().zip(raw).zip(columns) {
            if column.is_some() {
                *weight = share(raw) + WEIGHT_FLOOR;
                present_total += *weight;
            }
        }
        if 0.0 < present_total {
            weights
                .iter_mut()
                .for_each(|weight| *weight /= present_total);
        }
        weights
    }

    /// Regret over its accumulated squares, for experts with a positive regret.
    fn raw_weight(&self, expert: &Expert) -> f64 {
        let spread = self.range + expert.squares;
        if 0.0 < expert.regret && 0.0 < spread {
            expert.regret / spread
        } else {
            0.0
        }
    }

    /// Learns one batch of `(columns, combined value, outcome)`.
    pub(crate) fn resolve(&mut self, rows: &[(&[Option<f64>], f64, f64)]) {
        let mut regrets = vec![0.0; self.experts.len()];
        for (columns, value, outcome) in rows {
            let slope = 2.0 * (value - outcome) / rows.len() as f64;
            for (regret, x) in regrets.iter_mut().zip(columns.iter()) {
                *regret += slope * x.map_or(0.0, |x| difference(*value, x));
            }
        }
        for (expert, regret) in self.experts.iter_mut().zip(regrets) {
            let square = regret * regret;
            self.range = self.range.max(square);
            expert.squares += square;
            expert.regret += regret;
        }
    }
}

fn difference(value: f64, x: f64) -> f64 {
    let gap = value - x;
    if gap.abs() <= AGREEMENT * (value.abs() + x.abs()) {
        0.0
    } else {
        gap
    }
}
