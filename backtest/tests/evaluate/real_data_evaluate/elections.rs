//! US elections of 2020, 2022 and 2024.

use quorate_backtest::evaluate::{ForecastReport, KellyDate, render};
use serde_json::{Value, json};

use super::compare::assert_same;
use super::shapes::{by_name, hold, kelly, kelly_date, pool, profit, score, slope};
use super::{data, evaluate, expected, forecast, subset};

const US2020: &str = r#"
name = "US 2020 president, quotes of two contracts"
table = "DATA/us2020_president_predictit/aligned_snapshots.csv.gz"
require = ["dem_yes_bid", "dem_yes_ask", "dem_no_ask"]
pool_weights = [0, 0.25, 0.5, 0.75, 1]
fees = { profit_fee = "10%" }
drift = { horizon = "7d", tolerance = "12h" }
kelly = { rule = "dem contract", dates = ["2020-09-05", "2020-10-05", "2020-11-01"] }

[columns]
time = "snapshot_utc"
cluster = "contest"
outcome = "dem_won"
bid = "dem_yes_bid"
ask = "dem_yes_ask"
no_ask = "dem_no_ask"
second_yes_ask = "rep_yes_ask"
second_no_ask = "rep_no_ask"

[[model]]
name = "p_fte538"
column = "p_fte538"
[[model]]
name = "p_economist"
column = "p_economist"
[[model]]
name = "p_bookmakers"
column = "p_bookmakers"

[[mean]]
name = "p_mean2"
models = ["p_fte538", "p_economist"]
[[mean]]
name = "p_mean3"
models = ["p_fte538", "p_economist", "p_bookmakers"]

[[subset]]
name = "competitive"
clusters = ["AK", "AZ", "CO", "GA", "IA", "ME-2", "MI", "MT", "NC", "NH", "NM", "NV", "PA", "SC", "TX"]

[[rule]]
name = "dem contract"
entry = "cost"
source = "ask"
[[rule]]
name = "best of four"
entry = "cost"
source = "best_of_two"
[[rule]]
name = "mid, no spread"
entry = "mid"
half_spread = 0
"#;

#[test]
fn real_data_us2020_matches_published_figures() {
    let Some(data) = data() else { return };
    let temp = tempfile::tempdir().unwrap();
    let evaluation = evaluate(&data, temp.path(), US2020);
    let (all, competitive) = (
        subset(&evaluation, "all"),
        subset(&evaluation, "competitive"),
    );
    let names = [
        "p_fte538",
        "p_economist",
        "p_bookmakers",
        "p_mean2",
        "p_mean3",
    ];
    let four = all
        .pair_costs
        .iter()
        .find(|pair| pair.rule == "best of four")
        .unwrap();
    let got = json!({
        "rows": evaluation.rows.read,
        "rows_with_two_sided_dem_quote": evaluation.rows.used,
        "contests": all.clusters.len(),
        "snapshots": evaluation.rows.times,
        "median_spread": all.quotes.median_spread,
        "mean_spread": all.quotes.mean_spread,
        "models": by_name(&names, |name| json!({
            "score_all": score(forecast(all, name).score.as_ref()),
            "score_competitive": score(forecast(competitive, name).score.as_ref()),
            "hold_dem_contract": gross_and_net(forecast(all, name), "dem contract"),
            "hold_best_of_four": gross_and_net(forecast(all, name), "best of four"),
        })),
        "logit_pool_brier_by_weight_on_mean2": pool(&forecast(all, "p_mean2").pool),
        "competitive_contests_present": competitive.clusters,
        "best_of_four_pair_cost": {
            "n": four.n, "share_below_1": four.share_below_1, "mean": four.mean, "min": four.min,
        },
        "drift_7d_p_fte538": slope(forecast(all, "p_fte538").drift.as_ref()),
        "drift_7d_p_economist": slope(forecast(all, "p_economist").drift.as_ref()),
        "quarter_kelly": by_name(&names, |name| kelly(forecast(all, name), kelly_with_fee)),
    });
    assert_eq!(four.below_1, 873);
    assert_same(
        "us2020_president_predictit",
        &got,
        &expected(&data, "us2020_president_predictit"),
    );

    let mistakes = json!({
        "fte538": profit(&hold(forecast(all, "p_fte538"), "mid, no spread").gross),
        "economist": profit(&hold(forecast(all, "p_economist"), "mid, no spread").gross),
    });
    let want = &expected(&data, "typical_mistakes")["us2020_fill_at_mid_no_spread"];
    assert_same("us2020_fill_at_mid_no_spread", &mistakes, want);
    assert!(render(&evaluation).contains("market alone"));
}

