//! Rounds of a topic on prices: when inferences count, which price they are held against, and what is void.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod price_support;

use std::time::Duration;

use price_support::{
    AGE_MAX, EPOCH_SECS, TOPIC, above, market, reference, return_topic, said, secs, topic,
};
use proptest::prelude::*;
use quorate_domain::{
    EpochId, LossName, MarketId, NoTradeReason, Objective, ObjectiveError, Predicted,
    PriceCondition, Schedule, Ties, Timestamp,
};
use quorate_engine::prices::{PriceConfig, Prices, Voice};

fn config(start_sigma_bp: Option<f64>) -> PriceConfig {
    PriceConfig {
        start_sigma_bp,
        degrees_of_freedom: None,
        ..PriceConfig::default()
    }
}

fn listed(objective: Objective, start_sigma_bp: Option<f64>) -> Prices {
    let mut prices = Prices::default();
    prices
        .list(&topic(objective), &config(start_sigma_bp), secs(0))
        .unwrap();
    prices
}

fn see(prices: &mut Prices, dollars: f64, at: u64) {
    prices.see(&reference(dollars, secs(at)), secs(at)).unwrap();
    prices.settle_due(secs(at));
}

fn price(prices: &Prices, market: u32, at: u64) -> Result<f64, NoTradeReason> {
    let moment = (secs(at), AGE_MAX);
    prices
        .price(TOPIC, MarketId(market), Voice::Collective, moment)
        .map(|priced| priced.probability)
}

fn watch(prices: &mut Prices, id: u32, condition: PriceCondition, span: (u64, u64)) {
    prices.watch(&market(id, condition, secs(span.0), secs(span.1)), secs(0));
}

fn void_and_resolved(prices: &Prices) -> (u64, u64) {
    let record = prices.track(TOPIC).unwrap().record();
    (record.void, record.resolved)
}

#[test]
fn inferences_count_from_the_opening_to_the_end_of_the_window() {
    let mut prices = listed(return_topic(), None);
    see(&mut prices, 100.0, 0);
    let mut hear = |epoch, at| {
        prices
            .hear(&said(epoch, 1, 0.0, secs(at)), secs(at))
            .is_ok()
    };
    assert!(hear(0, 0) && hear(0, 60), "both ends count");
    assert!(!hear(0, 61), "the window is closed");
    assert!(!hear(1, 61), "the next round has not opened");
    assert!(hear(1, EPOCH_SECS));
}

#[test]
fn a_value_that_is_none_of_the_topics_is_refused() {
    let of = |predicts| Objective {
        predicts,
        ..return_topic()
    };
    for (predicts, value, is_heard) in [
        (Predicted::Price, 100.0, true),
        (Predicted::Price, 0.0, false),
        (Predicted::Price, f64::INFINITY, false),
        (Predicted::LogReturn, -0.02, true),
        (Predicted::LogReturn, f64::NAN, false),
        (Predicted::Volatility, 0.0, true),
        (Predicted::Volatility, -0.01, false),
    ] {
        let mut prices = listed(of(predicts), None);
        see(&mut prices, 100.0, 0);
        let heard = prices.hear(&said(0, 1, value, secs(1)), secs(1)).is_ok();
        assert_eq!(heard, is_heard, "{predicts:?} {value}");
    }
}

#[test]
fn a_round_is_held_against_the_price_in_force_at_its_opening_and_its_end() {
    let mut prices = listed(return_topic(), None);
    // Seen just before the opening of round 1: in force then. What comes after does not change it.
    see(&mut prices, 100.0, 299);
    see(&mut prices, 107.0, 301);
    prices
        .hear(&said(1, 1, 0.01, secs(302)), secs(302))
        .unwrap();
    see(&mut prices, 101.0, 590);
    see(&mut prices, 150.0, 601);
    assert_eq!(
        void_and_resolved(&prices),
        (0, 0),
        "the truth is not known yet"
    );
    prices.settle_due(secs(605));
    assert_eq!(void_and_resolved(&prices), (0, 1));
    let record = prices.track(TOPIC).unwrap().record();
    let truth = libm::log(1.01);
    assert!((record.collective_loss().unwrap() - (0.01 - truth).abs()).abs() < 1e-12);
    assert!((record.unchanged_loss().unwrap() - truth).abs() < 1e-12);
}

#[test]
fn a_round_without_its_prices_is_void_and_teaches_nothing() {
    // The opening price is too old, then the final one.
    for (first, last) in [(200, 599), (299, 500)] {
        let mut prices = listed(return_topic(), None);
        see(&mut prices, 100.0, first);
        prices
            .hear(&said(1, 1, 0.01, secs(310)), secs(310))
            .unwrap();
        see(&mut prices, 101.0, last);
        prices.settle_due(secs(1000));
        assert_eq!(
            void_and_resolved(&prices),
            (1, 0),
            "seen at {first} and {last}"
        );
        assert_eq!(prices.track(TOPIC).unwrap().slope(), 0.0);
    }
}

