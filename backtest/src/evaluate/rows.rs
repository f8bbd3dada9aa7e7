//! One row of the evaluation in memory, and the views that statistics work on.

use serde::Serialize;

use super::spec::Sides;

/// One decision moment of one cluster: what the market and the models said, and what happened.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observation {
    /// Unix milliseconds, UTC.
    pub time_ms: i64,
    /// Index into the sorted list of cluster names.
    pub cluster: usize,
    /// Index into the list of groups.
    pub group: usize,
    /// Whether the event happened.
    pub outcome: bool,
    /// Market mid of YES, dollars per share.
    pub mid: Option<f64>,
    /// Ask minus bid of YES.
    pub spread: Option<f64>,
    /// Mid of YES some time later.
    pub later_mid: Option<f64>,
    /// Best asks. Empty means nobody sells.
    pub ask: Sides<Option<f64>>,
    /// Best asks of the second contract of a two-outcome group.
    pub second_ask: Sides<Option<f64>>,
    /// Explicit cost per share.
    pub cost: Sides<Option<f64>>,
    /// Probability of YES by forecast: models, then means, then the collective.
    pub forecasts: Vec<Option<f64>>,
    /// Described figures, in the order of the specification.
    pub summaries: Vec<Option<f64>>,
    /// Ready-made profits per share, in the order of the specification.
    pub pnls: Vec<Option<f64>>,
}

impl Observation {
    /// 1 if the event happened, else 0.
    #[must_use]
    pub fn payoff_yes(&self) -> f64 {
        f64::from(u8::from(self.outcome))
    }
}

/// Whether a forecast is one model, a mean named by the user, or the plain collective of all models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ForecastKind {
    /// One model.
    Model,
    /// A mean of models named in the specification.
    Mean,
    /// All models present on a row.
    Collective,
}

/// Name and kind of the forecasts, in the order of [`Observation::forecasts`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForecastName {
    /// Name in the report.
    pub name: String,
    /// What it is.
    pub kind: ForecastKind,
}

/// All rows of an evaluation, in time order, with the names their indices stand for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    /// Rows sorted by time, then cluster.
    pub rows: Vec<Observation>,
    /// Names of clusters, sorted.
    pub clusters: Vec<String>,
    /// Values of the grouping column, in order; one empty name without grouping.
    pub groups: Vec<String>,
    /// Names of forecasts.
    pub forecasts: Vec<ForecastName>,
    /// What was read and left out.
    pub counts: RowCounts,
}

impl Sample {
    /// Adds a forecast, such as the collective of an engine, computed from each row.
    ///
    /// `probability` returns the probability of YES, or `None` where the forecast does not exist.
    ///
    /// # Panics
    /// If it returns something that is not a probability.
    pub fn add_forecast(
        &mut self,
        name: ForecastName,
        mut probability: impl FnMut(&Observation) -> Option<f64>,
    ) {
        self.forecasts.push(name);
        for row in &mut self.rows {
            let p = probability(row);
            assert!(
                p.is_none_or(|p| (0.0..=1.0).contains(&p)),
                "a forecast is a probability"
            );
            row.forecasts.push(p);
        }
    }
}

/// How many rows there were, and why some are not used.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RowCounts {
    /// Rows of the table.
    pub read: usize,
    /// Different times in the table.
    pub times: usize,
    /// Rows left out because a required column is empty.
    pub without_required: usize,
    /// Rows left out because the outcome is not known.
    pub without_outcome: usize,
    /// Rows used.
    pub used: usize,
}

/// An observation together with the probability that is being judged on it.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The row.
    pub row: &'a Observation,
    /// Probability of YES.
    pub p: f64,
}

/// The rows on which forecast number `forecast` exists.
#[must_use]
pub fn judged<'a>(rows: &[&'a Observation], forecast: usize) -> Vec<Judged<'a>> {
    rows.iter()
        .filter_map(|row| {
            let p = row.forecasts.get(forecast).copied().flatten()?;
            Some(Judged { row, p })
        })
        .collect()
}

/// Whether `a` exceeds `b`: strict, and a tie within the tolerance does not.
#[must_use]
pub fn exceeds(a: f64, b: f64, tolerance: f64) -> bool {
    a > b + tolerance
}

/// Arithmetic mean; `None` of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / count(values.len()))
}

/// Median; the mean of the middle two when their number is even; `None` of nothing.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(0.5 * (sorted[sorted.len() / 2 - 1] + upper))
}

/// A count as a number to divide by. Exact below 2^53.
#[must_use]
pub(super) fn count(n: usize) -> f64 {
    n as f64
}
