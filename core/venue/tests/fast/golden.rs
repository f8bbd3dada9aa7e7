//! Replays whose fills, fees and settlement are worked out by hand.

use quorate_domain::{BookSide, Crossing, FeeSchedule, Outcome, RefusalReason, Side, TimeInForce};
use quorate_venue::fast::{Answer, Chore, Event, Kind, Regime, VariantConfig};

use crate::world::*;

fn resolved(at: u64, payout: u64) -> Event {
    Event::plain(Kind::Resolved, 0, ms(at), ms(at), payout)
}

#[test]
fn a_taker_pays_level_by_level_with_its_fee_and_a_half_payout() {
    let mut run = alone(world(1, crypto()), prompt());
    feed(&mut run, &quotes(1, &[(48, 50)], &[(50, 10), (52, 20)]));
    run.submit(0, ms(2), &buy(52, 25));
    run.advance(ms(2));
    // 10 x 0.07 x 0.25 = 0.175; 15 x 0.07 x 0.2496 = 0.26208.
    let expected = [
        (1, 5_000, 10 * SHARE, 175_000),
        (1, 5_200, 15 * SHARE, 262_080),
    ];
    assert_eq!(fills(run.witness()), expected);
    let account = run.outcomes().next().unwrap().account;
    assert_eq!(
        account.cash,
        1_000_000_000 - 5_000_000 - 7_800_000 - 437_080
    );
    feed(&mut run, &[resolved(3, 500_000)]);
    let account = run.outcomes().next().unwrap().account;
    assert_eq!(account.flows.paid_out, 12_500_000);
    assert_eq!(
        account.cash,
        1_000_000_000 - 12_800_000 - 437_080 + 12_500_000
    );
}

#[test]
fn the_same_displayed_shares_are_taken_once() {
    let mut run = alone(world(1, Regime::FREE), prompt());
    feed(&mut run, &quotes(1, &[], &[(50, 10), (60, 100)]));
    for at in [2, 3] {
        let order = quorate_venue::fast::NewOrder {
            life: TimeInForce::Fak,
            ..buy(50, 8)
        };
        run.submit(0, ms(at), &order);
        run.advance(ms(at));
    }
    // 8, then the 2 that are left; when the level grows by 3, those 3.
    feed(&mut run, &[level(4, BookSide::Ask, 50, 13)]);
    run.submit(0, ms(5), &buy(50, 8));
    run.advance(ms(5));
    let sizes: Vec<u64> = fills(run.witness())
        .iter()
        .map(|fill| fill.2 / SHARE)
        .collect();
    assert_eq!(sizes, [8, 2, 3]);
}

#[test]
fn a_buy_of_no_rests_among_the_asks_of_yes_and_fills_to_the_last_share() {
    let mut run = alone(world(1, crypto()), prompt());
    feed(&mut run, &quotes(1, &[(48, 50)], &[(52, 30)]));
    // NO at 0.48 is an ask of YES at 0.52, behind 30.
    run.submit(0, ms(2), &order(Outcome::No, Side::Buy, 48, 10));
    run.advance(ms(2));
    feed(
        &mut run,
        &[
            trade(3, Side::Buy, 52, 25),
            level(4, BookSide::Ask, 52, 5),
            trade(5, Side::Buy, 52, 9),
            level(6, BookSide::Ask, 52, 0),
            trade(7, Side::Buy, 53, 6),
        ],
    );
    // 30 ahead: 25 leave 5; of 9, 4 reach us; the trade through the price gives the other 6 and closes the order.
    let expected = [(1, 4_800, 4 * SHARE, 0), (1, 4_800, 6 * SHARE, 0)];
    assert_eq!(fills(run.witness()), expected);
    let outcome = run.outcomes().next().unwrap();
    assert_eq!(outcome.account.positions[0].no.confirmed, 10_000_000);
    assert_eq!(outcome.account.reserved, 0);
    // A fifth of what a taker would have paid: 0.07 x 0.2496 x (4 and 6), rounded to 0.06989 and 0.10483, a fifth of each.
    assert_eq!(outcome.stats.rebate_estimate, 13_978 + 20_966);
    feed(&mut run, &[resolved(8, 0)]);
    let account = run.outcomes().next().unwrap().account;
    assert_eq!(account.cash, 1_000_000_000 - 4_800_000 + 10_000_000);
}

#[test]
fn no_tokens_sell_into_asks_of_yes() {
    let mut run = alone(world(1, Regime::FREE), prompt());
    feed(&mut run, &quotes(1, &[(40, 50)], &[(45, 50)]));
    run.request(
        0,
        ms(2),
        Chore::Split {
            market: 0,
            shares: 20 * SHARE,
        },
    );
    run.advance(ms(2));
    // Selling NO at 0.55 buys YES at 0.45.
    run.submit(0, ms(3), &order(Outcome::No, Side::Sell, 55, 20));
    run.advance(ms(3));
    assert_eq!(fills(run.witness()), [(1, 5_500, 20 * SHARE, 0)]);
    let account = run.outcomes().next().unwrap().account;
    assert_eq!(account.cash, 1_000_000_000 - 20_000_000 + 11_000_000);
    assert_eq!(
        (
            account.positions[0].yes.confirmed,
            account.positions[0].no.confirmed
        ),
        (20_000_000, 0)
    );
}

