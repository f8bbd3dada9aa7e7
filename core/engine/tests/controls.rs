//! Every control, one story each: with the control as it is meant for real money the order is refused by name; with that
//! one control open, and everything else the same, the order goes out.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::time::Duration;

use quorate_collective::SchemeSpec;
use quorate_domain::{
    AccountInput, Alarm, CancelReason, Cash, Command, Coverage, Crossing, FOREIGN_INDEX_MIN, Fill,
    FillId, FillStatus, GroupId, HealthInput, Heartbeat, Input, Liquidity, Market, MarketEvent,
    MarketId, MarketInput, NoTradeReason, OrderId, Outcome, Payout, PlaceOrder, Refusal,
    RefusalReason, Resolution, Shares, Side, TimeInForce, Timestamp, Token,
};
use quorate_engine::limits::{DataLimits, ProcessLimits, RateLimits};
use quorate_engine::reference::{ReferenceAge, reference_obstacle};
use quorate_engine::{EngineConfig, Gate, Intent, MarketView, RiskLimits, Strategy, Style, View};
use support::{Maker, Taker, World, config, market, price, snapshot};

/// Copies one control from the limits meant for real money.
type Close = fn(&mut RiskLimits, &RiskLimits);

struct Case {
    name: &'static str,
    close: Close,
    rests: bool,
    /// What is the same with and without the control.
    prepare: fn(&mut EngineConfig),
    /// Ends with the entry whose decision is judged; commands before it are cleared.
    story: fn(&mut World),
    reason: &'static str,
}

const PLAIN: Case = Case {
    name: "",
    close: |_, _| {},
    rests: false,
    prepare: |_| {},
    story: worth_buying,
    reason: "",
};

/// Every control open.
fn open() -> EngineConfig {
    let mut config = config();
    let limits = &mut config.limits;
    limits.rates = RateLimits::OPEN;
    limits.data = DataLimits {
        divergence: Gate::Open,
        ..DataLimits::OPEN
    };
    limits.process = ProcessLimits {
        reconciliation: Gate::Open,
        heartbeat: Gate::Open,
        post_only_window: Gate::Open,
        venue_mode: Gate::Open,
        ..ProcessLimits::REPLAY
    };
    config
}

fn world(case: &Case, close: Close) -> World {
    let mut config = open();
    (case.prepare)(&mut config);
    close(&mut config.limits, &RiskLimits::live());
    let strategy: Box<dyn Strategy> = if case.rests {
        Box::new(Maker)
    } else {
        Box::new(Taker { edge_min: 0.02 })
    };
    let mut world = World::new(config, strategy, (1..=80).map(market).collect());
    (case.story)(&mut world);
    world
}

/// Market 1 is offered at 0.50 and worth 0.60.
fn worth_buying(world: &mut World) {
    world.says(1, 1, 0.60);
    world.commands.clear();
    world.book(1, &[("0.40", 10_000)], &[("0.50", 10_000)]);
}

fn token(market: u32, outcome: Outcome) -> Token {
    Token {
        market: MarketId(market),
        outcome,
    }
}

fn order(index: u32, token: Token, limit: &str, shares: u64) -> PlaceOrder {
    PlaceOrder {
        id: OrderId {
            seq: 1,
            index: FOREIGN_INDEX_MIN + index,
        },
        token,
        side: Side::Buy,
        limit: price(limit),
        shares: Shares::whole(shares),
        time_in_force: TimeInForce::Gtc,
        crossing: Crossing::Allowed,
    }
}

fn adopt(world: &mut World, order: PlaceOrder) {
    let filled = Shares::ZERO;
    world.tell(Input::Account(AccountInput::Adopted { order, filled }));
}

fn execution(id: u64, token: Token, at: &str, shares: u64) -> Input {
    Input::Account(AccountInput::Filled(Fill {
        id: FillId(id),
        order: order(0, token, at, shares).id,
        token,
        side: Side::Buy,
        price: price(at),
        shares: Shares::whole(shares),
        fee: Cash::ZERO,
        liquidity: Liquidity::Taker,
    }))
}

fn settled(id: u64, status: FillStatus) -> Input {
    let fill = FillId(id);
    Input::Account(AccountInput::Settled { fill, status })
}

