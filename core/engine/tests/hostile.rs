//! Whatever is told, in whatever order: nothing panics, and no order leaves that a stop forbids.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::time::Duration;

use proptest::prelude::*;
use quorate_domain::{
    AccountInput, CancelReason, Cash, Chore, Command, Crossing, Entry, EpochId, FOREIGN_INDEX_MIN,
    Fill, FillId, FillStatus, GroupId, HaltReason, HealthInput, Heartbeat, Inference, Input,
    KillMode, LabelId, Level, Liquidity, Listing, Market, MarketEvent, MarketId, MarketInput,
    OperatorInput, OrderId, Outcome, Payout, PlaceOrder, Price, PublicTrade, Refusal,
    RefusalReason, Resolution, Scope, SetId, Shares, Side, TimeInForce, Timestamp, Token, TopicId,
    WorkerId,
};
use quorate_engine::{Effects, Engine, EngineConfig, ProbabilitySource, RiskLimits};
use support::{Maker, Taker, market};

fn shares() -> impl Strategy<Value = Shares> {
    prop_oneof![
        (1_u64..2_000).prop_map(Shares::whole),
        any::<u64>().prop_map(Shares::from_micros),
        Just(Shares::ZERO),
    ]
}

fn cash() -> impl Strategy<Value = Cash> {
    prop_oneof![
        (-5_000_i64..5_000).prop_map(Cash::whole),
        any::<i64>().prop_map(Cash::from_micros),
    ]
}

