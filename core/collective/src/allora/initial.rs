//! The regret a newcomer starts from.

use super::weights::{WeightParams, regret_scale};
use crate::stats;

/// Quantile of the experienced workers' regrets that the initial regret is anchored at.
const QUANTILE: f64 = 0.25;

/// `Q25(R) + (c - 8.25/p) * scale(R)` over the regrets of experienced workers; `None` when there are none.
///
/// The v0.6 chain uses its standard deviation as scale. How v0.16 adjusts the quantile is not published: here it is the
/// same formula with the scale of that version.
#[must_use]
pub fn initial_regret(params: &WeightParams, experienced: &[f64]) -> Option<f64> {
    let anchor = stats::quantile(experienced, QUANTILE)?;
    let offset = params.c_norm - 8.25 / params.p_norm;
    Some(anchor + offset * regret_scale(params, experienced))
}
