//! Orders that cross their own withdrawal, reports that come twice, groups that are half decided, halts on top of halts.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::time::Duration;

use quorate_domain::{
    AccountInput, CancelReason, Cash, Chore, Command, Coverage, EpochId, Fill, FillId, FillStatus,
    GroupId, HaltReason, Inference, Input, LabelId, LinkSense, Liquidity, Market, MarketId,
    OperatorInput, Payout, PlaceOrder, Refusal, RefusalReason, Resolution, Scope, Shares,
    Timestamp, TopicId, TopicLink, WorkerId,
};
use quorate_engine::EngineConfig;
use support::{Maker, Taker, World, config, market, price, short};

fn taker(markets: Vec<Market>) -> World {
    World::new(config(), Box::new(Taker { edge_min: 0.02 }), markets)
}

fn grouped(count: u32) -> Vec<Market> {
    (1..=count)
        .map(|id| Market {
            group: Some(GroupId(1)),
            ..market(id)
        })
        .collect()
}

/// Makes the market worth buying; gives the order that follows.
fn ordered(world: &mut World) -> PlaceOrder {
    world
        .book(1, &[("0.49", 100_000)], &[("0.50", 100_000)])
        .says(1, 1, 0.60);
    world.placed().remove(0)
}

fn taker_with_order() -> (World, PlaceOrder) {
    let mut world = taker(vec![market(1)]);
    let order = ordered(&mut world);
    (world, order)
}

/// A world that holds 4,000 YES bought at 0.50, a fifth of its wealth.
fn invested(config: EngineConfig) -> World {
    let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), vec![market(1)]);
    let order = ordered(&mut world);
    world.fill(&order, price("0.50"), order.shares);
    world
}

fn fair(world: &World, market: u32) -> f64 {
    let last = world
        .decisions
        .iter()
        .rev()
        .find(|d| d.market == MarketId(market))
        .unwrap();
    last.numbers.fair.unwrap()
}

#[test]
fn members_without_a_book_do_not_push_a_favourite_down() {
    let mut world = taker(grouped(6));
    world.group(1, Coverage::WithOther);
    for id in 2..=6 {
        world.says(1, id, 0.02);
    }
    world
        .book(1, &[("0.59", 1000)], &[("0.61", 1000)])
        .says(1, 1, 0.60);
    assert!((fair(&world, 1) - 0.60).abs() < 1e-9, "{}", fair(&world, 1));
    assert!(world.placed().is_empty());
}

#[test]
fn members_that_nobody_speaks_of_leave_an_exhaustive_group_unscaled() {
    let mut world = taker(grouped(4));
    world.group(1, Coverage::Exhaustive);
    world
        .book(1, &[("0.29", 1000)], &[("0.31", 1000)])
        .says(1, 1, 0.30);
    assert!((fair(&world, 1) - 0.30).abs() < 1e-9, "{}", fair(&world, 1));
}

#[test]
fn what_a_decided_member_has_paid_is_not_shared_again() {
    let mut world = taker(grouped(3));
    world.group(1, Coverage::Exhaustive);
    for id in 1..=3 {
        world
            .book(id, &[("0.01", 1000)], &[("0.02", 1000)])
            .says(1, id, 0.33);
    }
    world.commands.clear();
    world.tell(Input::Resolved(Resolution {
        market: MarketId(1),
        payout: Payout::YES,
    }));
    world.says(1, 2, 0.01).says(1, 3, 0.01);
    world.book(2, &[("0.01", 1000)], &[("0.03", 1000)]);
    assert!(fair(&world, 2) < 1e-3, "{}", fair(&world, 2));
    assert!(
        world
            .placed()
            .iter()
            .all(|o| short(o).starts_with("buy no")),
        "one winner is enough"
    );
}

