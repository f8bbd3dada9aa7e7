//! The optimiser behind [`super::solve`]: checks, choice of unit, screening of legs, and the report.

use super::compress::{Rows, merge_states};
use super::error::{SizingError, finite, not_negative};
use super::interior::interior_point;
use super::polish::{KKT_TOLERANCE, Polished, polish, polish_from};
use super::prices::smallest_wealth;
use super::programme::{Column, Programme};
use super::solver::{Leg, LegAction, LegOutcome, Problem, Solution, SolveStatus};
use super::utility::{Utility, certainty_equivalent_gain};
use alloc::vec;
use alloc::vec::Vec;

/// A solution is repeated in its own certainty equivalent as the unit when that is this many times the first unit:
/// with `gamma > 1` marginal utility would otherwise be too small to tell from rounding.
const RESCALE_FROM: f64 = 1.5;

/// A problem whose inputs have been checked.
pub(crate) struct Checked<'a> {
    problem: &'a Problem<'a>,
    utility: Utility,
    /// Smallest base wealth: the unit of everything that is reported.
    unit: f64,
}

/// Quantities in cash units before they are reported.
pub(crate) struct Optimum {
    shares: Vec<f64>,
    wealth: Vec<f64>,
    cash_multiplier: f64,
    kkt_residual: f64,
    status: SolveStatus,
}

impl<'a> Checked<'a> {
    pub(crate) fn new(problem: &'a Problem<'a>, utility: Utility) -> Result<Self, SizingError> {
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

    /// Optimum over all legs at once.
    pub(crate) fn over_all(&self) -> Optimum {
        let all: Vec<usize> = (0..self.problem.legs.len()).collect();
        self.optimum(&all, None)
    }

    /// Optimum over the legs worth their price, extended until no other leg is.
    pub(crate) fn screened(&self) -> Optimum {
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
            let start = (before > 0).then_some(&best);
            best = self.optimum(&active, start);
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
        let unit = self.unit_of_prices(&at.wealth);
        let marginal = |(&p, &w): (&f64, &f64)| {
            if p > 0.0 {
                p * self.utility.marginal(w / unit)
            } else {
                0.0
            }
        };
        let states = space.probabilities().iter().zip(&at.wealth);
        let weights: Vec<f64> = states.map(marginal).collect();
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
            let yes = in_yes[place_of(leg, &markets)];
            let paid = match leg.outcome {
                LegOutcome::Yes => yes,
                LegOutcome::No => total - yes,
            };
            match leg.action {
                LegAction::Buy => paid / total - leg.unit_cash * (1.0 + at.cash_multiplier),
                LegAction::Sell => leg.unit_cash - paid / total,
            }
        };
        self.problem.legs.iter().map(value).collect()
    }

    /// Unit in which marginal utilities are compared: the least wealth, where they cannot all vanish.
    fn unit_of_prices(&self, wealth: &[f64]) -> f64 {
        match self.utility {
            Utility::Crra { .. } => {
                let states = self.problem.space.probabilities().iter().zip(wealth);
                let happening = states.filter(|(p, _)| **p > 0.0);
                happening.fold(f64::INFINITY, |least, (_, w)| least.min(*w))
            }
            Utility::DrawdownPenalised { .. } => self.unit,
        }
    }

