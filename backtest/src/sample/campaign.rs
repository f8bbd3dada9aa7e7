//! The true course of the elections: one office with exclusive candidates, and four races that share a national mood.
//!
//! Both are exact: the probability at any moment is the posterior given what has been revealed, hence a martingale, and
//! the outcome is drawn first and is what the evidence converges to.

use libm::{exp, sqrt};
use quorate_domain::math::{normal_cdf, normal_quantile};
use quorate_domain::{Payout, Timestamp};

use super::path::Path;
use super::random::Stream;
use super::spec::Calendar;

/// Candidates with their chances on the first day; what is missing to one belongs to somebody not listed.
pub(super) const CANDIDATES: [(&str, f64); 4] = [
    ("adler", 0.44),
    ("brandt", 0.36),
    ("castell", 0.11),
    ("dorn", 0.06),
];
const OUTCOMES: usize = CANDIDATES.len() + 1;

/// Races with the governing party's chance on the first day.
pub(super) const RACES: [(&str, f64); 4] = [
    ("north", 0.56),
    ("coast", 0.47),
    ("lakes", 0.63),
    ("border", 0.5),
];
/// The race that a court may declare void: it then pays half to both sides.
pub(super) const CONTESTED_RACE: usize = 3;
/// Known chance that the court does so.
pub(super) const VOID_CHANCE: f64 = 0.3;
/// Loading of a race on the national mood; two races correlate by its square.
pub(super) const LOADING: f64 = 0.8;

/// Precision of the evidence on the office when polls close, and when all is counted.
const PRECISION: (f64, f64) = (2.5, 80.0);
/// Share of a race's variance that is revealed before polls close.
const REVEALED_BEFORE_NIGHT: f64 = 0.6;

/// The true values of some markets and what they pay in the end.
pub(super) struct Course {
    pub(super) truths: Vec<Path>,
    pub(super) payouts: Vec<Payout>,
}

/// The office. The winner is drawn from the first day's chances; every outcome `k` then gives a signal
/// `Y_k = kappa [k wins] + B_k(kappa)` of growing precision `kappa`, and the posterior is the softmax of
/// `log prior_k + Y_k` (Bayes' rule for a Gaussian shift: terms common to all outcomes cancel).
pub(super) fn office(calendar: Calendar, random: &mut Stream) -> Course {
    let prior = office_prior();
    let winner = draw(&prior, random);
    let mut signals = [0.0; OUTCOMES];
    let mut precision = 0.0;
    let mut truths = vec![Path::default(); CANDIDATES.len()];
    for at in calendar.campaign_grid() {
        let step = precision_at(calendar, at) - precision;
        precision += step;
        for (outcome, signal) in signals.iter_mut().enumerate() {
            let drift = if outcome == winner { step } else { 0.0 };
            *signal += drift + sqrt(step) * random.normal();
        }
        let posterior = posterior(&prior, &signals);
        for (truth, chance) in truths.iter_mut().zip(posterior) {
            truth.push(at, chance);
        }
    }
    let payouts = (0..CANDIDATES.len())
        .map(|candidate| {
            if candidate == winner {
                Payout::YES
            } else {
                Payout::NO
            }
        })
        .collect();
    Course { truths, payouts }
}

fn office_prior() -> [f64; OUTCOMES] {
    let mut prior = [0.0; OUTCOMES];
    for (chance, (_, candidate)) in prior.iter_mut().zip(CANDIDATES) {
        *chance = candidate;
    }
    prior[OUTCOMES - 1] = 1.0 - CANDIDATES.iter().map(|(_, chance)| chance).sum::<f64>();
    prior
}

/// An index drawn with the given chances.
fn draw(chances: &[f64], random: &mut Stream) -> usize {
    let mut left = random.uniform();
    for (index, chance) in chances.iter().enumerate() {
        left -= chance;
        if left < 0.0 {
            return index;
        }
    }
    chances.len() - 1
}

fn posterior(prior: &[f64; OUTCOMES], signals: &[f64; OUTCOMES]) -> [f64; OUTCOMES] {
    // Against overflow, relative to the strongest signal.
    let strongest = signals.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut posterior = [0.0; OUTCOMES];
    for ((chance, prior), signal) in posterior.iter_mut().zip(prior).zip(signals) {
        *chance = prior * exp(signal - strongest);
    }
    let total: f64 = posterior.iter().sum();
    posterior.map(|chance| chance / total)
}

fn precision_at(calendar: Calendar, at: Timestamp) -> f64 {
    let (campaign, night) = calendar.progress(at);
    PRECISION.0 * campaign + (PRECISION.1 - PRECISION.0) * night
}

/// The races. Race `j` is won when `Z_j(1) > -quantile(prior_j)` for `Z_j = loading G + sqrt(1 - loading^2) E_j`, with
/// `G` the national mood and `E_j` local news, all Brownian in the revealed share `u` of the variance. Given all news,
/// the chance is `cdf((Z_j(u) + quantile(prior_j)) / sqrt(1 - u))`: a one-factor Gaussian copula (Vasicek 1987).
pub(super) fn races(calendar: Calendar, random: &mut Stream) -> Course {
    let void = random.happens(VOID_CHANCE);
    let mut revealed = 0.0;
    let mut scores = RACES.map(|(_, prior)| normal_quantile(prior));
    let mut truths = vec![Path::default(); RACES.len()];
    for at in calendar.campaign_grid() {
        let step = revealed_share(calendar, at) - revealed;
        revealed += step;
        let mood = LOADING * random.normal();
        for (race, score) in scores.iter_mut().enumerate() {
            let news = mood + sqrt(1.0 - LOADING * LOADING) * random.normal();
            *score += sqrt(step) * news;
            let won = chance_above_zero(*score, 1.0 - revealed);
            let value = if race == CONTESTED_RACE {
                contested_value(won, void, calendar, at)
            } else {
                won
            };
            truths[race].push(at, value);
        }
    }
    let payouts = scores
        .iter()
        .enumerate()
        .map(
            |(race, score)| match (race == CONTESTED_RACE && void, *score > 0.0) {
                (true, _) => Payout::HALF,
                (false, true) => Payout::YES,
                (false, false) => Payout::NO,
            },
        )
        .collect();
    Course { truths, payouts }
}

fn revealed_share(calendar: Calendar, at: Timestamp) -> f64 {
    let (campaign, night) = calendar.progress(at);
    REVEALED_BEFORE_NIGHT * campaign + (1.0 - REVEALED_BEFORE_NIGHT) * night
}

/// Chance that a score ends above zero when it has `variance` still to come.
pub(super) fn chance_above_zero(score: f64, variance: f64) -> f64 {
    if variance > 1e-12 {
        normal_cdf(score / sqrt(variance))
    } else if score > 0.0 {
        1.0
    } else {
        0.0
    }
}

/// Expected payout of the contested race: before the hearing both rulings are possible, afterwards one is known.
fn contested_value(won: f64, void: bool, calendar: Calendar, at: Timestamp) -> f64 {
    let void_chance = match (at < calendar.hearing_at(), void) {
        (true, _) => VOID_CHANCE,
        (false, true) => 1.0,
        (false, false) => 0.0,
    };
    0.5 * void_chance + won * (1.0 - void_chance)
}
