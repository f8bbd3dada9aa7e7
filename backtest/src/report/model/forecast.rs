//! How well everything that forecast did, always beside the market on the very same rows.

use serde::{Deserialize, Serialize};

use crate::metrics::{CalibrationBin, Interval, Murphy};

/// What made a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForecasterKind {
    /// One worker.
    Worker,
    /// Arithmetic mean of the workers.
    Mean,
    /// Median of the workers.
    Median,
    /// Mean of the workers' log odds, as a probability.
    LogitMean,
    /// The collective before the market is asked.
    Collective,
    /// The collective blended with the market: what is traded on.
    Blend,
    /// The midpoint of the book.
    Market,
}

/// One forecaster's scores: on all its own rows, and on the rows that every forecaster has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForecasterScore {
    /// Name, unique within the run.
    pub name: String,
    /// What it is.
    pub kind: ForecasterKind,
    /// On every row it forecast; `None` when there is none.
    pub own: Option<RowScore>,
    /// On the rows that all forecasters share, so that rows of this table compare; `None` when there is none.
    pub common: Option<RowScore>,
}

/// Scores over one set of rows. A row is one market at one forecast time; lower is better for both losses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowScore {
    /// Rows.
    pub rows: u64,
    /// Different UTC dates of resolution among them: the number of independent draws is nearer to this.
    pub dates: u64,
    /// Mean squared error of the probability (Brier 1950).
    pub brier: f64,
    /// Mean of minus the natural logarithm of the probability of what happened, clipped at 0.001.
    pub log_loss: f64,
    /// Brier score of the market on the same rows.
    pub brier_market: f64,
    /// Log loss of the market on the same rows.
    pub log_loss_market: f64,
    /// Brier skill against the market; `None` when the market's score is zero.
    pub skill: Option<Skill>,
    /// Parts of the Brier score.
    pub murphy: Murphy,
    /// Ten bins of equal width.
    pub calibration: Vec<CalibrationBin>,
}

/// `1 - brier / brier_market`: above zero is better than the market.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Skill {
    /// The skill.
    pub value: f64,
    /// 95 % interval by block bootstrap over resolution dates; `None` with fewer than ten dates.
    pub interval: Option<Interval>,
}
