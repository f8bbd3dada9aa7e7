//! Fractional Kelly for one binary market, as a price: the next share is worth buying while it costs less than the
//! reservation price of the wealth at hand.
//!
//! With constant relative risk aversion `g = 1 / fraction` and wealth `W1` if YES pays and `W0` if NO pays, the price
//! at which one is indifferent to the next share is `r = q W1^-g / (q W1^-g + (1 - q) W0^-g)`, that is
//! `logit r = logit q - g ln(W1 / W0)`. Equal wealth gives `r = q`; fraction 1 is Kelly's logarithm.

use libm::{exp, log};
use quorate_domain::math::{logit, sigmoid};

/// Wealth in the two states, in any one unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wealth {
    /// If YES pays.
    pub yes: f64,
    /// If NO pays.
    pub no: f64,
}

/// The reservation price of a YES share for a belief `q` in (0, 1) and a Kelly fraction in (0, 1]; `q` itself when
/// wealth is not positive in both states.
#[must_use]
pub fn reservation_price(q: f64, wealth: Wealth, fraction: f64) -> f64 {
    if wealth.yes > 0.0 && wealth.no > 0.0 && fraction > 0.0 {
        sigmoid(logit(q) - log(wealth.yes / wealth.no) / fraction)
    } else {
        q
    }
}

/// How many YES shares at `price`, fee included, in (0, 1) bring the reservation price down to it; 0 when none do, and
/// in the unit of wealth. Solves `(W1 + x (1 - p)) / (W0 - x p) = exp(fraction (logit q - logit p))`.
#[must_use]
pub fn shares_to_buy(q: f64, wealth: Wealth, fraction: f64, price: f64) -> f64 {
    if !(wealth.yes > 0.0 && wealth.no > 0.0 && price > 0.0 && price < 1.0) {
        return 0.0;
    }
    let ratio = exp(fraction * (logit(q) - logit(price)));
    let shares = (ratio * wealth.no - wealth.yes) / ((1.0 - price) + ratio * price);
    if shares > 0.0 { shares } else { 0.0 }
}
