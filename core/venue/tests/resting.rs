//! Orders that rest: the queue ahead, trades at and through the price, quotes that cross it, and counting once.

mod common;

use common::*;
use quorate_domain::{FeeSchedule, MarketEvent, Side};
use quorate_venue::{QueueRule, VenueConfig};

/// A bid for 20 at 0.50 behind 100, on a market with a taker fee.
fn queued() -> Sim {
    let mut terms = market();
    terms.fee = FeeSchedule {
        rate_ppm: 70_000,
        ..FeeSchedule::NONE
    };
    let mut sim = Sim::new(prompt(), terms);
    sim.book(10, &[("0.50", "100"), ("0.49", "50")], &[("0.55", "100")]);
    assert_eq!(sim.try_place(20, buy(1, "0.50", "20")), ["20 accepted 1"]);
    sim
}

fn filled(at: u64, size: &str) -> [String; 1] {
    [format!("{at} filled 1 Buy Yes {size} @ 0.5 fee 0 Maker")]
}

#[test]
fn trades_at_the_price_fill_once_the_queue_ahead_is_gone() {
    let mut sim = queued();
    sim.trade(30, Side::Sell, "0.50", "70");
    sim.trade(31, Side::Sell, "0.50", "30");
    assert_eq!(sim.answers(31), [""; 0]);
    sim.trade(32, Side::Sell, "0.50", "15");
    assert_eq!(sim.answers(32), filled(32, "15"));
    // Exactly the rest: the order is complete and says nothing more.
    sim.trade(33, Side::Sell, "0.50", "5");
    assert_eq!(sim.answers(33), filled(33, "5"));
    assert_eq!(sim.exchange.open_orders().count(), 0);
    sim.trade(34, Side::Sell, "0.50", "500");
    assert_eq!(sim.answers(34), [""; 0]);
    assert_eq!(sim.exchange.cash(), cash("990"));
}

#[test]
fn one_trade_can_clear_the_queue_and_fill_with_what_is_left_of_it() {
    let mut sim = queued();
    sim.trade(30, Side::Sell, "0.50", "112");
    assert_eq!(sim.answers(30), filled(30, "12"));
}

#[test]
fn buyers_who_take_do_not_fill_bids() {
    let mut sim = queued();
    sim.trade(30, Side::Buy, "0.50", "500");
    sim.trade(31, Side::Buy, "0.55", "500");
    sim.trade(32, Side::Sell, "0.51", "500");
    assert_eq!(sim.answers(32), [""; 0]);
}

#[test]
fn a_trade_through_the_price_fills_up_to_its_size() {
    let mut sim = queued();
    sim.trade(30, Side::Sell, "0.49", "8");
    assert_eq!(sim.answers(30), filled(30, "8"));
    // Whoever was ahead is gone now.
    sim.trade(31, Side::Sell, "0.50", "8");
    assert_eq!(sim.answers(31), filled(31, "8"));
}

#[test]
fn a_trade_and_the_level_that_shows_it_count_once_in_either_order() {
    let mut trade_first = queued();
    trade_first.trade(30, Side::Sell, "0.50", "60");
    trade_first.bid(31, "0.50", "40");
    trade_first.trade(40, Side::Sell, "0.50", "45");
    assert_eq!(trade_first.answers(40), filled(40, "5"));

    let mut level_first = queued();
    level_first.bid(30, "0.50", "40");
    level_first.trade(31, Side::Sell, "0.50", "60");
    level_first.trade(40, Side::Sell, "0.50", "45");
    assert_eq!(level_first.answers(40), filled(40, "5"));
}

#[test]
fn a_trade_that_comes_long_after_the_level_shrank_is_another_one() {
    let mut sim = queued();
    sim.bid(30, "0.50", "40");
    sim.trade(1_031, Side::Sell, "0.50", "45");
    assert_eq!(sim.answers(1_031), filled(1_031, "5"));
}

