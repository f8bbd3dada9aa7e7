//! How matches become final, and how pairs and decided markets pay.

mod common;

use common::*;
use quorate_domain::{Cash, Command, Payout, Shares};
use quorate_venue::NotEnoughCash;

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
    sim.exchange.submit(ms(3_500), &Command::Redeem(MARKET)); // comes too early: reverts
    sim.resolve(6_000, payout);
    sim.exchange.submit(ms(6_000), &Command::Redeem(MARKET));
    sim.exchange.submit(ms(6_001), &Command::Redeem(MARKET)); // nothing left: reverts
    assert_eq!(sim.answers(7_999), ["5500 Redeem reverted"]);
    let said = sim.answers(9_000);
    assert_eq!(sim.exchange.holding(YES), Default::default());
    assert_eq!(sim.exchange.holding(NO), Default::default());
    (said, sim.exchange.cash())
}

#[test]
fn a_decided_market_pays_the_winning_side() {
    let (said, held) = redeemed(Payout::YES);
    assert_eq!(
        said,
        ["8000 redeemed yes 20 no 10 cash 20", "8001 Redeem reverted"]
    );
    assert_eq!(held, cash("1005"));
    let (said, held) = redeemed(Payout::NO);
    assert_eq!(
        said,
        ["8000 redeemed yes 20 no 10 cash 10", "8001 Redeem reverted"]
    );
    assert_eq!(held, cash("995"));
}

#[test]
fn an_undecided_market_pays_half_to_both_sides() {
    let (said, held) = redeemed(Payout::HALF);
    assert_eq!(
        said,
        ["8000 redeemed yes 20 no 10 cash 15", "8001 Redeem reverted"]
    );
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
    assert_eq!(
        sim.answers(6_000),
        [
            "6000 Merge reverted",
            "6000 merged 7",
            "6000 Merge reverted"
        ]
    );
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
