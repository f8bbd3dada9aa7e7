//! Block bootstrap over whole dates: outcomes that resolve on one date are one draw, so dates are resampled, not rows.

use serde::{Deserialize, Serialize};

/// Resamples drawn for an interval.
pub const RESAMPLES: usize = 2000;

/// Fewest blocks that give an interval. Percentile intervals over few blocks are too narrow: for normal values of mean
/// zero, a nominal 95 % interval leaves zero out in about half of the trials with two blocks, a quarter with three, and
/// a tenth with ten.
pub const BLOCKS_MIN: usize = 10;

/// Seed of every interval: the same rows always give the same interval.
pub const SEED: u64 = 20_241_105;

/// A 95 % interval: the 2.5 and 97.5 percentiles of a statistic over resamples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether zero lies outside.
    #[must_use]
    pub fn excludes_zero(self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// A small generator (SplitMix64, Steele, Lea and Flood 2014), so that intervals do not depend on a library's choices.
#[derive(Clone, Copy, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// A generator from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not zero: the high half of the 128-bit product.
    pub fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.next_u64()) * bound as u128;
        (product >> 64) as usize
    }
}

/// Interval of a statistic of sums. `blocks` has the sums of one date each (for example loss, reference loss, rows);
/// whole blocks are drawn with replacement, added up, and handed to `statistic`.
///
/// Resamples on which the statistic does not exist are left out. `None` with fewer than [`BLOCKS_MIN`] blocks.
#[must_use]
pub fn block_bootstrap<const N: usize>(
    blocks: &[[f64; N]],
    seed: u64,
    statistic: impl Fn(&[f64; N]) -> Option<f64>,
) -> Option<Interval> {
    if blocks.len() < BLOCKS_MIN {
        return None;
    }
    let mut random = SplitMix64::new(seed);
    let mut values: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| statistic(&resample(blocks, &mut random)))
        .filter(|value| value.is_finite())
        .collect();
    values.sort_by(f64::total_cmp);
    Some(Interval {
        low: quantile(&values, 0.025)?,
        high: quantile(&values, 0.975)?,
    })
}

fn resample<const N: usize>(blocks: &[[f64; N]], random: &mut SplitMix64) -> [f64; N] {
    let mut sums = [0.0; N];
    for _ in blocks {
        let block = &blocks[random.below(blocks.len())];
        for (sum, value) in sums.iter_mut().zip(block) {
            *sum += value;
        }
    }
    sums
}

/// Quantile of sorted values with linear interpolation between order statistics (type 7 of Hyndman and Fan 1996).
#[must_use]
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let position = q.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between zero and the last index"
    )]
    let below = libm::floor(position) as usize;
    let low = *sorted.get(below)?;
    let high = *sorted.get(below + 1).unwrap_or(&low);
    Some(low + (position - below as f64) * (high - low))
}