#[test]
fn others_who_come_later_are_behind_and_leave_first() {
    let mut sim = queued();
    sim.bid(30, "0.50", "180");
    sim.bid(31, "0.50", "120");
    // Still 100 ahead: the 60 that left were behind us.
    sim.trade(40, Side::Sell, "0.50", "104");
    assert_eq!(sim.answers(40), filled(40, "4"));
}

#[test]
fn a_snapshot_never_puts_an_order_to_the_front() {
    let mut sim = queued();
    sim.book(30, &[("0.50", "100")], &[("0.55", "100")]);
    sim.book(31, &[("0.50", "300")], &[("0.55", "100")]);
    sim.event(32, MarketEvent::Gap);
    sim.book(2_000, &[("0.50", "90")], &[("0.55", "100")]);
    sim.trade(4_000, Side::Sell, "0.50", "95");
    assert_eq!(sim.answers(4_000)[..1], filled(4_000, "5"));
}

#[test]
fn a_quote_at_or_through_the_price_fills_up_to_what_it_shows() {
    let mut sim = queued();
    sim.book(30, &[("0.48", "10")], &[("0.50", "6"), ("0.51", "80")]);
    assert_eq!(sim.answers(30), filled(30, "6"));
    // The same shares on display fill nobody again; more of them do.
    sim.ask(31, "0.51", "70");
    sim.ask(32, "0.50", "6");
    assert_eq!(sim.answers(32), [""; 0]);
    sim.ask(33, "0.49", "4");
    sim.ask(34, "0.50", "7");
    assert_eq!(sim.answers(34), [filled(33, "4"), filled(34, "1")].concat());
}

#[test]
fn a_crossed_book_and_a_gap_fill_nobody() {
    let mut sim = queued();
    sim.ask(30, "0.50", "10"); // locked: the bid at 0.50 is still on display
    assert_eq!(sim.answers(30), [""; 0]);
    sim.event(31, MarketEvent::Gap);
    sim.bid(32, "0.50", "0");
    sim.trade(33, Side::Sell, "0.40", "100");
    assert_eq!(sim.answers(33), [""; 0]);
    sim.book(34, &[], &[("0.50", "10")]);
    assert_eq!(sim.answers(34), filled(34, "10"));
}

#[test]
fn what_a_broken_book_shows_moves_nobody_up() {
    let mut sim = queued();
    sim.event(30, MarketEvent::Gap);
    sim.bid(31, "0.50", "10");
    sim.book(32, &[("0.50", "100")], &[("0.55", "100")]);
    sim.trade(2_000, Side::Sell, "0.50", "103");
    assert_eq!(sim.answers(2_000), filled(2_000, "3"));
}

#[test]
fn an_order_that_arrived_in_a_gap_queues_behind_the_next_snapshot() {
    let mut sim = Sim::prompt();
    assert_eq!(sim.try_place(5, buy(1, "0.50", "20")), ["5 accepted 1"]);
    sim.book(10, &[("0.50", "100")], &[("0.55", "100")]);
    sim.trade(2_000, Side::Sell, "0.50", "101");
    assert_eq!(sim.answers(2_000), filled(2_000, "1"));
}

#[test]
fn own_orders_share_a_trade_best_price_first_then_first_come() {
    let mut sim = Sim::prompt();
    sim.book(10, &[("0.50", "10")], &[("0.55", "100")]);
    sim.try_place(20, buy(1, "0.50", "20"));
    sim.try_place(21, buy(2, "0.50", "20"));
    sim.try_place(22, buy(3, "0.51", "5"));
    sim.trade(30, Side::Sell, "0.50", "40");
    assert_eq!(
        sim.answers(30),
        [
            "30 filled 3 Buy Yes 5 @ 0.51 fee 0 Maker",
            "30 filled 1 Buy Yes 20 @ 0.5 fee 0 Maker",
            "30 filled 2 Buy Yes 5 @ 0.5 fee 0 Maker",
        ]
    );
}

