//! Contributions as text and as a section of a page.

use std::fmt::Write;

use quorate_domain::Cash;

use super::{Contribution, ContributionReport};
use crate::metrics::Interval;
use crate::report::format::{fixed, money_signed, or_dash, signed};

/// The report as text for a terminal.
#[must_use]
pub fn to_text(report: &ContributionReport) -> String {
    let mut out = String::new();
    let width = report
        .workers
        .iter()
        .map(|it| it.worker.chars().count())
        .max()
        .unwrap_or(0)
        .max(6);
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{}: P&L {}, log loss {}, Brier {}, {} dates of resolution\n",
        report.run,
        money_signed(report.pnl),
        or_dash(report.log_loss, |loss| fixed(loss, 4)),
        or_dash(report.brier, |loss| fixed(loss, 4)),
        report.dates,
    );
    let _ = writeln!(
        out,
        "{:width$}  {:>10}  {:>9}  {:>20}  {:>9}  {:>12}  {:>26}",
        "worker", "inferences", "log loss", "95 %", "Brier", "P&L", "95 %"
    );
    for it in &report.workers {
        let cells = cells(it);
        let _ = writeln!(
            out,
            "{:width$}  {:>10}  {:>9}  {:>20}  {:>9}  {:>12}  {:>26}",
            it.worker, it.inferences, cells[0], cells[1], cells[2], cells[3], cells[4]
        );
    }
    out.push_str(
        "\nThe run without the worker against the run with it; above zero the worker helped. Contributions do not add up.\n",
    );
    out
}

fn cells(it: &Contribution) -> [String; 5] {
    let loss = |interval: Interval| {
        format!(
            "{} to {}",
            signed(interval.low, 4),
            signed(interval.high, 4)
        )
    };
    let dollars = |value: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturates; shown, never paid"
        )]
        let micros = libm::round(value * 1e6) as i64;
        money_signed(Cash::from_micros(micros))
    };
    [
        or_dash(it.log_loss, |value| signed(value, 4)),
        or_dash(it.log_loss_interval, loss),
        or_dash(it.brier, |value| signed(value, 4)),
        money_signed(it.pnl),
        or_dash(it.pnl_interval, |interval| {
            format!("{} to {}", dollars(interval.low), dollars(interval.high))
        }),
    ]
}

/// The report as a section of a page: a heading and a table.
#[must_use]
pub fn html_section(report: &ContributionReport) -> String {
    let mut rows = String::new();
    for it in &report.workers {
        let _ = write!(
            rows,
            "<tr><th scope=\"row\">{}</th><td>{}</td>",
            escape(&it.worker),
            it.inferences
        );
        for cell in cells(it) {
            let _ = write!(rows, "<td>{}</td>", escape(&cell));
        }
        rows.push_str("</tr>\n");
    }
    format!(
        "<section id=\"contribution\"><h2>Contribution of workers</h2>\n<p>{}: the same run without each worker in turn; above zero the worker helped. Intervals resample the {} dates of resolution.</p>\n<table><thead><tr><th>Worker</th><th>Inferences</th><th>Log loss</th><th>95 %</th><th>Brier</th><th>P&amp;L</th><th>95 %</th></tr></thead>\n<tbody>\n{rows}</tbody></table></section>\n",
        escape(&report.run),
        report.dates,
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
