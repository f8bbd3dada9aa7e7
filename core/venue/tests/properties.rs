//! What holds for any stream of books, trades and orders.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::*;
use proptest::prelude::*;
use quorate_domain::{
    AccountInput, BookSide, Cash, Command, Crossing, FeeSchedule, Fill, Level, Liquidity, Market,
    MarketEvent, MarketInput, OrderId, Outcome, Payout, PlaceOrder, Price, PublicTrade,
    RefusalReason, Resolution, Rounding, Shares, Side, TickSize, TimeInForce, Timestamp, Token,
};
use quorate_venue::{Exchange, FillRule, QueueRule, VenueConfig};

#[derive(Clone, Debug)]
enum Step {
    News(MarketEvent),
    Send(Command),
    Decide(Payout),
}

type Answers = Vec<(Timestamp, AccountInput)>;

fn any_price() -> impl Strategy<Value = Price> {
    (40_i64..=60).prop_map(|cents| Price::from_micros(cents * 10_000).unwrap())
}

fn any_shares(max_hundredths: u64) -> impl Strategy<Value = Shares> {
    prop_oneof![
        4 => (0..=max_hundredths).prop_map(|n| Shares::from_micros(n * 10_000)),
        1 => (0..=max_hundredths * 10_000).prop_map(Shares::from_micros),
    ]
}

fn any_level() -> impl Strategy<Value = Level> {
    (any_price(), any_shares(3_000)).prop_map(|(price, shares)| Level { price, shares })
}

/// Mostly an uncrossed book around a middle, sometimes whatever.
fn any_snapshot() -> impl Strategy<Value = MarketEvent> {
    let lists = (
        prop::collection::vec(any_level(), 0..5),
        prop::collection::vec(any_level(), 0..5),
    );
    (any_price(), lists, 0..5).prop_map(|(middle, (mut bids, mut asks), chance)| {
        if chance > 0 {
            bids.retain(|level| level.price < middle);
            asks.retain(|level| level.price > middle);
        }
        MarketEvent::Snapshot { bids, asks }
    })
}

fn any_side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn any_news() -> impl Strategy<Value = MarketEvent> {
    let side = prop_oneof![Just(BookSide::Bid), Just(BookSide::Ask)];
    let trade = (any_side(), any_price(), any_shares(4_000)).prop_map(|(taker, price, shares)| {
        MarketEvent::Trade(PublicTrade {
            taker,
            price,
            shares,
        })
    });
    let tick = prop_oneof![Just(10_000), Just(20_000)]
        .prop_map(|micros| MarketEvent::TickSize(TickSize::from_micros(micros).unwrap()));
    prop_oneof![
        8 => any_snapshot(),
        10 => (side, any_level()).prop_map(|(side, level)| MarketEvent::Level { side, level }),
        10 => trade,
        1 => tick,
        1 => Just(MarketEvent::Gap),
    ]
}

fn any_life() -> impl Strategy<Value = TimeInForce> {
    prop_oneof![
        4 => Just(TimeInForce::Gtc),
        1 => (1_u64..4_000).prop_map(|at| TimeInForce::Gtd(ms(at))),
        1 => Just(TimeInForce::Fok),
        3 => Just(TimeInForce::Fak),
    ]
}

fn any_order() -> impl Strategy<Value = PlaceOrder> {
    let token = prop_oneof![Just(YES), Just(NO)];
    let crossing = prop_oneof![3 => Just(Crossing::Allowed), 1 => Just(Crossing::Refused)];
    (
        token,
        any_side(),
        any_price(),
        any_shares(4_000),
        any_life(),
        crossing,
    )
        .prop_map(
            |(token, side, limit, shares, time_in_force, crossing)| PlaceOrder {
                id: OrderId { seq: 1, index: 0 }, // numbered by the script
                token,
                side,
                limit,
                shares,
                time_in_force,
                crossing,
            },
        )
}

fn any_command() -> impl Strategy<Value = Command> {
    let cancel = (0_u32..40).prop_map(|index| Command::Cancel(OrderId { seq: 1, index }));
    let merge = any_shares(2_000).prop_map(|shares| Command::Merge {
        market: MARKET,
        shares,
    });
    prop_oneof![
        20 => any_order().prop_map(Command::Place),
        4 => cancel,
        1 => Just(Command::CancelAll),
        2 => merge,
        1 => Just(Command::Redeem(MARKET)),
    ]
}

