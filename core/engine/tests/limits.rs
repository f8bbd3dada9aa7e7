//! What the limits let through: stories of one limit each, and all of them together in random worlds.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use proptest::prelude::{
    ProptestConfig, Strategy as Draw, any, prop, prop_assert, prop_assert_eq, proptest,
};
use quorate_domain::{
    AccountInput, BookSide, CancelReason, Cash, Command, Coverage, Crossing, FeeSchedule, GroupId,
    Input, MarketId, OrderId, Outcome, Payout, PlaceOrder, Price, Resolution, Rounding, SetId,
    Shares, Side, TimeInForce, Token,
};
use quorate_engine::risk::{Held, OtherOutcome, worst_loss};
use quorate_engine::{EngineConfig, Intent, MarketView, Strategy, Style, View};
use support::{Maker, Taker, World, config, market, price, short};

/// Bids for both outcomes of every market, a little below their worth, and never crosses.
struct Quoter;

impl Strategy for Quoter {
    fn name(&self) -> &'static str {
        "test_quoter"
    }
    fn edge_min(&self, _: &MarketView<'_>) -> f64 {
        0.03
    }
    fn intents(&self, view: &View<'_>) -> Vec<Intent> {
        let bid = |seen: &MarketView<'_>, outcome| {
            let tick = seen.tick();
            let cents = (seen.fair.of(outcome) - 0.03) * 1e6;
            let ask = seen.book.best_of(outcome, BookSide::Ask)?.price;
            tick.floor((cents as i64).min(i64::from(ask.micros()) - 1))
        };
        let mut intents = Vec::new();
        for (market, seen) in view.markets.iter().enumerate() {
            for outcome in [Outcome::Yes, Outcome::No] {
                intents.extend(bid(seen, outcome).map(|limit| Intent {
                    market,
                    outcome,
                    side: Side::Buy,
                    limit,
                    style: Style::Make,
                }));
            }
        }
        intents
    }
}

fn token(market: u32, outcome: Outcome) -> Token {
    Token {
        market: MarketId(market),
        outcome,
    }
}

/// The account comes to hold shares, bought at a price.
fn hold(world: &mut World, token: Token, at: &str, shares: u64) {
    let order = PlaceOrder {
        id: OrderId {
            seq: 1_000_000,
            index: 0,
        },
        token,
        side: Side::Buy,
        limit: price(at),
        shares: Shares::whole(shares),
        time_in_force: TimeInForce::Fak,
        crossing: Crossing::Allowed,
    };
    world.fill(&order, price(at), Shares::whole(shares));
}

fn grouped(id: u32) -> quorate_domain::Market {
    quorate_domain::Market {
        group: Some(GroupId(1)),
        ..market(id)
    }
}

/// Waits until a decision is due.
fn decide(world: &mut World) {
    world.at += 60;
    world.tell(Input::Wake);
}

fn waiting() -> EngineConfig {
    let mut config = config();
    config.coalesce = std::time::Duration::from_secs(30);
    config
}

#[test]
fn a_resting_order_that_uses_a_limit_up_is_not_counted_twice() {
    type Change = fn(&mut quorate_engine::RiskLimits);
    let cases: [(&str, Change); 4] = [
        ("market loss", |l| l.market_loss_ppm = 20_000),
        ("gross", |l| l.gross_ppm = 20_000),
        ("cash reserve", |l| l.cash_reserve_ppm = 980_000),
        ("open orders", |l| l.open_orders_max = 1),
    ];
    for (name, change) in cases {
        let mut config = config();
        change(&mut config.limits);
        let mut world = World::new(config, Box::new(Maker), vec![market(1)]);
        world
            .book(1, &[("0.40", 1000)], &[("0.60", 1000)])
            .says(1, 1, 0.55);
        let placed = world.placed();
        assert_eq!(placed.len(), 1, "{name}: {}", world.verdict(1));
        world.tell(Input::Account(AccountInput::Accepted(placed[0].id)));
        world.book(1, &[("0.41", 1000)], &[("0.60", 1000)]);
        assert!(world.commands.is_empty(), "{name}: {:?}", world.commands);
        assert!(
            world.verdict(1).starts_with("Trade"),
            "{name}: {}",
            world.verdict(1)
        );
    }
}

