//! The simple pools: mean, median, trimmed mean, logit mean, and one vote per model family. They learn nothing.
//!
//! A row holds one value per worker, `None` for an absent one. No present worker means no combined value.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use quorate_domain::math::{logit, sigmoid};

use crate::stats;

/// Probabilities are kept inside `[0.01, 0.99]` before a worker's log odds are taken: beyond it a single worker could
/// dominate every logit mean.
pub const WORKER_LOGIT_CLIP: f64 = 0.01;

/// Probabilities are kept inside `[0.005, 0.995]` by [`logit_pool`]: a market price can be trusted a little further out
/// than one worker.
pub const MARKET_LOGIT_CLIP: f64 = 0.005;

/// Log odds of a worker's probability, clipped to `[0.01, 0.99]` first.
#[must_use]
pub fn worker_logit(probability: f64) -> f64 {
    let p = probability.clamp(WORKER_LOGIT_CLIP, 1.0 - WORKER_LOGIT_CLIP);
    // One logarithm in place of two: inside the clip the quotient loses no accuracy.
    libm::log(p / (1.0 - p))
}

/// The values of the present workers, in column order.
#[must_use]
pub fn present_values(row: &[Option<f64>]) -> Vec<f64> {
    row.iter().copied().flatten().collect()
}

/// Plain mean of the present workers.
#[must_use]
pub fn mean_pool(row: &[Option<f64>]) -> Option<f64> {
    stats::mean(&present_values(row))
}

/// Median of the present workers.
#[must_use]
pub fn median_pool(row: &[Option<f64>]) -> Option<f64> {
    stats::median_in_place(&mut present_values(row))
}

/// Mean after dropping `floor(trim * n)` of the smallest and as many of the largest values.
///
/// `trim` is a share in `[0, 0.5)`; one that would drop everything gives the median.
#[must_use]
pub fn trimmed_pool(row: &[Option<f64>], trim: f64) -> Option<f64> {
    let mut values = present_values(row);
    values.sort_unstable_by(f64::total_cmp);
    let dropped = libm::floor(trim.clamp(0.0, 0.5) * values.len() as f64) as usize;
    if values.len() <= 2 * dropped {
        return stats::median_in_place(&mut values);
    }
    stats::mean(&values[dropped..values.len() - dropped])
}

/// Extremised logit mean `sigma(a * mean logit x)` with each `x` clipped to `[0.01, 0.99]`
/// (Satopaa et al. 2014; `extremise` = a = 1 leaves the mean as it is).
#[must_use]
pub fn logit_mean_pool(row: &[Option<f64>], extremise: f64) -> Option<f64> {
    let logits: Vec<f64> = row.iter().flatten().map(|p| worker_logit(*p)).collect();
    stats::mean(&logits).map(|center| sigmoid(extremise * center))
}

/// One vote per independent model family: logit mean within each family, then the extremised mean over the families.
///
/// `families[j]` names the family of worker j; a worker with `None` (or beyond the slice) is a family of its own. For
/// questions that resolve rarely, such as elections, where correlated variants of one model must not count twice.
#[must_use]
pub fn family_logit_mean(
    row: &[Option<f64>],
    families: &[Option<u32>],
    extremise: f64,
) -> Option<f64> {
    let mut by_family: BTreeMap<(bool, u32), (f64, u32)> = BTreeMap::new();
    for (column, probability) in row.iter().enumerate() {
        let Some(probability) = probability else {
            continue;
        };
        let family = match families.get(column) {
            Some(Some(family)) => (true, *family),
            Some(None) | None => (false, column as u32),
        };
        let (sum, count) = by_family.entry(family).or_insert((0.0, 0));
        *sum += worker_logit(*probability);
        *count += 1;
    }
    let votes: Vec<f64> = by_family
        .values()
        .map(|(sum, n)| sum / f64::from(*n))
        .collect();
    stats::mean(&votes).map(|center| sigmoid(extremise * center))
}

/// Weights of [`family_logit_mean`] on the log-odds scale: equal per family, equal within it; 0 for absent workers.
#[must_use]
pub fn family_weights(row: &[Option<f64>], families: &[Option<u32>]) -> Vec<f64> {
    let family = |column: usize| families.get(column).copied().flatten();
    let size = |column: usize| match family(column) {
        None => 1,
        some => (0..row.len())
            .filter(|j| row[*j].is_some() && family(*j) == some)
            .count(),
    };
    let raw: Vec<f64> = row
        .iter()
        .enumerate()
        .map(|(column, x)| {
            if x.is_some() {
                1.0 / size(column) as f64
            } else {
                0.0
            }
        })
        .collect();
    let votes: f64 = raw.iter().sum();
    raw.iter()
        .map(|weight| if 0.0 < votes { weight / votes } else { 0.0 })
        .collect()
}

/// Fixed blend of a model's probability with a market price in log odds:
/// `sigma((1 - weight) logit market + weight logit model)`, both clipped to `[0.005, 0.995]` inside the logits.
///
/// `weight` (0..=1, clamped) is the share of the model: 0 gives the clipped market, 1 the clipped model.
#[must_use]
pub fn logit_pool(model: f64, market: f64, weight: f64) -> f64 {
    let weight = weight.clamp(0.0, 1.0);
    let clipped = |p: f64| logit(p.clamp(MARKET_LOGIT_CLIP, 1.0 - MARKET_LOGIT_CLIP));
    sigmoid((1.0 - weight) * clipped(market) + weight * clipped(model))
}
