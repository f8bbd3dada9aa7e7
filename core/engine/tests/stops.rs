//! Halts of parts, kills of everything, starts and reconciliations, and orders of the account that are not ours.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use quorate_domain::{
    AccountInput, Alarm, CancelReason, Cash, Command, Coverage, Crossing, FOREIGN_INDEX_MIN, Fill,
    FillId, FillStatus, GroupId, HaltReason, HealthInput, Input, KillMode, Liquidity, Market,
    MarketId, OperatorInput, OrderId, Outcome, Payout, PlaceOrder, Refusal, RefusalReason,
    Resolution, Scope, Shares, Side, TimeInForce, Timestamp, Token, TopicId,
};
use quorate_engine::ledger::Account;
use quorate_engine::orders::OrderState;
use quorate_engine::risk::would_meet;
use support::{Maker, Taker, World, config, market, price, short};

fn operator(order: OperatorInput) -> Input {
    Input::Operator(order)
}

fn kill(mode: KillMode) -> Input {
    operator(OperatorInput::Kill { mode })
}

fn token(market: u32, outcome: Outcome) -> Token {
    Token {
        market: MarketId(market),
        outcome,
    }
}

/// A bid rests in market 1, which belongs to a group.
fn resting() -> (World, PlaceOrder) {
    let grouped = |id| Market {
        group: Some(GroupId(1)),
        ..market(id)
    };
    let mut world = World::new(config(), Box::new(Maker), vec![grouped(1), market(2)]);
    world.group(1, Coverage::WithOther);
    world
        .book(1, &[("0.40", 1_000)], &[("0.60", 1_000)])
        .says(1, 1, 0.55);
    let order = world.placed().remove(0);
    world.tell(Input::Account(AccountInput::Accepted(order.id)));
    (world, order)
}

/// 100 YES of market 1 at 0.50 are held and final; the book is at 0.49 and 0.60.
fn invested() -> World {
    let mut world = World::new(
        config(),
        Box::new(Taker { edge_min: 0.02 }),
        vec![market(1)],
    );
    world
        .book(1, &[("0.49", 100)], &[("0.50", 100)])
        .says(1, 1, 0.60);
    let order = world.placed().remove(0);
    assert_eq!(short(&order), "buy yes 100 @ 0.5");
    world.fill(&order, price("0.50"), order.shares);
    world.book(
        1,
        &[("0.49", 60), ("0.48", 60), ("0.20", 900)],
        &[("0.60", 100)],
    );
    world.commands.clear();
    world
}

#[test]
fn a_halt_of_a_part_withdraws_its_orders_and_stops_it_alone() {
    let parts = [
        Scope::Market(MarketId(1)),
        Scope::Group(GroupId(1)),
        Scope::Topic(TopicId(1)),
    ];
    for part in parts {
        let (mut world, order) = resting();
        world.tell(operator(OperatorInput::Halt(part)));
        assert_eq!(world.commands, [Command::Cancel(order.id)], "{part:?}");
        world.tell(Input::Account(AccountInput::Cancelled {
            order: order.id,
            reason: CancelReason::Requested,
        }));
        world.book(1, &[("0.41", 1_000)], &[("0.60", 1_000)]);
        assert_eq!(world.verdict(1), format!("NoTrade(Stopped({part:?}))"));
        assert_eq!(world.engine.halted(), None, "{part:?}");
        world
            .book(2, &[("0.40", 1_000)], &[("0.60", 1_000)])
            .says(1, 2, 0.55);
        let elsewhere = usize::from(part != Scope::Topic(TopicId(1)));
        assert_eq!(world.placed().len(), elsewhere, "{part:?}");
        world.tell(operator(OperatorInput::Resume(part)));
        assert!(
            world.placed().iter().any(|o| o.token == order.token),
            "{part:?}"
        );
    }
}