#[test]
fn an_operators_halt_outlasts_a_daily_one() {
    let mut config = config();
    config.limits.daily_loss_ppm = 10_000;
    let mut world = invested(config);
    world.book(1, &[("0.44", 1000)], &[("0.45", 1000)]);
    assert_eq!(world.engine.halted(), Some(HaltReason::DailyLoss));
    world.tell(Input::Operator(OperatorInput::Halt(Scope::All)));
    assert_eq!(world.engine.halted(), Some(HaltReason::Operator));
    world.at += 2 * 86_400;
    world.book(1, &[("0.30", 1000)], &[("0.31", 1000)]);
    assert_eq!(world.engine.halted(), Some(HaltReason::Operator));
}

#[test]
fn a_loss_overnight_counts_against_the_new_day() {
    let mut config = config();
    config.limits.daily_loss_ppm = 10_000;
    let mut world = invested(config);
    world.at += 86_400;
    world.book(1, &[("0.36", 1000)], &[("0.37", 1000)]);
    assert_eq!(world.engine.halted(), Some(HaltReason::DailyLoss));
}

#[test]
fn money_moved_in_or_out_is_no_gain_and_no_loss() {
    let mut config = config();
    config.limits.drawdown_ppm = 100_000;
    let mut world = invested(config);
    // Down four percent, then seven tenths leave the account: still down four percent.
    world.book(1, &[("0.39", 1000)], &[("0.41", 1000)]);
    world.tell(Input::Account(AccountInput::Withdrawn(Cash::whole(7_000))));
    assert_eq!(world.engine.halted(), None);
}

#[test]
fn resuming_without_a_halt_forgets_no_loss() {
    let mut config = config();
    config.limits.drawdown_ppm = 100_000;
    let mut world = invested(config);
    for (bid, ask) in [("0.40", "0.41"), ("0.32", "0.33"), ("0.24", "0.25")] {
        world.book(1, &[(bid, 1000)], &[(ask, 1000)]);
        if world.engine.halted().is_none() {
            world.tell(Input::Operator(OperatorInput::Resume(Scope::All)));
        }
    }
    assert_eq!(world.engine.halted(), Some(HaltReason::Drawdown));
}

#[test]
fn a_withdrawal_that_overtook_its_order_is_asked_for_again() {
    let mut world = World::new(config(), Box::new(Maker), vec![market(1)]);
    world
        .book(1, &[("0.40", 1000)], &[("0.60", 1000)])
        .says(1, 1, 0.55);
    let order = world.placed().remove(0);
    world.tell(Input::Operator(OperatorInput::Halt(Scope::All)));
    world.commands.clear();
    world.tell(Input::Account(AccountInput::Accepted(order.id)));
    assert_eq!(world.commands, [Command::Cancel(order.id)]);
}

#[test]
fn an_execution_reported_twice_is_one_for_the_order_too() {
    let (mut world, order) = taker_with_order();
    let part = |id, shares| {
        Input::Account(AccountInput::Filled(Fill {
            id: FillId(id),
            order: order.id,
            token: order.token,
            side: order.side,
            price: order.limit,
            shares: Shares::whole(shares),
            fee: Cash::ZERO,
            liquidity: Liquidity::Taker,
        }))
    };
    world
        .tell(part(1, 2_400))
        .tell(part(1, 2_400))
        .tell(part(1, 2_400))
        .tell(part(2, 1_600));
    assert_eq!(world.engine.halted(), None);
    assert_eq!(
        world.engine.ledger().position(order.token).expected(),
        order.shares
    );
    assert!(world.engine.orders().is_empty());
}

#[test]
fn a_refused_duplicate_leaves_the_order_of_that_name_alone() {
    let mut world = World::new(config(), Box::new(Maker), vec![market(1)]);
    world
        .book(1, &[("0.40", 1000)], &[("0.60", 1000)])
        .says(1, 1, 0.55);
    let order = world.placed().remove(0);
    world.tell(Input::Account(AccountInput::Accepted(order.id)));
    world.tell(Input::Account(AccountInput::Refused(Refusal {
        order: order.id,
        reason: RefusalReason::Duplicate,
        message: String::new(),
    })));
    assert_eq!(world.engine.orders().len(), 1);
}

