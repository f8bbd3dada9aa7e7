//! Five-minute windows of Bitcoin going up or down.

mod tables;

use quorate_backtest::evaluate::{GroupReport, KellyPath, SubsetReport};
use serde_json::{Map, Value, json};

use super::compare::assert_same;
use super::shapes::{hold, profit, score};
use super::{data, evaluate, expected, forecast, group, subset};

const LADDER: &str = r#"
name = "five-minute windows at fixed times before the end"
group_by = "offset_s"
fees = { taker_rate = 0.07 }
kelly = { rule = "taker", sequential = true }
model = [{ name = "gbm", column = "p_gbm" }]
summary = [{ name = "depth", columns = ["up_ask_depth"], quoted_rows_only = true }]
rule = [
    { name = "taker", entry = "cost", source = "columns" },
    { name = "favourite", entry = "favourite", source = "columns" },
]
[columns]
time = "ts"
cluster = "window_start"
outcome = "winner"
outcome_yes = "UP"
outcome_no = "DOWN"
bid = "up_bid"
ask = "up_ask"
no_ask = "down_ask"
cost_yes = "up_vwap5"
cost_no = "down_vwap5"
[join.base]
file = "samples.csv"
time = "ts"
cluster = "window_start"
[[join.source]]
file = "DATA/btc_updown_5m_ladder_2026-07/windows.csv"
cluster = "window_start"
columns = ["winner"]
"#;

const MAKER: &str = r#"
pnl = [
    { name = "one-sided", column = "one_sided" },
    { name = "pair", column = "pair" },
    { name = "filled share", column = "filled_share" },
]
summary = [{ name = "fills", columns = ["fills"] }]
table = "maker.csv"
[columns]
time = "time"
cluster = "window_start"
outcome = "winner"
outcome_yes = "UP"
outcome_no = "DOWN"
"#;

const HISTORY: &str = r#"
table = "DATA/btc_updown_5m_ladder_2026-07/windows_hist_mid_T-54s.csv"
[columns]
time = "window_start"
cluster = "window_start"
outcome = "winner"
outcome_yes = "UP"
outcome_no = "DOWN"
mid = "up_mid"
"#;

#[test]
fn real_data_btc_ladder_matches_published_figures() {
    let Some(data) = data() else { return };
    let temp = tempfile::tempdir().unwrap();
    tables::write_samples(&data, temp.path());
    let windows = tables::write_maker_fills(&data, temp.path());
    let ladder = evaluate(&data, temp.path(), LADDER);
    let maker = evaluate(&data, temp.path(), MAKER);
    let history = evaluate(&data, temp.path(), HISTORY);
    let offsets = ladder
        .groups
        .iter()
        .map(|group| (group.value.clone(), offset(group)));
    let full = &group(&ladder, "90").subsets[0];
    let past = subset(&history, "all");
    let got = json!({
        "windows": full.clusters.len(),
        "base_rate_up": full.base_rate,
        "offsets": Value::Object(offsets.collect::<Map<_, _>>()),
        "maker": maker_figures(subset(&maker, "all"), windows),
        "hist_T-54s": {
            "windows": past.rows,
            "brier_mid": past.market.as_ref().map(|market| market.brier),
            "base_rate_up": past.base_rate,
        },
    });
    assert_same("btc_5m_ladder", &got, &expected(&data, "btc_5m_ladder"));
}

fn offset(group: &GroupReport) -> Value {
    let all = &group.subsets[0];
    let (gbm, favourite) = (forecast(all, "gbm"), &all.favourites[0]);
    json!({
        "samples": all.rows,
        "two_sided_up_book": all.quotes.two_sided,
        "mean_spread": all.quotes.mean_spread,
        "median_total_up_ask_depth": all.summaries[0].median,
        "brier_mid": all.market.as_ref().map(|market| market.brier),
        "ask_empty_on_exactly_one_side": all.quotes.one_ask_empty,
        "of_these_the_empty_side_won": all.quotes.empty_side_won,
        "favourite_buyable_5_shares": favourite.trades,
        "buy_favourite_vwap5_after_fee": profit(&favourite.net),
        "favourite_wins": favourite.wins,
        "favourite_mean_cost": favourite.mean_cost,
        "favourite_z_vs_cost": favourite.z_vs_cost,
        "quarter_kelly_sequential": path(gbm.kelly_sequential.as_ref().unwrap()),
        "model_score_on_two_sided": score(gbm.score.as_ref()),
        "model_edge_taker_vwap5_after_fee": profit(&hold(gbm, "taker").net),
    })
}

fn path(path: &KellyPath) -> Value {
    json!({
        "bets": path.bets,
        "wins": path.wins,
        "final_bankroll": path.final_bankroll,
        "max_drawdown": path.max_drawdown,
    })
}

fn maker_figures(all: &SubsetReport, windows: tables::MakerWindows) -> Value {
    let pnl = |name: &str| &all.pnls.iter().find(|pnl| pnl.name == name).unwrap().pnl;
    let one_sided = pnl("one-sided");
    json!({
        "windows": windows.all,
        "no_fill": windows.all - one_sided.n - pnl("pair").n,
        "one_sided": one_sided.n,
        "one_sided_on_losing_side": windows.lost_one_sided,
        "two_sided": pnl("pair").n,
        "pnl_per_share_one_sided": profit(one_sided),
        "pnl_per_pair_two_sided": pnl("pair").mean,
        "pnl_per_filled_share": profit(pnl("filled share")),
    })
}

/// What a careless harness does: it fills at 0.99 on a side whose ask is empty.
const EMPTY_SIDE: &str = r#"
thresholds = { favourite_max = 1 }
rule = [{ name = "fill at 0.99", entry = "favourite", source = "columns" }]
[columns]
time = "ts"
cluster = "window_start"
outcome = "winner"
outcome_yes = "UP"
outcome_no = "DOWN"
cost_yes = "empty_up"
cost_no = "empty_down"
[join.base]
file = "samples.csv"
time = "ts"
cluster = "window_start"
[[join.source]]
file = "DATA/btc_updown_5m_ladder_2026-07/windows.csv"
cluster = "window_start"
columns = ["winner"]
"#;

#[test]
fn real_data_btc_filling_an_empty_side_looks_riskless() {
    let Some(data) = data() else { return };
    let temp = tempfile::tempdir().unwrap();
    tables::write_samples(&data, temp.path());
    let evaluation = evaluate(&data, temp.path(), EMPTY_SIDE);
    let got = profit(&subset(&evaluation, "all").favourites[0].gross);
    let name = "btc_5m_fill_at_0.99_when_the_ask_is_empty_T-30_to_T-10";
    assert_same(name, &got, &expected(&data, "typical_mistakes")[name]);
}
