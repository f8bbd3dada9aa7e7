//! Combined values with one worker masked as absent, for all workers at once: what contributions are made of.
//!
//! Sums are decremented where that loses no accuracy; a worker that holds most of the weight is recomputed plainly.

use alloc::vec::Vec;

/// A worker with more than this share of the weight is recomputed: decrementing would cancel leading digits.
pub(crate) const SHARE_MAX: f64 = 0.5;

/// `row` with column `j` absent.
pub(crate) fn masked(row: &[Option<f64>], j: usize) -> Vec<Option<f64>> {
    let mut masked = row.to_vec();
    masked[j] = None;
    masked
}

/// Weighted mean without each present column, weights normalised. `exact(j)` recomputes it for a dominant column j.
pub(crate) fn means_without(
    weights: &[f64],
    columns: &[Option<f64>],
    exact: impl Fn(usize) -> Option<f64>,
) -> Vec<Option<f64>> {
    let total: f64 = weights
        .iter()
        .zip(columns)
        .map(|(w, x)| w * x.unwrap_or(0.0))
        .sum();
    let without = |(j, (weight, x)): (usize, (&f64, &Option<f64>))| {
        let x = (*x)?;
        if *weight <= SHARE_MAX {
            Some((total - weight * x) / (1.0 - weight))
        } else {
            exact(j)
        }
    };
    weights
        .iter()
        .zip(columns)
        .enumerate()
        .map(without)
        .collect()
}

/// Median without each present column.
pub(crate) fn medians_without(row: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(f64, usize)> = row
        .iter()
        .enumerate()
        .filter_map(|(j, x)| Some(((*x)?, j)))
        .collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut medians: Vec<Option<f64>> = row.iter().map(|_| None).collect();
    let left = order.len().saturating_sub(1);
    if left == 0 {
        return medians;
    }
    for (rank, (_, column)) in order.iter().enumerate() {
        let value = |k: usize| order[if k < rank { k } else { k + 1 }].0;
        let upper = value(left / 2);
        let is_even = left.is_multiple_of(2);
        let lower = if is_even { value(left / 2 - 1) } else { upper };
        medians[*column] = Some(0.5 * (lower + upper));
    }
    medians
}
