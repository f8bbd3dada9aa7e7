//! What the engine decides, told as small stories.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use quorate_domain::{
    AccountInput, Cash, Command, Coverage, GroupId, HaltReason, Input, MarketEvent, MarketId,
    MarketInput, OperatorInput, Payout, Resolution, Scope, SetId, Shares,
};
use support::{Maker, Taker, World, config, market, price, short};

fn taker(markets: Vec<quorate_domain::Market>) -> World {
    World::new(config(), Box::new(Taker { edge_min: 0.02 }), markets)
}

#[test]
fn full_kelly_buys_the_textbook_fraction_of_the_bankroll() {
    let mut world = taker(vec![market(1)]);
    world
        .book(1, &[("0.49", 100_000)], &[("0.50", 100_000)])
        .says(1, 1, 0.60);
    // (p - c) / (1 - c) = 0.2 of 10,000 dollars at 0.50.
    assert_eq!(
        world.placed().iter().map(short).collect::<Vec<_>>(),
        ["buy yes 4000 @ 0.5"]
    );
}

#[test]
fn the_no_side_is_bought_from_the_mirrored_book() {
    let mut world = taker(vec![market(1)]);
    world
        .book(1, &[("0.50", 100_000)], &[("0.51", 100_000)])
        .says(1, 1, 0.40);
    assert_eq!(
        world.placed().iter().map(short).collect::<Vec<_>>(),
        ["buy no 4000 @ 0.5"]
    );
}

#[test]
fn nothing_is_traded_without_enough_edge_and_the_reason_says_how_much_was_needed() {
    let mut world = taker(vec![market(1)]);
    world
        .book(1, &[("0.49", 1000)], &[("0.50", 1000)])
        .says(1, 1, 0.51);
    assert!(world.placed().is_empty());
    assert_eq!(world.verdict(1), "NoTrade(EdgeTooSmall { needed: 0.02 })");
    let numbers = world.decisions.last().unwrap().numbers;
    assert!((numbers.edge.unwrap() - 0.01).abs() < 1e-9);
    assert_eq!(numbers.workers, 1);
}

#[test]
fn an_own_fill_leaves_nothing_to_buy_at_the_same_prices() {
    let mut world = taker(vec![market(1)]);
    world
        .book(1, &[("0.49", 100_000)], &[("0.50", 100_000)])
        .says(1, 1, 0.60);
    let order = world.placed().remove(0);
    world.fill(&order, price("0.50"), order.shares);
    world.book(1, &[("0.48", 100_000)], &[("0.50", 100_000)]);
    assert!(world.placed().is_empty(), "{}", world.verdict(1));
    assert_eq!(world.verdict(1), "NoTrade(InsideBand)");
}

#[test]
fn a_position_that_has_become_too_large_is_reduced() {
    let mut world = taker(vec![market(1)]);
    world
        .book(1, &[("0.49", 100_000)], &[("0.50", 100_000)])
        .says(1, 1, 0.60);
    let order = world.placed().remove(0);
    world.fill(&order, price("0.50"), order.shares);
    world.says(1, 1, 0.40);
    let orders: Vec<String> = world.placed().iter().map(short).collect();
    assert_eq!(orders, ["sell yes 4000 @ 0.49"]);
}

#[test]
fn an_order_on_its_way_blocks_a_second_one() {
    let mut world = taker(vec![market(1)]);
    world
        .book(1, &[("0.49", 100_000)], &[("0.50", 100_000)])
        .says(1, 1, 0.60);
    assert_eq!(world.placed().len(), 1);
    world.book(1, &[("0.47", 100_000)], &[("0.48", 100_000)]);
    assert!(world.placed().is_empty());
    assert_eq!(world.verdict(1), "NoTrade(OrderInFlight)");
}