fn gross_and_net(forecast: &ForecastReport, rule: &str) -> Value {
    let hold = hold(forecast, rule);
    json!({
        "share_of_rows_traded": hold.share_of_rows_traded,
        "gross": profit(&hold.gross),
        "net_of_10pct_profit_fee": profit(&hold.net),
    })
}

fn kelly_with_fee(date: &KellyDate) -> Value {
    let mut shape = kelly_date(date);
    shape["snapshot"] = json!(date.at);
    shape["pnl_net_of_10pct_profit_fee"] = json!(date.pnl_net_of_profit_fee);
    shape
}

const US2024: &str = r#"
name = "US 2024 president, mids"
table = "DATA/us2024_president/aligned_daily.csv.gz"
exclude = ["US"]
snapshots = ["2024-11-05"]
pool_weights = [0, 0.25, 0.5, 0.75, 1]
drift = {}
kelly = { rule = "mid", dates = ["2024-09-05", "2024-10-05", "2024-11-01"] }
model = [
    { name = "fte538", column = "p_fte538" },
    { name = "rieke", column = "p_rieke" },
    { name = "manifold", column = "p_manifold" },
    { name = "manifold_mc", column = "p_manifold_mc" },
    { name = "trigg", column = "p_trigg" },
]
mean = [
    { name = "mean3", models = ["fte538", "rieke", "manifold"] },
    { name = "logitmean3", models = ["fte538", "rieke", "manifold"], pooling = "logit_mean" },
]
summary = [{ name = "dem_yes + rep_yes", columns = ["mkt_dem_yes", "mkt_rep_yes"] }]
rule = [
    { name = "mid", entry = "mid" },
    { name = "later", entry = "fill_later" },
]

[columns]
time = "decision_ts"
cluster = "contest"
outcome = "dem_won"
mid = "mkt_p_dem"
later_mid = "mkt_p_dem_12h_later"

[[subset]]
name = "competitive"
clusters = ["AZ", "FL", "IA", "ME", "MI", "MN", "NC", "NE-2", "NH", "NM", "OH", "PA", "WI"]
[[subset]]
name = "swing"
clusters = ["AZ", "MI", "NC", "PA", "WI"]
[[subset]]
name = "US"
clusters = ["US"]
"#;

/// The forecasts published on election day itself, looked up without regard to time, for their Brier score only.
const US2024_FINAL: &str = r#"
exclude = ["US"]
snapshots = ["2024-11-05"]
model = [
    { name = "ddhq_final", column = "ddhq_final" },
    { name = "fte538_final", column = "fte538_final" },
    { name = "jhk_final", column = "jhk_final" },
    { name = "rtwh_final", column = "rtwh_final" },
]
[columns]
time = "decision_utc"
cluster = "contest"
outcome = "dem_won"
mid = "mkt_p_dem"
[join.base]
file = "DATA/us2024_president/aligned_daily.csv.gz"
time = "decision_utc"
cluster = "contest"
[[join.source]]
file = "DATA/us2024_president/models.csv.gz"
cluster = "contest"
key = "model"
value = "p_dem"
keys = ["ddhq_final", "fte538_final", "jhk_final", "rtwh_final"]
"#;

#[test]
fn real_data_us2024_matches_published_figures() {
    let Some(data) = data() else { return };
    let temp = tempfile::tempdir().unwrap();
    let evaluation = evaluate(&data, temp.path(), US2024);
    let last = evaluate(&data, temp.path(), US2024_FINAL);
    let all = subset(&evaluation, "all");
    let states = [
        "fte538",
        "rieke",
        "manifold",
        "trigg",
        "mean3",
        "logitmean3",
    ];
    let group = |name: &str, forecasts: &[&str]| {
        by_name(forecasts, |model| {
            us2024_model(forecast(subset(&evaluation, name), model))
        })
    };
    let both = &all.summaries[0];
    let got = json!({
        "rows": evaluation.rows.read,
        "contests": all.clusters.len(),
        "days": evaluation.rows.times,
        "groups": {
            "all": group("all", &states),
            "competitive": group("competitive", &states),
            "swing": group("swing", &states),
            "US": group("US", &["rieke", "trigg", "manifold_mc"]),
        },
        "swing_present": subset(&evaluation, "swing").clusters,
        "competitive_present": subset(&evaluation, "competitive").clusters,
        "logit_pool_brier_by_weight_on_mean3": pool(&forecast(all, "mean3").pool),
        "drift_7d_fte538": slope(forecast(all, "fte538").drift.as_ref()),
        "drift_7d_rieke": slope(forecast(all, "rieke").drift.as_ref()),
        "drift_7d_manifold": slope(forecast(all, "manifold").drift.as_ref()),
        "drift_7d_mean3": slope(forecast(all, "mean3").drift.as_ref()),
        "dem_yes_plus_rep_yes": { "n": both.n, "mean": both.mean, "min": both.min, "max": both.max },
        "quarter_kelly": by_name(&["fte538", "rieke", "manifold", "mean3"], |name| {
            kelly(forecast(all, name), kelly_date)
        }),
        "eve_2024-11-05": eve(all, subset(&last, "all")),
    });
    assert_same(
        "us2024_president",
        &got,
        &expected(&data, "us2024_president"),
    );
}

