//! What a backtest or paper run yields: one value that every rendering (terminal, JSON, HTML) reads and nothing else.
//!
//! Money, prices and shares are the integers of `quorate-domain` (micro-units); instants are RFC 3339 text in JSON.
//! Markets and workers appear by name, so that a report can be read without the run that made it.

mod detail;
mod forecast;

use quorate_domain::{Cash, HaltReason, Timestamp};
use serde::{Deserialize, Serialize};

pub use detail::{DecisionCount, DecisionExample, EquityPoint, FillRow, MarketReport};
pub use forecast::{ForecasterKind, ForecasterScore, RowScore, Skill};

use crate::metrics::{Drawdown, instant};

/// Everything a run yields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// What was run, on what, and how to get it again.
    pub run: RunInfo,
    /// Every simplification that moves a number, in plain sentences.
    pub assumptions: Vec<String>,
    /// The same run traded on one source of probability at a time. The first one is the product itself; the fields
    /// below detail that one.
    pub variants: Vec<VariantReport>,
    /// Every market seen by the first variant, traded or not, in order of name.
    pub markets: Vec<MarketReport>,
    /// Executions of the first variant in order of time.
    pub fills: Vec<FillRow>,
    /// Decisions of the first variant by verdict and reason, most frequent first.
    pub decisions: Vec<DecisionCount>,
    /// Scores of everything that forecast, in the order in which tables list them.
    pub forecasts: Vec<ForecasterScore>,
}

/// Identity of a run. Nothing here depends on when or where it was computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Name given by the user.
    pub name: String,
    /// How it was run.
    pub mode: RunMode,
    /// Whether the market data were recorded or invented.
    pub data: DataOrigin,
    /// First instant of the data.
    #[serde(with = "instant")]
    pub started_at: Timestamp,
    /// Last instant of the data.
    #[serde(with = "instant")]
    pub ended_at: Timestamp,
    /// Collateral at the start, micro-dollars; the same for every variant.
    pub bankroll: Cash,
    /// Seed of everything random (latency, sample world).
    pub seed: u64,
    /// Hash of the result: two runs with the same hash did the same.
    pub result_hash: String,
    /// Hash of the market data and inferences read.
    pub tape_hash: String,
    /// Version of the decision core.
    pub engine_version: String,
    /// The command line that reproduces the run; empty when there is none.
    pub reproduce: String,
    /// The configuration in force, as text.
    pub config: String,
}

/// How a run was driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunMode {
    /// A tape in virtual time.
    Backtest,
    /// The live runtime with the simulated exchange.
    Paper,
}

/// Where market data came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataOrigin {
    /// Recorded from a real market.
    Recorded,
    /// Generated: proves plumbing, not profit.
    Synthetic,
}

/// What probability a variant trades on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VariantKind {
    /// The product: the collective, blended with the market.
    Collective,
    /// The arithmetic mean of the workers.
    PlainMean,
    /// The median of the workers.
    Median,
    /// One worker alone.
    Worker,
    /// The market price itself: what costs alone do.
    MarketOnly,
}

/// One variant's money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantReport {
    /// Name, unique within the run.
    pub name: String,
    /// What it trades on.
    pub kind: VariantKind,
    /// Equity at the end, micro-dollars: cash and positions, resolved ones at their payout, open ones at the bid.
    pub final_equity: Cash,
    /// Final equity less the bankroll, after fees, micro-dollars. Rebate estimates are not in it.
    pub pnl: Cash,
    /// `pnl` divided by the bankroll.
    pub return_ratio: f64,
    /// The deepest fall of equity from an earlier peak; `None` when equity never fell.
    pub drawdown_max: Option<Drawdown>,
    /// Fees paid, micro-dollars.
    pub fees: Cash,
    /// Maker rebates the venue's schedule would pay, micro-dollars; an estimate, not in any other number.
    pub rebate_estimate: Cash,
    /// Sum over executions of price times shares, micro-dollars.
    pub turnover: Cash,
    /// Executions.
    pub fills: u64,
    /// Orders sent.
    pub orders_placed: u64,
    /// Orders that the venue refused.
    pub orders_refused: u64,
    /// Markets with at least one execution.
    pub markets_traded: u64,
    /// Share of traded and resolved markets whose P&L is above zero; `None` when there is no such market.
    pub win_share: Option<f64>,
    /// Largest worst-case loss of all positions at once, micro-dollars.
    pub exposure_max: Cash,
    /// Mean worst-case loss over time, micro-dollars.
    pub exposure_mean: Cash,
    /// Annualised mean over deviation of daily returns, `sqrt(365)`; `None` below 30 daily returns.
    pub sharpe_daily: Option<f64>,
    /// Every time that trading stopped, in order of time. A stop for a day's loss ends with that UTC day.
    pub halts: Vec<Halt>,
    /// Equity over time, in order of time.
    pub equity: Vec<EquityPoint>,
}

/// A stop of trading.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Halt {
    /// When.
    #[serde(with = "instant")]
    pub at: Timestamp,
    /// Why.
    pub reason: HaltReason,
}

impl RunReport {
    /// The variant that markets, fills and decisions belong to: the first one.
    #[must_use]
    pub fn main_variant(&self) -> Option<&VariantReport> {
        self.variants.first()
    }

    /// The first variant of a kind.
    #[must_use]
    pub fn variant_of(&self, kind: VariantKind) -> Option<&VariantReport> {
        self.variants.iter().find(|variant| variant.kind == kind)
    }

    /// The first forecaster of a kind.
    #[must_use]
    pub fn forecaster_of(&self, kind: ForecasterKind) -> Option<&ForecasterScore> {
        self.forecasts.iter().find(|score| score.kind == kind)
    }
}