/// Steps with the milliseconds that pass before each.
fn any_script() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let decide = prop_oneof![Just(Payout::YES), Just(Payout::HALF)].prop_map(Step::Decide);
    let step = prop_oneof![
        160 => any_news().prop_map(Step::News),
        160 => any_command().prop_map(Step::Send),
        1 => decide,
    ];
    prop::collection::vec((1_u64..60, step), 1..120).prop_map(numbered)
}

/// A quoted book, 30 shares of either token to begin with, then the script; its orders get their names.
fn numbered(rest: Vec<(u64, Step)>) -> Vec<(u64, Step)> {
    let quote = Step::News(MarketEvent::Snapshot {
        bids: levels(&[("0.45", "30")]),
        asks: levels(&[("0.55", "30")]),
    });
    let first = |token| {
        let order = order(0, token, Side::Buy, "0.55", "30");
        Step::Send(Command::Place(with(order, TimeInForce::Fak)))
    };
    let mut script = vec![
        (1, quote.clone()),
        (1, first(YES)),
        (1, first(NO)),
        (200, quote),
    ];
    script.extend(rest);
    let mut index = 0;
    for (_, step) in &mut script {
        if let Step::Send(Command::Place(order)) = step {
            order.id.index = index;
            index += 1;
        }
    }
    script
}

fn any_config() -> impl Strategy<Value = VenueConfig> {
    let fills = prop_oneof![
        3 => Just(FillRule::RecordedDepth),
        1 => Just(FillRule::NextObservation)
    ];
    let queue = prop_oneof![
        3 => Just(QueueRule::BehindQueue),
        1 => Just(QueueRule::TradedThrough)
    ];
    (fills, queue, 0_u64..100, 0_u64..100, 0_u64..500).prop_map(
        |(fills, queue, submit, cancel, settle)| VenueConfig {
            submit_latency: Duration::from_millis(submit),
            cancel_latency: Duration::from_millis(cancel),
            settle_delay: Duration::from_millis(settle),
            redeem_delay: Duration::from_millis(settle / 2),
            fills,
            queue,
        },
    )
}

fn terms() -> Market {
    Market {
        fee: FeeSchedule {
            rate_ppm: 70_000,
            ..FeeSchedule::NONE
        },
        ..market()
    }
}

/// 100 dollars: little enough for refusals.
fn opened(config: VenueConfig) -> Exchange {
    let mut exchange = Exchange::new(config);
    exchange.list(terms());
    exchange.deposit(ms(0), Cash::whole(100));
    exchange
}

fn perform(exchange: &mut Exchange, at: Timestamp, step: &Step) {
    let market = MARKET;
    match step.clone() {
        Step::News(event) => exchange.observe(at, &MarketInput { market, event }),
        Step::Send(command) => exchange.submit(at, &command),
        Step::Decide(payout) => exchange.resolve(at, Resolution { market, payout }),
    }
}

/// Runs a script; `each` sees the new answers of every step.
fn play(
    config: VenueConfig,
    script: &[(u64, Step)],
    mut each: impl FnMut(&Exchange, Timestamp, &Step, &Answers),
) -> (Exchange, Answers) {
    let (mut exchange, mut all) = (opened(config), Vec::new());
    let mut at = 0;
    for (pause, step) in script {
        at += pause;
        perform(&mut exchange, ms(at), step);
        let mut out = Vec::new();
        exchange.advance(ms(at), &mut out);
        each(&exchange, ms(at), step, &out);
        all.extend(out);
    }
    (exchange, all)
}

fn orders(script: &[(u64, Step)]) -> BTreeMap<OrderId, PlaceOrder> {
    let placed = script.iter().filter_map(|(_, step)| match step {
        Step::Send(Command::Place(order)) => Some((order.id, order.clone())),
        _ => None,
    });
    placed.collect()
}

/// The account as anyone can keep it from the answers alone.
#[derive(Default)]
struct Books {
    cash: i64,
    tokens: BTreeMap<Token, i64>,
}

impl Books {
    fn enter(&mut self, answer: &AccountInput) {
        match answer {
            AccountInput::Deposited(cash) => self.cash += cash.micros(),
            AccountInput::Filled(fill) => self.enter_fill(fill),
            AccountInput::Merged { shares, .. } => {
                self.cash += shares.micros() as i64;
                *self.tokens.entry(YES).or_default() -= shares.micros() as i64;
                *self.tokens.entry(NO).or_default() -= shares.micros() as i64;
            }
            AccountInput::Redeemed { yes, no, cash, .. } => {
                self.cash += cash.micros();
                *self.tokens.entry(YES).or_default() -= yes.micros() as i64;
                *self.tokens.entry(NO).or_default() -= no.micros() as i64;
            }
            _ => {}
        }
    }

