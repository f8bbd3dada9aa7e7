//! Writing a tape and loading it again gives the same tape.

use crate::common::{Files, load_files};
use proptest::prelude::*;
use quorate_backtest::tape::{LoadOptions, Tape, load, write};

const SECOND: u64 = 1_000_000_000;
const START: u64 = 1_750_000_000 * SECOND;
/// Markets of the generated tapes: the first is quoted, the second and third have books, the third a fine tick.
const NAMES: [&str; 3] = ["plain", "with, comma", "the \"third\" ü"];

fn rewritten(tape: &Tape) -> Tape {
    let folder = tempfile::tempdir().unwrap();
    write(tape, folder.path()).unwrap();
    load(folder.path(), &LoadOptions::default()).unwrap().tape
}

fn csv_bytes(header: &[&str], rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).unwrap();
    rows.iter()
        .for_each(|row| writer.write_record(row).unwrap());
    writer.into_inner().unwrap()
}

/// One random event: which table, how much later than the one before, and raw numbers to shape it.
type Step = (u8, u64, u32, u32, u32);

fn cells(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

/// Book rows of one step. The time is unique to the step.
fn book_rows(at: &str, name: &str, (_, _, a, b, c): Step) -> Vec<Vec<String>> {
    let bid = format!("0.{:02}", 1 + a % 49);
    let lower = format!("0.{:02}", 50 + a % 49);
    let ask = format!("0.{:02}", 50 + b % 49);
    let size = format!("{}.{:06}", c % 1000, c % 999_999);
    match a % 6 {
        0 => vec![cells(&[at, name, "snapshot", "", "", ""])],
        1 => vec![cells(&[at, name, "gap", "", "", ""])],
        2 => vec![cells(&[at, name, "closed", "", "", ""])],
        3 => vec![
            cells(&[at, name, "snapshot", "ask", &ask, &size]),
            cells(&[at, name, "snapshot", "bid", &bid, "3"]),
        ],
        4 => vec![
            cells(&[at, name, "level", "bid", &bid, &size]),
            cells(&[at, name, "level", "bid", &bid, "0"]),
            cells(&[at, name, "level", "ask", &lower, "0"]),
        ],
        _ => vec![cells(&[at, name, "snapshot", "bid", &bid, "0.01"])],
    }
}

fn files_of(steps: &[Step]) -> Files {
    let (mut quotes, mut books, mut trades, mut says, mut ticks) =
        (vec![], vec![], vec![], vec![], vec![]);
    let mut now = START;
    for step in steps {
        let (table, later, a, b, c) = *step;
        now += 1 + later;
        let at = now.to_string();
        let name = NAMES[(b % 3) as usize];
        let price = format!("0.{:02}", 1 + a % 99);
        match table % 5 {
            0 => quotes.push(vec![
                at,
                NAMES[0].into(),
                format!("0.{:02}", 1 + a % 49),
                format!("0.{:02}", 50 + b % 49),
                (c % 50).to_string(),
                String::new(),
            ]),
            1 => books.extend(book_rows(&at, NAMES[1 + (b % 2) as usize], *step)),
            2 => trades.push(vec![
                at,
                name.into(),
                if c % 2 == 0 { "buy" } else { "sell" }.into(),
                price,
                format!("{}.5", c % 9),
            ]),
            3 => says.push(vec![
                at,
                format!("w{}", c % 4),
                name.into(),
                (f64::from(a) / f64::from(u32::MAX)).to_string(),
            ]),
            _ => ticks.push(vec![at, name.into(), "0.001".into()]),
        }
    }
    let markets = [
        cells(&[
            NAMES[0],
            "",
            "",
            "What, \"now\"?",
            "",
            "",
            "",
            "0.01",
            "0.07",
            "",
            "",
            "c",
            "s",
            "-0.25",
        ]),
        cells(&[
            NAMES[1], "g", "true", "", "t", "", "shared", "0.01", "0", "2", "", "", "s", "0.1",
        ]),
        cells(&[
            NAMES[2], "g", "true", "", "t", "", "shared", "0.0025", "0.04", "", "0.2", "", "", "",
        ]),
    ];
    let header = [
        "market",
        "group",
        "exhaustive",
        "question",
        "topic",
        "epoch",
        "label",
        "tick",
        "fee_rate",
        "fee_exponent",
        "rebate_share",
        "category",
        "correlated_set",
        "loading",
    ];
    let end = (now + 1).to_string();
    let outcomes = NAMES.map(|name| vec![name.to_owned(), end.clone(), "0.5".to_owned()]);
    let tables: [(&str, Vec<u8>); 7] = [
        ("markets.csv", csv_bytes(&header, &markets)),
        (
            "quotes.csv",
            csv_bytes(
                &["at", "market", "bid", "ask", "bid_shares", "ask_shares"],
                &quotes,
            ),
        ),
        (
            "books.csv",
            csv_bytes(
                &["at", "market", "event", "side", "price", "shares"],
                &books,
            ),
        ),
        (
            "trades.csv",
            csv_bytes(&["at", "market", "side", "price", "shares"], &trades),
        ),
        (
            "inferences.csv",
            csv_bytes(&["published_at", "worker", "market", "value"], &says),
        ),
        ("ticks.csv", csv_bytes(&["at", "market", "tick"], &ticks)),
        (
            "outcomes.csv",
            csv_bytes(&["market", "resolved_at", "payout"], &outcomes),
        ),
    ];
    tables
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn a_written_tape_loads_as_itself(
        steps in prop::collection::vec((any::<u8>(), 0..10 * SECOND, any::<u32>(), any::<u32>(), any::<u32>()), 0..60),
    ) {
        let tape = load_files(&files_of(&steps)).unwrap().tape;
        prop_assert!(tape.records.len() >= 3);
        prop_assert_eq!(rewritten(&tape), tape);
    }
}
