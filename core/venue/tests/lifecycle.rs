//! How orders end, and that every step happens at its own time.

mod common;

use common::*;
use quorate_domain::{
    Cash, Command, Level, MarketEvent, MarketInput, Payout, PlaceOrder, Shares, Side, TickSize,
    TimeInForce, Timestamp,
};
use quorate_venue::{Exchange, VenueConfig};
use std::time::Duration;

const NOTHING: [&str; 0] = [];

#[test]
fn every_step_happens_at_its_own_time() {
    let config = VenueConfig {
        submit_latency: Duration::from_millis(100),
        cancel_latency: Duration::from_millis(30),
        ..prompt()
    };
    let mut sim = Sim::new(config, market());
    assert_eq!(sim.exchange.next_due(), None);
    sim.book(10, &[], &[("0.50", "6")]);
    sim.place(20, buy(1, "0.50", "10"));
    assert_eq!(sim.exchange.next_due(), Some(ms(120)));
    assert_eq!(sim.answers(119), NOTHING);
    // Fetched late, but told with the time when it happened.
    assert_eq!(
        sim.answers(5_000),
        [
            "120 filled 1 Buy Yes 6 @ 0.5 fee 0 Taker",
            "120 accepted 1",
            "1120 Confirmed 1",
        ]
    );
    sim.cancel(5_000, 1);
    assert_eq!(sim.exchange.next_due(), Some(ms(5_030)));
    assert_eq!(sim.answers(5_030), ["5030 cancelled 1 Requested"]);
    assert_eq!(sim.exchange.next_due(), None);
}

#[test]
fn an_answer_waits_until_it_is_fetched() {
    let mut sim = Sim::prompt();
    sim.exchange.deposit(ms(50), Cash::whole(1));
    sim.exchange.deposit(ms(60), Cash::ZERO);
    assert_eq!(sim.exchange.next_due(), Some(ms(50)));
    assert_eq!(sim.answers(49), NOTHING);
    assert_eq!(sim.answers(50), ["50 deposited 1"]);
}

#[test]
fn a_second_cancel_and_one_for_a_stranger_say_nothing() {
    let mut sim = Sim::prompt();
    sim.place(10, buy(1, "0.50", "10"));
    sim.cancel(20, 1);
    sim.cancel(20, 1);
    sim.cancel(20, 9);
    assert_eq!(
        sim.answers(30),
        ["10 accepted 1", "20 cancelled 1 Requested"]
    );
    assert_eq!(sim.exchange.cash_reserved(), Cash::ZERO);
}

#[test]
fn a_cancel_races_a_fill_and_the_earlier_wins() {
    let config = VenueConfig {
        cancel_latency: Duration::from_millis(50),
        ..prompt()
    };
    let mut sim = Sim::new(config, market());
    sim.book(5, &[], &[]);
    sim.place(10, buy(1, "0.50", "10"));
    sim.place(10, buy(2, "0.45", "10"));
    sim.answers(10);
    sim.cancel(20, 1);
    sim.cancel(20, 2);
    // At the very instant when the cancels arrive, the trade was there first.
    sim.trade(70, Side::Sell, "0.49", "10");
    assert_eq!(
        sim.answers(70),
        [
            "70 filled 1 Buy Yes 10 @ 0.5 fee 0 Maker",
            "70 cancelled 2 Requested",
        ]
    );
    sim.trade(71, Side::Sell, "0.40", "10");
    assert_eq!(sim.answers(71), NOTHING);
}

#[test]
fn a_cancel_that_overtakes_its_order_finds_nothing() {
    let config = VenueConfig {
        submit_latency: Duration::from_millis(100),
        ..prompt()
    };
    let mut sim = Sim::new(config, market());
    sim.place(10, buy(1, "0.50", "10"));
    sim.cancel(10, 1);
    assert_eq!(sim.answers(200), ["110 accepted 1"]);
}

#[test]
fn cancel_all_cancels_all() {
    let mut sim = Sim::prompt();
    sim.place(10, buy(1, "0.50", "10"));
    sim.place(10, buy(2, "0.51", "10"));
    sim.answers(10);
    sim.exchange.submit(ms(20), &Command::CancelAll);
    assert_eq!(
        sim.answers(20),
        ["20 cancelled 2 Requested", "20 cancelled 1 Requested"]
    );
}

#[test]
fn a_good_till_date_order_is_dead_at_its_date() {
    let mut sim = Sim::prompt();
    sim.book(5, &[], &[]);
    sim.try_place(10, with(buy(1, "0.50", "10"), TimeInForce::Gtd(ms(100))));
    assert_eq!(sim.exchange.next_due(), Some(ms(100)));
    sim.trade(100, Side::Sell, "0.40", "10");
    assert_eq!(sim.answers(100), ["100 cancelled 1 Expired"]);
}

