//! The concave programme in scaled form: maximise expected utility over bounded legs and one cash row.
//!
//! A leg's net payoff is `slope * yes + offset` with `yes` 0 or 1, and many legs share a market. Everything that runs over
//! the rows therefore works on markets, of which only those that resolve YES count, and is spread over the legs afterwards.

use super::compress::Rows;
use super::utility::Utility;
use alloc::vec;
use alloc::vec::Vec;

/// A leg as the programme sees it, quantities in units.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Index of the market among those of the rows.
    pub(crate) market: usize,
    /// Net payoff of a share: `slope` if the market resolves YES, plus `offset` always.
    pub(crate) slope: f64,
    pub(crate) offset: f64,
    /// What a share takes from the cash limit: its cost for a purchase, zero for a sale.
    pub(crate) cash_cost: f64,
    pub(crate) upper: f64,
}

/// `max sum_s p_s U(base_s + sum_l net[s,l] x_l)`, `0 <= x_l <= upper_l`, `cash_cost . x <= cash`.
///
/// Wealth, bounds and cash are in units of some amount of cash near the wealth at the optimum.
pub(crate) struct Programme<'a> {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: &'a Rows,
    /// Number of markets in the rows.
    pub(crate) markets: usize,
    /// Cash amount of one unit.
    pub(crate) unit: f64,
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

/// Sums over the rows by market that resolves YES, and over all rows.
struct ByMarket {
    yes: Vec<f64>,
    all: f64,
}

impl Programme<'_> {
    pub(crate) fn legs(&self) -> usize {
        self.columns.len()
    }

    /// Wealth by row, or nothing when a row that can happen would lose everything.
    pub(crate) fn wealth(&self, x: &[f64]) -> Option<Vec<f64>> {
        let mut if_yes = vec![0.0; self.markets];
        let mut always = 0.0;
        for (column, x) in self.columns.iter().zip(x) {
            if_yes[column.market] += column.slope * x;
            always += column.offset * x;
        }
        let mut wealth = Vec::with_capacity(self.rows.len());
        for (row, &base) in self.rows.base.iter().enumerate() {
            let paid: f64 = self.rows.yes(row).iter().map(|&m| if_yes[m as usize]).sum();
            let w = base / self.unit + always + paid;
            if (w <= 0.0 || w.is_nan()) && self.rows.probability[row] > 0.0 {
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
        self.spread(&self.marginals(wealth))
    }

    /// Expected marginal utility: what one unit of certain cash adds to the objective.
    pub(crate) fn marginal(&self, wealth: &[f64]) -> f64 {
        self.marginals(wealth).all
    }

    fn marginals(&self, wealth: &[f64]) -> ByMarket {
        let mut sums = ByMarket::zero(self.markets);
        for (row, p, w) in self.happening(wealth) {
            sums.add(self.rows.yes(row), p * self.utility.marginal(w));
        }
        sums
    }

    /// Turns sums by market into sums by leg.
    fn spread(&self, sums: &ByMarket) -> Vec<f64> {
        let by_leg = |c: &Column| c.slope * sums.yes[c.market] + c.offset * sums.all;
        self.columns.iter().map(by_leg).collect()
    }

    pub(crate) fn derivatives(&self, wealth: &[f64]) -> Derivatives {
        let m = self.markets;
        let mut first = ByMarket::zero(m);
        let mut second = ByMarket::zero(m);
        let mut pairs = vec![0.0; m * m];
        for (row, p, w) in self.happening(wealth) {
            let (marginal, curvature) = self.utility.marginal_and_curvature(w);
            let yes = self.rows.yes(row);
            first.add(yes, p * marginal);
            second.add(yes, p * curvature);
            for (count, &i) in yes.iter().enumerate() {
                let line = &mut pairs[i as usize * m..];
                for &j in &yes[..=count] {
                    line[j as usize] += p * curvature;
                }
            }
        }
        Derivatives {
            gradient: self.spread(&first),
            curvature: self.spread_pairs(&pairs, &second),
        }
    }

    /// Expands second moments by pair of markets into the lower triangle by pair of legs.
    fn spread_pairs(&self, pairs: &[f64], sums: &ByMarket) -> Vec<f64> {
        let k = self.legs();
        let mut matrix = vec![0.0; k * k];
        for (i, a) in self.columns.iter().enumerate() {
            for (j, b) in self.columns[..=i].iter().enumerate() {
                let (high, low) = (a.market.max(b.market), a.market.min(b.market));
                let both = pairs[high * self.markets + low];
                matrix[i * k + j] = a.slope * b.slope * both
                    + a.slope * b.offset * sums.yes[a.market]
                    + a.offset * b.slope * sums.yes[b.market]
                    + a.offset * b.offset * sums.all;
            }
        }
        matrix
    }

    pub(crate) fn spent(&self, x: &[f64]) -> f64 {
        let bought = self.columns.iter().zip(x);
        bought.map(|(column, x)| column.cash_cost * x).sum()
    }

    /// Largest violation of the optimality conditions at `x` with cash multiplier `y`, in price units: marginal utility is
    /// divided by that of certain cash.
    pub(crate) fn kkt_residual(&self, x: &[f64], y: f64) -> f64 {
        let Some(wealth) = self.wealth(x) else {
            return f64::INFINITY;
        };
        let marginals = self.marginals(&wealth);
        let per_cash = 1.0 / marginals.all;
        let mut worst = 0.0_f64;
        for ((column, &x), slope) in self.columns.iter().zip(x).zip(self.spread(&marginals)) {
            let reduced = per_cash * (slope - y * column.cash_cost);
            let gap = column.upper - x;
            let snap = BOUND_SNAP.min(0.25 * column.upper);
            let violation = if x <= snap {
                reduced.max(0.0)
            } else if gap <= snap {
                (-reduced).max(0.0)
            } else {
                reduced.abs()
            };
            worst = worst.max(violation).max(-x).max(-gap);
        }
        if self.cash_limited {
            let slack = self.cash - self.spent(x);
            let multiplier = per_cash * y;
            worst = worst.max(-slack).max(multiplier * slack).max(-multiplier);
        }
        worst
    }

    fn happening<'b>(&'b self, wealth: &'b [f64]) -> impl Iterator<Item = (usize, f64, f64)> + 'b {
        self.rows
            .probability
            .iter()
            .zip(wealth)
            .enumerate()
            .filter(|(_, (p, _))| **p > 0.0)
            .map(|(row, (&p, &w))| (row, p, w))
    }
}

impl ByMarket {
    fn zero(markets: usize) -> Self {
        Self {
            yes: vec![0.0; markets],
            all: 0.0,
        }
    }

    fn add(&mut self, yes: &[u32], weight: f64) {
        self.all += weight;
        for &market in yes {
            self.yes[market as usize] += weight;
        }
    }
}

/// Distance from a bound below which a leg counts as being on it.
const BOUND_SNAP: f64 = 1e-10;
