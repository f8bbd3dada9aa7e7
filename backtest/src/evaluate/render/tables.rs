//! What the text report says about forecasts, one table a function. A table without rows is not written.

use crate::evaluate::hold::Hold;
use crate::evaluate::result::SubsetReport;
use crate::evaluate::score::{MarketScore, Score};

use super::grid::{Grid, error, figure, percent, signed};

pub(super) fn scores(subset: &SubsetReport) -> Grid {
    let mut grid = Grid::new(
        "Scores, with the market on the same rows",
        &[
            "",
            "rows",
            "clusters",
            "Brier",
            "market",
            "log loss",
            "market",
            "|p-m|>edge",
            "better in",
        ],
    );
    grid.extend(subset.market.as_ref().map(market_row));
    for forecast in &subset.forecasts {
        grid.extend(
            forecast
                .score
                .as_ref()
                .map(|score| score_row(&forecast.name, score)),
        );
    }
    grid
}

fn market_row(market: &MarketScore) -> Vec<String> {
    let (brier, logloss) = (figure(Some(market.brier)), figure(Some(market.logloss)));
    vec![
        "market alone".to_owned(),
        market.n.to_string(),
        market.clusters.to_string(),
        brier.clone(),
        brier,
        logloss.clone(),
        logloss,
        "-".to_owned(),
        "-".to_owned(),
    ]
}

fn score_row(name: &str, score: &Score) -> Vec<String> {
    let (better, clusters) = (score.clusters_where_model_beats_market, score.clusters);
    vec![
        name.to_owned(),
        score.n.to_string(),
        clusters.to_string(),
        figure(Some(score.brier_model)),
        figure(Some(score.brier_market)),
        figure(Some(score.logloss_model)),
        figure(Some(score.logloss_market)),
        percent(Some(score.share_abs_diff_over_edge)),
        format!("{better}/{clusters}"),
    ]
}

pub(super) fn snapshots(subset: &SubsetReport) -> Grid {
    let mut grid = Grid::new(
        "Scores at one time",
        &[
            "", "date", "time", "clusters", "Brier", "market", "log loss", "market",
        ],
    );
    for forecast in &subset.forecasts {
        for snapshot in &forecast.snapshots {
            grid.push(vec![
                forecast.name.clone(),
                snapshot.date.clone(),
                snapshot.at.clone(),
                snapshot.score.clusters.to_string(),
                figure(Some(snapshot.score.brier_model)),
                figure(Some(snapshot.score.brier_market)),
                figure(Some(snapshot.score.logloss_model)),
                figure(Some(snapshot.score.logloss_market)),
            ]);
        }
    }
    grid
}

pub(super) fn holds(subset: &SubsetReport) -> Grid {
    let mut grid = Grid::new(
        "Held to resolution, dollars per share; every row a separate one-share bet",
        &[
            "",
            "rule",
            "trades",
            "wins",
            "cost",
            "gross",
            "(s.e.)",
            "net of fees",
            "(s.e.)",
            "with profit",
        ],
    );
    for hold in &subset.favourites {
        grid.push(hold_row("favourite", hold));
    }
    for forecast in &subset.forecasts {
        for hold in &forecast.holds {
            grid.push(hold_row(&forecast.name, hold));
        }
    }
    grid
}

fn hold_row(name: &str, hold: &Hold) -> Vec<String> {
    vec![
        name.to_owned(),
        hold.rule.clone(),
        hold.trades.to_string(),
        hold.wins.to_string(),
        figure(hold.mean_cost),
        signed(hold.gross.mean),
        error(hold.gross.se_clustered, hold.gross.clusters),
        signed(hold.net.mean),
        error(hold.net.se_clustered, hold.net.clusters),
        format!("{}/{}", hold.net.clusters_positive, hold.net.clusters),
    ]
}

pub(super) fn kelly_dates(subset: &SubsetReport) -> Grid {
    let mut grid = Grid::new(
        "Fractional Kelly at one date, in bankrolls; stakes do not compound",
        &[
            "",
            "date",
            "time",
            "clusters",
            "bets",
            "wins",
            "stakes",
            "P&L",
            "scaled to 1x",
            "net of profit fee",
        ],
    );
    for forecast in &subset.forecasts {
        for date in &forecast.kelly_dates {
            grid.push(vec![
                forecast.name.clone(),
                date.date.clone(),
                date.at.clone(),
                date.clusters.to_string(),
                date.bets.to_string(),
                date.wins.to_string(),
                figure(Some(date.total_stake)),
                signed(Some(date.pnl)),
                signed(Some(date.pnl_scaled_to_1x)),
                signed(Some(date.pnl_net_of_profit_fee)),
            ]);
        }
    }
    grid
}

pub(super) fn kelly_paths(subset: &SubsetReport) -> Grid {
    let mut grid = Grid::new(
        "Fractional Kelly in sequence, bankroll starts at 1 and compounds",
        &["", "bets", "wins", "final bankroll", "max drawdown"],
    );
    for forecast in &subset.forecasts {
        let Some(path) = &forecast.kelly_sequential else {
            continue;
        };
        grid.push(vec![
            forecast.name.clone(),
            path.bets.to_string(),
            path.wins.to_string(),
            figure(Some(path.final_bankroll)),
            percent(Some(path.max_drawdown)),
        ]);
    }
    grid
}

pub(super) fn pools(subset: &SubsetReport) -> Grid {
    let weights = subset
        .forecasts
        .iter()
        .map(|f| &f.pool)
        .find(|pool| !pool.is_empty());
    let mut header = vec![String::new()];
    header.extend(
        weights
            .into_iter()
            .flatten()
            .map(|point| format!("w = {}", point.weight)),
    );
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut grid = Grid::new(
        "Brier of the log-odds pool, weight w on the forecast",
        &header,
    );
    for forecast in subset.forecasts.iter().filter(|f| !f.pool.is_empty()) {
        let mut row = vec![forecast.name.clone()];
        row.extend(forecast.pool.iter().map(|point| figure(Some(point.brier))));
        grid.push(row);
    }
    grid
}

pub(super) fn drifts(subset: &SubsetReport) -> Grid {
    let mut grid = Grid::new(
        "Does the mid move toward the forecast?",
        &["", "later move", "rows", "drift slope", "(s.e.)", "rows"],
    );
    for forecast in subset
        .forecasts
        .iter()
        .filter(|f| f.later_move.is_some() || f.drift.is_some())
    {
        let (later, drift) = (&forecast.later_move, &forecast.drift);
        let rows = |n: Option<usize>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
        grid.push(vec![
            forecast.name.clone(),
            signed(later.as_ref().map(|m| m.mean)),
            rows(later.as_ref().map(|m| m.n)),
            signed(drift.as_ref().map(|d| d.slope)),
            error(
                drift.as_ref().map(|d| d.se_clustered),
                drift.as_ref().map_or(0, |d| d.clusters),
            ),
            rows(drift.as_ref().map(|d| d.n)),
        ]);
    }
    grid
}
