//! Exact joint distributions: enumeration of all outcomes under a one-factor Gaussian copula.
//!
//! Given the factor the contests are independent; the product is averaged over the factor by Gauss-Hermite quadrature.

use super::error::SizingError;
use super::special::{Node, gauss_hermite};
use super::states::{Contest, ContestOutcomes, ENUMERATED_STATES_MAX, StateSpace};
use alloc::vec;
use alloc::vec::Vec;
use quorate_domain::math::{normal_cdf, normal_quantile};

const QUADRATURE_POINTS: usize = 96;

/// Largest error of a marginal probability accepted from the quadrature; loadings near one exceed it.
const MARGINAL_TOLERANCE: f64 = 1e-6;

/// The rule by which the common factor is averaged out. Finding its nodes costs more than using them: keep it.
#[derive(Debug, Clone, PartialEq)]
pub struct Quadrature {
    nodes: Vec<Node>,
}

impl Quadrature {
    /// The 96-point Gauss-Hermite rule.
    #[must_use]
    pub fn new() -> Self {
        Self {
            nodes: gauss_hermite(QUADRATURE_POINTS),
        }
    }
}

impl Default for Quadrature {
    fn default() -> Self {
        Self::new()
    }
}

/// Without a common factor one node does.
const NO_FACTOR: [Node; 1] = [Node {
    x: 0.0,
    weight: 1.0,
}];

impl StateSpace {
    /// [`Self::enumerate_with`] with a rule made for this one call.
    ///
    /// # Errors
    /// A contest that is not valid.
    pub fn enumerate(contests: &[Contest]) -> Result<Option<Self>, SizingError> {
        let independent = contests.iter().all(|contest| contest.loading == 0.0);
        let rule = if independent {
            Quadrature { nodes: Vec::new() }
        } else {
            Quadrature::new()
        };
        Self::enumerate_with(contests, &rule)
    }

    /// The exact enumeration, or `None` when there are too many states or the loadings are too near one.
    ///
    /// # Errors
    /// A contest that is not valid.
    pub fn enumerate_with(
        contests: &[Contest],
        rule: &Quadrature,
    ) -> Result<Option<Self>, SizingError> {
        let mut factors = Vec::with_capacity(contests.len());
        let mut states = 1_usize;
        for contest in contests {
            let factor = LatentLadder::new(contest)?;
            states = states.saturating_mul(factor.outcomes.len());
            factors.push(factor);
        }
        if states > ENUMERATED_STATES_MAX {
            return Ok(None);
        }
        let Some(probabilities) = mix_over_factor(&mut factors, states, rule) else {
            return Ok(None);
        };
        let mut stride = 1;
        let mut spread = Vec::with_capacity(contests.len());
        for (contest, factor) in contests.iter().zip(&factors) {
            let count = factor.outcomes.len();
            spread.push(ContestOutcomes {
                layout: contest.layout(),
                markets: contest.probabilities.len(),
                outcome: (0..states)
                    .map(|s| factor.outcomes[(s / stride) % count])
                    .collect(),
            });
            stride *= count;
        }
        Ok(Some(Self {
            probabilities,
            contests: spread,
        }))
    }
}

/// A contest cut into intervals of the latent normal variable.
struct LatentLadder {
    /// Outcome numbers by position in the state index.
    outcomes: Vec<u16>,
    /// Position in the state index, by rung.
    position: Vec<usize>,
    /// Upper end of each rung, as a standard normal quantile.
    upper: Vec<f64>,
    probability: Vec<f64>,
    loading: f64,
    /// Probability by position at the current factor value.
    conditional: Vec<f64>,
}

impl LatentLadder {
    fn new(contest: &Contest) -> Result<Self, SizingError> {
        let ladder = contest.ladder()?;
        let mut outcomes: Vec<u16> = ladder.iter().map(|&(outcome, _)| outcome).collect();
        outcomes.sort_unstable();
        let place = |outcome| outcomes.partition_point(|&o| o < outcome);
        let position = ladder.iter().map(|&(outcome, _)| place(outcome)).collect();
        let mut below = 0.0;
        let mut upper = Vec::with_capacity(ladder.len());
        for &(_, p) in &ladder {
            below += p;
            upper.push(normal_quantile(below.min(1.0)));
        }
        if let Some(last) = upper.last_mut() {
            *last = f64::INFINITY;
        }
        Ok(Self {
            conditional: vec![0.0; ladder.len()],
            probability: ladder.iter().map(|&(_, p)| p).collect(),
            outcomes,
            position,
            upper,
            loading: contest.loading,
        })
    }

    /// Fills `conditional` for factor value `x`.
    fn condition(&mut self, x: f64) {
        let residual = libm::sqrt(1.0 - self.loading * self.loading);
        let mut below = 0.0;
        for (rung, &upper) in self.upper.iter().enumerate() {
            let shifted = upper - self.loading * x;
            let cumulative = if residual > 0.0 {
                normal_cdf(shifted / residual)
            } else if shifted > 0.0 {
                1.0
            } else {
                0.0
            };
            self.conditional[self.position[rung]] = (cumulative - below).max(0.0);
            below = cumulative;
        }
    }
}

/// State probabilities averaged over the factor, or `None` when the marginals come out wrong.
fn mix_over_factor(
    factors: &mut [LatentLadder],
    states: usize,
    rule: &Quadrature,
) -> Option<Vec<f64>> {
    let independent = factors.iter().all(|factor| factor.loading == 0.0);
    let nodes: &[Node] = if independent { &NO_FACTOR } else { &rule.nodes };
    let mut mixed = vec![0.0; states];
    let mut marginals: Vec<Vec<f64>> = factors
        .iter()
        .map(|factor| vec![0.0; factor.outcomes.len()])
        .collect();
    let mut product = Vec::with_capacity(states);
    for node in nodes {
        product.clear();
        product.push(node.weight);
        for (factor, marginal) in factors.iter_mut().zip(&mut marginals) {
            factor.condition(node.x);
            for (sum, &p) in marginal.iter_mut().zip(&factor.conditional) {
                *sum += node.weight * p;
            }
            extend_product(&mut product, &factor.conditional);
        }
        for (sum, &p) in mixed.iter_mut().zip(&product) {
            *sum += p;
        }
    }
    let wrong = factors.iter().zip(&marginals).any(|(factor, marginal)| {
        factor
            .position
            .iter()
            .zip(&factor.probability)
            .any(|(&position, &p)| (marginal[position] - p).abs() > MARGINAL_TOLERANCE)
    });
    if wrong {
        return None;
    }
    let sum: f64 = mixed.iter().sum();
    mixed.iter_mut().for_each(|p| *p /= sum);
    Some(mixed)
}

/// Multiplies a product distribution by one more contest, which becomes the slowest digit of the state index.
fn extend_product(product: &mut Vec<f64>, conditional: &[f64]) {
    let block = product.len();
    for &p in &conditional[1..] {
        for index in 0..block {
            let weight = product[index] * p;
            product.push(weight);
        }
    }
    for weight in &mut product[..block] {
        *weight *= conditional[0];
    }
}