fn us2024_model(forecast: &ForecastReport) -> Value {
    json!({
        "score": score(forecast.score.as_ref()),
        "hold_mid_plus_1c": profit(&hold(forecast, "mid").gross),
        "hold_fill_12h_later": profit(&hold(forecast, "later").gross),
        "clv_12h_signed": forecast.later_move.as_ref().map(|later| later.mean),
    })
}

type Subset = quorate_backtest::evaluate::SubsetReport;

fn eve(all: &Subset, last: &Subset) -> Value {
    let at = |subset: &Subset, name: &str| forecast(subset, name).snapshots[0].score.clone();
    let mut eve = by_name(&["fte538", "rieke", "manifold", "trigg"], |name| {
        let score = at(all, name);
        json!({ "n": score.n, "brier": score.brier_model })
    });
    for name in ["ddhq_final", "fte538_final", "jhk_final", "rtwh_final"] {
        let score = at(last, name);
        let market = score.brier_market;
        eve[name] = json!({ "n": score.n, "brier": score.brier_model, "market_same": market });
    }
    let market = at(all, "fte538");
    eve["contests"] = json!(market.clusters);
    eve["market"] = json!(market.brier_market);
    eve
}

const US2022: &str = r#"
name = "US 2022 governors, last trades"
require = ["p_yes"]
pool_weights = [0, 0.25, 0.5, 0.75, 1]
kelly = { rule = "mid + 2c", dates = ["2022-09-25", "2022-10-15", "2022-11-06"] }
model = [
    { name = "classic", column = "p_538_classic" },
    { name = "deluxe", column = "p_538_deluxe" },
    { name = "lite", column = "p_538_lite" },
]
mean = [{ name = "mean3", models = ["classic", "deluxe", "lite"] }]
summary = [{ name = "age of the last trade", columns = ["age_h"] }]
rule = [
    { name = "mid + 1c", entry = "mid", half_spread = 0.01 },
    { name = "mid + 2c", entry = "mid", half_spread = 0.02 },
]

[columns]
time = "available_at"
cluster = "market"
outcome = "resolved_yes"
mid = "p_yes"

[join.base]
file = "DATA/us2022_midterms_polymarket_trades/models_538_governor.csv.gz"
time = "available_at"
cluster = "market"
until = "2022-11-08T23:00:00Z"
[[join.source]]
file = "DATA/us2022_midterms_polymarket_trades/trades.csv.gz"
time = "ts"
cluster = "market"
columns = ["p_yes"]
age_column = "age_h"
until = "2022-11-08T23:00:00Z"
[[join.source]]
file = "DATA/us2022_midterms_polymarket_trades/markets.csv"
cluster = "market"
columns = ["resolved_yes"]
"#;

#[test]
fn real_data_us2022_governors_match_published_figures() {
    let Some(data) = data() else { return };
    let temp = tempfile::tempdir().unwrap();
    let evaluation = evaluate(&data, temp.path(), US2022);
    let all = subset(&evaluation, "all");
    let names = ["classic", "deluxe", "lite", "mean3"];
    let got = json!({
        "rows": evaluation.rows.used,
        "markets": all.clusters,
        "dates": all.times,
        "median_age_h_of_last_trade": all.summaries[0].median,
        "models": by_name(&names, |name| json!({
            "score": score(forecast(all, name).score.as_ref()),
            "hold_mid_plus_1c": profit(&hold(forecast(all, name), "mid + 1c").gross),
            "hold_mid_plus_2c": profit(&hold(forecast(all, name), "mid + 2c").gross),
        })),
        "logit_pool_brier_by_weight_on_deluxe": pool(&forecast(all, "deluxe").pool),
        "quarter_kelly": by_name(&names, |name| kelly(forecast(all, name), kelly_date)),
    });
    assert_same(
        "us2022_governors",
        &got,
        &expected(&data, "us2022_governors"),
    );
}