#[test]
fn resuming_one_part_leaves_another_stopped() {
    let (mut world, _) = resting();
    let (market, group) = (Scope::Market(MarketId(1)), Scope::Group(GroupId(1)));
    world.tell(operator(OperatorInput::Halt(market)));
    world.tell(operator(OperatorInput::Halt(group)));
    world.tell(operator(OperatorInput::Resume(market)));
    world.book(1, &[("0.41", 1_000)], &[("0.60", 1_000)]);
    assert_eq!(world.verdict(1), format!("NoTrade(Stopped({group:?}))"));
}

#[test]
fn a_kill_withdraws_everything_and_only_resuming_everything_ends_it() {
    let (mut world, order) = resting();
    world.tell(kill(KillMode::Cancel));
    let killed = HaltReason::Killed(KillMode::Cancel);
    assert_eq!(
        world.commands,
        [Command::CancelAll, Command::Halted(killed)]
    );
    let state = world.engine.orders().get(order.id).unwrap().state;
    assert_eq!(state, OrderState::CancelRequested);
    world.tell(operator(OperatorInput::Resume(Scope::Market(MarketId(1)))));
    world.tell(operator(OperatorInput::Halt(Scope::All)));
    world.at += 3 * 86_400;
    world.book(1, &[("0.41", 1_000)], &[("0.60", 1_000)]);
    assert_eq!(world.engine.halted(), Some(killed));
    world.tell(operator(OperatorInput::Resume(Scope::All)));
    assert_eq!(world.engine.halted(), None);
}

#[test]
fn a_kill_that_reduces_sells_what_the_strategy_would_sell_and_buys_nothing() {
    let mut world = invested();
    world.tell(kill(KillMode::ReduceOnly));
    assert!(world.placed().is_empty(), "{}", world.verdict(1));
    world.book(1, &[("0.40", 1_000)], &[("0.41", 1_000)]);
    assert_eq!(world.verdict(1), "NoTrade(ReduceOnly)");
    world.says(1, 1, 0.20);
    let placed: Vec<String> = world.placed().iter().map(short).collect();
    assert_eq!(placed, ["sell yes 100 @ 0.4"]);
}

#[test]
fn a_kill_that_flattens_sells_at_the_bids_within_the_collar_and_then_stops() {
    let mut config = config();
    config.limits.collar_micros = 100_000;
    let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), vec![market(1)]);
    world
        .book(1, &[("0.49", 100)], &[("0.50", 100)])
        .says(1, 1, 0.60);
    let bought = world.placed().remove(0);
    world.fill(&bought, price("0.50"), bought.shares);
    world.book(
        1,
        &[("0.49", 60), ("0.48", 20), ("0.20", 900)],
        &[("0.60", 100)],
    );
    world.commands.clear();
    world.tell(kill(KillMode::Flatten));
    let sold = world.placed().remove(0);
    assert_eq!(short(&sold), "sell yes 80 @ 0.48");
    world.book(1, &[("0.49", 60)], &[("0.60", 100)]);
    assert!(world.placed().is_empty(), "the first sale is on its way");
    world.fill(&sold, price("0.48"), sold.shares);
    let rest = world.placed().remove(0);
    assert_eq!(short(&rest), "sell yes 20 @ 0.49");
    world.fill(&rest, price("0.49"), rest.shares);
    world.says(1, 1, 0.90);
    assert!(world.placed().is_empty(), "{}", world.verdict(1));
    assert_eq!(world.verdict(1), "NoTrade(Halted(Killed(Flatten)))");
}

#[test]
fn a_flattening_beyond_the_pace_waits_for_as_many_turns_as_it_takes() {
    let mut config = config();
    config.limits.rates.orders_per_second_max = Some(1);
    let markets = vec![market(1), market(2), market(3), market(4)];
    let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), markets);
    for id in 1..=4 {
        world
            .book(id, &[("0.49", 100)], &[("0.50", 100)])
            .says(1, id, 0.60);
        let bought = world.placed().remove(0);
        world.fill(&bought, price("0.50"), bought.shares);
    }
    world.commands.clear();
    world.tell(kill(KillMode::Flatten));
    let mut sold = BTreeSet::new();
    // Nothing happens but the wakes that were asked for.
    for _ in 0..8 {
        sold.extend(world.placed().iter().map(|order| order.token.market));
        world.tell(Input::Wake);
    }
    assert_eq!(sold.len(), 4, "{sold:?}");
}

