//! State prices: what a unit of cash in each state is worth to the holder, and from them the value of any token.

use super::error::{SizingError, positive, same_length};
use super::solver::LegOutcome;
use super::states::StateSpace;
use alloc::vec::Vec;

/// Risk-neutral weights `q_s` proportional to `p_s w_s^-gamma`, adding up to 1.
///
/// A token is worth the sum of `q_s` over the states in which it pays; no trade is wanted exactly when no token beats its
/// price. This carries the binary reservation price over to joint holdings.
///
/// # Errors
/// A wealth list of another length than the space, wealth that is not positive in a state that can happen, `gamma` not
/// positive.
pub fn state_prices(
    space: &StateSpace,
    wealth: &[f64],
    gamma: f64,
) -> Result<Vec<f64>, SizingError> {
    let gamma = positive("risk aversion", gamma)?;
    let unit = smallest_wealth(space, wealth)?;
    let weight = |(&p, &w): (&f64, &f64)| {
        if p > 0.0 {
            p * libm::exp(-gamma * libm::log(w / unit))
        } else {
            0.0
        }
    };
    let mut prices: Vec<f64> = space
        .probabilities()
        .iter()
        .zip(wealth)
        .map(weight)
        .collect();
    let sum: f64 = prices.iter().sum();
    prices.iter_mut().for_each(|price| *price /= sum);
    Ok(prices)
}

/// Value of one token at given state prices, in `[0, 1]`.
///
/// # Errors
/// A market that is not in the space, prices of another length than the space.
pub fn reservation_price(
    space: &StateSpace,
    state_prices: &[f64],
    contest: usize,
    market: usize,
    outcome: LegOutcome,
) -> Result<f64, SizingError> {
    same_length("state prices", space.len(), state_prices.len())?;
    let outcomes = space.check_market(contest, market)?;
    let yes: f64 = outcomes
        .outcome
        .iter()
        .zip(state_prices)
        .filter(|(o, _)| outcomes.yes(**o, market))
        .map(|(_, price)| price)
        .sum();
    Ok(match outcome {
        LegOutcome::Yes => yes,
        LegOutcome::No => 1.0 - yes,
    })
}

/// Smallest wealth over the states that can happen, all of which must be positive.
pub(crate) fn smallest_wealth(space: &StateSpace, wealth: &[f64]) -> Result<f64, SizingError> {
    same_length("wealth by state", space.len(), wealth.len())?;
    let mut smallest = f64::INFINITY;
    for (state, (&w, &p)) in wealth.iter().zip(space.probabilities()).enumerate() {
        if p > 0.0 {
            if !(w.is_finite() && w > 0.0) {
                return Err(SizingError::Wealth { state, wealth: w });
            }
            smallest = smallest.min(w);
        }
    }
    Ok(smallest)
}
