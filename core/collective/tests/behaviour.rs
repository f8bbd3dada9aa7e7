//! What a user relies on, stated one by one: blends, cold starts, snapshots, refusals, intervals, calibration.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use quorate_collective::allora::{LabelError, LabelRules};
use quorate_collective::calibration::Calibration;
use quorate_collective::conformal::{Conformal, PROBABILITY_BOUNDS};
use quorate_collective::contribution::Contribution;
use quorate_collective::simple::{
    family_logit_mean, family_weights, logit_mean_pool, logit_pool, trimmed_pool,
};
use quorate_collective::{
    AlloraSpec, ColdStart, MarketBlendSpec, POOL_VERSION, Pool, PoolError, Quantity, ResolvedEvent,
    SchemeError, SchemeSpec,
};

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

fn pool(spec: &SchemeSpec, workers: usize) -> Pool {
    let mut pool = spec.build(Quantity::Probability).unwrap();
    (0..workers).for_each(|column| assert_eq!(pool.register(), column));
    pool
}

fn event(x: &[f64], market: f64, outcome: f64) -> ResolvedEvent {
    ResolvedEvent {
        x: x.iter().copied().map(Some).collect(),
        market: Some(market),
        outcome,
    }
}

#[test]
fn the_fixed_blend_moves_from_market_to_model() {
    assert!(close(logit_pool(0.7, 0.4, 0.0), 0.4));
    assert!(close(logit_pool(0.7, 0.4, 1.0), 0.7));
    let half = logit_pool(0.7, 0.4, 0.5);
    assert!(0.4 < half && half < 0.7);
    assert!(close(logit_pool(1.0, 1.0, 0.5), 0.995));
    assert!(close(logit_pool(0.0, 0.5, 1.0), 0.005));
}

#[test]
fn variants_of_one_model_count_once() {
    let row = [Some(0.9), Some(0.9), Some(0.9), Some(0.3)];
    let families = [Some(1), Some(1), Some(1), None];
    let by_family = family_logit_mean(&row, &families, 1.0).unwrap();
    let two_votes = logit_mean_pool(&[Some(0.9), Some(0.3)], 1.0).unwrap();
    assert!(close(by_family, two_votes));
    let weights = family_weights(&row, &families);
    assert!(close(weights[3], 0.5) && close(weights[0], 0.5 / 3.0));
}

#[test]
fn trimming_everything_leaves_the_median() {
    assert_eq!(
        trimmed_pool(&[Some(1.0), Some(5.0), Some(2.0), None], 0.49),
        Some(2.0)
    );
    assert_eq!(trimmed_pool(&[None, None], 0.2), None);
}

#[test]
fn without_workers_the_market_blend_is_the_market() {
    let blend = pool(&SchemeSpec::traded(), 2);
    assert_eq!(blend.value(&[None, None], Some(0.37)), Some(0.37));
    assert_eq!(blend.value(&[None, None], None), None);
    // At extreme prices an edge would come from clipping: the market stands.
    assert_eq!(
        blend.value(&[Some(0.5), Some(0.6)], Some(0.995)),
        Some(0.995)
    );
    // Without a market the pooled workers are the value.
    let combined = blend.predict(&[Some(0.5), Some(0.6)], None);
    assert_eq!(combined.value, combined.inner);
}

#[test]
fn elections_vote_by_family_until_enough_has_resolved() {
    let cold = ColdStart {
        events: 3,
        extremise: 1.25,
    };
    let spec = SchemeSpec::MarketBlend(MarketBlendSpec {
        cold_start: Some(cold),
        ..MarketBlendSpec::default()
    });
    let mut pool = spec.build(Quantity::Probability).unwrap();
    pool.register_in_family(4);
    pool.register_in_family(4);
    pool.register();
    let row = [Some(0.8), Some(0.7), Some(0.4)];
    let families = [Some(4), Some(4), None];
    let vote = family_logit_mean(&row, &families, 1.25);
    for _ in 0..3 {
        let combined = pool.predict(&row, Some(0.5));
        assert_eq!(combined.inner, vote);
        assert_eq!(combined.weights, family_weights(&row, &families));
        pool.resolve(&[event(&[0.8, 0.7, 0.4], 0.5, 1.0)], 1.0)
            .unwrap();
    }
    let warm = pool.predict(&row, Some(0.5));
    assert_ne!(warm.inner, vote);
    assert_eq!(warm.experts.len(), 3 + 5);
}

