//! What the market itself looked like: spreads, empty sides, pair costs and described columns.

use serde::Serialize;

use super::entry::costs;
use super::rows::{Observation, count, exceeds, mean, median};
use super::spec::{CostSource, Entry, RuleSpec, Thresholds};

/// The state of the quotes over a set of rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuoteSummary {
    /// Rows with a bid and an ask of YES.
    pub two_sided: usize,
    /// Mean of ask minus bid.
    pub mean_spread: Option<f64>,
    /// Median of ask minus bid.
    pub median_spread: Option<f64>,
    /// Rows on which exactly one side has no ask.
    pub one_ask_empty: usize,
    /// Of these, rows on which the side without an ask won. An empty side is information: never fill it.
    pub empty_side_won: usize,
}

/// Counts the quotes of `rows`.
#[must_use]
pub fn summarise_quotes(rows: &[&Observation]) -> QuoteSummary {
    let spreads: Vec<f64> = rows.iter().filter_map(|row| row.spread).collect();
    let half_empty: Vec<_> = rows
        .iter()
        .filter(|row| row.ask.yes.is_some() != row.ask.no.is_some())
        .collect();
    QuoteSummary {
        two_sided: spreads.len(),
        mean_spread: mean(&spreads),
        median_spread: median(&spreads),
        one_ask_empty: half_empty.len(),
        empty_side_won: half_empty
            .iter()
            .filter(|row| row.ask.yes.is_none() == row.outcome)
            .count(),
    }
}

/// What one share of each side costs together. Below 1 is a gross arbitrage, before fees.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairCost {
    /// Name of the rule whose costs are added.
    pub rule: String,
    /// Rows on which every quote involved is present.
    pub n: usize,
    /// Rows on which the pair costs less than 1.
    pub below_1: usize,
    /// The same as a share of rows.
    pub share_below_1: f64,
    /// Mean cost of the pair.
    pub mean: f64,
    /// Lowest cost of the pair.
    pub min: f64,
}

/// Pair costs under a rule that buys at quotes; `None` for mid rules and when no row is fully quoted.
#[must_use]
pub fn pair_cost(rows: &[&Observation], rule: &RuleSpec, bounds: &Thresholds) -> Option<PairCost> {
    let Entry::Cost { source } = rule.entry else {
        return None;
    };
    let sums: Vec<f64> = rows
        .iter()
        .filter(|row| fully_quoted(row, source))
        .filter_map(|row| {
            let pair = costs(rule.entry, row);
            Some(pair.yes? + pair.no?)
        })
        .collect();
    let below_1 = sums
        .iter()
        .filter(|sum| exceeds(1.0, **sum, bounds.tolerance))
        .count();
    Some(PairCost {
        rule: rule.name.clone(),
        n: sums.len(),
        below_1,
        share_below_1: count(below_1) / count(sums.len()),
        mean: mean(&sums)?,
        min: sums.iter().copied().reduce(f64::min)?,
    })
}

fn fully_quoted(row: &Observation, source: CostSource) -> bool {
    let sides = match source {
        CostSource::Ask => vec![row.ask],
        CostSource::BestOfTwo => vec![row.ask, row.second_ask],
        CostSource::Columns => vec![row.cost],
    };
    sides
        .iter()
        .all(|side| side.yes.is_some() && side.no.is_some())
}

/// A described column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// Name in the specification.
    pub name: String,
    /// Rows with a value.
    pub n: usize,
    /// Mean.
    pub mean: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// Smallest.
    pub min: Option<f64>,
    /// Largest.
    pub max: Option<f64>,
}

/// Describes `values` under `name`.
#[must_use]
pub fn describe(name: &str, values: &[f64]) -> ColumnSummary {
    ColumnSummary {
        name: name.to_owned(),
        n: values.len(),
        mean: mean(values),
        median: median(values),
        min: values.iter().copied().reduce(f64::min),
        max: values.iter().copied().reduce(f64::max),
    }
}