fn hold(world: &mut World, id: u64, token: Token, at: &str, shares: u64) {
    world.tell(execution(id, token, at, shares));
    world.tell(settled(id, FillStatus::Confirmed));
}

fn ended(order: OrderId, reason: CancelReason) -> Input {
    Input::Account(AccountInput::Cancelled { order, reason })
}

fn health(news: HealthInput) -> Input {
    Input::Health(news)
}

/// An order that found nothing, and a book that has not changed but for its buyers.
fn asks_again(world: &mut World) {
    world.says(1, 1, 0.60);
    world.soon(snapshot(1, &[("0.40", 10_000)], &[("0.50", 10_000)]));
    let sent = world.placed().remove(0);
    world.soon(ended(sent.id, CancelReason::Unfilled));
    world.commands.clear();
    world.soon(snapshot(1, &[("0.41", 10_000)], &[("0.50", 10_000)]));
}

fn executes_three_times(world: &mut World) {
    world.says(1, 1, 0.60);
    for bid in ["0.40", "0.41", "0.42"] {
        world.book(1, &[(bid, 100)], &[("0.50", 100)]);
        let sent = world.placed().remove(0);
        world.fill(&sent, sent.limit, sent.shares);
    }
    world.commands.clear();
    world.book(1, &[("0.43", 100)], &[("0.50", 100)]);
}

fn eight_losers(world: &mut World) {
    for id in 2..=9 {
        hold(world, u64::from(id), token(id, Outcome::Yes), "0.50", 10);
        world.tell(Input::Resolved(Resolution {
            market: MarketId(id),
            payout: Payout::NO,
        }));
    }
    worth_buying(world);
}

/// As many orders in as many markets within a second, and one more.
fn one_after<const MANY: u32>(world: &mut World) {
    for id in 1..=MANY {
        world.says(1, id, 0.52);
    }
    world.says(1, 80, 0.60);
    world.tell(Input::Wake);
    for id in 1..=MANY {
        world.soon(snapshot(id, &[("0.40", 20)], &[("0.45", 20)]));
        let sent = world.placed();
        assert_eq!(sent.len(), 1, "{}", world.verdict(id));
    }
    world.soon(snapshot(80, &[("0.40", 20)], &[("0.45", 20)]));
    // The table looks at market 1.
    let mut last = world.decisions.last().unwrap().clone();
    last.market = MarketId(1);
    world.decisions.push(last);
}

fn eleven_in_one_market(world: &mut World) {
    world.says(1, 1, 0.60);
    for cent in 30..=40 {
        world.commands.clear();
        let bid = format!("0.{cent}");
        world.soon(snapshot(1, &[(&bid, 10_000)], &[("0.50", 10_000)]));
        if cent < 40 {
            let sent = world.placed().remove(0);
            world.soon(ended(sent.id, CancelReason::Unfilled));
        }
    }
}

fn withdraws_without_end(world: &mut World) {
    world.book(1, &[("0.40", 1_000)], &[("0.60", 1_000)]);
    for round in 0..21 {
        world.commands.clear();
        world.says(1, 1, if round % 2 == 0 { 0.50 } else { 0.55 });
        let sent = world.placed().remove(0);
        world.tell(Input::Account(AccountInput::Accepted(sent.id)));
        world.says(1, 1, 0.02);
        assert!(world.commands.contains(&Command::Cancel(sent.id)));
        world.tell(ended(sent.id, CancelReason::Requested));
    }
    world.commands.clear();
    world.says(1, 1, 0.55);
}

/// One worker was always right and the other always wrong.
fn learned(world: &mut World) {
    for id in 2..=60 {
        let listed = Market {
            closes_at: Some(Timestamp::from_secs(1_010_000)),
            ..market(id)
        };
        world.tell(Input::Listed(quorate_domain::Listing::Market(Box::new(
            listed,
        ))));
        world.says(1, id, 0.99).says(2, id, 0.01);
        world.tell(Input::Resolved(Resolution {
            market: MarketId(id),
            payout: Payout::YES,
        }));
    }
    world.says(2, 1, 0.59);
    worth_buying(world);
}

