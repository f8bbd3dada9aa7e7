//! Orders that take: they walk recorded depth, pay the fee, keep to their limit, and never take a share twice.

mod common;

use common::*;
use quorate_domain::{Cash, FeeSchedule, Shares, Side, TickSize, TimeInForce};

const CRYPTO: FeeSchedule = FeeSchedule {
    rate_ppm: 70_000,
    exponent: 1,
    rebate_share_ppm: 200_000,
};

fn with_fee() -> Sim {
    let mut market = market();
    market.fee = CRYPTO;
    Sim::new(prompt(), market)
}

#[test]
fn a_buy_walks_the_depth_within_its_limit_and_pays_the_fee_on_top() {
    let mut sim = with_fee();
    sim.book(
        10,
        &[("0.48", "7")],
        &[("0.50", "10"), ("0.51", "20"), ("0.53", "30")],
    );
    // 10 * 0.07 * 0.25 = 0.175; 20 * 0.07 * 0.2499 = 0.34986.
    assert_eq!(
        sim.try_place(20, with(buy(1, "0.52", "100"), TimeInForce::Fak)),
        [
            "20 filled 1 Buy Yes 10 @ 0.5 fee 0.175 Taker",
            "20 filled 1 Buy Yes 20 @ 0.51 fee 0.34986 Taker",
            "20 cancelled 1 Unfilled",
        ]
    );
    // 1000 - 5 - 0.175 - 10.2 - 0.34986
    assert_eq!(sim.exchange.cash(), cash("984.27514"));
    assert_eq!(sim.exchange.cash_reserved(), Cash::ZERO);
    assert_eq!(sim.exchange.holding(YES).pending_in, shares("30"));
}

#[test]
fn a_sell_pays_the_fee_out_of_its_proceeds_which_come_when_the_trade_is_final() {
    let mut sim = with_fee();
    sim.own(10, 1, YES, "40");
    // 1000 - 20 - 40 * 0.07 * 0.25
    assert_eq!(sim.exchange.cash(), cash("979.3"));
    sim.book(2_000, &[("0.60", "25"), ("0.59", "100")], &[]);
    assert_eq!(
        sim.try_place(2_000, with(sell(2, "0.59", "40"), TimeInForce::Fok)),
        [
            "2000 filled 2 Sell Yes 25 @ 0.6 fee 0.42 Taker",
            "2000 filled 2 Sell Yes 15 @ 0.59 fee 0.254 Taker",
        ]
    );
    assert_eq!(sim.exchange.cash(), cash("979.3"));
    // 15 - 0.42 + 8.85 - 0.254 (15 * 0.07 * 0.2419 = 0.253995, rounded half up)
    assert_eq!(sim.exchange.proceeds_pending(), cash("23.176"));
    assert_eq!(sim.answers(3_000), ["3000 Confirmed 2", "3000 Confirmed 3"]);
    assert_eq!(sim.exchange.cash(), cash("1002.476"));
    assert_eq!(sim.exchange.holding(YES), Default::default());
}

#[test]
fn fill_or_kill_is_all_or_nothing() {
    let mut sim = Sim::prompt();
    sim.book(10, &[], &[("0.50", "10"), ("0.51", "20")]);
    assert_eq!(
        sim.try_place(20, with(buy(1, "0.51", "30.01"), TimeInForce::Fok)),
        ["20 refused 1 NotFillable"]
    );
    assert_eq!(
        sim.try_place(21, with(buy(2, "0.50", "20"), TimeInForce::Fok)),
        ["21 refused 2 NotFillable"]
    );
    assert_eq!(
        sim.try_place(22, with(buy(3, "0.51", "30"), TimeInForce::Fok)),
        [
            "22 filled 3 Buy Yes 10 @ 0.5 fee 0 Taker",
            "22 filled 3 Buy Yes 20 @ 0.51 fee 0 Taker",
        ]
    );
}

#[test]
fn the_remainder_of_a_marketable_order_rests_at_its_limit() {
    let mut sim = Sim::prompt();
    sim.book(10, &[], &[("0.50", "10")]);
    assert_eq!(
        sim.try_place(20, buy(1, "0.52", "30")),
        ["20 filled 1 Buy Yes 10 @ 0.5 fee 0 Taker", "20 accepted 1",]
    );
    assert_eq!(sim.exchange.cash(), cash("995"));
    assert_eq!(sim.exchange.cash_reserved(), cash("10.4"));
    let open: Vec<_> = sim.exchange.open_orders().collect();
    assert_eq!((open.len(), open[0].remaining), (1, shares("20")));
    // The level it emptied is still on display, but it holds nothing more for us.
    sim.ask(30, "0.55", "5");
    assert_eq!(sim.answers(30), [""; 0]);
}

#[test]
fn an_empty_side_fills_nobody() {
    let mut sim = Sim::prompt();
    sim.book(10, &[("0.97", "500")], &[]);
    assert_eq!(
        sim.try_place(20, with(buy(1, "0.99", "10"), TimeInForce::Fak)),
        ["20 cancelled 1 Unfilled"]
    );
}

