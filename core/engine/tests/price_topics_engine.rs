//! Markets on a price inside the engine: the probability flows into edge and sizing, and nothing reads the future.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod price_support;
mod support;

use std::time::Duration;

use price_support::{EPOCH_SECS, TOPIC, above, market, reference, return_topic, said, topic};
use proptest::prelude::*;
use quorate_domain::{
    AccountInput, Cash, Command, Decision, Entry, Input, Level, Listing, Market, MarketEvent,
    MarketId, MarketInput, Objective, Outcome, Payout, PriceCondition, Resolution, Shares, Ties,
    Timestamp, Verdict,
};
use quorate_engine::prices::PriceConfig;
use quorate_engine::{Effects, Engine, EngineConfig, ProbabilitySource};
use support::{Maker, Taker, config, price};

const START: u64 = price_support::ORIGIN;

fn engine(source: ProbabilitySource) -> Engine {
    let mut config = EngineConfig { source, ..config() };
    config.topic.inference_age_max = Duration::from_secs(100_000);
    config.topic.price = PriceConfig {
        start_sigma_bp: Some(50.0),
        ..PriceConfig::default()
    };
    Engine::new(config, Box::new(Taker { edge_min: 0.02 })).unwrap()
}

/// Everything that came of some inputs, by time; at one time in the order given.
fn run(engine: &mut Engine, inputs: &[(Timestamp, Input)]) -> (Vec<Command>, Vec<Decision>) {
    let mut effects = Effects::default();
    let mut last = 0;
    for (seq, (at, input)) in (1..).zip(inputs) {
        last = at.nanos().max(last + 1);
        let entry = Entry {
            seq,
            at: Timestamp::from_nanos(last),
            input: input.clone(),
        };
        engine.handle(&entry, &mut effects);
    }
    (effects.commands, effects.decisions)
}

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(START + secs)
}

fn book(id: u32, bid: &str, ask: &str) -> Input {
    let level = |text| Level {
        price: price(text),
        shares: Shares::whole(100),
    };
    Input::Market(MarketInput {
        market: MarketId(id),
        event: MarketEvent::Snapshot {
            bids: vec![level(bid)],
            asks: vec![level(ask)],
        },
    })
}

fn start(objective: Objective, markets: Vec<Market>) -> Vec<(Timestamp, Input)> {
    let listed = [Listing::Topic(topic(objective))].into_iter();
    let markets = markets.into_iter().map(|m| Listing::Market(Box::new(m)));
    let listed = listed.chain(markets).map(Input::Listed);
    let cash = Input::Account(AccountInput::Deposited(Cash::whole(10_000)));
    listed.chain([cash]).map(|input| (at(0), input)).collect()
}

fn refer(dollars: f64, secs: u64) -> (Timestamp, Input) {
    (at(secs), Input::Reference(reference(dollars, at(secs))))
}

fn speak(epoch: u64, worker: u32, value: f64, secs: u64) -> (Timestamp, Input) {
    (
        at(secs),
        Input::Inference(said(epoch, worker, value, at(secs))),
    )
}

#[test]
fn the_probability_of_a_price_market_is_blended_sized_and_traded() {
    let listed = market(1, above(100_000_000), at(0), at(300));
    let mut inputs = start(return_topic(), vec![listed]);
    inputs.push(refer(100.0, 0));
    inputs.push((at(2), book(1, "0.45", "0.5")));
    inputs.push(speak(0, 1, 0.001, 3));
    inputs.push(speak(0, 2, 0.003, 3));
    inputs.push(refer(100.3, 30));
    let mut engine = engine(ProbabilitySource::Blend);
    let (commands, decisions) = run(&mut engine, &inputs);
    let last = decisions.last().unwrap();
    let collective = last.numbers.collective.unwrap();
    assert!((0.7..0.8).contains(&collective), "{collective}");
    let fair = last.numbers.fair.unwrap();
    assert!(
        0.475 < fair && fair < collective,
        "the market is a prior: {fair}"
    );
    // Two workers, 20 basis points apart: half of the middle 68 %.
    assert_eq!(last.numbers.workers, 2);
    assert!((last.numbers.disagreement_bp.unwrap() - 6.8).abs() < 1e-9);
    let Verdict::Trade { outcome, .. } = last.verdict else {
        panic!("{:?}", last.verdict)
    };
    assert_eq!(outcome, Outcome::Yes);
    assert!(commands.iter().any(|c| matches!(c, Command::Place(_))));
    let row = engine.forecast(MarketId(1), at(31)).unwrap();
    assert_eq!(row.workers.len(), 2);
    assert!((row.collective.unwrap() - collective).abs() < 1e-3);
}

