//! Whether several voices are a collective: how far they are apart, and whether one of them drowns the others.

use alloc::vec::Vec;

use quorate_domain::Probability;
use quorate_domain::math::logit;

/// Sample standard deviation of the log odds of what is there; `None` for fewer than two values. Values at 0 and 1 count
/// as clipped ones, so that the result is finite.
#[must_use]
pub fn dispersion(values: &[Option<f64>]) -> Option<f64> {
    let odds: Vec<f64> = values
        .iter()
        .flatten()
        .filter_map(|value| Some(logit(Probability::new(*value).ok()?.clipped())))
        .collect();
    if odds.len() < 2 {
        return None;
    }
    let count = odds.len() as f64;
    let mean = odds.iter().sum::<f64>() / count;
    let squares: f64 = odds.iter().map(|z| (z - mean) * (z - mean)).sum();
    Some(libm::sqrt(squares / (count - 1.0)))
}

/// Largest weight as a share of all weights, 0 to 1; `None` when fewer than two workers spoke, since one alone is a
/// choice and no collapse, and when nothing has weight.
#[must_use]
pub fn dominance(weights: &[f64], present: u16) -> Option<f64> {
    let sum: f64 = weights.iter().sum();
    let largest = weights.iter().copied().fold(0.0, f64::max);
    (1 < present && 0.0 < sum).then(|| largest / sum)
}

/// Whether a share from 0 to 1 is above a limit in parts per million.
#[must_use]
pub fn exceeds_ppm(share: f64, limit: Option<u32>) -> bool {
    limit.is_some_and(|ppm| f64::from(ppm) * 1e-6 + 1e-9 < share)
}
