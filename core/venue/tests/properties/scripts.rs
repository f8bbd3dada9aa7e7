//! Random scripts for the exchange: quotes, trades, orders, and the pauses between them.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::time::Duration;

use proptest::prelude::*;
use quorate_domain::{
    BookSide, Command, Crossing, FeeSchedule, Level, Market, MarketEvent, OrderId, Payout,
    PlaceOrder, Price, PublicTrade, Shares, Side, TickSize, TimeInForce,
};
use quorate_venue::{FillRule, QueueRule, VenueConfig};

use crate::common::*;

#[derive(Clone, Debug)]
pub(crate) enum Step {
    News(MarketEvent),
    Send(Command),
    Decide(Payout),
}

pub(crate) fn any_price() -> impl Strategy<Value = Price> {
    (40_i64..=60).prop_map(|cents| Price::from_micros(cents * 10_000).unwrap())
}

pub(crate) fn any_shares(max_hundredths: u64) -> impl Strategy<Value = Shares> {
    prop_oneof![
        4 => (0..=max_hundredths).prop_map(|n| Shares::from_micros(n * 10_000)),
        1 => (0..=max_hundredths * 10_000).prop_map(Shares::from_micros),
    ]
}

pub(crate) fn any_level() -> impl Strategy<Value = Level> {
    (any_price(), any_shares(3_000)).prop_map(|(price, shares)| Level { price, shares })
}

/// Mostly an uncrossed book around a middle, sometimes whatever.
pub(crate) fn any_snapshot() -> impl Strategy<Value = MarketEvent> {
    let lists = (
        prop::collection::vec(any_level(), 0..5),
        prop::collection::vec(any_level(), 0..5),
    );
    (any_price(), lists, 0..5).prop_map(|(middle, (mut bids, mut asks), chance)| {
        if chance > 0 {
            bids.retain(|level| level.price < middle);
            asks.retain(|level| level.price > middle);
        }
        MarketEvent::Snapshot { bids, asks }
    })
}

pub(crate) fn any_side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

pub(crate) fn any_news() -> impl Strategy<Value = MarketEvent> {
    let side = prop_oneof![Just(BookSide::Bid), Just(BookSide::Ask)];
    let trade = (any_side(), any_price(), any_shares(4_000)).prop_map(|(taker, price, shares)| {
        MarketEvent::Trade(PublicTrade {
            taker,
            price,
            shares,
        })
    });
    let tick = prop_oneof![Just(10_000), Just(20_000)]
        .prop_map(|micros| MarketEvent::TickSize(TickSize::from_micros(micros).unwrap()));
    prop_oneof![
        8 => any_snapshot(),
        10 => (side, any_level()).prop_map(|(side, level)| MarketEvent::Level { side, level }),
        10 => trade,
        1 => tick,
        1 => Just(MarketEvent::Gap),
    ]
}

pub(crate) fn any_life() -> impl Strategy<Value = TimeInForce> {
    prop_oneof![
        4 => Just(TimeInForce::Gtc),
        1 => (1_u64..4_000).prop_map(|at| TimeInForce::Gtd(ms(at))),
        1 => Just(TimeInForce::Fok),
        3 => Just(TimeInForce::Fak),
    ]
}

pub(crate) fn any_order() -> impl Strategy<Value = PlaceOrder> {
    let token = prop_oneof![Just(YES), Just(NO)];
    let crossing = prop_oneof![3 => Just(Crossing::Allowed), 1 => Just(Crossing::Refused)];
    (
        token,
        any_side(),
        any_price(),
        any_shares(4_000),
        any_life(),
        crossing,
    )
        .prop_map(
            |(token, side, limit, shares, time_in_force, crossing)| PlaceOrder {
                id: OrderId { seq: 1, index: 0 }, // numbered by the script
                token,
                side,
                limit,
                shares,
                time_in_force,
                crossing,
            },
        )
}

pub(crate) fn any_command() -> impl Strategy<Value = Command> {
    let cancel = (0_u32..40).prop_map(|index| Command::Cancel(OrderId { seq: 1, index }));
    let merge = any_shares(2_000).prop_map(|shares| Command::Merge {
        market: MARKET,
        shares,
    });
    prop_oneof![
        20 => any_order().prop_map(Command::Place),
        4 => cancel,
        1 => Just(Command::CancelAll),
        2 => merge,
        1 => Just(Command::Redeem(MARKET)),
    ]
}

/// Steps with the milliseconds that pass before each.
pub(crate) fn any_script() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let decide = prop_oneof![Just(Payout::YES), Just(Payout::HALF)].prop_map(Step::Decide);
    let step = prop_oneof![
        160 => any_news().prop_map(Step::News),
        160 => any_command().prop_map(Step::Send),
        1 => decide,
    ];
    prop::collection::vec((1_u64..60, step), 1..120).prop_map(numbered)
}

/// A quoted book, 30 shares of either token to begin with, then the script; its orders get their names.
pub(crate) fn numbered(rest: Vec<(u64, Step)>) -> Vec<(u64, Step)> {
    let quote = Step::News(MarketEvent::Snapshot {
        bids: levels(&[("0.45", "30")]),
        asks: levels(&[("0.55", "30")]),
    });
    let first = |token| {
        let order = order(0, token, Side::Buy, "0.55", "30");
        Step::Send(Command::Place(with(order, TimeInForce::Fak)))
    };
    let mut script = vec![
        (1, quote.clone()),
        (1, first(YES)),
        (1, first(NO)),
        (200, quote),
    ];
    script.extend(rest);
    let mut index = 0;
    for (_, step) in &mut script {
        if let Step::Send(Command::Place(order)) = step {
            order.id.index = index;
            index += 1;
        }
    }
    script
}

pub(crate) fn any_config() -> impl Strategy<Value = VenueConfig> {
    let fills = prop_oneof![
        3 => Just(FillRule::RecordedDepth),
        1 => Just(FillRule::NextObservation)
    ];
    let queue = prop_oneof![
        3 => Just(QueueRule::BehindQueue),
        1 => Just(QueueRule::TradedThrough)
    ];
    (fills, queue, 0_u64..100, 0_u64..100, 0_u64..500).prop_map(
        |(fills, queue, submit, cancel, settle)| VenueConfig {
            submit_latency: Duration::from_millis(submit),
            cancel_latency: Duration::from_millis(cancel),
            settle_delay: Duration::from_millis(settle),
            redeem_delay: Duration::from_millis(settle / 2),
            fills,
            queue,
        },
    )
}

pub(crate) fn terms() -> Market {
    Market {
        fee: FeeSchedule {
            rate_ppm: 70_000,
            ..FeeSchedule::NONE
        },
        ..market()
    }
}

pub(crate) fn takers_only(mut script: Vec<(u64, Step)>) -> Vec<(u64, Step)> {
    script.retain(|(_, step)| {
        !matches!(
            step,
            Step::News(MarketEvent::TickSize(_) | MarketEvent::Gap)
        )
    });
    for (_, step) in &mut script {
        if let Step::Send(Command::Place(order)) = step
            && order.time_in_force.rests()
        {
            order.time_in_force = TimeInForce::Fak;
        }
    }
    script
}
