//! Drawdown control: the largest bet whose chance of ever falling to a floor stays bounded.
//!
//! Maximise `E ln w` subject to `E[w^-lambda] <= 1` with `lambda = ln(beta) / ln(alpha)`; then the chance that wealth ever
//! falls below `alpha` of its start is below `beta` (Busseti, Ryu & Boyd 2016).

use super::error::{SizingError, positive, same_length};
use super::exclusive::exclusive_stakes;
use super::fractional::kelly_fraction;
use super::solver::{Leg, LegAction, LegOutcome, Problem, Solution, solve_with_utility};
use super::states::StateSpace;
use super::utility::Utility;
use alloc::vec;
use alloc::vec::Vec;

/// A bound on drawdown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DrawdownLimit {
    /// Wealth floor `alpha` as a share of the start, in (0, 1).
    pub wealth_floor: f64,
    /// Largest chance `beta` of ever falling below it, in (0, 1).
    pub probability_max: f64,
}

impl DrawdownLimit {
    /// The exponent `lambda = ln(beta) / ln(alpha)`.
    ///
    /// # Errors
    /// A floor or chance outside (0, 1).
    pub fn lambda(&self) -> Result<f64, SizingError> {
        let log_of = |what, value: f64| -> Result<f64, SizingError> {
            positive("1 - bound", 1.0 - value)?;
            Ok(libm::log(positive(what, value)?))
        };
        let beta = log_of("largest chance", self.probability_max)?;
        Ok(beta / log_of("wealth floor", self.wealth_floor)?)
    }
}

/// Fraction of wealth to stake on one binary bet at `cost`: full Kelly if it satisfies the limit, else the root in
/// `(0, f*)` of `p (1 + f b)^-lambda + (1 - p) (1 - f)^-lambda = 1`, `b = (1 - c) / c`.
///
/// # Errors
/// `p` outside `[0, 1]`, `cost` outside `(0, 1)`, a limit that is not valid.
pub fn drawdown_fraction(p: f64, cost: f64, limit: &DrawdownLimit) -> Result<f64, SizingError> {
    let lambda = limit.lambda()?;
    let full = kelly_fraction(p, cost)?;
    let odds = (1.0 - cost) / positive("cost per share", cost)?;
    let constraint = |f: f64| {
        let win = p * libm::exp(-lambda * libm::log1p(f * odds));
        if p == 1.0 {
            return win;
        }
        win + (1.0 - p) * libm::exp(-lambda * libm::log1p(-f))
    };
    if full == 0.0 || constraint(full) <= 1.0 {
        return Ok(full);
    }
    // Convex with value 1 at zero and a negative slope there: below 1 before the root, above it after.
    let (mut low, mut high) = (0.0, full);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if constraint(middle) <= 1.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// A solution under a drawdown limit.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawdownSolution {
    /// Quantities and wealth.
    pub solution: Solution,
    /// Multiplier of the constraint; 0 when full Kelly satisfies it.
    pub multiplier: f64,
    /// `E[(w / w_start)^-lambda]` at the solution, at most 1 up to 1e-9.
    pub constraint_value: f64,
}

/// Log-optimal quantities of any problem under a drawdown limit; `risk_aversion` of the problem is not used.
///
/// Bisects the multiplier `kappa` of `E[ln w - kappa w^-lambda]`, wealth being measured in units of the smallest base
/// wealth, until the constraint holds.
///
/// # Errors
/// As [`super::solve`], or a limit that is not valid.
pub fn solve_with_drawdown(
    problem: &Problem<'_>,
    limit: &DrawdownLimit,
) -> Result<DrawdownSolution, SizingError> {
    let lambda = limit.lambda()?;
    let attempt = |kappa: f64| -> Result<DrawdownSolution, SizingError> {
        let solution = solve_with_utility(problem, Utility::DrawdownPenalised { kappa, lambda })?;
        Ok(DrawdownSolution {
            constraint_value: constraint_value(problem, &solution.wealth, lambda)?,
            multiplier: kappa,
            solution,
        })
    };
    let free = attempt(0.0)?;
    if free.constraint_value <= 1.0 {
        return Ok(free);
    }
    let (mut low, mut high) = (0.0, 1e-3);
    let mut best = attempt(high)?;
    while best.constraint_value > 1.0 && high < 1e12 {
        low = high;
        high *= 8.0;
        best = attempt(high)?;
    }
    for _ in 0..60 {
        let next = attempt(0.5 * (low + high))?;
        if next.constraint_value > 1.0 {
            low = next.multiplier;
        } else {
            high = next.multiplier;
            best = next;
        }
        if high - low <= 1e-12 * high {
            break;
        }
    }
    Ok(best)
}

fn constraint_value(
    problem: &Problem<'_>,
    wealth: &[f64],
    lambda: f64,
) -> Result<f64, SizingError> {
    let unit = super::prices::smallest_wealth(problem.space, problem.base_wealth)?;
    let states = problem.space.probabilities().iter().zip(wealth);
    Ok(states
        .filter(|(p, _)| **p > 0.0)
        .map(|(p, w)| p * libm::exp(-lambda * libm::log(w / unit)))
        .sum())
}

/// Fractions of wealth staked on exclusive outcomes, YES only, flat prices, under a drawdown limit.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawdownStakes {
    /// Without the limit (Smoczynski & Tomkins 2010).
    pub unconstrained: Vec<f64>,
    /// With it.
    pub fractions: Vec<f64>,
    /// Multiplier of the constraint.
    pub multiplier: f64,
    /// `E[w^-lambda]` at the fractions.
    pub constraint_value: f64,
}

/// Stakes on exclusive outcomes under a drawdown limit. Their support is that of the unconstrained optimum (Long 2026).
///
/// # Errors
/// As [`exclusive_stakes`], or a limit that is not valid.
pub fn drawdown_exclusive(
    p: &[f64],
    cost: &[f64],
    limit: &DrawdownLimit,
) -> Result<DrawdownStakes, SizingError> {
    same_length("costs", p.len(), cost.len())?;
    let unconstrained = exclusive_stakes(p, cost)?.fractions;
    let space = StateSpace::exclusive(p)?;
    let leg = |(market, &unit_cash): (usize, &f64)| Leg {
        contest: 0,
        market,
        outcome: LegOutcome::Yes,
        action: LegAction::Buy,
        unit_cash,
        shares_max: 1.0 / unit_cash,
    };
    let legs: Vec<Leg> = cost.iter().enumerate().map(leg).collect();
    let problem = Problem {
        space: &space,
        base_wealth: &vec![1.0; space.len()],
        legs: &legs,
        cash: 1.0,
        risk_aversion: 1.0,
    };
    let found = solve_with_drawdown(&problem, limit)?;
    let shares = found.solution.shares.iter().zip(cost);
    Ok(DrawdownStakes {
        unconstrained,
        fractions: shares.map(|(q, c)| q * c).collect(),
        multiplier: found.multiplier,
        constraint_value: found.constraint_value,
    })
}
