//! Order statistics and moments shared by the schemes: means, medians, quantiles, spreads, weighted percentiles.
//!
//! All functions take finite values; an empty slice gives `None` where no value exists.

use alloc::vec::Vec;

/// Turns the median absolute deviation into the standard deviation of a normal sample.
pub const MAD_TO_DEVIATION: f64 = 1.4826;

/// Weights that sum to less than this are treated as this sum, as the Allora chain does (`epsilon_safe_div`).
const SAFE_DIVISOR: f64 = 1e-7;

/// Arithmetic mean; `None` for no values.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

/// Middle value, or the mean of the two middle values; `None` for no values.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    median_in_place(&mut values.to_vec())
}

/// [`median`] that reorders its argument instead of copying it.
pub fn median_in_place(values: &mut [f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let is_even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    if !is_even {
        return Some(upper);
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(0.5 * (lower + upper))
}

/// Quantile by linear interpolation at position `q * (n - 1)` of the sorted values, `q` in 0..=1; `None` for no values.
#[must_use]
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let position = q.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = libm::floor(position);
    let index = below as usize;
    let next = (index + 1).min(sorted.len() - 1);
    Some(sorted[index] + (position - below) * (sorted[next] - sorted[index]))
}

/// Standard deviation with `n - 1` in the denominator; 0 for fewer than two values.
#[must_use]
pub fn sample_deviation(values: &[f64]) -> f64 {
    let Some(center) = mean(values) else {
        return 0.0;
    };
    if values.len() < 2 {
        return 0.0;
    }
    let squares: f64 = values.iter().map(|v| (v - center) * (v - center)).sum();
    libm::sqrt(squares / (values.len() - 1) as f64)
}

/// Median of the absolute distances from the median; 0 for no values. Not scaled by [`MAD_TO_DEVIATION`].
#[must_use]
pub fn median_absolute_deviation(values: &[f64]) -> f64 {
    let mut distances = values.to_vec();
    let Some(center) = median_in_place(&mut distances) else {
        return 0.0;
    };
    for distance in &mut distances {
        *distance = (*distance - center).abs();
    }
    median_in_place(&mut distances).unwrap_or(0.0)
}

/// `sum w x / max(sum w, 1e-7)` over the pairs `(x, w)` whose weight is positive, as the Allora chain averages.
///
/// Gives 0 when no weight is positive: the chain does so, and losses of that value are part of its regrets.
pub fn weighted_mean(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut weighted, mut total) = (0.0, 0.0);
    for (value, weight) in pairs {
        if 0.0 < weight {
            weighted += weight * value;
            total += weight;
        }
    }
    weighted / total.max(SAFE_DIVISOR)
}

/// Weighted percentiles of `(value, weight)` pairs at `percents` (0..=100), one result per percent; empty for no
/// positive weight.
///
/// The position of a value is the weight of all smaller values plus half of its own, divided by the total; between
/// positions the values are interpolated linearly, outside them the extreme values hold (Allora's confidence interval).
#[must_use]
pub fn weighted_percentiles(pairs: &[(f64, f64)], percents: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<(f64, f64)> = pairs.iter().copied().filter(|(_, w)| 0.0 < *w).collect();
    if sorted.is_empty() {
        return Vec::new();
    }
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let mut cumulative = 0.0;
    let positions: Vec<(f64, f64)> = sorted
        .iter()
        .map(|(value, weight)| {
            cumulative += weight;
            (*value, (cumulative - 0.5 * weight) / total)
        })
        .collect();
    percents
        .iter()
        .map(|percent| interpolate(&positions, percent / 100.0))
        .collect()
}

/// Value at `target` on the polyline of `(value, position)` points with ascending positions, clamped to its ends.
fn interpolate(points: &[(f64, f64)], target: f64) -> f64 {
    let above = points.partition_point(|(_, position)| *position < target);
    if above == 0 {
        return points[0].0;
    }
    if above == points.len() {
        return points[above - 1].0;
    }
    let (low, low_position) = points[above - 1];
    let (high, high_position) = points[above];
    low + (high - low) * (target - low_position) / (high_position - low_position)
}
