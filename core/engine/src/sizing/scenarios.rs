//! Scenarios for more contests than can be enumerated: common random numbers, exact marginals.
//!
//! Each contest has a latent normal `z = b x + sqrt(1 - b^2) e` per scenario, `x` shared. Only the *rank* of a scenario
//! within its contest matters, and ranks depend on (contest index, loading, count, seed) alone: a set is built once and
//! turned into a [`StateSpace`] cheaply whenever probabilities move. Both `x` and `e` are stratified (Latin hypercube).
//! A scenario that straddles a threshold is split, so every marginal is exact: sampling noise must not look like an edge.

use super::error::SizingError;
use super::states::{Contest, ContestOutcomes, StateSpace};
use alloc::vec;
use alloc::vec::Vec;
use quorate_domain::math::normal_quantile;

/// Default number of scenarios.
pub const SCENARIOS_DEFAULT: usize = 10_000;

/// Latent ranks of a number of scenarios for a list of contests.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioSet {
    scenarios: usize,
    loadings: Vec<f64>,
    /// Rank of each scenario, by contest.
    ranks: Vec<Vec<u32>>,
}

/// A threshold that falls inside a scenario: below `fraction` of it the contest has the lower outcome.
struct Cut {
    scenario: u32,
    fraction: f64,
}

impl ScenarioSet {
    /// Draws the latent ranks. `loadings` are those of the contests, in their order.
    ///
    /// # Errors
    /// A loading outside `[-1, 1]`; no scenario, or more than `u32::MAX`.
    pub fn new(loadings: &[f64], scenarios: usize, seed: u64) -> Result<Self, SizingError> {
        if scenarios == 0 || u32::try_from(scenarios).is_err() {
            return Err(SizingError::Shape {
                what: "number of scenarios",
                expected: SCENARIOS_DEFAULT,
                got: scenarios,
            });
        }
        for &loading in loadings {
            if !(-1.0..=1.0).contains(&loading) {
                return Err(SizingError::NotFinite {
                    what: "factor loading in [-1, 1]",
                    value: loading,
                });
            }
        }
        let normals = stratified_normals(scenarios);
        let contest_ranks = |(index, &loading): (usize, &f64)| {
            let contest_seed = mix(seed ^ mix(index as u64 + 1));
            latent_ranks(&normals, loading, contest_seed)
        };
        Ok(Self {
            scenarios,
            loadings: loadings.to_vec(),
            ranks: loadings.iter().enumerate().map(contest_ranks).collect(),
        })
    }

    /// Whether the set was built for exactly these loadings, so that [`Self::space`] accepts the contests.
    #[must_use]
    pub fn fits(&self, contests: &[Contest]) -> bool {
        self.loadings
            .iter()
            .copied()
            .eq(contests.iter().map(|contest| contest.loading))
    }

    /// The state space for the contests' current probabilities: the scenarios plus one state per split threshold.
    ///
    /// # Errors
    /// Contests whose number or loadings differ from the set's, or that are not valid themselves.
    pub fn space(&self, contests: &[Contest]) -> Result<StateSpace, SizingError> {
        if !self.fits(contests) {
            return Err(SizingError::Shape {
                what: "contests with the loadings the scenarios were drawn for",
                expected: self.loadings.len(),
                got: contests.len(),
            });
        }
        let mut ladders = Vec::with_capacity(contests.len());
        let mut cuts = Vec::new();
        for (contest, ranks) in contests.iter().zip(&self.ranks) {
            let ladder = RankLadder::new(contest, self.scenarios)?;
            ladder.push_cuts(ranks, &mut cuts);
            ladders.push(ladder);
        }
        let pieces = Pieces::new(cuts, self.scenarios);
        let spread = contests.iter().zip(&self.ranks).zip(&ladders);
        Ok(StateSpace {
            contests: spread
                .map(|((contest, ranks), ladder)| ContestOutcomes {
                    layout: contest.layout(),
                    markets: contest.probabilities.len(),
                    outcome: pieces.outcomes(ranks, ladder),
                })
                .collect(),
            probabilities: pieces.probabilities,
        })
    }
}

/// A contest cut into intervals of rank: outcome `i` covers `[upper[i-1], upper[i])`, in units of one scenario.
struct RankLadder {
    outcomes: Vec<u16>,
    /// Inner thresholds, ascending; one fewer than there are outcomes.
    thresholds: Vec<f64>,
}

impl RankLadder {
    fn new(contest: &Contest, scenarios: usize) -> Result<Self, SizingError> {
        let ladder = contest.ladder()?;
        let mut below = 0.0;
        let mut thresholds = Vec::with_capacity(ladder.len());
        for &(_, p) in &ladder {
            below += p;
            thresholds.push((below * scenarios as f64).min(scenarios as f64));
        }
        thresholds.pop();
        Ok(Self {
            outcomes: ladder.iter().map(|&(outcome, _)| outcome).collect(),
            thresholds,
        })
    }

