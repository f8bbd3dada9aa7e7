//! Profit per share when every row that trades under a rule is bought and held to resolution.

use serde::Serialize;

use super::cluster::{ClusteredMean, clustered_mean};
use super::entry::{Bet, enter, favourite};
use super::rows::{Judged, Observation, count, mean};
use super::spec::{Fees, RuleSpec, Thresholds};

/// Every row judged alone: one share, held to resolution, no position memory.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hold {
    /// Name of the rule.
    pub rule: String,
    /// Rows on which the rule was asked.
    pub rows: usize,
    /// Shares bought.
    pub trades: usize,
    /// Trades per row asked.
    pub share_of_rows_traded: Option<f64>,
    /// Trades that paid.
    pub wins: usize,
    /// Mean cost per share before fees.
    pub mean_cost: Option<f64>,
    /// `(wins - sum of c) / sqrt(sum of c (1 - c))`: wins beyond what the costs before fees imply.
    pub z_vs_cost: Option<f64>,
    /// Profit per share before fees.
    pub gross: ClusteredMean,
    /// Profit per share after the taker and the profit fee.
    pub net: ClusteredMean,
}

/// The trades of one forecast under one rule.
#[must_use]
pub fn hold(judged: &[Judged<'_>], rule: &RuleSpec, bounds: &Thresholds, fees: &Fees) -> Hold {
    let bets: Vec<_> = judged
        .iter()
        .filter_map(|j| enter(rule.entry, j.row, j.p, bounds, fees).map(|bet| (j.row, bet)))
        .collect();
    summarise(&rule.name, judged.len(), &bets, bounds, fees)
}

/// The trades of a favourite rule, which needs no forecast.
#[must_use]
pub fn hold_favourite(
    rows: &[&Observation],
    rule: &RuleSpec,
    bounds: &Thresholds,
    fees: &Fees,
) -> Hold {
    let bets: Vec<_> = rows
        .iter()
        .filter_map(|row| favourite(rule.entry, row, bounds).map(|bet| (*row, bet)))
        .collect();
    summarise(&rule.name, rows.len(), &bets, bounds, fees)
}

fn summarise(
    rule: &str,
    rows: usize,
    bets: &[(&Observation, Bet)],
    bounds: &Thresholds,
    fees: &Fees,
) -> Hold {
    let profits: Vec<_> = bets
        .iter()
        .map(|(row, bet)| (row.cluster, bet.profit(row, fees)))
        .collect();
    let gross: Vec<_> = profits
        .iter()
        .map(|(cluster, p)| (*cluster, p.gross))
        .collect();
    let net: Vec<_> = profits
        .iter()
        .map(|(cluster, p)| (*cluster, p.net))
        .collect();
    let costs: Vec<f64> = bets.iter().map(|(_, bet)| bet.cost).collect();
    let wins = bets.iter().filter(|(row, bet)| bet.wins(row)).count();
    Hold {
        rule: rule.to_owned(),
        rows,
        trades: bets.len(),
        share_of_rows_traded: (rows > 0).then(|| count(bets.len()) / count(rows)),
        wins,
        mean_cost: mean(&costs),
        z_vs_cost: z_vs_cost(wins, &costs),
        gross: clustered_mean(&gross, bounds.tolerance),
        net: clustered_mean(&net, bounds.tolerance),
    }
}

fn z_vs_cost(wins: usize, costs: &[f64]) -> Option<f64> {
    let variance: f64 = costs.iter().map(|c| c * (1.0 - c)).sum();
    let expected: f64 = costs.iter().sum();
    (variance > 0.0).then(|| (count(wins) - expected) / variance.sqrt())
}
