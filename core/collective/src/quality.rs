//! Quality measures of forecasts: log loss, Brier score with Murphy's parts, calibration error, skill, pinball, CRPS.

use serde::{Deserialize, Serialize};

/// Probabilities are kept inside `[0.001, 0.999]` in losses and gradients, so that one certain and wrong forecast costs
/// 6.9 nats and not infinity.
pub const LOSS_CLIP: f64 = 0.001;

/// Bins of the reliability diagram: ten of equal width.
const BINS: usize = 10;

/// `probability` kept inside `[0.001, 0.999]`.
#[must_use]
pub fn clip_for_loss(probability: f64) -> f64 {
    probability.clamp(LOSS_CLIP, 1.0 - LOSS_CLIP)
}

/// Log loss in nats of one probability against an outcome in 0..=1 (0.5 for a 50-50 resolution), clipped.
#[must_use]
pub fn log_loss(probability: f64, outcome: f64) -> f64 {
    let p = clip_for_loss(probability);
    -(outcome * libm::log(p) + (1.0 - outcome) * libm::log1p(-p))
}

/// Derivative of the clipped [`log_loss`] by the probability, `(p - y) / (p (1 - p))`.
#[must_use]
pub fn log_loss_gradient(probability: f64, outcome: f64) -> f64 {
    let p = clip_for_loss(probability);
    (p - outcome) / (p * (1.0 - p))
}

/// Brier score of one probability: squared distance to the outcome. Not clipped.
#[must_use]
pub fn brier(probability: f64, outcome: f64) -> f64 {
    (probability - outcome) * (probability - outcome)
}

/// Means over a set of events, with Murphy's decomposition of the Brier score (Murphy 1973) over ten equal bins.
///
/// `brier = reliability - resolution + uncertainty` holds up to the spread of forecasts inside a bin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Number of events.
    pub events: usize,
    /// Mean clipped log loss, nats.
    pub log_loss: f64,
    /// Mean Brier score.
    pub brier: f64,
    /// Share-weighted squared distance of bin forecast and bin frequency; 0 = perfectly calibrated.
    pub reliability: f64,
    /// Share-weighted squared distance of bin frequency and base rate; larger = more discriminating.
    pub resolution: f64,
    /// `base rate * (1 - base rate)`.
    pub uncertainty: f64,
    /// Expected calibration error: share-weighted absolute distance of bin forecast and bin frequency.
    pub calibration_error: f64,
}

#[derive(Clone, Copy, Default)]
struct Bin {
    count: f64,
    forecasts: f64,
    outcomes: f64,
}

/// Measures `(probability, outcome)` pairs; `None` for no pairs. Probabilities and outcomes lie in 0..=1.
#[must_use]
pub fn quality(pairs: &[(f64, f64)]) -> Option<Quality> {
    if pairs.is_empty() {
        return None;
    }
    let n = pairs.len() as f64;
    let average = |f: fn(f64, f64) -> f64| pairs.iter().map(|(p, y)| f(*p, *y)).sum::<f64>() / n;
    let base_rate = average(|_, y| y);
    let mut measured = Quality {
        events: pairs.len(),
        log_loss: average(log_loss),
        brier: average(brier),
        reliability: 0.0,
        resolution: 0.0,
        uncertainty: base_rate * (1.0 - base_rate),
        calibration_error: 0.0,
    };
    for bin in fill_bins(pairs).iter().filter(|bin| 0.0 < bin.count) {
        let share = bin.count / n;
        let gap = (bin.forecasts - bin.outcomes) / bin.count;
        let lift = bin.outcomes / bin.count - base_rate;
        measured.reliability += share * gap * gap;
        measured.resolution += share * lift * lift;
        measured.calibration_error += share * gap.abs();
    }
    Some(measured)
}

fn fill_bins(pairs: &[(f64, f64)]) -> [Bin; BINS] {
    let mut bins = [Bin::default(); BINS];
    for (probability, outcome) in pairs {
        let index = libm::floor(probability.max(0.0) * BINS as f64) as usize;
        let bin = &mut bins[index.min(BINS - 1)];
        bin.count += 1.0;
        bin.forecasts += probability;
        bin.outcomes += outcome;
    }
    bins
}

/// Skill of a score against a reference, `1 - score / reference`: positive = better. 0 when the reference is 0.
#[must_use]
pub fn skill(score: f64, reference: f64) -> f64 {
    if reference == 0.0 {
        return 0.0;
    }
    1.0 - score / reference
}

/// Pinball loss of the quantile forecast `quantile` at level `tau` (0..=1), in the units of the outcome.
#[must_use]
pub fn pinball(quantile: f64, outcome: f64, tau: f64) -> f64 {
    if quantile <= outcome {
        tau * (outcome - quantile)
    } else {
        (1.0 - tau) * (quantile - outcome)
    }
}

/// Continuous ranked probability score of a sample, `mean |x - y| - mean |x - x'| / 2` over all n^2 pairs
/// (Gneiting and Raftery 2007), in the units of the outcome; `None` for an empty sample. O(n log n).
#[must_use]
pub fn crps_sample(sample: &[f64], outcome: f64) -> Option<f64> {
    if sample.is_empty() {
        return None;
    }
    let n = sample.len() as f64;
    let mut sorted = sample.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let distance = sorted.iter().map(|x| (x - outcome).abs()).sum::<f64>() / n;
    // Sum over all ordered pairs of |x - x'| = 2 sum_i (2i - n + 1) x_(i) with i from 0.
    let spread: f64 = sorted
        .iter()
        .enumerate()
        .map(|(i, x)| (2.0 * i as f64 - n + 1.0) * x)
        .sum::<f64>()
        * 2.0;
    Some(distance - 0.5 * spread / (n * n))
}
