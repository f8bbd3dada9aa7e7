//! The report as one self-contained HTML page: inline style and drawings, nothing fetched, readable without scripts.

mod bars;
pub mod collective;
mod curves;
mod details;
mod downsample;
mod escape;
mod head;
mod plot;
mod reliability;
mod results;
mod scale;
mod table;

use escape::escape;

use super::definitions::DEFINITIONS;
use super::model::{RunInfo, RunReport};

/// Style of the page: light and dark, screen, phone and paper.
const STYLE: &str = include_str!("html/page.css");

/// Sorts tables by a click on a heading; without it the page only loses that.
const SCRIPT: &str = include_str!("html/sort.js");

/// The report as an HTML document.
#[must_use]
pub fn to_html(report: &RunReport) -> String {
    let name = escape(&report.run.name);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{name} - Quorate report</title>\n<style>\n{STYLE}</style></head>\n\
         <body><main>\n{}</main>\n<script>\n{SCRIPT}</script></body></html>\n",
        body(report)
    )
}

fn body(report: &RunReport) -> String {
    let sections = [
        section("account", "Account", &curves::account_figures(report)),
        section("sources", "Sources of probability", &sources(report)),
        section(
            "calibration",
            "Calibration",
            &reliability::calibration_figures(report),
        ),
        section("forecasts", "Forecasts", &results::forecast_tables(report)),
        section("markets", "Markets", &details::market_table(report)),
        section("trades", "Trades and fees", &trades(report)),
        section("decisions", "Decisions", &details::decision_table(report)),
        section("assumptions", "Assumptions", &assumptions(report)),
        section("definitions", "Definitions", &definitions()),
        section("reproduce", "Reproduce", &reproduce(&report.run)),
    ];
    head::head(report) + &sections.concat()
}

fn section(id: &str, title: &str, content: &str) -> String {
    format!(
        "<section aria-labelledby=\"h-{id}\"><h2 id=\"h-{id}\">{title}</h2>\n{content}</section>\n"
    )
}

fn sources(report: &RunReport) -> String {
    bars::pnl_bars(report) + &results::variant_table(report)
}

fn trades(report: &RunReport) -> String {
    results::cost_table(report) + &details::fill_table(report)
}

fn assumptions(report: &RunReport) -> String {
    if report.assumptions.is_empty() {
        return "<p class=\"none\">None were stated.</p>\n".to_owned();
    }
    head::list(&report.assumptions)
}

fn definitions() -> String {
    let entry = |(term, text): &(&str, &str)| {
        format!(
            "<div><dt>{}</dt><dd>{}</dd></div>\n",
            escape(term),
            escape(text)
        )
    };
    format!(
        "<dl class=\"terms\">{}</dl>\n",
        DEFINITIONS.iter().map(entry).collect::<String>()
    )
}

fn reproduce(run: &RunInfo) -> String {
    let facts = [
        ("Result hash", run.result_hash.clone()),
        ("Tape hash", run.tape_hash.clone()),
        ("Seed", run.seed.to_string()),
        ("Engine", run.engine_version.clone()),
        ("Command", run.reproduce.clone()),
    ];
    let rows: String = facts
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| {
            format!(
                "<div><dt>{name}</dt><dd><code>{}</code></dd></div>\n",
                escape(value)
            )
        })
        .collect();
    let config = if run.config.is_empty() {
        String::new()
    } else {
        format!(
            "<details><summary>Configuration in force</summary><pre tabindex=\"0\">{}</pre></details>\n",
            escape(&run.config)
        )
    };
    format!(
        "<p>The same data, configuration and seed give the same result hash on any machine.</p>\
         <dl class=\"facts\">{rows}</dl>\n{config}"
    )
}