    fn outcome_at(&self, position: f64) -> u16 {
        let passed = self.thresholds.partition_point(|&t| t <= position);
        self.outcomes[passed]
    }

    fn push_cuts(&self, ranks: &[u32], cuts: &mut Vec<Cut>) {
        for &threshold in &self.thresholds {
            let whole = libm::floor(threshold);
            let fraction = threshold - whole;
            // Rounding of the cumulative sum is not worth a state.
            if !(1e-9..=1.0 - 1e-9).contains(&fraction) {
                continue;
            }
            let rank = whole as u32;
            if let Some(scenario) = ranks.iter().position(|&r| r == rank) {
                cuts.push(Cut {
                    scenario: scenario as u32,
                    fraction,
                });
            }
        }
    }
}

/// The scenarios in order, those with cuts inside divided at them.
struct Pieces {
    probabilities: Vec<f64>,
    /// Scenario and the middle of the piece within it, for pieces after the first of a scenario or cut at all.
    split: Vec<(u32, f64)>,
    scenarios: usize,
}

impl Pieces {
    /// Whole scenarios come first, at their own index; what is cut off them follows.
    fn new(mut cuts: Vec<Cut>, scenarios: usize) -> Self {
        cuts.sort_by(|a, b| {
            (a.scenario, a.fraction)
                .partial_cmp(&(b.scenario, b.fraction))
                .unwrap_or(core::cmp::Ordering::Equal)
        });
        let unit = 1.0 / scenarios as f64;
        let mut probabilities = vec![unit; scenarios];
        let mut split = Vec::with_capacity(cuts.len());
        for (index, cut) in cuts.iter().enumerate() {
            let same_scenario = cuts
                .get(index + 1)
                .filter(|next| next.scenario == cut.scenario);
            let end = same_scenario.map_or(1.0, |next| next.fraction);
            if end > cut.fraction {
                split.push((cut.scenario, 0.5 * (cut.fraction + end)));
                probabilities.push((end - cut.fraction) * unit);
                probabilities[cut.scenario as usize] -= (end - cut.fraction) * unit;
            }
        }
        Self {
            probabilities,
            split,
            scenarios,
        }
    }

    fn outcomes(&self, ranks: &[u32], ladder: &RankLadder) -> Vec<u16> {
        let mut outcomes = Vec::with_capacity(self.probabilities.len());
        if let (&[threshold], &[low, high]) = (&ladder.thresholds[..], &ladder.outcomes[..]) {
            // A whole scenario keeps the part from its start up to its first cut: it is low if it starts low.
            let first_high = libm::ceil(threshold - 1e-9) as u32;
            outcomes.extend(
                ranks
                    .iter()
                    .map(|&r| if r < first_high { low } else { high }),
            );
        } else {
            outcomes.extend(
                ranks
                    .iter()
                    .map(|&r| ladder.outcome_at(f64::from(r) + 1e-9)),
            );
        }
        debug_assert_eq!(outcomes.len(), self.scenarios, "one rank per scenario");
        outcomes.extend(self.split.iter().map(|&(scenario, middle)| {
            ladder.outcome_at(f64::from(ranks[scenario as usize]) + middle)
        }));
        outcomes
    }
}

/// Mid-stratum quantiles `Phi^-1((i + 1/2) / n)`, ascending.
fn stratified_normals(count: usize) -> Vec<f64> {
    (0..count)
        .map(|i| normal_quantile((i as f64 + 0.5) / count as f64))
        .collect()
}

/// Rank of each scenario by its latent value. Scenario `s` has the factor value of stratum `s`.
fn latent_ranks(normals: &[f64], loading: f64, seed: u64) -> Vec<u32> {
    let own = permutation(normals.len(), seed);
    let residual = libm::sqrt(1.0 - loading * loading);
    let mut latent: Vec<(f64, u32)> = own
        .iter()
        .zip(normals)
        .enumerate()
        .map(|(scenario, (&stratum, &factor))| {
            let own_part = residual * normals[stratum as usize];
            (loading * factor + own_part, scenario as u32)
        })
        .collect();
    latent.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut ranks = vec![0; normals.len()];
    for (rank, &(_, scenario)) in latent.iter().enumerate() {
        ranks[scenario as usize] = rank as u32;
    }
    ranks
}

/// A uniformly random permutation of `0..count` (Fisher-Yates), fixed by the seed.
fn permutation(count: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    let mut state = seed;
    for remaining in (2..=count).rev() {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let draw = (u128::from(mix(state)) * remaining as u128) >> 64;
        order.swap(remaining - 1, draw as usize);
    }
    order
}

/// The SplitMix64 finaliser (Steele, Lea & Flood 2014): a bijection that scatters nearby seeds.
fn mix(seed: u64) -> u64 {
    let z = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
