//! Quotes on both sides of fair value that lean against what is held: the more of an outcome there is, the less is bid
//! for more of it and the less is asked for it.
//!
//! The skew is the inventory term of Avellaneda and Stoikov (2008), linear in the shares held. Every quote rests and never
//! crosses the book; nothing is quoted near the end, where being filled is only bad news.

use alloc::vec::Vec;
use core::time::Duration;

use quorate_domain::{BookSide, Outcome, Price, Probability, Side};
use quorate_engine::{Intent, MarketView, Strategy, Style, View};
use serde::{Deserialize, Serialize};

/// Settings of [`MarketMaker`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarketMaker {
    /// Distance of a quote from fair value without inventory, dollars.
    pub margin: f64,
    /// How far quotes move down for every thousand shares more of an outcome than of its opposite, dollars.
    pub skew: f64,
    /// Time before the end of trading from which on nothing is quoted.
    pub blackout: Duration,
}

impl Default for MarketMaker {
    fn default() -> Self {
        Self {
            margin: 0.03,
            skew: 0.02,
            blackout: Duration::from_secs(300),
        }
    }
}

impl MarketMaker {
    /// What a share of the outcome is worth to somebody who holds what is held: fair value less the skew, dollars.
    fn reservation(&self, market: &MarketView<'_>, outcome: Outcome) -> f64 {
        let held = market.held_of(outcome).to_f64() - market.held_of(outcome.opposite()).to_f64();
        market.fair.of(outcome) - self.skew * held / 1000.0
    }

    /// The highest bid that leaves the margin and rests.
    fn bid(&self, market: &MarketView<'_>, outcome: Outcome) -> Option<Price> {
        let worth = self.reservation(market, outcome) - self.margin;
        let limit = probability(worth)?.bid_price(market.tick())?;
        let ask = market.book.best_of(outcome, BookSide::Ask)?.price;
        if limit < ask {
            return Some(limit);
        }
        // One tick below the ask: a post-only bid at the ask would be refused.
        let tick = market.tick();
        tick.floor(i64::from(ask.micros()) - i64::from(tick.micros()))
    }

    /// The lowest ask that leaves the margin and rests.
    fn ask(&self, market: &MarketView<'_>, outcome: Outcome) -> Option<Price> {
        let worth = self.reservation(market, outcome) + self.margin;
        let limit = probability(worth)?.ask_price(market.tick())?;
        let bid = market.book.best_of(outcome, BookSide::Bid)?.price;
        if bid < limit {
            return Some(limit);
        }
        let tick = market.tick();
        tick.ceil(i64::from(bid.micros()) + i64::from(tick.micros()))
    }
}

fn probability(worth: f64) -> Option<Probability> {
    Probability::new(worth.clamp(0.0, 1.0)).ok()
}

impl Strategy for MarketMaker {
    fn name(&self) -> &'static str {
        "market_maker"
    }

    fn edge_min(&self, _market: &MarketView<'_>) -> f64 {
        self.margin
    }

    fn intents(&self, view: &View<'_>) -> Vec<Intent> {
        let mut intents = Vec::new();
        for (index, market) in view.markets.iter().enumerate() {
            if market.time_left.is_some_and(|left| left <= self.blackout) {
                continue;
            }
            for outcome in [Outcome::Yes, Outcome::No] {
                let quote = |side, limit: Option<Price>| {
                    limit.map(|limit| Intent {
                        market: index,
                        outcome,
                        side,
                        limit,
                        style: Style::Make,
                    })
                };
                if !market.held_of(outcome).is_zero() {
                    intents.extend(quote(Side::Sell, self.ask(market, outcome)));
                }
                intents.extend(quote(Side::Buy, self.bid(market, outcome)));
            }
        }
        intents
    }
}
