//! Abnormal resolution: a third state, such as a 50-50 payout, that pays neither 0 nor 1.

use super::error::{SizingError, not_negative, positive, price, probability};

/// Belief about a market that may resolve abnormally.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AbnormalBelief {
    /// `P(YES)` given that the market resolves normally.
    pub p_yes: f64,
    /// Probability of an abnormal resolution.
    pub p_abnormal: f64,
    /// What a YES share pays then (0.5 for a 50-50 resolution).
    pub abnormal_payout: f64,
}

/// One state: probability and payout per YES share.
#[derive(Debug, Clone, Copy)]
struct State {
    probability: f64,
    payout: f64,
}

impl AbnormalBelief {
    /// Expected payout of a YES share.
    ///
    /// # Errors
    /// A probability or payout outside `[0, 1]`.
    pub fn expected_payout(&self) -> Result<f64, SizingError> {
        let states = self.states()?;
        Ok(states.iter().map(|s| s.probability * s.payout).sum())
    }

    fn states(&self) -> Result<[State; 3], SizingError> {
        let p = probability("P(YES)", self.p_yes)?;
        let abnormal = probability("P(abnormal)", self.p_abnormal)?;
        let payout = price("abnormal payout", self.abnormal_payout)?;
        let state = |probability, payout| State {
            probability,
            payout,
        };
        Ok([
            state((1.0 - abnormal) * p, 1.0),
            state((1.0 - abnormal) * (1.0 - p), 0.0),
            state(abnormal, payout),
        ])
    }
}

/// Shares to buy at `cost` with `cash` and no holdings: the root of `sum_s pi_s (x_s - c) (W + q (x_s - c))^-gamma` in
/// `[0, W/c)`, zero when the expected payout does not exceed the cost. The function falls in `q`: bisection.
///
/// # Errors
/// A number out of range, cash or `gamma` not positive.
pub fn abnormal_shares(
    belief: &AbnormalBelief,
    cost: f64,
    cash: f64,
    gamma: f64,
) -> Result<f64, SizingError> {
    let states = belief.states()?;
    let cost = positive("cost per share", price("cost per share", cost)?)?;
    let cash = not_negative("cash", cash)?;
    let gamma = positive("risk aversion", gamma)?;
    // In units of cash; a state of probability zero must not make the sum infinite at the upper end.
    let slope = |q: f64| -> f64 {
        let term = |s: &State| {
            let gain = s.payout - cost;
            let wealth = (1.0 + q * gain).max(1e-300);
            s.probability * gain * libm::exp(-gamma * libm::log(wealth))
        };
        states
            .iter()
            .filter(|s| s.probability > 0.0)
            .map(term)
            .sum()
    };
    if slope(0.0) <= 0.0 {
        return Ok(0.0);
    }
    let (mut low, mut high) = (0.0, 1.0 / cost);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if slope(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(cash * 0.5 * (low + high))
}
