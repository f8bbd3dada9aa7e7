//! Forecast evaluation: are these models worth trading?
//!
//! One wide table (a row is a time and a cluster), a mapping of its columns, and entry rules give the scores of every
//! model beside the market on the same rows, the profit of holding to resolution after costs, Kelly results, and
//! whether the market moves toward the models. The definitions are in `docs/evaluation.md`.
//!
//! [`evaluate()`] is pure; [`observe()`] reads a table into a [`Sample`].

mod cells;
mod cluster;
mod drift;
mod entry;
mod file;
mod hold;
mod join;
mod kelly;
mod moment;
mod observe;
mod pooling;
mod quotes;
mod render;
mod result;
mod rows;
mod run;
mod score;
mod spec;
mod table;

pub use cluster::{ClusteredMean, ClusteredSlope, Point, clustered_mean, clustered_slope};
pub use drift::{LaterMove, MidHistory, drift_slope, later_move};
pub use entry::{Bet, Profit, Side, bets, costs, enter, favourite};
pub use file::{EvaluationFile, TableSource};
pub use hold::{Hold, hold, hold_favourite};
pub use join::{BaseSource, JoinSource, JoinSpec, Take, join};
pub use kelly::{KellyDate, KellyPath, kelly_date, kelly_path};
pub use moment::{Rounding, parse_time_ms, rfc3339};
pub use observe::observe;
pub use pooling::{pool, pool_with_market};
pub use quotes::{ColumnSummary, PairCost, QuoteSummary, describe, pair_cost, summarise_quotes};
pub use render::render;
pub use result::{Evaluation, ForecastReport, GroupReport, NamedMean, SnapshotScore, SubsetReport};
pub use rows::{
    ForecastKind, ForecastName, Judged, Observation, RowCounts, Sample, exceeds, judged, mean,
    median,
};
pub use run::evaluate;
pub use score::{
    CalibrationBin, MarketScore, PoolScore, Score, brier, calibration, log_loss, pool_scores,
    score, score_market,
};
pub use spec::{
    ColumnMap, CostSource, Coverage, DriftSpec, Entry, EvaluationSpec, Fees, KellySpec, MeanSpec,
    ModelColumn, Moment, PnlSpec, Pooling, RuleSpec, Sides, SubsetSpec, SummarySpec, Thresholds,
};
pub use table::{Table, TableRow};
