//! What to evaluate: the plain data behind an evaluation file. Nothing here reads a file.

use serde::Serialize;

/// One value for each side of a contract: YES (the event happens) and NO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Sides<T> {
    /// The side that pays 1 if the event happens.
    pub yes: T,
    /// The side that pays 1 if it does not.
    pub no: T,
}

/// Which columns of the table carry what. An empty cell is a missing value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnMap {
    /// Time of the row: RFC 3339, a calendar day, or Unix seconds.
    pub time: String,
    /// Rows with the same value here are nearly the same bet (a contest, a window).
    pub cluster: String,
    /// What happened: 0/1, true/false, or the two words of [`ColumnMap::outcome_words`].
    pub outcome: String,
    /// Words that mean YES and NO in the outcome column, if it does not hold 0/1 or true/false.
    pub outcome_words: Option<Sides<String>>,
    /// Market mid of YES, dollars per share. Taken from bid and ask when not named.
    pub mid: Option<String>,
    /// Best bid of YES.
    pub bid: Option<String>,
    /// Best ask of YES.
    pub ask: Option<String>,
    /// Best ask of NO; `1 - bid` when not named (the two sides of one contract mirror each other).
    pub no_ask: Option<String>,
    /// Asks of the second contract of a two-outcome group: the one that pays when ours does not.
    pub second_ask: Sides<Option<String>>,
    /// Mid of YES some time later, for the fill-later rule and the later move.
    pub later_mid: Option<String>,
    /// Explicit cost per share of each side, for example the average cost of five shares.
    pub cost: Sides<Option<String>>,
}

/// A model: its name in the report and its column of probabilities of YES.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelColumn {
    /// Name in the report.
    pub name: String,
    /// Column of the table.
    pub column: String,
}

/// How several probabilities become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// Arithmetic mean.
    Mean,
    /// Median; the mean of the middle two when their number is even.
    Median,
    /// Mean of the log odds, mapped back ("logarithmic opinion pool" of Genest & Zidek 1986).
    LogitMean,
}

/// On which rows a pooled forecast exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// Only where every named model speaks.
    All,
    /// Where at least one does.
    Any,
}

/// A mean of models, evaluated like a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeanSpec {
    /// Name in the report.
    pub name: String,
    /// Names of models, each as in [`ModelColumn::name`].
    pub models: Vec<String>,
    /// How they are pooled.
    pub pooling: Pooling,
    /// Where the mean exists.
    pub coverage: Coverage,
}

/// A named list of clusters that is reported on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubsetSpec {
    /// Name in the report.
    pub name: String,
    /// Its clusters. Excluded clusters may be named here.
    pub clusters: Vec<String>,
}

/// Where the cost of a share comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CostSource {
    /// The best ask of the side.
    Ask,
    /// The cheaper of a side's ask and the other side's ask in the second contract.
    BestOfTwo,
    /// The explicit cost columns.
    Columns,
}

/// When a row is a trade, and at what cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// The forecast differs from the mid by more than the edge; buy at the mid plus the half-spread.
    Mid {
        /// Dollars per share added to the mid.
        half_spread: f64,
    },
    /// The signal of [`Entry::Mid`], filled at the later mid plus the half-spread.
    FillLater {
        /// Dollars per share added to the later mid.
        half_spread: f64,
    },
    /// The forecast exceeds the cost with fee by more than the edge; the better side is bought.
    Cost {
        /// Where the cost comes from.
        source: CostSource,
    },
    /// The dearer side within the favourite bounds is bought. No forecast is asked.
    Favourite {
        /// Where the cost comes from.
        source: CostSource,
    },
}

/// A named entry rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSpec {
    /// Name in the report.
    pub name: String,
    /// The rule.
    pub entry: Entry,
}

/// Fees per share.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Fees {
    /// Taker fee `rate * c * (1 - c)` dollars per share bought at `c`.
    pub taker_rate: f64,
    /// Share of a positive profit that the venue keeps.
    pub profit_fee: f64,
}

