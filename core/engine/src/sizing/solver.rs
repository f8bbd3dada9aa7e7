//! Joint sizing: how many shares of every leg maximise expected utility over a state space.
//!
//! The programme is concave, so the wealth by state and the objective are unique; the split between equivalent legs
//! (YES of one outcome against NO of all others) may not be.

use super::compress::{Rows, merge_states};
use super::error::{SizingError, finite, not_negative, positive};
use super::interior::interior_point;
use super::polish::{KKT_TOLERANCE, polish};
use super::prices::smallest_wealth;
use super::programme::Programme;
use super::states::StateSpace;
use super::utility::{Utility, certainty_equivalent_gain};
use alloc::vec;
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
    /// Relative risk aversion `gamma`, `1 / kelly_fraction`.
    pub risk_aversion: f64,
}

/// How a solution was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SolveStatus {
    /// The optimality conditions hold to 1e-9 in price units.
    Exact,
    /// The interior solution stands; its error is `kkt_residual`.
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
    let all: Vec<usize> = (0..problem.legs.len()).collect();
    Ok(checked.solution(&checked.optimum(&all)))
}

/// Solves over the legs that matter: those worth their price now, then those that become so, until none is left out.
///
/// Gives the same objective and wealth as [`solve`]; much faster when most levels are too dear.
///
/// # Errors
/// As [`solve`].
pub fn solve_screened(problem: &Problem<'_>) -> Result<Solution, SizingError> {
    let checked = Checked::new(problem, crra(problem)?)?;
    Ok(checked.solution(&checked.screened()))
}

/// As [`solve_screened`] with any utility; the drawdown control needs it.
pub(crate) fn solve_with_utility(
    problem: &Problem<'_>,
    utility: Utility,
) -> Result<Solution, SizingError> {
    let checked = Checked::new(problem, utility)?;
    Ok(checked.solution(&checked.screened()))
}

fn crra(problem: &Problem<'_>) -> Result<Utility, SizingError> {
    Ok(Utility::Crra {
        gamma: positive("risk aversion", problem.risk_aversion)?,
    })
}

/// A problem whose inputs have been checked.
struct Checked<'a> {
    problem: &'a Problem<'a>,
    utility: Utility,
    /// Smallest base wealth: the unit of everything that is reported.
    unit: f64,
}

/// A solution is repeated in its own certainty equivalent as the unit when that is this many times the first unit:
/// with `gamma > 1` marginal utility would otherwise be too small to tell from rounding.
const RESCALE_FROM: f64 = 1.5;

/// Quantities in cash units before they are reported.
struct Optimum {
    shares: Vec<f64>,
    wealth: Vec<f64>,
    cash_multiplier: f64,
    kkt_residual: f64,
    status: SolveStatus,
}

impl<'a> Checked<'a> {
    fn new(problem: &'a Problem<'a>, utility: Utility) -> Result<Self, SizingError> {
        not_negative("cash", problem.cash)?;
        for leg in problem.legs {
            problem.space.check_market(leg.contest, leg.market)?;
            not_negative("largest quantity of a leg", leg.shares_max)?;
            match leg.action {
                LegAction::Buy => not_negative("cost per share", leg.unit_cash)?,
                LegAction::Sell => finite("proceeds per share", leg.unit_cash)?,
            };
        }
        Ok(Self {
            unit: smallest_wealth(problem.space, problem.base_wealth)?,
            problem,
            utility,
        })
    }

    fn screened(&self) -> Optimum {
        let mut best = self.unchanged();
        let mut active: Vec<usize> = Vec::new();
        loop {
            let values = self.reduced_values(&best);
            let before = active.len();
            for (leg, value) in values.iter().enumerate() {
                if *value > KKT_TOLERANCE && !active.contains(&leg) {
                    active.push(leg);
                }
            }
            if active.len() == before {
                return best;
            }
            active.sort_unstable();
            best = self.optimum(&active);
        }
    }

    fn unchanged(&self) -> Optimum {
        Optimum {
            shares: vec![0.0; self.problem.legs.len()],
            wealth: self.problem.base_wealth.to_vec(),
            cash_multiplier: 0.0,
            kkt_residual: 0.0,
            status: SolveStatus::NothingToDo,
        }
    }

