//! Tables of what happened: markets, executions, decisions.

use quorate_domain::{Numbers, Outcome, Payout, Side};

use super::results::role_words;
use super::table::{Behaviour, Column, Row, Table, marks, numbers, words};
use crate::report::format;
use crate::report::model::{DecisionCount, FillRow, MarketReport, RunReport};

/// Most executions that the page lists; the JSON report has all.
pub(super) const FILLS_MAX: usize = 2000;

const MARKET_COLUMNS: [Column; 10] = [
    words("Market"),
    marks("Group"),
    numbers("Trades"),
    numbers("Bought"),
    numbers("Sold"),
    numbers("Average cost"),
    numbers("Fees"),
    numbers("YES paid"),
    marks("Resolved"),
    numbers("P&L"),
];

/// Every market, the traded ones first.
pub(super) fn market_table(report: &RunReport) -> String {
    let (traded, untraded): (Vec<&MarketReport>, Vec<&MarketReport>) =
        report.markets.iter().partition(|market| market.fills > 0);
    let caption = format!(
        "{} markets, the {} traded ones first",
        format::count(report.markets.len() as u64),
        format::count(traded.len() as u64)
    );
    Table {
        caption: &caption,
        columns: &MARKET_COLUMNS,
        rows: traded.into_iter().chain(untraded).map(market_row).collect(),
        behaviour: Behaviour::Sortable,
    }
    .html()
}

fn market_row(market: &MarketReport) -> Row {
    let if_traded = |text: String| {
        if market.fills > 0 {
            text
        } else {
            "-".to_owned()
        }
    };
    Row::new(vec![
        market.market.clone(),
        market.group.clone().unwrap_or_default(),
        format::count(market.fills),
        if_traded(format::shares(market.bought)),
        if_traded(format::shares(market.sold)),
        format::or_dash(market.cost_average, format::per_share),
        if_traded(format::money(market.fees)),
        format::or_dash(market.payout, payout_text),
        market
            .resolved_at
            .map_or_else(|| "open".to_owned(), format::date),
        if_traded(format::money_signed(market.pnl)),
    ])
    .with_note(&market.question)
}

fn payout_text(payout: Payout) -> String {
    format!("${}", format::fixed(payout.to_f64(), 2))
}

const FILL_COLUMNS: [Column; 9] = [
    marks("Time (UTC)"),
    words("Market"),
    marks("Trade"),
    numbers("Price"),
    numbers("Shares"),
    numbers("Fee"),
    marks("Role"),
    numbers("Fair"),
    numbers("Edge"),
];

/// The executions, folded away; the first [`FILLS_MAX`] when there are more, and a sentence that says so.
pub(super) fn fill_table(report: &RunReport) -> String {
    let total = report.fills.len();
    let table = Table {
        caption: "Trades in order of time",
        columns: &FILL_COLUMNS,
        rows: report.fills.iter().take(FILLS_MAX).map(fill_row).collect(),
        behaviour: Behaviour::Sortable,
    };
    if total == 0 {
        return table.html();
    }
    let (shown, total) = (
        format::count(total.min(FILLS_MAX) as u64),
        format::count(total as u64),
    );
    let summary = if shown == total {
        format!("All {total} trades")
    } else {
        format!("The first {shown} of {total} trades; the JSON report has all of them")
    };
    format!(
        "<details><summary>{summary}</summary>{}</details>\n",
        table.html()
    )
}

fn fill_row(fill: &FillRow) -> Row {
    let side = match fill.side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    };
    let outcome = match fill.outcome {
        Outcome::Yes => "YES",
        Outcome::No => "NO",
    };
    Row::new(vec![
        format::date_time(fill.at),
        fill.market.clone(),
        format!("{side} {outcome}"),
        format::price(fill.price),
        format::shares(fill.shares),
        format::money(fill.fee),
        role_words(fill.liquidity).to_owned(),
        format::or_dash(fill.fair, |fair| format::fixed(fair, 3)),
        format::or_dash(fill.edge, |edge| format::signed(edge, 3)),
    ])
}

const DECISION_COLUMNS: [Column; 5] = [
    words("Reason"),
    marks("Verdict"),
    numbers("Count"),
    numbers("Share"),
    words("First example"),
];

/// What was decided and why, no-trades included.
pub(super) fn decision_table(report: &RunReport) -> String {
    let total: u64 = report.decisions.iter().map(|entry| entry.count).sum();
    Table {
        caption: "Decisions by reason",
        columns: &DECISION_COLUMNS,
        rows: report
            .decisions
            .iter()
            .map(|entry| decision_row(entry, total))
            .collect(),
        behaviour: Behaviour::Plain,
    }
    .html()
}

fn decision_row(entry: &DecisionCount, total: u64) -> Row {
    let example = &entry.example;
    let numbers = numbers_text(&example.numbers);
    Row::new(vec![
        entry.reason.clone(),
        if entry.traded { "trade" } else { "no trade" }.to_owned(),
        format::count(entry.count),
        format::percent(entry.count as f64 / total.max(1) as f64, 1),
        format!(
            "{} UTC, {}{numbers}",
            format::date_time(example.at),
            example.market
        ),
    ])
}

/// The numbers that existed: `: mid 0.520, collective 0.610, fair 0.580, cost 0.541, edge +0.039`.
fn numbers_text(numbers: &Numbers) -> String {
    let named = [
        (
            "mid",
            numbers.market_mid.map(|value| format::fixed(value, 3)),
        ),
        (
            "collective",
            numbers.collective.map(|value| format::fixed(value, 3)),
        ),
        ("fair", numbers.fair.map(|value| format::fixed(value, 3))),
        ("cost", numbers.cost.map(|value| format::fixed(value, 3))),
        ("edge", numbers.edge.map(|value| format::signed(value, 3))),
    ];
    let known: Vec<String> = named
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name} {}", value?)))
        .collect();
    if known.is_empty() {
        String::new()
    } else {
        format!(": {}", known.join(", "))
    }
}
