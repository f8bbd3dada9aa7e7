//! A restart from a snapshot is no event: what follows is what would have followed.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::time::Duration;

use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
use quorate_collective::SchemeSpec;
use quorate_domain::{
    AccountInput, CancelReason, Cash, Command, Coverage, Entry, Fill, FillId, FillStatus, GroupId,
    HealthInput, Heartbeat, Input, KillMode, Liquidity, Market, MarketEvent, MarketId, MarketInput,
    OperatorInput, Payout, PublicTrade, Resolution, Scope, SetId, Shares, Side, Timestamp, TopicId,
};
use quorate_engine::{
    Effects, Engine, EngineConfig, EngineSnapshot, ProbabilitySource, RiskLimits, SnapshotError,
    Strategy, TopicConfig,
};
use support::{Maker, Taker, World, market, price};

/// A small generator with a seed: the script is the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn strategy(number: u64) -> Box<dyn Strategy> {
    if number.is_multiple_of(2) {
        Box::new(Taker { edge_min: 0.01 })
    } else {
        Box::new(Maker)
    }
}

/// Every control in force; limits wide enough that much is traded.
fn config(number: u64) -> EngineConfig {
    let scheme = match number % 3 {
        0 => SchemeSpec::traded(),
        1 => SchemeSpec::BoaPlus(Default::default()),
        _ => SchemeSpec::AlloraV016(Default::default()),
    };
    let mut limits = RiskLimits::live();
    limits.data.dispersion_max_milli = Some(3_000);
    limits.collar_micros = 200_000;
    limits.daily_loss_ppm = 100_000;
    let topic = TopicConfig {
        scheme,
        batch_window: Duration::from_secs(20),
        inference_age_max: Duration::from_secs(600),
        ..TopicConfig::default()
    };
    let own = TopicConfig {
        scheme: SchemeSpec::Boa0,
        ..topic.clone()
    };
    EngineConfig {
        source: ProbabilitySource::Blend,
        topic,
        topics: [(TopicId(1), own)].into(),
        coalesce: Duration::from_millis(500),
        close_blackout: Duration::from_secs(30),
        limits,
        ..EngineConfig::default()
    }
}

fn markets() -> Vec<Market> {
    (1..=6)
        .map(|id| Market {
            group: (id <= 2).then_some(GroupId(1)),
            set: (id == 3 || id == 4).then_some(SetId(1)),
            loading: 0.4,
            closes_at: Some(Timestamp::from_secs(1_000_000 + 150 * u64::from(id))),
            ..market(id)
        })
        .collect()
}

/// A day's entries: books, trades, words, resolutions, a venue that answers in its own time, faults and a person.
fn day(number: u64) -> Vec<Entry> {
    let mut dice = Dice(number);
    let mut world = World::new(config(number), strategy(number), markets());
    world.group(1, Coverage::WithOther);
    world.tell(Input::Started);
    world.tell(Input::Account(AccountInput::Reconciled));
    let (mut fills, mut unsettled) = (0_u64, Vec::new());
    for step in 0..220_u64 {
        let id = 1 + u32::try_from(dice.roll(6)).unwrap();
        let middle = 30 + dice.roll(40);
        let (bid, ask) = (
            format!("0.{middle}"),
            format!("0.{}", middle + 1 + dice.roll(4)),
        );
        match dice.roll(40) {
            0..12 => drop(world.book(id, &[(&bid, 400)], &[(&ask, 500)])),
            12..26 => {
                let worker = u32::try_from(dice.roll(3)).unwrap();
                world.says(worker, id, (25 + dice.roll(50)) as f64 / 100.0);
            }
            26..29 => {
                let trade = PublicTrade {
                    taker: Side::Buy,
                    price: price(&bid),
                    shares: Shares::whole(dice.roll(900)),
                };
                news(&mut world, id, MarketEvent::Trade(trade));
            }
            29 => news(
                &mut world,
                id,
                MarketEvent::DayVolume(Shares::whole(50_000)),
            ),
            30 => news(&mut world, id, MarketEvent::Gap),
            31 => health(&mut world, HealthInput::ClockSkew { micros: 300_000 }),
            32 => {
                health(&mut world, HealthInput::Heartbeat(Heartbeat::Unhealthy));
                health(&mut world, HealthInput::Heartbeat(Heartbeat::Healthy));
            }
            33 => {
                let until = Timestamp::from_secs(world.at + 10);
                health(&mut world, HealthInput::PostOnlyUntil(until));
            }
            34 => drop(
                world.tell(Input::Operator(OperatorInput::Halt(Scope::Market(
                    MarketId(id),
                )))),
            ),
            35 => drop(world.tell(Input::Operator(OperatorInput::Resume(Scope::All)))),
            36 if step > 120 => {
                let payout = if dice.roll(2) == 0 {
                    Payout::YES
                } else {
                    Payout::NO
                };
                let market = MarketId(id);
                world.tell(Input::Resolved(Resolution { market, payout }));
            }
            37 if step > 180 => {
                let mode = KillMode::Flatten;
                world.tell(Input::Operator(OperatorInput::Kill { mode }));
            }
            _ => drop(world.tell(Input::Wake)),
        }
        for command in std::mem::take(&mut world.commands) {
            answer(&mut world, &mut dice, &mut fills, &mut unsettled, command);
        }
        if dice.roll(2) == 0 && !unsettled.is_empty() {
            let fill = unsettled.remove(0);
            let status = if dice.roll(20) == 0 {
                FillStatus::Failed
            } else {
                FillStatus::Confirmed
            };
            world.tell(Input::Account(AccountInput::Settled { fill, status }));
        }
    }
    world.entries
}

