//! A sweep's report as text and as a page.

use std::fmt::Write;

use super::report::SweepReport;
use crate::report::format::{date, fixed, money_signed, or_dash, percent};

/// Rows of the table shown; all of them are in the JSON and in `results.parquet`.
const SHOWN: usize = 20;

/// The report as text for a terminal.
#[must_use]
pub fn to_text(report: &SweepReport) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{}: {} variants, {} to {}, objective {}\n",
        report.name,
        report.trials,
        date(report.from),
        date(report.until),
        report.objective.name(),
    );
    table(&mut out, report);
    out.push('\n');
    belief(&mut out, report);
    walk(&mut out, report);
    axes(&mut out, report);
    holdout(&mut out, report);
    out
}

fn table(out: &mut String, report: &SweepReport) {
    let _ = writeln!(
        out,
        "{:>7}  {:>10}  {:>12}  {:>7}  {:>7}  {:>8}  {:>7}  settings",
        "variant", "objective", "P&L", "trades", "markets", "drawdown", "Brier"
    );
    for row in report.variants.iter().take(SHOWN) {
        let _ = writeln!(
            out,
            "{:>7}  {:>10}  {:>12}  {:>7}  {:>7}  {:>8}  {:>7}  {}",
            row.variant,
            fixed(row.objective, 4),
            money_signed(row.pnl),
            row.fills,
            row.markets,
            percent(row.drawdown, 2),
            or_dash(row.brier, |brier| fixed(brier, 4)),
            row.settings,
        );
    }
    if SHOWN < report.variants.len() {
        let _ = writeln!(out, "... and {} more", report.variants.len() - SHOWN);
    }
}

fn belief(out: &mut String, report: &SweepReport) {
    match report.deflated {
        Some(it) => {
            let _ = writeln!(
                out,
                "Deflated Sharpe ratio {}: the chance that variant {} is better than the best of {} trials without skill\n  (its ratio {} a day over {} days; such trials reach {})",
                fixed(it.probability, 3),
                report.chosen,
                it.trials,
                fixed(it.shape.sharpe, 4),
                it.shape.count,
                fixed(it.expected_best, 4),
            );
        }
        None => out.push_str("Deflated Sharpe ratio: too few days, or no variation\n"),
    }
    match report.overfitting {
        Some(it) => {
            let _ = writeln!(
                out,
                "Probability of overfitting {}: in {} splits of {} blocks of {} days, how often the best of one half was below the median of the other",
                percent(it.probability, 1),
                it.splits,
                it.blocks,
                it.days_per_block,
            );
        }
        None => out.push_str("Probability of overfitting: too few variants or days\n"),
    }
}

fn walk(out: &mut String, report: &SweepReport) {
    let _ = writeln!(
        out,
        "\nWalk forward (chosen on what had ended before each window)\n{:>10}  {:>10}  {:>7}  {:>7}  {:>6}  {:>9}  {:>9}  {:>12}  {:>12}",
        "from", "until", "variant", "trained", "purged", "inside", "outside", "P&L", "mean P&L"
    );
    for fold in &report.folds {
        let _ = writeln!(
            out,
            "{:>10}  {:>10}  {:>7}  {:>7}  {:>6}  {:>9}  {:>9}  {:>12}  {:>12}",
            date(fold.from),
            date(fold.until),
            or_dash(fold.chosen, |chosen| chosen.to_string()),
            fold.trained,
            fold.purged,
            or_dash(fold.inside, |value| fixed(value, 4)),
            or_dash(fold.outside, |value| fixed(value, 4)),
            money_signed(fold.pnl),
            money_signed(fold.pnl_mean),
        );
    }
}

fn axes(out: &mut String, report: &SweepReport) {
    out.push_str("\nSensitivity (mean objective by value)\n");
    for axis in &report.axes {
        let explained = or_dash(axis.explained, |part| percent(part, 1));
        let _ = writeln!(out, "  {}: explains {explained} of the variation", axis.key);
        for group in &axis.groups {
            let name = if group.from == group.to {
                group.from.clone()
            } else {
                format!("{} to {}", group.from, group.to)
            };
            let _ = writeln!(
                out,
                "    {name:>20}  {:>9}  ({} to {}, {} variants)",
                fixed(group.mean, 4),
                fixed(group.least, 4),
                fixed(group.greatest, 4),
                group.variants,
            );
        }
    }
}

fn holdout(out: &mut String, report: &SweepReport) {
    let Some(held) = &report.holdout else {
        out.push_str("\nHold-out: not looked at\n");
        return;
    };
    let _ = writeln!(
        out,
        "\nHold-out {} to {}, variant {} alone: P&L {}, {} markets, objective {}",
        date(held.from),
        date(held.until),
        held.variant,
        money_signed(held.pnl),
        held.markets,
        fixed(held.objective, 4),
    );
    if held.looks == 1 {
        out.push_str("  looked at once\n");
    } else {
        let _ = writeln!(
            out,
            "  LOOKED AT {} TIMES with different choices: it is no longer a hold-out",
            held.looks
        );
    }
}

/// The report as a page: the same text, readable in a browser and safe against names with markup in them.
#[must_use]
pub fn to_html(report: &SweepReport) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>\n<style>body{{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}}pre{{overflow-x:auto;font:13px/1.5 ui-monospace,monospace}}</style></head>\n<body><h1>{}</h1>\n<pre>{}</pre>\n</body></html>\n",
        escape(&report.name),
        escape(&report.name),
        escape(&to_text(report)),
    )
}
