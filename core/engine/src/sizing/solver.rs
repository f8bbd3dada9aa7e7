//! Joint sizing: how many shares of every leg maximise expected utility over a state space.
//!
//! The programme is concave, so the wealth by state and the objective are unique; the split between equivalent legs
//! (YES of one outcome against NO of all others) may not be.

use super::error::{SizingError, positive};
use super::optimum::Checked;
use super::states::StateSpace;
use super::utility::Utility;
use alloc::vec::Vec;

/// Which token of a market a leg is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LegOutcome {
    /// Pays 1 if the market resolves YES.
    Yes,
    /// Pays 1 if it resolves NO.
    No,
}

/// Direction of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LegAction {
    /// Take from the asks.
    Buy,
    /// Sell shares that are held, into the bids.
    Sell,
}

/// One level of one book: a quantity that may be traded at one price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    /// Index of the contest in the state space.
    pub contest: usize,
    /// Index of the market within the contest.
    pub market: usize,
    /// Token.
    pub outcome: LegOutcome,
    /// Direction.
    pub action: LegAction,
    /// Cost per share including fees (buy), or net proceeds per share (sell); finite, a cost is not negative.
    pub unit_cash: f64,
    /// Largest quantity: the level's depth cut by the caller's caps, finite. The sell legs of one token together must not
    /// exceed what is held: cut the bids at the inventory, best price first.
    pub shares_max: f64,
}

/// A sizing problem.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// What can happen.
    pub space: &'a StateSpace,
    /// Wealth by state with current holdings and cash, positive in every state that can happen.
    pub base_wealth: &'a [f64],
    /// What can be traded.
    pub legs: &'a [Leg],
    /// Cash that may be spent on purchases; sales do not add to it.
    pub cash: f64,
    /// Relative risk aversion `gamma`, `1 / kelly_fraction`. Exact from 0.2 to a few hundred.
    pub risk_aversion: f64,
}

/// How a solution was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SolveStatus {
    /// The optimality conditions hold to 1e-9 in price units.
    Exact,
    /// The interior solution stands; its error is `kkt_residual`. Feasible, but not worth trading when that is larger than
    /// a fraction of a tick.
    InteriorOnly,
    /// No leg is worth its price: trading nothing is the exact optimum.
    NothingToDo,
}

/// The optimal quantities.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// Shares by leg, `0 <= shares <= shares_max`.
    pub shares: Vec<f64>,
    /// Expected utility after less before, wealth being measured in units of the smallest base wealth.
    pub expected_utility_gain: f64,
    /// Expected utility after trading, in the same unit.
    pub expected_utility: f64,
    /// What the trades are worth in certain cash; require more than the costs outside the model.
    pub certainty_equivalent_gain: f64,
    /// Wealth by state after trading, in cash units.
    pub wealth: Vec<f64>,
    /// Shadow price of the spendable cash, per unit of cash; zero when it does not bind.
    pub cash_multiplier: f64,
    /// Largest error of the optimality conditions, in price units.
    pub kkt_residual: f64,
    /// How the solution was reached.
    pub status: SolveStatus,
}

/// Solves over all legs at once.
///
/// # Errors
/// Base wealth that is not positive, numbers that are not finite, a leg outside the space.
pub fn solve(problem: &Problem<'_>) -> Result<Solution, SizingError> {
    let checked = Checked::new(problem, crra(problem)?)?;
    Ok(checked.solution(checked.over_all()))
}

/// Solves over the legs that matter: those worth their price now, then those that become so, until none is left out.
///
/// Gives the same objective and wealth as [`solve`]; faster when most levels are too dear.
///
/// # Errors
/// As [`solve`].
pub fn solve_screened(problem: &Problem<'_>) -> Result<Solution, SizingError> {
    let checked = Checked::new(problem, crra(problem)?)?;
    Ok(checked.solution(checked.screened()))
}

/// As [`solve_screened`] with any utility; the drawdown control needs it.
pub(crate) fn solve_with_utility(
    problem: &Problem<'_>,
    utility: Utility,
) -> Result<Solution, SizingError> {
    let checked = Checked::new(problem, utility)?;
    Ok(checked.solution(checked.screened()))
}

fn crra(problem: &Problem<'_>) -> Result<Utility, SizingError> {
    Ok(Utility::Crra {
        gamma: positive("risk aversion", problem.risk_aversion)?,
    })
}
