//! The workers of a sample world: good ones, useless ones and a liar, each as it is said to be.

use std::collections::BTreeMap;

use quorate_backtest::sample::{SampleInference, WORKERS, World, WorldSpec, generate};
use quorate_domain::Timestamp;

fn place(name: &str) -> usize {
    WORKERS
        .iter()
        .position(|worker| worker.name == name)
        .unwrap()
}

fn truth_at(world: &World, inference: &SampleInference, at: Timestamp) -> f64 {
    world.truth.markets[inference.market.0 as usize]
        .truth
        .value_at(at)
}

fn of_worker<'a>(world: &'a World, name: &str) -> impl Iterator<Item = &'a SampleInference> {
    let worker = place(name);
    world
        .inferences
        .iter()
        .filter(move |inference| inference.worker == worker)
}

/// Values of all workers by (seed, market, round), so that workers can be compared on the same rows.
type Rows = BTreeMap<(u64, u32, usize), (f64, [Option<f64>; WORKERS.len()])>;

fn rows(seeds: u64) -> Rows {
    let mut rows = Rows::new();
    for seed in 1..=seeds {
        let world = generate(&WorldSpec::full(seed));
        let mut rounds: BTreeMap<u32, &[Timestamp]> = BTreeMap::new();
        for question in &world.truth.questions {
            rounds.extend(
                question
                    .markets
                    .iter()
                    .map(|market| (market.0, &question.rounds[..])),
            );
        }
        for inference in &world.inferences {
            let market = inference.market.0;
            let round = rounds[&market].partition_point(|at| *at <= inference.published_at);
            let payout = world.truth.markets[market as usize].payout.to_f64();
            let row = rows
                .entry((seed, market, round))
                .or_insert((payout, [None; WORKERS.len()]));
            row.1[inference.worker] = Some(inference.value);
        }
    }
    rows
}

/// Mean difference of Brier scores, `one` less `other`, on the rows that both have.
fn brier_difference(rows: &Rows, one: usize, other: usize) -> f64 {
    let differences: Vec<f64> = rows
        .values()
        .filter_map(|(payout, values)| {
            let score = |value: f64| (value - payout) * (value - payout);
            Some(score(values[one]?) - score(values[other]?))
        })
        .collect();
    assert!(differences.len() > 1_000);
    differences.iter().sum::<f64>() / differences.len() as f64
}

#[test]
fn the_skilled_worker_is_best_and_the_adversary_worst() {
    let rows = rows(12);
    let (skilled, adversary) = (place("skilled"), place("adversary"));
    for (worker, profile) in WORKERS.iter().enumerate() {
        let name = profile.name;
        if worker != skilled {
            assert!(
                brier_difference(&rows, skilled, worker) < 0.0,
                "{name} beats the skilled"
            );
        }
        if worker != adversary {
            assert!(
                brier_difference(&rows, adversary, worker) > 0.05,
                "{name} is no better than a lie"
            );
        }
    }
    let coin = place("coin");
    for worker in [
        "skilled",
        "overconfident",
        "timid",
        "sparse",
        "half-silent",
        "echo",
        "delayed",
    ] {
        assert!(
            brier_difference(&rows, place(worker), coin) < 0.0,
            "{worker} is no better than a coin"
        );
    }
}

#[test]
fn values_are_probabilities_published_while_the_market_trades() {
    let world = generate(&WorldSpec::default());
    assert!(world.inferences.len() > 5_000);
    for inference in &world.inferences {
        let market = &world.truth.markets[inference.market.0 as usize];
        assert!(inference.value > 0.0 && inference.value < 1.0);
        assert!((market.opens_at..market.closes_at).contains(&inference.published_at));
    }
}

#[test]
fn no_worker_speaks_twice_at_one_moment_on_one_market() {
    let world = generate(&WorldSpec::default());
    let mut keys: Vec<_> = world
        .inferences
        .iter()
        .map(|i| (i.published_at, i.worker, i.market))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), world.inferences.len());
}

#[test]
fn estimates_of_exclusive_outcomes_are_coherent() {
    let world = generate(&WorldSpec::default());
    for name in [
        "skilled",
        "overconfident",
        "timid",
        "delayed",
        "sparse",
        "half-silent",
    ] {
        let mut sums: BTreeMap<Timestamp, f64> = BTreeMap::new();
        for inference in of_worker(&world, name).filter(|inference| inference.market.0 < 4) {
            *sums.entry(inference.published_at).or_default() += inference.value;
        }
        // Rounding, and values kept 0.002 away from zero, can add a little.
        assert!(
            sums.values().all(|sum| *sum <= 1.0 + 4.0 * 0.002_1),
            "{name}"
        );
    }
}

#[test]
fn the_adversary_publishes_one_minus_the_truth() {
    let world = generate(&WorldSpec::default());
    let delay = WORKERS[place("adversary")].delay;
    for inference in of_worker(&world, "adversary") {
        let delay = if inference.market.0 < 8 {
            delay.0
        } else {
            delay.1
        };
        let truth = truth_at(&world, inference, inference.published_at.minus(delay));
        assert!((inference.value - (1.0 - truth)).abs() < 0.002_1);
    }
}

#[test]
fn the_echo_repeats_the_midpoint_and_is_silent_without_one() {
    let world = generate(&WorldSpec::default());
    let mut count = 0;
    for inference in of_worker(&world, "echo") {
        let delay = WORKERS[place("echo")].delay;
        let delay = if inference.market.0 < 8 {
            delay.0
        } else {
            delay.1
        };
        let path = &world.mids[inference.market.0 as usize];
        let mid = path.known_at(inference.published_at.minus(delay)).unwrap();
        assert!(
            (inference.value - mid).abs() < 0.02 * 5.0,
            "{} and {mid}",
            inference.value
        );
        count += 1;
    }
    assert!(count > 500);
}

#[test]
fn some_workers_are_often_absent() {
    let world = generate(&WorldSpec::default());
    let everybody = of_worker(&world, "skilled").count() as f64;
    let share = |name: &str| of_worker(&world, name).count() as f64 / everybody;
    assert_eq!(share("coin"), 1.0);
    assert!(
        (0.15..0.6).contains(&share("sparse")),
        "{}",
        share("sparse")
    );
    assert!(
        (0.35..0.65).contains(&share("half-silent")),
        "{}",
        share("half-silent")
    );
    let first_days: Vec<u64> = of_worker(&world, "half-silent")
        .filter(|inference| inference.market.0 == 4)
        .map(|inference| inference.published_at.day())
        .collect();
    // Silence comes in whole stretches.
    let longest = first_days.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert!(longest >= Some(10), "{longest:?}");
}
