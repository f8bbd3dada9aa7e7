//! What a sweep wants to be large, over the results of markets.

use quorate_domain::Cash;
use serde::{Deserialize, Serialize};

/// What is to be large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Sum of the profit and loss of the markets, dollars.
    Pnl,
    /// Mean over sample standard deviation of the profit and loss of the markets; a number without a unit.
    MarketSharpe,
}

impl Objective {
    /// Its name as in a sweep file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pnl => "pnl",
            Self::MarketSharpe => "market_sharpe",
        }
    }

    /// Its value over results of markets. Without any, and without variation where that is divided by, it is 0: a variant
    /// that does not trade is better than one that loses.
    #[must_use]
    pub fn of(self, pnls: &[Cash]) -> f64 {
        let values: Vec<f64> = pnls.iter().map(|pnl| pnl.to_f64()).collect();
        match self {
            Self::Pnl => values.iter().sum(),
            Self::MarketSharpe => super::sharpe::sharpe(&values).unwrap_or(0.0),
        }
    }
}
