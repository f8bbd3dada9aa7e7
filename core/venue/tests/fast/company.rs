//! Company changes nothing: a run of many variants gives for each what a run of it alone gives.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use quorate_domain::{BookSide, Side};
use quorate_venue::fast::{
    Actions, Answer, DecisionClock, Delay, Event, FanOut, Kind, QueueModel, Sizing, TouchParams,
    TouchQuoter, VariantConfig, VariantOutcome, View, World,
};

use crate::world::{Log, crypto, ms, snapshot, world};

const MARKETS: usize = 3;

/// Random records over a few markets: quotes around a middle, trades, signals, now and then a gap with a snapshot.
fn any_records() -> impl Strategy<Value = Vec<Event>> {
    let record = (
        0..MARKETS as u32,
        0_u32..100,
        any::<bool>(),
        40_u16..60,
        0_u64..60,
        1_u64..400,
        0_u64..30,
    );
    prop::collection::vec(record, 20..300).prop_map(|list| {
        let mut at = 1_000;
        let mut records = Vec::new();
        for market in 0..MARKETS as u32 {
            records.extend(whole_book(market, at));
        }
        for (market, what, up, cents, shares, pause, feed) in list {
            at += pause;
            let (price, size) = (cents * 100, shares * 1_000_000);
            let plain = |kind, size| Event::plain(kind, market, ms(at), ms(at + feed), size);
            let side = if cents < 50 {
                BookSide::Bid
            } else {
                BookSide::Ask
            };
            match what {
                0..55 => records.push(plain(Kind::Delta, 0).at_level(side, price, size)),
                55..85 => {
                    let taker = if up { Side::Buy } else { Side::Sell };
                    records.push(plain(Kind::Trade, 0).traded(taker, price, size));
                }
                85..95 => records.push(plain(Kind::Signal, u64::from(cents) * 10_000_000)),
                95..97 => records.push(plain(Kind::Gap, 0)),
                _ => records.extend(whole_book(market, at)),
            }
        }
        for market in 0..MARKETS as u32 {
            let at = ms(at + 5_000);
            records.push(Event::plain(Kind::Resolved, market, at, at, 500_000));
        }
        records
    })
}

fn whole_book(market: u32, at: u64) -> Vec<Event> {
    let bids = [(4_900, 20_000_000), (4_800, 40_000_000), (4_600, 9_000_000)];
    let asks = [(5_100, 20_000_000), (5_200, 40_000_000), (5_300, 9_000_000)];
    snapshot(market, ms(at), &bids, &asks)
}

/// Variants that differ in everything in which they can.
fn any_variant() -> impl Strategy<Value = (VariantConfig, TouchParams)> {
    let delay = || {
        prop_oneof![
            (0_u64..300).prop_map(|span| Delay::Constant(ms(span))),
            (0_u64..200).prop_map(|span| Delay::Uniform {
                min: ms(span),
                max: ms(span * 3)
            }),
            (0_u64..200).prop_map(|span| Delay::Exponential {
                floor: ms(10),
                mean: ms(span)
            }),
        ]
    };
    let queue = prop_oneof![
        Just(QueueModel::RiskAverse),
        (1_u8..4).prop_map(QueueModel::Power),
        Just(QueueModel::Log),
        Just(QueueModel::Back)
    ];
    let failure = prop_oneof![Just(0_u32), Just(200_000)];
    let sizing = prop_oneof![
        Just(Sizing::Fixed),
        Just(Sizing::Kelly { fraction: 0.25 }),
        Just(Sizing::Kelly { fraction: 1.0 })
    ];
    (
        delay(),
        delay(),
        queue,
        0_u64..900,
        failure,
        sizing,
        5_u64..20,
    )
        .prop_map(
            |(submit, cancel, queue, settle, failure_ppm, sizing, quote)| {
                let config = VariantConfig {
                    seed: 11,
                    cash: 100_000_000,
                    submit,
                    cancel,
                    settle: ms(settle),
                    chain: ms(settle / 3),
                    failure_ppm,
                    queue,
                    key: 0,
                };
                let params = TouchParams {
                    quote: quote * 1_000_000,
                    sizing,
                    ..TouchParams::default()
                };
                (config, params)
            },
        )
}

fn run(
    setting: &World,
    variants: &[(VariantConfig, TouchParams)],
    records: &[Event],
) -> (Vec<VariantOutcome>, Log) {
    let strategies = variants
        .iter()
        .map(|(config, params)| (*config, TouchQuoter::new(*params, MARKETS)));
    let mut fan_out = FanOut::new(setting.clone(), strategies.collect(), Log::new()).unwrap();
    for record in records {
        fan_out.push(record).unwrap();
    }
    fan_out.advance(records.last().unwrap().ts_recv + ms(60_000));
    (fan_out.outcomes().collect(), fan_out.witness().clone())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn many_at_once_are_as_many_alone(
        records in any_records(),
        mut variants in prop::collection::vec(any_variant(), 1..64),
        each_message in any::<bool>(),
    ) {
        for (key, (config, _)) in (100..).zip(&mut variants) {
            config.key = key;
        }
        let mut setting = world(MARKETS, crypto());
        if each_message {
            setting.clock = DecisionClock::EachMessage;
        }
        let (together, log) = run(&setting, &variants, &records);
        for (index, variant) in variants.iter().enumerate() {
            let (alone, said) = run(&setting, core::slice::from_ref(variant), &records);
            prop_assert_eq!(&alone[0], &together[index]);
            let heard = log.iter().filter(|(who, _, _)| *who as usize == index);
            let heard: Vec<(u64, Answer)> = heard.map(|(_, at, answer)| (*at, *answer)).collect();
            let said: Vec<(u64, Answer)> = said.iter().map(|(_, at, answer)| (*at, *answer)).collect();
            prop_assert_eq!(heard, said);
            prop_assert!(alone[0].account.is_sound());
        }
    }
}

/// The quoter, asked at every opportunity: nobody has that much, and the last word counts.
struct Restless(TouchQuoter, u64);

impl quorate_venue::fast::Strategy for Restless {
    fn decide(&mut self, view: &View<'_>, actions: &mut Actions<'_>) {
        self.0.decide(view, actions);
        self.1 += 1;
        actions.rest_while(i64::MAX..=i64::MAX);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_strategy_that_rests_does_what_it_would_do_awake(
        records in any_records(),
        variant in any_variant(),
        each_message in any::<bool>(),
    ) {
        let mut setting = world(MARKETS, crypto());
        if each_message {
            setting.clock = DecisionClock::EachMessage;
        }
        let (resting, said) = run(&setting, core::slice::from_ref(&variant), &records);
        let restless = Restless(TouchQuoter::new(variant.1, MARKETS), 0);
        let mut awake = FanOut::new(setting, vec![(variant.0, restless)], Log::new()).unwrap();
        awake.push_all(&records).unwrap();
        awake.advance(records.last().unwrap().ts_recv + ms(60_000));
        prop_assert_eq!(&said, awake.witness());
        prop_assert_eq!(resting, awake.outcomes().collect::<Vec<_>>());
    }
}

#[test]
fn the_quoter_of_these_tests_trades_both_ways() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut makers, mut takers) = (0, 0);
    for _ in 0..20 {
        let records = any_records().new_tree(&mut runner).unwrap().current();
        let variant = (VariantConfig::default(), TouchParams::default());
        let (outcome, _) = run(&world(MARKETS, crypto()), &[variant], &records);
        makers += outcome[0].stats.maker_fills;
        takers += outcome[0].stats.taker_fills;
    }
    assert!(makers > 20 && takers > 20, "{makers} {takers}");
}
