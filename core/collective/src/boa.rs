//! The core of Bernstein online aggregation (Wintenberger 2017): regrets with a second-order correction and a learning
//! rate per expert, shared by every scheme that learns weights this way.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// No learning rate exceeds this.
const RATE_MAX: f64 = 1.0;
/// Range of an expert that has shown no regret yet.
const RANGE_START: f64 = 1e-6;
/// Instant regrets beyond this are clipped: one event may not decide the weights for ever.
const REGRET_CLIP: f64 = 20.0;

/// State of one expert.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoaExpert {
    /// Discounted sum of corrected regrets, R; positive = better than the pool.
    pub regret: f64,
    /// Discounted sum of squared instant regrets, S.
    pub squares: f64,
    /// Largest (discounted) absolute instant regret, B.
    pub range: f64,
    /// Learning rate eta, in (0, 1].
    pub rate: f64,
}

/// The experts of one aggregation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boa {
    discount: f64,
    experts: Vec<BoaExpert>,
}

impl Boa {
    /// No experts yet. `discount` per batch in (0, 1]; 1 forgets nothing.
    #[must_use]
    pub fn new(discount: f64) -> Self {
        Self {
            discount,
            experts: Vec::new(),
        }
    }

    /// The experts, in column order.
    #[must_use]
    pub fn experts(&self) -> &[BoaExpert] {
        &self.experts
    }

    /// Adds an expert without history at `position`; the number of experts enters every learning rate.
    pub fn insert(&mut self, position: usize) {
        let newcomer = BoaExpert {
            regret: 0.0,
            squares: 0.0,
            range: RANGE_START,
            rate: RATE_MAX,
        };
        self.experts
            .insert(position.min(self.experts.len()), newcomer);
        let caution = self.caution();
        for expert in &mut self.experts {
            expert.rate = rate(expert, caution);
        }
    }

    /// Weights `w0 eta exp(eta R)` over the present experts, normalised to sum 1; 0 for absent ones.
    ///
    /// `columns[j]` is the value of expert j, `mass(j)` its prior mass w0 (any common factor cancels).
    #[must_use]
    pub fn weights(&self, columns: &[Option<f64>], mass: impl Fn(usize) -> f64) -> Vec<f64> {
        let exponent = |expert: &BoaExpert| expert.rate * expert.regret;
        let present = self
            .experts
            .iter()
            .zip(columns)
            .filter(|(_, column)| column.is_some());
        let largest = present
            .map(|(e, _)| exponent(e))
            .fold(f64::NEG_INFINITY, f64::max);
        let mut total = 0.0;
        let mut weights: Vec<f64> = Vec::with_capacity(columns.len());
        for (j, (expert, column)) in self.experts.iter().zip(columns).enumerate() {
            let weight = match column {
                Some(_) => mass(j) * expert.rate * libm::exp(exponent(expert) - largest),
                None => 0.0,
            };
            total += weight;
            weights.push(weight);
        }
        if 0.0 < total {
            weights.iter_mut().for_each(|weight| *weight /= total);
        }
        weights
    }

    /// One batch: `regrets[j]` is the instant (linearised) regret of expert j, 0 for an absent one.
    pub fn step(&mut self, regrets: &[f64]) {
        let caution = self.caution();
        for (expert, regret) in self.experts.iter_mut().zip(regrets) {
            let r = regret.clamp(-REGRET_CLIP, REGRET_CLIP);
            expert.range = (self.discount * expert.range).max(r.abs());
            expert.squares = self.discount * expert.squares + r * r;
            expert.rate = rate(expert, caution);
            expert.regret = self.discount * expert.regret + 0.5 * (r - expert.rate * r * r);
        }
    }

    /// `ln K`, the price of choosing among K experts. As a pseudo-variance it makes the cold start cautious.
    fn caution(&self) -> f64 {
        libm::log(self.experts.len().max(2) as f64)
    }
}

/// `min(1, 0.5 / B, sqrt(ln K / (ln K + S)))`. With this rate the correction term of the textbook algorithm for large
/// regrets can never become active, so it is left out.
fn rate(expert: &BoaExpert, caution: f64) -> f64 {
    let by_variance = libm::sqrt(caution / (caution / (RATE_MAX * RATE_MAX) + expert.squares));
    RATE_MAX.min(0.5 / expert.range).min(by_variance)
}