/// Bounds every comparison uses. "Exceeds" is strict with [`Thresholds::tolerance`]: a tie is not a trade.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Smallest edge worth a trade, dollars per share.
    pub edge: f64,
    /// A share that costs more is not bought.
    pub cost_max: f64,
    /// Slack of every comparison; keeps decimal ties out of binary arithmetic's way.
    pub tolerance: f64,
    /// A favourite costs at least this.
    pub favourite_min: f64,
    /// A favourite costs less than this.
    pub favourite_max: f64,
    /// Probabilities are clipped to `[clip, 1 - clip]` inside the log loss.
    pub log_loss_clip: f64,
    /// Probabilities are clipped to `[clip, 1 - clip]` inside the log odds.
    pub logit_clip: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            edge: 0.03,
            cost_max: 0.99,
            tolerance: 1e-9,
            favourite_min: 0.5,
            favourite_max: 0.99,
            log_loss_clip: 0.001,
            logit_clip: 0.005,
        }
    }
}

/// Fractional Kelly sizing at given dates, in sequence, or both.
#[derive(Debug, Clone, PartialEq)]
pub struct KellySpec {
    /// Share of the full Kelly stake.
    pub fraction: f64,
    /// Largest stake of one bet as a share of the bankroll.
    pub cap: f64,
    /// Costs of the two sides are those of this entry rule.
    pub entry: Entry,
    /// One-date Kelly: at the first time on or after each of these.
    pub dates: Vec<Moment>,
    /// Bet through all clusters in time order with a compounding bankroll as well.
    pub sequential: bool,
}

/// A point in time together with the way the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// As written in the evaluation file.
    pub label: String,
    /// Unix milliseconds, UTC.
    pub time_ms: i64,
}

/// Regression of the later change of the mid on the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DriftSpec {
    /// How much later, milliseconds.
    pub horizon_ms: i64,
    /// How far from the horizon the later quote may lie, milliseconds.
    pub tolerance_ms: i64,
}

/// A figure computed from one or several columns, summed row by row, and described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummarySpec {
    /// Name in the report.
    pub name: String,
    /// Columns; a row counts where all are present.
    pub columns: Vec<String>,
    /// Count only rows that have a market mid.
    pub quoted_rows_only: bool,
}

/// A column of ready-made profit and loss per share, summarised with clustered standard errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PnlSpec {
    /// Name in the report.
    pub name: String,
    /// Column, dollars per share.
    pub column: String,
}

/// Everything an evaluation needs besides the table.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationSpec {
    /// Title of the report.
    pub name: String,
    /// Column mapping.
    pub columns: ColumnMap,
    /// Columns that must be present in a row for it to count.
    pub require: Vec<String>,
    /// Evaluate the rows of each value of this column apart.
    pub group_by: Option<String>,
    /// Clusters left out of the subset "all".
    pub exclude: Vec<String>,
    /// The models.
    pub models: Vec<ModelColumn>,
    /// Means of models.
    pub means: Vec<MeanSpec>,
    /// Named lists of clusters.
    pub subsets: Vec<SubsetSpec>,
    /// Entry rules.
    pub rules: Vec<RuleSpec>,
    /// Fees.
    pub fees: Fees,
    /// Comparison bounds.
    pub thresholds: Thresholds,
    /// Kelly sizing, if asked for.
    pub kelly: Option<KellySpec>,
    /// Weights on the forecast in a log-odds pool with the market.
    pub pool_weights: Vec<f64>,
    /// Later drift of the mid, if asked for.
    pub drift: Option<DriftSpec>,
    /// Scores at the first time on or after each of these.
    pub snapshots: Vec<Moment>,
    /// Described columns.
    pub summaries: Vec<SummarySpec>,
    /// Ready-made profit columns.
    pub pnls: Vec<PnlSpec>,
}
