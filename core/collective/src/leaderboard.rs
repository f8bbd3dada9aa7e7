//! Allora's leaderboard and reward maths: stake-weighted losses, score averages, seats, liveness, reward fractions,
//! entropy, and the split of rewards between inferers, forecasters and reputers.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::allora::log_one_plus_exp;
use crate::stats;

/// Entropy that the chain assigns to a task with a single actor.
pub const SINGLE_ACTOR_ENTROPY: f64 = 0.173_286_795_139_986;

/// Exponent of the share of effective actors in the entropy.
const ENTROPY_EXPONENT: f64 = 0.25;

/// Stake-weighted mean of the reputers' losses of one value; pairs with a loss or stake that is not finite are skipped.
/// `None` without positive stake.
#[must_use]
pub fn network_loss(losses: &[f64], stakes: &[f64]) -> Option<f64> {
    let (mut weighted, mut total) = (0.0, 0.0);
    for (loss, stake) in losses.iter().zip(stakes) {
        if loss.is_finite() && stake.is_finite() {
            weighted += stake * loss;
            total += stake;
        }
    }
    if 0.0 < total {
        Some(weighted / total)
    } else {
        None
    }
}

/// Score average after a new instant score: `alpha * score + (1 - alpha) * previous`; the first score as it is.
///
/// A passive participant enters the topic's active quantile ([`passive_score`]) in place of its own score.
#[must_use]
pub fn score_ema(previous: Option<f64>, score: f64, alpha: f64) -> f64 {
    previous.map_or(score, |previous| alpha * score + (1.0 - alpha) * previous)
}

/// Positions of the `seats` best score averages, ascending by position; ties go to the earlier position.
#[must_use]
pub fn active_seats(score_emas: &[f64], seats: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..score_emas.len()).collect();
    order.sort_by(|a, b| score_emas[*b].total_cmp(&score_emas[*a]));
    order.truncate(seats);
    order.sort_unstable();
    order
}

/// The score that passive participants move towards: the `quantile` (0..=1) of the active ones' instant scores.
#[must_use]
pub fn passive_score(active_scores: &[f64], quantile: f64) -> Option<f64> {
    stats::quantile(active_scores, quantile)
}

/// Score average after `missed` epochs without a submission: it decays towards `initial_score`.
#[must_use]
pub fn liveness_penalty(score: f64, initial_score: f64, alpha: f64, missed: u32) -> f64 {
    let kept = libm::pow(1.0 - alpha, f64::from(missed));
    kept * score + (1.0 - kept) * initial_score
}

/// The values that survive Allora's outlier filter: within `threshold` (11) absolute deviations of the median.
///
/// `median` and `mad` are moving averages kept per topic; while either is 0 nothing is filtered.
#[must_use]
pub fn outlier_resistant(values: &[f64], median: f64, mad: f64, threshold: f64) -> Vec<f64> {
    let is_kept = |value: &f64| (value - median).abs() <= threshold * mad;
    if median == 0.0 || mad == 0.0 {
        return values.to_vec();
    }
    values.iter().copied().filter(is_kept).collect()
}

/// Reward fractions of inferers or forecasters: the potential `ln(1 + e^(p(x - c)))` of each latest score in units of
/// the spread of `history` (the scores of all actors over the last ten epochs), normalised to sum 1.
///
/// A spread below `epsilon` rewards all alike.
#[must_use]
pub fn reward_fractions(latest: &[f64], history: &[f64], p: f64, c: f64, epsilon: f64) -> Vec<f64> {
    let spread = stats::sample_deviation(history);
    let potential = |score: &f64| {
        if spread < epsilon {
            1.0
        } else {
            log_one_plus_exp(p * (score / (spread + epsilon) - c))
        }
    };
    normalised(latest.iter().map(potential).collect())
}

/// Reward fractions of reputers: `(stake * score)^p`, normalised to sum 1.
#[must_use]
pub fn reputer_reward_fractions(stakes: &[f64], scores: &[f64], p: f64) -> Vec<f64> {
    normalised(
        stakes
            .iter()
            .zip(scores)
            .map(|(stake, score)| libm::pow(stake * score, p))
            .collect(),
    )
}

fn normalised(mut values: Vec<f64>) -> Vec<f64> {
    let total: f64 = values.iter().sum();
    for value in &mut values {
        *value = if 0.0 < total { *value / total } else { 0.0 };
    }
    values
}

/// Entropy of (smoothed) reward fractions, reduced when few actors hold most: `-sum f ln f * (N_eff / N)^0.25` with
/// `N_eff = 1 / sum f^2`; a single actor has [`SINGLE_ACTOR_ENTROPY`], none has 0.
#[must_use]
pub fn entropy(fractions: &[f64]) -> f64 {
    if fractions.len() == 1 {
        return SINGLE_ACTOR_ENTROPY;
    }
    let shares = normalised(fractions.to_vec());
    let squares: f64 = shares.iter().map(|f| f * f).sum();
    if squares <= 0.0 {
        return 0.0;
    }
    let plain: f64 = shares
        .iter()
        .filter(|f| 0.0 < **f)
        .map(|f| -f * libm::log(*f))
        .sum();
    let effective = 1.0 / squares;
    plain * libm::pow(effective / shares.len() as f64, ENTROPY_EXPONENT)
}

/// How a topic's reward is split between the three tasks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskSplit {
    /// Naive minus combined loss: what the forecasters improve.
    pub task_score: f64,
    /// Smoothed ratio of that improvement to the best inferer's score.
    pub tau: f64,
    /// Utility of forecasting, 0.1 to 0.5.
    pub chi: f64,
    /// Share of the inferers, 0..=1.
    pub inferers: f64,
    /// Share of the forecasters, 0..=1.
    pub forecasters: f64,
    /// Share of the reputers, 0..=1.
    pub reputers: f64,
}

/// Entropies of the three tasks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskEntropies {
    /// F.
    pub inferers: f64,
    /// G.
    pub forecasters: f64,
    /// H.
    pub reputers: f64,
}

/// Splits a topic's reward. `inferer_scores` are the instant scores; without any, the ratio keeps its previous value.
#[must_use]
pub fn task_split(
    naive_loss: f64,
    combined_loss: f64,
    inferer_scores: &[f64],
    previous_tau: f64,
    entropies: TaskEntropies,
) -> TaskSplit {
    let task_score = naive_loss - combined_loss;
    let best = inferer_scores
        .iter()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    let has_reference = best.is_finite() && best != 0.0;
    let tau = if has_reference {
        0.1 * (task_score - best.min(0.0)) / best.abs() + 0.9 * previous_tau
    } else {
        previous_tau
    };
    let chi = forecaster_utility(tau);
    let TaskEntropies {
        inferers: f,
        forecasters: g,
        reputers: h,
    } = entropies;
    let gamma = (f + g) / ((1.0 - chi) * f + chi * g);
    let total = f + g + h;
    TaskSplit {
        task_score,
        tau,
        chi,
        inferers: (1.0 - chi) * gamma * f / total,
        forecasters: chi * gamma * g / total,
        reputers: h / total,
    }
}

fn forecaster_utility(tau: f64) -> f64 {
    if tau < 0.0 {
        0.1
    } else if 1.0 <= tau {
        0.5
    } else {
        0.4 * tau + 0.1
    }
}
