//! What a sweep found, with what it takes to believe it: the number of trials, the deflated Sharpe ratio, the probability of
//! overfitting, what came out of choosing forward in time, and which axes matter.

use quorate_domain::{Cash, Timestamp};
use serde::{Deserialize, Serialize};

use super::file::SweepSpec;
use super::holdout::Holdout;
use super::objective::Objective;
use super::overfitting::{Overfitting, best_of, overfitting};
use super::plan::Plan;
use super::rows::VariantRow;
use super::sensitivity::{AxisEffect, sensitivity};
use super::sharpe::{Deflated, deflated, sharpe};
use super::walk_forward::{Fold, Observation, walk_forward, windows};
use crate::metrics::account::daily_returns;
use crate::metrics::instant;

/// Everything a sweep found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepReport {
    /// Name of the sweep.
    pub name: String,
    /// Id of the sweep.
    pub sweep: String,
    /// Hash of the tape.
    pub tape_hash: String,
    /// First instant that variants saw.
    #[serde(with = "instant")]
    pub from: Timestamp,
    /// Last instant that variants saw.
    #[serde(with = "instant")]
    pub until: Timestamp,
    /// What was to be large.
    pub objective: Objective,
    /// Variants tried: everything below was chosen from so many.
    pub trials: usize,
    /// All variants, the best objective first.
    pub variants: Vec<Ranked>,
    /// Index of the chosen variant: the best objective.
    pub chosen: usize,
    /// The chosen variant's daily returns beside the trials; `None` with too few days or without variation.
    pub deflated: Option<Deflated>,
    /// How often the best of one half of the days was bad in the other; `None` with too few days.
    pub overfitting: Option<Overfitting>,
    /// Windows of the walk forward.
    pub folds: Vec<Fold>,
    /// The axes.
    pub axes: Vec<AxisEffect>,
    /// The chosen variant on the end of the tape that no variant saw; `None` when there is none or it was not looked at.
    pub holdout: Option<Holdout>,
}

/// A variant in the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// Its index.
    pub variant: usize,
    /// What it changes.
    pub settings: String,
    /// The objective over its markets.
    pub objective: f64,
    /// Profit and loss, micro-dollars.
    pub pnl: Cash,
    /// Fees, micro-dollars.
    pub fees: Cash,
    /// Executions.
    pub fills: u64,
    /// Markets with an execution.
    pub markets: usize,
    /// Deepest fall of equity by share of the peak.
    pub drawdown: f64,
    /// Sharpe ratio of daily returns, per day.
    pub sharpe: Option<f64>,
    /// Mean squared error of the probability traded on.
    pub brier: Option<f64>,
    /// Hash of every command and answer.
    pub result_hash: String,
}

/// The report of merged rows; `holdout` is added afterwards by whoever looks at it. `None` of no variants.
#[must_use]
pub fn report(spec: &SweepSpec, plan: &Plan, rows: &[VariantRow]) -> Option<SweepReport> {
    let mut rows: Vec<&VariantRow> = rows.iter().collect();
    rows.sort_by_key(|row| row.variant);
    let objectives: Vec<f64> = rows
        .iter()
        .map(|row| spec.objective.of(&pnls(row)))
        .collect();
    let returns: Vec<Vec<f64>> = rows.iter().map(|row| returns_of(plan, row)).collect();
    let ratios: Vec<Option<f64>> = returns.iter().map(|returns| sharpe(returns)).collect();
    let chosen = best_of(&objectives)?;
    let known: Vec<f64> = ratios.iter().copied().flatten().collect();
    let seen: Vec<Vec<Observation>> = rows.iter().map(|row| observations(row)).collect();
    let windows = windows(plan.span, spec.folds);
    let mut variants: Vec<Ranked> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| ranked(plan, row, objectives[index], ratios[index]))
        .collect();
    // Stable: equal objectives stay in the order of drawing.
    variants.sort_by(|a, b| b.objective.total_cmp(&a.objective));
    Some(SweepReport {
        name: spec.name.clone(),
        sweep: plan.id.clone(),
        tape_hash: plan.tape.clone(),
        from: plan.span.0,
        until: plan.span.1,
        objective: spec.objective,
        trials: rows.len(),
        variants,
        chosen,
        deflated: deflated(&returns[chosen], &known, rows.len()),
        overfitting: overfitting(&returns, spec.blocks as usize),
        folds: walk_forward(&seen, &windows, spec.embargo, spec.objective),
        axes: sensitivity(&plan.variants, &objectives),
        holdout: None,
    })
}

fn pnls(row: &VariantRow) -> Vec<Cash> {
    row.market_pnl
        .iter()
        .copied()
        .map(Cash::from_micros)
        .collect()
}

fn bankroll(plan: &Plan, row: &VariantRow) -> Cash {
    let variant = usize::try_from(row.variant)
        .ok()
        .and_then(|v| plan.variants.get(v));
    variant.map_or(Cash::ZERO, |variant| variant.run.bankroll)
}

fn returns_of(plan: &Plan, row: &VariantRow) -> Vec<f64> {
    let closes: Vec<Cash> = row.closes.iter().copied().map(Cash::from_micros).collect();
    daily_returns(bankroll(plan, row), &closes)
}

fn observations(row: &VariantRow) -> Vec<Observation> {
    let at = |nanos: i64| Timestamp::from_nanos(u64::try_from(nanos).unwrap_or(0));
    let times = row.market_from.iter().zip(&row.market_until);
    times
        .zip(&row.market_pnl)
        .map(|((from, until), pnl)| Observation {
            from: at(*from),
            until: at(*until),
            pnl: Cash::from_micros(*pnl),
        })
        .collect()
}

fn ranked(plan: &Plan, row: &VariantRow, objective: f64, sharpe: Option<f64>) -> Ranked {
    Ranked {
        variant: usize::try_from(row.variant).unwrap_or(usize::MAX),
        settings: row.label.clone(),
        objective,
        pnl: Cash::from_micros(row.final_equity) - bankroll(plan, row),
        fees: Cash::from_micros(row.fees),
        fills: row.fills,
        markets: row.markets.len(),
        drawdown: row.drawdown,
        sharpe,
        brier: row.brier,
        result_hash: row.result_hash.clone(),
    }
}
