//! Random markets and orders through the exact exchange and through the fast replay: every answer is the same.

use std::time::Duration;

use proptest::prelude::*;
use quorate_domain::{
    AccountInput, BookSide, Cash, Command, Crossing, FeeSchedule, Level, Market, MarketEvent,
    MarketId, MarketInput, OrderId, Outcome, Payout, PlaceOrder, Price, PublicTrade, Resolution,
    Shares, Side, TickSize, TimeInForce, Timestamp, Token,
};
use quorate_venue::fast::{
    Answer, Chore, Delay, Event, FanOut, Idle, Kind, NewOrder, QueueModel, VariantConfig,
};
use quorate_venue::{Exchange, FillRule, QueueRule, VenueConfig};

use crate::world::{Log, alone, crypto, ms, snapshot, world};

const MARKET: MarketId = MarketId(0);

#[derive(Clone, Debug)]
enum Step {
    Snapshot(Vec<(u16, u64)>, Vec<(u16, u64)>),
    Level(BookSide, u16, u64),
    Trade(Side, u16, u64),
    Tick(u16),
    Gap,
    Place(NewOrder),
    Cancel(usize),
    Merge(u64),
}

fn any_price() -> impl Strategy<Value = u16> {
    prop_oneof![9 => (40_u16..=60).prop_map(|cents| cents * 100), 1 => (400_u16..=600).prop_map(|mills| mills * 10)]
}

fn any_size(max: u64) -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => (0..=max).prop_map(|shares| shares * 1_000_000),
        1 => 0..=max * 1_000_000,
    ]
}

fn any_side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn any_levels() -> impl Strategy<Value = Vec<(u16, u64)>> {
    let price = (40_u16..=60).prop_map(|cents| cents * 100);
    prop::collection::vec((price, any_size(30)), 0..5)
}

fn any_order() -> impl Strategy<Value = NewOrder> {
    let life = prop_oneof![
        4 => Just(TimeInForce::Gtc),
        1 => (1_u64..4_000).prop_map(|at| TimeInForce::Gtd(Timestamp::from_nanos(ms(at)))),
        1 => Just(TimeInForce::Fok),
        3 => Just(TimeInForce::Fak),
    ];
    let outcome = prop_oneof![Just(Outcome::Yes), Just(Outcome::No)];
    let crossing = prop_oneof![3 => Just(Crossing::Allowed), 1 => Just(Crossing::Refused)];
    (
        outcome,
        any_side(),
        any_price(),
        any_size(40),
        life,
        crossing,
    )
        .prop_map(|(outcome, side, limit, shares, life, crossing)| NewOrder {
            market: 0,
            outcome,
            side,
            limit,
            shares,
            life,
            crossing,
        })
}

fn any_step() -> impl Strategy<Value = Step> {
    let half = prop_oneof![Just(BookSide::Bid), Just(BookSide::Ask)];
    let whole = (any_levels(), any_levels(), 42_u16..58, 0..5).prop_map(
        |(mut bids, mut asks, middle, chance)| {
            if chance > 0 {
                bids.retain(|(price, _)| *price < middle * 100);
                asks.retain(|(price, _)| *price > middle * 100);
            }
            Step::Snapshot(bids, asks)
        },
    );
    prop_oneof![
        8 => whole,
        12 => (half, any_price(), any_size(30)).prop_map(|(half, price, size)| Step::Level(half, price - price % 100, size)),
        1 => (Just(BookSide::Bid), any_price(), any_size(30)).prop_map(|(half, price, size)| Step::Level(half, price, size)),
        12 => (any_side(), any_price(), any_size(40)).prop_map(|(side, price, size)| Step::Trade(side, price, size)),
        1 => prop_oneof![Just(100_u16), Just(10_u16), Just(1_000_u16)].prop_map(Step::Tick),
        1 => Just(Step::Gap),
        24 => any_order().prop_map(Step::Place),
        5 => (0_usize..40).prop_map(Step::Cancel),
        2 => any_size(20).prop_map(Step::Merge),
    ]
}

/// Both kinds of tokens come first, so that sells find something.
fn any_script() -> impl Strategy<Value = Vec<(u64, Step)>> {
    prop::collection::vec((1_u64..60, any_step()), 1..160).prop_map(|rest| {
        let quote = || Step::Snapshot(vec![(4_500, 30_000_000)], vec![(5_500, 30_000_000)]);
        let first = |outcome| {
            Step::Place(NewOrder {
                market: 0,
                outcome,
                side: Side::Buy,
                limit: 5_500,
                shares: 30_000_000,
                life: TimeInForce::Fak,
                crossing: Crossing::Allowed,
            })
        };
        let mut script = vec![
            (1, quote()),
            (1, first(Outcome::Yes)),
            (1, first(Outcome::No)),
            (200, quote()),
        ];
        script.extend(rest);
        script
    })
}

