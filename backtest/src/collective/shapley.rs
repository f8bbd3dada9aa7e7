//! Shapley values of a small set of workers, exact over all coalitions.

/// Most workers that Shapley values are computed for: every one more doubles the replays.
pub const SHAPLEY_WORKERS_MAX: usize = 10;

/// Shapley values (Shapley 1953) from the worth of every coalition: `worth[mask]` is that of the workers whose bits are
/// set. They add up to the worth of everybody less that of nobody.
///
/// `None` unless `worth` has one entry for each coalition of at most [`SHAPLEY_WORKERS_MAX`] workers.
#[must_use]
pub fn shapley_values(worth: &[f64]) -> Option<Vec<f64>> {
    if !worth.len().is_power_of_two() {
        return None;
    }
    let workers = worth.len().ilog2() as usize;
    if SHAPLEY_WORKERS_MAX < workers {
        return None;
    }
    let shares = shares(workers);
    let value = |worker: usize| -> f64 {
        let bit = 1 << worker;
        let without = (0..worth.len()).filter(|mask| mask & bit == 0);
        without
            .map(|mask| {
                let others = mask.count_ones() as usize;
                shares[others] * (worth[mask | bit] - worth[mask])
            })
            .sum()
    };
    Some((0..workers).map(value).collect())
}

/// Probability that a worker joins exactly `s` given others in a random order: `s! (n - 1 - s)! / n!`.
fn shares(workers: usize) -> Vec<f64> {
    let factorial = |n: usize| (1..=n).map(|k| k as f64).product::<f64>();
    (0..workers)
        .map(|s| factorial(s) * factorial(workers - 1 - s) / factorial(workers))
        .collect()
}
