//! A day of one coin: workers predict its price round by round, and markets ask whether it ends above a strike or above
//! where a window began. Apart from the sample world, whose windows hang on probabilities.
//!
//! Every round has a drift that one worker half knows and the market does not: prices of the books are the chances of a
//! walk without drift. Another worker follows the last move, which says nothing, and a third stays where the price is.

use std::time::Duration;

use libm::{exp, floor, log, sqrt};
use quorate_domain::math::normal_cdf;
use quorate_domain::{
    Cash, EpochId, FeeSchedule, Inference, Input, LabelId, Level, LinkSense, LossName, Market,
    MarketEvent, MarketId, MarketInput, Objective, Payout, Predicted, Price, PriceCondition,
    ReferencePrice, Resolution, Schedule, SchemeName, Shares, TickSize, Ties, Timestamp, Topic,
    TopicId, TopicLink, TruthSource, Worker, WorkerId,
};

use super::random::Stream;
use crate::tape::{Tape, TapeEpoch, TapeMarket, TapeRecord};

/// 2025-09-05T00:00:00Z.
const STARTS_AT: Timestamp = Timestamp::from_secs(1_757_030_400);
const ROUND_SECS: u64 = 300;
const ROUNDS_PER_HOUR: u64 = 12;
/// Seconds between two reference prices, and between two quotes.
const STEP_SECS: u64 = 30;
const STEPS: u64 = ROUND_SECS / STEP_SECS;
const FIRST_PRICE: f64 = 50_000.0;
/// Standard deviation of the log price over a round, and that of the drift of a round.
const VOLATILITY: f64 = 0.0012;
const DRIFT: f64 = 0.6 * VOLATILITY;
const TOPIC: TopicId = TopicId(0);
const WORKERS: [&str; 3] = ["half-knower", "follower", "stayer"];

/// What a price topic of five-minute rounds predicts.
const OBJECTIVE: Objective = Objective {
    predicts: Predicted::Price,
    schedule: Schedule {
        origin: STARTS_AT,
        epoch_length: Duration::from_secs(ROUND_SECS),
        horizon: Duration::from_secs(ROUND_SECS),
        submission_window: Duration::from_secs(60),
        truth_lag: Duration::from_secs(5),
    },
    truth: TruthSource::Reference,
    loss: LossName::Mse,
    scheme: SchemeName::PriceExperts,
};

/// A market with what its outcome hangs on.
struct Listed {
    id: MarketId,
    strike_micros: i64,
    closes_at: Timestamp,
}

struct Session {
    random: Stream,
    tape: Tape,
    /// Records with the rank of their kind at one moment.
    records: Vec<(u8, TapeRecord)>,
    log_price: f64,
    last_move: f64,
    open: Vec<Listed>,
}

/// A session of `hours` hours as a tape. Equal arguments make equal tapes.
#[must_use]
pub fn price_session(seed: u64, hours: u32) -> Tape {
    let mut session = Session {
        random: Stream::of_part(seed, "price-session", 0),
        tape: Tape::default(),
        records: Vec::new(),
        log_price: log(FIRST_PRICE),
        last_move: 0.0,
        open: Vec::new(),
    };
    session.tape.topics.push(Topic {
        id: TOPIC,
        name: "coin-price".into(),
        objective: OBJECTIVE,
    });
    session
        .tape
        .workers
        .extend((0..).zip(WORKERS).map(|(id, name)| Worker {
            id: WorkerId(id),
            name: name.into(),
        }));
    for round in 0..u64::from(hours) * ROUNDS_PER_HOUR {
        session.live_round(round);
    }
    let end = at(u64::from(hours) * ROUNDS_PER_HOUR, 0);
    session.refer(end);
    session.settle(end);
    // Stable: within a kind the order stays.
    session
        .records
        .sort_by_key(|(rank, record)| (record.at, *rank));
    let records = session.records.into_iter().map(|(_, record)| record);
    session.tape.records = records.collect();
    session.tape
}

/// A moment of a round.
fn at(round: u64, secs: u64) -> Timestamp {
    STARTS_AT.plus(Duration::from_secs(round * ROUND_SECS + secs))
}

impl Session {
    fn live_round(&mut self, round: u64) {
        let drift = DRIFT * self.random.normal();
        self.refer(at(round, 0));
        self.settle(at(round, 0));
        self.list(round);
        self.speak(round, drift);
        let before = self.log_price;
        let (step_drift, step_deviation) = (drift / STEPS as f64, VOLATILITY / sqrt(STEPS as f64));
        for step in 0..STEPS {
            if step != 0 {
                self.refer(at(round, step * STEP_SECS));
            }
            self.quote(at(round, step * STEP_SECS));
            self.log_price += step_drift + step_deviation * self.random.normal();
        }
        self.last_move = self.log_price - before;
    }

