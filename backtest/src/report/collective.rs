//! The report of a collective as text for a terminal.

use quorate_collective::Quantity;

mod reading;

pub(super) use reading::reading;

use super::columns::{Align, Columns, plain, wrapped};
use super::format;
use crate::collective::{
    Blocks, CollectiveReport, Credit, CreditDepth, Difference, Entrant, EntrantScore,
    WorkerStanding,
};

/// Longest name in a table.
const NAME_MAX: usize = 26;

/// Renders the report: league, paired differences, contributions, standings, and how to read them.
#[must_use]
pub fn render_text(report: &CollectiveReport) -> String {
    let mut lines = vec![
        format!("Collective: {}", plain(&report.name, 80)),
        summary(report),
        String::new(),
    ];
    let mut part = |title: &str, table: Columns| {
        lines.push(title.to_owned());
        lines.extend(table.lines());
        lines.push(String::new());
    };
    part(
        "League, each on all of its own rows",
        league(report, |e| e.own.as_ref()),
    );
    if report.league.iter().any(is_partial) {
        let title = format!(
            "League on the {} common rows",
            format::count(report.common_rows as u64)
        );
        part(&title, league(report, |e| e.common.as_ref()));
    }
    part(
        "Paired differences: against ours (+ = ours is better), against the market (- = beats it)",
        differences(report),
    );
    part(&credit_title(report), credits(report));
    part("Standings of the workers", standings(report));
    if report.best_worker().is_some() {
        lines.push("* the best single worker: known only in hindsight".to_owned());
    }
    for sentence in reading(report) {
        lines.extend(wrapped("- ", &sentence));
    }
    lines.join("\n") + "\n"
}

/// Whether somebody answers only a part of the rows.
fn is_partial(entrant: &Entrant) -> bool {
    entrant.coverage < 1.0
}

/// One line about the rows.
pub(super) fn summary(report: &CollectiveReport) -> String {
    let counts = &report.counts;
    let mut text = format!(
        "{} of {} in {} on {}, {} to {}",
        counted(report.rows, "row", "rows"),
        counted(report.events, "event", "events"),
        counted(report.batches, "batch", "batches"),
        counted(report.blocks, "date", "dates"),
        date(&report.started_at),
        date(&report.ended_at),
    );
    for (lines, why) in [
        (counts.left_out, "left out by the file"),
        (counts.without_outcome, "without an outcome"),
        (counts.without_worker, "without a worker"),
        (
            counts.after_resolution,
            "predicted after the outcome was known",
        ),
    ] {
        if 0 < lines {
            text += &format!("; {} {why}", counted(lines, "line", "lines"));
        }
    }
    text
}

fn date(instant: &str) -> &str {
    instant.get(..10).unwrap_or(instant)
}

fn is_price(report: &CollectiveReport) -> bool {
    report.quantity == Quantity::Price
}

/// Name of a line; a star marks the best worker.
pub(super) fn title(entrant: &Entrant) -> String {
    let mark = if entrant.is_best_in_hindsight {
        " *"
    } else {
        ""
    };
    plain(&entrant.name, NAME_MAX - mark.len()) + mark
}

/// A count with its noun: `1 date`, `12 dates`, `2 batches`.
fn counted(count: usize, one: &str, many: &str) -> String {
    let noun = if count == 1 { one } else { many };
    format!("{} {noun}", format::count(count as u64))
}

fn league<'r>(
    report: &'r CollectiveReport,
    pick: impl Fn(&'r Entrant) -> Option<&'r EntrantScore>,
) -> Columns {
    use Align::{Left, Right};
    let heads: &[(&str, Align)] = if is_price(report) {
        &[
            ("name", Left),
            ("rows", Right),
            ("MSE", Right),
            ("RMSE", Right),
            ("MAE", Right),
        ]
    } else {
        &[
            ("name", Left),
            ("rows", Right),
            ("log loss", Right),
            ("Brier", Right),
            ("reliab.", Right),
            ("resol.", Right),
            ("cal. err", Right),
            ("slope", Right),
            ("skill", Right),
        ]
    };
    let mut table = Columns::new(heads);
    for entrant in &report.league {
        let Some(score) = pick(entrant) else {
            continue;
        };
        let mut cells = vec![title(entrant), format::count(score.rows as u64)];
        cells.extend(score_cells(score, is_price(report)));
        table.row(cells);
    }
    table
}

/// The cells behind name and rows.
pub(super) fn score_cells(score: &EntrantScore, is_price: bool) -> Vec<String> {
    if is_price {
        return vec![
            format::fixed(score.squared_error, 2),
            format::fixed(libm::sqrt(score.squared_error), 3),
            format::fixed(score.absolute_error, 3),
        ];
    }
    let murphy = score.murphy;
    vec![
        format::fixed(score.loss, 4),
        format::fixed(score.squared_error, 4),
        format::or_dash(murphy, |m| format::fixed(m.reliability, 4)),
        format::or_dash(murphy, |m| format::fixed(m.resolution, 4)),
        format::or_dash(murphy, |m| format::percent(m.calibration_error, 1)),
        format::or_dash(score.calibration_slope, |slope| format::fixed(slope, 2)),
        format::or_dash(score.skill_loss, |skill| {
            format!("{}%", format::signed(100.0 * skill, 1))
        }),
    ]
}