#[test]
fn the_spread_of_the_workers_is_no_uncertainty() {
    let p = |spread: f64| {
        let listed = market(1, above(100_500_000), at(0), at(300));
        let mut inputs = start(return_topic(), vec![listed]);
        inputs.extend([refer(100.0, 0), (at(2), book(1, "0.45", "0.5"))]);
        inputs.extend([speak(0, 1, -spread, 3), speak(0, 2, spread, 3)]);
        let (_, decisions) = run(&mut engine(ProbabilitySource::Collective), &inputs);
        let numbers = decisions.last().unwrap().numbers;
        (
            numbers.collective.unwrap(),
            numbers.disagreement_bp.unwrap(),
        )
    };
    let (narrow, wide) = (p(0.0001), p(0.05));
    assert!((narrow.0 - wide.0).abs() < 1e-9);
    assert!(100.0 * narrow.1 < wide.1);
}

#[test]
fn a_resting_order_goes_when_the_reference_is_older_than_the_limit_allows() {
    let mut config = EngineConfig {
        source: ProbabilitySource::Collective,
        ..config()
    };
    config.topic.price.start_sigma_bp = Some(50.0);
    config.limits.data.reference_age_max = Some(Duration::from_secs(3));
    let mut engine = Engine::new(config, Box::new(Maker)).unwrap();
    let listed = market(1, above(100_000_000), at(0), at(300));
    let mut inputs = start(return_topic(), vec![listed]);
    inputs.extend([refer(100.0, 0), (at(2), book(1, "0.2", "0.7"))]);
    inputs.extend([refer(100.0, 3), speak(0, 1, 0.001, 3)]);
    let (commands, _) = run(&mut engine, &inputs);
    let order = engine.orders().iter().next().unwrap().placed.id;
    let due = at(6).plus(Duration::from_nanos(1));
    assert!(commands.contains(&Command::WakeAt(due)), "{commands:?}");
    let (commands, _) = run(&mut engine, &[(due, Input::Wake)]);
    assert!(commands.contains(&Command::Cancel(order)), "{commands:?}");
}

#[test]
fn references_of_unknown_topics_and_impossible_prices_are_counted() {
    let mut inputs = start(return_topic(), vec![]);
    inputs.push(refer(-1.0, 1));
    let mut stranger = reference(100.0, at(1));
    stranger.topic = quorate_domain::TopicId(99);
    inputs.push((at(1), Input::Reference(stranger)));
    inputs.push(speak(5, 1, 0.0, 2));
    let mut engine = engine(ProbabilitySource::Blend);
    run(&mut engine, &inputs);
    let refused = engine.refusals();
    assert_eq!(
        (refused.references, refused.inferences, refused.topics),
        (2, 1, 0)
    );
}

/// Two hours of references, inferences and one window per round.
fn session(moves: &[i32]) -> Vec<(Timestamp, Input)> {
    let windows = (0..24).map(|round| {
        let condition = if round % 2 == 0 {
            PriceCondition::UpDown {
                ties: Ties::Yes,
                average_secs: 0,
            }
        } else {
            above(100_000_000)
        };
        let (opens, closes) = (round * EPOCH_SECS, (round + 1) * EPOCH_SECS);
        market(round as u32, condition, at(opens), at(closes))
    });
    let mut inputs = start(return_topic(), windows.collect());
    let mut dollars = 100.0;
    for (minute, change) in (0..).zip(moves) {
        let now = minute * 60;
        dollars *= 1.0 + f64::from(*change) * 1e-5;
        inputs.push(refer(dollars, now));
        let round = now / EPOCH_SECS;
        if now % EPOCH_SECS == 0 {
            inputs.push((at(now), book(round as u32, "0.48", "0.52")));
            inputs.push(speak(round, 1, f64::from(*change) * 1e-5, now + 1));
            inputs.push(speak(round, 2, 0.0005, now + 2));
        }
        if now % EPOCH_SECS == 60 && 0 < round {
            let word = Resolution {
                market: MarketId(round as u32 - 1),
                payout: Payout::YES,
            };
            inputs.push((at(now + 5), Input::Resolved(word)));
        }
    }
    inputs
}

