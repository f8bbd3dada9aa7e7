//! What the exchange refuses, and how it says so.

mod common;

use common::*;
use quorate_domain::{
    Cash, FeeSchedule, MarketEvent, MarketId, Outcome, Payout, PlaceOrder, Side, TickSize,
    TimeInForce, Token,
};

fn quoted() -> Sim {
    let mut sim = Sim::prompt();
    sim.book(10, &[("0.48", "500")], &[("0.50", "5000")]);
    sim
}

fn refused(order: PlaceOrder, reason: &str) {
    let mut sim = quoted();
    let index = order.id.index;
    assert_eq!(
        sim.try_place(20, order),
        [format!("20 refused {index} {reason}")]
    );
    assert_eq!(sim.exchange.cash_reserved(), Cash::ZERO);
    assert_eq!(sim.exchange.open_orders().count(), 0);
}

#[test]
fn a_market_that_is_not_listed_is_unknown() {
    let elsewhere = Token {
        market: MarketId(7),
        outcome: Outcome::Yes,
    };
    refused(
        order(1, elsewhere, Side::Buy, "0.50", "10"),
        "UnknownMarket",
    );
}

#[test]
fn limits_keep_to_the_grid_in_force() {
    refused(buy(1, "0.505", "10"), "OffTick");
    let mut sim = quoted();
    sim.event(11, MarketEvent::TickSize(TickSize::parse("0.001").unwrap()));
    assert_eq!(sim.try_place(20, buy(1, "0.505", "10")), ["20 accepted 1"]);
    sim.event(30, MarketEvent::TickSize(TickSize::parse("0.1").unwrap()));
    sim.answers(30);
    assert_eq!(
        sim.try_place(31, buy(2, "0.55", "10")),
        ["31 refused 2 OffTick"]
    );
}

#[test]
fn orders_have_a_smallest_size() {
    refused(buy(1, "0.40", "4.99"), "BelowMinimumShares");
    refused(buy(1, "0.40", "0"), "BelowMinimumShares");
}

#[test]
fn a_buy_that_takes_has_a_smallest_cost() {
    let mut sim = Sim::prompt();
    sim.book(10, &[("0.05", "500")], &[("0.10", "500")]);
    // 9.99 * 0.10 = 0.999
    for (index, life) in [TimeInForce::Gtc, TimeInForce::Fak, TimeInForce::Fok]
        .into_iter()
        .enumerate()
    {
        let order = with(buy(index as u32, "0.10", "9.99"), life);
        assert_eq!(
            sim.try_place(20, order),
            [format!("20 refused {index} BelowMinimumCost")]
        );
    }
    assert_eq!(
        sim.try_place(21, buy(8, "0.10", "10")),
        ["21 filled 8 Buy Yes 10 @ 0.1 fee 0 Taker"]
    );
    // Resting is free of it.
    assert_eq!(sim.try_place(22, buy(9, "0.05", "5")), ["22 accepted 9"]);
}

#[test]
fn post_only_orders_never_take() {
    refused(post_only(buy(1, "0.50", "10")), "WouldCross");
    let no = order(1, NO, Side::Buy, "0.52", "10"); // meets the YES bid at 0.48
    refused(post_only(no), "WouldCross");
    let mut sim = quoted();
    assert_eq!(
        sim.try_place(20, post_only(buy(1, "0.49", "10"))),
        ["20 accepted 1"]
    );
}

#[test]
fn an_expiry_must_lie_ahead() {
    refused(
        with(buy(1, "0.40", "10"), TimeInForce::Gtd(ms(20))),
        "ExpiryPassed",
    );
}

#[test]
fn one_name_is_one_order() {
    let mut sim = quoted();
    assert_eq!(sim.try_place(20, buy(1, "0.40", "10")), ["20 accepted 1"]);
    assert_eq!(
        sim.try_place(21, buy(1, "0.41", "10")),
        ["21 refused 1 Duplicate"]
    );
    assert_eq!(sim.exchange.open_orders().count(), 1);
    sim.cancel(22, 1);
    sim.answers(22);
    assert_eq!(
        sim.try_place(23, buy(1, "0.41", "10")),
        ["23 refused 1 Duplicate"]
    );
}