    /// The price in whole cents, as the reference has it.
    fn price_micros(&self) -> i64 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a price of some ten thousand dollars"
        )]
        let cents = floor(exp(self.log_price) * 100.0 + 0.5) as i64;
        cents * 10_000
    }

    fn push(&mut self, rank: u8, at: Timestamp, input: Input) {
        self.records.push((rank, TapeRecord { at, input }));
    }

    fn refer(&mut self, at: Timestamp) {
        let price = ReferencePrice {
            topic: TOPIC,
            price_micros: self.price_micros(),
            observed_at: at,
        };
        self.push(0, at, Input::Reference(price));
    }

    /// A window of every round, and every hour a strike near the price.
    fn list(&mut self, round: u64) {
        let spot = self.price_micros();
        let window = PriceCondition::UpDown {
            ties: Ties::Yes,
            average_secs: 0,
        };
        self.add(
            format!("coin-window-{round}"),
            window,
            spot,
            (round, round + 1),
        );
        if round.is_multiple_of(ROUNDS_PER_HOUR) {
            let hour = round / ROUNDS_PER_HOUR;
            let away = VOLATILITY * self.random.normal();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a price of some ten thousand dollars"
            )]
            let strike = floor(spot as f64 * exp(away) * 1e-6) as i64 * 1_000_000;
            let above = PriceCondition::Above {
                strike_micros: strike,
                ties: Ties::Yes,
                average_secs: 0,
            };
            let span = (round, round + ROUNDS_PER_HOUR);
            self.add(format!("coin-above-{hour}"), above, strike, span);
        }
    }

    fn add(
        &mut self,
        name: String,
        condition: PriceCondition,
        strike_micros: i64,
        (from, to): (u64, u64),
    ) {
        let place = u32::try_from(self.tape.markets.len()).unwrap_or(u32::MAX);
        let (id, epoch) = (MarketId(place), EpochId(u64::from(place)));
        self.tape.epochs.push(TapeEpoch {
            topic: TOPIC,
            id: epoch,
            name: name.clone(),
            labels: vec![name.clone()],
        });
        let market = Market {
            id,
            question: String::new(),
            group: None,
            set: None,
            loading: 0.0,
            tick: TickSize::CENT,
            shares_min: Shares::whole(5),
            marketable_buy_min: Cash::whole(1),
            fee: FeeSchedule::NONE,
            opens_at: Some(at(from, 0)),
            closes_at: Some(at(to, 0)),
            link: Some(TopicLink {
                topic: TOPIC,
                epoch,
                label: LabelId(0),
                sense: LinkSense::Price(condition),
            }),
            name,
        };
        self.tape.markets.push(TapeMarket {
            market,
            category: Some("crypto".into()),
        });
        self.open.push(Listed {
            id,
            strike_micros,
            closes_at: at(to, 0),
        });
    }

    fn speak(&mut self, round: u64, drift: f64) {
        let noise = DRIFT * self.random.normal();
        let said = [drift + noise, self.last_move, 0.0];
        for (worker, predicted) in (0_u32..).zip(said) {
            let published_at = at(round, 2 + u64::from(worker));
            let inference = Inference {
                topic: TOPIC,
                epoch: EpochId(round),
                label: LabelId(0),
                worker: WorkerId(worker),
                value: exp(self.log_price + predicted),
                published_at,
            };
            self.push(2, published_at, Input::Inference(inference));
        }
    }

    /// Books around the chance of a walk without drift.
    fn quote(&mut self, now: Timestamp) {
        let spot = self.price_micros() as f64;
        let mut quotes = Vec::new();
        for listed in &self.open {
            let rounds = listed.closes_at.since(now).as_secs_f64() / ROUND_SECS as f64;
            let deviation = sqrt(VOLATILITY * VOLATILITY + DRIFT * DRIFT) * sqrt(rounds);
            let chance = normal_cdf(log(spot / listed.strike_micros as f64) / deviation);
            let cents = floor(chance.clamp(0.03, 0.97) * 100.0 + 0.5);
            quotes.push((listed.id, cents));
        }
        for (market, cents) in quotes {
            #[expect(clippy::cast_possible_truncation, reason = "from 3 to 97 cents")]
            let middle = cents as i64 * 10_000;
            let side = |micros| {
                let level = |price| Level {
                    price,
                    shares: Shares::whole(300),
                };
                Price::from_micros(micros).ok().map(level)
            };
            let event = MarketEvent::Snapshot {
                bids: side(middle - 10_000).into_iter().collect(),
                asks: side(middle + 10_000).into_iter().collect(),
            };
            self.push(1, now, Input::Market(MarketInput { market, event }));
        }
    }

    /// Resolves what has closed, shortly after.
    fn settle(&mut self, now: Timestamp) {
        let price = self.price_micros();
        let (closed, open) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|listed| listed.closes_at <= now);
        self.open = open;
        let closed: Vec<Listed> = closed;
        for listed in closed {
            let payout = if listed.strike_micros <= price {
                Payout::YES
            } else {
                Payout::NO
            };
            let word = Resolution {
                market: listed.id,
                payout,
            };
            let resolved_at = now.plus(Duration::from_secs(20));
            self.push(3, resolved_at, Input::Resolved(word));
        }
    }
}
