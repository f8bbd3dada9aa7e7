//! Three elections in a row with one memory: what 2020 taught is carried to 2022 and 2024.

use std::fmt::Write as _;
use std::path::Path;

use quorate_backtest::evaluate::{EvaluationFile, Table};

use super::{data, ours_less, replayed};

const CYCLES: &str = r#"
name = "elections 2020 to 2024 in a row"
table = "cycles.csv"
"#;

/// Rows of one election: its table, the columns of event, time, market and outcome, those of the three workers, and the
/// moment of resolution.
struct Election<'a> {
    table: &'a Table,
    label: &'a str,
    event: &'a str,
    time: &'a str,
    market: &'a [&'a str],
    outcome: &'a str,
    workers: [Option<&'a str>; 3],
    resolved_at: &'a str,
}

#[test]
fn collective_real_data_elections_in_a_row() {
    let Some(data) = data() else { return };
    let temp = tempfile::tempdir().unwrap();
    std::fs::write(temp.path().join("cycles.csv"), cycles(&data)).unwrap();
    let report = replayed(&data, temp.path(), CYCLES);
    assert_eq!(report.batches, 3);
    // The best weight on models was all, all and nothing: a memory of three nights must stay close to the market.
    assert!(ours_less(&report, "market").abs() < 0.02);
}

fn cycles(data: &Path) -> String {
    let read = |path: &str| Table::read(&data.join(path)).unwrap();
    let (us2020, us2024) = (
        read("us2020_president_predictit/aligned_snapshots.csv.gz"),
        read("us2024_president/aligned_daily.csv.gz"),
    );
    let join = super::sets::US2022_JOIN.replace("DATA", data.to_str().unwrap());
    let file = EvaluationFile::parse("governors", &join, Path::new("")).unwrap();
    let us2022 = file.table().unwrap();
    let elections = [
        Election {
            table: &us2020,
            label: "2020",
            event: "contest",
            time: "snapshot_utc",
            market: &["dem_yes_bid", "dem_yes_ask"],
            outcome: "dem_won",
            workers: [Some("p_fte538"), Some("p_economist"), Some("p_bookmakers")],
            resolved_at: "2020-11-08T00:00:00Z",
        },
        Election {
            table: &us2022,
            label: "2022",
            event: "market",
            time: "available_at",
            market: &["p_yes"],
            outcome: "resolved_yes",
            workers: [Some("p_538_deluxe"), None, None],
            resolved_at: "2022-11-09T12:00:00Z",
        },
        Election {
            table: &us2024,
            label: "2024",
            event: "contest",
            time: "decision_utc",
            market: &["mkt_p_dem"],
            outcome: "dem_won",
            workers: [Some("p_fte538"), Some("p_rieke"), Some("p_manifold")],
            resolved_at: "2024-11-06T12:00:00Z",
        },
    ];
    let mut out =
        "event,predicted_at,market,outcome,resolved_at,fte538,second model,crowd\n".to_owned();
    for election in &elections {
        rows(election, &mut out);
    }
    out
}

fn rows(election: &Election<'_>, out: &mut String) {
    let table = election.table;
    let column = |name: &str| table.column(name).unwrap();
    for row in &table.rows {
        let cell = |name: &str| row.cell(column(name));
        let event = cell(election.event).unwrap();
        let sides: Option<Vec<f64>> = election
            .market
            .iter()
            .map(|name| cell(name)?.parse::<f64>().ok())
            .collect();
        let Some(sides) = sides.filter(|_| event != "US") else {
            continue;
        };
        let mid = sides.iter().sum::<f64>() / sides.len() as f64;
        let workers = election
            .workers
            .map(|name| name.and_then(cell).unwrap_or_default());
        writeln!(
            out,
            "{} {event},{},{mid},{},{},{}",
            election.label,
            cell(election.time).unwrap(),
            cell(election.outcome).unwrap_or_default(),
            election.resolved_at,
            workers.join(",")
        )
        .unwrap();
    }
}
