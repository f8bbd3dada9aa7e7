//! How orders end, how matches become final, and how decided markets pay.

mod common;

use common::*;
use quorate_domain::{
    Cash, Command, Level, MarketEvent, Payout, PlaceOrder, Shares, Side, TickSize, TimeInForce,
    Timestamp,
};
use quorate_venue::{Exchange, NotEnoughCash, VenueConfig};
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
fn matched_is_not_settled() {
    let mut sim = Sim::prompt();
    sim.book(10, &[], &[("0.50", "10")]);
    sim.try_place(20, buy(1, "0.50", "10"));
    let holding = sim.exchange.holding(YES);
    assert_eq!(
        (holding.confirmed, holding.pending_in),
        (Shares::ZERO, shares("10"))
    );
    assert_eq!(sim.exchange.cash(), cash("995"));
    assert_eq!(sim.answers(1_020), ["1020 Confirmed 1"]);
    let holding = sim.exchange.holding(YES);
    assert_eq!(
        (holding.confirmed, holding.pending_in),
        (shares("10"), Shares::ZERO)
    );
}

/// 20 YES and 10 NO bought at 0.50, final; then decided and redeemed.
fn redeemed(payout: Payout) -> (Vec<String>, Cash) {
    let mut sim = Sim::prompt();
    sim.own(10, 1, YES, "20");
    sim.own(2_000, 2, NO, "10");
    sim.exchange.submit(ms(3_500), &Command::Redeem(MARKET)); // comes too early: nothing
    sim.resolve(6_000, payout);
    sim.exchange.submit(ms(6_000), &Command::Redeem(MARKET));
    sim.exchange.submit(ms(6_001), &Command::Redeem(MARKET)); // nothing left
    assert_eq!(sim.answers(7_999), NOTHING);
    let said = sim.answers(9_000);
    assert_eq!(sim.exchange.holding(YES), Default::default());
    assert_eq!(sim.exchange.holding(NO), Default::default());
    (said, sim.exchange.cash())
}

#[test]
fn a_decided_market_pays_the_winning_side() {
    let (said, held) = redeemed(Payout::YES);
    assert_eq!(said, ["8000 redeemed yes 20 no 10 cash 20"]);
    assert_eq!(held, cash("1005"));
    let (said, held) = redeemed(Payout::NO);
    assert_eq!(said, ["8000 redeemed yes 20 no 10 cash 10"]);
    assert_eq!(held, cash("995"));
}

#[test]
fn an_undecided_market_pays_half_to_both_sides() {
    let (said, held) = redeemed(Payout::HALF);
    assert_eq!(said, ["8000 redeemed yes 20 no 10 cash 15"]);
    assert_eq!(held, cash("1000"));
}

#[test]
fn a_scalar_payout_is_rounded_down_for_each_token() {
    let mut sim = Sim::prompt();
    sim.own(10, 1, YES, "5.000001");
    sim.resolve(2_000, Payout::from_micros(333_333).unwrap());
    sim.exchange.submit(ms(2_000), &Command::Redeem(MARKET));
    // 5.000001 * 0.333333 = 1.666665333333
    assert_eq!(
        sim.answers(4_000),
        ["4000 redeemed yes 5.000001 no 0 cash 1.666665"]
    );
}

#[test]
fn a_match_that_becomes_final_after_the_decision_is_redeemed_by_a_later_request() {
    let mut sim = Sim::prompt();
    sim.book(10, &[], &[("0.50", "10")]);
    sim.try_place(1_990, buy(1, "0.50", "10"));
    sim.resolve(2_000, Payout::YES);
    sim.exchange.submit(ms(2_000), &Command::Redeem(MARKET));
    assert_eq!(
        sim.answers(9_000),
        ["2990 Confirmed 1", "4000 redeemed yes 10 no 0 cash 10",]
    );
    // The first word is the last.
    sim.resolve(9_500, Payout::NO);
    assert_eq!(sim.exchange.cash(), cash("1005"));
}

#[test]
fn final_unpromised_pairs_merge_into_a_dollar_each() {
    let mut sim = Sim::prompt();
    sim.own(10, 1, YES, "20");
    sim.own(2_000, 2, NO, "10");
    sim.book(3_500, &[], &[]);
    sim.try_place(3_500, sell(3, "0.90", "13"));
    let merge = |pairs| Command::Merge {
        market: MARKET,
        shares: shares(pairs),
    };
    sim.exchange.submit(ms(4_000), &merge("8")); // 7 YES are unpromised: the chain refuses
    sim.exchange.submit(ms(4_000), &merge("7"));
    sim.exchange.submit(ms(4_000), &merge("0"));
    assert_eq!(sim.answers(6_000), ["6000 merged 7"]);
    assert_eq!(sim.exchange.cash(), cash("992")); // 1000 - 10 - 5 + 7
    assert_eq!(sim.exchange.holding(YES).confirmed, shares("13"));
    assert_eq!(sim.exchange.holding(NO).confirmed, shares("3"));
}

#[test]
fn what_open_orders_keep_cannot_be_withdrawn() {
    let mut sim = Sim::prompt();
    sim.try_place(10, buy(1, "0.50", "1000"));
    let free = Cash::whole(500);
    assert_eq!(
        sim.exchange.withdraw(ms(20), cash("500.000001")),
        Err(NotEnoughCash { free })
    );
    assert_eq!(sim.exchange.withdraw(ms(21), free), Ok(()));
    assert_eq!(sim.answers(21), ["21 withdrawn 500"]);
    assert_eq!(sim.exchange.cash(), sim.exchange.cash_reserved());
}

#[test]
fn commands_for_others_and_news_of_strangers_are_ignored() {
    let mut sim = Exchange::new(prompt());
    sim.submit(ms(1), &Command::WakeAt(Timestamp::from_secs(9)));
    sim.submit(ms(1), &Command::Redeem(MARKET));
    let stranger = quorate_domain::MarketInput {
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
