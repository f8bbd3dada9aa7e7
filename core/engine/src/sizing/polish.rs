//! Active-set clean-up of an interior solution: legs on a bound go exactly there, Newton does the rest.

use super::interior::InteriorPoint;
use super::linear::Cholesky;
use super::programme::{Column, Programme};
use alloc::vec;
use alloc::vec::Vec;

/// Largest error of the optimality conditions, in price units, that still counts as exact.
pub(crate) const KKT_TOLERANCE: f64 = 1e-9;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Lower,
    Upper,
    Free,
}

/// A solution with its cash multiplier.
#[derive(Debug, Clone)]
pub(crate) struct Polished {
    pub(crate) x: Vec<f64>,
    pub(crate) cash_multiplier: f64,
}

/// An active set being refined.
struct ActiveSet<'a> {
    programme: &'a Programme<'a>,
    places: Vec<Place>,
    /// Whether all spendable cash is spent.
    cash_tight: bool,
    x: Vec<f64>,
    cash_multiplier: f64,
}

/// Refines `point`; nothing when the active set does not settle or the result misses the tolerance.
pub(crate) fn polish(programme: &Programme<'_>, point: &InteriorPoint) -> Option<Polished> {
    refine(programme, ActiveSet::guess(programme, point))
}

/// Starts from the optimum over fewer legs, the others being at zero; nothing when that leads nowhere.
pub(crate) fn polish_from(
    programme: &Programme<'_>,
    x: &[f64],
    cash_tight: bool,
) -> Option<Polished> {
    let place = |(column, &x): (&Column, &f64)| {
        if x <= 0.0 {
            Place::Lower
        } else if x >= column.upper * (1.0 - 1e-12) {
            Place::Upper
        } else {
            Place::Free
        }
    };
    let set = ActiveSet {
        programme,
        places: programme.columns.iter().zip(x).map(place).collect(),
        cash_tight: programme.cash_limited && cash_tight,
        x: x.to_vec(),
        cash_multiplier: 0.0,
    };
    refine(programme, set)
}

fn refine(programme: &Programme<'_>, mut set: ActiveSet<'_>) -> Option<Polished> {
    for _ in 0..(20 + 4 * programme.legs()) {
        let settled = set.newton()?;
        if settled && !set.release_worst()? {
            break;
        }
    }
    let kkt_residual = programme.kkt_residual(&set.x, set.cash_multiplier);
    (kkt_residual < KKT_TOLERANCE).then_some(Polished {
        x: set.x,
        cash_multiplier: set.cash_multiplier,
    })
}

/// Lower triangle of the rows and columns in `keep` of a `size`-square matrix.
fn sub_matrix(matrix: &[f64], size: usize, keep: &[usize]) -> Vec<f64> {
    let n = keep.len();
    let mut sub = vec![0.0; n * n];
    for (i, &row) in keep.iter().enumerate() {
        for (j, &column) in keep.iter().enumerate().take(i + 1) {
            sub[i * n + j] = matrix[row * size + column];
        }
    }
    sub
}

impl<'a> ActiveSet<'a> {
    /// A bound is active when its multiplier outweighs the distance to it.
    fn guess(programme: &'a Programme<'a>, point: &InteriorPoint) -> Self {
        let place = |leg: usize| {
            if point.x[leg] < point.lower[leg] {
                Place::Lower
            } else if point.gap[leg] < point.upper[leg] {
                Place::Upper
            } else {
                Place::Free
            }
        };
        let places: Vec<Place> = (0..programme.legs()).map(place).collect();
        let x = (0..programme.legs()).map(|leg| match places[leg] {
            Place::Lower => 0.0,
            Place::Upper => programme.columns[leg].upper,
            Place::Free => point.x[leg],
        });
        Self {
            programme,
            x: x.collect(),
            cash_tight: programme.cash_limited && point.slack < point.cash,
            cash_multiplier: 0.0,
            places,
        }
    }

    /// Newton on the free legs. True when it converged inside the bounds, false when a leg was put on its bound.
    fn newton(&mut self) -> Option<bool> {
        for _ in 0..40 {
            let free: Vec<usize> = (0..self.programme.legs())
                .filter(|&leg| self.places[leg] == Place::Free)
                .collect();
            let step = self.step(&free)?;
            let (length, blocking) = self.longest(&free, &step);
            for (&leg, by) in free.iter().zip(&step) {
                self.x[leg] += length * by;
            }
            if let Some((leg, place)) = blocking {
                self.places[leg] = place;
                self.x[leg] = match place {
                    Place::Upper => self.programme.columns[leg].upper,
                    _ => 0.0,
                };
                return Some(false);
            }
            let largest = step.iter().fold(0.0_f64, |m, s| m.max(s.abs()));
            if largest < 1e-13 {
                return Some(true);
            }
        }
        Some(true)
    }

