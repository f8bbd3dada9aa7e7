//! Resting bids at a distance from fair value: the maker's side of the same opinion.
//!
//! Quotes at most one bid per outcome, at the highest price that leaves the wanted margin below fair value and does
//! not cross the book. A wider margin than a taker's is needed: being filled is bad news.

use alloc::vec::Vec;

use quorate_domain::{BookSide, Outcome, Price, Probability, Side};
use quorate_engine::{Intent, MarketView, Strategy, Style, View};
use serde::{Deserialize, Serialize};

/// Settings of [`Quoter`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quoter {
    /// Distance of a bid below fair value, dollars.
    pub margin: f64,
}

impl Default for Quoter {
    fn default() -> Self {
        Self { margin: 0.03 }
    }
}

impl Quoter {
    fn bid(&self, market: &MarketView<'_>, outcome: Outcome) -> Option<Price> {
        let worth = Probability::new((market.fair.of(outcome) - self.margin).max(0.0)).ok()?;
        let limit = worth.bid_price(market.tick())?;
        let ask = market.book.best_of(outcome, BookSide::Ask)?;
        if limit < ask.price {
            return Some(limit);
        }
        // One tick below the ask: a post-only bid at the ask would be refused.
        market
            .tick()
            .floor(i64::from(ask.price.micros()) - i64::from(market.tick().micros()))
    }
}

impl Strategy for Quoter {
    fn name(&self) -> &'static str {
        "quoter"
    }

    fn edge_min(&self, _market: &MarketView<'_>) -> f64 {
        self.margin
    }

    fn intents(&self, view: &View<'_>) -> Vec<Intent> {
        let mut intents = Vec::new();
        for (index, market) in view.markets.iter().enumerate() {
            for outcome in [Outcome::Yes, Outcome::No] {
                if let Some(limit) = self.bid(market, outcome) {
                    intents.push(Intent {
                        market: index,
                        outcome,
                        side: Side::Buy,
                        limit,
                        style: Style::Make,
                    });
                }
            }
        }
        intents
    }
}