    /// Value of one share of every leg at its margin: reservation price less cost and shadow price of cash, or the
    /// reverse for a sale.
    fn reduced_values(&self, at: &Optimum) -> Vec<f64> {
        let space = self.problem.space;
        let marginal = |(&p, &w): (&f64, &f64)| {
            if p > 0.0 {
                p * self.utility.marginal(w / self.unit)
            } else {
                0.0
            }
        };
        let weights: Vec<f64> = space
            .probabilities()
            .iter()
            .zip(&at.wealth)
            .map(marginal)
            .collect();
        let total: f64 = weights.iter().sum();
        let markets = distinct_markets(self.problem.legs, 0..self.problem.legs.len());
        let yes_weight = |&(contest, market): &(usize, usize)| -> f64 {
            let outcomes = &space.contests[contest];
            let paired = outcomes.outcome.iter().zip(&weights);
            paired
                .filter(|(o, _)| outcomes.yes(**o, market))
                .map(|(_, w)| w)
                .sum()
        };
        let in_yes: Vec<f64> = markets.iter().map(yes_weight).collect();
        let value = |leg: &Leg| {
            let place = markets
                .binary_search(&(leg.contest, leg.market))
                .unwrap_or(0);
            let paid = match leg.outcome {
                LegOutcome::Yes => in_yes[place],
                LegOutcome::No => total - in_yes[place],
            };
            match leg.action {
                LegAction::Buy => paid / total - leg.unit_cash * (1.0 + at.cash_multiplier),
                LegAction::Sell => leg.unit_cash - paid / total,
            }
        };
        self.problem.legs.iter().map(value).collect()
    }

    /// Optimum over the legs in `active`, all others at zero.
    fn optimum(&self, active: &[usize]) -> Optimum {
        let mut unit = self.certainty_equivalent(self.problem.base_wealth);
        let mut best = self.optimum_in_units(active, unit);
        for _ in 0..3 {
            let reached = self.certainty_equivalent(&best.wealth);
            if reached < RESCALE_FROM * unit || best.status == SolveStatus::NothingToDo {
                break;
            }
            unit = reached;
            best = self.optimum_in_units(active, unit);
        }
        best
    }

    fn certainty_equivalent(&self, wealth: &[f64]) -> f64 {
        match self.utility {
            Utility::Crra { .. } => {
                let value = self.expected_utility(wealth);
                self.unit * self.utility.certainty_equivalent(value).max(1.0)
            }
            // The penalty is tied to the unit: it must not be rescaled.
            Utility::DrawdownPenalised { .. } => self.unit,
        }
    }

    /// The optimum found with wealth measured in `unit`s of cash.
    fn optimum_in_units(&self, active: &[usize], unit: f64) -> Optimum {
        let mut result = self.unchanged();
        let usable: Vec<usize> = active
            .iter()
            .copied()
            .filter(|&leg| self.upper(leg, unit) > 0.0)
            .collect();
        let markets = distinct_markets(self.problem.legs, usable.iter().copied());
        let rows = merge_states(self.problem.space, self.problem.base_wealth, &markets);
        let programme = self.programme(&usable, &markets, &rows, unit);
        let Some((x, multiplier)) = best_quantities(&programme) else {
            return result;
        };
        let Some(wealth) = programme.wealth(&x) else {
            return result;
        };
        result.kkt_residual = programme.kkt_residual(&x, multiplier);
        result.status = if result.kkt_residual < KKT_TOLERANCE {
            SolveStatus::Exact
        } else {
            SolveStatus::InteriorOnly
        };
        result.cash_multiplier = multiplier / programme.marginal(&wealth);
        for (&leg, x) in usable.iter().zip(&x) {
            result.shares[leg] = (x * unit).min(self.problem.legs[leg].shares_max);
        }
        for (w, &row) in result.wealth.iter_mut().zip(&rows.row_of_state) {
            *w = wealth[row as usize] * unit;
        }
        result
    }

