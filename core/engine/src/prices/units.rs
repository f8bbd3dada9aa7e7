//! Between what workers say, what references say, and log returns in basis points.

use quorate_collective::Quantity;
use quorate_domain::{Predicted, Timestamp};
use serde::{Deserialize, Serialize};

/// Basis points per unit of log return.
pub const BASIS_POINTS: f64 = 1e4;

/// A reference price with its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Millionths of the quote currency, above zero.
    pub micros: i64,
    /// When it was the price.
    pub at: Timestamp,
}

impl Seen {
    /// Log return from here to `later`, basis points.
    #[must_use]
    pub fn return_to(&self, later: &Self) -> f64 {
        libm::log(later.micros as f64 / self.micros as f64) * BASIS_POINTS
    }

    /// The price in the quote currency.
    #[must_use]
    pub fn price(&self) -> f64 {
        self.micros as f64 * 1e-6
    }
}

/// A worker's value as basis points over the horizon, against the price at the opening; `None` for what is no value of
/// the topic: a price that is not positive, a negative volatility, a number that is not finite or absurdly large.
#[must_use]
pub fn basis_points(predicts: Predicted, value: f64, opening: Seen) -> Option<f64> {
    let natural = match predicts {
        Predicted::Price if 0.0 < value => libm::log(value) - libm::log(opening.price()),
        Predicted::LogReturn => value,
        Predicted::Volatility if 0.0 <= value => value,
        _ => return None,
    };
    Some(natural * BASIS_POINTS).filter(|points| Quantity::Price.contains(*points))
}

/// Basis points over the horizon in the units of the topic: the reverse of [`basis_points`].
#[must_use]
pub fn topic_value(predicts: Predicted, points: f64, opening: Seen) -> f64 {
    match predicts {
        Predicted::Price => opening.price() * libm::exp(points / BASIS_POINTS),
        _ => points / BASIS_POINTS,
    }
}