#[test]
fn a_filled_good_till_date_order_leaves_no_alarm_behind() {
    let mut sim = Sim::prompt();
    sim.book(5, &[], &[]);
    sim.try_place(10, with(buy(1, "0.50", "10"), TimeInForce::Gtd(ms(9_000))));
    sim.trade(20, Side::Sell, "0.40", "10");
    assert_eq!(sim.answers(2_000).len(), 2);
    assert_eq!(sim.exchange.next_due(), None);
}

#[test]
fn a_new_grid_drops_the_orders_that_do_not_fit() {
    let mut sim = Sim::prompt();
    let fine = TickSize::parse("0.001").unwrap();
    sim.event(1, MarketEvent::TickSize(fine));
    sim.book(2, &[("0.501", "10")], &[]);
    sim.try_place(10, buy(1, "0.501", "10"));
    sim.try_place(10, buy(2, "0.50", "10"));
    sim.event(20, MarketEvent::TickSize(TickSize::CENT));
    assert_eq!(sim.answers(20), ["20 cancelled 1 TickChanged"]);
    // The other one still trades, once the book is whole again.
    sim.trade(21, Side::Sell, "0.40", "10");
    sim.book(22, &[], &[("0.50", "4")]);
    assert_eq!(sim.answers(22), ["22 filled 2 Buy Yes 4 @ 0.5 fee 0 Maker"]);
}

#[test]
fn closing_and_deciding_end_every_order_once() {
    let mut sim = Sim::prompt();
    sim.place(10, buy(1, "0.50", "10"));
    sim.answers(10);
    sim.event(20, MarketEvent::Closed);
    sim.resolve(30, Payout::YES);
    assert_eq!(sim.answers(30), ["20 cancelled 1 MarketClosed"]);
}

#[test]
fn a_new_listing_moves_the_closing_time() {
    let mut terms = market();
    terms.closes_at = Some(ms(100));
    let mut sim = Sim::new(prompt(), terms.clone());
    sim.try_place(10, buy(1, "0.50", "10"));
    terms.closes_at = Some(ms(500));
    sim.exchange.list(terms);
    assert_eq!(sim.answers(500), NOTHING);
    assert_eq!(sim.answers(501), ["500 cancelled 1 MarketClosed"]);
}

#[test]
fn wishes_to_be_woken_and_news_of_strangers_are_ignored() {
    let mut sim = Exchange::new(prompt());
    sim.submit(ms(1), &Command::WakeAt(Timestamp::from_secs(9)));
    let stranger = MarketInput {
        market: MARKET,
        event: MarketEvent::Gap,
    };
    sim.observe(ms(2), &stranger);
    let mut out = Vec::new();
    sim.advance(Timestamp::from_secs(10), &mut out);
    assert_eq!((out.len(), sim.now()), (0, Timestamp::from_secs(10)));
}

#[test]
fn absurd_numbers_are_answered_like_any_others() {
    let mut terms = market();
    terms.fee.rate_ppm = 70_000;
    terms.closes_at = Some(Timestamp::from_nanos(u64::MAX));
    let mut sim = Sim::new(prompt(), terms);
    sim.exchange.deposit(ms(1), Cash::from_micros(i64::MAX));
    sim.exchange.deposit(ms(1), Cash::from_micros(i64::MAX));
    sim.exchange.deposit(ms(1), Cash::from_micros(i64::MIN));
    let all = Shares::from_micros(u64::MAX);
    let huge = |index, side| PlaceOrder {
        shares: all,
        ..order(index, YES, side, "0.50", "1")
    };
    let level = |at| Level {
        price: price(at),
        shares: all,
    };
    let (bids, asks) = (vec![level("0.40")], vec![level("0.50")]);
    sim.event(2, MarketEvent::Snapshot { bids, asks });
    for index in 0..3 {
        sim.place(3, huge(index, Side::Buy));
    }
    sim.answers(5_000);
    sim.place(5_000, huge(9, Side::Sell));
    sim.answers(5_001);
    sim.trade(5_002, Side::Buy, "0.90", "1000000000");
    sim.resolve(6_000, Payout::YES);
    sim.exchange.submit(ms(6_000), &Command::Redeem(MARKET));
    let mut out = Vec::new();
    sim.exchange
        .advance(Timestamp::from_nanos(u64::MAX), &mut out);
    assert!(sim.exchange.cash() > Cash::ZERO);
    assert_eq!(sim.exchange.next_due(), None);
}
