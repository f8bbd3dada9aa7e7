//! A price that wanders, workers who speak about it, and markets on it, told to the price topics directly.
#![allow(dead_code, reason = "shared by several test programs")]

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_domain::{
    EpochId, FeeSchedule, Inference, LabelId, LinkSense, LossName, Market, MarketId, NoTradeReason,
    Objective, Predicted, PriceCondition, ReferencePrice, Schedule, SchemeName, Shares, TickSize,
    Ties, Timestamp, Topic, TopicId, TopicLink, TruthSource, WorkerId,
};
use quorate_engine::prices::{PriceConfig, Priced, Prices, Voice};

pub(crate) const TOPIC: TopicId = TopicId(7);
/// Opening of epoch 0.
pub(crate) const ORIGIN: u64 = 1_800_000_000;
pub(crate) const EPOCH_SECS: u64 = 300;
pub(crate) const AGE_MAX: Duration = Duration::from_secs(86_400);

pub(crate) const fn secs(after_origin: u64) -> Timestamp {
    Timestamp::from_secs(ORIGIN + after_origin)
}

/// Log returns over five minutes, submissions within the first minute.
pub(crate) fn return_topic() -> Objective {
    Objective {
        predicts: Predicted::LogReturn,
        schedule: Schedule {
            origin: secs(0),
            epoch_length: Duration::from_secs(EPOCH_SECS),
            horizon: Duration::from_secs(EPOCH_SECS),
            submission_window: Duration::from_secs(60),
            truth_lag: Duration::from_secs(5),
        },
        truth: TruthSource::Reference,
        loss: LossName::Mae,
        scheme: SchemeName::Configured,
    }
}

pub(crate) fn topic(objective: Objective) -> Topic {
    Topic {
        id: TOPIC,
        name: "price".into(),
        objective,
    }
}

pub(crate) fn said(epoch: u64, worker: u32, value: f64, at: Timestamp) -> Inference {
    Inference {
        topic: TOPIC,
        epoch: EpochId(epoch),
        label: LabelId(0),
        worker: WorkerId(worker),
        value,
        published_at: at,
    }
}

pub(crate) fn reference(dollars: f64, at: Timestamp) -> ReferencePrice {
    ReferencePrice {
        topic: TOPIC,
        price_micros: (dollars * 1e6).round() as i64,
        observed_at: at,
    }
}

pub(crate) const fn above(strike_micros: i64) -> PriceCondition {
    PriceCondition::Above {
        strike_micros,
        ties: Ties::Yes,
        average_secs: 0,
    }
}

pub(crate) fn market(
    id: u32,
    condition: PriceCondition,
    opens_at: Timestamp,
    closes_at: Timestamp,
) -> Market {
    Market {
        id: MarketId(id),
        name: format!("m{id}"),
        question: String::new(),
        group: None,
        set: None,
        loading: 0.0,
        tick: TickSize::CENT,
        shares_min: Shares::whole(5),
        marketable_buy_min: quorate_domain::Cash::whole(1),
        fee: FeeSchedule::NONE,
        opens_at: Some(opens_at),
        closes_at: Some(closes_at),
        link: Some(TopicLink {
            topic: TOPIC,
            epoch: EpochId(0),
            label: LabelId(0),
            sense: LinkSense::Price(condition),
        }),
    }
}

/// SplitMix64 with Box-Muller.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(1.0 - self.uniform())).sqrt();
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }
}

/// Rounds in a row, a reference once a minute.
pub(crate) struct Course {
    pub(crate) prices: Prices,
    pub(crate) random: Random,
    pub(crate) price: f64,
    predicts: Predicted,
    round: u64,
    markets: u32,
    open: Vec<MarketId>,
}

/// What was said about each market when submissions closed.
pub(crate) type Said = BTreeMap<MarketId, Result<Priced, NoTradeReason>>;

impl Course {
    pub(crate) fn new(objective: Objective, seed: u64) -> Self {
        let mut prices = Prices::default();
        prices
            .list(&topic(objective), &PriceConfig::default(), secs(0))
            .unwrap();
        Self {
            prices,
            random: Random::new(seed),
            price: 50_000.0,
            predicts: objective.predicts,
            round: 0,
            markets: 0,
            open: Vec::new(),
        }
    }

    /// A market on the price at the end of the next round.
    pub(crate) fn threshold(&mut self, strike_micros: i64) -> MarketId {
        self.markets += 1;
        let (opens, closes) = (self.round * EPOCH_SECS, (self.round + 1) * EPOCH_SECS);
        let listed = market(
            self.markets,
            above(strike_micros),
            secs(opens),
            secs(closes),
        );
        let id = listed.id;
        self.prices.watch(&listed, secs(opens));
        self.open.push(id);
        id
    }

    /// One round: the return to come is normal with `sigma_bp`, and the workers, who may know it, speak at the opening.
    /// Returns and volatilities are given in basis points.
    pub(crate) fn round(&mut self, sigma_bp: f64, speak: impl FnOnce(f64) -> Vec<f64>) -> Said {
        let opens = self.round * EPOCH_SECS;
        let step = sigma_bp / 5.0_f64.sqrt();
        let moves: Vec<f64> = (0..5).map(|_| step * self.random.normal()).collect();
        let at = |secs_in: u64| secs(opens + secs_in);
        self.prices
            .see(&reference(self.price, at(0)), at(0))
            .unwrap();
        for (worker, value) in (0..).zip(speak(moves.iter().sum())) {
            let value = match self.predicts {
                Predicted::Price => value,
                _ => value * 1e-4,
            };
            self.prices
                .hear(&said(self.round, worker, value, at(1)), at(1))
                .unwrap();
        }
        self.prices.settle_due(at(2));
        let priced = self.open.drain(..).map(|market| {
            let moment = (at(2), AGE_MAX);
            (
                market,
                self.prices.price(TOPIC, market, Voice::Collective, moment),
            )
        });
        let priced = priced.collect();
        for (minute, bp) in (1..).zip(moves) {
            self.price *= libm::exp(bp * 1e-4);
            let now = at(minute * 60);
            if minute < 5 {
                self.prices.see(&reference(self.price, now), now).unwrap();
            }
            self.prices.settle_due(now);
        }
        self.round += 1;
        priced
    }
}
