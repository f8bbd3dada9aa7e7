//! Consensus of reputers (Allora): whose reported losses are listened to, found by gradient ascent on the scores.

use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

const ITERATIONS_MAX: usize = 10;
const LEARNING_RATE: f64 = 0.05;
const GRADIENT_TOLERANCE: f64 = 0.001;
const DIFFERENCE: f64 = 0.001;
const LISTENED_STAKE_MIN: f64 = 0.5;
const DISTANCE_OFFSET: f64 = 0.01;
const NORM_FLOOR: f64 = 1e-7;

/// What the reputers agree on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Consensus {
    /// Score of every reputer: large = close to the consensus.
    pub scores: Vec<f64>,
    /// Listening coefficients after the ascent, 0..=1: the start of the next epoch's.
    pub coefficients: Vec<f64>,
}

/// Stakes as shares of an equal stake, `min(N a S / sum a S, 1)`: extra stake beyond an equal share does not count.
#[must_use]
pub fn adjusted_stakes(stakes: &[f64], coefficients: &[f64]) -> Vec<f64> {
    let listened: f64 = stakes.iter().zip(coefficients).map(|(s, a)| s * a).sum();
    let n = stakes.len() as f64;
    let share = |(stake, a): (&f64, &f64)| {
        if 0.0 < listened {
            (n * a * stake / listened).min(1.0)
        } else {
            0.0
        }
    };
    stakes.iter().zip(coefficients).map(share).collect()
}

/// Score of every reputer at fixed coefficients: `1 / (|L - C| / |C| + 0.01)`, C the adjusted-stake-weighted losses.
///
/// `losses[m]` are the losses of reputer m, all in the same order; NaN = not reported, charged the largest distance.
#[must_use]
pub fn reputer_scores(losses: &[Vec<f64>], stakes: &[f64], coefficients: &[f64]) -> Vec<f64> {
    let adjusted = adjusted_stakes(stakes, coefficients);
    let quantities = losses.iter().map(Vec::len).min().unwrap_or(0);
    let mut distances = vec![0.0; losses.len()];
    let mut norm = 0.0;
    for quantity in 0..quantities {
        let column: Vec<f64> = losses
            .iter()
            .map(|of_reputer| of_reputer[quantity])
            .collect();
        let consensus = weighted(&column, &adjusted);
        norm += consensus * consensus;
        let gaps: Vec<f64> = column.iter().map(|loss| (loss - consensus).abs()).collect();
        let largest = gaps
            .iter()
            .copied()
            .filter(|gap| gap.is_finite())
            .fold(0.0, f64::max);
        for (distance, gap) in distances.iter_mut().zip(gaps) {
            let gap = if gap.is_finite() { gap } else { largest };
            *distance += gap * gap;
        }
    }
    let norm = libm::sqrt(norm);
    let norm = if norm == 0.0 { NORM_FLOOR } else { norm };
    distances
        .iter()
        .map(|squares| 1.0 / (libm::sqrt(*squares) / norm + DISTANCE_OFFSET))
        .collect()
}

fn weighted(column: &[f64], weights: &[f64]) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (loss, weight) in column.iter().zip(weights) {
        if loss.is_finite() {
            sum += weight * loss;
            total += weight;
        }
    }
    if 0.0 < total { sum / total } else { 0.0 }
}

/// Gradient ascent from the previous epoch's coefficients. The scores are those of the last step's start, as on chain.
///
/// All slices have one element per reputer.
#[must_use]
pub fn reputer_consensus(losses: &[Vec<f64>], stakes: &[f64], start: &[f64]) -> Consensus {
    let mut coefficients = start.to_vec();
    let mut scores = reputer_scores(losses, stakes, &coefficients);
    for _ in 0..ITERATIONS_MAX {
        scores = reputer_scores(losses, stakes, &coefficients);
        let moved = step(losses, stakes, &coefficients, &scores);
        let largest = moved
            .iter()
            .zip(&coefficients)
            .map(|(new, old)| (new - old).abs())
            .fold(0.0, f64::max);
        coefficients = moved;
        if largest / LEARNING_RATE < GRADIENT_TOLERANCE {
            break;
        }
    }
    Consensus {
        scores,
        coefficients,
    }
}

fn step(losses: &[Vec<f64>], stakes: &[f64], old: &[f64], scores: &[f64]) -> Vec<f64> {
    let total = |scores: &[f64]| -> f64 { scores.iter().zip(stakes).map(|(t, s)| t * s).sum() };
    let here = total(scores);
    let mut nearby = old.to_vec();
    let mut moved = Vec::with_capacity(old.len());
    for (reputer, coefficient) in old.iter().enumerate() {
        let difference = if *coefficient == 1.0 {
            -DIFFERENCE
        } else {
            DIFFERENCE
        };
        nearby[reputer] = coefficient + difference;
        let there = total(&reputer_scores(losses, stakes, &nearby));
        nearby[reputer] = *coefficient;
        let gradient = if there == 0.0 {
            0.0
        } else {
            (1.0 - here / there) / difference
        };
        moved.push((coefficient + LEARNING_RATE * gradient).clamp(0.0, 1.0));
    }
    keep_listening(stakes, old, moved)
}

/// Moves back along the step until half of the stake is listened to.
fn keep_listening(stakes: &[f64], old: &[f64], mut moved: Vec<f64>) -> Vec<f64> {
    let all: f64 = stakes.iter().sum();
    let listened =
        |a: &[f64]| -> f64 { a.iter().zip(stakes).map(|(a, s)| a * s).sum::<f64>() / all };
    let (before, after) = (listened(old), listened(&moved));
    if 0.0 < all && after < LISTENED_STAKE_MIN && after != before {
        let share = (LISTENED_STAKE_MIN - before) / (after - before);
        for (new, old) in moved.iter_mut().zip(old) {
            *new = old + (*new - old) * share;
        }
    }
    moved
}