    fn enter_fill(&mut self, fill: &Fill) {
        let shares = fill.shares.micros() as i64;
        let tokens = self.tokens.entry(fill.token).or_default();
        match fill.side {
            Side::Buy => {
                self.cash -= (fill.shares.at(fill.price, Rounding::Up) + fill.fee).micros();
                *tokens += shares;
            }
            Side::Sell => {
                self.cash += (fill.shares.at(fill.price, Rounding::Down) - fill.fee).micros();
                *tokens -= shares;
            }
        }
    }

    fn agree_with(&self, exchange: &Exchange) {
        let total = exchange.cash() + exchange.proceeds_pending();
        assert_eq!(total.micros(), self.cash);
        assert!(exchange.cash_reserved() <= exchange.cash());
        for token in [YES, NO] {
            let held = exchange.holding(token);
            let total = (held.confirmed + held.pending_in).saturating_sub(held.pending_out);
            assert_eq!(
                total.micros() as i64,
                self.tokens.get(&token).copied().unwrap_or(0)
            );
        }
    }
}

/// Everything an order has been told so far.
#[derive(Default)]
struct Story {
    filled: Shares,
    ends: u32,
}

fn check_fill(order: &PlaceOrder, fill: &Fill) {
    assert_eq!((fill.token, fill.side), (order.token, order.side));
    assert!(!fill.shares.is_zero());
    match fill.side {
        Side::Buy => assert!(fill.price <= order.limit),
        Side::Sell => assert!(fill.price >= order.limit),
    }
    if fill.liquidity == Liquidity::Maker {
        assert_eq!((fill.price, fill.fee), (order.limit, Cash::ZERO));
    } else {
        assert_eq!(order.crossing, Crossing::Allowed);
    }
}

/// Checks the order's story message by message: nothing after its end, never more than was ordered.
fn stories(orders: &BTreeMap<OrderId, PlaceOrder>, answers: &Answers) -> BTreeMap<OrderId, Story> {
    let mut stories: BTreeMap<OrderId, Story> = BTreeMap::new();
    for (_, answer) in answers {
        let (id, ended) = match answer {
            AccountInput::Accepted(id) => (*id, false),
            AccountInput::Refused(refusal) => {
                assert_ne!(refusal.reason, RefusalReason::Duplicate);
                (refusal.order, true)
            }
            AccountInput::Cancelled { order, .. } => (*order, true),
            AccountInput::Filled(fill) => {
                let story = stories.entry(fill.order).or_default();
                check_fill(&orders[&fill.order], fill);
                story.filled += fill.shares;
                assert!(story.filled <= orders[&fill.order].shares);
                (fill.order, story.filled == orders[&fill.order].shares)
            }
            _ => continue,
        };
        let story = stories.entry(id).or_default();
        assert_eq!(story.ends, 0, "{id} was told more after its end");
        story.ends += u32::from(ended);
    }
    stories
}

/// Shares that ever newly appeared on display, by half and price.
#[derive(Default)]
struct Appeared {
    shown: BTreeMap<(BookSide, Price), u64>,
    total: BTreeMap<(BookSide, Price), u64>,
}

impl Appeared {
    fn see(&mut self, key: (BookSide, Price), shares: u64) {
        let before = self.shown.insert(key, shares).unwrap_or(0);
        *self.total.entry(key).or_default() += shares.saturating_sub(before);
    }

    fn news(&mut self, event: &MarketEvent) {
        match event {
            MarketEvent::Snapshot { bids, asks } => {
                let mut book: BTreeMap<_, u64> = self.shown.keys().map(|key| (*key, 0)).collect();
                let all = bids.iter().map(|level| (BookSide::Bid, level));
                for (side, level) in all.chain(asks.iter().map(|level| (BookSide::Ask, level))) {
                    book.insert((side, level.price), level.shares.micros());
                }
                for (key, shares) in book {
                    self.see(key, shares);
                }
            }
            MarketEvent::Level { side, level } => {
                self.see((*side, level.price), level.shares.micros());
            }
            _ => {}
        }
    }
}

