//! Puts the statistics together: groups, subsets, forecasts.

use std::collections::BTreeSet;

use super::cluster::clustered_mean;
use super::drift::{MidHistory, drift_slope, later_move};
use super::hold::{hold, hold_favourite};
use super::kelly::{kelly_date, kelly_path};
use super::moment::rfc3339;
use super::quotes::{describe, pair_cost, summarise_quotes};
use super::result::{
    Evaluation, ForecastReport, GroupReport, NamedMean, SnapshotScore, SubsetReport,
};
use super::rows::{ForecastName, Judged, Observation, Sample, judged, mean};
use super::score::{calibration, pool_scores, score, score_market};
use super::spec::{Entry, EvaluationSpec, Moment};

/// Evaluates a sample. Pure: the same sample and specification give the same result, bit for bit.
#[must_use]
pub fn evaluate(spec: &EvaluationSpec, sample: &Sample) -> Evaluation {
    let groups = sample
        .groups
        .iter()
        .enumerate()
        .map(|(group, value)| GroupReport {
            value: value.clone(),
            subsets: subsets(spec, sample, group),
        });
    Evaluation {
        name: spec.name.clone(),
        rows: sample.counts.clone(),
        groups: groups.collect(),
    }
}

fn subsets(spec: &EvaluationSpec, sample: &Sample, group: usize) -> Vec<SubsetReport> {
    let rows: Vec<&Observation> = sample
        .rows
        .iter()
        .filter(|row| row.group == group)
        .collect();
    let name_of = |row: &Observation| &sample.clusters[row.cluster];
    let all = rows
        .iter()
        .copied()
        .filter(|row| !spec.exclude.contains(name_of(row)))
        .collect();
    let mut reports = vec![subset(spec, sample, "all", all)];
    for named in &spec.subsets {
        let chosen = rows
            .iter()
            .copied()
            .filter(|row| named.clusters.contains(name_of(row)))
            .collect();
        reports.push(subset(spec, sample, &named.name, chosen));
    }
    reports
}

fn subset(
    spec: &EvaluationSpec,
    sample: &Sample,
    name: &str,
    rows: Vec<&Observation>,
) -> SubsetReport {
    let clusters: BTreeSet<usize> = rows.iter().map(|row| row.cluster).collect();
    let times: BTreeSet<i64> = rows.iter().map(|row| row.time_ms).collect();
    let payoffs: Vec<f64> = rows.iter().map(|row| row.payoff_yes()).collect();
    let favourites = spec.rules.iter().filter(|rule| is_favourite(rule.entry));
    let view = View {
        spec,
        history: MidHistory::new(&rows),
        rows,
    };
    SubsetReport {
        name: name.to_owned(),
        rows: view.rows.len(),
        times: times.len(),
        clusters: clusters
            .into_iter()
            .map(|c| sample.clusters[c].clone())
            .collect(),
        base_rate: mean(&payoffs),
        quotes: summarise_quotes(&view.rows),
        market: score_market(&view.rows, &spec.thresholds),
        summaries: view.summaries(),
        pair_costs: view.pair_costs(),
        favourites: favourites
            .map(|rule| hold_favourite(&view.rows, rule, &spec.thresholds, &spec.fees))
            .collect(),
        pnls: view.pnls(),
        forecasts: sample
            .forecasts
            .iter()
            .enumerate()
            .map(|(i, f)| view.forecast(i, f))
            .collect(),
    }
}

fn is_favourite(entry: Entry) -> bool {
    matches!(entry, Entry::Favourite { .. })
}

/// The rows of one subset in time order, and what is asked of them.
struct View<'a> {
    spec: &'a EvaluationSpec,
    history: MidHistory,
    rows: Vec<&'a Observation>,
}

impl View<'_> {
    fn summaries(&self) -> Vec<super::quotes::ColumnSummary> {
        let described = self.spec.summaries.iter().enumerate().map(|(i, summary)| {
            let counted = self
                .rows
                .iter()
                .filter(|r| !summary.quoted_rows_only || r.mid.is_some());
            let values: Vec<f64> = counted.filter_map(|row| row.summaries[i]).collect();
            describe(&summary.name, &values)
        });
        described.collect()
    }

    fn pair_costs(&self) -> Vec<super::quotes::PairCost> {
        let bounds = &self.spec.thresholds;
        self.spec
            .rules
            .iter()
            .filter_map(|rule| pair_cost(&self.rows, rule, bounds))
            .collect()
    }

    fn pnls(&self) -> Vec<NamedMean> {
        let named = self.spec.pnls.iter().enumerate().map(|(i, pnl)| {
            let values: Vec<_> = self
                .rows
                .iter()
                .filter_map(|row| Some((row.cluster, row.pnls[i]?)))
                .collect();
            let tolerance = self.spec.thresholds.tolerance;
            NamedMean {
                name: pnl.name.clone(),
                pnl: clustered_mean(&values, tolerance),
            }
        });
        named.collect()
    }

    fn forecast(&self, index: usize, forecast: &ForecastName) -> ForecastReport {
        let (spec, bounds, fees) = (self.spec, &self.spec.thresholds, &self.spec.fees);
        let judged = judged(&self.rows, index);
        let rules = spec.rules.iter().filter(|rule| !is_favourite(rule.entry));
        let sequential = spec.kelly.as_ref().filter(|kelly| kelly.sequential);
        ForecastReport {
            name: forecast.name.clone(),
            kind: forecast.kind,
            rows: judged.len(),
            score: score(&judged, bounds),
            calibration: calibration(&judged),
            snapshots: self.snapshots(&judged),
            holds: rules
                .map(|rule| hold(&judged, rule, bounds, fees))
                .collect(),
            later_move: later_move(&judged, bounds),
            drift: spec
                .drift
                .as_ref()
                .and_then(|d| drift_slope(&judged, &self.history, d)),
            pool: pool_scores(&judged, &spec.pool_weights, bounds),
            kelly_dates: self.kelly_dates(&judged),
            kelly_sequential: sequential.map(|kelly| kelly_path(&judged, kelly, bounds, fees)),
        }
    }

    /// The forecast's rows at the subset's first time on or after `moment`.
    fn at<'j>(&self, judged: &[Judged<'j>], moment: &Moment) -> Vec<Judged<'j>> {
        let first = self
            .rows
            .iter()
            .map(|row| row.time_ms)
            .find(|time| *time >= moment.time_ms);
        judged
            .iter()
            .filter(|j| Some(j.row.time_ms) == first)
            .copied()
            .collect()
    }

    fn snapshots(&self, judged: &[Judged<'_>]) -> Vec<SnapshotScore> {
        let scores = self.spec.snapshots.iter().filter_map(|moment| {
            let now = self.at(judged, moment);
            Some(SnapshotScore {
                date: moment.label.clone(),
                at: rfc3339(now.first()?.row.time_ms),
                score: score(&now, &self.spec.thresholds)?,
            })
        });
        scores.collect()
    }

    fn kelly_dates(&self, judged: &[Judged<'_>]) -> Vec<super::kelly::KellyDate> {
        let Some(kelly) = &self.spec.kelly else {
            return Vec::new();
        };
        let (bounds, fees) = (&self.spec.thresholds, &self.spec.fees);
        kelly
            .dates
            .iter()
            .filter_map(|date| kelly_date(&self.at(judged, date), date, kelly, bounds, fees))
            .collect()
    }
}