#[test]
fn resting_orders_of_a_group_that_use_its_limit_up_stay() {
    let mut config = waiting();
    config.limits.group_loss_ppm = 20_000;
    let mut world = World::new(config, Box::new(Maker), vec![grouped(1), grouped(2)]);
    world.group(1, Coverage::WithOther);
    for id in 1..=2 {
        world
            .book(id, &[("0.20", 1000)], &[("0.60", 1000)])
            .says(1, id, 0.40);
    }
    decide(&mut world);
    let placed = world.placed();
    assert_eq!(placed.len(), 2);
    for order in &placed {
        world.tell(Input::Account(AccountInput::Accepted(order.id)));
    }
    world.book(1, &[("0.21", 1000)], &[("0.60", 1000)]);
    decide(&mut world);
    let withdrawn = world
        .commands
        .iter()
        .any(|c| matches!(c, Command::Cancel(_)));
    assert!(!withdrawn, "{:?}", world.commands);
}

#[test]
fn what_a_withdrawn_order_held_is_spent_only_when_the_withdrawal_is_answered() {
    let mut config = waiting();
    config.limits.gross_ppm = 20_000;
    config.limits.open_orders_max = 1;
    let mut world = World::new(config, Box::new(Maker), vec![grouped(1), grouped(2)]);
    world.group(1, Coverage::WithOther);
    world
        .book(1, &[("0.40", 1000)], &[("0.60", 1000)])
        .says(1, 1, 0.55);
    decide(&mut world);
    let first = world.placed().remove(0);
    world.tell(Input::Account(AccountInput::Accepted(first.id)));
    // The word on the first market turns, and there is a better use for the money.
    world.says(1, 1, 0.02);
    world
        .book(2, &[("0.40", 1000)], &[("0.60", 1000)])
        .says(1, 2, 0.55);
    decide(&mut world);
    assert!(world.commands.contains(&Command::Cancel(first.id)));
    assert!(world.placed().is_empty(), "the first may still execute");
    world.tell(Input::Account(AccountInput::Cancelled {
        order: first.id,
        reason: CancelReason::Requested,
    }));
    decide(&mut world);
    assert_eq!(
        world.placed().iter().map(|o| o.token).collect::<Vec<_>>(),
        [token(2, Outcome::Yes)]
    );
}

#[test]
fn who_quotes_bids_for_the_other_outcome_while_holding_this_one() {
    let mut world = World::new(config(), Box::new(Maker), vec![market(1)]);
    hold(&mut world, token(1, Outcome::No), "0.45", 10);
    world
        .book(1, &[("0.40", 1000)], &[("0.60", 1000)])
        .says(1, 1, 0.55);
    let placed = world.placed();
    assert_eq!(placed.len(), 1, "{}", world.verdict(1));
    assert_eq!(placed[0].token, token(1, Outcome::Yes));
}

#[test]
fn who_takes_sells_what_is_held_before_buying_the_opposite() {
    let mut world = World::new(
        config(),
        Box::new(Taker { edge_min: 0.02 }),
        vec![market(1)],
    );
    hold(&mut world, token(1, Outcome::No), "0.45", 10);
    world
        .book(1, &[("0.49", 1000)], &[("0.50", 1000)])
        .says(1, 1, 0.70);
    let placed: Vec<String> = world.placed().iter().map(short).collect();
    assert_eq!(placed, ["sell no 10 @ 0.5"]);
}