#[test]
fn a_round_nobody_spoke_about_is_not_counted() {
    let mut prices = listed(return_topic(), None);
    for minute in 0..100 {
        see(&mut prices, 100.0, minute * 60);
    }
    assert_eq!(void_and_resolved(&prices), (0, 0));
    assert!(prices.track(TOPIC).unwrap().rounds_open() <= 2);
}

#[test]
fn no_probability_without_scale_price_or_voice() {
    let strike = above(100_000_000);
    let mut prices = listed(return_topic(), None);
    watch(&mut prices, 1, strike, (0, 300));
    assert_eq!(price(&prices, 1, 0), Err(NoTradeReason::NoReference));
    see(&mut prices, 100.0, 0);
    assert_eq!(price(&prices, 1, 0), Err(NoTradeReason::NoInference));
    prices.hear(&said(0, 1, 0.0, secs(1)), secs(1)).unwrap();
    assert_eq!(price(&prices, 1, 1), Err(NoTradeReason::UnknownScale));
    let stale = NoTradeReason::StaleReference { age_ms: 61_000 };
    assert_eq!(price(&prices, 1, 61), Err(stale));
    let moment = (secs(20), Duration::from_secs(10));
    let old = prices.price(TOPIC, MarketId(1), Voice::Collective, moment);
    assert_eq!(old, Err(NoTradeReason::StaleInference));
    assert_eq!(price(&prices, 2, 1), Err(NoTradeReason::NoReference));

    let mut prices = listed(return_topic(), Some(30.0));
    watch(&mut prices, 1, strike, (0, 300));
    see(&mut prices, 100.0, 0);
    prices.hear(&said(0, 1, 0.05, secs(1)), secs(1)).unwrap();
    let p = price(&prices, 1, 1).unwrap();
    assert!(
        (p - 0.5).abs() < 1e-9,
        "an untested forecast moves nothing: {p}"
    );
}

#[test]
fn thirty_rounds_make_a_scale() {
    let mut prices = listed(return_topic(), None);
    for round in 0..31_u64 {
        let opens = round * EPOCH_SECS;
        see(
            &mut prices,
            if round % 2 == 0 { 100.0 } else { 100.5 },
            opens,
        );
        prices
            .hear(&said(round, 1, 0.0, secs(opens + 1)), secs(opens + 1))
            .unwrap();
        let known = prices.track(TOPIC).unwrap().sigma().is_some();
        assert!(!known, "after {round} rounds that came true");
    }
    prices.settle_due(secs(30 * EPOCH_SECS + 10));
    let sigma = prices.track(TOPIC).unwrap().sigma().unwrap();
    assert!((sigma - libm::log(1.005) * 1e4).abs() < 1.0, "{sigma}");
}

/// A topic whose scale is 100 basis points per five minutes, with an inference that says nothing.
fn spoken(first: f64) -> Prices {
    let mut prices = listed(return_topic(), Some(100.0));
    see(&mut prices, first, 0);
    prices.hear(&said(0, 1, 0.0, secs(0)), secs(0)).unwrap();
    prices
}

#[test]
fn an_up_down_window_compares_with_the_first_price_of_its_time() {
    let up_down = PriceCondition::UpDown {
        ties: Ties::Yes,
        average_secs: 0,
    };
    let mut prices = spoken(90.0);
    watch(&mut prices, 1, up_down, (10, 300));
    watch(&mut prices, 2, up_down, (10, 300));
    see(&mut prices, 100.0, 11);
    assert!((price(&prices, 1, 11).unwrap() - 0.5).abs() < 1e-9);
    see(&mut prices, 101.0, 60);
    // One percent up, 240 of 300 seconds to go at one percent per 300 seconds.
    let z = libm::log(1.01) / (0.01 * (240.0_f64 / 300.0).sqrt());
    let want = quorate_domain::math::normal_cdf(z);
    assert!((price(&prices, 1, 60).unwrap() - want).abs() < 1e-9);

    let mut late = spoken(90.0);
    watch(&mut late, 1, up_down, (10, 300));
    see(&mut late, 100.0, 75);
    assert_eq!(
        price(&late, 1, 75),
        Err(NoTradeReason::NoReference),
        "its first price was missed"
    );
}

#[test]
fn at_the_end_ties_go_as_the_market_says() {
    for (ties, want) in [(Ties::Yes, 0.995), (Ties::No, 0.005), (Ties::Half, 0.5)] {
        let mut prices = listed(
            Objective {
                schedule: Schedule {
                    horizon: Duration::from_secs(600),
                    ..return_topic().schedule
                },
                ..return_topic()
            },
            Some(100.0),
        );
        let condition = PriceCondition::Above {
            strike_micros: 100_000_000,
            ties,
            average_secs: 0,
        };
        watch(&mut prices, 1, condition, (0, 300));
        see(&mut prices, 100.0, 0);
        prices.hear(&said(0, 1, 0.0, secs(0)), secs(0)).unwrap();
        see(&mut prices, 100.0, 300);
        assert!(
            (price(&prices, 1, 300).unwrap() - want).abs() < 1e-9,
            "{ties:?}"
        );
    }
}

