//! What the text report says about the market and about columns, one table a function.

use crate::evaluate::result::SubsetReport;

use super::grid::{Grid, error, figure, percent, signed};
use super::plain_mean;

pub(super) fn quotes(subset: &SubsetReport) -> Grid {
    let mut grid = Grid::new(
        "Quotes",
        &[
            "two-sided",
            "mean spread",
            "median spread",
            "one ask empty",
            "empty side won",
        ],
    );
    let quotes = &subset.quotes;
    if quotes.two_sided > 0 || quotes.one_ask_empty > 0 {
        grid.push(vec![
            quotes.two_sided.to_string(),
            figure(quotes.mean_spread),
            figure(quotes.median_spread),
            quotes.one_ask_empty.to_string(),
            quotes.empty_side_won.to_string(),
        ]);
    }
    grid
}

pub(super) fn pair_costs(subset: &SubsetReport) -> Grid {
    let mut grid = Grid::new(
        "Cost of one share of each side, before fees",
        &["rule", "rows", "mean", "min", "below 1", "share"],
    );
    for pair in &subset.pair_costs {
        grid.push(vec![
            pair.rule.clone(),
            pair.n.to_string(),
            figure(Some(pair.mean)),
            figure(Some(pair.min)),
            pair.below_1.to_string(),
            percent(Some(pair.share_below_1)),
        ]);
    }
    grid
}

pub(super) fn pnls(subset: &SubsetReport) -> Grid {
    let mut grid = Grid::new(
        "Ready-made profit columns, dollars per share",
        &["", "trades", "P&L", "(s.e.)", "with profit"],
    );
    for named in &subset.pnls {
        grid.push(vec![
            named.name.clone(),
            named.pnl.n.to_string(),
            signed(named.pnl.mean),
            error(named.pnl.se_clustered, named.pnl.clusters),
            format!("{}/{}", named.pnl.clusters_positive, named.pnl.clusters),
        ]);
    }
    grid
}

pub(super) fn summaries(subset: &SubsetReport) -> Grid {
    let mut grid = Grid::new("Columns", &["", "rows", "mean", "median", "min", "max"]);
    for summary in &subset.summaries {
        grid.push(vec![
            summary.name.clone(),
            summary.n.to_string(),
            figure(summary.mean),
            figure(summary.median),
            figure(summary.min),
            figure(summary.max),
        ]);
    }
    grid
}

/// Calibration of the plain collective; that of every forecast is in the JSON.
pub(super) fn calibration(subset: &SubsetReport) -> Grid {
    let mut grid = Grid::new(
        "Calibration of the plain mean",
        &["forecast in", "rows", "mean forecast", "happened"],
    );
    for bin in plain_mean(subset)
        .into_iter()
        .flat_map(|forecast| &forecast.calibration)
    {
        grid.push(vec![
            format!("{:.1} to {:.1}", bin.low, bin.high),
            bin.n.to_string(),
            figure(Some(bin.mean_forecast)),
            figure(Some(bin.frequency)),
        ]);
    }
    grid
}
