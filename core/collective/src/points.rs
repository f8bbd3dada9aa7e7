//! Whole points of a reward pool, split by contribution.

use alloc::vec;
use alloc::vec::Vec;

/// Splits `pool` whole points in proportion to the positive contributions. Workers without a positive (or with no
/// finite) contribution get nothing.
///
/// Shares are rounded by the method of largest remainders (Hamilton): every share is rounded down, and the points left
/// over go to the largest fractions, ties to the earlier worker. The points add up to `pool` exactly, or to zero when
/// nobody contributed.
#[must_use]
pub fn split_points(contributions: &[f64], pool: u64) -> Vec<u64> {
    let is_earning = |c: &f64| c.is_finite() && 0.0 < *c;
    let largest = contributions
        .iter()
        .copied()
        .filter(is_earning)
        .fold(0.0, f64::max);
    let mut points = vec![0; contributions.len()];
    if largest == 0.0 {
        return points;
    }
    // In units of the largest one the sum of any number of contributions stays finite.
    let parts: Vec<(usize, f64)> = contributions
        .iter()
        .enumerate()
        .filter(|(_, c)| is_earning(c))
        .map(|(worker, c)| (worker, c / largest))
        .collect();
    let total: f64 = parts.iter().map(|(_, part)| part).sum();
    let mut left = pool;
    let mut remainders = Vec::with_capacity(parts.len());
    for (worker, part) in parts {
        let share = part / total * pool as f64;
        let whole = (libm::floor(share) as u64).min(left);
        points[worker] = whole;
        left -= whole;
        remainders.push((worker, share - libm::floor(share)));
    }
    remainders.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    // Usually one round; pools beyond 2^53 points lose a few to the precision of their shares.
    while 0 < left {
        for (worker, _) in remainders.iter().take(left.min(usize::MAX as u64) as usize) {
            points[*worker] += 1;
            left -= 1;
        }
    }
    points
}