#[test]
fn a_learned_blend_can_start_the_next_question() {
    let mut old = pool(&SchemeSpec::traded(), 2);
    for _ in 0..50 {
        old.resolve(&[event(&[0.8, 0.75], 0.5, 1.0)], 1.0).unwrap();
    }
    let mut new = pool(&SchemeSpec::traded(), 2);
    assert!(new.adopt_blend(old.blend().unwrap()));
    assert!(
        0.3 < new.blend().unwrap().theta()[1],
        "trust in good workers has grown"
    );
    assert!(!pool(&SchemeSpec::Mean, 2).adopt_blend(old.blend().unwrap()));
}

#[test]
fn snapshots_carry_scheme_and_version() {
    let mut before = pool(&SchemeSpec::traded(), 3);
    before
        .resolve(&[event(&[0.2, 0.4, 0.9], 0.4, 0.0)], 0.5)
        .unwrap();
    let mut stored = serde_json::to_value(&before).unwrap();
    assert_eq!(stored["version"], POOL_VERSION);
    assert_eq!(stored["scheme"]["scheme"], "market_blend");
    assert_eq!(
        serde_json::from_value::<Pool>(stored.clone()).unwrap(),
        before
    );
    let mut damaged = stored.clone();
    damaged["workers"] = 4.into();
    let refused = serde_json::from_value::<Pool>(damaged)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("sizes"), "{refused}");
    stored["version"] = (POOL_VERSION + 1).into();
    let refused = serde_json::from_value::<Pool>(stored)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("version"), "{refused}");
}

#[test]
fn schemes_refuse_what_they_can_not_do() {
    let build = |spec: &SchemeSpec, quantity| spec.build(quantity).map(|_| ());
    assert_eq!(
        build(&SchemeSpec::Lop, Quantity::Price),
        Err(SchemeError::Quantity)
    );
    let prices = build(&SchemeSpec::PriceExperts, Quantity::Probability);
    assert_eq!(prices, Err(SchemeError::Quantity));
    let trim = SchemeSpec::Trimmed { trim: 0.5 };
    assert_eq!(
        build(&trim, Quantity::Price),
        Err(SchemeError::Parameter("trim"))
    );
    let allora = SchemeSpec::AlloraV016(AlloraSpec {
        alpha: f64::NAN,
        ..AlloraSpec::default()
    });
    assert_eq!(
        build(&allora, Quantity::Probability),
        Err(SchemeError::Parameter("alpha"))
    );
    let log_loss = SchemeSpec::AlloraV016(AlloraSpec::default());
    assert_eq!(
        build(&log_loss, Quantity::Price),
        Err(SchemeError::Parameter("loss"))
    );
}

