//! Tables of what was earned and how well was forecast.

use std::collections::BTreeMap;

use quorate_domain::{Cash, Liquidity, Rounding};

use super::table::{Behaviour, Column, Row, Table, numbers, words};
use crate::report::format;
use crate::report::model::{
    ForecasterKind, ForecasterScore, RowScore, RunReport, VariantKind, VariantReport,
};
use crate::report::terminal::skill_text;

const VARIANT_COLUMNS: [Column; 11] = [
    words("Source"),
    numbers("P&L"),
    numbers("Return"),
    numbers("Max drawdown"),
    numbers("Daily Sharpe"),
    numbers("Win share"),
    numbers("Trades"),
    numbers("Markets"),
    numbers("Turnover"),
    numbers("Fees"),
    numbers("Exposure max"),
];

/// Every variant's money; the two baselines are listed even when they were not run.
pub(super) fn variant_table(report: &RunReport) -> String {
    let mut rows: Vec<Row> = report.variants.iter().map(variant_row).collect();
    if !rows.is_empty() {
        rows = rows
            .into_iter()
            .enumerate()
            .map(|(index, row)| if index == 0 { row.emphasised() } else { row })
            .collect();
    }
    for (kind, name) in [
        (VariantKind::PlainMean, "plain mean"),
        (VariantKind::MarketOnly, "market only"),
    ] {
        if report.variant_of(kind).is_none() {
            let mut cells = vec![name.to_owned()];
            cells.resize(VARIANT_COLUMNS.len(), "-".to_owned());
            rows.push(Row::new(cells).with_note("not run"));
        }
    }
    Table {
        caption: "The same run traded on one source of probability at a time",
        columns: &VARIANT_COLUMNS,
        rows,
        behaviour: Behaviour::Sortable,
    }
    .html()
}

fn variant_row(variant: &VariantReport) -> Row {
    let percent = |share: f64| format::percent(share, 1);
    Row::new(vec![
        variant.name.clone(),
        format::money_signed(variant.pnl),
        format::percent_signed(variant.return_ratio),
        format::or_dash(variant.drawdown_max, |drawdown| {
            format::percent(drawdown.ratio, 2)
        }),
        format::or_dash(variant.sharpe_daily, |sharpe| format::fixed(sharpe, 2)),
        format::or_dash(variant.win_share, percent),
        format::count(variant.fills),
        format::count(variant.markets_traded),
        format::money(variant.turnover),
        format::money(variant.fees),
        format::money(variant.exposure_max),
    ])
}

const FORECAST_COLUMNS: [Column; 10] = [
    words("Forecaster"),
    numbers("Rows"),
    numbers("Dates"),
    numbers("Brier"),
    numbers("Market Brier"),
    numbers("Skill [95% interval]"),
    numbers("Log loss"),
    numbers("Market log loss"),
    numbers("Reliability"),
    numbers("Calibration error"),
];

/// Scores on common rows and on own rows.
pub(super) fn forecast_tables(report: &RunReport) -> String {
    let table = |caption: &str, rows_of: fn(&ForecasterScore) -> Option<&RowScore>| {
        let rows = report
            .forecasts
            .iter()
            .map(|score| forecast_row(score, rows_of(score)))
            .collect();
        let behaviour = Behaviour::Sortable;
        Table {
            caption,
            columns: &FORECAST_COLUMNS,
            rows,
            behaviour,
        }
        .html()
    };
    table(
        "Scores on the rows all forecasters have in common",
        |score| score.common.as_ref(),
    ) + &table(
        "Scores of each forecaster on all of its own rows",
        |score| score.own.as_ref(),
    )
}

fn forecast_row(score: &ForecasterScore, row: Option<&RowScore>) -> Row {
    let mut cells = vec![score.name.clone()];
    if let Some(row) = row {
        cells.extend([
            format::count(row.rows),
            format::count(row.dates),
            format::fixed(row.brier, 4),
            format::fixed(row.brier_market, 4),
            skill_text(row),
            format::fixed(row.log_loss, 4),
            format::fixed(row.log_loss_market, 4),
            format::fixed(row.murphy.reliability, 4),
            format::percent(row.murphy.calibration_error, 1),
        ]);
    }
    cells.resize(FORECAST_COLUMNS.len(), "-".to_owned());
    let row = Row::new(cells).with_note(kind_words(score.kind));
    match score.kind {
        ForecasterKind::Collective | ForecasterKind::Blend => row.emphasised(),
        _ => row,
    }
}

const fn kind_words(kind: ForecasterKind) -> &'static str {
    match kind {
        ForecasterKind::Worker => "worker",
        ForecasterKind::Mean => "arithmetic mean of the workers",
        ForecasterKind::Median => "median of the workers",
        ForecasterKind::LogitMean => "mean of the workers' log odds",
        ForecasterKind::Collective => "before the market is asked",
        ForecasterKind::Blend => "blended with the market; traded on",
        ForecasterKind::Market => "midpoint of the book",
    }
}

const COST_COLUMNS: [Column; 5] = [
    words("Liquidity"),
    numbers("Trades"),
    numbers("Turnover"),
    numbers("Fees"),
    numbers("Fees per $100"),
];

/// Fees of the first variant by who provided the liquidity.
pub(super) fn cost_table(report: &RunReport) -> String {
    let mut by_role: BTreeMap<Liquidity, (u64, Cash, Cash)> = BTreeMap::new();
    for fill in &report.fills {
        let sums = by_role.entry(fill.liquidity).or_default();
        sums.0 += 1;
        sums.1 += fill.shares.at(fill.price, Rounding::Up);
        sums.2 += fill.fee;
    }
    let rows = by_role.into_iter().map(|(role, (fills, turnover, fees))| {
        let rate = (turnover > Cash::ZERO).then(|| fees.to_f64() / turnover.to_f64() * 100.0);
        Row::new(vec![
            role_words(role).to_owned(),
            format::count(fills),
            format::money(turnover),
            format::money(fees),
            format::or_dash(rate, |dollars| format!("${}", format::fixed(dollars, 2))),
        ])
    });
    Table {
        caption: "Fees by who provided the liquidity",
        columns: &COST_COLUMNS,
        rows: rows.collect(),
        behaviour: Behaviour::Plain,
    }
    .html()
}

/// Maker or taker.
pub(super) const fn role_words(role: Liquidity) -> &'static str {
    match role {
        Liquidity::Maker => "maker",
        Liquidity::Taker => "taker",
    }
}
