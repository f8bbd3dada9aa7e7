//! How a price market settles: ties, and averages over the last seconds of a window.

use super::error::{SizingError, not_negative, positive};

/// What an up/down market pays on YES when start and settlement are equal. A field of each market's mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TieRule {
    /// At or above the reference is Up.
    Up,
    /// Only above the reference is Up.
    Down,
    /// Each side gets one half.
    Half,
}

/// Payout of an Up share once the settlement price is known.
///
/// # Errors
/// A price that is not positive.
pub fn up_payout(settlement: f64, reference: f64, tie: TieRule) -> Result<f64, SizingError> {
    let settlement = positive("settlement", settlement)?;
    let reference = positive("reference", reference)?;
    Ok(if settlement > reference {
        1.0
    } else if settlement < reference {
        0.0
    } else {
        match tie {
            TieRule::Up => 1.0,
            TieRule::Down => 0.0,
            TieRule::Half => 0.5,
        }
    })
}

/// A window that settles on the time-weighted average of its last `length` seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AverageSettlement {
    /// Length of the averaging window, in seconds.
    pub length: f64,
    /// Average price over the part of it that has passed; ignored while none has.
    pub average_so_far: f64,
}

impl AverageSettlement {
    /// Price to compare with the reference, and the deviation of the settlement around it as a log return.
    ///
    /// `sigma` is volatility per root second. With `left >= length` seconds to go the variance is
    /// `sigma^2 (left - 2/3 length)`; within the window the expected settlement mixes what has been averaged with spot and
    /// the deviation is `sigma (left/length) sqrt(left/3)`.
    ///
    /// # Errors
    /// A number that is not positive (`left` may be zero).
    pub fn expectation(&self, spot: f64, sigma: f64, left: f64) -> Result<(f64, f64), SizingError> {
        let length = positive("averaging window", self.length)?;
        let spot = positive("spot", spot)?;
        let sigma = not_negative("volatility", sigma)?;
        let left = not_negative("time left", left)?;
        if left >= length {
            return Ok((spot, sigma * libm::sqrt(left - 2.0 / 3.0 * length)));
        }
        let so_far = positive("average so far", self.average_so_far)?;
        let expected = ((length - left) * so_far + left * spot) / length;
        Ok((expected, sigma * (left / length) * libm::sqrt(left / 3.0)))
    }
}
