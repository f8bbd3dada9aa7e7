//! Rows of the detailed variant: equity over time, markets, executions, and what was decided and why.

use quorate_domain::{
    Cash, Liquidity, Numbers, Outcome, Payout, Price, Shares, Side, Timestamp, Verdict,
};
use serde::{Deserialize, Serialize};

use crate::metrics::instant;

/// The account at one instant. All amounts are micro-dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EquityPoint {
    /// When.
    #[serde(with = "instant")]
    pub at: Timestamp,
    /// Cash and positions.
    pub equity: Cash,
    /// Collateral not in positions.
    pub cash: Cash,
    /// Worst-case loss of all positions at once.
    pub exposure: Cash,
    /// Highest equity so far less equity; never negative.
    pub drawdown: Cash,
}

/// One market of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketReport {
    /// Short unique name.
    pub market: String,
    /// Name of its group of exclusive outcomes.
    pub group: Option<String>,
    /// The question in the venue's words.
    pub question: String,
    /// Executions.
    pub fills: u64,
    /// Shares bought, of either outcome.
    pub bought: Shares,
    /// Shares sold before resolution, of either outcome.
    pub sold: Shares,
    /// Money paid for purchases divided by shares bought, fees excluded, micro-dollars per share.
    pub cost_average: Option<Cash>,
    /// Fees paid, micro-dollars.
    pub fees: Cash,
    /// Money in less money out after fees, open positions at the bid, micro-dollars.
    pub pnl: Cash,
    /// What one YES share paid; `None` while unresolved.
    pub payout: Option<Payout>,
    /// When it resolved.
    #[serde(with = "instant::optional")]
    pub resolved_at: Option<Timestamp>,
}

/// One execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FillRow {
    /// When.
    #[serde(with = "instant")]
    pub at: Timestamp,
    /// Name of the market.
    pub market: String,
    /// Outcome traded.
    pub outcome: Outcome,
    /// Direction, ours.
    pub side: Side,
    /// Price of the outcome's share.
    pub price: Price,
    /// Shares.
    pub shares: Shares,
    /// Fee, micro-dollars.
    pub fee: Cash,
    /// Maker or taker.
    pub liquidity: Liquidity,
    /// Probability of the outcome traded, as it was believed when the order was decided.
    pub fair: Option<f64>,
    /// Advantage per share after all costs at that moment, dollars.
    pub edge: Option<f64>,
}

/// How often one verdict was reached for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionCount {
    /// Whether an order went out.
    pub traded: bool,
    /// The reason in a few plain words, unique within the list.
    pub reason: String,
    /// Decisions.
    pub count: u64,
    /// The first of them.
    pub example: DecisionExample,
}

/// One decision with the numbers it rested on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionExample {
    /// When.
    #[serde(with = "instant")]
    pub at: Timestamp,
    /// Name of the market.
    pub market: String,
    /// The verdict in full.
    pub verdict: Verdict,
    /// The numbers at that moment.
    pub numbers: Numbers,
}