#[test]
fn a_resting_order_is_withdrawn_when_its_book_falls_silent() {
    let mut config = config();
    config.topic.book_age_max = Duration::from_secs(60);
    let mut world = World::new(config, Box::new(Maker), vec![market(1)]);
    world
        .book(1, &[("0.40", 1000)], &[("0.60", 1000)])
        .says(1, 1, 0.55);
    let woken = world
        .commands
        .iter()
        .any(|c| matches!(c, Command::WakeAt(_)));
    assert!(woken, "nobody would look at the order again");
    let order = world.placed().remove(0);
    world.tell(Input::Account(AccountInput::Accepted(order.id)));
    world.at += 100;
    world.tell(Input::Wake);
    assert_eq!(world.commands.last(), Some(&Command::Cancel(order.id)));
}

#[test]
fn a_resting_order_is_withdrawn_before_trading_ends_and_when_its_words_grow_old() {
    for what in ["end", "words"] {
        let mut config = config();
        let mut listed = market(1);
        if what == "end" {
            config.close_blackout = Duration::from_secs(30);
            listed.closes_at = Some(Timestamp::from_secs(1_000_100));
        } else {
            config.topic.inference_age_max = Duration::from_secs(40);
        }
        let mut world = World::new(config, Box::new(Maker), vec![listed]);
        world
            .book(1, &[("0.40", 1000)], &[("0.60", 1000)])
            .says(1, 1, 0.55);
        let order = world.placed().remove(0);
        world.tell(Input::Account(AccountInput::Accepted(order.id)));
        world.at += 80;
        world.tell(Input::Wake);
        assert_eq!(
            world.commands.last(),
            Some(&Command::Cancel(order.id)),
            "{what}"
        );
    }
}

#[test]
fn a_stamp_from_the_future_is_worth_no_more_than_now() {
    let mut config = config();
    config.topic.inference_age_max = Duration::from_secs(5);
    let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), vec![market(1)]);
    world.tell(Input::Inference(Inference {
        topic: TopicId(1),
        epoch: EpochId(1),
        label: LabelId(0),
        worker: WorkerId(1),
        value: 0.6,
        published_at: Timestamp::from_secs(9_000_000),
    }));
    world.at += 10;
    world.book(1, &[("0.49", 1000)], &[("0.50", 1000)]);
    assert_eq!(world.verdict(1), "NoTrade(StaleInference)");
}

#[test]
fn a_payout_that_failed_is_asked_for_again() {
    let (mut world, order) = taker_with_order();
    world.fill(&order, price("0.50"), Shares::whole(100));
    world.commands.clear();
    world.tell(Input::Resolved(Resolution {
        market: MarketId(1),
        payout: Payout::YES,
    }));
    assert!(world.commands.contains(&Command::Redeem(MarketId(1))));
    world.tell(Input::Account(AccountInput::Reverted {
        market: MarketId(1),
        chore: Chore::Redeem,
    }));
    world.commands.clear();
    world.fill(&order, price("0.50"), Shares::whole(10));
    assert_eq!(world.commands, [Command::Redeem(MarketId(1))]);
}

#[test]
fn an_execution_that_is_final_before_it_is_known_is_final() {
    let (mut world, order) = taker_with_order();
    world.tell(Input::Account(AccountInput::Settled {
        fill: FillId(1),
        status: FillStatus::Confirmed,
    }));
    world.tell(Input::Account(AccountInput::Filled(Fill {
        id: FillId(1),
        order: order.id,
        token: order.token,
        side: order.side,
        price: order.limit,
        shares: Shares::whole(50),
        fee: Cash::ZERO,
        liquidity: Liquidity::Taker,
    })));
    assert_eq!(
        world.engine.ledger().position(order.token).sellable(),
        Shares::whole(50)
    );
}

