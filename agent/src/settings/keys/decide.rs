//! How the loop runs and how it decides.

use std::time::Duration;

use quorate_domain::Cash;

use super::section;
use crate::settings::amount_value::{Cents, Percent, Ratio};
use crate::settings::words::{StrategyName, TradeOn};

section! {
    /// How the one loop decides: when, and what it weighs.
    EventLoop at "loop" {
        /// Time to wait for related news before deciding.
        coalesce: Duration, default("1ms"), max("10s");
        /// Relative risk aversion: 1 is full Kelly, 4 is a quarter of it.
        risk_aversion: f64, default(4.0), min(1.0), max(100.0), floor(2.0), raise;
        /// Interest forgone on locked capital, per year.
        opportunity_rate: Percent, default("0%"), raise;
        /// Which probability is traded on.
        trade_on: TradeOn, default("blend");
        /// Weight of the collective against the market price in log odds, where a topic says nothing else.
        blend_weight: Ratio, default(0.3), max(1.0), lower;
        /// No new orders this close to the end of trading.
        close_blackout: Duration, default("0s"), max("30d"), raise;
        /// Smallest certainty-equivalent gain worth an order.
        gain_min: Cash, default("$0"), raise;
        /// Scenarios of joint sizing when states cannot be counted out.
        scenarios: u64, default(10000), min(100), max(100000);
        /// Probability assumed lost when a resting order is filled.
        adverse_selection: Cents, default("1c"), max("50c"), raise;
    }
}

section! {
    /// The strategy of topics that name none.
    Strategy at "strategy" {
        /// The strategy where a topic names none.
        default: StrategyName, default("election");
    }
}

section! {
    /// Keys of the strategy `election`.
    ElectionKeys at "strategy.election" {
        /// Least edge after costs.
        edge_min: Cents, default("2c"), max("50c"), raise;
        /// Widest spread that is traded.
        spread_max: Cents, default("10c"), max("99c"), lower;
    }
}

section! {
    /// Keys of the strategy `price_direction`.
    PriceDirectionKeys at "strategy.price_direction" {
        /// Least edge after costs.
        edge_min: Cents, default("1c"), max("50c"), raise;
        /// No new orders this close to the end of a window.
        blackout: Duration, default("30s"), max("1d"), raise;
    }
}

section! {
    /// Keys of the strategy `quoter`.
    QuoterKeys at "strategy.quoter" {
        /// Distance of quotes from the fair value.
        margin: Cents, default("3c"), min("0.1c"), max("50c"), raise;
    }
}