    /// Upper bound of a leg in `unit`s, further cut by the cash for a purchase.
    fn upper(&self, leg: usize, unit: f64) -> f64 {
        let leg = &self.problem.legs[leg];
        let depth = leg.shares_max / unit;
        let bound = match leg.action {
            LegAction::Buy if leg.unit_cash > 0.0 => {
                depth.min(self.problem.cash / unit / leg.unit_cash)
            }
            _ => depth,
        };
        // Dust no venue would accept only spoils the conditioning.
        if bound < 1e-13 { 0.0 } else { bound }
    }

    fn programme(
        &self,
        usable: &[usize],
        markets: &[(usize, usize)],
        rows: &Rows,
        unit: f64,
    ) -> Programme {
        let legs: Vec<&Leg> = usable.iter().map(|&leg| &self.problem.legs[leg]).collect();
        let place: Vec<usize> = legs
            .iter()
            .map(|leg| {
                markets
                    .binary_search(&(leg.contest, leg.market))
                    .unwrap_or(0)
            })
            .collect();
        let mut net = Vec::with_capacity(rows.base.len() * legs.len());
        for row in 0..rows.base.len() {
            let yes = &rows.yes[row * markets.len()..(row + 1) * markets.len()];
            net.extend(legs.iter().zip(&place).map(|(leg, &m)| leg.net(yes[m])));
        }
        let upper: Vec<f64> = usable.iter().map(|&leg| self.upper(leg, unit)).collect();
        let cash_cost: Vec<f64> = legs
            .iter()
            .map(|leg| match leg.action {
                LegAction::Buy => leg.unit_cash,
                LegAction::Sell => 0.0,
            })
            .collect();
        let cash = self.problem.cash / unit;
        let most: f64 = cash_cost.iter().zip(&upper).map(|(c, u)| c * u).sum();
        Programme {
            legs: legs.len(),
            probability: rows.probability.clone(),
            base: rows.base.iter().map(|base| base / unit).collect(),
            net,
            cash_limited: most > cash,
            cash_cost,
            upper,
            cash,
            utility: self.utility,
        }
    }

    /// Expected utility with wealth in units of the smallest base wealth.
    fn expected_utility(&self, wealth: &[f64]) -> f64 {
        let states = self.problem.space.probabilities().iter().zip(wealth);
        states
            .filter(|(p, _)| **p > 0.0)
            .map(|(p, w)| p * self.utility.value(w / self.unit))
            .sum()
    }

    fn solution(&self, optimum: &Optimum) -> Solution {
        let before = self.expected_utility(self.problem.base_wealth);
        let after = self.expected_utility(&optimum.wealth);
        Solution {
            shares: optimum.shares.clone(),
            expected_utility_gain: after - before,
            expected_utility: after,
            certainty_equivalent_gain: certainty_equivalent_gain(
                self.utility,
                before,
                after,
                self.unit,
            ),
            wealth: optimum.wealth.clone(),
            cash_multiplier: optimum.cash_multiplier,
            kkt_residual: optimum.kkt_residual,
            status: optimum.status,
        }
    }
}

impl Leg {
    /// What one share adds to wealth.
    fn net(&self, yes: bool) -> f64 {
        let pays = match self.outcome {
            LegOutcome::Yes => yes,
            LegOutcome::No => !yes,
        };
        let payoff = if pays { 1.0 } else { 0.0 };
        match self.action {
            LegAction::Buy => payoff - self.unit_cash,
            LegAction::Sell => self.unit_cash - payoff,
        }
    }
}

/// Quantities and cash multiplier at the optimum, or nothing when no leg is worth its price.
fn best_quantities(programme: &Programme) -> Option<(Vec<f64>, f64)> {
    let base = programme.wealth(&vec![0.0; programme.legs])?;
    let worth_it = programme.gradient(&base).iter().any(|g| *g > 0.0);
    let point = worth_it.then(|| interior_point(programme)).flatten()?;
    Some(
        polish(programme, &point).map_or((point.x, point.cash), |polished| {
            (polished.x, polished.cash_multiplier)
        }),
    )
}

/// The markets the given legs are about, ascending, each once.
fn distinct_markets(legs: &[Leg], which: impl Iterator<Item = usize>) -> Vec<(usize, usize)> {
    let mut markets: Vec<(usize, usize)> = which
        .map(|leg| (legs[leg].contest, legs[leg].market))
        .collect();
    markets.sort_unstable();
    markets.dedup();
    markets
}
