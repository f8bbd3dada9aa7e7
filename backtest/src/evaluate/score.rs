//! Scores of a forecast and of the market on the same rows: Brier, log loss, calibration, log-odds pool.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::cluster::clustered_mean;
use super::pooling::pool_with_market;
use super::rows::{Judged, Observation, count, exceeds, mean};
use super::spec::Thresholds;

/// How well a forecast did, next to the market on exactly the same rows.
///
/// Brier 1950: mean squared error of the probability. Log loss: mean of `-ln` of the probability of what happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Rows with a forecast and a market mid.
    pub n: usize,
    /// Clusters among them.
    pub clusters: usize,
    /// Brier score of the forecast.
    pub brier_model: f64,
    /// Brier score of the market mid.
    pub brier_market: f64,
    /// Log loss of the forecast.
    pub logloss_model: f64,
    /// Log loss of the market mid.
    pub logloss_market: f64,
    /// Brier score of the market less that of the forecast: positive if the forecast is better.
    pub brier_lead: f64,
    /// Standard error of the lead, clustered.
    pub brier_lead_se: f64,
    /// Mean of |p - m|.
    pub mean_abs_diff: f64,
    /// Share of rows on which |p - m| exceeds the edge.
    pub share_abs_diff_over_edge: f64,
    /// Clusters in which the forecast's Brier score is the lower one.
    pub clusters_where_model_beats_market: usize,
}

/// The market alone, scored on every row that has a mid.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MarketScore {
    /// Rows with a mid.
    pub n: usize,
    /// Clusters among them.
    pub clusters: usize,
    /// Brier score of the mid.
    pub brier: f64,
    /// Log loss of the mid.
    pub logloss: f64,
}

/// One bin of forecasts and how often the event happened there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Lower edge of the bin, inclusive.
    pub low: f64,
    /// Upper edge, exclusive except for the last bin.
    pub high: f64,
    /// Forecasts in the bin.
    pub n: usize,
    /// Their mean.
    pub mean_forecast: f64,
    /// How often the event happened.
    pub frequency: f64,
}

/// Brier score of the pool at one weight.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PoolScore {
    /// Weight on the forecast; the market has the rest.
    pub weight: f64,
    /// Brier score of the pool.
    pub brier: f64,
}

/// Squared error of probability `p`.
#[must_use]
pub fn brier(p: f64, row: &Observation) -> f64 {
    let error = p - row.payoff_yes();
    error * error
}

/// `-ln` of the probability that `p` gave to what happened, clipped.
#[must_use]
pub fn log_loss(p: f64, row: &Observation, clip: f64) -> f64 {
    let happened = if row.outcome { p } else { 1.0 - p };
    -libm::log(happened.clamp(clip, 1.0 - clip))
}

/// Scores a forecast against the mid; `None` when no row has both.
#[must_use]
pub fn score(judged: &[Judged<'_>], bounds: &Thresholds) -> Option<Score> {
    let pairs = with_mid(judged);
    let average = |f: &dyn Fn(&Judged<'_>, f64) -> f64| {
        mean(&pairs.iter().map(|(j, m)| f(j, *m)).collect::<Vec<_>>())
    };
    let clip = bounds.log_loss_clip;
    let over = |j: &Judged<'_>, m: f64| exceeds((j.p - m).abs(), bounds.edge, bounds.tolerance);
    let leads: Vec<(usize, f64)> = pairs
        .iter()
        .map(|(j, m)| (j.row.cluster, brier(*m, j.row) - brier(j.p, j.row)))
        .collect();
    let lead = clustered_mean(&leads, bounds.tolerance);
    Some(Score {
        n: pairs.len(),
        clusters: lead.clusters,
        brier_lead: lead.mean?,
        brier_lead_se: lead.se_clustered?,
        brier_model: average(&|j, _| brier(j.p, j.row))?,
        brier_market: average(&|j, m| brier(m, j.row))?,
        logloss_model: average(&|j, _| log_loss(j.p, j.row, clip))?,
        logloss_market: average(&|j, m| log_loss(m, j.row, clip))?,
        mean_abs_diff: average(&|j, m| (j.p - m).abs())?,
        share_abs_diff_over_edge: average(&|j, m| f64::from(u8::from(over(j, m))))?,
        clusters_where_model_beats_market: lead.clusters_positive,
    })
}

/// Scores the market mid alone; `None` when no row has one.
#[must_use]
pub fn score_market(rows: &[&Observation], bounds: &Thresholds) -> Option<MarketScore> {
    let mids: Vec<_> = rows
        .iter()
        .filter_map(|row| row.mid.map(|m| (row, m)))
        .collect();
    let squares: Vec<f64> = mids.iter().map(|(row, m)| brier(*m, row)).collect();
    let logs: Vec<f64> = mids
        .iter()
        .map(|(row, m)| log_loss(*m, row, bounds.log_loss_clip))
        .collect();
    let clusters: BTreeSet<usize> = mids.iter().map(|(row, _)| row.cluster).collect();
    Some(MarketScore {
        n: mids.len(),
        clusters: clusters.len(),
        brier: mean(&squares)?,
        logloss: mean(&logs)?,
    })
}

/// Ten equally wide bins; empty ones are left out.
#[must_use]
pub fn calibration(judged: &[Judged<'_>]) -> Vec<CalibrationBin> {
    const BINS: usize = 10;
    let mut bins: BTreeMap<usize, Vec<&Judged<'_>>> = BTreeMap::new();
    for j in judged {
        let bin = ((j.p * count(BINS)).floor().max(0.0) as usize).min(BINS - 1);
        bins.entry(bin).or_default().push(j);
    }
    bins.into_iter()
        .map(|(bin, members)| CalibrationBin {
            low: count(bin) / count(BINS),
            high: count(bin + 1) / count(BINS),
            n: members.len(),
            mean_forecast: members.iter().map(|j| j.p).sum::<f64>() / count(members.len()),
            frequency: members.iter().map(|j| j.row.payoff_yes()).sum::<f64>()
                / count(members.len()),
        })
        .collect()
}

/// Brier score of the log-odds pool with the market at each weight; empty when no row has a mid.
#[must_use]
pub fn pool_scores(judged: &[Judged<'_>], weights: &[f64], bounds: &Thresholds) -> Vec<PoolScore> {
    let pairs = with_mid(judged);
    weights
        .iter()
        .filter_map(|&weight| {
            let squares: Vec<f64> = pairs
                .iter()
                .map(|(j, m)| brier(pool_with_market(j.p, *m, weight, bounds.logit_clip), j.row))
                .collect();
            Some(PoolScore {
                weight,
                brier: mean(&squares)?,
            })
        })
        .collect()
}

fn with_mid<'a>(judged: &[Judged<'a>]) -> Vec<(Judged<'a>, f64)> {
    judged
        .iter()
        .filter_map(|j| j.row.mid.map(|m| (*j, m)))
        .collect()
}