/// NO of two outcomes that exclude each other pays at least once: 1,000 of each for 1,150 dollars can lose 150.
fn hedged(group_loss_ppm: u32) -> World {
    let mut config = waiting();
    config.limits.group_loss_ppm = group_loss_ppm;
    let mut world = World::new(
        config,
        Box::new(Taker { edge_min: 0.02 }),
        vec![grouped(1), grouped(2)],
    );
    world.group(1, Coverage::WithOther);
    hold(&mut world, token(1, Outcome::No), "0.60", 1000);
    hold(&mut world, token(2, Outcome::No), "0.55", 1000);
    world
        .book(1, &[("0.39", 9000)], &[("0.41", 9000)])
        .says(1, 1, 0.40);
    world
        .book(2, &[("0.44", 9000)], &[("0.45", 9000)])
        .says(1, 2, 0.55);
    world.commands.clear();
    decide(&mut world);
    world
}

#[test]
fn a_sale_of_one_leg_of_a_hedge_stops_at_the_group_limit() {
    let mut world = hedged(30_000);
    let placed: Vec<String> = world.placed().iter().map(short).collect();
    // Every share sold at 0.55 adds 0.45 to the loss if the first outcome happens: 150 + 0.45 * 333.66 = 300.15.
    assert_eq!(placed, ["sell no 333.66 @ 0.55"]);
    assert!(
        world.verdict(2).contains("GroupLoss"),
        "{}",
        world.verdict(2)
    );
    let mut world = hedged(10_000);
    assert!(world.placed().is_empty());
    assert_eq!(world.verdict(2), "NoTrade(Limit(GroupLoss))");
}

#[test]
fn a_sale_that_lowers_the_loss_passes_every_loss_limit() {
    let mut config = config();
    config.limits.market_loss_ppm = 1;
    config.limits.group_loss_ppm = 1;
    let mut world = World::new(
        config,
        Box::new(Taker { edge_min: 0.02 }),
        vec![grouped(1), grouped(2)],
    );
    world.group(1, Coverage::WithOther);
    hold(&mut world, token(1, Outcome::Yes), "0.60", 1000);
    world
        .book(1, &[("0.49", 9000)], &[("0.50", 9000)])
        .says(1, 1, 0.40);
    let placed: Vec<String> = world.placed().iter().map(short).collect();
    assert_eq!(placed, ["sell yes 1000 @ 0.49"]);
}

#[test]
fn the_collar_holds_for_who_rests_and_for_who_takes_and_is_named() {
    let strategies: [Box<dyn Strategy>; 2] = [Box::new(Maker), Box::new(Taker { edge_min: 0.02 })];
    for strategy in strategies {
        let mut config = config();
        config.limits.collar_micros = 50_000;
        let name = strategy.name();
        let mut world = World::new(config, strategy, vec![market(1)]);
        world
            .book(1, &[("0.40", 1000)], &[("0.60", 1000)])
            .says(1, 1, 0.90);
        assert!(world.placed().is_empty(), "{name}");
        assert_eq!(world.verdict(1), "NoTrade(Limit(PriceCollar))", "{name}");
    }
}

#[test]
fn fees_count_towards_the_loss_and_the_cost_of_an_order() {
    type Change = fn(&mut quorate_engine::RiskLimits);
    let cases: [Change; 3] = [
        |l| l.market_loss_ppm = 20_000,
        |l| l.order_notional_max = Cash::whole(200),
        |l| l.gross_ppm = 20_000,
    ];
    for change in cases {
        let mut config = config();
        change(&mut config.limits);
        let fee = FeeSchedule {
            rate_ppm: 70_000,
            exponent: 1,
            rebate_share_ppm: 0,
        };
        let listed = quorate_domain::Market { fee, ..market(1) };
        let mut world = World::new(config, Box::new(Taker { edge_min: 0.02 }), vec![listed]);
        world
            .book(1, &[("0.49", 100_000)], &[("0.50", 100_000)])
            .says(1, 1, 0.70);
        let order = world.placed().remove(0);
        let cost =
            order.shares.at(order.limit, Rounding::Up) + fee.taker(order.shares, order.limit);
        assert!(cost <= Cash::whole(200), "{cost}");
        assert!(
            Cash::whole(199) <= cost,
            "{cost}: the limit is there to be used"
        );
    }
}