#[test]
fn stale_words_do_not_count() {
    let mut config = config();
    config.topic.inference_age_max = std::time::Duration::from_secs(5);
    let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), vec![market(1)]);
    world.says(1, 1, 0.60);
    world.at += 10;
    world.book(1, &[("0.49", 1000)], &[("0.50", 1000)]);
    assert_eq!(world.verdict(1), "NoTrade(StaleInference)");
}

#[test]
fn a_gap_makes_the_book_unusable_until_the_next_snapshot() {
    let mut world = taker(vec![market(1)]);
    world.book(1, &[("0.49", 1000)], &[("0.50", 1000)]);
    world.tell(Input::Market(MarketInput {
        market: MarketId(1),
        event: MarketEvent::Gap,
    }));
    world.says(1, 1, 0.60);
    assert_eq!(world.verdict(1), "NoTrade(NoBook)");
    world.book(1, &[("0.49", 1000)], &[("0.50", 1000)]);
    assert_eq!(world.placed().len(), 1);
}

#[test]
fn an_empty_side_is_never_traded_into() {
    let mut world = taker(vec![market(1)]);
    world.book(1, &[("0.49", 1000)], &[]).says(1, 1, 0.90);
    assert_eq!(world.verdict(1), "NoTrade(OneSidedBook)");
    assert!(world.placed().is_empty());
}

#[test]
fn exclusive_outcomes_are_sized_together_as_the_closed_form_says() {
    let markets = (1..=3)
        .map(|id| quorate_domain::Market {
            group: Some(GroupId(1)),
            ..market(id)
        })
        .collect();
    let mut config = config();
    config.coalesce = std::time::Duration::from_secs(30);
    let mut world = World::new(config, Box::new(Taker { edge_min: -0.5 }), markets);
    world.group(1, Coverage::Exhaustive);
    for (id, bid, ask, p) in [
        (1, "0.01", "0.45", 0.5),
        (2, "0.01", "0.30", 0.3),
        (3, "0.01", "0.28", 0.2),
    ] {
        world
            .book(id, &[(bid, 1)], &[(ask, 1_000_000)])
            .says(1, id, p);
    }
    world.at += 60;
    world.tell(Input::Wake);
    let placed = world.placed();
    let yes: Vec<String> = placed
        .iter()
        .filter(|o| o.token.outcome == quorate_domain::Outcome::Yes)
        .map(short)
        .collect();
    // Smoczynski and Tomkins: 14% of wealth on the first at 0.45, 6% on the second at 0.30, none on the third.
    assert_eq!(yes, ["buy yes 3111.11 @ 0.45", "buy yes 2000 @ 0.3"]);
}

#[test]
fn correlated_markets_get_less_than_the_same_markets_alone() {
    let build = |set: Option<SetId>| {
        let markets = (1..=4)
            .map(|id| quorate_domain::Market {
                set,
                loading: 0.83,
                ..market(id)
            })
            .collect();
        let mut config = config();
        config.coalesce = std::time::Duration::from_secs(30);
        let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), markets);
        for (id, bid, ask, p) in [
            (1, "0.51", "0.52", 0.57),
            (2, "0.52", "0.53", 0.60),
            (3, "0.55", "0.56", 0.63),
            (4, "0.58", "0.59", 0.66),
        ] {
            world
                .book(id, &[(bid, 1_000_000)], &[(ask, 1_000_000)])
                .says(1, id, p);
        }
        world.at += 60;
        world.tell(Input::Wake);
        world
            .placed()
            .iter()
            .map(|o| o.shares.to_f64() * o.limit.to_f64())
            .sum::<f64>()
    };
    let (alone, together) = (build(None), build(Some(SetId(1))));
    // The joint optimum stakes about a quarter of wealth, full Kelly one by one more than half.
    assert!((2_300.0..2_600.0).contains(&together), "{together}");
    assert!(4_500.0 < alone, "{alone}");
}