#[test]
fn own_orders_share_the_shares_of_a_quote() {
    let mut sim = Sim::prompt();
    sim.book(10, &[], &[("0.55", "100")]);
    sim.try_place(20, buy(1, "0.50", "20"));
    sim.try_place(21, buy(2, "0.51", "20"));
    sim.ask(30, "0.50", "30");
    assert_eq!(
        sim.answers(30),
        [
            "30 filled 2 Buy Yes 20 @ 0.51 fee 0 Maker",
            "30 filled 1 Buy Yes 10 @ 0.5 fee 0 Maker",
        ]
    );
}

#[test]
fn a_resting_no_order_stands_on_the_mirrored_side() {
    let mut sim = Sim::prompt();
    // A NO bid at 0.40 is a YES ask at 0.60, behind 30.
    sim.book(10, &[("0.55", "10")], &[("0.60", "30")]);
    let no = order(1, NO, Side::Buy, "0.40", "20");
    assert_eq!(sim.try_place(20, no), ["20 accepted 1"]);
    sim.trade(30, Side::Sell, "0.60", "500");
    assert_eq!(sim.answers(30), [""; 0]);
    sim.trade(31, Side::Buy, "0.60", "36");
    assert_eq!(sim.answers(31), ["31 filled 1 Buy No 6 @ 0.4 fee 0 Maker"]);
    sim.trade(32, Side::Buy, "0.61", "2");
    assert_eq!(sim.answers(32), ["32 filled 1 Buy No 2 @ 0.4 fee 0 Maker"]);
    sim.book(33, &[("0.62", "4")], &[("0.65", "30")]);
    assert_eq!(sim.answers(33), ["33 filled 1 Buy No 4 @ 0.4 fee 0 Maker"]);
    assert_eq!(sim.exchange.holding(NO).pending_in, shares("12"));
    assert_eq!(sim.exchange.cash_reserved(), cash("3.2"));
}

#[test]
fn a_resting_sell_fills_at_its_price_and_its_tokens_leave_when_final() {
    let mut sim = Sim::prompt();
    sim.own(10, 1, YES, "20");
    sim.book(2_000, &[("0.50", "10")], &[]);
    assert_eq!(
        sim.try_place(2_000, sell(2, "0.60", "15")),
        ["2000 accepted 2"]
    );
    assert_eq!(sim.exchange.holding(YES).reserved, shares("15"));
    sim.trade(2_010, Side::Buy, "0.70", "15");
    assert_eq!(
        sim.answers(2_010),
        ["2010 filled 2 Sell Yes 15 @ 0.6 fee 0 Maker"]
    );
    let holding = sim.exchange.holding(YES);
    assert_eq!(
        (holding.confirmed, holding.pending_out),
        (shares("20"), shares("15"))
    );
    assert_eq!(sim.exchange.cash(), cash("990"));
    sim.answers(3_010);
    assert_eq!(sim.exchange.cash(), cash("999"));
    assert_eq!(sim.exchange.holding(YES).confirmed, shares("5"));
}

#[test]
fn own_orders_never_meet_each_other() {
    let mut sim = Sim::prompt();
    sim.own(10, 1, YES, "20");
    sim.book(2_000, &[], &[]);
    assert_eq!(
        sim.try_place(2_000, sell(2, "0.60", "15")),
        ["2000 accepted 2"]
    );
    assert_eq!(
        sim.try_place(2_001, post_only(buy(3, "0.70", "15"))),
        ["2001 accepted 3"]
    );
    assert_eq!(sim.answers(9_000), [""; 0]);
}

#[test]
fn without_sizes_only_a_trade_through_or_a_crossing_quote_fills() {
    let config = VenueConfig {
        queue: QueueRule::TradedThrough,
        ..prompt()
    };
    let mut sim = Sim::new(config, market());
    sim.book(10, &[("0.49", "1")], &[("0.55", "1")]);
    sim.try_place(20, buy(1, "0.50", "20"));
    sim.trade(30, Side::Sell, "0.50", "1000");
    assert_eq!(sim.answers(30), [""; 0]);
    sim.trade(31, Side::Sell, "0.49", "3");
    sim.ask(32, "0.50", "4");
    assert_eq!(sim.answers(32), [filled(31, "3"), filled(32, "4")].concat());
}