    /// Newton step of the free legs, staying on the cash row when it is tight; sets the cash multiplier.
    ///
    /// A tight row adds a multiple of `c c^T` to the curvature. On the row that changes nothing, but it leaves equivalent
    /// legs that differ in cash solvable.
    fn step(&mut self, free: &[usize]) -> Option<Vec<f64>> {
        let programme = self.programme;
        let n = free.len();
        let derivatives = programme.derivatives(&programme.wealth(&self.x)?);
        let pick = |from: &[f64]| -> Vec<f64> { free.iter().map(|&leg| from[leg]).collect() };
        let mut right = pick(&derivatives.gradient);
        let mut matrix = sub_matrix(&derivatives.curvature, programme.legs(), free);
        let cost: Vec<f64> = free
            .iter()
            .map(|&leg| programme.columns[leg].cash_cost)
            .collect();
        let dot = |a: &[f64]| a.iter().zip(&cost).map(|(a, c)| a * c).sum::<f64>();
        let on_row = self.cash_tight && dot(&cost) > 0.0;
        let left = programme.cash - programme.spent(&self.x);
        if on_row {
            let trace: f64 = (0..n).map(|i| matrix[i * n + i]).sum();
            let weight = trace / dot(&cost);
            for i in 0..n {
                right[i] += weight * left * cost[i];
                for j in 0..=i {
                    matrix[i * n + j] += weight * cost[i] * cost[j];
                }
            }
        }
        let factor = Cholesky::regularised(n, &matrix)?;
        let mut step = factor.solve(&right);
        self.cash_multiplier = 0.0;
        if on_row {
            let along = factor.solve(&cost);
            self.cash_multiplier = (dot(&step) - left) / dot(&along);
            for (s, a) in step.iter_mut().zip(&along) {
                *s -= self.cash_multiplier * a;
            }
        }
        Some(step)
    }

    /// How much of a step fits, and the leg and bound that stop it.
    fn longest(&self, free: &[usize], step: &[f64]) -> (f64, Option<(usize, Place)>) {
        let mut length = 1.0;
        let mut blocking = None;
        for (&leg, &by) in free.iter().zip(step) {
            let (room, place) = if by < 0.0 {
                (self.x[leg], Place::Lower)
            } else {
                (
                    self.programme.columns[leg].upper - self.x[leg],
                    Place::Upper,
                )
            };
            if by.abs() * length > room {
                length = room / by.abs();
                blocking = Some((leg, place));
            }
        }
        if blocking.is_none() && !self.cash_tight {
            length = self.within_wealth(free, step);
        }
        (length, blocking)
    }

    /// Halves a step that would empty a state: Newton from a good start never needs it, a bad guess might.
    fn within_wealth(&self, free: &[usize], step: &[f64]) -> f64 {
        let mut length = 1.0;
        for _ in 0..30 {
            let mut x = self.x.clone();
            for (&leg, by) in free.iter().zip(step) {
                x[leg] += length * by;
            }
            if self.programme.wealth(&x).is_some() {
                break;
            }
            length *= 0.5;
        }
        length
    }

    /// Frees the bound leg that most wants to leave its bound. False when none does: the set is optimal.
    fn release_worst(&mut self) -> Option<bool> {
        let wealth = self.programme.wealth(&self.x)?;
        let gradient = self.programme.gradient(&wealth);
        let mut worst = (0.1 * KKT_TOLERANCE * self.programme.marginal(&wealth), None);
        for (leg, slope) in gradient.iter().enumerate() {
            let reduced = slope - self.cash_multiplier * self.programme.columns[leg].cash_cost;
            let pull = match self.places[leg] {
                Place::Lower => reduced,
                Place::Upper => -reduced,
                Place::Free => 0.0,
            };
            if pull > worst.0 {
                worst = (pull, Some(leg));
            }
        }
        if let Some(leg) = worst.1 {
            self.places[leg] = Place::Free;
        }
        let row_wants_out = self.cash_tight && self.cash_multiplier < 0.0;
        let row_is_broken = self.programme.cash_limited
            && !self.cash_tight
            && self.programme.spent(&self.x) > self.programme.cash * (1.0 + 1e-14);
        if row_wants_out || row_is_broken {
            self.cash_tight = row_is_broken;
        }
        Some(worst.1.is_some() || row_wants_out || row_is_broken)
    }
}
