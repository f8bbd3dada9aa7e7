//! The report as text for a terminal.

use std::fmt::Write as _;

use super::{HourScore, Integrity};
use crate::report::format::count;

/// Most lines of hours and markets that are shown, the worst first.
const LINES_MAX: usize = 20;

/// A summary, what was left out, and the worst hours. `threshold` (0 to 1) marks hours that a run would leave out.
#[must_use]
pub fn render(report: &Integrity, threshold: f64) -> String {
    let total = report.total();
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "integrity {}: {} of {} compared changes agree with the stated best prices",
        percent(&total),
        count(total.equal),
        count(total.compared)
    );
    let facts = [
        ("rows", total.rows),
        ("whole books", total.books),
        ("crossed after a message", total.crossed),
        ("venue time runs backwards", total.time_backwards),
        ("changes before a whole book", total.before_book),
        ("gaps", total.gaps),
        ("hours missing", report.hours_missing.len() as u64),
        ("files damaged", report.damaged.len() as u64),
        (
            "market hours below the threshold",
            report.below(threshold).count() as u64,
        ),
    ];
    for (name, value) in facts {
        let _ = writeln!(out, "  {name:<34} {:>12}", count(value));
    }
    for (reason, found) in report.excluded.iter() {
        let _ = writeln!(
            out,
            "  left out: {reason:<24} {:>12}  first at {}",
            count(found.count),
            found.first
        );
    }
    for diagnostic in &report.damaged {
        let _ = writeln!(out, "  damaged: {}", diagnostic.one_line());
    }
    worst(report, threshold, &mut out);
    out
}

fn worst(report: &Integrity, threshold: f64, out: &mut String) {
    let mut hours: Vec<&HourScore> = report
        .hours
        .iter()
        .filter(|hour| hour.compared > 0)
        .collect();
    hours.sort_by(|a, b| {
        a.score()
            .unwrap_or(1.0)
            .total_cmp(&b.score().unwrap_or(1.0))
    });
    if hours.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "  {:<14} {:<12} {:>10} {:>10} {:>9} {:>6}",
        "hour", "market", "rows", "compared", "equal", ""
    );
    for hour in hours.iter().take(LINES_MAX) {
        let short: String = hour.market.chars().take(12).collect();
        let mark = if hour.score().is_some_and(|score| score < threshold) {
            "out"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "  {:<14} {short:<12} {:>10} {:>10} {:>9} {mark:>6}",
            hour.hour,
            count(hour.rows),
            count(hour.compared),
            percent(hour)
        );
    }
    if hours.len() > LINES_MAX {
        let _ = writeln!(
            out,
            "  and {} better ones",
            count((hours.len() - LINES_MAX) as u64)
        );
    }
}

fn percent(score: &HourScore) -> String {
    score.score().map_or("unknown".to_owned(), |share| {
        format!("{:.2}%", share * 100.0)
    })
}