#[test]
fn a_touched_barrier_is_certain_and_stays_so() {
    let touch = PriceCondition::Touch {
        barrier_micros: 102_000_000,
    };
    let mut prices = spoken(100.0);
    watch(&mut prices, 1, touch, (0, 300));
    see(&mut prices, 100.0, 1);
    let before = price(&prices, 1, 1).unwrap();
    // Reflection: twice the chance of ending above, but for the drift of a log price.
    let end = 2.0 * (1.0 - quorate_domain::math::normal_cdf(libm::log(1.02) / 0.01));
    assert!((before - end).abs() < 0.01, "{before} {end}");
    see(&mut prices, 102.5, 20);
    see(&mut prices, 99.0, 40);
    assert_eq!(price(&prices, 1, 40), Ok(1.0));
}

#[test]
fn an_averaged_settlement_is_less_uncertain_and_half_fixed_inside_its_window() {
    let condition = |average_secs| PriceCondition::Above {
        strike_micros: 100_000_000,
        ties: Ties::Yes,
        average_secs,
    };
    let mut prices = spoken(100.5);
    watch(&mut prices, 1, condition(0), (0, 300));
    watch(&mut prices, 2, condition(60), (0, 300));
    for at in [10, 60, 120, 180, 200] {
        see(&mut prices, 100.5, at);
    }
    // 100 seconds to go: the variance is that of 100 - 40 seconds.
    let z = libm::log(1.005) / (0.01 * (60.0_f64 / 300.0).sqrt());
    let want = quorate_domain::math::normal_cdf(z);
    assert!((price(&prices, 2, 200).unwrap() - want).abs() < 1e-9);
    assert!(price(&prices, 1, 200).unwrap() < want);
    // Half of the window at 100.5, then a fall below the strike: the average is still above it.
    for at in [240, 255, 269] {
        see(&mut prices, 100.5, at);
    }
    see(&mut prices, 99.8, 270);
    let center = 0.5 * (100.5 + 99.8);
    let sd = 0.01 * (1.0_f64 / 300.0).sqrt() * 0.5 * 10.0_f64.sqrt();
    let want = quorate_domain::math::normal_cdf(libm::log(center / 100.0) / sd);
    assert!((price(&prices, 2, 270).unwrap() - want).abs() < 1e-9);
    assert!(price(&prices, 1, 270).unwrap() < 0.5);
}

#[test]
fn what_does_not_fit_is_no_objective() {
    let good = return_topic();
    let with = |schedule: Schedule| Objective { schedule, ..good };
    let of_length = |seconds| {
        with(Schedule {
            epoch_length: Duration::from_secs(seconds),
            ..good.schedule
        })
    };
    let long_window = with(Schedule {
        submission_window: Duration::from_secs(301),
        ..good.schedule
    });
    let many = with(Schedule {
        horizon: Duration::from_secs(86_400),
        epoch_length: Duration::from_secs(10),
        ..good.schedule
    });
    let wrong_loss = Objective {
        loss: LossName::Log,
        ..good
    };
    let wrong_truth = Objective {
        predicts: Predicted::Probability,
        ..good
    };
    for (objective, want) in [
        (good, Ok(())),
        (Objective::default(), Ok(())),
        (of_length(0), Err(ObjectiveError::NoSchedule)),
        (long_window, Err(ObjectiveError::WindowBeyondHorizon)),
        (many, Err(ObjectiveError::TooManyRounds)),
        (wrong_loss, Err(ObjectiveError::Loss)),
        (wrong_truth, Err(ObjectiveError::Truth)),
    ] {
        assert_eq!(objective.check(), want);
        let listed = Prices::default().list(&topic(objective), &config(None), secs(0));
        assert_eq!(listed.is_ok(), want.is_ok());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_moment_lies_in_the_round_that_the_schedule_names(
        origin in 0_u64..1 << 40, length in 1_u64..1 << 40, horizon in 1_u64..1 << 40, at in 0_u64..1 << 50,
    ) {
        let schedule = Schedule {
            origin: Timestamp::from_nanos(origin),
            epoch_length: Duration::from_nanos(length),
            horizon: Duration::from_nanos(horizon),
            ..Schedule::default()
        };
        let at = Timestamp::from_nanos(at);
        match schedule.epoch_at(at) {
            None => prop_assert!(at.nanos() < origin),
            Some(epoch) => {
                prop_assert!(schedule.opens_at(epoch) <= at);
                prop_assert!(at < schedule.opens_at(EpochId(epoch.0 + 1)));
                prop_assert_eq!(schedule.target_at(epoch).nanos(), schedule.opens_at(epoch).nanos() + horizon);
            }
        }
    }
}
