//! Calibration: ten bins of equal width, Murphy's decomposition of the Brier score, expected calibration error.

use serde::{Deserialize, Serialize};

use super::scores::{Scored, mean};

/// Number of bins.
pub const BINS: usize = 10;

/// Forecasts in `[low, high)`, the last bin closed, and how often the event happened there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Lower edge.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
    /// Forecasts.
    pub rows: u64,
    /// Their mean; `None` in an empty bin.
    pub forecast_mean: Option<f64>,
    /// Mean payout of YES; `None` in an empty bin.
    pub frequency: Option<f64>,
}

/// Parts of the Brier score (Murphy 1973). `reliability - resolution + uncertainty` is the Brier score of the forecasts
/// replaced by their bin means; it is exact when forecasts within a bin are equal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Murphy {
    /// How far bin means lie from what happened in the bin: lower is better.
    pub reliability: f64,
    /// How far what happened differs between bins: higher is better.
    pub resolution: f64,
    /// Base rate times its complement: the difficulty of the questions, the same for all forecasters.
    pub uncertainty: f64,
    /// Mean distance of bin mean and frequency, weighted by rows (expected calibration error).
    pub calibration_error: f64,
}

/// Bin of a probability: `min(9, floor(10 p))`.
#[must_use]
pub fn bin_of(p: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "float to int casts saturate, and NaN gives 0"
    )]
    let bin = libm::floor(10.0 * p) as usize;
    bin.min(BINS - 1)
}

/// The ten bins.
#[must_use]
pub fn calibration_bins(rows: &[Scored]) -> Vec<CalibrationBin> {
    let mut members: [Vec<Scored>; BINS] = Default::default();
    for row in rows {
        members[bin_of(row.forecast)].push(*row);
    }
    members
        .iter()
        .enumerate()
        .map(|(bin, rows)| summarise(bin, rows))
        .collect()
}

fn summarise(bin: usize, rows: &[Scored]) -> CalibrationBin {
    CalibrationBin {
        low: bin as f64 / BINS as f64,
        high: (bin + 1) as f64 / BINS as f64,
        rows: rows.len() as u64,
        forecast_mean: mean(rows.iter().map(|row| row.forecast)),
        frequency: mean(rows.iter().map(|row| row.payout)),
    }
}

/// Murphy's parts from bins; all zero when the bins are empty.
#[must_use]
pub fn murphy(bins: &[CalibrationBin]) -> Murphy {
    let filled: Vec<(f64, f64, f64)> = bins
        .iter()
        .filter_map(|bin| Some((bin.rows as f64, bin.forecast_mean?, bin.frequency?)))
        .collect();
    let rows: f64 = filled.iter().map(|(n, ..)| n).sum();
    let weighted = |term: &dyn Fn(f64, f64) -> f64| -> f64 {
        filled.iter().map(|(n, p, y)| n / rows * term(*p, *y)).sum()
    };
    let base = weighted(&|_, y| y);
    Murphy {
        reliability: weighted(&|p, y| (p - y) * (p - y)),
        resolution: weighted(&|_, y| (y - base) * (y - base)),
        uncertainty: if filled.is_empty() {
            0.0
        } else {
            base * (1.0 - base)
        },
        calibration_error: weighted(&|p, y| (p - y).abs()),
    }
}