#[test]
fn a_resolution_is_redeemed_and_the_books_balance() {
    let mut world = taker(vec![market(1)]);
    world
        .book(1, &[("0.49", 100_000)], &[("0.50", 100_000)])
        .says(1, 1, 0.60);
    let order = world.placed().remove(0);
    world.fill(&order, price("0.50"), order.shares);
    world.commands.clear();
    world.tell(Input::Resolved(Resolution {
        market: MarketId(1),
        payout: Payout::HALF,
    }));
    assert_eq!(world.commands, [Command::Redeem(MarketId(1))]);
    world.tell(Input::Account(AccountInput::Redeemed {
        market: MarketId(1),
        yes: order.shares,
        no: Shares::ZERO,
        cash: Cash::whole(2_000),
    }));
    assert_eq!(world.engine.ledger().cash(), Cash::whole(10_000));
    assert_eq!(world.engine.equity(), Cash::whole(10_000));
    assert_eq!(world.engine.halted(), None);
}

#[test]
fn a_fill_of_more_than_was_ordered_halts() {
    let mut world = taker(vec![market(1)]);
    world
        .book(1, &[("0.49", 100_000)], &[("0.50", 100_000)])
        .says(1, 1, 0.60);
    let order = world.placed().remove(0);
    world.fill(&order, price("0.50"), order.shares + Shares::whole(1));
    assert_eq!(world.engine.halted(), Some(HaltReason::ImpossibleInput));
    assert!(world.commands.contains(&Command::CancelAll));
    world.tell(Input::Operator(OperatorInput::Resume(Scope::All)));
    assert_eq!(
        world.engine.halted(),
        Some(HaltReason::ImpossibleInput),
        "a defect is not talked away"
    );
}

#[test]
fn a_halt_cancels_and_sticks_until_resumed() {
    let mut world = taker(vec![market(1)]);
    world.book(1, &[("0.49", 1000)], &[("0.50", 1000)]);
    world.tell(Input::Operator(OperatorInput::Halt(Scope::All)));
    assert_eq!(
        world.commands,
        [Command::CancelAll, Command::Halted(HaltReason::Operator)]
    );
    world.commands.clear();
    world.says(1, 1, 0.60);
    assert_eq!(world.verdict(1), "NoTrade(Halted(Operator))");
    world
        .tell(Input::Operator(OperatorInput::Resume(Scope::All)))
        .says(1, 1, 0.61);
    assert_eq!(world.placed().len(), 1);
}

#[test]
fn a_fall_beyond_the_drawdown_limit_halts() {
    let mut config = config();
    config.limits.drawdown_ppm = 100_000;
    let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), vec![market(1)]);
    world
        .book(1, &[("0.49", 100_000)], &[("0.50", 100_000)])
        .says(1, 1, 0.60);
    let order = world.placed().remove(0);
    world.fill(&order, price("0.50"), order.shares);
    world.book(1, &[("0.24", 1000)], &[("0.25", 1000)]);
    assert_eq!(
        world.engine.halted(),
        Some(HaltReason::Drawdown),
        "{}",
        world.engine.equity()
    );
}

#[test]
fn every_limit_cuts_an_order_and_is_named() {
    use quorate_domain::LimitName;
    type Change = fn(&mut quorate_engine::RiskLimits);
    let cases: [(Change, LimitName, &str); 7] = [
        (
            |l| l.order_notional_max = Cash::whole(100),
            LimitName::OrderNotional,
            "200",
        ),
        (
            |l| l.order_notional_ppm = 10_000,
            LimitName::OrderNotional,
            "200",
        ),
        (|l| l.market_loss_ppm = 20_000, LimitName::MarketLoss, "400"),
        (|l| l.gross_ppm = 50_000, LimitName::Gross, "1000"),
        (
            |l| l.cash_reserve_ppm = 950_000,
            LimitName::CashReserve,
            "1000",
        ),
        (|l| l.order_shares_max = 77, LimitName::OrderShares, "77"),
        (|l| l.depth_share_ppm = 1_000, LimitName::DepthShare, "100"),
    ];
    for (change, name, shares) in cases {
        let mut config = config();
        change(&mut config.limits);
        let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), vec![market(1)]);
        world
            .book(1, &[("0.49", 100_000)], &[("0.50", 100_000)])
            .says(1, 1, 0.60);
        let placed = world.placed();
        assert_eq!(placed.len(), 1, "{name:?}: {}", world.verdict(1));
        assert_eq!(placed[0].shares.to_string(), shares, "{name:?}");
        let cut_inside = matches!(
            name,
            LimitName::DepthShare
                | LimitName::OrderShares
                | LimitName::Gross
                | LimitName::CashReserve
        );
        assert!(
            cut_inside || world.verdict(1).contains(&format!("{name:?}")),
            "{}",
            world.verdict(1)
        );
    }
}