fn differences(report: &CollectiveReport) -> Columns {
    use Align::{Left, Right};
    let mut table = Columns::new(&[
        ("name", Left),
        ("rows", Right),
        ("vs ours", Right),
        ("95% interval", Right),
        ("vs market", Right),
        ("95% interval", Right),
    ]);
    for entrant in &report.league {
        let (ours, market) = (entrant.loss_against_ours, entrant.loss_against_market);
        let rows = entrant.own.as_ref().map_or(0, |score| score.rows);
        let is_price = is_price(report);
        table.row(vec![
            title(entrant),
            format::count(rows as u64),
            format::or_dash(ours, |d| mean_text(&d, is_price)),
            format::or_dash(ours, |d| interval_text(&d, is_price)),
            format::or_dash(market, |d| mean_text(&d, is_price)),
            format::or_dash(market, |d| interval_text(&d, is_price)),
        ]);
    }
    table
}

/// A mean difference with its sign.
pub(super) fn mean_text(difference: &Difference, is_price: bool) -> String {
    format::signed(difference.mean, decimals(is_price))
}

fn decimals(is_price: bool) -> usize {
    if is_price { 2 } else { 4 }
}

/// An interval; `~` marks one that draws events because there are too few dates.
pub(super) fn interval_text(difference: &Difference, is_price: bool) -> String {
    let Some(interval) = difference.interval else {
        return format!("[{}]", counted(difference.blocks, "date", "dates"));
    };
    let mark = if difference.drawn == Blocks::Events {
        "~"
    } else {
        ""
    };
    let places = decimals(is_price);
    format!(
        "[{}, {}]{mark}",
        format::signed(interval.low, places),
        format::signed(interval.high, places)
    )
}

/// What the points were split by.
pub(super) fn credit_title(report: &CollectiveReport) -> String {
    let by = match report.points_by {
        CreditDepth::Fast => "the fast total",
        CreditDepth::Exact => "the exact value",
        CreditDepth::Shapley => "the Shapley value",
    };
    format!(
        "Contributions to ours (+ = useful); {} points by {by}",
        format::count(report.points_pool)
    )
}

fn credits(report: &CollectiveReport) -> Columns {
    use Align::{Left, Right};
    let mut table = Columns::new(&[
        ("worker", Left),
        ("rows", Right),
        ("fast mean", Right),
        ("95% interval", Right),
        ("average", Right),
        ("exact", Right),
        ("Shapley", Right),
        ("points", Right),
    ]);
    for credit in &report.credits {
        let mut cells = vec![plain(&credit.worker, NAME_MAX)];
        cells.extend(credit_cells(credit, is_price(report)));
        table.row(cells);
    }
    table
}

/// The cells behind the name of a worker.
pub(super) fn credit_cells(credit: &Credit, is_price: bool) -> Vec<String> {
    let number = |value: f64| format::signed(value, decimals(is_price) + 1);
    vec![
        format::count(u64::from(credit.fast.events)),
        format::or_dash(credit.fast_mean, |d| number(d.mean)),
        format::or_dash(credit.fast_mean, |d| interval_text(&d, is_price)),
        format::or_dash(credit.fast.average, number),
        format::or_dash(credit.exact, number),
        format::or_dash(credit.shapley, number),
        format::count(credit.points),
    ]
}

fn standings(report: &CollectiveReport) -> Columns {
    use Align::{Left, Right};
    let mut table = Columns::new(&[
        ("worker", Left),
        ("cover", Right),
        ("weight", Right),
        ("loss", Right),
        ("recent", Right),
        ("slope", Right),
        ("vs market", Right),
        ("vs mean", Right),
        ("corr. market", Right),
    ]);
    for standing in &report.standings {
        let mut cells = vec![plain(&standing.name, NAME_MAX)];
        cells.extend(standing_cells(standing));
        table.row(cells);
    }
    table
}

/// The cells behind the name of a worker.
pub(super) fn standing_cells(worker: &WorkerStanding) -> Vec<String> {
    let (total, recent) = (&worker.standing.total, &worker.standing.recent);
    let share = |value: Option<f64>| format::or_dash(value, |v| format::percent(v, 1));
    let skill = |value: Option<f64>| {
        format::or_dash(value, |v| format!("{}%", format::signed(100.0 * v, 1)))
    };
    let number = |value: Option<f64>, places| format::or_dash(value, |v| format::fixed(v, places));
    vec![
        share(total.coverage),
        share(Some(worker.standing.weight)),
        number(total.loss, 4),
        number(recent.loss, 4),
        number(total.calibration_slope, 2),
        skill(total.skill_market),
        skill(total.skill_mean),
        number(total.market_correlation, 3),
    ]
}
