//! Thousands of resting orders on one side keep their order: best price first, then first come.

use std::collections::BTreeMap;

use quorate_domain::{Crossing, FeeSchedule, Side};
use quorate_venue::fast::{Answer, NewOrder, OrderId, Regime, VariantConfig};

use crate::world::{Log, SHARE, alone, buy, feed, ms, prompt, quotes, trade, world};

/// A deterministic shuffle of numbers below a prime.
fn scattered(number: u64) -> u64 {
    number * 2_654_435 % 5_003
}

fn fill_order(log: &Log) -> Vec<u32> {
    let filled = |answer: &Answer| match answer {
        Answer::Filled(fill) => Some(fill.order),
        _ => None,
    };
    log.iter()
        .filter_map(|(_, _, answer)| filled(answer))
        .collect()
}

#[test]
fn thousands_of_orders_fill_best_price_first_then_first_come() {
    let free = Regime {
        fee: FeeSchedule::NONE,
        ..Regime::FREE
    };
    let config = VariantConfig {
        cash: 1_000_000 * SHARE,
        ..prompt()
    };
    let mut run = alone(world(1, free), config);
    feed(&mut run, &quotes(1_000, &[(1, 1)], &[(99, 1)]));
    let mut resting: BTreeMap<(u16, u32), OrderId> = BTreeMap::new();
    for number in 0..5_000 {
        let cents = u16::try_from(10 + scattered(number) % 40).unwrap();
        let order = NewOrder {
            crossing: Crossing::Refused,
            ..buy(cents, 5)
        };
        let id = run.submit(0, ms(2_000), &order).unwrap();
        resting.insert((100 - cents, id.number), id);
    }
    run.advance(ms(3_000));
    let ids: Vec<((u16, u32), OrderId)> = resting.iter().map(|(key, id)| (*key, *id)).collect();
    for (key, id) in ids
        .iter()
        .filter(|(_, id)| scattered(u64::from(id.number)).is_multiple_of(3))
    {
        run.cancel(0, ms(3_000), *id);
        resting.remove(key);
    }
    run.advance(ms(4_000));
    // Sold through every one of them, in three strokes: the last leaves none.
    let total = 5 * resting.len() as u64;
    for (stroke, part) in [total / 3, total / 3, total].into_iter().enumerate() {
        feed(
            &mut run,
            &[trade(5_000 + stroke as u64, Side::Sell, 5, part)],
        );
    }
    let mut order = fill_order(run.witness());
    order.dedup();
    let expected: Vec<u32> = resting.keys().map(|(_, number)| *number).collect();
    assert_eq!(order, expected);
    assert!(expected.len() > 2_000);
    assert!(resting.values().all(|id| run.status(0, *id).is_none()));
}
