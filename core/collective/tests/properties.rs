//! What must hold for any input: symmetry, agreement, bounds, purity, replay, no NaN.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use quorate_collective::allora::{AlloraScheme, WeightParams, weights};
use quorate_collective::contribution::{JournalEntry, replay};
use quorate_collective::prices::InverseMse;
use quorate_collective::row::PRICE_LIMIT;
use quorate_collective::{
    AlloraSpec, BoaPlusSpec, Pool, Quantity, ResolvedEvent, SchemeSpec, simple,
};

fn probability_schemes() -> Vec<SchemeSpec> {
    vec![
        SchemeSpec::Mean,
        SchemeSpec::Median,
        SchemeSpec::Trimmed { trim: 0.2 },
        SchemeSpec::LogitMean { extremise: 1.3 },
        SchemeSpec::AlloraV016(AlloraSpec::default()),
        SchemeSpec::AlloraV06(AlloraSpec::default()),
        SchemeSpec::Lop,
        SchemeSpec::Boa0,
        SchemeSpec::BoaPlus(BoaPlusSpec::default()),
        SchemeSpec::BoaPlus(BoaPlusSpec {
            with_allora: true,
            ..BoaPlusSpec::default()
        }),
        SchemeSpec::FamilyLogitMean { extremise: 1.25 },
        SchemeSpec::InverseMse,
        SchemeSpec::InverseMseSquared,
        SchemeSpec::traded(),
        SchemeSpec::elections(),
    ]
}

fn price_schemes() -> Vec<SchemeSpec> {
    let log10_sq = || serde_json::json!({"loss": "log10_sq"});
    vec![
        SchemeSpec::Mean,
        SchemeSpec::Median,
        SchemeSpec::AlloraV016(serde_json::from_value(log10_sq()).unwrap()),
        SchemeSpec::AlloraV06(serde_json::from_value(log10_sq()).unwrap()),
        SchemeSpec::Boa0,
        SchemeSpec::MlPoly,
        SchemeSpec::InverseMse,
        SchemeSpec::InverseMseSquared,
        SchemeSpec::RidgeStack,
        SchemeSpec::PriceExperts,
    ]
}

fn cases() -> Vec<(SchemeSpec, Quantity)> {
    let probabilities = probability_schemes()
        .into_iter()
        .map(|s| (s, Quantity::Probability));
    let prices = price_schemes().into_iter().map(|s| (s, Quantity::Price));
    probabilities.chain(prices).collect()
}

/// Schemes that give v when every present worker says v.
fn agreeing(spec: &SchemeSpec) -> bool {
    matches!(
        spec,
        SchemeSpec::Mean
            | SchemeSpec::Median
            | SchemeSpec::Trimmed { .. }
            | SchemeSpec::AlloraV016(_)
            | SchemeSpec::AlloraV06(_)
            | SchemeSpec::Boa0
            | SchemeSpec::MlPoly
            | SchemeSpec::InverseMse
            | SchemeSpec::InverseMseSquared
            | SchemeSpec::RidgeStack
            | SchemeSpec::PriceExperts
    )
}

/// Schemes that stay between the smallest and the largest present value.
fn bounded(spec: &SchemeSpec) -> bool {
    agreeing(spec) && !matches!(spec, SchemeSpec::PriceExperts | SchemeSpec::RidgeStack)
}

fn built(spec: &SchemeSpec, quantity: Quantity, workers: usize) -> Pool {
    let mut pool = spec.build(quantity).unwrap();
    (0..workers).for_each(|j| assert_eq!(pool.register(), j));
    pool
}

/// Events on the unit scale; prices stretch them to basis points.
fn stretched(event: &ResolvedEvent, quantity: Quantity) -> ResolvedEvent {
    let stretch = |x: f64| {
        if quantity == Quantity::Price {
            200.0 * x - 100.0
        } else {
            x
        }
    };
    ResolvedEvent {
        x: event.x.iter().map(|x| x.map(stretch)).collect(),
        market: event.market,
        outcome: stretch(event.outcome),
    }
}

fn unit() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0..=1.0, 1 => Just(0.0), 1 => Just(1.0)]
}

fn event(workers: usize) -> impl Strategy<Value = ResolvedEvent> {
    let x = prop::collection::vec(prop::option::weighted(0.75, unit()), workers);
    let outcome = prop_oneof![Just(0.0), Just(1.0), Just(0.5)];
    (x, prop::option::of(unit()), outcome).prop_map(|(x, market, outcome)| ResolvedEvent {
        x,
        market,
        outcome,
    })
}

/// Workers and a history of batches.
fn history() -> impl Strategy<Value = (usize, Vec<Vec<ResolvedEvent>>)> {
    (1usize..7).prop_flat_map(|workers| {
        let batch = prop::collection::vec(event(workers), 1..4);
        (Just(workers), prop::collection::vec(batch, 1..25))
    })
}

fn learn(pool: &mut Pool, batches: &[Vec<ResolvedEvent>]) {
    for batch in batches {
        let batch: Vec<_> = batch
            .iter()
            .map(|e| stretched(e, pool.quantity()))
            .collect();
        pool.resolve(&batch, 1.0 / batch.len() as f64).unwrap();
    }
}

