//! Forecasters as extra experts: inferences weighted by the inverse of their predicted losses.

/// `sum 10^(-L_j) x_j / sum 10^(-L_j)` over the present workers that the forecaster named, L = predicted log10 loss.
///
/// Register the result as one more worker. `None` when no present worker was forecast. Non-finite predictions are
/// skipped; shorter of the two slices ends the sum.
#[must_use]
pub fn inverse_loss_implied(
    row: &[Option<f64>],
    predicted_log10_losses: &[Option<f64>],
) -> Option<f64> {
    let pairs = row
        .iter()
        .zip(predicted_log10_losses)
        .filter_map(|(x, loss)| {
            let loss = loss.filter(|loss| loss.is_finite())?;
            Some(((*x)?, loss))
        });
    let smallest = pairs
        .clone()
        .map(|(_, loss)| loss)
        .fold(f64::INFINITY, f64::min);
    let (mut weighted, mut total) = (0.0, 0.0);
    for (x, loss) in pairs {
        let weight = libm::exp10(smallest - loss);
        weighted += weight * x;
        total += weight;
    }
    if 0.0 < total {
        Some(weighted / total)
    } else {
        None
    }
}