fn told_then_worth_buying(world: &mut World, inputs: &[HealthInput]) {
    world.says(1, 1, 0.60);
    for news in inputs {
        world.tell(health(*news));
    }
    world.commands.clear();
    world.book(1, &[("0.40", 10_000)], &[("0.50", 10_000)]);
}

fn cases() -> Vec<Case> {
    let mut all = order_cases();
    all.extend(rate_cases());
    all.extend(data_cases());
    all.extend(process_cases());
    all
}

fn order_cases() -> Vec<Case> {
    vec![
        Case {
            name: "duplicate intent",
            close: |l, live| l.duplicate_window = live.duplicate_window,
            story: asks_again,
            reason: "Limit(DuplicateIntent)",
            ..PLAIN
        },
        Case {
            name: "self-trade by minting",
            close: |l, live| l.self_trade = live.self_trade,
            rests: true,
            story: |world| {
                adopt(world, order(0, token(1, Outcome::No), "0.45", 10));
                world.book(1, &[("0.40", 1_000)], &[("0.70", 1_000)]);
                world.commands.clear();
                world.says(1, 1, 0.60);
            },
            reason: "Limit(SelfTrade)",
            ..PLAIN
        },
        Case {
            name: "repeated executions",
            close: |l, live| l.repeated_fills = live.repeated_fills,
            story: executes_three_times,
            reason: "RepeatedFills",
            ..PLAIN
        },
        Case {
            name: "share of the day's volume",
            close: |l, live| l.volume_share_ppm = live.volume_share_ppm,
            story: |world| {
                world.tell(Input::Market(MarketInput {
                    market: MarketId(1),
                    event: MarketEvent::DayVolume(Shares::ZERO),
                }));
                worth_buying(world);
            },
            reason: "Limit(VolumeShare)",
            ..PLAIN
        },
        Case {
            name: "loss of a topic",
            close: |l, live| l.topic_loss_ppm = live.topic_loss_ppm,
            story: |world| {
                hold(world, 1, token(2, Outcome::Yes), "0.50", 5_000);
                worth_buying(world);
            },
            reason: "Limit(TopicLoss)",
            ..PLAIN
        },
        Case {
            name: "worse of the provisional views",
            close: |l, live| l.provisional_views = live.provisional_views,
            prepare: |config| config.limits.market_loss_ppm = 20_000,
            story: |world| {
                hold(world, 1, token(1, Outcome::Yes), "0.60", 1_000);
                // A hedge that may yet turn out never to have happened.
                world.tell(execution(2, token(1, Outcome::No), "0.35", 1_000));
                worth_buying(world);
            },
            reason: "Limit(MarketLoss)",
            ..PLAIN
        },
        Case {
            name: "open orders of a market",
            close: |l, live| l.market_open_orders_max = live.market_open_orders_max,
            rests: true,
            story: |world| {
                for index in 0..4 {
                    adopt(world, order(index, token(1, Outcome::Yes), "0.10", 10));
                }
                worth_buying(world);
            },
            reason: "Limit(MarketOpenOrders)",
            ..PLAIN
        },
        Case {
            name: "streak of losses",
            close: |l, live| l.loss_streak = live.loss_streak,
            story: eight_losers,
            reason: "Halted(LossStreak)",
            ..PLAIN
        },
    ]
}

fn rate_cases() -> Vec<Case> {
    vec![
        Case {
            name: "orders per second",
            close: |l, live| l.rates.orders_per_second_max = live.rates.orders_per_second_max,
            story: one_after::<5>,
            reason: "RateLimited(OrdersPerSecond)",
            ..PLAIN
        },
        Case {
            name: "orders per minute",
            close: |l, live| l.rates.orders_per_minute_max = live.rates.orders_per_minute_max,
            story: one_after::<60>,
            reason: "RateLimited(OrdersPerMinute)",
            ..PLAIN
        },
        Case {
            name: "orders per minute of a market",
            close: |l, live| {
                l.rates.market_orders_per_minute_max = live.rates.market_orders_per_minute_max;
            },
            story: eleven_in_one_market,
            reason: "RateLimited(MarketOrdersPerMinute)",
            ..PLAIN
        },
        Case {
            name: "withdrawals per execution",
            close: |l, live| l.rates.cancels_per_fill_max = live.rates.cancels_per_fill_max,
            rests: true,
            story: withdraws_without_end,
            reason: "RateLimited(CancelsPerFill)",
            ..PLAIN
        },
    ]
}

