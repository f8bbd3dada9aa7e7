//! Thresholds, ranges and barriers on a price: take where the edge is and the answer is still open, give back when a bid
//! pays more than the holding is worth.
//!
//! Two places are left alone. Near the end the settlement source and the price last seen differ by more than what is
//! left to happen, and whoever still offers knows better. And where the fair value is nearly certain it rests on the
//! tails of the collective's errors, of which a topic has seen few. Up/down windows have a strategy of their own.

use alloc::vec::Vec;
use core::time::Duration;

use quorate_domain::{LinkSense, Outcome, PriceCondition, Side};
use quorate_engine::{Intent, MarketView, Strategy, View};
use serde::{Deserialize, Serialize};

use crate::election::take;

/// Settings of [`PriceThreshold`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceThreshold {
    /// Advantage per share, after fee, spread and lock-up, below which nothing is bought. Dollars.
    pub edge_min: f64,
    /// Time before the settlement from which on nothing is traded.
    pub blackout: Duration,
    /// Nothing is bought while the collective's probability is closer than this to 0 or 1.
    pub tail: f64,
}

impl Default for PriceThreshold {
    fn default() -> Self {
        Self {
            edge_min: 0.02,
            blackout: Duration::from_secs(60),
            tail: 0.03,
        }
    }
}

impl PriceThreshold {
    /// Whether the market is one for this strategy and far enough from its end.
    fn takes(&self, market: &MarketView<'_>) -> bool {
        let asks = market.market.link.is_some_and(|link| match link.sense {
            LinkSense::Price(condition) => !matches!(condition, PriceCondition::UpDown { .. }),
            LinkSense::Direct | LinkSense::Complement => false,
        });
        asks && market.time_left.is_some_and(|left| self.blackout < left)
    }

    fn is_open(&self, market: &MarketView<'_>) -> bool {
        market.fair.collective.is_some_and(|p| {
            let p = p.get();
            self.tail <= p && p <= 1.0 - self.tail
        })
    }
}

impl Strategy for PriceThreshold {
    fn name(&self) -> &'static str {
        "price_threshold"
    }

    fn edge_min(&self, _market: &MarketView<'_>) -> f64 {
        self.edge_min
    }

    fn intents(&self, view: &View<'_>) -> Vec<Intent> {
        let mut intents = Vec::new();
        for (index, market) in view.markets.iter().enumerate() {
            if !self.takes(market) {
                continue;
            }
            for outcome in [Outcome::Yes, Outcome::No] {
                if !market.held_of(outcome).is_zero() {
                    let limit = market.sell_limit(outcome, 0.0);
                    intents.extend(take(index, outcome, Side::Sell, limit));
                }
                let enough = market
                    .edge(outcome)
                    .is_some_and(|edge| self.edge_min <= edge + 1e-9);
                if enough && self.is_open(market) {
                    let limit = market.buy_limit(outcome, self.edge_min);
                    intents.extend(take(index, outcome, Side::Buy, limit));
                }
            }
        }
        intents
    }
}