fn news(world: &mut World, id: u32, event: MarketEvent) {
    let market = MarketId(id);
    world.tell(Input::Market(MarketInput { market, event }));
}

fn health(world: &mut World, news: HealthInput) {
    world.tell(Input::Health(news));
}

fn answer(
    world: &mut World,
    dice: &mut Dice,
    fills: &mut u64,
    unsettled: &mut Vec<FillId>,
    command: Command,
) {
    let account = match command {
        Command::Place(order) if dice.roll(10) == 0 => AccountInput::Unknown(order.id),
        Command::Place(order) if order.time_in_force.rests() && dice.roll(2) == 0 => {
            AccountInput::Accepted(order.id)
        }
        Command::Place(order) => {
            *fills += 1;
            unsettled.push(FillId(*fills));
            AccountInput::Filled(Fill {
                id: FillId(*fills),
                order: order.id,
                token: order.token,
                side: order.side,
                price: order.limit,
                shares: order.shares,
                fee: Cash::ZERO,
                liquidity: Liquidity::Taker,
            })
        }
        Command::Cancel(order) if dice.roll(3) != 0 => AccountInput::Cancelled {
            order,
            reason: CancelReason::Requested,
        },
        Command::Merge { market, shares } => AccountInput::Merged { market, shares },
        _ => return,
    };
    world.tell(Input::Account(account));
}

fn handle(engine: &mut Engine, entry: &Entry) -> Effects {
    let mut effects = Effects::default();
    engine.handle(entry, &mut effects);
    effects
}

fn run(engine: &mut Engine, entries: &[Entry]) -> Vec<Effects> {
    entries.iter().map(|entry| handle(engine, entry)).collect()
}

fn stored(engine: &Engine) -> String {
    serde_json::to_string(&engine.snapshot()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn an_engine_read_back_goes_on_as_if_nothing_had_happened(
        number in 0_u64..1_000,
        cut in any::<proptest::sample::Index>(),
    ) {
        let entries = day(number);
        let mut whole = Engine::new(config(number), strategy(number)).unwrap();
        let effects = run(&mut whole, &entries);
        let cut = cut.index(entries.len());
        let mut before = Engine::new(config(number), strategy(number)).unwrap();
        run(&mut before, &entries[..cut]);
        let text = stored(&before);
        let snapshot: EngineSnapshot = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(snapshot.seq(), cut as u64);
        let mut after = Engine::restore(config(number), strategy(number), snapshot).unwrap();
        prop_assert_eq!(stored(&after), text);
        let rest = run(&mut after, &entries[cut..]);
        for (number, (own, same)) in rest.iter().zip(&effects[cut..]).enumerate() {
            prop_assert_eq!(own, same, "entry {}", cut + number);
        }
        prop_assert_eq!(stored(&after), stored(&whole));
    }
}

#[test]
fn the_scripted_days_have_something_to_restart_from() {
    let (mut orders, mut alarms, mut halts, mut trades) = (0, 0, 0, 0);
    for number in 0..40 {
        let entries = day(number);
        let mut engine = Engine::new(config(number), strategy(number)).unwrap();
        for effects in run(&mut engine, &entries) {
            for command in effects.commands {
                match command {
                    Command::Place(_) => orders += 1,
                    Command::Alarm(_) => alarms += 1,
                    Command::Halted(_) => halts += 1,
                    _ => {}
                }
            }
        }
        trades += usize::from(engine.ledger().positions().next().is_some());
    }
    assert!(
        100 < orders && 10 < alarms && 2 < halts && 10 < trades,
        "{orders} {alarms} {halts} {trades}"
    );
}

#[test]
fn a_snapshot_of_other_settings_or_another_strategy_is_refused() {
    let engine = Engine::new(config(0), strategy(0)).unwrap();
    let mut other = config(0);
    other.limits.market_loss_ppm += 1;
    let refused = Engine::restore(other, strategy(0), engine.snapshot());
    assert!(matches!(refused, Err(SnapshotError::Config { .. })));
    let refused = Engine::restore(config(0), strategy(1), engine.snapshot());
    assert_eq!(
        refused.err(),
        Some(SnapshotError::Strategy {
            expected: "test_maker".into(),
            found: "test_taker".into(),
        })
    );
}

#[test]
fn a_snapshot_of_another_version_is_refused() {
    let engine = Engine::new(config(0), strategy(0)).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&stored(&engine)).unwrap();
    value["version"] = 99.into();
    let snapshot: EngineSnapshot = serde_json::from_value(value).unwrap();
    let refused = Engine::restore(config(0), strategy(0), snapshot);
    assert_eq!(refused.err(), Some(SnapshotError::Version(99)));
}

#[test]
fn a_kill_outlasts_a_restart() {
    let mut engine = Engine::new(config(0), strategy(0)).unwrap();
    let entry = |seq, input| Entry {
        seq,
        at: Timestamp::from_secs(seq),
        input,
    };
    let mode = KillMode::Cancel;
    handle(
        &mut engine,
        &entry(1, Input::Operator(OperatorInput::Kill { mode })),
    );
    let snapshot: EngineSnapshot = serde_json::from_str(&stored(&engine)).unwrap();
    let mut engine = Engine::restore(config(0), strategy(0), snapshot).unwrap();
    handle(&mut engine, &entry(2, Input::Started));
    handle(
        &mut engine,
        &entry(3, Input::Account(AccountInput::Reconciled)),
    );
    assert_eq!(
        engine.halted(),
        Some(quorate_domain::HaltReason::Killed(mode))
    );
    handle(
        &mut engine,
        &entry(4, Input::Operator(OperatorInput::Resume(Scope::All))),
    );
    assert_eq!(engine.halted(), None);
}
