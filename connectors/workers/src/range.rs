//! Which values a quantity can have, and the slips of unit that are worth naming.

use crate::fault::Fault;
use crate::question::Quantity;

/// Fixed-point numbers of most chains carry 18 decimals.
const SCALED_1E18: &str = "a number scaled by 10^18";
/// No price of anything reaches this; a value that does is scaled.
const PRICE_MAX: f64 = 1e15;
/// A log return beyond 10 is a factor of 22,000.
const LOG_RETURN_MAX: f64 = 10.0;
/// A volatility of 100 is 10,000 %.
const VOLATILITY_MAX: f64 = 100.0;
/// From here on an impossible return or volatility is taken for a scaled one.
const SCALED_MIN: f64 = 1e12;

/// The value itself, when it is one that the quantity can have.
///
/// # Errors
/// [`Fault::NotFinite`], [`Fault::OutOfRange`], or [`Fault::WrongUnit`] where another unit explains the value: for a
/// probability percent, basis points, or scaling by 10^6 or 10^18; for the others scaling by 10^18.
pub fn check(quantity: Quantity, value: f64) -> Result<f64, Fault> {
    if !value.is_finite() {
        return Err(Fault::NotFinite {
            found: value.to_string(),
        });
    }
    // Adding zero turns a negative zero into zero, so that equal values have equal hashes.
    let value = value + 0.0;
    let (fits, scaled, expected) = match quantity {
        Quantity::Probability => return probability(value),
        Quantity::Price => (
            value > 0.0 && value < PRICE_MAX,
            value >= PRICE_MAX,
            "a price above 0 and below 10^15",
        ),
        Quantity::LogReturn => (
            value.abs() <= LOG_RETURN_MAX,
            value.abs() >= SCALED_MIN,
            "a log return from -10 to 10 (0.01 is about one percent)",
        ),
        Quantity::Volatility => (
            (0.0..=VOLATILITY_MAX).contains(&value),
            value >= SCALED_MIN,
            "a volatility from 0 to 100 (0.5 is 50 percent)",
        ),
    };
    match (fits, scaled) {
        (true, _) => Ok(value),
        (false, true) => Err(Fault::WrongUnit {
            value,
            unit: SCALED_1E18,
            expected,
        }),
        (false, false) => Err(Fault::OutOfRange { value, expected }),
    }
}

fn probability(value: f64) -> Result<f64, Fault> {
    const EXPECTED: &str = "a probability from 0 to 1";
    let unit = match value {
        0.0..=1.0 => return Ok(value),
        1.5..=100.0 => "percent",
        100.0..=1e4 => "basis points",
        1e4..=1e6 => "a number scaled by 10^6",
        1e14..=1e18 => SCALED_1E18,
        _ => {
            return Err(Fault::OutOfRange {
                value,
                expected: EXPECTED,
            });
        }
    };
    Err(Fault::WrongUnit {
        value,
        unit,
        expected: EXPECTED,
    })
}