#[test]
fn a_flattening_goes_on_when_a_silent_book_speaks_again_at_the_same_prices() {
    let mut config = config();
    config.topic.book_age_max = Duration::from_secs(30);
    let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), vec![market(1)]);
    world
        .book(1, &[("0.49", 100)], &[("0.50", 100)])
        .says(1, 1, 0.60);
    let bought = world.placed().remove(0);
    world.fill(&bought, price("0.50"), bought.shares);
    world.book(1, &[("0.49", 100)], &[("0.50", 100)]);
    world.commands.clear();
    world.at += 60;
    world.tell(kill(KillMode::Flatten));
    assert!(world.placed().is_empty(), "{}", world.verdict(1));
    world.book(1, &[("0.49", 90)], &[("0.50", 100)]);
    let placed: Vec<String> = world.placed().iter().map(short).collect();
    assert_eq!(placed, ["sell yes 90 @ 0.49"]);
}

#[test]
fn a_start_that_is_reconciled_at_once_changes_no_decision() {
    let mut world = World::new(config(), Box::new(Maker), vec![market(1), market(2)]);
    for id in [1, 2] {
        world
            .book(id, &[("0.40", 1_000)], &[("0.60", 1_000)])
            .says(1, id, 0.55);
    }
    let sent = world.placed().remove(0);
    let judged = world.decisions.len();
    // The process may start more than once before anything else happens.
    world.tell(Input::Started).tell(Input::Started);
    world.tell(Input::Account(AccountInput::Reconciled));
    assert_eq!(but_wakes(&world), []);
    assert_eq!(world.decisions.len(), judged, "every decision stands");
    let state = world.engine.orders().get(sent.id).unwrap().state;
    assert_eq!(state, OrderState::Submitting, "its answer is on its way");
    assert_eq!(world.engine.halted(), None);
}

#[test]
fn other_settings_leave_no_decision_standing() {
    let mut world = World::new(config(), Box::new(Maker), vec![market(1)]);
    world
        .book(1, &[("0.40", 1_000)], &[("0.60", 1_000)])
        .says(1, 1, 0.55);
    let sent = world.placed().remove(0);
    world.tell(Input::Account(AccountInput::Accepted(sent.id)));
    let mut careful = config();
    careful.gain_min = Cash::whole(1_000_000);
    world.engine.reconfigure(careful, Box::new(Maker)).unwrap();
    world.tell(Input::Started);
    world.tell(Input::Account(AccountInput::Reconciled));
    assert!(
        world.commands.contains(&Command::Cancel(sent.id)),
        "{}",
        world.verdict(1)
    );
}

#[test]
fn the_venues_ban_on_takers_outlasts_a_start() {
    let mut world = World::new(
        config(),
        Box::new(Taker { edge_min: 0.02 }),
        vec![market(1)],
    );
    let until = Timestamp::from_secs(world.at + 120);
    world.tell(Input::Health(HealthInput::PostOnlyUntil(until)));
    world.tell(Input::Started);
    world.tell(Input::Account(AccountInput::Reconciled));
    world
        .book(1, &[("0.49", 100)], &[("0.50", 100)])
        .says(1, 1, 0.60);
    assert_eq!(world.verdict(1), "NoTrade(PostOnlyWindow)");
}

#[test]
fn a_flattening_never_sells_shares_that_may_yet_turn_out_not_to_be_there() {
    let mut world = invested();
    let fill = Fill {
        id: FillId(90),
        order: OrderId { seq: 1, index: 0 },
        token: token(1, Outcome::No),
        side: Side::Buy,
        price: price("0.50"),
        shares: Shares::whole(10),
        fee: Cash::ZERO,
        liquidity: Liquidity::Taker,
    };
    world.tell(Input::Account(AccountInput::Filled(fill)));
    world.commands.clear();
    world.tell(kill(KillMode::Flatten));
    let sold: Vec<String> = world.placed().iter().map(short).collect();
    assert_eq!(sold, ["sell yes 100 @ 0.48"]);
}

