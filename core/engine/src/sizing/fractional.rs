//! Three readings of "a fraction of Kelly" for one bet at one price, as fractions of cash.
//!
//! The engine uses the third, constant relative risk aversion, because it alone extends to depth, holdings and joint bets;
//! the others exist to compare with what traders quote.

use super::error::{SizingError, positive, price, probability};
use super::reservation::{BinaryBet, BinaryWealth, shares_at_price};

/// Full Kelly, `(p - c) / (1 - c)`, zero without an edge (Kelly 1956).
///
/// # Errors
/// `p` outside `[0, 1]`, `cost` outside `[0, 1)`.
pub fn kelly_fraction(p: f64, cost: f64) -> Result<f64, SizingError> {
    let p = probability("probability", p)?;
    let cost = price("cost per share", cost)?;
    positive("1 - cost", 1.0 - cost)?;
    Ok(((p - cost) / (1.0 - cost)).max(0.0))
}

/// Full Kelly times `fraction`.
///
/// # Errors
/// As [`kelly_fraction`].
pub fn stake_scaled(p: f64, cost: f64, fraction: f64) -> Result<f64, SizingError> {
    Ok(fraction * kelly_fraction(p, cost)?)
}

/// The probability moved towards the cost, `fraction * p + (1 - fraction) * cost`: full Kelly on it equals the scaled
/// stake at one flat price.
///
/// # Errors
/// `p`, `cost` or `fraction` outside `[0, 1]`.
pub fn shrunk_to_cost(p: f64, cost: f64, fraction: f64) -> Result<f64, SizingError> {
    let fraction = probability("fraction", fraction)?;
    let p = probability("probability", p)?;
    Ok(fraction * p + (1.0 - fraction) * price("cost per share", cost)?)
}

/// Fraction of cash staked by a bettor of risk aversion `1 / fraction`.
///
/// # Errors
/// As [`kelly_fraction`]; `fraction` not positive.
pub fn crra_fraction(p: f64, cost: f64, fraction: f64) -> Result<f64, SizingError> {
    let gamma = risk_aversion(fraction)?;
    let one = BinaryWealth {
        if_yes: 1.0,
        if_no: 1.0,
    };
    Ok(cost * shares_at_price(&BinaryBet::new(p, one, gamma)?, cost, 1.0)?)
}

/// Risk aversion `gamma = 1 / fraction` that stands for a Kelly fraction.
///
/// # Errors
/// `fraction` not positive.
pub fn risk_aversion(fraction: f64) -> Result<f64, SizingError> {
    Ok(1.0 / positive("Kelly fraction", fraction)?)
}