#[test]
fn configuration_names_schemes_and_omits_usual_values() {
    let parse = |text: &str| serde_json::from_str::<SchemeSpec>(text);
    assert_eq!(
        parse(r#"{"scheme": "market_blend"}"#).unwrap(),
        SchemeSpec::traded()
    );
    let allora = parse(r#"{"scheme": "allora_v0.16", "alpha": 0.2}"#).unwrap();
    let want = AlloraSpec {
        alpha: 0.2,
        ..AlloraSpec::default()
    };
    assert_eq!(allora, SchemeSpec::AlloraV016(want));
    assert!(
        parse(r#"{"scheme": "boa_plus", "dicsount": 1.0}"#).is_err(),
        "a typo is an error"
    );
}

#[test]
fn bad_outcomes_and_batch_factors_are_refused() {
    let mut pool = pool(&SchemeSpec::Boa0, 2);
    let good = event(&[0.2, 0.4], 0.4, 0.0);
    let bad = ResolvedEvent {
        outcome: 1.5,
        ..good.clone()
    };
    assert_eq!(
        pool.resolve(&[good.clone(), bad], 1.0),
        Err(PoolError::Outcome(1))
    );
    for factor in [0.0, -1.0, 1.5, f64::NAN] {
        assert_eq!(
            pool.resolve(std::slice::from_ref(&good), factor),
            Err(PoolError::BatchFactor)
        );
    }
}

#[test]
fn events_without_workers_teach_nothing() {
    for spec in [SchemeSpec::traded(), SchemeSpec::Lop, SchemeSpec::Boa0] {
        let mut pool = pool(&spec, 2);
        let before = pool.clone();
        let empty = ResolvedEvent {
            x: vec![None, None],
            market: Some(0.3),
            outcome: 1.0,
        };
        pool.resolve(&[empty], 1.0).unwrap();
        assert_eq!(pool, before, "{spec:?}");
    }
}

#[test]
fn conformal_intervals_cover_at_their_level() {
    let mut tracker = Conformal::new(1.0).unwrap();
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let (mut covered, events) = ([0.0, 0.0], 8_000);
    for round in 0..events {
        // Twelve uniforms make a near-normal error; its size doubles half way.
        let size = if round < events / 2 { 10.0 } else { 20.0 };
        let y = size * ((0..12).map(|_| uniform()).sum::<f64>() - 6.0);
        for (hits, (low, high)) in covered.iter_mut().zip(tracker.intervals(0.0)) {
            *hits += f64::from(u8::from(low <= y && y <= high));
        }
        assert!(tracker.observe(0.0, y));
    }
    let share = covered.map(|hits| hits / f64::from(events));
    assert!(
        (share[0] - 0.95).abs() < 0.01 && (share[1] - 0.68).abs() < 0.01,
        "{share:?}"
    );
    let even = tracker
        .probability_above(5.0, 5.0, PROBABILITY_BOUNDS)
        .unwrap();
    assert!((even - 0.5).abs() < 0.05);
    assert!(Conformal::new(0.0).is_none() && Conformal::new(f64::NAN).is_none());
    assert!(!tracker.observe(0.0, f64::INFINITY));
}

#[test]
fn the_calibration_line_finds_over_confidence() {
    let pairs: Vec<(f64, f64)> = (0..4_000)
        .map(|i| {
            let truth = 0.05 + 0.9 * f64::from(i % 20) / 19.0;
            let odds = truth / (1.0 - truth);
            let stated = odds * odds / (1.0 + odds * odds);
            (
                stated,
                f64::from(u8::from(f64::from(i / 20 % 200) < 200.0 * truth)),
            )
        })
        .filter(|(stated, _)| (0.011..0.989).contains(stated))
        .collect();
    let line = Calibration::fit(&pairs).unwrap();
    assert!(
        (line.slope - 0.5).abs() < 0.02 && line.intercept.abs() < 0.05,
        "{line:?}"
    );
    assert!((line.recalibrated(0.8) - 2.0 / 3.0).abs() < 0.02);
    assert_eq!(Calibration::fit(&[]), None);
    let separable = Calibration::fit(&[(0.9, 1.0), (0.1, 0.0)]).unwrap();
    assert!(separable.slope.is_finite() && 1.0 < separable.slope);
}

#[test]
fn contributions_average_from_the_first_value() {
    let mut record = Contribution::default();
    record.add(0.5);
    assert_eq!(record.average, Some(0.5));
    record.add(-0.5);
    assert!(close(record.average.unwrap(), 0.4) && record.total == 0.0 && record.events == 2);
}

#[test]
fn label_rules_complete_and_check_submissions() {
    let rules = LabelRules {
        default_value: Some(0.0),
        unity_tolerance: Some(0.01),
    };
    assert_eq!(
        rules.complete(&[Some(0.4), None, Some(0.6)]),
        Ok(vec![0.4, 0.0, 0.6])
    );
    assert_eq!(
        rules.complete(&[Some(0.4), None]),
        Err(LabelError::Unity(0.4))
    );
    let strict = LabelRules::default();
    assert_eq!(
        strict.complete(&[Some(0.4), None]),
        Err(LabelError::Missing(1))
    );
    assert_eq!(
        strict.complete(&[Some(f64::NAN)]),
        Err(LabelError::NotFinite(0))
    );
}