fn data_cases() -> Vec<Case> {
    vec![
        Case {
            name: "clock skew",
            close: |l, live| l.data.clock_skew_max = live.data.clock_skew_max,
            story: |w| told_then_worth_buying(w, &[HealthInput::ClockSkew { micros: -1_500_000 }]),
            reason: "ClockSkew { skew_ms: 1500 }",
            ..PLAIN
        },
        Case {
            name: "feed divergence",
            close: |l, live| l.data.divergence = live.data.divergence,
            story: |w| told_then_worth_buying(w, &[HealthInput::Diverged(MarketId(1))]),
            reason: "FeedDiverged",
            ..PLAIN
        },
        Case {
            name: "dispersion of the models",
            close: |l, live| l.data.dispersion_max_milli = live.data.dispersion_max_milli,
            story: |world| {
                world.says(2, 1, 0.95).says(3, 1, 0.10);
                worth_buying(world);
            },
            reason: "Dispersed",
            ..PLAIN
        },
        Case {
            name: "collapse of the weights",
            close: |l, live| l.data.weight_max_ppm = live.data.weight_max_ppm,
            prepare: |config| config.topic.scheme = SchemeSpec::Boa0,
            story: learned,
            reason: "SingleModel",
            ..PLAIN
        },
        Case {
            name: "gap between collective and market",
            close: |l, live| {
                l.data.model_market_gap_max_micros = live.data.model_market_gap_max_micros;
            },
            story: |world| {
                world.says(1, 1, 0.80);
                world.book(1, &[("0.40", 10_000)], &[("0.50", 10_000)]);
            },
            reason: "SourcesDisagree",
            ..PLAIN
        },
    ]
}

fn process_cases() -> Vec<Case> {
    vec![
        Case {
            name: "reconciliation after a start",
            close: |l, live| l.process.reconciliation = live.process.reconciliation,
            story: |world| {
                world.tell(Input::Started);
                worth_buying(world);
            },
            reason: "Halted(NotReconciled)",
            ..PLAIN
        },
        Case {
            name: "heartbeat",
            close: |l, live| l.process.heartbeat = live.process.heartbeat,
            story: |w| told_then_worth_buying(w, &[HealthInput::Heartbeat(Heartbeat::Unhealthy)]),
            reason: "HeartbeatLost",
            ..PLAIN
        },
        Case {
            name: "post-only window",
            close: |l, live| l.process.post_only_window = live.process.post_only_window,
            story: |w| {
                let until = Timestamp::from_secs(w.at + 120);
                told_then_worth_buying(w, &[HealthInput::PostOnlyUntil(until)]);
            },
            reason: "PostOnlyWindow",
            ..PLAIN
        },
        Case {
            name: "venue that only cancels",
            close: |l, live| l.process.venue_mode = live.process.venue_mode,
            story: |w| told_then_worth_buying(w, &[HealthInput::CancelOnly]),
            reason: "CancelOnly",
            ..PLAIN
        },
        Case {
            name: "venue that does nothing",
            close: |l, live| l.process.venue_mode = live.process.venue_mode,
            story: |w| told_then_worth_buying(w, &[HealthInput::TradingDisabled]),
            reason: "Halted(VenueDisabled)",
            ..PLAIN
        },
        Case {
            name: "executions that do not become final",
            close: |l, live| l.process.unsettled_age_max = live.process.unsettled_age_max,
            story: |world| {
                world.tell(execution(1, token(2, Outcome::Yes), "0.50", 10));
                world.at += 601;
                worth_buying(world);
            },
            reason: "UnsettledTooLong",
            ..PLAIN
        },
        Case {
            name: "executions that fail",
            close: |l, live| l.process.failed_share_max_ppm = live.process.failed_share_max_ppm,
            story: |world| {
                for id in 1..=3 {
                    world.tell(execution(id, token(2, Outcome::Yes), "0.50", 10));
                    world.tell(settled(id, FillStatus::Failed));
                }
                worth_buying(world);
            },
            reason: "FailedFills { share_ppm: 60000 }",
            ..PLAIN
        },
        Case {
            name: "pause after a refusal for want of money",
            close: |l, live| l.process.refusal_pause = live.process.refusal_pause,
            story: |world| {
                worth_buying(world);
                let sent = world.placed().remove(0);
                world.tell(Input::Account(AccountInput::Refused(Refusal {
                    order: sent.id,
                    reason: RefusalReason::InsufficientBalance,
                    message: String::new(),
                })));
                world.commands.clear();
                world.book(1, &[("0.41", 10_000)], &[("0.50", 10_000)]);
            },
            reason: "RefusalCooldown",
            ..PLAIN
        },
        Case {
            name: "answers to orders that were never sent",
            close: |l, live| l.process.unsent_orders = live.process.unsent_orders,
            story: |world| {
                let stranger = OrderId { seq: 2, index: 0 };
                world.tell(Input::Account(AccountInput::Accepted(stranger)));
                worth_buying(world);
            },
            reason: "Halted(OrdersMiscounted)",
            ..PLAIN
        },
    ]
}