fn close(a: Option<f64>, b: Option<f64>, tolerance: f64) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= tolerance * (1.0 + a.abs()),
        (None, None) => true,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn values_are_finite_and_weights_sum_to_one((workers, batches) in history()) {
        for (spec, quantity) in cases() {
            let mut pool = built(&spec, quantity, workers);
            for batch in &batches {
                for event in batch {
                    let event = stretched(event, quantity);
                    let combined = pool.predict(&event.x, event.market);
                    prop_assert_eq!(combined.value, pool.value(&event.x, event.market));
                    let is_present = event.x.iter().any(Option::is_some);
                    let total: f64 = combined.weights.iter().sum();
                    let want = f64::from(u8::from(is_present));
                    prop_assert!((total - want).abs() < 1e-9);
                    if let Some(value) = combined.value {
                        prop_assert!(quantity != Quantity::Probability || (0.0..=1.0).contains(&value));
                        prop_assert!(value.is_finite(), "{spec:?} gave {value}");
                    }
                    let contributions = pool.leave_one_out(&event).unwrap();
                    prop_assert!(contributions.iter().flatten().all(|c| c.is_finite()));
                }
                learn(&mut pool, std::slice::from_ref(batch));
            }
        }
    }

    #[test]
    fn permuting_workers_permutes_weights_and_keeps_the_value((workers, batches) in history()) {
        let mirrored: Vec<Vec<ResolvedEvent>> = batches
            .iter()
            .map(|batch| batch.iter().cloned().map(|mut e| { e.x.reverse(); e }).collect())
            .collect();
        // ML-Poly goes by the sign of sums of regrets. Where they cancel exactly, rounding and with it the order of the
        // workers decides: a property of the method.
        let is_continuous =
            |spec: &SchemeSpec| !matches!(spec, SchemeSpec::MlPoly | SchemeSpec::PriceExperts);
        for (spec, quantity) in cases().into_iter().filter(|(spec, _)| is_continuous(spec)) {
            let (mut pool, mut mirror) = (built(&spec, quantity, workers), built(&spec, quantity, workers));
            learn(&mut pool, &batches[..batches.len() - 1]);
            learn(&mut mirror, &mirrored[..batches.len() - 1]);
            let (a, b) = (&batches[batches.len() - 1][0], &mirrored[batches.len() - 1][0]);
            let (a, b) = (stretched(a, quantity), stretched(b, quantity));
            let (a, mut b) = (pool.predict(&a.x, a.market), mirror.predict(&b.x, b.market));
            prop_assert!(close(a.value, b.value, 1e-6), "{spec:?} {a:?} {b:?}");
            b.weights.reverse();
            for (a, b) in a.weights.iter().zip(&b.weights) {
                prop_assert!((a - b).abs() < 1e-6, "{spec:?}");
            }
        }
    }

    #[test]
    fn workers_that_agree_are_believed((workers, batches) in history(), v in 0.01..0.99f64) {
        for (spec, quantity) in cases().into_iter().filter(|(spec, _)| agreeing(spec)) {
            let mut pool = built(&spec, quantity, workers);
            learn(&mut pool, &batches);
            let got = pool.value(&vec![Some(v); workers], None);
            prop_assert!(close(got, Some(v), 1e-9), "{spec:?} {got:?} {v}");
        }
    }

    #[test]
    fn linear_pools_stay_between_the_workers((workers, batches) in history()) {
        for (spec, quantity) in cases().into_iter().filter(|(spec, _)| bounded(spec)) {
            let mut pool = built(&spec, quantity, workers);
            for batch in &batches {
                for event in batch {
                    let event = stretched(event, quantity);
                    let present = simple::present_values(&event.x);
                    let low = present.iter().copied().fold(f64::INFINITY, f64::min);
                    let high = present.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    if let Some(value) = pool.value(&event.x, None) {
                        let slack = 1e-9 * (1.0 + high.abs().max(low.abs()));
                        prop_assert!(low - slack <= value && value <= high + slack, "{spec:?}");
                    }
                }
                learn(&mut pool, std::slice::from_ref(batch));
            }
        }
    }

    #[test]
    fn inverse_errors_stay_between_the_workers(x in prop::collection::vec(prop::option::of(-9.0..9.0f64), 1..6)) {
        let mut pool = InverseMse::new();
        x.iter().for_each(|_| pool.register());
        let present = simple::present_values(&x);
        for value in pool.values(&x).into_iter().flatten() {
            let low = present.iter().copied().fold(f64::INFINITY, f64::min);
            let high = present.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(low - 1e-9 <= value && value <= high + 1e-9);
        }
    }

    #[test]
    fn an_absent_worker_changes_no_simple_pool(event in event(5), position in 0usize..6) {
        let mut more = event.x.clone();
        more.insert(position.min(more.len()), None);
        prop_assert_eq!(simple::mean_pool(&event.x), simple::mean_pool(&more));
        prop_assert_eq!(simple::median_pool(&event.x), simple::median_pool(&more));
        prop_assert_eq!(simple::logit_mean_pool(&event.x, 1.2), simple::logit_mean_pool(&more, 1.2));
    }

    #[test]
    fn fast_contributions_equal_masked_predictions((workers, batches) in history()) {
        for (spec, quantity) in cases() {
            let mut pool = built(&spec, quantity, workers);
            learn(&mut pool, &batches);
            let event = stretched(&batches[0][0], quantity);
            let loss = |x: &[Option<f64>]| {
                pool.value(x, event.market).map(|value| quantity.loss(value, event.outcome))
            };
            for (j, got) in pool.leave_one_out(&event).unwrap().into_iter().enumerate() {
                let mut masked = event.x.clone();
                masked[j] = None;
                let is_alone = masked.iter().all(Option::is_none);
                let want = event.x[j].and(loss(&event.x)).map(|all| {
                    if is_alone { 0.0 } else { loss(&masked).unwrap() - all }
                });
                let scale = loss(&event.x).unwrap_or(0.0).abs();
                let is_close = match (got, want) {
                    (Some(got), Some(want)) => (got - want).abs() <= 1e-9 * (1.0 + scale),
                    (got, want) => got == want,
                };
                prop_assert!(is_close, "{spec:?} worker {j}: {got:?} {want:?}");
            }
        }
    }

    #[test]
    fn replay_and_snapshot_equal_the_live_pool((workers, batches) in history()) {
        for (spec, quantity) in cases() {
            let mut pool = built(&spec, quantity, workers);
            let mut journal = vec![JournalEntry::Register { family: None }; workers];
            let mut next = 0u64;
            for batch in &batches {
                let mut outcomes = Vec::new();
                for event in batch {
                    let ResolvedEvent { x, market, outcome } = stretched(event, quantity);
                    journal.push(JournalEntry::Predict { event: next, x, market });
                    outcomes.push((next, outcome));
                    next += 1;
                }
                let batch_factor = 1.0 / batch.len() as f64;
                journal.push(JournalEntry::Resolve { outcomes, batch_factor });
                learn(&mut pool, std::slice::from_ref(batch));
            }
            let replayed = replay(&spec, quantity, &journal, None).unwrap().pool;
            prop_assert_eq!(&replayed, &pool);
            let snapshot = serde_json::to_value(&pool).unwrap();
            let restored: Pool = serde_json::from_value(snapshot).unwrap();
            prop_assert_eq!(&restored, &pool);
        }
    }

    #[test]
    fn weights_of_v016_know_only_relative_regrets(
        regrets in prop::collection::vec(-5.0..5.0f64, 1..12),
        factor in 0.01..100.0f64,
    ) {
        let params =
            WeightParams { scheme: AlloraScheme::V016, p_norm: 3.0, c_norm: 0.75, epsilon: 0.01 };
        let plain = weights(&params, &regrets, 0.0).weights;
        let best = plain.iter().copied().fold(0.0, f64::max);
        prop_assert_eq!(best, 1.0);
        let scaled: Vec<f64> = regrets.iter().map(|r| r * factor).collect();
        let params = WeightParams { epsilon: 0.01 * factor, ..params };
        for (a, b) in plain.iter().zip(weights(&params, &scaled, 0.0).weights) {
            prop_assert!((a - b).abs() <= 1e-9 * a.max(1e-3));
        }
    }

    #[test]
    fn impossible_values_count_as_absent((workers, batches) in history(), bad in 0usize..5) {
        let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.0 + PRICE_LIMIT, -2.0 * PRICE_LIMIT][bad];
        for (spec, quantity) in cases() {
            let mut pool = built(&spec, quantity, workers);
            learn(&mut pool, &batches);
            let mut event = stretched(&batches[0][0], quantity);
            event.x[0] = None;
            let want = pool.predict(&event.x, None);
            event.x[0] = Some(bad);
            prop_assert_eq!(&pool.predict(&event.x, Some(bad)), &want);
            let refused = ResolvedEvent { outcome: bad, ..event };
            let before = pool.clone();
            prop_assert!(pool.resolve(std::slice::from_ref(&refused), 1.0).is_err());
            prop_assert!(pool.leave_one_out(&refused).is_err());
            prop_assert_eq!(&pool, &before);
        }
    }

    #[test]
    fn huge_prices_stay_finite(x in prop::collection::vec(-PRICE_LIMIT..PRICE_LIMIT, 20), tiny in any::<bool>()) {
        let scale = if tiny { 1e-200 } else { 1.0 };
        for spec in price_schemes() {
            let mut pool = built(&spec, Quantity::Price, 4);
            for chunk in x.chunks(5) {
                let x: Vec<_> = chunk[..4].iter().map(|x| Some(x * scale)).collect();
                let value = pool.value(&x, None).unwrap();
                prop_assert!(value.is_finite(), "{spec:?}");
                let outcome = chunk[4] * scale;
                pool.resolve(&[ResolvedEvent { x, market: None, outcome }], 1.0).unwrap();
            }
        }
    }
}