/// The half and the price on the YES scale that a taker's fill came from.
fn source(fill: &Fill) -> (BookSide, Price) {
    let side = BookSide::taken_by(fill.side);
    match fill.token.outcome {
        Outcome::Yes => (side, fill.price),
        Outcome::No => (side.opposite(), fill.price.complement()),
    }
}

fn takers_only(mut script: Vec<(u64, Step)>) -> Vec<(u64, Step)> {
    script.retain(|(_, step)| {
        !matches!(
            step,
            Step::News(MarketEvent::TickSize(_) | MarketEvent::Gap)
        )
    });
    for (_, step) in &mut script {
        if let Step::Send(Command::Place(order)) = step
            && order.time_in_force.rests()
        {
            order.time_in_force = TimeInForce::Fak;
        }
    }
    script
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..Default::default() })]

    #[test]
    fn cash_and_tokens_are_conserved(config in any_config(), script in any_script()) {
        let mut books = Books::default();
        play(config, &script, |exchange, _, _, answers| {
            for (_, answer) in answers {
                books.enter(answer);
            }
            books.agree_with(exchange);
        });
    }

    #[test]
    fn every_order_keeps_its_limit_and_size_and_ends_exactly_once(
        config in any_config(),
        script in any_script(),
    ) {
        let orders = orders(&script);
        let (mut exchange, mut answers) = play(config, &script, |_, _, _, _| {});
        let open: Vec<_> = exchange.open_orders().map(|order| order.id).collect();
        for (id, story) in stories(&orders, &answers) {
            prop_assert_eq!(story.ends == 0, open.contains(&id) );
        }
        // Once the market is decided and all is done, every order has ended and nothing is kept back.
        let end = Timestamp::from_secs(100);
        exchange.advance(end, &mut answers);
        exchange.resolve(end, Resolution { market: MARKET, payout: Payout::YES });
        exchange.submit(end, &Command::Redeem(MARKET));
        exchange.advance(Timestamp::from_secs(200), &mut answers);
        let told = stories(&orders, &answers);
        prop_assert_eq!(told.len(), orders.len());
        prop_assert!(told.values().all(|story| story.ends == 1));
        prop_assert_eq!(exchange.next_due(), None);
        prop_assert_eq!(exchange.cash_reserved(), Cash::ZERO);
        prop_assert_eq!(exchange.proceeds_pending(), Cash::ZERO);
        prop_assert_eq!(exchange.holding(YES), Default::default());
        prop_assert_eq!(exchange.holding(NO), Default::default());
    }

    #[test]
    fn a_trade_fills_no_more_than_its_own_shares(config in any_config(), script in any_script()) {
        play(config, &script, |_, at, step, answers| {
            let Step::News(MarketEvent::Trade(trade)) = step else { return };
            let filled: Shares = answers
                .iter()
                .filter_map(|(when, answer)| match answer {
                    AccountInput::Filled(fill)
                        if *when == at && fill.liquidity == Liquidity::Maker => Some(fill.shares),
                    _ => None,
                })
                .sum();
            assert!(filled <= trade.shares);
        });
    }

    #[test]
    fn takers_get_no_more_than_ever_appeared(config in any_config(), script in any_script()) {
        let script = takers_only(script);
        let mut appeared = Appeared::default();
        let mut taken: BTreeMap<(BookSide, Price), u64> = BTreeMap::new();
        play(config, &script, |_, _, step, answers| {
            // Answers may be older than this news, so what appeared is a bound that includes it.
            if let Step::News(event) = step {
                appeared.news(event);
            }
            for (_, answer) in answers {
                if let AccountInput::Filled(fill) = answer {
                    *taken.entry(source(fill)).or_default() += fill.shares.micros();
                }
            }
            for (key, shares) in &taken {
                assert!(shares <= appeared.total.get(key).unwrap_or(&0));
            }
        });
    }

    #[test]
    fn the_same_calls_give_the_same_answers_whenever_they_are_fetched(
        config in any_config(),
        script in any_script(),
    ) {
        let (_, eager) = play(config, &script, |_, _, _, _| {});
        let (_, again) = play(config, &script, |_, _, _, _| {});
        prop_assert_eq!(&eager, &again);
        let (mut exchange, mut at) = (opened(config), 0);
        for (pause, step) in &script {
            at += pause;
            perform(&mut exchange, ms(at), step);
        }
        let mut lazy = Vec::new();
        exchange.advance(ms(at), &mut lazy);
        prop_assert_eq!(&eager, &lazy);
        prop_assert!(lazy.is_sorted_by_key(|(when, _)| *when));
    }
}
