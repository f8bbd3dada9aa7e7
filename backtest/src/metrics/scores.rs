//! Losses of a probability against what happened.

/// Probabilities are moved inside `[LOG_LOSS_CLIP, 1 - LOG_LOSS_CLIP]` before the logarithm, so that one certain and
/// wrong forecast costs 6.9 and not infinity.
pub const LOG_LOSS_CLIP: f64 = 0.001;

/// A forecast and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// Probability given to YES, 0 to 1.
    pub forecast: f64,
    /// What a YES share paid, 0 to 1: 1 when it happened, 0 when not, a half when the venue split.
    pub payout: f64,
}

/// Squared error (Brier 1950): 0 is perfect, 0.25 is what always saying a half gets.
#[must_use]
pub fn brier(row: Scored) -> f64 {
    let error = row.forecast - row.payout;
    error * error
}

/// `-(y ln p + (1 - y) ln(1 - p))` with `p` clipped at [`LOG_LOSS_CLIP`] (Good 1952).
#[must_use]
pub fn log_loss(row: Scored) -> f64 {
    let p = row.forecast.clamp(LOG_LOSS_CLIP, 1.0 - LOG_LOSS_CLIP);
    -(row.payout * libm::log(p) + (1.0 - row.payout) * libm::log(1.0 - p))
}

/// Mean of `loss` over rows; `None` when there is none.
#[must_use]
pub fn mean_loss(rows: &[Scored], loss: fn(Scored) -> f64) -> Option<f64> {
    mean(rows.iter().map(|row| loss(*row)))
}

/// `1 - loss / loss_reference`: above zero is better than the reference. `None` when the reference's loss is zero.
#[must_use]
pub fn skill(loss: f64, loss_reference: f64) -> Option<f64> {
    (loss_reference > 0.0).then(|| 1.0 - loss / loss_reference)
}

/// Arithmetic mean; `None` of nothing.
pub(crate) fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u64);
    for value in values {
        sum += value;
        count += 1;
    }
    (count > 0).then(|| sum / count as f64)
}
