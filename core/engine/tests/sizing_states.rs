//! State spaces and scenarios: exact marginals, right dependence, reproducible.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use quorate_engine::sizing::{
    Contest, Holding, LegOutcome, ScenarioSet, SizingError, StateSpace, reservation_price,
    state_prices,
};

fn contest() -> impl Strategy<Value = Contest> {
    let exclusive = (prop::collection::vec(0.0..1.0_f64, 1..6), 0.0..0.5_f64).prop_map(
        |(raw, other): (Vec<f64>, f64)| {
            let sum: f64 = raw.iter().sum::<f64>() + other + 1e-9;
            raw.iter().map(|p| p / sum).collect::<Vec<f64>>()
        },
    );
    let nested = prop::collection::vec(0.0..1.0_f64, 1..5).prop_map(|mut p| {
        p.sort_by(|a, b| b.total_cmp(a));
        p
    });
    let loading = || prop_oneof![Just(0.0), -1.0..1.0_f64, Just(1.0)];
    prop_oneof![
        (exclusive, loading()).prop_map(|(p, b)| Contest::exclusive(p, b)),
        (nested, loading()).prop_map(|(p, b)| Contest::nested(p, b)),
    ]
}

/// Every market of every contest has exactly the probability it was given.
fn assert_marginals(space: &StateSpace, contests: &[Contest], tolerance: f64) {
    let sum: f64 = space.probabilities().iter().sum();
    assert!((sum - 1.0).abs() < 1e-9, "probabilities add up to {sum}");
    assert!(space.probabilities().iter().all(|p| *p >= 0.0));
    for (c, contest) in contests.iter().enumerate() {
        for (m, p) in contest.probabilities.iter().enumerate() {
            let got = space.probability_of(c, m);
            assert!(
                (got - p).abs() <= tolerance,
                "{contest:?} market {m}: {got}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn marginals_are_exact_in_every_space(
        contests in prop::collection::vec(contest(), 1..7),
        scenarios in 1..500_usize,
        seed in any::<u64>(),
    ) {
        let loadings: Vec<f64> = contests.iter().map(|c| c.loading).collect();
        let set = ScenarioSet::new(&loadings, scenarios, seed).unwrap();
        assert_marginals(&set.space(&contests).unwrap(), &contests, 1e-8);
        assert_marginals(&StateSpace::joint(&contests, scenarios, seed).unwrap(), &contests, 1e-6);
    }

    #[test]
    fn contests_never_break_their_own_logic(c in contest(), seed in any::<u64>()) {
        let set = ScenarioSet::new(&[c.loading], 50, seed).unwrap();
        let space = set.space(std::slice::from_ref(&c)).unwrap();
        let markets = c.probabilities.len();
        for state in 0..space.len() {
            let yes: Vec<bool> = (0..markets).map(|m| space.yes(0, m, state)).collect();
            let count = yes.iter().filter(|y| **y).count();
            match c.kind {
                quorate_engine::sizing::ContestKind::Exclusive => prop_assert!(count <= 1),
                quorate_engine::sizing::ContestKind::Nested => {
                    prop_assert!(yes.is_sorted_by(|a, b| a >= b), "a higher strike without a lower");
                }
            }
        }
    }

    #[test]
    fn without_risk_the_reservation_price_is_the_probability(
        contests in prop::collection::vec(contest(), 1..4),
        gamma in 0.1..8.0,
    ) {
        let space = StateSpace::joint(&contests, 100, 1).unwrap();
        let prices = state_prices(&space, &vec![123.0; space.len()], gamma).unwrap();
        for (c, contest) in contests.iter().enumerate() {
            for m in 0..contest.probabilities.len() {
                let yes = reservation_price(&space, &prices, c, m, LegOutcome::Yes).unwrap();
                let no = reservation_price(&space, &prices, c, m, LegOutcome::No).unwrap();
                prop_assert!((yes - space.probability_of(c, m)).abs() < 1e-9);
                prop_assert!((yes + no - 1.0).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn scenarios_approach_the_enumerated_joint_distribution() {
    let contests: Vec<Contest> = [(0.6, 0.8), (0.55, 0.8), (0.3, -0.6), (0.08, 0.5)]
        .iter()
        .map(|&(p, b)| Contest::binary(p, b))
        .collect();
    let exact = StateSpace::joint(&contests, 1, 1).unwrap();
    assert_eq!(exact.len(), 16, "enumerated");
    let loadings: Vec<f64> = contests.iter().map(|c| c.loading).collect();
    let sampled = ScenarioSet::new(&loadings, 10_000, 42).unwrap();
    let sampled = sampled.space(&contests).unwrap();
    for target in 0..exact.len() {
        let pattern: Vec<bool> = (0..4).map(|c| exact.yes(c, 0, target)).collect();
        let matches = |state: &usize| (0..4).all(|c| sampled.yes(c, 0, *state) == pattern[c]);
        let found: f64 = (0..sampled.len())
            .filter(matches)
            .map(|state| sampled.probabilities()[state])
            .sum();
        let expected = exact.probabilities()[target];
        assert!(
            (found - expected).abs() < 0.01,
            "state {target}: {found} against {expected}"
        );
    }
}

#[test]
fn a_signed_loading_moves_against_the_factor() {
    let both = |b: f64| {
        let pair = [Contest::binary(0.5, 0.9), Contest::binary(0.5, b)];
        let space = StateSpace::joint(&pair, 1, 1).unwrap();
        // State 3: both YES.
        space.probabilities()[3]
    };
    assert!(both(0.9) > 0.40, "together");
    assert!((both(0.0) - 0.25).abs() < 1e-9, "independent");
    assert!(both(-0.9) < 0.10, "opposite");
}

#[test]
fn the_same_seed_gives_the_same_space_and_moves_only_what_moved() {
    let mut contests: Vec<Contest> = (0..30)
        .map(|i| Contest::binary(0.2 + 0.02 * f64::from(i), 0.7))
        .collect();
    let a = StateSpace::joint(&contests, 2_000, 5).unwrap();
    assert_eq!(a, StateSpace::joint(&contests, 2_000, 5).unwrap());
    assert_ne!(a, StateSpace::joint(&contests, 2_000, 6).unwrap());
    // Common random numbers: a small move of one probability changes that share of the scenarios and nothing else.
    contests[3].probabilities[0] += 0.01;
    let b = StateSpace::joint(&contests, 2_000, 5).unwrap();
    let changed = |c: usize| {
        (0..2_000)
            .filter(|&s| a.yes(c, 0, s) != b.yes(c, 0, s))
            .count()
    };
    assert!((19..=21).contains(&changed(3)), "{}", changed(3));
    assert_eq!(changed(4), 0);
}

#[test]
fn wealth_adds_up_what_each_state_pays() {
    let space = StateSpace::exclusive(&[0.5, 0.3]).unwrap();
    let holdings = [
        Holding {
            contest: 0,
            market: 0,
            yes: 10.0,
            no: 0.0,
        },
        Holding {
            contest: 0,
            market: 1,
            yes: 0.0,
            no: 4.0,
        },
    ];
    assert_eq!(
        space.wealth(100.0, &holdings).unwrap(),
        [114.0, 100.0, 104.0]
    );
    let strikes = StateSpace::nested_strikes(&[0.7, 0.4, 0.1]).unwrap();
    let expected = [0.3, 0.3, 0.3, 0.1];
    for (got, want) in strikes.probabilities().iter().zip(expected) {
        assert!((got - want).abs() < 1e-12);
    }
}

#[test]
fn impossible_beliefs_are_refused() {
    let sum = StateSpace::exclusive(&[0.7, 0.4]);
    assert!(matches!(sum, Err(SizingError::SumAboveOne { .. })));
    let rising = StateSpace::nested_strikes(&[0.4, 0.5]);
    assert!(matches!(rising, Err(SizingError::Order { .. })));
    let nan = StateSpace::joint(&[Contest::binary(f64::NAN, 0.1)], 10, 1);
    assert!(matches!(nan, Err(SizingError::Probability { .. })));
    assert!(StateSpace::joint(&[Contest::binary(0.5, 1.5)], 10, 1).is_err());
    assert!(StateSpace::joint(&[Contest::binary(0.5, f64::NAN)], 10, 1).is_err());
    assert!(ScenarioSet::new(&[0.1], 0, 1).is_err());
    let set = ScenarioSet::new(&[0.1], 10, 1).unwrap();
    assert!(
        set.space(&[Contest::binary(0.5, 0.2)]).is_err(),
        "another loading"
    );
    let space = StateSpace::exclusive(&[0.5]).unwrap();
    let broke = state_prices(&space, &[1.0, 0.0], 1.0);
    assert!(matches!(broke, Err(SizingError::Wealth { state: 1, .. })));
    let elsewhere = Holding {
        contest: 0,
        market: 1,
        yes: 1.0,
        no: 0.0,
    };
    assert!(space.wealth(1.0, &[elsewhere]).is_err());
}
