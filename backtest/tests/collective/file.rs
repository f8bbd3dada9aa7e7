//! The forecasts file: long and wide tables, outcomes apart, units, and every mistake at its place.

use std::path::Path;

use quorate_backtest::collective::{CollectiveFile, History};
use quorate_collective::Quantity;

const LONG: &str = "\
event,worker,predicted_at,value,market,outcome,resolved_at,family
north,polls,2026-10-01T00:00:00Z,0.6,0.5,1,2026-11-04T12:00:00Z,surveys
north,crowd,2026-10-01T00:00:00Z,0.7,0.5,1,2026-11-04T12:00:00Z,
north,polls,2026-10-02T00:00:00Z,0.65,0.55,1,2026-11-04T12:00:00Z,surveys
south,polls,2026-10-01T00:00:00Z,0.2,,0,2026-11-11T12:00:00Z,surveys
south,crowd,2026-11-12T00:00:00Z,0.1,,0,2026-11-11T12:00:00Z,
";

fn read(files: &[(&str, &str)], path: &str) -> Result<CollectiveFile, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let place = folder.path().display().to_string() + "/";
    CollectiveFile::read(&folder.path().join(path)).map_err(|e| e.to_string().replace(&place, ""))
}

fn history(files: &[(&str, &str)], path: &str) -> History {
    read(files, path).unwrap_or_else(|e| panic!("{e}")).history
}

#[test]
fn a_long_table_becomes_rows_of_moments() {
    let history = history(&[("f.csv", LONG)], "f.csv");
    let names: Vec<&str> = history.workers.iter().map(|w| w.name.as_str()).collect();
    assert_eq!(names, ["polls", "crowd"]);
    assert_eq!(history.workers[0].family.as_deref(), Some("surveys"));
    assert_eq!(history.family_numbers(), [Some(0), None]);
    assert_eq!(history.events, ["north", "south"]);
    assert_eq!(history.batches, ["2026-11-04", "2026-11-11"]);
    let x: Vec<_> = history.rows.iter().map(|row| row.x.clone()).collect();
    assert_eq!(
        x,
        [
            vec![Some(0.6), Some(0.7)],
            vec![Some(0.2), None],
            vec![Some(0.65), None],
        ]
    );
    assert_eq!(history.rows[1].market, None);
    assert_eq!(
        history.counts.after_resolution, 1,
        "a forecast of the past is left out and counted"
    );
}

#[test]
fn a_value_is_carried_only_so_far() {
    let toml = |carry: &str| format!("table = \"f.csv\"\ncarry = \"{carry}\"\n");
    let crowd = |carry: &str| {
        let files = [("f.csv", LONG), ("f.toml", &toml(carry))];
        history(&files, "f.toml").rows[2].x[1]
    };
    assert_eq!(crowd("24h"), Some(0.7));
    assert_eq!(crowd("23h"), None);
}

#[test]
fn a_wide_table_has_a_column_per_worker() {
    let table = "event,predicted_at,bid,ask,outcome,resolved_at,batch,m1,m2\n\
                 a,2026-10-01,0.4,0.5,true,2026-10-02,storm,0.6,\n\
                 b,2026-10-01,0.4,,false,2026-10-03,storm,,\n";
    let history = history(&[("f.csv", table)], "f.csv");
    assert_eq!(history.workers.len(), 2);
    assert_eq!(history.rows.len(), 1, "nobody spoke about b");
    assert_eq!(history.counts.without_worker, 1);
    assert_eq!(history.rows[0].market, Some(0.45));
    assert_eq!(history.batches, ["storm"]);
    assert_eq!(history.blocks, ["2026-10-02"]);
}

#[test]
fn outcomes_may_stand_in_a_table_of_their_own() {
    let forecasts =
        "race,day,polls\nnorth,2026-10-01,0.6\nsouth,2026-10-01,0.3\nwest,2026-10-01,0.3\n";
    let outcomes = "race,winner,known\nnorth,D,2026-11-04\nsouth,R,2026-11-04\n";
    let toml = r#"
name = "two races"
table = "f.csv"
outcomes = "o.csv"
schemes = ["mean", "boa_plus"]
delay = "2h"
batch_by = "time"
[columns]
event = "race"
predicted_at = "day"
outcome = "winner"
outcome_yes = "D"
outcome_no = "R"
resolved_at = "known"
"#;
    let files = [("f.csv", forecasts), ("o.csv", outcomes), ("f.toml", toml)];
    let file = read(&files, "f.toml").unwrap();
    assert_eq!(file.settings.schemes, ["mean", "boa_plus"]);
    assert_eq!(file.settings.delay_ms, Some(7_200_000));
    let history = file.history;
    let outcomes: Vec<f64> = history.rows.iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes, [1.0, 0.0]);
    assert_eq!(history.counts.without_outcome, 1);
    assert_eq!(history.workers.len(), 1, "mapped columns are no workers");
}

