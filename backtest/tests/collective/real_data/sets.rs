//! Elections of one night, crypto predictions, human forecasters.

use super::{assert_brier, data, ours_less, replayed};

const US2020: &str = r#"
name = "president 2020"
table = "DATA/us2020_president_predictit/aligned_snapshots.csv.gz"
resolved_at = "2020-11-08T00:00:00Z"
[columns]
event = "contest"
predicted_at = "snapshot_utc"
bid = "dem_yes_bid"
ask = "dem_yes_ask"
outcome = "dem_won"
[[worker]]
name = "fte538"
column = "p_fte538"
[[worker]]
name = "economist"
column = "p_economist"
[[worker]]
name = "bookmakers"
column = "p_bookmakers"
"#;

#[test]
fn collective_real_data_president_2020() {
    let Some(data) = data() else { return };
    let temp = tempfile::tempdir().unwrap();
    let report = replayed(&data, temp.path(), US2020);
    assert_eq!(report.batches, 1);
    // The models beat these prices; one night teaches nothing, so the blend is what its prior says.
    assert!(ours_less(&report, "market") < 0.0);
    assert!(0.0 < ours_less(&report, "economist"));
}

const US2024: &str = r#"
name = "president 2024"
table = "DATA/us2024_president/aligned_daily.csv.gz"
exclude = ["US"]
resolved_at = "2024-11-06T12:00:00Z"
[columns]
event = "contest"
predicted_at = "decision_utc"
market = "mkt_p_dem"
outcome = "dem_won"
[[worker]]
name = "fte538"
column = "p_fte538"
[[worker]]
name = "rieke"
column = "p_rieke"
[[worker]]
name = "manifold"
column = "p_manifold"
[[worker]]
name = "trigg"
column = "p_trigg"
"#;

#[test]
fn collective_real_data_president_2024() {
    let Some(data) = data() else { return };
    let temp = tempfile::tempdir().unwrap();
    let report = replayed(&data, temp.path(), US2024);
    assert_eq!((report.rows, report.events), (3_404, 37));
    for (name, published) in [
        ("fte538", 0.0459),
        ("rieke", 0.0368),
        ("manifold", 0.0397),
        ("trigg", 0.0361),
        ("market", 0.0346),
    ] {
        assert_brier(&report, name, published);
    }
    // The market was better than every model; the blend stays close to it.
    let blend = ours_less(&report, "market").abs();
    assert!(blend < 0.01, "{blend}");
    assert!(ours_less(&report, "plain mean") < 0.0);
}

const US2022: &str = r#"
name = "governors 2022"
evaluation = "evaluation.toml"
resolved_at = "2022-11-09T12:00:00Z"
[[worker]]
name = "classic"
family = "538"
[[worker]]
name = "deluxe"
family = "538"
[[worker]]
name = "lite"
family = "538"
"#;

pub(crate) const US2022_JOIN: &str = r#"
model = [
    { name = "classic", column = "p_538_classic" },
    { name = "deluxe", column = "p_538_deluxe" },
    { name = "lite", column = "p_538_lite" },
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
until = "2022-11-08T23:00:00Z"
[[join.source]]
file = "DATA/us2022_midterms_polymarket_trades/markets.csv"
cluster = "market"
columns = ["resolved_yes"]
"#;

#[test]
fn collective_real_data_governors_2022() {
    let Some(data) = data() else { return };
    let temp = tempfile::tempdir().unwrap();
    let join = US2022_JOIN.replace("DATA", data.to_str().unwrap());
    std::fs::write(temp.path().join("evaluation.toml"), join).unwrap();
    let report = replayed(&data, temp.path(), US2022);
    assert_eq!(report.events, 9);
    // Skill and paired differences are on rows with a trade before them: 404 of them have published scores.
    let line = report.named("deluxe").unwrap();
    let against = line.squared_error_against_market.unwrap();
    assert_eq!(against.rows, 404);
    assert!((against.mean - (0.0548 - 0.0779)).abs() < 0.000_2);
    assert!(ours_less(&report, "market") < 0.0);
    assert!(against.interval.is_none(), "nine races are no sample");
}

const CRYPTO: &str = r#"
name = "crypto model predictions 2026"
table = "DATA/crypto_model_predictions_2026-06/predictions.csv.gz"
carry = "1h"
batch_by = "time"
[columns]
event = "market_id"
worker = "strategy"
value = "model_p_yes"
market = "mkt_p_yes"
outcome = "outcome_yes"
resolved_at = "resolution_timestamp"
"#;

#[test]
fn collective_real_data_crypto_predictions() {
    let Some(data) = data() else { return };
    let temp = tempfile::tempdir().unwrap();
    let report = replayed(&data, temp.path(), CRYPTO);
    // Six losers: whatever is made of them must stay far nearer to the market than they are.
    let market = ours_less(&report, "market");
    assert!(0.0 < market && market < 0.02, "{market}");
    assert!(ours_less(&report, "plain mean") < -0.05);
}

const HUMANS: &str = r#"
name = "superforecasters 2024"
table = "DATA/forecastbench_questions/superforecasters_2024-07-21.csv.gz"
predicted_at = "2024-07-21T00:00:00Z"
[columns]
event = "id"
worker = "forecaster"
value = "forecast"
market = "market_freeze"
resolved_at = "resolution_date"
"#;

#[test]
fn collective_real_data_superforecasters() {
    let Some(data) = data() else { return };
    let temp = tempfile::tempdir().unwrap();
    let report = replayed(&data, temp.path(), HUMANS);
    assert_eq!(report.events, 38);
    assert_brier(&report, "median", 0.1076);
    assert_brier(&report, "plain mean", 0.1060);
    assert_brier(&report, "market", 0.1441);
    assert!(ours_less(&report, "market") < 0.0);
}