#[test]
fn a_set_of_no_tokens_converts_into_the_other_outcomes_and_collateral() {
    let mut run = alone(world(3, Regime::FREE), prompt());
    for market in [0, 1] {
        run.request(
            0,
            ms(1),
            Chore::Split {
                market,
                shares: 10 * SHARE,
            },
        );
    }
    let set = Chore::Convert {
        group: 0,
        set: 0b011,
        shares: 10 * SHARE,
    };
    run.request(0, ms(2), set);
    run.request(0, ms(3), set);
    run.advance(ms(3));
    let account = run.outcomes().next().unwrap().account;
    assert_eq!(account.cash, 1_000_000_000 - 20_000_000 + 10_000_000);
    let held: Vec<(i64, i64)> = account
        .positions
        .iter()
        .map(|p| (p.yes.confirmed, p.no.confirmed))
        .collect();
    assert_eq!(held, [(10_000_000, 0), (10_000_000, 0), (10_000_000, 0)]);
    assert!(account.is_sound());
    // The second time there is nothing to convert.
    let last = run.witness().last().unwrap().2;
    assert_eq!(
        last,
        Answer::Reverted {
            market: 0,
            shares: 10 * SHARE
        }
    );
}

#[test]
fn fees_and_taker_delay_follow_their_dates() {
    let late = Regime {
        from: ms(1_000),
        taker_delay: ms(150),
        ..crypto()
    };
    let mut setting = world(1, Regime::FREE);
    setting.markets[0].regimes.push(late);
    let mut run = alone(setting, prompt());
    feed(&mut run, &quotes(1, &[], &[(50, 10)]));
    run.submit(0, ms(2), &buy(50, 5));
    run.advance(ms(2));
    assert_eq!(fills(run.witness()), [(1, 5_000, 5 * SHARE, 0)]);
    // From the date on the order is held for 150 ms; meanwhile the ask has moved, and it rests.
    run.submit(0, ms(1_000), &buy(50, 5));
    let slow = run.submit(0, ms(1_000), &buy(50, 5)).unwrap();
    run.advance(ms(1_001));
    run.cancel(0, ms(1_001), slow); // it cannot be cancelled while it is held
    run.advance(ms(1_149));
    assert_eq!(fills(run.witness()).len(), 1);
    run.advance(ms(1_150));
    // 5 x 0.07 x 0.25 = 0.0875; nothing is left for the other.
    assert_eq!(fills(run.witness())[1..], [(2, 5_000, 5 * SHARE, 87_500)]);
    assert!(run.status(0, slow).is_some_and(|order| order.resting));
}

#[test]
fn a_failed_match_never_happened() {
    let config = VariantConfig {
        failure_ppm: 1_000_000,
        settle: ms(500),
        ..prompt()
    };
    let mut run = alone(world(1, crypto()), config);
    feed(&mut run, &quotes(1, &[], &[(50, 10)]));
    run.submit(0, ms(2), &buy(50, 10));
    run.advance(ms(501));
    assert_eq!(
        run.outcomes().next().unwrap().account.cash,
        1_000_000_000 - 5_175_000
    );
    run.advance(ms(502));
    let outcome = run.outcomes().next().unwrap();
    assert_eq!(outcome.stats.failed, 1);
    assert_eq!(outcome.account.cash, 1_000_000_000);
    assert_eq!(outcome.account.positions[0].yes.net(), 0);
    assert!(outcome.account.is_sound());
}

#[test]
fn orders_meet_the_minimums_the_grid_and_the_book() {
    let mut run = alone(world(1, crypto()), prompt());
    feed(&mut run, &quotes(1, &[(10, 50)], &[(15, 50)]));
    let small = buy(10, 4);
    let off = quorate_venue::fast::NewOrder {
        limit: 1_050,
        ..buy(10, 10)
    };
    let cheap = buy(15, 6); // 0.90 dollar
    let crossing = quorate_venue::fast::NewOrder {
        crossing: Crossing::Refused,
        ..buy(15, 10)
    };
    let whole = quorate_venue::fast::NewOrder {
        life: TimeInForce::Fok,
        ..buy(15, 51)
    };
    let dear = buy(90, 2_000);
    for order in [small, off, cheap, crossing, whole, dear] {
        run.submit(0, ms(2), &order);
    }
    run.advance(ms(2));
    let reasons: Vec<RefusalReason> = run
        .witness()
        .iter()
        .filter_map(|(_, _, answer)| match answer {
            Answer::Refused { reason, .. } => Some(*reason),
            _ => None,
        })
        .collect();
    let expected = [
        RefusalReason::BelowMinimumShares,
        RefusalReason::OffTick,
        RefusalReason::BelowMinimumCost,
        RefusalReason::WouldCross,
        RefusalReason::NotFillable,
        RefusalReason::InsufficientBalance,
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn the_rate_of_a_fee_at_one_cent_and_an_odd_price_is_rounded_half_up_at_five_decimals() {
    let fee = FeeSchedule {
        rate_ppm: 40_000,
        exponent: 1,
        rebate_share_ppm: 0,
    };
    let mut run = alone(
        world(
            1,
            Regime {
                fee,
                ..Regime::FREE
            },
        ),
        prompt(),
    );
    feed(&mut run, &quotes(1, &[], &[(37, 7)]));
    run.submit(0, ms(2), &buy(37, 7));
    run.advance(ms(2));
    // 7 x 0.04 x 0.37 x 0.63 = 0.0652680, to 0.06527.
    assert_eq!(fills(run.witness()), [(1, 3_700, 7 * SHARE, 65_270)]);
}
