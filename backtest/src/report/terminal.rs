//! The report as plain text for 100 columns: headline, money, forecasts, decisions, and how to read them.

use super::columns::{Align, Columns, WIDTH, plain, wrapped};
use super::format;
use super::model::{
    DataOrigin, ForecasterScore, RowScore, RunMode, RunReport, Skill, VariantKind, VariantReport,
};
use super::reading::reading;

/// Longest name printed in a table.
const NAME_MAX: usize = 26;

/// The report as text, ending in a newline. No colour codes, and no control characters from outside.
#[must_use]
pub fn to_text(report: &RunReport) -> String {
    let mut lines = heading(report);
    section(
        &mut lines,
        "Money by source of probability",
        variants(report),
    );
    section(&mut lines, "Forecasts", forecasts(report));
    section(&mut lines, "Decisions", decisions(report));
    let bullets = |texts: &[String]| {
        texts
            .iter()
            .flat_map(|text| wrapped("  - ", text))
            .collect()
    };
    section(&mut lines, "Assumptions", bullets(&report.assumptions));
    section(&mut lines, "How to read this", bullets(&reading(report)));
    lines.push(String::new());
    lines.push(format!(
        "Result hash  {}",
        plain(&report.run.result_hash, WIDTH - 13)
    ));
    lines.push(format!(
        "Tape hash    {}",
        plain(&report.run.tape_hash, WIDTH - 13)
    ));
    if !report.run.reproduce.is_empty() {
        lines.push(format!(
            "Reproduce    {}",
            plain(&report.run.reproduce, usize::MAX)
        ));
    }
    lines.join("\n") + "\n"
}

fn section(lines: &mut Vec<String>, title: &str, body: Vec<String>) {
    if !body.is_empty() {
        lines.push(String::new());
        lines.push(title.to_owned());
        lines.extend(body);
    }
}

fn heading(report: &RunReport) -> Vec<String> {
    let run = &report.run;
    let mode = match run.mode {
        RunMode::Backtest => "Backtest",
        RunMode::Paper => "Paper run",
    };
    let origin = match run.data {
        DataOrigin::Recorded => "",
        DataOrigin::Synthetic => " (synthetic data)",
    };
    let mut lines = vec![
        format!("{mode} {}{origin}", plain(&run.name, 60)),
        format!(
            "{} to {} UTC ({}), bankroll {}, seed {}, engine {}",
            format::date(run.started_at),
            format::date(run.ended_at),
            format::span(run.started_at, run.ended_at),
            format::money(run.bankroll),
            run.seed,
            plain(&run.engine_version, 20)
        ),
    ];
    lines.extend(report.main_variant().map(headline).unwrap_or_default());
    lines
}

fn headline(main: &VariantReport) -> Vec<String> {
    let drawdown = main.drawdown_max.map_or_else(
        || "none".to_owned(),
        |drawdown| {
            format!(
                "{} ({}, {} to {})",
                format::percent(drawdown.ratio, 2),
                format::money(drawdown.money),
                format::date(drawdown.from),
                format::date(drawdown.to)
            )
        },
    );
    let result = format!(
        "P&L {} ({}), final equity {}, max drawdown {drawdown}",
        format::money_signed(main.pnl),
        format::percent_signed(main.return_ratio),
        format::money(main.final_equity),
    );
    let activity = format!(
        "{} fills in {} markets, {} orders ({} refused), turnover {}, fees {}, rebate estimate {}",
        format::count(main.fills),
        format::count(main.markets_traded),
        format::count(main.orders_placed),
        format::count(main.orders_refused),
        format::money(main.turnover),
        format::money(main.fees),
        format::money(main.rebate_estimate),
    );
    let risk = format!(
        "Worst-case loss of positions: mean {}, max {}; markets won {}; daily Sharpe {}",
        format::money(main.exposure_mean),
        format::money(main.exposure_max),
        format::or_dash(main.win_share, |share| format::percent(share, 1)),
        main.sharpe_daily.map_or_else(
            || "not computed (under 30 days)".to_owned(),
            |s| format::fixed(s, 2)
        ),
    );
    let sentences = [result, activity, risk];
    std::iter::once(String::new())
        .chain(sentences.iter().flat_map(|sentence| wrapped("", sentence)))
        .collect()
}