#[test]
fn a_state_that_was_stored_goes_on_as_the_one_that_was_not() {
    let moves: Vec<i32> = (0..120).map(|i| (i * 37) % 101 - 50).collect();
    let mut engine = engine(ProbabilitySource::Collective);
    run(&mut engine, &session(&moves));
    let stored = serde_json::to_string(engine.prices()).unwrap();
    let mut restored: quorate_engine::prices::Prices = serde_json::from_str(&stored).unwrap();
    let mut original = engine.prices().clone();
    for prices in [&mut original, &mut restored] {
        let now = at(120 * 60);
        prices.see(&reference(100.0, now), now).unwrap();
        prices.hear(&said(24, 1, 0.001, now), now).unwrap();
        prices.watch(&market(77, above(100_100_000), now, at(125 * 60)), now);
    }
    let p = |prices: &quorate_engine::prices::Prices| {
        let moment = (at(120 * 60), Duration::from_secs(60));
        let voice = quorate_engine::prices::Voice::Collective;
        let priced = prices.price(TOPIC, MarketId(77), voice, moment).unwrap();
        priced.probability
    };
    assert!((p(&original) - p(&restored)).abs() < 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the price does later, what was decided before is the same.
    #[test]
    fn later_references_change_no_earlier_decision(
        moves in prop::collection::vec(-200..200_i32, 120),
        others in prop::collection::vec(-200..200_i32, 120),
        cut in 20_usize..110,
    ) {
        let mut mixed = moves.clone();
        mixed[cut..].copy_from_slice(&others[cut..]);
        let until = at(cut as u64 * 60).nanos();
        let before = |moves: &[i32]| {
            let mut engine = engine(ProbabilitySource::Collective);
            let (_, mut decisions) = run(&mut engine, &session(moves));
            decisions.retain(|decision| decision.at.nanos() < until);
            decisions
        };
        let (first, second) = (before(&moves), before(&mixed));
        prop_assert!(first.iter().any(|d| d.numbers.collective.is_some()));
        prop_assert_eq!(first, second);
    }
}

fn any_condition() -> impl Strategy<Value = PriceCondition> {
    let ties = prop_oneof![Just(Ties::Yes), Just(Ties::No), Just(Ties::Half)];
    prop_oneof![
        (any::<i64>(), ties.clone(), any::<u32>()).prop_map(
            |(strike_micros, ties, average_secs)| PriceCondition::Above {
                strike_micros,
                ties,
                average_secs
            }
        ),
        (ties, 0_u32..120)
            .prop_map(|(ties, average_secs)| PriceCondition::UpDown { ties, average_secs }),
        (any::<i64>(), any::<i64>(), 0_u32..120).prop_map(
            |(low_micros, high_micros, average_secs)| PriceCondition::Range {
                low_micros,
                high_micros,
                average_secs
            }
        ),
        any::<i64>().prop_map(|barrier_micros| PriceCondition::Touch { barrier_micros }),
    ]
}

fn any_input() -> impl Strategy<Value = Input> {
    let time = prop_oneof![
        (0_u64..4000).prop_map(at),
        any::<u64>().prop_map(Timestamp::from_nanos)
    ];
    let predicts = prop_oneof![
        Just(quorate_domain::Predicted::Price),
        Just(quorate_domain::Predicted::LogReturn),
        Just(quorate_domain::Predicted::Volatility)
    ];
    let value = prop_oneof![any::<f64>(), -0.1..0.1, 90.0..110.0];
    prop_oneof![
        (any::<i64>(), time.clone()).prop_map(|(price_micros, observed_at)| {
            Input::Reference(quorate_domain::ReferencePrice {
                topic: TOPIC,
                price_micros,
                observed_at,
            })
        }),
        (90_000_000..110_000_000_i64, time.clone()).prop_map(|(price_micros, observed_at)| {
            Input::Reference(quorate_domain::ReferencePrice {
                topic: TOPIC,
                price_micros,
                observed_at,
            })
        }),
        (0_u64..14, 0_u32..4, value, time.clone()).prop_map(|(epoch, worker, value, at)| {
            Input::Inference(said(epoch, worker, value, at))
        }),
        (0_u32..4, any_condition(), time.clone(), time).prop_map(
            |(id, condition, opens, closes)| {
                Input::Listed(Listing::Market(Box::new(market(
                    id, condition, opens, closes,
                ))))
            }
        ),
        predicts.prop_map(|predicts| {
            let objective = Objective {
                predicts,
                ..return_topic()
            };
            Input::Listed(Listing::Topic(topic(objective)))
        }),
        (0_u32..4).prop_map(|id| book(id, "0.4", "0.5")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_input_panics_and_every_probability_is_one(
        inputs in prop::collection::vec((1_u64..120, any_input()), 1..120),
    ) {
        let mut now = 0;
        let mut timed = start(return_topic(), vec![market(0, above(100_000_000), at(0), at(4000))]);
        for (passed, input) in inputs {
            now += passed;
            timed.push((at(now), input));
        }
        let mut engine = engine(ProbabilitySource::Collective);
        let (_, decisions) = run(&mut engine, &timed);
        for decision in decisions {
            if let Some(p) = decision.numbers.collective {
                prop_assert!((0.0..=1.0).contains(&p), "{p}");
            }
        }
    }
}