#[test]
fn a_resting_bid_stays_while_right_and_is_replaced_when_wrong() {
    let mut world = World::new(config(), Box::new(Maker), vec![market(1)]);
    world
        .book(1, &[("0.40", 1000)], &[("0.60", 1000)])
        .says(1, 1, 0.55);
    let first = world.placed();
    assert_eq!(first.len(), 1, "{}", world.verdict(1));
    assert_eq!(first[0].limit, price("0.52"));
    world.tell(Input::Account(AccountInput::Accepted(first[0].id)));
    world.book(1, &[("0.41", 1000)], &[("0.60", 1000)]);
    assert!(world.commands.is_empty(), "{:?}", world.commands);
    world.says(1, 1, 0.50);
    assert_eq!(world.commands, [Command::Cancel(first[0].id)]);
    world.commands.clear();
    world.tell(Input::Account(AccountInput::Cancelled {
        order: first[0].id,
        reason: quorate_domain::CancelReason::Requested,
    }));
    let second = world.placed();
    assert_eq!(
        second.iter().map(|o| o.limit).collect::<Vec<_>>(),
        [price("0.47")]
    );
}

#[test]
fn two_engines_fed_the_same_entries_do_the_same() {
    let run = || {
        let mut world = taker(vec![market(1), market(2)]);
        for step in 0..50_u32 {
            let p = 0.3 + f64::from(step % 7) * 0.07;
            world
                .book(1 + step % 2, &[("0.44", 500)], &[("0.46", 700)])
                .says(step % 3, 1 + step % 2, p);
            for order in world.placed() {
                world.fill(&order, order.limit, order.shares);
            }
        }
        format!("{:?} {:?}", world.decisions, world.engine.ledger())
    };
    assert_eq!(run(), run());
}

#[test]
fn orders_of_one_decision_share_the_group_limit() {
    use quorate_engine::risk::{Held, OtherOutcome, worst_loss};
    let markets = (1..=3)
        .map(|id| quorate_domain::Market {
            group: Some(GroupId(1)),
            ..market(id)
        })
        .collect();
    let mut config = config();
    config.coalesce = std::time::Duration::from_secs(30);
    config.limits.group_loss_ppm = 20_000;
    let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), markets);
    world.group(1, Coverage::WithOther);
    // Cheap outcomes that are all worth more: buying each of them adds to one loss, that of "none of them".
    for id in 1..=3 {
        world
            .book(id, &[("0.09", 1_000_000)], &[("0.10", 1_000_000)])
            .says(1, id, 0.20);
    }
    world.at += 60;
    world.tell(Input::Wake);
    let placed = world.placed();
    assert!(1 < placed.len(), "one order alone does not show it");
    let members: Vec<Held> = placed
        .iter()
        .map(|o| Held {
            yes: o.shares,
            no: Shares::ZERO,
            cost: o.shares.at(o.limit, quorate_domain::Rounding::Up),
        })
        .collect();
    let loss = worst_loss(&members, OtherOutcome::Possible);
    assert!(loss <= Cash::whole(200), "{loss} of 200 allowed");
    assert!(
        Cash::whole(199) <= loss,
        "{loss}: the limit is there to be used"
    );
}
