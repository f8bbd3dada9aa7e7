//! BOA+ against adversaries: its total loss stays near that of the best worker, whoever picks the outcomes.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use quorate_collective::quality::{log_loss, log_loss_gradient};
use quorate_collective::{BoaPlusSpec, Pool, Quantity, ResolvedEvent, SchemeSpec};

/// Total loss of the pool minus that of the best single worker over `events` rounds, and the largest linearised regret
/// `|gradient * (pool - worker)|` of a round: guarantees are proportional to it.
fn regret(
    events: usize,
    workers: impl Fn(usize) -> Vec<f64>,
    outcome: impl Fn(usize, f64) -> f64,
) -> (f64, f64) {
    let spec = SchemeSpec::BoaPlus(BoaPlusSpec {
        discount: 1.0,
        with_allora: false,
    });
    let mut pool: Pool = spec.build(Quantity::Probability).unwrap();
    let n = workers(0).len();
    (0..n).for_each(|_| {
        pool.register();
    });
    let (mut total, mut largest) = (0.0, 0.0f64);
    let mut own = vec![0.0; n];
    for round in 0..events {
        let x = workers(round);
        let row: Vec<Option<f64>> = x.iter().copied().map(Some).collect();
        let value = pool.value(&row, None).unwrap();
        let y = outcome(round, value);
        total += log_loss(value, y);
        for x in &x {
            largest = largest.max((log_loss_gradient(value, y) * (value - x)).abs());
        }
        own.iter_mut()
            .zip(&x)
            .for_each(|(sum, x)| *sum += log_loss(*x, y));
        let event = ResolvedEvent {
            x: row,
            market: None,
            outcome: y,
        };
        pool.resolve(&[event], 1.0).unwrap();
    }
    (
        total - own.iter().copied().fold(f64::INFINITY, f64::min),
        largest,
    )
}

/// `sqrt(T ln K)`: the order of the best possible guarantee for K experts over T rounds.
fn order(events: usize, workers: usize) -> f64 {
    (events as f64 * libm::log((workers + 5) as f64)).sqrt()
}

fn assert_small(
    name: &str,
    workers: impl Fn(usize) -> Vec<f64>,
    outcome: impl Fn(usize, f64) -> f64,
) {
    let n = workers(0).len();
    for events in [50, 500, 2_000] {
        let (regret, largest) = regret(events, &workers, &outcome);
        let bound = largest.max(1.0) * order(events, n);
        assert!(
            regret <= bound,
            "{name}, {events} events: regret {regret}, bound {bound}"
        );
    }
}

/// A hash of the round as a number in 0..1: an arbitrary sequence without a generator.
fn arbitrary(round: usize, salt: u64) -> f64 {
    let mut z = (round as u64 ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((z ^ (z >> 32)) >> 11) as f64 / (1u64 << 53) as f64
}

#[test]
fn outcomes_chosen_against_the_pool_cost_little() {
    let constants = |_| vec![0.1, 0.3, 0.5, 0.7, 0.9];
    assert_small("always the less likely outcome", constants, |_, p| {
        if p < 0.5 { 1.0 } else { 0.0 }
    });
}

#[test]
fn one_good_worker_among_adversaries_is_found() {
    let workers = |round: usize| {
        let y = if arbitrary(round, 1) < 0.5 { 0.0 } else { 1.0 };
        let good = 0.2 + 0.6 * y;
        let mut x = vec![1.0 - good; 9];
        x.push(good);
        x
    };
    assert_small("nine liars and one honest", workers, |round, _| {
        if arbitrary(round, 1) < 0.5 { 0.0 } else { 1.0 }
    });
}

#[test]
fn a_worker_that_turns_traitor_is_left() {
    let truth = |round: usize| if arbitrary(round, 7) < 0.5 { 0.0 } else { 1.0 };
    let workers = move |round: usize| {
        let toward = 0.15 + 0.7 * truth(round);
        let is_traitor = 20 < round % 1_000;
        vec![
            if is_traitor { 1.0 - toward } else { toward },
            0.4 + 0.2 * truth(round),
            0.5,
        ]
    };
    assert_small("traitor", workers, move |round, _| truth(round));
}

#[test]
fn alternating_outcomes_do_not_build_up_trust() {
    let workers = |round: usize| vec![if round.is_multiple_of(2) { 0.9 } else { 0.1 }, 0.5];
    assert_small(
        "a worker that is always one step late",
        workers,
        |round, _| {
            if round.is_multiple_of(2) { 0.0 } else { 1.0 }
        },
    );
}