#[test]
fn a_later_kill_changes_the_mode_of_an_earlier_one() {
    let mut world = invested();
    world
        .tell(kill(KillMode::Flatten))
        .tell(kill(KillMode::Cancel));
    let killed = HaltReason::Killed(KillMode::Cancel);
    assert_eq!(world.engine.halted(), Some(killed));
    world.commands.clear();
    world.book(1, &[("0.48", 900)], &[("0.60", 100)]);
    assert!(world.placed().is_empty());
}

#[test]
fn watchdog_and_mismatch_stop_everything_until_a_person_resumes() {
    let cases = [
        (Input::Health(HealthInput::Watchdog), HaltReason::Watchdog),
        (Input::Account(AccountInput::Mismatch), HaltReason::Mismatch),
    ];
    for (input, reason) in cases {
        let (mut world, _) = resting();
        world.tell(input);
        assert_eq!(
            world.commands,
            [Command::CancelAll, Command::Halted(reason)]
        );
        world.tell(Input::Account(AccountInput::Reconciled));
        assert_eq!(world.engine.halted(), Some(reason));
        world.tell(operator(OperatorInput::Resume(Scope::All)));
        assert_eq!(world.engine.halted(), None);
    }
}

#[test]
fn trade_goes_on_by_itself_when_the_venue_or_the_reconciliation_is_back() {
    let cases = [
        (
            Input::Started,
            Input::Account(AccountInput::Reconciled),
            HaltReason::NotReconciled,
        ),
        (
            Input::Health(HealthInput::TradingDisabled),
            Input::Health(HealthInput::TradingEnabled),
            HaltReason::VenueDisabled,
        ),
    ];
    for (stop, go, reason) in cases {
        let mut world = World::new(
            config(),
            Box::new(Taker { edge_min: 0.02 }),
            vec![market(1)],
        );
        world.says(1, 1, 0.60).tell(stop);
        world.book(1, &[("0.49", 100)], &[("0.50", 100)]);
        assert!(world.placed().is_empty());
        assert_eq!(world.engine.halted(), Some(reason));
        world.tell(go);
        assert_eq!(world.placed().len(), 1, "{}", world.verdict(1));
    }
}

fn but_wakes(world: &World) -> Vec<Command> {
    let commands = world.commands.iter();
    commands
        .filter(|command| !matches!(command, Command::WakeAt(_)))
        .cloned()
        .collect()
}

#[test]
fn what_was_asked_for_before_a_start_is_asked_for_again_after_the_reconciliation() {
    let mut world = invested();
    world.tell(Input::Resolved(Resolution {
        market: MarketId(1),
        payout: Payout::YES,
    }));
    assert!(world.commands.contains(&Command::Redeem(MarketId(1))));
    world.commands.clear();
    world.tell(Input::Started);
    assert_eq!(but_wakes(&world), []);
    world.tell(Input::Account(AccountInput::Reconciled));
    assert_eq!(but_wakes(&world), [Command::Redeem(MarketId(1))]);
    let (mut world, order) = resting();
    world.tell(operator(OperatorInput::Halt(Scope::Market(MarketId(1)))));
    world.commands.clear();
    world.tell(Input::Started);
    world.tell(Input::Account(AccountInput::Reconciled));
    assert_eq!(but_wakes(&world), [Command::Cancel(order.id)]);
}

