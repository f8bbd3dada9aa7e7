//! The price of waiting: capital locked up until payout, and rewards for holding.

use super::error::{SizingError, finite, not_negative};
use super::reservation::{BinaryBet, BinaryWealth, shares_at_price};

/// Time until payout and what money earns meanwhile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lockup {
    /// Years to payout.
    pub years: f64,
    /// What the cash would earn elsewhere, per year, continuously compounded.
    pub opportunity_rate: f64,
    /// What the market pays on shares held, per year. Zero unless the venue says otherwise.
    pub holding_reward_rate: f64,
}

impl Lockup {
    /// Cost of a share in money of the payout date: `c exp((rho - h) T)`.
    ///
    /// # Errors
    /// Negative years, a rate that is not finite.
    pub fn adjusted_cost(&self, cost: f64) -> Result<f64, SizingError> {
        let rate = finite("opportunity rate", self.opportunity_rate)?
            - finite("holding reward rate", self.holding_reward_rate)?;
        Ok(cost * libm::exp(rate * not_negative("years", self.years)?))
    }

    /// Factor by which cash grows until the payout date, `exp(rho T)`.
    ///
    /// # Errors
    /// Negative years, a rate that is not finite.
    pub fn cash_growth(&self) -> Result<f64, SizingError> {
        let rate = finite("opportunity rate", self.opportunity_rate)?;
        Ok(libm::exp(rate * not_negative("years", self.years)?))
    }
}

/// A purchase that takes the lock-up into account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LockupSize {
    /// Cost per share in money of the payout date.
    pub adjusted_cost: f64,
    /// Shares, zero when the adjusted cost is not below the probability.
    pub shares: f64,
    /// Cash paid today, `shares * cost`.
    pub stake: f64,
}

/// Shares to buy at one price with `cash` and no holdings, for a bettor of risk aversion `gamma`.
///
/// # Errors
/// A number out of range, cash that is not positive.
pub fn lockup_size(
    p: f64,
    cost: f64,
    cash: f64,
    gamma: f64,
    lockup: &Lockup,
) -> Result<LockupSize, SizingError> {
    let adjusted_cost = lockup.adjusted_cost(cost)?;
    let grown = cash * lockup.cash_growth()?;
    let wealth = BinaryWealth {
        if_yes: grown,
        if_no: grown,
    };
    let bet = BinaryBet::new(p, wealth, gamma)?;
    let shares = if adjusted_cost >= 1.0 {
        0.0
    } else {
        shares_at_price(&bet, adjusted_cost, grown)?
    };
    Ok(LockupSize {
        adjusted_cost,
        shares,
        stake: shares * cost,
    })
}