#[test]
fn a_refused_second_order_of_a_market_leaves_its_own_verdict() {
    let mut config = config();
    config.limits.open_orders_max = 1;
    let mut world = World::new(config, Box::new(Quoter), vec![market(1)]);
    world
        .book(1, &[("0.30", 1000)], &[("0.70", 1000)])
        .says(1, 1, 0.50);
    assert_eq!(world.placed().len(), 1, "{}", world.verdict(1));
    assert_eq!(world.verdict(1), "NoTrade(Limit(OpenOrders))");
    let last: Vec<String> = world
        .decisions
        .iter()
        .rev()
        .take(2)
        .map(|d| format!("{:?}", d.verdict))
        .collect();
    assert!(last[1].starts_with("Trade"), "{last:?}");
}

#[test]
fn two_refused_orders_of_a_market_leave_two_verdicts() {
    let mut config = config();
    config.limits.open_orders_max = 0;
    let mut world = World::new(config, Box::new(Quoter), vec![market(1)]);
    world
        .book(1, &[("0.30", 1000)], &[("0.70", 1000)])
        .says(1, 1, 0.50);
    let refused = world
        .decisions
        .iter()
        .filter(|d| format!("{:?}", d.verdict) == "NoTrade(Limit(OpenOrders))");
    assert_eq!(refused.count(), 2);
}

#[test]
fn a_wish_between_the_best_prices_is_told_apart_from_no_wish() {
    struct Shy;
    impl Strategy for Shy {
        fn name(&self) -> &'static str {
            "test_shy"
        }
        fn edge_min(&self, _: &MarketView<'_>) -> f64 {
            0.02
        }
        fn intents(&self, view: &View<'_>) -> Vec<Intent> {
            let limit = Price::parse("0.45").unwrap();
            let wish = |market| Intent {
                market,
                outcome: Outcome::Yes,
                side: Side::Buy,
                limit,
                style: Style::Take,
            };
            (0..view.markets.len()).map(wish).collect()
        }
    }
    let mut world = World::new(config(), Box::new(Shy), vec![market(1)]);
    world
        .book(1, &[("0.40", 1000)], &[("0.50", 1000)])
        .says(1, 1, 0.60);
    assert_eq!(world.verdict(1), "NoTrade(InsideBand)");
}

#[test]
fn a_win_that_is_not_paid_out_yet_is_no_loss_of_its_set() {
    let correlated = |id| quorate_domain::Market {
        set: Some(SetId(1)),
        loading: 0.5,
        ..market(id)
    };
    let mut config = config();
    config.limits.set_loss_ppm = 20_000;
    let mut world = World::new(
        config,
        Box::new(Taker { edge_min: 0.02 }),
        vec![correlated(1), correlated(2)],
    );
    hold(&mut world, token(1, Outcome::Yes), "0.90", 5000);
    world.tell(Input::Resolved(Resolution {
        market: MarketId(1),
        payout: Payout::YES,
    }));
    world
        .book(2, &[("0.49", 9000)], &[("0.50", 9000)])
        .says(1, 2, 0.60);
    let order = world.placed().remove(0);
    let cost = order.shares.at(order.limit, Rounding::Up);
    assert!(
        Cash::whole(205) < cost && cost <= Cash::whole(210),
        "2% of 10,500 dollars, not {cost}"
    );
}

/// One market of a random world.
#[derive(Clone, Debug)]
struct Seen {
    bid: u32,
    spread: u32,
    depth: u64,
    said: f64,
    held: [u64; 2],
}

#[derive(Clone, Debug)]
struct Case {
    markets: Vec<Seen>,
    /// How the word on each market moves from round to round, and which orders execute.
    rounds: Vec<(Vec<f64>, u64)>,
    exhaustive: bool,
    quotes: bool,
    fee_ppm: u32,
    market_ppm: u32,
    group_ppm: u32,
    gross_ppm: u32,
    reserve_ppm: u32,
    orders_max: u32,
}

