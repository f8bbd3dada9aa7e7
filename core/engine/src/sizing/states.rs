//! State spaces: everything that can happen to a set of contests, each state with its probability.

use super::error::{SizingError, exclusive_probabilities, finite, not_negative, probability};
use alloc::vec;
use alloc::vec::Vec;

/// Largest number of states enumerated exactly; beyond it scenarios are drawn.
pub const ENUMERATED_STATES_MAX: usize = 4096;

/// How the markets of one contest relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContestKind {
    /// At most one market resolves YES. A single market is the plain binary case.
    Exclusive,
    /// Ascending strikes on one underlying: market `j` implies every market before it.
    Nested,
}

/// A contest: one binary market, an exclusive group of markets, or ascending strikes on one underlying.
#[derive(Debug, Clone, PartialEq)]
pub struct Contest {
    /// `P(market i resolves YES)`. Exclusive: the sum is at most 1, the rest is "other". Nested: not increasing.
    pub probabilities: Vec<f64>,
    /// Signed loading on the common factor, in `[-1, 1]`: `sqrt(rho)` for contests with pairwise correlation `rho`,
    /// negative for those that move against the factor, 0 for independent ones.
    pub loading: f64,
    /// How the markets relate.
    pub kind: ContestKind,
}

impl Contest {
    /// One binary market.
    #[must_use]
    pub fn binary(p_yes: f64, loading: f64) -> Self {
        Self::exclusive(vec![p_yes], loading)
    }

    /// Markets of which at most one resolves YES.
    #[must_use]
    pub fn exclusive(probabilities: Vec<f64>, loading: f64) -> Self {
        Self {
            probabilities,
            loading,
            kind: ContestKind::Exclusive,
        }
    }

    /// Strikes in ascending order with the probabilities of settling at or above them.
    #[must_use]
    pub fn nested(p_above: Vec<f64>, loading: f64) -> Self {
        Self {
            probabilities: p_above,
            loading,
            kind: ContestKind::Nested,
        }
    }

    /// Outcomes in the order they take along the common latent variable, lowest first, with their probabilities.
    pub(crate) fn ladder(&self) -> Result<Vec<(u16, f64)>, SizingError> {
        if !(-1.0..=1.0).contains(&self.loading) {
            return Err(SizingError::NotFinite {
                what: "factor loading in [-1, 1]",
                value: self.loading,
            });
        }
        outcome_ladder(self.layout(), &self.probabilities)
    }

    pub(crate) fn layout(&self) -> Layout {
        match (self.kind, self.probabilities.len()) {
            (ContestKind::Exclusive, 1) => Layout::Nested,
            (ContestKind::Exclusive, _) => Layout::Exclusive,
            (ContestKind::Nested, _) => Layout::Nested,
        }
    }
}

/// How an outcome number is read. A binary market is one strike: outcome 1 is YES, 0 is NO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Outcome `i` = market `i` resolves YES; outcome `markets` = none of them.
    Exclusive,
    /// Outcome `s` = the first `s` markets resolve YES.
    Nested,
}

fn outcome_ladder(layout: Layout, p: &[f64]) -> Result<Vec<(u16, f64)>, SizingError> {
    let markets = u16::try_from(p.len()).map_err(|_| SizingError::Shape {
        what: "markets in one contest",
        expected: usize::from(u16::MAX),
        got: p.len(),
    })?;
    let mut ladder = Vec::with_capacity(p.len() + 1);
    match layout {
        Layout::Exclusive => {
            let sum = exclusive_probabilities(p)?;
            let norm = sum.max(1.0);
            ladder.extend((0..markets).zip(p.iter().map(|p| p / norm)));
            let other = 1.0 - sum;
            if other > 1e-12 {
                ladder.push((markets, other));
            }
        }
        Layout::Nested => {
            let mut above = 0.0;
            for outcome in (1..=markets).rev() {
                let at_least = probability("P(above strike)", p[usize::from(outcome) - 1])?;
                if at_least < above {
                    return Err(SizingError::Order {
                        what: "P(above strike), which cannot rise with the strike,",
                        position: usize::from(outcome),
                    });
                }
                ladder.push((outcome, at_least - above));
                above = at_least;
            }
            ladder.push((0, 1.0 - above));
        }
    }
    Ok(ladder)
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ContestOutcomes {
    pub(crate) layout: Layout,
    pub(crate) markets: usize,
    /// Outcome by state.
    pub(crate) outcome: Vec<u16>,
}

/// Which outcome each contest has in each state, with the state's probability.
#[derive(Debug, Clone, PartialEq)]
pub struct StateSpace {
    pub(crate) probabilities: Vec<f64>,
    pub(crate) contests: Vec<ContestOutcomes>,
}

/// Shares held in one market of a state space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Holding {
    /// Index of the contest.
    pub contest: usize,
    /// Index of the market within the contest.
    pub market: usize,
    /// YES shares.
    pub yes: f64,
    /// NO shares.
    pub no: f64,
}

impl StateSpace {
    /// One exclusive group: state `i` = market `i` resolves YES, then "other" when the probabilities leave room for it.
    ///
    /// # Errors
    /// A probability outside `[0, 1]` or a sum above 1.
    pub fn exclusive(p: &[f64]) -> Result<Self, SizingError> {
        let ladder = outcome_ladder(Layout::Exclusive, p)?;
        Ok(Self::from_ladder(Layout::Exclusive, p.len(), &ladder))
    }

