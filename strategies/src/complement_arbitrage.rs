//! Sets of shares that pay a known sum whatever happens, bought when they cost less.
//!
//! Two such sets: YES and NO of one market pay one dollar, and the engine merges what is held of both at once. And of `n`
//! markets of which at most one happens, all the NOs pay at least `n - 1` dollars. (All the YESes pay one dollar only
//! where one of the markets must happen, which a strategy is not told.)
//!
//! The legs are separate orders: one may be filled and another not. What is left over is a position like any other, so the
//! limits are those at which the set as a whole still pays, and joint sizing decides how much.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use quorate_domain::{BookSide, GroupId, Outcome, Side};
use quorate_engine::{Intent, MarketView, Strategy, Style, View};
use serde::{Deserialize, Serialize};

/// Settings of [`ComplementArbitrage`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComplementArbitrage {
    /// Profit of a set after fees and lock-up below which it is not bought, dollars for each dollar that it pays.
    pub edge_min: f64,
}

impl Default for ComplementArbitrage {
    fn default() -> Self {
        Self { edge_min: 0.005 }
    }
}

impl ComplementArbitrage {
    /// Buys every leg at its ask if all of them together cost little enough.
    fn set(&self, view: &View<'_>, legs: &[(usize, Outcome)], pays: f64) -> Vec<Intent> {
        let mut cost = 0.0;
        let mut intents = Vec::with_capacity(legs.len());
        for (index, outcome) in legs {
            let market = &view.markets[*index];
            let Some(ask) = market.book.best_of(*outcome, BookSide::Ask) else {
                return Vec::new();
            };
            cost += market.taker_cost(ask.price);
            intents.push(Intent {
                market: *index,
                outcome: *outcome,
                side: Side::Buy,
                limit: ask.price,
                style: Style::Take,
            });
        }
        if cost <= pays * (1.0 - self.edge_min) + 1e-9 {
            intents
        } else {
            Vec::new()
        }
    }
}

impl Strategy for ComplementArbitrage {
    fn name(&self) -> &'static str {
        "complement_arbitrage"
    }

    fn edge_min(&self, _market: &MarketView<'_>) -> f64 {
        self.edge_min
    }

    fn intents(&self, view: &View<'_>) -> Vec<Intent> {
        let mut intents = Vec::new();
        let mut groups: BTreeMap<GroupId, Vec<(usize, Outcome)>> = BTreeMap::new();
        for (index, market) in view.markets.iter().enumerate() {
            let pair = [(index, Outcome::Yes), (index, Outcome::No)];
            intents.extend(self.set(view, &pair, 1.0));
            if let Some(group) = market.market.group {
                groups.entry(group).or_default().push((index, Outcome::No));
            }
        }
        for legs in groups.values().filter(|legs| 2 <= legs.len()) {
            // A leg that a pair already wants is not wished twice.
            let free = |wish: &Intent| {
                let same = |it: &Intent| it.market == wish.market && it.outcome == wish.outcome;
                !intents.iter().any(same)
            };
            let wishes = self.set(view, legs, (legs.len() - 1) as f64);
            let new: Vec<Intent> = wishes.into_iter().filter(free).collect();
            intents.extend(new);
        }
        intents
    }
}