    /// Optimum over the legs in `active`, all others at zero, if possible starting from an optimum over fewer of them.
    fn optimum(&self, active: &[usize], start: Option<&Optimum>) -> Optimum {
        let nearby = start.map_or(self.problem.base_wealth, |optimum| &optimum.wealth);
        let mut unit = self.certainty_equivalent(nearby);
        let mut best = self.optimum_in_units(active, unit, start);
        for _ in 0..3 {
            let reached = self.certainty_equivalent(&best.wealth);
            if reached < RESCALE_FROM * unit || best.status == SolveStatus::NothingToDo {
                break;
            }
            unit = reached;
            best = self.optimum_in_units(active, unit, None);
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
    fn optimum_in_units(&self, active: &[usize], unit: f64, start: Option<&Optimum>) -> Optimum {
        let mut result = self.unchanged();
        let usable: Vec<usize> = active
            .iter()
            .copied()
            .filter(|&leg| self.upper(leg, unit) > 0.0)
            .collect();
        let markets = distinct_markets(self.problem.legs, usable.iter().copied());
        let rows = merge_states(self.problem.space, self.problem.base_wealth, &markets);
        let programme = self.programme(&usable, &markets, &rows, unit);
        let warm = start.and_then(|start| from_start(&programme, &usable, start));
        let Some(found) = warm.or_else(|| best_quantities(&programme)) else {
            return result;
        };
        let Some(wealth) = programme.wealth(&found.x) else {
            return result;
        };
        result.kkt_residual = programme.kkt_residual(&found.x, found.cash_multiplier);
        result.status = if result.kkt_residual < KKT_TOLERANCE {
            SolveStatus::Exact
        } else {
            SolveStatus::InteriorOnly
        };
        result.cash_multiplier = found.cash_multiplier / programme.marginal(&wealth);
        for (&leg, x) in usable.iter().zip(&found.x) {
            result.shares[leg] = (x * unit).min(self.problem.legs[leg].shares_max);
        }
        for (w, &row) in result.wealth.iter_mut().zip(&rows.row_of_state) {
            *w = wealth[row as usize] * unit;
        }
        result
    }

    /// Upper bound of a leg in `unit`s.
    ///
    /// A purchase is cut at twice what the cash can buy, which keeps the problem bounded but leaves it to the cash row to
    /// bind: its multiplier is then the true shadow price.
    fn upper(&self, leg: usize, unit: f64) -> f64 {
        let leg = &self.problem.legs[leg];
        let depth = leg.shares_max / unit;
        let bound = match leg.action {
            LegAction::Buy if leg.unit_cash > 0.0 => {
                depth.min(2.0 * self.problem.cash / unit / leg.unit_cash)
            }
            _ => depth,
        };
        // Dust no venue would accept only spoils the conditioning.
        if bound < 1e-13 { 0.0 } else { bound }
    }

    fn programme<'b>(
        &self,
        usable: &[usize],
        markets: &[(usize, usize)],
        rows: &'b Rows,
        unit: f64,
    ) -> Programme<'b> {
        let columns: Vec<Column> = usable
            .iter()
            .map(|&leg| column(&self.problem.legs[leg], markets, self.upper(leg, unit)))
            .collect();
        let cash = self.problem.cash / unit;
        let most: f64 = columns.iter().map(|c| c.cash_cost * c.upper).sum();
        Programme {
            columns,
            rows,
            markets: markets.len(),
            unit,
            cash_limited: most > cash,
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

    /// The report of an optimum.
    pub(crate) fn solution(&self, optimum: Optimum) -> Solution {
        let before = self.expected_utility(self.problem.base_wealth);
        let after = self.expected_utility(&optimum.wealth);
        Solution {
            shares: optimum.shares,
            expected_utility_gain: after - before,
            expected_utility: after,
            certainty_equivalent_gain: certainty_equivalent_gain(
                self.utility,
                before,
                after,
                self.unit,
            ),
            wealth: optimum.wealth,
            cash_multiplier: optimum.cash_multiplier,
            kkt_residual: optimum.kkt_residual,
            status: optimum.status,
        }
    }
}

/// Quantities and cash multiplier at the optimum, or nothing when no leg is worth its price.
fn best_quantities(programme: &Programme<'_>) -> Option<Polished> {
    let base = programme.wealth(&vec![0.0; programme.legs()])?;
    if programme.gradient(&base).iter().all(|g| *g <= 0.0) {
        return None;
    }
    let Some(point) = interior_point(programme) else {
        // No interior to start from: stay put, and let the residual say how far that is from the optimum.
        return Some(Polished {
            x: vec![0.0; programme.legs()],
            cash_multiplier: 0.0,
        });
    };
    Some(polish(programme, &point).unwrap_or(Polished {
        cash_multiplier: point.cash,
        x: point.x,
    }))
}

/// Extends an exact optimum over fewer legs; nothing when it was not exact or that leads nowhere.
fn from_start(programme: &Programme<'_>, usable: &[usize], start: &Optimum) -> Option<Polished> {
    if start.status != SolveStatus::Exact {
        return None;
    }
    let x: Vec<f64> = usable
        .iter()
        .zip(&programme.columns)
        .map(|(&leg, column)| (start.shares[leg] / programme.unit).min(column.upper))
        .collect();
    polish_from(programme, &x, start.cash_multiplier > 0.0)
}

/// A leg with its net payoff written as `slope * yes + offset`.
fn column(leg: &Leg, markets: &[(usize, usize)], upper: f64) -> Column {
    // A NO share pays 1 - yes.
    let (slope, constant) = match leg.outcome {
        LegOutcome::Yes => (1.0, 0.0),
        LegOutcome::No => (-1.0, 1.0),
    };
    let (slope, offset, cash_cost) = match leg.action {
        LegAction::Buy => (slope, constant - leg.unit_cash, leg.unit_cash),
        LegAction::Sell => (-slope, leg.unit_cash - constant, 0.0),
    };
    Column {
        market: place_of(leg, markets),
        slope,
        offset,
        cash_cost,
        upper,
    }
}

/// Index of the leg's market in a list that holds it.
fn place_of(leg: &Leg, markets: &[(usize, usize)]) -> usize {
    markets.partition_point(|&market| market < (leg.contest, leg.market))
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
