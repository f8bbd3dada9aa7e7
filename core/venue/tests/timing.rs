//! When an order meets the book: latency, ties, broken books, and waiting for the next quote.

mod common;

use common::*;
use quorate_domain::{Cash, MarketEvent, Side, TimeInForce};
use quorate_venue::{FillRule, VenueConfig};
use std::time::Duration;

#[test]
fn a_late_order_gets_the_book_that_it_finds() {
    let config = VenueConfig {
        submit_latency: Duration::from_millis(100),
        ..prompt()
    };
    let mut sim = Sim::new(config, market());
    sim.book(10, &[], &[("0.50", "10"), ("0.55", "10")]);
    sim.place(20, with(buy(1, "0.60", "10"), TimeInForce::Fak));
    assert_eq!(sim.exchange.next_due(), Some(ms(120)));
    // News of the very instant of the arrival is there before the order.
    sim.ask(120, "0.50", "0");
    assert_eq!(
        sim.answers(120),
        ["120 filled 1 Buy Yes 10 @ 0.55 fee 0 Taker"]
    );
    assert_eq!(sim.exchange.next_due(), Some(ms(1_120)));
}

#[test]
fn news_that_comes_first_by_time_does_not_wait_to_be_fetched() {
    let config = VenueConfig {
        submit_latency: Duration::from_millis(100),
        ..prompt()
    };
    let mut sim = Sim::new(config, market());
    sim.book(10, &[], &[("0.50", "10")]);
    sim.place(20, with(buy(1, "0.60", "10"), TimeInForce::Fak));
    // The order arrives at 120, before this news, although nobody advanced the time in between.
    sim.ask(121, "0.50", "0");
    assert_eq!(
        sim.answers(121),
        ["120 filled 1 Buy Yes 10 @ 0.5 fee 0 Taker"]
    );
}

#[test]
fn nothing_is_taken_from_a_broken_or_crossed_book() {
    let mut sim = Sim::prompt();
    let fak = |index| with(buy(index, "0.60", "5"), TimeInForce::Fak);
    sim.book(10, &[("0.45", "9")], &[("0.50", "10")]);
    sim.event(20, MarketEvent::Gap);
    assert_eq!(sim.try_place(21, fak(1)), ["21 cancelled 1 Unfilled"]);
    sim.ask(22, "0.51", "10");
    assert_eq!(sim.try_place(23, fak(2)), ["23 cancelled 2 Unfilled"]);
    sim.book(30, &[("0.51", "9")], &[("0.50", "10")]);
    assert_eq!(sim.try_place(31, fak(3)), ["31 cancelled 3 Unfilled"]);
    sim.bid(40, "0.51", "0");
    assert_eq!(
        sim.try_place(41, fak(4)),
        ["41 filled 4 Buy Yes 5 @ 0.5 fee 0 Taker"]
    );
}

#[test]
fn with_sparse_data_an_order_takes_from_the_next_quote() {
    let config = VenueConfig {
        fills: FillRule::NextObservation,
        ..prompt()
    };
    let mut sim = Sim::new(config, market());
    sim.book(10, &[("0.45", "9")], &[("0.50", "10")]);
    assert_eq!(
        sim.try_place(20, with(buy(1, "0.60", "12"), TimeInForce::Fak)),
        [""; 0]
    );
    assert_eq!(
        sim.try_place(20, with(buy(2, "0.60", "50"), TimeInForce::Fok)),
        [""; 0]
    );
    assert_eq!(sim.try_place(20, buy(3, "0.52", "20")), [""; 0]);
    assert_eq!(sim.try_place(20, buy(4, "0.44", "20")), ["20 accepted 4"]);
    assert_eq!(sim.exchange.cash_reserved(), cash("56.4")); // 7.2 + 30 + 10.4 + 8.8
    // A trade is no quote, and a quote of the same instant is no later one.
    sim.book(20, &[("0.45", "9")], &[("0.50", "10")]);
    sim.trade(30, Side::Buy, "0.50", "3");
    sim.event(35, MarketEvent::Gap);
    sim.ask(36, "0.51", "10");
    assert_eq!(sim.answers(39), [""; 0]);
    sim.book(40, &[("0.47", "9")], &[("0.53", "16")]);
    assert_eq!(
        sim.answers(40),
        [
            "40 filled 1 Buy Yes 12 @ 0.53 fee 0 Taker",
            "40 refused 2 NotFillable",
            "40 accepted 3",
        ]
    );
}

#[test]
fn a_waiting_order_can_be_cancelled_and_ends_with_its_market() {
    let config = VenueConfig {
        fills: FillRule::NextObservation,
        ..prompt()
    };
    let mut sim = Sim::new(config, market());
    sim.book(10, &[], &[("0.50", "10")]);
    sim.place(20, buy(1, "0.60", "10"));
    sim.place(20, with(buy(2, "0.60", "10"), TimeInForce::Fak));
    sim.cancel(30, 1);
    assert_eq!(sim.answers(30), ["30 cancelled 1 Requested"]);
    sim.event(40, MarketEvent::Closed);
    assert_eq!(sim.answers(40), ["40 cancelled 2 MarketClosed"]);
    assert_eq!(sim.exchange.cash_reserved(), Cash::ZERO);
}