#[test]
fn every_control_refuses_by_name_and_only_that_control_does() {
    for case in cases() {
        let name = case.name;
        let mut closed = world(&case, case.close);
        let verdict = closed.verdict(1);
        assert!(closed.placed().is_empty(), "{name}: {verdict}");
        assert!(verdict.contains(case.reason), "{name}: {verdict}");
        let mut open = world(&case, |_, _| {});
        let verdict = open.verdict(1);
        assert!(!open.placed().is_empty(), "{name}, when open: {verdict}");
        assert!(
            !verdict.contains(case.reason),
            "{name}, when open: {verdict}"
        );
    }
}

/// Wants YES of everything that is offered.
struct Collector;

impl Strategy for Collector {
    fn name(&self) -> &'static str {
        "test_collector"
    }
    fn edge_min(&self, _: &MarketView<'_>) -> f64 {
        -1.0
    }
    fn intents(&self, view: &View<'_>) -> Vec<Intent> {
        (0..view.markets.len())
            .map(|market| Intent {
                market,
                outcome: Outcome::Yes,
                side: Side::Buy,
                limit: price("0.60"),
                style: Style::Take,
            })
            .collect()
    }
}

#[test]
fn an_order_that_only_others_make_worth_while_waits_for_them() {
    // One of two outcomes happens, and both together cost less than a dollar. The first alone costs more than it is worth.
    let run = |slack| {
        let mut config = open();
        config.coalesce = Duration::from_secs(5);
        config.limits.reservation_slack_micros = slack;
        let grouped = |id| Market {
            group: Some(GroupId(1)),
            ..market(id)
        };
        let mut world = World::new(config, Box::new(Collector), vec![grouped(1), grouped(2)]);
        world.group(1, Coverage::Exhaustive);
        world.says(1, 1, 0.46).says(1, 2, 0.54);
        world.book(1, &[("0.40", 900)], &[("0.48", 900)]);
        world.book(2, &[("0.40", 900)], &[("0.48", 900)]);
        world.at += 10;
        world.tell(Input::Wake);
        let markets: Vec<u32> = world.placed().iter().map(|o| o.token.market.0).collect();
        (markets, world.verdict(1))
    };
    let (placed, verdict) = run(RiskLimits::live().reservation_slack_micros);
    assert_eq!(
        (placed, verdict.as_str()),
        (vec![2], "NoTrade(Limit(Reservation))")
    );
    assert_eq!(run(None).0, [1, 2]);
}

#[test]
fn a_part_of_the_days_volume_cuts_an_order_and_is_named() {
    let mut config = open();
    config.limits.volume_share_ppm = Some(50_000);
    let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), vec![market(1)]);
    let event = MarketEvent::DayVolume(Shares::whole(10_000));
    let market = MarketId(1);
    world.tell(Input::Market(MarketInput { market, event }));
    worth_buying(&mut world);
    assert_eq!(world.placed()[0].shares, Shares::whole(500));
    assert!(
        world.verdict(1).contains("VolumeShare"),
        "{}",
        world.verdict(1)
    );
}

