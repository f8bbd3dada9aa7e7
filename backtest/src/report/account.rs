//! A variant's money from its raw record: every number in the report follows from equity, executions and markets.

use quorate_domain::Cash;

use super::model::{EquityPoint, FillRow, Halt, MarketReport, VariantKind, VariantReport};
use crate::metrics::account::{
    Sample, daily_closes, daily_returns, drawdown_max, drawdowns, sharpe_daily, time_mean,
    turnover, win_share,
};

/// The raw record of one variant.
#[derive(Clone, Debug)]
pub struct VariantRecord<'a> {
    /// Name, unique within the run.
    pub name: String,
    /// What it trades on.
    pub kind: VariantKind,
    /// Collateral at the start.
    pub bankroll: Cash,
    /// The account in order of time; `drawdown` is filled in here, whatever it holds.
    pub equity: Vec<EquityPoint>,
    /// Executions.
    pub fills: &'a [FillRow],
    /// Results by market.
    pub markets: &'a [MarketReport],
    /// Orders sent.
    pub orders_placed: u64,
    /// Orders that the venue refused.
    pub orders_refused: u64,
    /// Maker rebates by the venue's schedule; an estimate, in no other number.
    pub rebate_estimate: Cash,
    /// Every time that trading stopped, in order of time.
    pub halts: Vec<Halt>,
}

/// The variant's report. Without any equity point the account is the bankroll, untouched.
#[must_use]
pub fn variant_report(mut record: VariantRecord<'_>) -> VariantReport {
    let samples = sampled(&record.equity, |point| point.equity);
    let exposures = sampled(&record.equity, |point| point.exposure);
    for (point, fall) in record.equity.iter_mut().zip(drawdowns(&samples)) {
        point.drawdown = fall;
    }
    let traded = || record.markets.iter().filter(|market| market.fills > 0);
    let resolved: Vec<Cash> = traded()
        .filter(|market| market.payout.is_some())
        .map(|market| market.pnl)
        .collect();
    let final_equity = samples.last().map_or(record.bankroll, |sample| sample.1);
    let pnl = final_equity - record.bankroll;
    VariantReport {
        final_equity,
        pnl,
        return_ratio: ratio(pnl, record.bankroll),
        drawdown_max: drawdown_max(&samples),
        fees: record.fills.iter().map(|fill| fill.fee).sum(),
        rebate_estimate: record.rebate_estimate,
        turnover: turnover(record.fills.iter().map(|fill| (fill.price, fill.shares))),
        fills: record.fills.len() as u64,
        orders_placed: record.orders_placed,
        orders_refused: record.orders_refused,
        markets_traded: traded().count() as u64,
        win_share: win_share(&resolved),
        exposure_max: exposures
            .iter()
            .map(|sample| sample.1)
            .max()
            .unwrap_or_default(),
        exposure_mean: time_mean(&exposures),
        sharpe_daily: sharpe_daily(&daily_returns(record.bankroll, &daily_closes(&samples))),
        halts: record.halts,
        equity: record.equity,
        name: record.name,
        kind: record.kind,
    }
}

fn sampled(equity: &[EquityPoint], value: fn(&EquityPoint) -> Cash) -> Vec<Sample> {
    equity
        .iter()
        .map(|point| (point.at, value(point)))
        .collect()
}

/// Zero of an empty bankroll: nothing was risked, nothing was returned.
fn ratio(pnl: Cash, bankroll: Cash) -> f64 {
    if bankroll > Cash::ZERO {
        pnl.to_f64() / bankroll.to_f64()
    } else {
        0.0
    }
}
