//! Elections and other slow questions: take when the edge is there, give back when the position has become too large.
//!
//! Buys an outcome up to the price that leaves the wanted edge after all costs, and lets joint sizing decide how much.
//! Sells what is held when a bid pays more than it is worth; sizing also uses that wish to shrink a position that has
//! outgrown the risk it is worth.

use alloc::vec::Vec;

use quorate_domain::{Outcome, Side};
use quorate_engine::{Intent, MarketView, Strategy, Style, View};
use serde::{Deserialize, Serialize};

/// Settings of [`Election`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Election {
    /// Advantage per share, after fee, spread and lock-up, below which nothing is bought. Dollars.
    pub edge_min: f64,
    /// Most that a market may cost to cross, ask less bid. Dollars.
    pub spread_max: f64,
}

impl Default for Election {
    fn default() -> Self {
        Self {
            edge_min: 0.02,
            spread_max: 0.10,
        }
    }
}

impl Strategy for Election {
    fn name(&self) -> &'static str {
        "election"
    }

    fn edge_min(&self, _market: &MarketView<'_>) -> f64 {
        self.edge_min
    }

    fn intents(&self, view: &View<'_>) -> Vec<Intent> {
        let mut intents = Vec::new();
        for (index, market) in view.markets.iter().enumerate() {
            for outcome in [Outcome::Yes, Outcome::No] {
                if !market.held_of(outcome).is_zero() {
                    intents.extend(take(
                        index,
                        outcome,
                        Side::Sell,
                        market.sell_limit(outcome, 0.0),
                    ));
                }
                let wide = market
                    .spread()
                    .is_none_or(|spread| self.spread_max < spread - 1e-9);
                let enough = market
                    .edge(outcome)
                    .is_some_and(|edge| self.edge_min <= edge + 1e-9);
                if enough && !wide {
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

/// An intent to take at once, where a limit exists.
pub(crate) fn take(
    market: usize,
    outcome: Outcome,
    side: Side,
    limit: Option<quorate_domain::Price>,
) -> Option<Intent> {
    limit.map(|limit| Intent {
        market,
        outcome,
        side,
        limit,
        style: Style::Take,
    })
}