fn seen() -> impl Draw<Value = Seen> {
    (
        5_u32..85,
        1_u32..12,
        20_u64..5_000,
        0.05_f64..0.95,
        [0_u64..800, 0_u64..800],
        0_u8..4,
    )
        .prop_map(|(bid, spread, depth, said, [yes, no], which)| Seen {
            bid,
            spread,
            depth,
            said,
            // Pairs would be merged at once.
            held: match which {
                0 => [yes, 0],
                1 => [0, no],
                _ => [0, 0],
            },
        })
}

fn case() -> impl Draw<Value = Case> {
    let rounds = prop::collection::vec((prop::collection::vec(0.05_f64..0.95, 3), any::<u64>()), 3);
    (
        prop::collection::vec(seen(), 1..4),
        rounds,
        (any::<bool>(), any::<bool>()),
        prop::sample::select(vec![0_u32, 70_000]),
        (
            1_000_u32..200_000,
            1_000_u32..200_000,
            20_000_u32..1_000_000,
        ),
        0_u32..950_000,
        1_u32..7,
    )
        .prop_map(
            |(markets, rounds, (exhaustive, quotes), fee_ppm, caps, reserve_ppm, orders_max)| {
                Case {
                    markets,
                    rounds,
                    exhaustive,
                    quotes,
                    fee_ppm,
                    market_ppm: caps.0,
                    group_ppm: caps.1,
                    gross_ppm: caps.2,
                    reserve_ppm,
                    orders_max,
                }
            },
        )
}

impl Case {
    fn world(&self) -> World {
        let mut config = waiting();
        config.limits.market_loss_ppm = self.market_ppm;
        config.limits.group_loss_ppm = self.group_ppm;
        config.limits.gross_ppm = self.gross_ppm;
        config.limits.cash_reserve_ppm = self.reserve_ppm;
        config.limits.open_orders_max = self.orders_max;
        let fee = FeeSchedule {
            rate_ppm: self.fee_ppm,
            exponent: 1,
            rebate_share_ppm: 0,
        };
        let listed = (1..)
            .zip(&self.markets)
            .map(|(id, _)| quorate_domain::Market { fee, ..grouped(id) });
        let strategy: Box<dyn Strategy> = if self.quotes {
            Box::new(Quoter)
        } else {
            Box::new(Taker { edge_min: 0.01 })
        };
        let mut world = World::new(config, strategy, listed.collect());
        let coverage = if self.exhaustive {
            Coverage::Exhaustive
        } else {
            Coverage::WithOther
        };
        world.group(1, coverage);
        for (id, seen) in (1..).zip(&self.markets) {
            for (outcome, shares) in [Outcome::Yes, Outcome::No].into_iter().zip(seen.held) {
                if 0 < shares {
                    hold(&mut world, token(id, outcome), "0.40", shares);
                }
            }
            let cents = |c: u32| format!("{:.2}", f64::from(c) / 100.0);
            let (bid, ask) = (cents(seen.bid), cents(seen.bid + seen.spread));
            world
                .book(id, &[(&bid, seen.depth)], &[(&ask, seen.depth)])
                .says(1, id, seen.said);
        }
        world
    }
}

/// The account's standing if the orders that take execute whole at their limits, and those that rest where it hurts.
#[derive(Debug)]
struct Standing {
    markets: Vec<Cash>,
    group: Cash,
    /// Cash that is not promised.
    free: Cash,
    gross: Cash,
    orders: usize,
}

fn standing(world: &World, case: &Case) -> Standing {
    let engine = &world.engine;
    let held: Vec<Held> = (1..)
        .zip(&case.markets)
        .map(|(id, _)| held(world, case, id))
        .collect();
    let other = if case.exhaustive {
        OtherOutcome::Impossible
    } else {
        OtherOutcome::Possible
    };
    let cost: Cash = engine.ledger().positions().map(|(_, p)| p.cost).sum();
    Standing {
        markets: held
            .iter()
            .map(|h| worst_loss(&[*h], OtherOutcome::Possible))
            .collect(),
        group: if 1 < held.len() {
            worst_loss(&held, other)
        } else {
            Cash::ZERO
        },
        free: engine.ledger().cash() - engine.orders().reserved(),
        gross: cost + engine.orders().reserved(),
        orders: engine.orders().len(),
    }
}

