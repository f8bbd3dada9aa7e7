//! What a strategy sees and what it may wish for.
//!
//! A strategy is a pure function from a view of the world to intents. It never sees orders, clocks or money movements:
//! it says what it would hold and up to which price, and sizing, risk and reconciliation do the rest.

use alloc::vec::Vec;
use core::time::Duration;

use quorate_domain::{
    Book, BookSide, Market, Outcome, Price, Probability, Shares, Side, TickSize, Timestamp,
};

/// How an intent wants to be executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Take resting shares now (fill and kill).
    Take,
    /// Rest at the limit and wait (post-only).
    Make,
}

/// A wish: to hold more (buy) or less (sell) of an outcome, at the limit or better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Index into [`View::markets`].
    pub market: usize,
    /// The outcome.
    pub outcome: Outcome,
    /// More or less of it.
    pub side: Side,
    /// Worst price accepted, fees not included, on the outcome's own scale.
    pub limit: Price,
    /// How to execute.
    pub style: Style,
}

/// What is thought of a market.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FairValue {
    /// Probability that is traded on.
    pub fair: Probability,
    /// What the collective says before the market is asked; absent when the market alone is traded on.
    pub collective: Option<Probability>,
    /// Midpoint of the book.
    pub market_mid: Probability,
    /// Workers whose inference counted.
    pub workers: u16,
}

impl FairValue {
    /// Probability that this outcome pays.
    #[must_use]
    pub fn of(&self, outcome: Outcome) -> f64 {
        match outcome {
            Outcome::Yes => self.fair.clipped(),
            Outcome::No => 1.0 - self.fair.clipped(),
        }
    }
}

/// One market as a strategy sees it: tradable, with a sound two-sided book and a fair value.
#[derive(Clone, Copy, Debug)]
pub struct MarketView<'a> {
    /// Its rules.
    pub market: &'a Market,
    /// Its book.
    pub book: &'a Book,
    /// What is thought of it.
    pub fair: FairValue,
    /// Time until trading ends, where announced.
    pub time_left: Option<Duration>,
    /// Shares held of each outcome: YES, NO.
    pub held: [Shares; 2],
    /// What one dollar locked up until resolution must bring, at least 1.
    pub lockup: f64,
}

impl MarketView<'_> {
    /// Price step in force.
    #[must_use]
    pub const fn tick(&self) -> TickSize {
        self.book.tick()
    }

    /// Shares held of an outcome.
    #[must_use]
    pub const fn held_of(&self, outcome: Outcome) -> Shares {
        match outcome {
            Outcome::Yes => self.held[0],
            Outcome::No => self.held[1],
        }
    }

    /// Best ask less best bid, dollars.
    #[must_use]
    pub fn spread(&self) -> Option<f64> {
        let bid = self.book.best(BookSide::Bid)?;
        let ask = self.book.best(BookSide::Ask)?;
        Some(ask.price.to_f64() - bid.price.to_f64())
    }

    /// Cost of one share taken at `price`: price, taker fee and lock-up, in dollars.
    #[must_use]
    pub fn taker_cost(&self, price: Price) -> f64 {
        let a = price.to_f64();
        (a + self.market.fee.taker_per_share(a)) * self.lockup
    }

    /// Proceeds of one share sold into a bid at `price`: price less taker fee, in dollars.
    #[must_use]
    pub fn taker_proceeds(&self, price: Price) -> f64 {
        let b = price.to_f64();
        b - self.market.fee.taker_per_share(b)
    }

    /// Advantage per share of buying an outcome at its best ask, after all costs; `None` without an ask.
    #[must_use]
    pub fn edge(&self, outcome: Outcome) -> Option<f64> {
        let ask = self.book.best_of(outcome, BookSide::Ask)?;
        Some(self.fair.of(outcome) - self.taker_cost(ask.price))
    }

    /// Highest grid price at which buying the outcome at once still brings `edge_min` per share after all costs.
    #[must_use]
    pub fn buy_limit(&self, outcome: Outcome, edge_min: f64) -> Option<Price> {
        let worth = self.fair.of(outcome) - edge_min;
        highest(self.tick(), |price| {
            self.taker_cost(price) <= worth + EDGE_TOLERANCE
        })
    }

    /// Lowest grid price at which selling the outcome at once still brings `edge_min` more than it is worth.
    #[must_use]
    pub fn sell_limit(&self, outcome: Outcome, edge_min: f64) -> Option<Price> {
        let worth = self.fair.of(outcome) + edge_min;
        highest(self.tick(), |price| {
            self.taker_proceeds(price) < worth - EDGE_TOLERANCE
        })
        .map_or_else(
            || self.tick().ceil(1),
            |below| {
                self.tick()
                    .ceil(i64::from(below.micros()) + 1)
                    .filter(|price| below < *price)
            },
        )
    }
}

/// Probabilities are binary fractions: this much of a dollar is noise, not edge.
const EDGE_TOLERANCE: f64 = 1e-9;

/// The highest grid price that satisfies a condition which holds up to some price and not beyond.
fn highest(tick: TickSize, holds: impl Fn(Price) -> bool) -> Option<Price> {
    let price = |step: u32| Price::from_micros(i64::from(step) * i64::from(tick.micros())).ok();
    let (mut low, mut high) = (0, tick.steps());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if price(middle).is_some_and(&holds) {
            low = middle;
        } else {
            high = middle;
        }
    }
    price(low)
}

/// The world as a strategy sees it: the tradable markets of one scope, which are sized together.
#[derive(Debug)]
pub struct View<'a> {
    /// Now.
    pub at: Timestamp,
    /// The markets, in listing order.
    pub markets: Vec<MarketView<'a>>,
}

/// A pure function from a view to intents.
pub trait Strategy: Send + Sync {
    /// Its name, as in a run file.
    fn name(&self) -> &'static str;

    /// Smallest advantage per share, in dollars after all costs, that makes this strategy act on a market.
    fn edge_min(&self, market: &MarketView<'_>) -> f64;

    /// What it would hold, and up to which price.
    fn intents(&self, view: &View<'_>) -> Vec<Intent>;
}
