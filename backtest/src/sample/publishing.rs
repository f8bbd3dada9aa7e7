//! What the workers publish.
//!
//! An inference published at `t` uses only what was true or quoted at `t` less the worker's delay.

use std::time::Duration;

use libm::{exp, log, sqrt};
use quorate_domain::{MarketId, Timestamp};

use super::path::Path;
use super::question::{Pace, Question, SampleMarket};
use super::random::Stream;
use super::workers::{Attendance, Method, SampleWorker, WORKERS};

/// Share of a worker's error kept from one round to the next: models err the same way for long.
const ERROR_KEPT: f64 = 0.7;
/// Published values lie this far from 0 and 1 at least.
const CLIP: f64 = 0.002;

/// A published value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleInference {
    /// When it was published, which is when it could first be known.
    pub published_at: Timestamp,
    /// Place of the worker in [`WORKERS`].
    pub worker: usize,
    /// The market.
    pub market: MarketId,
    /// Probability of YES, to four decimals.
    pub value: f64,
}

/// What a worker can look at.
pub(super) struct Knowledge<'a> {
    pub(super) markets: &'a [SampleMarket],
    /// Path of the midpoint by market; NaN while one-sided.
    pub(super) mids: &'a [Path],
}

/// Everything one worker publishes on one question.
pub(super) fn publish(
    worker: usize,
    question: &Question,
    knowledge: &Knowledge<'_>,
    random: &mut Stream,
) -> Vec<SampleInference> {
    let profile = &WORKERS[worker];
    let mut published = Vec::new();
    if let Attendance::SomeQuestions(share) = profile.attendance
        && !random.happens(share)
    {
        return published;
    }
    let offset = publication_offset(question.pace, random);
    let mut errors: Vec<f64> = (0..=question.markets.len())
        .map(|_| random.normal())
        .collect();
    for round in &question.rounds {
        for error in &mut errors {
            *error = ERROR_KEPT * *error + sqrt(1.0 - ERROR_KEPT * ERROR_KEPT) * random.normal();
        }
        let published_at = round.plus(offset);
        if profile.speaks(question.pace, published_at) {
            let values = profile.values(question, published_at, knowledge, &errors);
            published.extend(values.into_iter().map(|(market, value)| SampleInference {
                published_at,
                worker,
                market,
                value: libm::round(value.clamp(CLIP, 1.0 - CLIP) * 1e4) / 1e4,
            }));
        }
    }
    published
}

/// The worker's own moment after the start of a round, in whole milliseconds.
fn publication_offset(pace: Pace, random: &mut Stream) -> Duration {
    Duration::from_millis(match pace {
        Pace::Campaign => random.below(30 * 60_000),
        Pace::Window => random.below(5_000),
    })
}

impl SampleWorker {
    /// Its values for all markets of a question; markets it cannot judge are left out. `errors` are standard normal:
    /// one for each market and one for what is not listed.
    fn values(
        &self,
        question: &Question,
        at: Timestamp,
        knowledge: &Knowledge<'_>,
        errors: &[f64],
    ) -> Vec<(MarketId, f64)> {
        let known_at = at.minus(self.delay_at(question.pace));
        let truths: Vec<f64> = question
            .markets
            .iter()
            .map(|market| {
                knowledge.markets[market.0 as usize]
                    .truth
                    .value_at(known_at)
            })
            .collect();
        let values: Vec<f64> = match self.method {
            Method::Estimate { gain, error } => estimate(&truths, gain, error, errors),
            Method::Adversary => truths.iter().map(|truth| 1.0 - truth).collect(),
            Method::Coin { error } => truths
                .iter()
                .zip(errors)
                .map(|(_, e)| 0.5 + error * e)
                .collect(),
            Method::Echo { error } => {
                let mid = |market: &MarketId| knowledge.mids[market.0 as usize].known_at(known_at);
                let mids = question
                    .markets
                    .iter()
                    .map(|market| mid(market).unwrap_or(f64::NAN));
                mids.zip(errors).map(|(mid, e)| mid + error * e).collect()
            }
        };
        question
            .markets
            .iter()
            .copied()
            .zip(values)
            .filter(|(_, value)| value.is_finite())
            .collect()
    }
}

/// The truth over all outcomes, the unlisted one last, with its log probabilities stretched and disturbed and the sum
/// brought back to one: an estimate of exclusive outcomes stays coherent. For one market alone this stretches the log
/// odds by `gain` and disturbs them with standard deviation `error`.
fn estimate(truths: &[f64], gain: f64, error: f64, errors: &[f64]) -> Vec<f64> {
    let unlisted = 1.0 - truths.iter().sum::<f64>();
    let outcomes = truths.iter().copied().chain([unlisted]);
    // Log odds are a difference of two log probabilities, each with half of the variance.
    let weights: Vec<f64> = outcomes
        .zip(errors)
        .map(|(chance, e)| exp(gain * log(chance.max(1e-6)) + error * sqrt(0.5) * e))
        .collect();
    let total: f64 = weights.iter().sum();
    weights
        .iter()
        .take(truths.len())
        .map(|weight| weight / total)
        .collect()
}

#[cfg(test)]
mod tests {
    use quorate_domain::Timestamp;

    use super::{Knowledge, SampleInference, WORKERS, estimate, publish};
    use crate::sample::path::Path;
    use crate::sample::question::SampleMarket;
    use crate::sample::random::Stream;
    use crate::sample::{WorldSpec, generate};

    /// The same path with everything after `cut` turned round.
    fn turned_after(path: &Path, cut: Timestamp) -> Path {
        let mut turned = Path::default();
        for (at, value) in path.points() {
            turned.push(*at, if *at > cut { 1.0 - value } else { *value });
        }
        turned
    }

    #[test]
    fn an_inference_uses_only_what_was_known_its_delay_ago() {
        let world = generate(&WorldSpec::brief(5));
        for question in &world.truth.questions {
            let cut = question.rounds[question.rounds.len() / 2];
            let markets: Vec<SampleMarket> = (world.truth.markets.iter())
                .map(|m| SampleMarket {
                    truth: turned_after(&m.truth, cut),
                    ..m.clone()
                })
                .collect();
            let mids: Vec<Path> = world
                .mids
                .iter()
                .map(|path| turned_after(path, cut))
                .collect();
            for (worker, profile) in WORKERS.iter().enumerate() {
                let known_until = cut.plus(profile.delay_at(question.pace));
                let until_cut = |knowledge: &Knowledge<'_>| -> Vec<SampleInference> {
                    let mut random = Stream::of_part(2, "leak", worker as u64);
                    let mut published = publish(worker, question, knowledge, &mut random);
                    published.retain(|inference| inference.published_at <= known_until);
                    published
                };
                let real = until_cut(&Knowledge {
                    markets: &world.truth.markets,
                    mids: &world.mids,
                });
                let other = until_cut(&Knowledge {
                    markets: &markets,
                    mids: &mids,
                });
                assert_eq!(real, other, "{}", profile.name);
            }
        }
    }

    #[test]
    fn an_estimate_of_one_market_stretches_and_shifts_its_log_odds() {
        let values = estimate(&[0.8], 1.5, 0.2, &[1.0, -1.0]);
        let odds = (values[0] / (1.0 - values[0])).ln();
        // Both errors of size one, with half of the variance each, add up to sqrt 2 of 0.2.
        let expected = 1.5 * 4.0_f64.ln() + 0.2 * 2.0_f64.sqrt();
        assert!((odds - expected).abs() < 1e-12);
    }
}