    /// Strikes `K_1 < ... < K_n` on one underlying, `p_above[j] = P(settles at or above K_j)`: state `s` = exactly the
    /// first `s` strikes are reached.
    ///
    /// # Errors
    /// A probability outside `[0, 1]` or one that rises with the strike.
    pub fn nested_strikes(p_above: &[f64]) -> Result<Self, SizingError> {
        let mut ladder = outcome_ladder(Layout::Nested, p_above)?;
        ladder.reverse();
        Ok(Self::from_ladder(Layout::Nested, p_above.len(), &ladder))
    }

    fn from_ladder(layout: Layout, markets: usize, ladder: &[(u16, f64)]) -> Self {
        Self {
            probabilities: ladder.iter().map(|&(_, p)| p).collect(),
            contests: vec![ContestOutcomes {
                layout,
                markets,
                outcome: ladder.iter().map(|&(outcome, _)| outcome).collect(),
            }],
        }
    }

    /// Binary markets with a given joint distribution: bit `j` of the state index = market `j` resolves YES.
    ///
    /// # Errors
    /// A length other than `2^markets`, a probability outside `[0, 1]`, a sum that is not 1 within 1e-6 (it is then
    /// normalised exactly).
    pub fn from_joint_binary(markets: usize, probabilities: &[f64]) -> Result<Self, SizingError> {
        let states = 1_usize.checked_shl(markets as u32).unwrap_or(0);
        super::error::same_length("joint probabilities", states, probabilities.len())?;
        let mut sum = 0.0;
        for &p in probabilities {
            sum += probability("state probability", p)?;
        }
        if (sum - 1.0).abs() > 1e-6 {
            return Err(SizingError::SumAboveOne { sum });
        }
        let contest = |j: usize| ContestOutcomes {
            layout: Layout::Nested,
            markets: 1,
            outcome: (0..states).map(|s| ((s >> j) & 1) as u16).collect(),
        };
        Ok(Self {
            probabilities: probabilities.iter().map(|p| p / sum).collect(),
            contests: (0..markets).map(contest).collect(),
        })
    }

    /// Joint distribution of several contests under a one-factor Gaussian copula.
    ///
    /// Enumerated exactly (96-point Gauss-Hermite over the factor, first contest varying fastest) while the product of
    /// outcome counts is at most [`ENUMERATED_STATES_MAX`] and the quadrature reproduces the marginals to 1e-6; else
    /// `scenarios` draws by [`super::ScenarioSet`], whose marginals are exact. Exclusive outcomes follow each other along
    /// the latent variable in listed order, YES of a binary market below NO.
    ///
    /// # Errors
    /// A contest that is not valid, or `scenarios` = 0 when they are needed.
    pub fn joint(contests: &[Contest], scenarios: usize, seed: u64) -> Result<Self, SizingError> {
        if let Some(space) = Self::enumerate(contests)? {
            return Ok(space);
        }
        let loadings: Vec<f64> = contests.iter().map(|contest| contest.loading).collect();
        super::ScenarioSet::new(&loadings, scenarios, seed)?.space(contests)
    }

    /// Number of states.
    #[must_use]
    pub fn len(&self) -> usize {
        self.probabilities.len()
    }

    /// Whether there is no state at all (never true of a space built here).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.probabilities.is_empty()
    }

    /// Number of contests.
    #[must_use]
    pub fn contest_count(&self) -> usize {
        self.contests.len()
    }

    /// Probability of each state; they add up to 1.
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// Whether market `market` of contest `contest` resolves YES in `state`. False for an index outside the space.
    #[must_use]
    pub fn yes(&self, contest: usize, market: usize, state: usize) -> bool {
        self.contests
            .get(contest)
            .and_then(|outcomes| {
                outcomes
                    .outcome
                    .get(state)
                    .map(|&o| outcomes.yes(o, market))
            })
            .unwrap_or(false)
    }

    /// `P(market resolves YES)` in this space.
    #[must_use]
    pub fn probability_of(&self, contest: usize, market: usize) -> f64 {
        (0..self.len())
            .filter(|&state| self.yes(contest, market, state))
            .map(|state| self.probabilities[state])
            .sum()
    }

    /// Wealth by state: `cash` plus what the holdings pay there. This is the base wealth of a sizing problem.
    ///
    /// # Errors
    /// Cash that is not finite, shares that are negative, a market that is not in the space.
    pub fn wealth(&self, cash: f64, holdings: &[Holding]) -> Result<Vec<f64>, SizingError> {
        let mut wealth = vec![finite("cash", cash)?; self.len()];
        for holding in holdings {
            let yes = not_negative("YES shares", holding.yes)?;
            let no = not_negative("NO shares", holding.no)?;
            let contest = self.check_market(holding.contest, holding.market)?;
            for (amount, &outcome) in wealth.iter_mut().zip(&contest.outcome) {
                *amount += if contest.yes(outcome, holding.market) {
                    yes
                } else {
                    no
                };
            }
        }
        Ok(wealth)
    }

    pub(crate) fn check_market(
        &self,
        contest: usize,
        market: usize,
    ) -> Result<&ContestOutcomes, SizingError> {
        let found = self.contests.get(contest).ok_or(SizingError::Shape {
            what: "contest index",
            expected: self.contests.len(),
            got: contest,
        })?;
        if market >= found.markets {
            return Err(SizingError::Shape {
                what: "market index",
                expected: found.markets,
                got: market,
            });
        }
        Ok(found)
    }
}

impl ContestOutcomes {
    pub(crate) fn yes(&self, outcome: u16, market: usize) -> bool {
        match self.layout {
            Layout::Exclusive => usize::from(outcome) == market,
            Layout::Nested => usize::from(outcome) > market,
        }
    }
}