#[test]
fn no_tokens_trade_on_the_mirrored_book() {
    let mut sim = with_fee();
    // A YES bid at 0.30 is a NO ask at 0.70.
    sim.book(10, &[("0.30", "10"), ("0.29", "10")], &[("0.35", "8")]);
    let no = order(1, NO, Side::Buy, "0.70", "15");
    // 10 * 0.07 * 0.7 * 0.3
    assert_eq!(
        sim.try_place(20, with(no, TimeInForce::Fak)),
        [
            "20 filled 1 Buy No 10 @ 0.7 fee 0.147 Taker",
            "20 cancelled 1 Unfilled",
        ]
    );
    sim.answers(1_020);
    // A YES ask at 0.35 is a NO bid at 0.65.
    let out = order(2, NO, Side::Sell, "0.60", "10");
    assert_eq!(
        sim.try_place(1_030, with(out, TimeInForce::Fak)),
        [
            "1030 filled 2 Sell No 8 @ 0.65 fee 0.1274 Taker",
            "1030 cancelled 2 Unfilled",
        ]
    );
}

#[test]
fn the_same_recorded_shares_are_never_taken_twice() {
    let mut sim = Sim::prompt();
    let fak = |index, size| with(buy(index, "0.50", size), TimeInForce::Fak);
    sim.book(10, &[], &[("0.50", "100")]);
    assert_eq!(
        sim.try_place(20, fak(1, "60")),
        ["20 filled 1 Buy Yes 60 @ 0.5 fee 0 Taker"]
    );
    assert_eq!(
        sim.try_place(21, fak(2, "60")),
        [
            "21 filled 2 Buy Yes 40 @ 0.5 fee 0 Taker",
            "21 cancelled 2 Unfilled",
        ]
    );
    // The same level again, alone or in a snapshot, is nothing new.
    sim.ask(30, "0.50", "100");
    sim.book(31, &[("0.40", "1")], &[("0.50", "100")]);
    assert_eq!(sim.try_place(32, fak(3, "5")), ["32 cancelled 3 Unfilled"]);
    // It shrinks: the shares that went are the ones we had. It grows: only the growth is new.
    sim.ask(40, "0.50", "70");
    assert_eq!(sim.try_place(41, fak(4, "5")), ["41 cancelled 4 Unfilled"]);
    sim.ask(50, "0.50", "82");
    assert_eq!(
        sim.try_place(51, fak(5, "20")),
        [
            "51 filled 5 Buy Yes 12 @ 0.5 fee 0 Taker",
            "51 cancelled 5 Unfilled",
        ]
    );
    // Gone and back: all new.
    sim.ask(60, "0.50", "0");
    sim.ask(61, "0.50", "9");
    assert_eq!(
        sim.try_place(62, fak(6, "9")),
        ["62 filled 6 Buy Yes 9 @ 0.5 fee 0 Taker"]
    );
}

#[test]
fn less_than_we_left_is_all_there_is() {
    let mut sim = Sim::prompt();
    sim.book(10, &[], &[("0.50", "100")]);
    sim.try_place(20, with(buy(1, "0.50", "60"), TimeInForce::Fak));
    // 40 were left for us; the recorded level falls to 30.
    sim.book(30, &[], &[("0.50", "30")]);
    assert_eq!(
        sim.try_place(31, with(buy(2, "0.50", "60"), TimeInForce::Fak)),
        [
            "31 filled 2 Buy Yes 30 @ 0.5 fee 0 Taker",
            "31 cancelled 2 Unfilled",
        ]
    );
}

#[test]
fn shares_change_hands_in_lots() {
    let mut sim = Sim::prompt();
    sim.book(10, &[], &[("0.50", "7.129999")]);
    assert_eq!(
        sim.try_place(20, with(buy(1, "0.50", "10"), TimeInForce::Fak)),
        [
            "20 filled 1 Buy Yes 7.12 @ 0.5 fee 0 Taker",
            "20 cancelled 1 Unfilled",
        ]
    );
}

#[test]
fn a_seller_never_pays_more_fee_than_it_receives() {
    let mut terms = market();
    terms.shares_min = Shares::ZERO;
    terms.fee.rate_ppm = 900_000;
    let mut sim = Sim::new(prompt(), terms);
    sim.own(10, 1, YES, "5");
    sim.book(2_000, &[("0.01", "100")], &[]);
    // 0.0008 * 0.01 = 0.000008; the fee of 0.0000071 is rounded to 0.00001.
    assert_eq!(
        sim.try_place(2_000, sell(2, "0.01", "0.0008")),
        ["2000 filled 2 Sell Yes 0.0008 @ 0.01 fee 0.000008 Taker"]
    );
    assert_eq!(sim.exchange.proceeds_pending(), Cash::ZERO);
}

#[test]
fn money_suffices_to_the_last_micro_dollar_or_nothing_happens() {
    let mut terms = market();
    terms.tick = TickSize::parse("0.0001").unwrap();
    terms.shares_min = Shares::ZERO;
    terms.marketable_buy_min = Cash::ZERO;
    terms.fee.rate_ppm = 2_001;
    // At the limit 0.01 and a fee of 0.00001; but two fills of 0.004999 and 0.005 pay 0.00001 each.
    for (held, answer) in [
        ("0.010018", "20 refused 1 InsufficientBalance"),
        (
            "0.010019",
            "20 filled 1 Buy Yes 0.01 @ 0.4999 fee 0.00001 Taker",
        ),
    ] {
        let mut sim = Sim::new(prompt(), terms.clone());
        let spare = cash("1000") - cash(held);
        sim.exchange.withdraw(ms(1), spare).unwrap();
        sim.answers(1);
        sim.book(10, &[], &[("0.4999", "0.01"), ("0.50", "0.01")]);
        assert_eq!(sim.try_place(20, buy(1, "0.50", "0.02"))[0], answer);
    }
}
