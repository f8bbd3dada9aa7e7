//! The result of an evaluation, as it is written to JSON.

use serde::Serialize;

use super::cluster::{ClusteredMean, ClusteredSlope};
use super::drift::LaterMove;
use super::hold::Hold;
use super::kelly::{KellyDate, KellyPath};
use super::quotes::{ColumnSummary, PairCost, QuoteSummary};
use super::rows::{ForecastKind, RowCounts};
use super::score::{CalibrationBin, MarketScore, PoolScore, Score};

/// Everything an evaluation found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Title.
    pub name: String,
    /// What was read and left out.
    pub rows: RowCounts,
    /// One entry for each value of the grouping column; a single one without grouping.
    pub groups: Vec<GroupReport>,
}

/// The rows of one value of the grouping column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupReport {
    /// The value; empty without grouping.
    pub value: String,
    /// "all" first, then the subsets in the order of the specification.
    pub subsets: Vec<SubsetReport>,
}

/// A set of clusters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubsetReport {
    /// "all" or the name of the subset.
    pub name: String,
    /// Rows used.
    pub rows: usize,
    /// Different times among them.
    pub times: usize,
    /// Names of the clusters that occur, sorted.
    pub clusters: Vec<String>,
    /// Share of clusters' rows on which the event happened.
    pub base_rate: Option<f64>,
    /// What the quotes looked like.
    pub quotes: QuoteSummary,
    /// The market alone.
    pub market: Option<MarketScore>,
    /// Described columns.
    pub summaries: Vec<ColumnSummary>,
    /// What a share of each side costs together.
    pub pair_costs: Vec<PairCost>,
    /// Favourite rules.
    pub favourites: Vec<Hold>,
    /// Ready-made profit columns.
    pub pnls: Vec<NamedMean>,
    /// Models, means, and the plain collective.
    pub forecasts: Vec<ForecastReport>,
}

/// A clustered mean with a name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedMean {
    /// Name in the specification.
    pub name: String,
    /// Dollars per share.
    pub pnl: ClusteredMean,
}

/// One model, mean or collective.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ForecastReport {
    /// Name in the specification.
    pub name: String,
    /// What it is.
    pub kind: ForecastKind,
    /// Rows on which it speaks.
    pub rows: usize,
    /// Scores beside the market's on the same rows.
    pub score: Option<Score>,
    /// How often events of a given forecast happened.
    pub calibration: Vec<CalibrationBin>,
    /// Scores at single times.
    pub snapshots: Vec<SnapshotScore>,
    /// Profit per share by rule, held to resolution.
    pub holds: Vec<Hold>,
    /// Move of the mid in the direction of the edge.
    pub later_move: Option<LaterMove>,
    /// Slope of the later change of the mid on the edge.
    pub drift: Option<ClusteredSlope>,
    /// Brier score of the log-odds pool with the market.
    pub pool: Vec<PoolScore>,
    /// Fractional Kelly at single times.
    pub kelly_dates: Vec<KellyDate>,
    /// Fractional Kelly in sequence.
    pub kelly_sequential: Option<KellyPath>,
}

/// A score at one time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SnapshotScore {
    /// The date asked for.
    pub date: String,
    /// The first time on or after it, RFC 3339.
    pub at: String,
    /// Scores over the clusters at that time.
    pub score: Score,
}