#[test]
fn a_start_asks_again_for_every_wake_that_was_asked_for_before() {
    let mut config = config();
    config.topic.book_age_max = Duration::from_secs(60);
    config.limits.process.unsettled_alarm_after = Some(Duration::from_secs(45));
    let mut world = World::new(config, Box::new(Maker), vec![market(1)]);
    world
        .book(1, &[("0.40", 1_000)], &[("0.60", 1_000)])
        .says(1, 1, 0.55);
    let sent = world.engine.orders().iter().next().unwrap().placed.clone();
    let fill = Fill {
        id: FillId(1),
        order: sent.id,
        token: sent.token,
        side: sent.side,
        price: sent.limit,
        shares: Shares::whole(10),
        fee: Cash::ZERO,
        liquidity: Liquidity::Maker,
    };
    world.tell(Input::Account(AccountInput::Filled(fill)));
    let wakes = |world: &mut World| -> BTreeSet<Timestamp> {
        let wake = |command| match command {
            Command::WakeAt(at) => Some(at),
            _ => None,
        };
        world.commands.drain(..).filter_map(wake).collect()
    };
    let asked = wakes(&mut world);
    assert_eq!(asked.len(), 2, "one for the book, one for the execution");
    world.tell(Input::Started);
    assert_eq!(wakes(&mut world), asked);
}

#[test]
fn an_order_of_unknown_fate_blocks_its_market_until_its_fate_is_known() {
    type Fate = fn(OrderId) -> AccountInput;
    let fates: [Fate; 2] = [
        |order| {
            AccountInput::Refused(Refusal {
                order,
                reason: RefusalReason::NeverArrived,
                message: String::new(),
            })
        },
        |order| AccountInput::Cancelled {
            order,
            reason: CancelReason::Unfilled,
        },
    ];
    for fate in fates {
        let mut world = World::new(
            config(),
            Box::new(Taker { edge_min: 0.02 }),
            vec![market(1)],
        );
        world
            .book(1, &[("0.49", 100)], &[("0.50", 100)])
            .says(1, 1, 0.60);
        let sent = world.placed().remove(0);
        world.tell(Input::Account(AccountInput::Unknown(sent.id)));
        for bid in ["0.47", "0.48"] {
            world.book(1, &[(bid, 100)], &[("0.50", 100)]);
        }
        assert!(world.placed().is_empty(), "it may be live");
        assert_eq!(world.verdict(1), "NoTrade(OrderInFlight)");
        assert_eq!(world.engine.orders().reserved(), Cash::whole(50));
        world.tell(Input::Account(fate(sent.id)));
        world.book(1, &[("0.49", 100)], &[("0.50", 100)]);
        assert_eq!(world.placed().len(), 1, "{}", world.verdict(1));
    }
}

#[test]
fn a_start_makes_unanswered_orders_unknown_and_an_answer_makes_them_live() {
    let mut world = World::new(config(), Box::new(Maker), vec![market(1)]);
    world
        .book(1, &[("0.40", 1_000)], &[("0.60", 1_000)])
        .says(1, 1, 0.55);
    let sent = world.placed().remove(0);
    world.tell(Input::Started);
    let state = |world: &World| world.engine.orders().get(sent.id).unwrap().state;
    assert_eq!(state(&world), OrderState::Unknown);
    world.tell(Input::Account(AccountInput::Accepted(sent.id)));
    assert_eq!(state(&world), OrderState::Live);
}

fn foreign(shares: u64) -> PlaceOrder {
    PlaceOrder {
        id: OrderId {
            seq: 9,
            index: FOREIGN_INDEX_MIN,
        },
        token: token(1, Outcome::Yes),
        side: Side::Buy,
        limit: price("0.40"),
        shares: Shares::whole(shares),
        time_in_force: TimeInForce::Gtc,
        crossing: Crossing::Allowed,
    }
}

#[test]
fn an_order_of_somebody_else_counts_and_is_left_alone_until_everything_is_withdrawn() {
    let mut world = World::new(config(), Box::new(Maker), vec![market(1)]);
    world.tell(Input::Account(AccountInput::Adopted {
        order: foreign(100),
        filled: Shares::whole(25),
    }));
    assert_eq!(world.engine.orders().reserved(), Cash::whole(30));
    world
        .book(1, &[("0.40", 1_000)], &[("0.60", 1_000)])
        .says(1, 1, 0.55);
    assert_eq!(world.placed().len(), 1, "the strategy is unaffected");
    let left_alone = !world.commands.contains(&Command::Cancel(foreign(100).id));
    assert!(left_alone, "{:?}", world.commands);
    world.tell(kill(KillMode::Cancel));
    let state = world.engine.orders().get(foreign(100).id).unwrap().state;
    assert_eq!(state, OrderState::CancelRequested);
}