#[test]
fn prices_become_basis_points() {
    let table = "event,predicted_at,reference,outcome,resolved_at,m\n\
                 a,2026-10-01T00:00:00Z,100,110,2026-10-01T01:00:00Z,101\n";
    let toml = |unit: &str| format!("quantity = \"price\"\nunit = \"{unit}\"\ntable = \"f.csv\"\n");
    let of = |unit: &str| history(&[("f.csv", table), ("f.toml", &toml(unit))], "f.toml");
    let level = of("level");
    assert_eq!(level.quantity, Quantity::Price);
    assert!((level.rows[0].outcome - 1e4 * (1.1f64).ln()).abs() < 1e-9);
    assert!((level.rows[0].x[0].unwrap() - 1e4 * (1.01f64).ln()).abs() < 1e-9);
    assert_eq!(of("return").rows[0].x[0], Some(1_010_000.0));
    assert_eq!(of("bps").rows[0].x[0], Some(101.0));
}

#[test]
fn every_mistake_is_shown_at_its_place() {
    let table = LONG
        .replace("0.65,0.55", "1.65,0.55")
        .replace(
            "south,polls,2026-10-01T00:00:00Z,0.2,,0",
            "south,polls,yesterday,0.2,,0",
        )
        .replace("0.1,,0", "0.1,,1")
        + "north,polls,2026-10-01T00:00:00Z,0.6,0.5,0,2026-11-04T12:00:00Z,\n";
    let errors = read(&[("f.csv", &table)], "f.csv").unwrap_err();
    for place in [
        "f.csv:4:4: value `1.65` is outside 0..1",
        "f.csv:5:3: predicted_at `yesterday` is not a time",
        "f.csv:7:6: outcome `0` contradicts the outcome 1 of the same event before",
        "f.csv:7:4: value `0.6` repeats the event, time and worker of line 2",
    ] {
        let (at, what) = place.split_once(": ").unwrap();
        assert!(
            errors.contains(at) && errors.contains(what),
            "{place}\n{errors}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_scored_says_why() {
    let refused = |table: &str, toml: &str| {
        read(&[("f.csv", table), ("f.toml", toml)], "f.toml").unwrap_err()
    };
    let missing = refused(LONG, "table = \"f.csv\"\n[columns]\nvalue = \"valu\"\n");
    assert!(
        missing.contains("no column `valu`") && missing.contains("did you mean `value`"),
        "{missing}"
    );
    let scheme = refused(LONG, "table = \"f.csv\"\nschemes = [\"boa_pluss\"]\n");
    assert!(
        scheme.contains("f.toml:2") && scheme.contains("did you mean `boa_plus`"),
        "{scheme}"
    );
    let unknown = refused(LONG, "table = \"f.csv\"\ncary = \"1h\"\n");
    assert!(unknown.contains("did you mean `carry`"), "{unknown}");
    let unit = refused(LONG, "table = \"f.csv\"\nunit = \"bps\"\n");
    assert!(unit.contains("unit is for quantity"), "{unit}");
    let level = refused(
        LONG,
        "table = \"f.csv\"\nquantity = \"price\"\nunit = \"level\"\n",
    );
    assert!(level.contains("no column `reference`"), "{level}");
    let untimed = "event,predicted_at,outcome,resolved_at,m\na,2026-10-01,1,,0.5\n";
    let untimed = refused(untimed, "table = \"f.csv\"\n");
    assert!(
        untimed.contains("no time at which it was known"),
        "{untimed}"
    );
    let nothing = "event,predicted_at,outcome,resolved_at,m\na,2026-10-01,,2026-10-02,0.5\n";
    let nothing = refused(nothing, "table = \"f.csv\"\n");
    assert!(nothing.contains("no line has"), "{nothing}");
    assert!(CollectiveFile::read(Path::new("no/such.csv")).is_err());
}