#[test]
fn an_order_above_the_pace_waits_once_for_its_turn_and_is_then_dropped() {
    let case = Case {
        story: one_after::<5>,
        ..PLAIN
    };
    let close: Close = |l, _| l.rates.orders_per_second_max = Some(5);
    let mut world = world(&case, close);
    let wake = world.commands.iter().find_map(|command| match command {
        Command::WakeAt(at) => Some(*at),
        _ => None,
    });
    let free = wake.expect("its turn comes without any news");
    assert_eq!(
        free,
        Timestamp::from_nanos(world.entries[world.entries.len() - 6].at.nanos() + 1_000_000_000)
    );
    world.commands.clear();
    world.at = free.secs();
    world.tell(Input::Wake);
    assert_eq!(world.placed().len(), 1, "{}", world.verdict(80));
}

#[test]
fn alarms_are_raised_once_and_only_when_asked_for() {
    let stuck = |world: &mut World| {
        world.tell(execution(7, token(2, Outcome::Yes), "0.50", 10));
        for _ in 0..3 {
            world.at += 40;
            world.tell(Input::Wake);
        }
    };
    let skewed = |world: &mut World| {
        world.tell(health(HealthInput::ClockSkew { micros: 300_000 }));
        world.tell(health(HealthInput::ClockSkew { micros: 310_000 }));
    };
    type Story<'a> = &'a dyn Fn(&mut World);
    let cases: [(Close, Story<'_>, Alarm); 2] = [
        (
            |l, live| l.process.unsettled_alarm_after = live.process.unsettled_alarm_after,
            &stuck,
            Alarm::Unsettled(FillId(7)),
        ),
        (
            |l, live| l.data.clock_skew_alarm = live.data.clock_skew_alarm,
            &skewed,
            Alarm::ClockSkew,
        ),
    ];
    let quiet = Case {
        story: |_| {},
        ..PLAIN
    };
    for (close, story, alarm) in cases {
        let mut closed = world(&quiet, close);
        story(&mut closed);
        assert_eq!(closed.alarms, [alarm]);
        let mut open = world(&quiet, |_, _| {});
        story(&mut open);
        assert_eq!(open.alarms, []);
    }
}

#[test]
fn weights_that_collapse_raise_an_alarm_before_they_stop_the_trade() {
    let case = Case {
        prepare: |config| config.topic.scheme = SchemeSpec::Boa0,
        story: learned,
        ..PLAIN
    };
    let close: Close = |l, live| l.data.weight_alarm_ppm = live.data.weight_alarm_ppm;
    let collapsed = Alarm::WeightCollapse(MarketId(1));
    assert!(world(&case, close).alarms.contains(&collapsed));
    assert!(!world(&case, |_, _| {}).alarms.contains(&collapsed));
}

#[test]
fn a_reference_price_that_is_old_or_missing_is_an_obstacle_where_one_is_needed() {
    let most = RiskLimits::live().data.reference_age_max;
    assert_eq!(most, Some(Duration::from_secs(3)));
    let old = ReferenceAge::Known(Duration::from_millis(3_001));
    let stale = |age_ms| Some(NoTradeReason::StaleReference { age_ms });
    assert_eq!(reference_obstacle(old, most), stale(3_001));
    assert_eq!(
        reference_obstacle(ReferenceAge::Never, most),
        Some(NoTradeReason::NoReference)
    );
    let fresh = ReferenceAge::Known(Duration::from_secs(3));
    assert_eq!(reference_obstacle(fresh, most), None);
    assert_eq!(reference_obstacle(ReferenceAge::NotNeeded, most), None);
    assert_eq!(reference_obstacle(old, None), None);
}

#[test]
fn a_topic_with_rounds_forgets_a_value_after_two_of_them() {
    let run = |epoch_length| {
        let mut config = open();
        config.topic.epoch_length = epoch_length;
        let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), vec![market(1)]);
        world.says(1, 1, 0.60);
        world.at += 700;
        world.book(1, &[("0.40", 10_000)], &[("0.50", 10_000)]);
        world.verdict(1)
    };
    assert_eq!(
        run(Some(Duration::from_secs(300))),
        "NoTrade(StaleInference)"
    );
    assert!(run(None).starts_with("Trade"));
}