fn price() -> impl Strategy<Value = Price> {
    (1_u32..100).prop_map(|cents| Price::parse(&format!("0.{cents:02}")).unwrap())
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn token() -> impl Strategy<Value = Token> {
    let outcome = prop_oneof![Just(Outcome::Yes), Just(Outcome::No)];
    (1_u32..6, outcome).prop_map(|(id, outcome)| Token {
        market: MarketId(id),
        outcome,
    })
}

/// Mostly orders of early entries, which may exist.
fn order() -> impl Strategy<Value = OrderId> {
    let index = prop_oneof![3 => 0_u32..3, 1 => Just(FOREIGN_INDEX_MIN)];
    (1_u64..60, index).prop_map(|(seq, index)| OrderId { seq, index })
}

fn fill() -> impl Strategy<Value = Fill> {
    (
        0_u64..20,
        order(),
        token(),
        side(),
        price(),
        shares(),
        cash(),
    )
        .prop_map(|(id, order, token, side, price, shares, fee)| Fill {
            id: FillId(id),
            order,
            token,
            side,
            price,
            shares,
            fee,
            liquidity: Liquidity::Taker,
        })
}

fn account() -> impl Strategy<Value = AccountInput> {
    let status = prop_oneof![Just(FillStatus::Confirmed), Just(FillStatus::Failed)];
    prop_oneof![
        cash().prop_map(AccountInput::Deposited),
        cash().prop_map(AccountInput::Withdrawn),
        order().prop_map(AccountInput::Accepted),
        order().prop_map(AccountInput::Unknown),
        order().prop_map(|order| AccountInput::Refused(Refusal {
            order,
            reason: RefusalReason::InsufficientBalance,
            message: String::new(),
        })),
        order().prop_map(|order| AccountInput::Cancelled {
            order,
            reason: CancelReason::Requested,
        }),
        fill().prop_map(AccountInput::Filled),
        fill().prop_map(AccountInput::External),
        (0_u64..20, status).prop_map(|(id, status)| AccountInput::Settled {
            fill: FillId(id),
            status,
        }),
        (1_u32..6, shares()).prop_map(|(id, shares)| AccountInput::Merged {
            market: MarketId(id),
            shares,
        }),
        (1_u32..6, shares(), cash()).prop_map(|(id, yes, cash)| AccountInput::Redeemed {
            market: MarketId(id),
            yes,
            no: Shares::ZERO,
            cash,
        }),
        (1_u32..6).prop_map(|id| AccountInput::Reverted {
            market: MarketId(id),
            chore: Chore::Merge,
        }),
        (token(), side(), price(), shares()).prop_map(|(token, side, limit, shares)| {
            AccountInput::Adopted {
                order: PlaceOrder {
                    id: OrderId {
                        seq: 1,
                        index: FOREIGN_INDEX_MIN,
                    },
                    token,
                    side,
                    limit,
                    shares,
                    time_in_force: TimeInForce::Gtc,
                    crossing: Crossing::Allowed,
                },
                filled: Shares::ZERO,
            }
        }),
        cash().prop_map(AccountInput::Fee),
    ]
}

fn health() -> impl Strategy<Value = HealthInput> {
    prop_oneof![
        any::<i64>().prop_map(|micros| HealthInput::ClockSkew { micros }),
        Just(HealthInput::ClockSkew { micros: 0 }),
        Just(HealthInput::Heartbeat(Heartbeat::Unhealthy)),
        Just(HealthInput::Heartbeat(Heartbeat::Healthy)),
        Just(HealthInput::Diverged(MarketId(1))),
        any::<u64>().prop_map(|at| HealthInput::PostOnlyUntil(Timestamp::from_nanos(at))),
        Just(HealthInput::CancelOnly),
        Just(HealthInput::TradingDisabled),
        Just(HealthInput::TradingEnabled),
    ]
}

fn operator() -> impl Strategy<Value = OperatorInput> {
    let mode = prop_oneof![
        Just(KillMode::Cancel),
        Just(KillMode::ReduceOnly),
        Just(KillMode::Flatten)
    ];
    prop_oneof![
        mode.prop_map(|mode| OperatorInput::Kill { mode }),
        Just(OperatorInput::Halt(Scope::Group(GroupId(1)))),
        Just(OperatorInput::Halt(Scope::All)),
        Just(OperatorInput::Resume(Scope::All)),
        Just(OperatorInput::Resume(Scope::All)),
    ]
}

fn event() -> impl Strategy<Value = MarketEvent> {
    let half = || prop::collection::vec((price(), shares()), 0..4);
    let level = |(price, shares)| Level { price, shares };
    prop_oneof![
        6 => (half(), half()).prop_map(move |(bids, asks)| MarketEvent::Snapshot {
            bids: bids.into_iter().map(level).collect(),
            asks: asks.into_iter().map(level).collect(),
        }),
        6 => (1_u32..90, 1_u64..5_000).prop_map(|(cents, shares)| {
            let at = |cents: u32| Level {
                price: Price::parse(&format!("0.{cents:02}")).unwrap(),
                shares: Shares::whole(shares),
            };
            MarketEvent::Snapshot { bids: vec![at(cents)], asks: vec![at(cents + 3)] }
        }),
        1 => Just(MarketEvent::Gap),
        1 => shares().prop_map(MarketEvent::DayVolume),
        1 => (price(), shares()).prop_map(|(price, shares)| MarketEvent::Trade(PublicTrade {
            taker: Side::Buy,
            price,
            shares,
        })),
    ]
}

const RECONCILED: Input = Input::Account(AccountInput::Reconciled);

fn input() -> impl Strategy<Value = Input> {
    let value = prop_oneof![6 => 0.0..=1.0, 1 => Just(f64::NAN), 1 => any::<f64>()];
    let news = (1_u32..7, event()).prop_map(|(id, event)| {
        Input::Market(MarketInput {
            market: MarketId(id),
            event,
        })
    });
    let said = (1_u32..6, 1_u32..4, value, any::<u64>()).prop_map(|(id, worker, value, at)| {
        Input::Inference(Inference {
            topic: TopicId(1),
            epoch: EpochId(u64::from(id)),
            label: LabelId(0),
            worker: WorkerId(worker),
            value,
            published_at: Timestamp::from_nanos(at),
        })
    });
    prop_oneof![
        12 => news,
        8 => said,
        8 => account().prop_map(Input::Account),
        2 => health().prop_map(Input::Health),
        2 => operator().prop_map(Input::Operator),
        1 => Just(Input::Started),
        2 => Just(RECONCILED),
        1 => Just(Input::Wake),
        1 => (1_u32..6, 0_u8..3).prop_map(|(id, paid)| Input::Resolved(Resolution {
            market: MarketId(id),
            payout: [Payout::YES, Payout::NO, Payout::HALF][usize::from(paid)],
        })),
    ]
}

fn markets() -> Vec<Market> {
    let grouped = |id| Market {
        group: Some(GroupId(1)),
        ..market(id)
    };
    let correlated = |id| Market {
        set: Some(SetId(1)),
        loading: 0.5,
        ..market(id)
    };
    vec![
        grouped(1),
        grouped(2),
        correlated(3),
        correlated(4),
        market(5),
    ]
}

fn engine(number: u8) -> Engine {
    let limits = if number & 1 == 0 {
        RiskLimits::live()
    } else {
        RiskLimits::default()
    };
    let config = EngineConfig {
        source: ProbabilitySource::Collective,
        scenarios: 100,
        limits,
        ..EngineConfig::default()
    };
    if number & 2 == 0 {
        Engine::new(config, Box::new(Taker { edge_min: 0.01 })).unwrap()
    } else {
        Engine::new(config, Box::new(Maker)).unwrap()
    }
}

/// Whether a stop lets an order of this direction leave.
fn lets_pass(halted: Option<HaltReason>, side: Side) -> bool {
    match halted {
        None => true,
        Some(HaltReason::Killed(KillMode::ReduceOnly | KillMode::Flatten)) => side == Side::Sell,
        Some(_) => false,
    }
}

/// In a sane world account news is an answer: the oldest open order executes, and every execution becomes final.
fn answers(engine: &Engine, fill: u64) -> Vec<Input> {
    let Some(open) = engine.orders().iter().next() else {
        return vec![Input::Wake];
    };
    let placed = &open.placed;
    let executed = Fill {
        id: FillId(1_000 + fill),
        order: placed.id,
        token: placed.token,
        side: placed.side,
        price: placed.limit,
        shares: open.remaining,
        fee: Cash::ZERO,
        liquidity: Liquidity::Taker,
    };
    let settled = AccountInput::Settled {
        fill: executed.id,
        status: FillStatus::Confirmed,
    };
    let both = [AccountInput::Filled(executed), settled];
    both.map(Input::Account).into()
}

/// Handles one entry; an order may leave before the same entry brings a stop about, never after it.
fn handle(engine: &mut Engine, entry: &Entry) -> Result<(), TestCaseError> {
    let mut effects = Effects::default();
    engine.handle(entry, &mut effects);
    let halted = engine.halted();
    let stopped = effects
        .commands
        .iter()
        .position(|command| *command == Command::CancelAll);
    for (place, command) in effects.commands.iter().enumerate() {
        if let Command::Place(order) = command
            && stopped.is_none_or(|stop| stop < place)
        {
            prop_assert!(lets_pass(halted, order.side), "{halted:?}: {order:?}");
        }
    }
    Ok(())
}

fn tell(number: u8, inputs: Vec<(Input, u64)>, is_sane: bool) -> Result<(), TestCaseError> {
    let mut engine = engine(number);
    let listed = markets()
        .into_iter()
        .map(|m| Input::Listed(Listing::Market(Box::new(m))));
    let funded = Input::Account(AccountInput::Deposited(Cash::whole(10_000)));
    let start = listed.chain([funded]).map(|input| (input, 1));
    let known = start.clone().count();
    let mut entry = Entry {
        seq: 0,
        at: Timestamp::from_secs(1_000_000),
        input: Input::Wake,
    };
    for (step, (input, millis)) in start.chain(inputs).enumerate() {
        let told = match input {
            Input::Account(ref news)
                if is_sane && known <= step && *news != AccountInput::Reconciled =>
            {
                answers(&engine, step as u64)
            }
            input => vec![input],
        };
        for input in told {
            entry.seq += 1;
            entry.at = entry.at.plus(Duration::from_millis(millis));
            entry.input = input;
            handle(&mut engine, &entry)?;
        }
    }
    let stored = serde_json::to_string(&engine.snapshot()).unwrap();
    let restored = serde_json::from_str::<quorate_engine::EngineSnapshot>(&stored);
    prop_assert!(restored.is_ok(), "{restored:?}");
    let defects = [HaltReason::ImpossibleInput, HaltReason::Conservation];
    let defect = engine.halted().filter(|reason| defects.contains(reason));
    prop_assert!(!is_sane || defect.is_none(), "{defect:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_panics_and_no_order_leaves_that_a_stop_forbids(
        number in 0_u8..4,
        inputs in prop::collection::vec((input(), 1_u64..40_000), 1..120),
    ) {
        tell(number, inputs, false)?;
    }

    #[test]
    fn where_the_venue_is_sane_no_stop_is_passed_and_no_defect_is_found(
        number in 0_u8..4,
        inputs in prop::collection::vec((input(), 1_u64..9_000), 1..120),
    ) {
        tell(number, inputs, true)?;
    }
}
