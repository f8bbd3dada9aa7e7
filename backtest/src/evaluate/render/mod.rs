//! The evaluation as text for a terminal.

mod grid;
mod market;
mod reading;
mod tables;

use grid::percent;
use reading::reading;

use super::result::{Evaluation, ForecastReport, GroupReport, SubsetReport};
use super::rows::ForecastKind;

/// Renders an evaluation: aligned columns, no colours, every model beside the market on the same rows.
#[must_use]
pub fn render(evaluation: &Evaluation) -> String {
    let rows = &evaluation.rows;
    let mut out = format!("Evaluation: {}\n", evaluation.name);
    out.push_str(&format!("{} rows read, {} used", rows.read, rows.used));
    for (n, why) in [
        (rows.without_required, "without a required column"),
        (rows.without_outcome, "without an outcome"),
    ] {
        if n > 0 {
            out.push_str(&format!(", {n} {why}"));
        }
    }
    out.push_str("\n\n");
    for group in &evaluation.groups {
        write_group(&mut out, group);
    }
    out
}

fn write_group(out: &mut String, group: &GroupReport) {
    for subset in &group.subsets {
        let place = if group.value.is_empty() {
            format!("== {}", subset.name)
        } else {
            format!("== {} / {}", group.value, subset.name)
        };
        out.push_str(&format!(
            "{place}: {} rows, {} clusters, {} times, happened on {} of rows\n\n",
            subset.rows,
            subset.clusters.len(),
            subset.times,
            percent(subset.base_rate),
        ));
        write_subset(out, subset);
    }
}

fn write_subset(out: &mut String, subset: &SubsetReport) {
    tables::scores(subset).write(out);
    tables::snapshots(subset).write(out);
    tables::holds(subset).write(out);
    tables::kelly_dates(subset).write(out);
    tables::kelly_paths(subset).write(out);
    tables::pools(subset).write(out);
    tables::drifts(subset).write(out);
    market::quotes(subset).write(out);
    market::pair_costs(subset).write(out);
    market::pnls(subset).write(out);
    market::summaries(subset).write(out);
    market::calibration(subset).write(out);
    out.push_str(&reading(subset));
    out.push_str("\n\n");
}

/// The plain mean of all models: the first of the collective forecasts.
fn plain_mean(subset: &SubsetReport) -> Option<&ForecastReport> {
    subset
        .forecasts
        .iter()
        .find(|forecast| forecast.kind == ForecastKind::Collective)
}
