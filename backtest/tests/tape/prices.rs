//! Topics on prices on a tape: the documented example loads, is written as itself, and contradictions are refused.

use std::time::Duration;

use crate::common::{Files, load_files, minimal};
use quorate_backtest::tape::{LoadOptions, Tape, load, write};
use quorate_domain::{
    EpochId, Input, LinkSense, LossName, Predicted, PriceCondition, Ties, TruthSource,
};

/// The files of the example with prices in the format's documentation.
fn documented() -> Files {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/data-formats.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut files = Files::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix("```csv,prices ") else {
            continue;
        };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let bytes = format!("{}\n", body.join("\n")).into_bytes();
        files.insert(name.to_owned(), bytes);
    }
    files
}

fn rewritten(tape: &Tape) -> Tape {
    let folder = tempfile::tempdir().unwrap();
    write(tape, folder.path()).unwrap();
    load(folder.path(), &LoadOptions::default()).unwrap().tape
}

#[test]
fn the_documented_example_says_what_it_means() {
    let tape = load_files(&documented()).unwrap().tape;
    let objective = tape.topics[0].objective;
    assert_eq!(objective.predicts, Predicted::Price);
    assert_eq!(objective.truth, TruthSource::Reference);
    assert_eq!(objective.loss, LossName::Mse);
    assert_eq!(objective.schedule.epoch_length, Duration::from_secs(300));
    assert_eq!(objective.schedule.truth_lag, Duration::from_secs(5));
    let senses = tape
        .markets
        .iter()
        .map(|listed| listed.market.link.unwrap().sense);
    let wanted = [
        PriceCondition::Above {
            strike_micros: 90_000_000_000,
            ties: Ties::No,
            average_secs: 30,
        },
        PriceCondition::UpDown {
            ties: Ties::Yes,
            average_secs: 0,
        },
        PriceCondition::Range {
            low_micros: 88_000_000_000,
            high_micros: 90_000_000_000,
            average_secs: 0,
        },
        PriceCondition::Touch {
            barrier_micros: 95_000_500_000,
        },
    ];
    assert!(senses.eq(wanted.map(LinkSense::Price)));
    // The second reference comes before the quote and the inference of its moment.
    let kinds: Vec<&str> = tape
        .records
        .iter()
        .take(4)
        .map(|record| match &record.input {
            Input::Reference(_) => "reference",
            Input::Market(_) => "market",
            Input::Inference(said) => {
                assert_eq!((said.epoch, said.value), (EpochId(1), 90_025.5));
                "inference"
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["reference", "reference", "market", "inference"]);
    let Input::Reference(second) = tape.records[1].input else {
        panic!("no reference")
    };
    let late = tape.records[1].at.since(second.observed_at);
    assert_eq!(late, Duration::from_secs(1));
}

#[test]
fn a_tape_with_prices_is_written_as_itself() {
    let tape = load_files(&documented()).unwrap().tape;
    assert_eq!(rewritten(&tape), tape);
}

#[test]
fn tapes_without_prices_are_written_as_ever_and_leave_no_old_prices_behind() {
    let folder = tempfile::tempdir().unwrap();
    let with = load_files(&documented()).unwrap().tape;
    write(&with, folder.path()).unwrap();
    let without = load_files(&minimal()).unwrap().tape;
    write(&without, folder.path()).unwrap();
    let has = |name: &str| folder.path().join(name).exists();
    assert!(!has("topics.csv") && !has("references.csv"));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let header = |name| read(name).lines().next().unwrap().to_owned();
    assert!(header("markets.csv").ends_with(",loading"));
    assert_eq!(header("inferences.csv"), "published_at,worker,market,value");
}

#[test]
fn topics_that_only_their_file_orders_keep_their_order() {
    let mut files = minimal();
    files.insert(
        "markets.csv".into(),
        "market,tick,fee_rate,topic\na,0.01,0,one\nb,0.01,0,two\n".into(),
    );
    files.insert(
        "topics.csv".into(),
        "topic,objective\ntwo,probability\none,labels\nspare,probability\n".into(),
    );
    let tape = load_files(&files).unwrap().tape;
    let names: Vec<&str> = tape
        .topics
        .iter()
        .map(|topic| topic.name.as_str())
        .collect();
    assert_eq!(names, ["two", "one", "spare"]);
    assert_eq!(rewritten(&tape), tape);
}

/// `code file:line:col` of every mistake.
fn mistakes(files: &Files) -> Vec<String> {
    let errors = load_files(files).expect_err("no mistake");
    let shown = errors.iter().map(|error| {
        let file = error.file.as_deref().unwrap_or_default();
        let file = file.rsplit('/').next().unwrap_or_default();
        let place = error.line.zip(error.column);
        let place = place.map(|(line, column)| format!("{file}:{line}:{column}"));
        format!("{} {}", error.code, place.unwrap_or_default())
    });
    shown.collect()
}

fn refuse(name: &str, text: &str, wanted: &[&str]) {
    let mut files = documented();
    files.insert(name.to_owned(), text.into());
    files.remove("quotes.csv");
    files.insert("quotes.csv".into(), "at,market,bid,ask\n".into());
    let found = mistakes(&files);
    for one in wanted {
        assert!(
            found.iter().any(|own| own == one),
            "{one} is not among {found:?}"
        );
    }
}

#[test]
fn contradictions_are_refused_where_they_stand() {
    let topics = "topic,objective,epoch_secs,window_secs,loss\n";
    for (line, wanted) in [
        ("btc,price,0,0,mse", "contradiction topics.csv:2:2"),
        ("btc,price,300,301,mse", "contradiction topics.csv:2:2"),
        ("btc,price,300,60,log", "contradiction topics.csv:2:2"),
        ("btc,odds,300,60,mse", "unknown-word topics.csv:2:2"),
        ("btc,price,-1,60,mse", "out-of-range topics.csv:2:3"),
    ] {
        refuse("topics.csv", &format!("{topics}{line}\n"), &[wanted]);
    }
    let header =
        "market,topic,tick,fee_rate,opens_at,closes_at,condition,strike,low,high,complement\n";
    let close = "2025-03-01T01:00:00Z";
    for (line, wanted) in [
        (
            format!("m,btc,0.01,0,,{close},,,,,"),
            "contradiction markets.csv:2:2",
        ),
        (
            format!("m,votes,0.01,0,,{close},above,1,,,"),
            "contradiction markets.csv:2:7",
        ),
        (
            format!("m,btc,0.01,0,,{close},above,,,,"),
            "empty-cell markets.csv:2:8",
        ),
        (
            format!("m,btc,0.01,0,,{close},above,-1,,,"),
            "out-of-range markets.csv:2:8",
        ),
        (
            format!("m,btc,0.01,0,,{close},above,1,2,,"),
            "contradiction markets.csv:2:9",
        ),
        (
            format!("m,btc,0.01,0,,{close},range,,2,2,"),
            "contradiction markets.csv:2:10",
        ),
        (
            format!("m,btc,0.01,0,,{close},touch,,,,"),
            "missing-column markets.csv:2:7",
        ),
        (
            format!("m,btc,0.01,0,,{close},up_down,,,,"),
            "contradiction markets.csv:2:7",
        ),
        (
            "m,btc,0.01,0,,,above,1,,,".to_owned(),
            "contradiction markets.csv:2:7",
        ),
        (
            format!("m,btc,0.01,0,,{close},above,1,,,true"),
            "contradiction markets.csv:2:7",
        ),
        (
            format!("m,votes,0.01,0,,{close},,1,,,"),
            "contradiction markets.csv:2:8",
        ),
    ] {
        refuse("markets.csv", &format!("{header}{line}\n"), &[wanted]);
    }
    let header = "at,topic,price,observed_at\n";
    for (line, wanted) in [
        ("1740787200,votes,1,", "unknown-topic references.csv:2:2"),
        ("1740787200,btc,0,", "out-of-range references.csv:2:3"),
        (
            "1740787200,btc,1,1740787201",
            "contradiction references.csv:2:4",
        ),
        (
            "1740787200,btc,1,\n1740787200,btc,2,",
            "duplicate-row references.csv:3:2",
        ),
    ] {
        refuse("references.csv", &format!("{header}{line}\n"), &[wanted]);
    }
    let header = "published_at,worker,market,value,topic\n";
    for (line, wanted) in [
        (
            "1740787500,w,btc-above,0.5,",
            "contradiction inferences.csv:2:3",
        ),
        (
            "1740787500,w,btc-above,0.5,btc",
            "contradiction inferences.csv:2:3",
        ),
        ("1740787500,w,,0.5,eth", "unknown-topic inferences.csv:2:5"),
        ("1640787500,w,,0.5,btc", "contradiction inferences.csv:2:5"),
        ("1740787500,w,,,btc", "empty-cell inferences.csv:2:4"),
    ] {
        refuse("inferences.csv", &format!("{header}{line}\n"), &[wanted]);
    }
}
