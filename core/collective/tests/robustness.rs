//! What the schemes promise about odd crowds: silent workers, duplicates, adversaries, and a very long life.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use quorate_collective::prices::RIDGE_WORKERS_MAX;
use quorate_collective::quality::log_loss;
use quorate_collective::{
    AlloraSpec, BoaPlusSpec, Pool, Quantity, ResolvedEvent, SchemeSpec, split_points,
};

/// A hash of the round as a number in 0..1: an arbitrary sequence without a generator.
fn arbitrary(round: usize, salt: u64) -> f64 {
    let mut z = (round as u64 ^ (salt << 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((z ^ (z >> 32)) >> 11) as f64 / (1u64 << 53) as f64
}

fn pool(spec: &SchemeSpec, quantity: Quantity, workers: usize) -> Pool {
    let mut pool = spec.build(quantity).unwrap();
    (0..workers).for_each(|column| assert_eq!(pool.register(), column));
    pool
}

/// Workers of falling skill around a true chance, and what happened.
fn round(round: usize, workers: usize) -> (Vec<f64>, f64) {
    let chance = 0.05 + 0.9 * arbitrary(round, 1);
    let outcome = f64::from(u8::from(arbitrary(round, 2) < chance));
    let say = |worker: usize| {
        let noise = arbitrary(round, 10 + worker as u64) - 0.5;
        (chance + noise * 0.25 * (1.0 + worker as f64)).clamp(0.01, 0.99)
    };
    ((0..workers).map(say).collect(), outcome)
}

fn event(x: Vec<Option<f64>>, outcome: f64) -> ResolvedEvent {
    ResolvedEvent {
        x,
        market: Some(0.5),
        outcome,
    }
}

fn allora() -> SchemeSpec {
    SchemeSpec::AlloraV016(AlloraSpec::default())
}

/// Largest distance between the values of two pools, one of which has a silent worker in front.
fn distance_by_a_silent_worker(spec: &SchemeSpec) -> f64 {
    let (mut plain, mut more) = (
        pool(spec, Quantity::Probability, 4),
        pool(spec, Quantity::Probability, 5),
    );
    let mut largest = 0.0f64;
    for t in 0..400 {
        let (x, outcome) = round(t, 4);
        let x: Vec<Option<f64>> = x.into_iter().map(Some).collect();
        let mut with_silence = vec![None];
        with_silence.extend(&x);
        let (a, b) = (
            plain.value(&x, Some(0.5)).unwrap(),
            more.value(&with_silence, Some(0.5)).unwrap(),
        );
        largest = largest.max((a - b).abs());
        let weights = more.predict(&with_silence, Some(0.5)).weights;
        assert_eq!(weights[0], 0.0, "{spec:?}");
        plain.resolve(&[event(x, outcome)], 1.0).unwrap();
        more.resolve(&[event(with_silence, outcome)], 1.0).unwrap();
    }
    largest
}

#[test]
fn a_silent_worker_changes_nothing() {
    for spec in [
        SchemeSpec::Mean,
        SchemeSpec::Median,
        SchemeSpec::Trimmed { trim: 0.2 },
        SchemeSpec::LogitMean { extremise: 1.2 },
        SchemeSpec::FamilyLogitMean { extremise: 1.2 },
        SchemeSpec::InverseMse,
        SchemeSpec::InverseMseSquared,
        allora(),
    ] {
        let distance = distance_by_a_silent_worker(&spec);
        assert!(distance <= 1e-12, "{spec:?}: {distance}");
    }
}

#[test]
fn a_silent_worker_costs_learners_only_the_caution_of_one_more_expert() {
    // Learning rates know how many experts there are; the value moves by less than any model is precise.
    for spec in [
        SchemeSpec::Boa0,
        SchemeSpec::Lop,
        SchemeSpec::BoaPlus(BoaPlusSpec::default()),
        SchemeSpec::traded(),
    ] {
        let distance = distance_by_a_silent_worker(&spec);
        assert!(distance < 0.05, "{spec:?}: {distance}");
    }
}

#[test]
fn a_duplicate_of_the_best_worker_costs_no_more_than_the_regret_bound() {
    for spec in [
        SchemeSpec::Boa0,
        SchemeSpec::BoaPlus(BoaPlusSpec::default()),
    ] {
        for events in [50, 300, 1_500] {
            let loss = |copies: usize| -> f64 {
                let mut pool = pool(&spec, Quantity::Probability, 5 + copies);
                let mut total = 0.0;
                for t in 0..events {
                    let (x, outcome) = round(t, 5);
                    let mut row: Vec<Option<f64>> = x.iter().copied().map(Some).collect();
                    row.extend(std::iter::repeat_n(Some(x[0]), copies));
                    total += log_loss(pool.value(&row, None).unwrap(), outcome);
                    pool.resolve(&[event(row, outcome)], 1.0).unwrap();
                }
                total
            };
            let bound = (f64::from(events as u32) * libm::log(11.0)).sqrt();
            let cost = loss(1) - loss(0);
            assert!(cost <= bound, "{spec:?} {events}: {cost} above {bound}");
            assert!(
                cost < 0.01 * f64::from(events as u32),
                "{spec:?} {events}: {cost}"
            );
        }
    }
}

#[test]
fn an_adversary_loses_its_weight() {
    for (spec, most) in [
        (SchemeSpec::Boa0, 1e-6),
        (SchemeSpec::Lop, 1e-6),
        (SchemeSpec::BoaPlus(BoaPlusSpec::default()), 1e-6),
        (allora(), 0.02),
    ] {
        let mut pool = pool(&spec, Quantity::Probability, 4);
        for t in 0..600 {
            let (mut x, outcome) = round(t, 4);
            x[3] = if outcome == 1.0 { 0.02 } else { 0.98 };
            let row = x.into_iter().map(Some).collect();
            pool.resolve(&[event(row, outcome)], 1.0).unwrap();
        }
        let weights = pool.predict(&[Some(0.5); 4], Some(0.5)).weights;
        assert!(weights[3] < most, "{spec:?}: {weights:?}");
        assert!(
            (weights.iter().sum::<f64>() - 1.0).abs() < 1e-12,
            "{spec:?}"
        );
    }
}

#[test]
fn a_million_extreme_events_overflow_nothing() {
    // Allora's weights never leave a worker quite: its bound is wider.
    for (spec, most) in [
        (SchemeSpec::Boa0, 0.01),
        (SchemeSpec::traded(), 0.05),
        (allora(), 0.2),
    ] {
        let mut pool = pool(&spec, Quantity::Probability, 3);
        let events = if spec == SchemeSpec::traded() {
            1_000_000
        } else {
            200_000
        };
        for t in 0..events {
            let outcome = f64::from(u8::from(arbitrary(t, 3) < 0.5));
            // One is always certain and right, one certain and wrong, one certain of the same side for ever.
            let row = vec![Some(outcome), Some(1.0 - outcome), Some(1.0)];
            pool.resolve(&[event(row, outcome)], 1.0).unwrap();
        }
        let combined = pool.predict(&[Some(0.0), Some(1.0), Some(1.0)], Some(0.5));
        let value = combined.value.unwrap();
        assert!((0.0..most).contains(&value), "{spec:?} {value}");
        let total: f64 = combined.weights.iter().sum();
        assert!((total - 1.0).abs() < 1e-9, "{spec:?}");
        assert!(combined.weights.iter().all(|weight| weight.is_finite()));
        let state = serde_json::to_string(&pool).unwrap();
        assert_eq!(serde_json::from_str::<Pool>(&state).unwrap(), pool);
    }
}

#[test]
fn ridge_stacking_ends_with_the_worker_that_makes_them_too_many() {
    let learn = |workers: usize| {
        let mut pool = pool(&SchemeSpec::RidgeStack, Quantity::Price, workers);
        let mut row = Vec::new();
        for t in 0..20 {
            // Everybody but the first is noise: a regression finds that, a median does not.
            let truth = 100.0 * arbitrary(t, 1);
            row = (0..workers)
                .map(|j| {
                    Some(if j == 0 {
                        truth
                    } else {
                        100.0 * arbitrary(t, 20 + j as u64)
                    })
                })
                .collect();
            pool.resolve(&[event(row.clone(), truth)], 1.0).unwrap();
        }
        let median = quorate_collective::simple::median_pool(&row).unwrap();
        (pool.value(&row, None).unwrap(), median, pool)
    };
    let (value, median, _) = learn(RIDGE_WORKERS_MAX);
    assert!(0.1 < (value - median).abs(), "it learns at its limit");
    let (value, median, pool) = learn(RIDGE_WORKERS_MAX + 1);
    assert_eq!(value, median);
    let stored = serde_json::to_string(&pool).unwrap();
    assert!(stored.len() < 10_000, "no square matrix: {}", stored.len());
    assert_eq!(serde_json::from_str::<Pool>(&stored).unwrap(), pool);
    // It ends for good: the state that it had is dropped when the worker joins.
    let mut grown = learn(RIDGE_WORKERS_MAX).2;
    grown.register();
    let row: Vec<_> = (0..=RIDGE_WORKERS_MAX)
        .map(|j| Some(arbitrary(j, 5)))
        .collect();
    let median = quorate_collective::simple::median_pool(&row);
    assert_eq!(grown.value(&row, None), median);
}

#[test]
fn points_add_up_and_the_useless_get_none() {
    assert_eq!(split_points(&[3.0, 1.0, -2.0], 100), [75, 25, 0]);
    assert_eq!(split_points(&[1.0, 1.0, 1.0], 100), [34, 33, 33]);
    assert_eq!(split_points(&[0.6, 0.3, 0.1], 7), [4, 2, 1]);
    assert_eq!(split_points(&[-1.0, 0.0, f64::NAN], 100), [0, 0, 0]);
    assert!(split_points(&[], 100).is_empty());
    assert_eq!(split_points(&[f64::MAX, f64::MAX], 3), [2, 1]);
    assert_eq!(split_points(&[f64::INFINITY, 1.0], 3), [0, 3]);
    for pool in [0, 1, 999, 1 << 53, u64::MAX] {
        for n in [1, 2, 7, 100] {
            let contributions: Vec<f64> = (0..n).map(|j| arbitrary(j, 9) - 0.2).collect();
            let points = split_points(&contributions, pool);
            let total: u128 = points.iter().copied().map(u128::from).sum();
            let anybody = contributions.iter().any(|c| 0.0 < *c);
            assert_eq!(total, if anybody { u128::from(pool) } else { 0 });
            for (points, contribution) in points.iter().zip(&contributions) {
                assert!(0.0 < *contribution || *points == 0);
            }
        }
    }
}