fn variants(report: &RunReport) -> Vec<String> {
    let mut table = Columns::new(&[
        ("variant", Align::Left),
        ("P&L", Align::Right),
        ("return", Align::Right),
        ("max drawdown", Align::Right),
        ("trades", Align::Right),
        ("fees", Align::Right),
        ("turnover", Align::Right),
    ]);
    for variant in &report.variants {
        table.row(vec![
            plain(&variant.name, NAME_MAX),
            format::money_signed(variant.pnl),
            format::percent_signed(variant.return_ratio),
            format::or_dash(variant.drawdown_max, |drawdown| {
                format::percent(drawdown.ratio, 2)
            }),
            format::count(variant.fills),
            format::money(variant.fees),
            format::money(variant.turnover),
        ]);
    }
    for (kind, name) in [
        (VariantKind::PlainMean, "plain mean"),
        (VariantKind::MarketOnly, "market only"),
    ] {
        if report.variant_of(kind).is_none() {
            let mut cells = vec![name.to_owned(), "not run".to_owned()];
            cells.resize(7, "-".to_owned());
            table.row(cells);
        }
    }
    table.lines()
}

fn forecasts(report: &RunReport) -> Vec<String> {
    if report.forecasts.is_empty() {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let common = |score: &ForecasterScore| score.common.clone();
    if report.forecasts.iter().any(|score| score.common.is_some()) {
        lines.push("  On the rows that all have in common; lower is better:".to_owned());
        lines.extend(score_table(&report.forecasts, common));
        lines.push(String::new());
    }
    lines.push("  Each on all of its own rows, beside the market on the same rows:".to_owned());
    lines.extend(score_table(&report.forecasts, |score| score.own.clone()));
    lines
}

fn score_table(
    scores: &[ForecasterScore],
    rows_of: impl Fn(&ForecasterScore) -> Option<RowScore>,
) -> Vec<String> {
    let mut table = Columns::new(&[
        ("forecaster", Align::Left),
        ("rows", Align::Right),
        ("dates", Align::Right),
        ("Brier", Align::Right),
        ("market", Align::Right),
        ("skill [95% interval]", Align::Right),
        ("log loss", Align::Right),
        ("market", Align::Right),
    ]);
    for score in scores {
        let mut cells = vec![plain(&score.name, NAME_MAX)];
        cells.extend(
            rows_of(score).map_or_else(|| vec!["-".to_owned(); 7], |row| score_cells(&row)),
        );
        table.row(cells);
    }
    table.lines()
}

fn score_cells(row: &RowScore) -> Vec<String> {
    vec![
        format::count(row.rows),
        format::count(row.dates),
        format::fixed(row.brier, 4),
        format::fixed(row.brier_market, 4),
        skill_text(row),
        format::fixed(row.log_loss, 4),
        format::fixed(row.log_loss_market, 4),
    ]
}

/// Skill with its interval: `+3.1% [-2.0%, +8.4%]`; where dates are too few for one, their count: `+3.1% [4 dates]`.
pub(super) fn skill_text(row: &RowScore) -> String {
    let percent = |value: f64| format!("{}%", format::signed(value * 100.0, 1));
    format::or_dash(row.skill, |skill| {
        format!(
            "{} {}",
            percent(skill.value),
            interval_text(row.dates, skill)
        )
    })
}

/// The interval of a skill in brackets: `[-2.0%, +8.4%]`, or `[one date]`, `[4 dates]` where there is none.
pub(super) fn interval_text(dates: u64, skill: Skill) -> String {
    let percent = |value: f64| format!("{}%", format::signed(value * 100.0, 1));
    match (skill.interval, dates) {
        (Some(ends), _) => format!("[{}, {}]", percent(ends.low), percent(ends.high)),
        (None, 1) => "[one date]".to_owned(),
        (None, dates) => format!("[{} dates]", format::count(dates)),
    }
}

fn decisions(report: &RunReport) -> Vec<String> {
    if report.decisions.is_empty() {
        return Vec::new();
    }
    let total: u64 = report.decisions.iter().map(|entry| entry.count).sum();
    let mut table = Columns::new(&[
        ("count", Align::Right),
        ("share", Align::Right),
        ("reason", Align::Left),
        ("first seen (UTC)", Align::Left),
        ("market", Align::Left),
    ]);
    for entry in &report.decisions {
        table.row(vec![
            format::count(entry.count),
            format::percent(entry.count as f64 / total.max(1) as f64, 1),
            entry.reason.clone(),
            format::date_time(entry.example.at),
            plain(&entry.example.market, 14),
        ]);
    }
    table.lines()
}