#[test]
fn two_topics_learn_each_at_their_own_time() {
    let link = |topic, epoch| TopicLink {
        topic: TopicId(topic),
        epoch: EpochId(epoch),
        label: LabelId(0),
        sense: LinkSense::Direct,
    };
    let close = Some(Timestamp::from_secs(2_000_000));
    let market_of = |id, topic, epoch| Market {
        link: Some(link(topic, epoch)),
        closes_at: close,
        ..market(id)
    };
    let mut config = config();
    config.topic.scheme = quorate_collective::SchemeSpec::Boa0;
    config.topic.batch_window = Duration::from_secs(100);
    config.topic.inference_age_max = Duration::from_secs(2_000_000);
    let first = quorate_engine::TopicConfig {
        batch_window: Duration::from_secs(10),
        ..config.topic.clone()
    };
    config.topics.insert(TopicId(1), first);
    let markets = vec![market_of(1, 1, 1), market_of(2, 2, 1), market_of(3, 2, 2)];
    let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), markets);
    let say = |world: &mut World, topic, epoch, worker, value| {
        world.tell(Input::Inference(Inference {
            topic: TopicId(topic),
            epoch: EpochId(epoch),
            label: LabelId(0),
            worker: WorkerId(worker),
            value,
            published_at: Timestamp::from_secs(1_000_000),
        }));
    };
    for (topic, epoch) in [(1, 1), (2, 1), (2, 2)] {
        say(&mut world, topic, epoch, 1, 0.9);
        say(&mut world, topic, epoch, 2, 0.1);
    }
    for id in [1, 2] {
        world.tell(Input::Resolved(Resolution {
            market: MarketId(id),
            payout: Payout::YES,
        }));
    }
    let said = |world: &World| {
        world
            .engine
            .forecast(MarketId(3), Timestamp::from_secs(world.at))
            .unwrap()
            .collective
            .unwrap()
    };
    world.at += 20;
    world.tell(Input::Wake);
    assert!(
        (said(&world) - 0.5).abs() < 1e-9,
        "the second topic learns later"
    );
    world.at += 100;
    world.tell(Input::Wake);
    assert!(0.5 + 1e-3 < said(&world), "{}", said(&world));
}

#[test]
fn whoever_cancels_gets_an_answer_and_the_market_goes_on() {
    let mut world = World::new(config(), Box::new(Maker), vec![market(1)]);
    world
        .book(1, &[("0.40", 1000)], &[("0.60", 1000)])
        .says(1, 1, 0.55);
    let order = world.placed().remove(0);
    world
        .tell(Input::Account(AccountInput::Accepted(order.id)))
        .says(1, 1, 0.50);
    world.tell(Input::Account(AccountInput::Cancelled {
        order: order.id,
        reason: CancelReason::Requested,
    }));
    assert_eq!(world.placed().len(), 1);
}

#[test]
fn every_market_of_a_scope_gets_a_verdict_with_every_decision() {
    let mut world = taker(grouped(5));
    world.group(1, Coverage::WithOther);
    for step in 0..40_u32 {
        let id = 1 + step % 5;
        world.decisions.clear();
        match step % 3 {
            0 => world.book(id, &[("0.18", 500)], &[("0.20", 500)]),
            1 => world.book(id, &[("0.17", 500)], &[]),
            _ => world.says(step % 2, id, 0.1 + f64::from(step % 9) * 0.05),
        };
        let judged: std::collections::BTreeSet<u32> =
            world.decisions.iter().map(|d| d.market.0).collect();
        assert!(judged.is_empty() || judged.len() == 5, "{judged:?}");
        assert!(
            step == 0 || !judged.is_empty() || step % 3 == 1,
            "step {step}"
        );
        for order in world.placed() {
            world.fill(&order, order.limit, order.shares);
        }
    }
}
