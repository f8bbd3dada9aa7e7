//! Short up/down windows on a price: take early, never near the end, and hold to resolution.
//!
//! Near the end of a window the books empty on the side that is about to win, and whoever still offers knows why. So
//! nothing is bought in the last seconds. Nothing is sold either: a window resolves in minutes, and crossing the
//! spread twice costs more than waiting.

use alloc::vec::Vec;
use core::time::Duration;

use quorate_domain::{Outcome, Side};
use quorate_engine::{Intent, MarketView, Strategy, View};
use serde::{Deserialize, Serialize};

use crate::election::take;

/// Settings of [`PriceDirection`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceDirection {
    /// Advantage per share, after fee and spread, below which nothing is bought. Dollars.
    pub edge_min: f64,
    /// Time before the end of a window from which on nothing is bought.
    pub blackout: Duration,
}

impl Default for PriceDirection {
    fn default() -> Self {
        Self {
            edge_min: 0.01,
            blackout: Duration::from_secs(30),
        }
    }
}

impl Strategy for PriceDirection {
    fn name(&self) -> &'static str {
        "price_direction"
    }

    fn edge_min(&self, _market: &MarketView<'_>) -> f64 {
        self.edge_min
    }

    fn intents(&self, view: &View<'_>) -> Vec<Intent> {
        let mut intents = Vec::new();
        for (index, market) in view.markets.iter().enumerate() {
            if market.time_left.is_some_and(|left| left <= self.blackout) {
                continue;
            }
            for outcome in [Outcome::Yes, Outcome::No] {
                // Holding one outcome and buying the other would only pay the spread again.
                let holds_opposite = !market.held_of(outcome.opposite()).is_zero();
                let enough = market
                    .edge(outcome)
                    .is_some_and(|edge| self.edge_min <= edge + 1e-9);
                if enough && !holds_opposite {
                    intents.extend(take(
                        index,
                        outcome,
                        Side::Buy,
                        market.buy_limit(outcome, self.edge_min),
                    ));
                }
            }
        }
        intents
    }
}
