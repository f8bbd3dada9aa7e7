//! The concave programme in scaled form: maximise expected utility over bounded legs and one cash row.

use super::utility::Utility;
use alloc::vec;
use alloc::vec::Vec;

/// `max sum_s p_s U(base_s + sum_l net[s,l] x_l)`, `0 <= x_l <= upper_l`, `cash_cost . x <= cash`.
///
/// Wealth, bounds and cash are in units of the smallest base wealth.
pub(crate) struct Programme {
    pub(crate) legs: usize,
    pub(crate) probability: Vec<f64>,
    pub(crate) base: Vec<f64>,
    /// Payoff less cost of one share, row-major by state.
    pub(crate) net: Vec<f64>,
    /// What a share takes from the cash limit: its cost for a purchase, zero for a sale.
    pub(crate) cash_cost: Vec<f64>,
    pub(crate) upper: Vec<f64>,
    pub(crate) cash: f64,
    /// Whether the cash row can bind at all.
    pub(crate) cash_limited: bool,
    pub(crate) utility: Utility,
}

/// First and second derivatives of the objective.
pub(crate) struct Derivatives {
    pub(crate) gradient: Vec<f64>,
    /// Negative Hessian, lower triangle, row-major.
    pub(crate) curvature: Vec<f64>,
}

impl Programme {
    /// Wealth by row, or nothing when a row that can happen would lose everything.
    pub(crate) fn wealth(&self, x: &[f64]) -> Option<Vec<f64>> {
        let mut wealth = Vec::with_capacity(self.base.len());
        for (row, &base) in self.base.iter().enumerate() {
            let net = &self.net[row * self.legs..(row + 1) * self.legs];
            let change: f64 = net.iter().zip(x).map(|(n, x)| n * x).sum();
            let w = base + change;
            if (w <= 0.0 || w.is_nan()) && self.probability[row] > 0.0 {
                return None;
            }
            wealth.push(w);
        }
        Some(wealth)
    }

    pub(crate) fn expected_utility(&self, wealth: &[f64]) -> f64 {
        self.happening(wealth)
            .map(|(_, p, w)| p * self.utility.value(w))
            .sum()
    }

    pub(crate) fn gradient(&self, wealth: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; self.legs];
        for (row, p, w) in self.happening(wealth) {
            let weight = p * self.utility.marginal(w);
            let net = &self.net[row * self.legs..(row + 1) * self.legs];
            for (g, n) in gradient.iter_mut().zip(net) {
                *g += weight * n;
            }
        }
        gradient
    }

    pub(crate) fn derivatives(&self, wealth: &[f64]) -> Derivatives {
        let k = self.legs;
        let mut gradient = vec![0.0; k];
        let mut curvature = vec![0.0; k * k];
        for (row, p, w) in self.happening(wealth) {
            let (marginal, second) = self.utility.marginal_and_curvature(w);
            let net = &self.net[row * k..(row + 1) * k];
            for (i, &n) in net.iter().enumerate() {
                gradient[i] += p * marginal * n;
                let scaled = p * second * n;
                let line = &mut curvature[i * k..i * k + i + 1];
                for (entry, &other) in line.iter_mut().zip(net) {
                    *entry += scaled * other;
                }
            }
        }
        Derivatives {
            gradient,
            curvature,
        }
    }

    pub(crate) fn spent(&self, x: &[f64]) -> f64 {
        self.cash_cost.iter().zip(x).map(|(c, x)| c * x).sum()
    }

    /// Expected marginal utility: what one unit of certain cash adds to the objective.
    pub(crate) fn marginal(&self, wealth: &[f64]) -> f64 {
        self.happening(wealth)
            .map(|(_, p, w)| p * self.utility.marginal(w))
            .sum()
    }

    /// Largest violation of the optimality conditions at `x` with cash multiplier `y`, in price units: marginal utility is
    /// divided by that of certain cash.
    pub(crate) fn kkt_residual(&self, x: &[f64], y: f64) -> f64 {
        let Some(wealth) = self.wealth(x) else {
            return f64::INFINITY;
        };
        let gradient = self.gradient(&wealth);
        let per_cash = 1.0 / self.marginal(&wealth);
        let mut worst = 0.0_f64;
        for leg in 0..self.legs {
            let reduced = per_cash * (gradient[leg] - y * self.cash_cost[leg]);
            let gap = self.upper[leg] - x[leg];
            let snap = BOUND_SNAP.min(0.25 * self.upper[leg]);
            let violation = if x[leg] <= snap {
                reduced.max(0.0)
            } else if gap <= snap {
                (-reduced).max(0.0)
            } else {
                reduced.abs()
            };
            worst = worst.max(violation).max(-x[leg]).max(-gap);
        }
        if self.cash_limited {
            let slack = self.cash - self.spent(x);
            let multiplier = per_cash * y;
            worst = worst.max(-slack).max(multiplier * slack).max(-multiplier);
        }
        worst
    }

    fn happening<'a>(&'a self, wealth: &'a [f64]) -> impl Iterator<Item = (usize, f64, f64)> + 'a {
        self.probability
            .iter()
            .zip(wealth)
            .enumerate()
            .filter(|(_, (p, _))| **p > 0.0)
            .map(|(row, (&p, &w))| (row, p, w))
    }
}

/// Distance from a bound below which a leg counts as being on it.
const BOUND_SNAP: f64 = 1e-10;