fn held(world: &World, case: &Case, id: u32) -> Held {
    let position = |outcome| world.engine.ledger().position(token(id, outcome));
    let (yes, no) = (position(Outcome::Yes), position(Outcome::No));
    let mut held = Held {
        yes: yes.expected(),
        no: no.expected(),
        cost: yes.cost + no.cost,
    };
    for order in world.engine.orders().of_market(MarketId(id)) {
        let leg = match order.placed.token.outcome {
            Outcome::Yes => &mut held.yes,
            Outcome::No => &mut held.no,
        };
        match order.placed.side {
            Side::Buy => {
                let cost = order.at_risk();
                // Where its token pays nothing a purchase costs that much; where it pays, a resting one may not execute.
                *leg += if order.is_taking() {
                    order.remaining
                } else {
                    Shares::from_micros(cost.micros().unsigned_abs())
                };
                held.cost += cost;
            }
            Side::Sell => {
                assert!(order.is_taking(), "no strategy here rests a sale");
                *leg = leg.saturating_sub(order.remaining);
                let fee = FeeSchedule {
                    rate_ppm: case.fee_ppm,
                    ..FeeSchedule::NONE
                };
                held.cost -= order.remaining.at(order.placed.limit, Rounding::Down)
                    - fee.taker(order.remaining, order.placed.limit);
            }
        }
    }
    held
}

/// Answers every order and withdrawal: what takes executes or ends; what rests does too, or goes on resting.
fn answer(world: &mut World, mut dice: u64) {
    let mut fills = || {
        dice = dice.rotate_right(1);
        dice & 1 == 1
    };
    while !world.commands.is_empty() {
        for command in std::mem::take(&mut world.commands) {
            match command {
                Command::Place(order) => {
                    let rests = order.time_in_force.rests();
                    if fills() {
                        world.fill(&order, order.limit, order.shares);
                    } else if rests {
                        world.tell(Input::Account(AccountInput::Accepted(order.id)));
                    } else {
                        world.tell(ended(order.id, CancelReason::Unfilled));
                    }
                }
                Command::Cancel(id) => {
                    world.tell(ended(id, CancelReason::Requested));
                }
                Command::Merge { market, shares } => {
                    world.tell(Input::Account(AccountInput::Merged { market, shares }));
                }
                _ => {}
            }
        }
    }
}

fn ended(order: OrderId, reason: CancelReason) -> Input {
    Input::Account(AccountInput::Cancelled { order, reason })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_decision_goes_beyond_a_limit_that_it_could_keep(case in case()) {
        let mut world = case.world();
        answer(&mut world, 0);
        for (words, dice) in &case.rounds {
            let before = standing(&world, &case);
            let equity = world.engine.equity();
            decide(&mut world);
            let after = standing(&world, &case);
            // Every order's cash is rounded to the micro-dollar, and the venue rounds fees to ten of them.
            let slack = Cash::from_micros(100);
            let within = |cap: Cash, before: Cash, after: Cash| after <= cap.max(before) + slack;
            for (b, a) in before.markets.iter().zip(&after.markets) {
                prop_assert!(within(equity.share_ppm(case.market_ppm), *b, *a), "{before:?} {after:?}");
            }
            prop_assert!(within(equity.share_ppm(case.group_ppm), before.group, after.group), "{before:?} {after:?}");
            prop_assert!(within(equity.share_ppm(case.gross_ppm), before.gross, after.gross), "{before:?} {after:?}");
            let reserve = equity.share_ppm(case.reserve_ppm);
            prop_assert!(reserve.min(before.free) <= after.free, "{before:?} {after:?}");
            prop_assert!(after.orders <= before.orders.max(case.orders_max as usize), "{before:?} {after:?}");
            prop_assert_eq!(world.engine.halted(), None);
            answer(&mut world, *dice);
            for (id, said) in (1..).zip(words).take(case.markets.len()) {
                world.says(1, id, *said);
            }
        }
    }
}