#[test]
fn a_buy_needs_its_cost_at_the_limit_beside_all_other_open_buys() {
    let mut sim = quoted();
    // 2000 * 0.40 = 800 of 1000
    assert_eq!(sim.try_place(20, buy(1, "0.40", "2000")), ["20 accepted 1"]);
    assert_eq!(
        sim.try_place(21, buy(2, "0.40", "500.01")),
        ["21 refused 2 InsufficientBalance"]
    );
    assert_eq!(sim.try_place(22, buy(3, "0.40", "500")), ["22 accepted 3"]);
    sim.cancel(23, 1);
    sim.answers(23);
    // A taker is asked for its limit, not for the price it will get.
    assert_eq!(
        sim.try_place(24, with(buy(4, "0.60", "1400"), TimeInForce::Fak)),
        ["24 refused 4 InsufficientBalance"]
    );
}

#[test]
fn a_taker_needs_the_worst_fee_too() {
    let mut terms = market();
    terms.fee = FeeSchedule {
        rate_ppm: 40_000,
        ..FeeSchedule::NONE
    };
    let mut sim = Sim::new(prompt(), terms);
    sim.book(10, &[], &[("0.80", "5000")]);
    // At 0.80: 1228.5 * 0.80 = 982.8. The worst fee is at 0.50: 1228.5 * 0.01 = 12.285. At 0.50 of 1240: 12.4.
    assert_eq!(
        sim.try_place(20, buy(1, "0.80", "1240")),
        ["20 refused 1 InsufficientBalance"]
    );
    assert_eq!(
        sim.try_place(21, buy(2, "0.80", "1228.5")),
        ["21 filled 2 Buy Yes 1228.5 @ 0.8 fee 7.8624 Taker"]
    );
    // 1000 - 982.8 - 7.8624
    assert_eq!(sim.exchange.cash(), cash("9.3376"));
}

#[test]
fn only_final_unpromised_tokens_can_be_sold() {
    let mut sim = quoted();
    sim.try_place(20, buy(1, "0.50", "20"));
    assert_eq!(
        sim.try_place(21, sell(2, "0.60", "10")),
        ["21 refused 2 InsufficientBalance"]
    );
    sim.answers(1_020);
    assert_eq!(
        sim.try_place(1_021, sell(3, "0.60", "15")),
        ["1021 accepted 3"]
    );
    assert_eq!(
        sim.try_place(1_022, sell(4, "0.60", "5.01")),
        ["1022 refused 4 InsufficientBalance"]
    );
    assert_eq!(
        sim.try_place(1_023, sell(5, "0.48", "5")),
        ["1023 filled 5 Sell Yes 5 @ 0.48 fee 0 Taker"]
    );
    assert_eq!(
        sim.try_place(1_024, with(sell(6, "0.48", "5"), TimeInForce::Fok)),
        ["1024 refused 6 InsufficientBalance"]
    );
}

#[test]
fn a_market_trades_between_its_times_only() {
    let mut terms = market();
    terms.opens_at = Some(ms(100));
    terms.closes_at = Some(ms(200));
    let mut sim = Sim::new(prompt(), terms);
    let no = |at: u64, index: u32| [format!("{at} refused {index} MarketClosed")];
    assert_eq!(sim.try_place(99, buy(1, "0.40", "10")), no(99, 1));
    assert_eq!(sim.try_place(100, buy(2, "0.40", "10")), ["100 accepted 2"]);
    assert_eq!(sim.try_place(200, buy(3, "0.40", "10")), ["200 accepted 3"]);
    assert_eq!(
        sim.try_place(201, buy(4, "0.40", "10")),
        [
            "200 cancelled 2 MarketClosed".to_string(),
            "200 cancelled 3 MarketClosed".to_string(),
            no(201, 4)[0].clone(),
        ]
    );
}

#[test]
fn a_closed_or_decided_market_takes_no_orders() {
    let mut sim = quoted();
    sim.event(20, MarketEvent::Closed);
    assert_eq!(
        sim.try_place(21, buy(1, "0.40", "10")),
        ["21 refused 1 MarketClosed"]
    );
    let mut sim = quoted();
    sim.resolve(20, Payout::YES);
    sim.book(21, &[("0.48", "500")], &[("0.50", "5000")]);
    assert_eq!(
        sim.try_place(21, buy(1, "0.60", "10")),
        ["21 refused 1 MarketClosed"]
    );
}
