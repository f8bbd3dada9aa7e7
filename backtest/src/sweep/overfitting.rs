//! The probability of backtest overfitting: how often the best variant of one half of the days is worse than the median
//! in the other half.

use serde::{Deserialize, Serialize};

use super::sharpe::sharpe;

/// What combinatorially symmetric cross-validation found (Bailey, Borwein, Lopez de Prado and Zhu 2017, "The probability
/// of backtest overfitting").
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overfitting {
    /// Share of splits in which the best variant of one half was at or below the median of the other.
    pub probability: f64,
    /// Splits: every choice of half the blocks.
    pub splits: usize,
    /// Blocks of days.
    pub blocks: usize,
    /// Days of each block; what is left over at the end is not used.
    pub days_per_block: usize,
    /// Share of splits in which the chosen variant's Sharpe ratio was below zero in the other half.
    pub loss_probability: f64,
}

/// The probability of overfitting over daily returns, one row of equal length for every variant. For every choice of
/// `blocks / 2` blocks as the training half, the variant with the best Sharpe ratio there is ranked by its Sharpe ratio
/// in the other half: with `r` its rank from the bottom among `n`, `w = r / (n + 1)`, and the split counts as overfitted
/// when `ln(w / (1 - w)) <= 0`. Equal ratios share the mean of their ranks; a variant without variation counts as 0.
///
/// `None` with fewer than two variants, an odd number of blocks, or fewer than two days per block.
#[must_use]
pub fn overfitting(returns: &[Vec<f64>], blocks: usize) -> Option<Overfitting> {
    let days = returns.iter().map(Vec::len).min()?;
    if returns.len() < 2 || blocks < 2 || !blocks.is_multiple_of(2) || 20 < blocks {
        return None;
    }
    let days_per_block = days / blocks;
    if days_per_block < 2 {
        return None;
    }
    let (mut splits, mut overfitted, mut lost) = (0_usize, 0_usize, 0_usize);
    for mask in 0_u32..1 << blocks {
        if mask.count_ones() as usize != blocks / 2 {
            continue;
        }
        let half = |wanted: bool| -> Vec<f64> {
            let ratio = |row: &Vec<f64>| {
                let chosen = (0..blocks).filter(|block| (mask >> block & 1 == 1) == wanted);
                let days = chosen.flat_map(|block| {
                    row[block * days_per_block..(block + 1) * days_per_block].iter()
                });
                sharpe(&days.copied().collect::<Vec<f64>>()).unwrap_or(0.0)
            };
            returns.iter().map(ratio).collect()
        };
        let (inside, outside) = (half(true), half(false));
        let best = best_of(&inside)?;
        let rank = rank_of(&outside, best);
        splits += 1;
        overfitted += usize::from(rank / (returns.len() as f64 + 1.0) <= 0.5);
        lost += usize::from(outside[best] < 0.0);
    }
    Some(Overfitting {
        probability: overfitted as f64 / splits as f64,
        splits,
        blocks,
        days_per_block,
        loss_probability: lost as f64 / splits as f64,
    })
}

/// The first of the largest.
pub(super) fn best_of(values: &[f64]) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (place, value) in values.iter().enumerate() {
        if best.is_none_or(|best| values[best] < *value) {
            best = Some(place);
        }
    }
    best
}

/// Rank from the bottom, counted from 1; equal values share the mean of their ranks.
fn rank_of(values: &[f64], place: usize) -> f64 {
    let value = values[place];
    let below = values.iter().filter(|other| **other < value).count();
    let equal = values.iter().filter(|other| **other == value).count();
    below as f64 + (equal as f64 + 1.0) / 2.0
}
