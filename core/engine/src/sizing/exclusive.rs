//! Mutually exclusive outcomes, YES only, flat prices: the closed form of Smoczynski & Tomkins 2010.

use super::error::{SizingError, exclusive_probabilities, positive, price, same_length};
use alloc::vec;
use alloc::vec::Vec;

/// Log-optimal stakes on exclusive outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct ExclusiveStakes {
    /// Fraction of wealth staked on each outcome.
    pub fractions: Vec<f64>,
    /// Fraction of wealth kept in cash, which is also the bar `p / c` must clear.
    pub reserve_rate: f64,
    /// Indices of the outcomes bet on, ascending.
    pub bet_on: Vec<usize>,
    /// Expected log growth, in nats.
    pub log_growth: f64,
}

/// Kelly stakes for outcomes that exclude each other. Outcomes not listed are an implicit extra state.
///
/// Outcomes enter in descending `p / c` while that exceeds the reserve rate and their costs sum to less than one; each
/// gets `p - R c`. A fair-priced outcome can be bought as a hedge. When the costs of *all* outcomes sum to less than one
/// there is an arbitrage, which depth alone limits: use the solver.
///
/// # Errors
/// Lists of different length, probabilities that are not those of exclusive outcomes, a cost outside `(0, 1]`.
pub fn exclusive_stakes(p: &[f64], cost: &[f64]) -> Result<ExclusiveStakes, SizingError> {
    same_length("costs", p.len(), cost.len())?;
    exclusive_probabilities(p)?;
    for &c in cost {
        positive("cost per share", price("cost per share", c)?)?;
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| (p[b] / cost[b]).total_cmp(&(p[a] / cost[a])));

    let (mut sum_p, mut sum_cost, mut reserve_rate) = (0.0, 0.0, 1.0);
    let mut bet_on = Vec::new();
    for k in order {
        if p[k] / cost[k] <= reserve_rate || sum_cost + cost[k] >= 1.0 {
            break;
        }
        bet_on.push(k);
        sum_p += p[k];
        sum_cost += cost[k];
        reserve_rate = (1.0 - sum_p).max(0.0) / (1.0 - sum_cost);
    }
    bet_on.sort_unstable();
    Ok(stakes_on(p, cost, bet_on, reserve_rate, 1.0 - sum_p))
}

fn stakes_on(
    p: &[f64],
    cost: &[f64],
    bet_on: Vec<usize>,
    reserve_rate: f64,
    p_elsewhere: f64,
) -> ExclusiveStakes {
    let mut fractions = vec![0.0; p.len()];
    let mut log_growth = 0.0;
    for &k in &bet_on {
        fractions[k] = p[k] - reserve_rate * cost[k];
        log_growth += p[k] * libm::log(p[k] / cost[k]);
    }
    if p_elsewhere > 0.0 && reserve_rate > 0.0 {
        log_growth += p_elsewhere * libm::log(reserve_rate);
    }
    ExclusiveStakes {
        fractions,
        reserve_rate,
        bet_on,
        log_growth,
    }
}