fn price(ticks: u16) -> Price {
    Price::from_micros(i64::from(ticks) * 100).unwrap()
}

fn levels(list: &[(u16, u64)]) -> Vec<Level> {
    let level = |(at, size): &(u16, u64)| Level {
        price: price(*at),
        shares: Shares::from_micros(*size),
    };
    list.iter().map(level).collect()
}

/// The two engines side by side.
struct Pair {
    exact: Exchange,
    fast: FanOut<Idle, Log>,
    exact_said: Vec<(u64, Answer)>,
    ids: Vec<Option<quorate_venue::fast::OrderId>>,
}

impl Pair {
    fn new(latencies: (u64, u64, u64), cash: u64) -> Self {
        let (submit, cancel, settle) = latencies;
        let mut exact = Exchange::new(VenueConfig {
            submit_latency: Duration::from_millis(submit),
            cancel_latency: Duration::from_millis(cancel),
            settle_delay: Duration::from_millis(settle),
            redeem_delay: Duration::from_millis(7),
            fills: FillRule::RecordedDepth,
            queue: QueueRule::BehindQueue,
        });
        exact.list(Market {
            id: MARKET,
            name: "m".into(),
            question: "?".into(),
            group: None,
            set: None,
            loading: 0.0,
            tick: TickSize::CENT,
            shares_min: Shares::whole(5),
            marketable_buy_min: Cash::whole(1),
            fee: FeeSchedule { ..crypto().fee },
            opens_at: None,
            closes_at: None,
            link: None,
        });
        exact.deposit(Timestamp::default(), Cash::whole(cash as i64));
        let fast = alone(
            world(1, crypto()),
            VariantConfig {
                cash: cash * 1_000_000,
                submit: Delay::Constant(ms(submit)),
                cancel: Delay::Constant(ms(cancel)),
                settle: ms(settle),
                chain: ms(7),
                queue: QueueModel::RiskAverse,
                ..VariantConfig::default()
            },
        );
        Self {
            exact,
            fast,
            exact_said: Vec::new(),
            ids: Vec::new(),
        }
    }

    fn perform(&mut self, at: u64, step: &Step) {
        let now = Timestamp::from_nanos(ms(at));
        let plain = |kind, size| Event::plain(kind, 0, ms(at), ms(at), size);
        match step {
            Step::Snapshot(bids, asks) => {
                let event = MarketEvent::Snapshot {
                    bids: levels(bids),
                    asks: levels(asks),
                };
                self.news(now, event, &snapshot(0, ms(at), bids, asks));
            }
            Step::Level(side, at, size) => {
                let level = levels(&[(*at, *size)])[0];
                let record = plain(Kind::Delta, 0).at_level(*side, *at, *size);
                self.news(now, MarketEvent::Level { side: *side, level }, &[record]);
            }
            Step::Trade(taker, at, size) => {
                let public = PublicTrade {
                    taker: *taker,
                    price: price(*at),
                    shares: Shares::from_micros(*size),
                };
                let record = plain(Kind::Trade, 0).traded(*taker, *at, *size);
                self.news(now, MarketEvent::Trade(public), &[record]);
            }
            Step::Tick(width) => {
                let tick = TickSize::from_micros(i64::from(*width) * 100).unwrap();
                let record = plain(Kind::TickChange, u64::from(*width));
                self.news(now, MarketEvent::TickSize(tick), &[record]);
            }
            Step::Gap => self.news(now, MarketEvent::Gap, &[plain(Kind::Gap, 0)]),
            Step::Place(new) => {
                let id = self.fast.submit(0, ms(at), new);
                self.ids.push(id);
                let place = PlaceOrder {
                    id: OrderId {
                        seq: 1,
                        index: self.ids.len() as u32,
                    },
                    token: Token {
                        market: MARKET,
                        outcome: new.outcome,
                    },
                    side: new.side,
                    limit: price(new.limit),
                    shares: Shares::from_micros(new.shares),
                    time_in_force: new.life,
                    crossing: new.crossing,
                };
                self.exact.submit(now, &Command::Place(place));
            }
            Step::Cancel(index) => {
                if let Some(Some(id)) = self.ids.get(*index) {
                    self.fast.cancel(0, ms(at), *id);
                    let id = OrderId {
                        seq: 1,
                        index: *index as u32 + 1,
                    };
                    self.exact.submit(now, &Command::Cancel(id));
                }
            }
            Step::Merge(shares) => {
                let chore = Chore::Merge {
                    market: 0,
                    shares: *shares,
                };
                self.fast.request(0, ms(at), chore);
                let shares = Shares::from_micros(*shares);
                self.exact.submit(
                    now,
                    &Command::Merge {
                        market: MARKET,
                        shares,
                    },
                );
            }
        }
        self.advance(at);
    }