#[test]
fn an_execution_of_somebody_else_is_booked_once_and_said_aloud() {
    let mut world = World::new(config(), Box::new(Maker), vec![market(1)]);
    let fill = Fill {
        id: FillId(5),
        order: foreign(10).id,
        token: token(1, Outcome::Yes),
        side: Side::Buy,
        price: price("0.40"),
        shares: Shares::whole(10),
        fee: Cash::ZERO,
        liquidity: Liquidity::Maker,
    };
    for _ in 0..3 {
        world.tell(Input::Account(AccountInput::External(fill.clone())));
    }
    world.tell(Input::Account(AccountInput::Settled {
        fill: FillId(5),
        status: FillStatus::Confirmed,
    }));
    assert_eq!(world.commands, [Command::Alarm(Alarm::External(FillId(5)))]);
    let position = world.engine.ledger().position(token(1, Outcome::Yes));
    assert_eq!(position.sellable(), Shares::whole(10));
    assert_eq!(world.engine.halted(), None);
}

#[test]
fn fees_rebates_and_income_are_booked_and_a_negative_one_is_impossible() {
    let mut world = World::new(config(), Box::new(Maker), vec![market(1)]);
    for news in [
        AccountInput::Fee(Cash::whole(3)),
        AccountInput::Rebate(Cash::whole(2)),
        AccountInput::Income(Cash::whole(10)),
    ] {
        world.tell(Input::Account(news));
    }
    let ledger = world.engine.ledger();
    assert_eq!(ledger.cash(), Cash::whole(10_009));
    assert_eq!(ledger.total(Account::Fees), Cash::whole(-3));
    assert_eq!(ledger.total(Account::Rebates), Cash::whole(2));
    assert_eq!(ledger.total(Account::Income), Cash::whole(10));
    assert_eq!(world.engine.halted(), None);
    world.tell(Input::Account(AccountInput::Fee(Cash::whole(-1))));
    assert_eq!(world.engine.halted(), Some(HaltReason::ImpossibleInput));
}

#[test]
fn orders_that_the_venue_would_match_with_each_other_are_recognised() {
    let (yes, no) = (token(1, Outcome::Yes), token(1, Outcome::No));
    let order = |token, side, text| (token, side, price(text));
    let cases = [
        (
            order(yes, Side::Buy, "0.60"),
            order(no, Side::Buy, "0.40"),
            true,
        ),
        (
            order(yes, Side::Buy, "0.60"),
            order(no, Side::Buy, "0.39"),
            false,
        ),
        (
            order(yes, Side::Buy, "0.60"),
            order(yes, Side::Sell, "0.60"),
            true,
        ),
        (
            order(yes, Side::Buy, "0.59"),
            order(yes, Side::Sell, "0.60"),
            false,
        ),
        (
            order(yes, Side::Sell, "0.60"),
            order(no, Side::Sell, "0.40"),
            true,
        ),
        (
            order(yes, Side::Sell, "0.60"),
            order(no, Side::Sell, "0.41"),
            false,
        ),
        (
            order(yes, Side::Buy, "0.60"),
            order(no, Side::Sell, "0.40"),
            false,
        ),
        (
            order(yes, Side::Buy, "0.60"),
            order(token(2, Outcome::No), Side::Buy, "0.60"),
            false,
        ),
    ];
    for (one, other, meets) in cases {
        assert_eq!(would_meet(one, other), meets, "{one:?} {other:?}");
        assert_eq!(would_meet(other, one), meets, "{other:?} {one:?}");
    }
}
