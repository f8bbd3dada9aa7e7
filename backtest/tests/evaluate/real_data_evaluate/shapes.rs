//! Parts of an evaluation in the shape in which the published figures are written.

use quorate_backtest::evaluate::{
    ClusteredMean, ClusteredSlope, ForecastReport, Hold, KellyDate, PoolScore, Score,
};
use serde_json::{Map, Value, json};

pub(crate) fn score(score: Option<&Score>) -> Value {
    score.map_or(Value::Null, |s| {
        json!({
            "n": s.n,
            "clusters": s.clusters,
            "brier_model": s.brier_model,
            "brier_market": s.brier_market,
            "logloss_model": s.logloss_model,
            "logloss_market": s.logloss_market,
            "mean_abs_diff": s.mean_abs_diff,
            "share_abs_diff_gt_3c": s.share_abs_diff_over_edge,
            "clusters_where_model_beats_market": s.clusters_where_model_beats_market,
        })
    })
}

pub(crate) fn profit(pnl: &ClusteredMean) -> Value {
    json!({
        "trades": pnl.n,
        "clusters": pnl.clusters,
        "pnl_per_share": pnl.mean,
        "se_clustered": pnl.se_clustered,
        "cluster_mean": pnl.cluster_mean,
        "clusters_positive": pnl.clusters_positive,
    })
}

pub(crate) fn hold<'f>(forecast: &'f ForecastReport, rule: &str) -> &'f Hold {
    forecast
        .holds
        .iter()
        .find(|hold| hold.rule == rule)
        .unwrap()
}

pub(crate) fn slope(slope: Option<&ClusteredSlope>) -> Value {
    let slope = slope.unwrap();
    json!({ "n": slope.n, "slope": slope.slope, "se_clustered": slope.se_clustered })
}

pub(crate) fn pool(points: &[PoolScore]) -> Value {
    let points = points
        .iter()
        .map(|point| (point.weight.to_string(), json!(point.brier)));
    Value::Object(points.collect::<Map<_, _>>())
}

/// Kelly results by date, each as `shape` writes it.
pub(crate) fn kelly(forecast: &ForecastReport, shape: impl Fn(&KellyDate) -> Value) -> Value {
    let dates = forecast
        .kelly_dates
        .iter()
        .map(|date| (date.date.clone(), shape(date)));
    Value::Object(dates.collect::<Map<_, _>>())
}

pub(crate) fn kelly_date(date: &KellyDate) -> Value {
    json!({
        "contests": date.clusters,
        "trades": date.bets,
        "wins": date.wins,
        "total_stake": date.total_stake,
        "pnl": date.pnl,
        "pnl_scaled_to_1x": date.pnl_scaled_to_1x,
    })
}

/// An object of `value(name)` for each name.
pub(crate) fn by_name(names: &[&str], value: impl Fn(&str) -> Value) -> Value {
    let entries = names.iter().map(|name| ((*name).to_owned(), value(name)));
    Value::Object(entries.collect::<Map<_, _>>())
}