    fn news(&mut self, now: Timestamp, event: MarketEvent, records: &[Event]) {
        let market = MARKET;
        self.exact.observe(now, &MarketInput { market, event });
        for record in records {
            self.fast.push(record).unwrap();
        }
    }

    fn advance(&mut self, at: u64) {
        let mut said = Vec::new();
        self.exact.advance(Timestamp::from_nanos(ms(at)), &mut said);
        let known = said
            .iter()
            .filter_map(|(at, answer)| Some((at.nanos(), translated(answer)?)));
        self.exact_said.extend(known);
        self.fast.advance(ms(at));
    }

    fn fast_said(&self) -> Vec<(u64, Answer)> {
        let heard = self.fast.witness().iter();
        heard
            .filter(|(_, _, answer)| !matches!(answer, Answer::Confirmed { .. }))
            .map(|(_, at, answer)| (*at, *answer))
            .collect()
    }
}

/// An answer of the exact exchange in the fast replay's words; finality is compared by the accounts.
fn translated(answer: &AccountInput) -> Option<Answer> {
    Some(match answer {
        AccountInput::Accepted(id) => Answer::Accepted { order: id.index },
        AccountInput::Refused(refusal) => Answer::Refused {
            order: refusal.order.index,
            reason: refusal.reason,
        },
        AccountInput::Cancelled { order, reason } => Answer::Cancelled {
            order: order.index,
            reason: *reason,
        },
        AccountInput::Filled(fill) => Answer::Filled(quorate_venue::fast::FastFill {
            order: fill.order.index,
            market: 0,
            outcome: fill.token.outcome,
            side: fill.side,
            price: (fill.price.micros() / 100) as u16,
            shares: fill.shares.micros(),
            fee: fill.fee.micros().unsigned_abs(),
            liquidity: fill.liquidity,
        }),
        AccountInput::Merged { shares, .. } => Answer::Merged {
            market: 0,
            shares: shares.micros(),
        },
        AccountInput::Reverted { .. } => Answer::Reverted {
            market: 0,
            shares: 0,
        },
        AccountInput::Redeemed { yes, no, cash, .. } => Answer::Redeemed {
            market: 0,
            yes: yes.micros(),
            no: no.micros(),
            cash: cash.micros().unsigned_abs(),
        },
        _ => return None,
    })
}

/// The exact exchange does not say how much a reverted transaction asked for.
fn without_amounts(said: Vec<(u64, Answer)>) -> Vec<(u64, Answer)> {
    said.into_iter()
        .map(|(at, answer)| match answer {
            Answer::Reverted { market, .. } => (at, Answer::Reverted { market, shares: 0 }),
            other => (at, other),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..Default::default() })]

    #[test]
    fn it_answers_as_the_exact_exchange_does(
        latencies in (0_u64..100, 0_u64..100, prop_oneof![Just(0_u64), 1_u64..400]),
        cash in prop_oneof![Just(60_u64), Just(5_000_u64)],
        script in any_script(),
        payout in prop_oneof![Just(1_000_000_u32), Just(0), Just(500_000), Just(333_333)],
    ) {
        let mut pair = Pair::new(latencies, cash);
        let mut at = 0;
        for (pause, step) in &script {
            at += pause;
            pair.perform(at, step);
            let account = pair.fast.outcomes().next().unwrap().account;
            prop_assert!(account.is_sound(), "{account:?}");
            prop_assert_eq!(account.cash, pair.exact.cash().micros());
            prop_assert_eq!(account.reserved, pair.exact.cash_reserved().micros());
            prop_assert_eq!(account.proceeds, pair.exact.proceeds_pending().micros());
        }
        prop_assert_eq!(without_amounts(pair.fast_said()), without_amounts(pair.exact_said.clone()));
        // Everything becomes final, then the market pays.
        at += 10_000;
        pair.advance(at);
        let resolution = Resolution { market: MARKET, payout: Payout::from_micros(payout).unwrap() };
        pair.exact.resolve(Timestamp::from_nanos(ms(at)), resolution);
        pair.fast.push(&Event::plain(Kind::Resolved, 0, ms(at), ms(at), u64::from(payout))).unwrap();
        pair.exact.submit(Timestamp::from_nanos(ms(at)), &Command::Redeem(MARKET));
        pair.advance(at + 1_000);
        let account = pair.fast.outcomes().next().unwrap().account;
        prop_assert!(account.is_sound());
        prop_assert_eq!(account.cash, pair.exact.cash().micros());
    }
}
