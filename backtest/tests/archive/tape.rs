//! A plain tape into an archive and back, and an archive as the folder of a run.

use quorate_backtest::archive::import::{ImportOptions, SourceKind, import};
use quorate_backtest::archive::tables::{
    PredictionRow, ResolutionRow, write_predictions, write_resolutions,
};
use quorate_backtest::archive::{Pace, is_archive, load_tape};
use quorate_backtest::sample::{WorldSpec, generate, write};
use quorate_backtest::tape::{LoadOptions, Unresolved, load};
use quorate_domain::{Input, MarketEvent, Payout, Timestamp};

use crate::common::{HOUR, SECOND, START, capture, condition, markets_csv, run};

#[test]
fn a_tape_goes_through_the_archive_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("tape");
    write(&generate(&WorldSpec::full(7)), &plain).unwrap();
    let archive = folder.path().join("archive");
    run(SourceKind::CsvTape, &plain, &archive).unwrap();
    assert!(is_archive(&archive) && !is_archive(&plain));
    let (before, after) = (
        load(&plain, &LoadOptions::default()).unwrap(),
        load(&archive, &LoadOptions::default()).unwrap(),
    );
    assert_eq!(before.tape.markets, after.tape.markets);
    assert_eq!(before.tape.records.len(), after.tape.records.len());
    let differs = before
        .tape
        .records
        .iter()
        .zip(&after.tape.records)
        .find(|(a, b)| a != b);
    assert_eq!(differs, None);
    assert_ne!(before.hash, after.hash);
}

#[test]
fn a_recording_with_markets_resolutions_and_predictions_is_a_tape() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let options = ImportOptions {
        markets: Some(markets_csv(folder.path())),
    };
    import(
        SourceKind::RawCapture,
        &capture(folder.path()),
        &archive,
        (&options, &Pace::default()),
    )
    .unwrap();
    let at = |nanos: u64| Timestamp::from_nanos(nanos);
    write_resolutions(
        &archive,
        &[ResolutionRow {
            condition: condition(),
            resolved_at: at(START + HOUR + 30 * SECOND),
            payout: Payout::HALF,
            source: "test".into(),
        }],
    )
    .unwrap();
    write_predictions(
        &archive,
        &[PredictionRow {
            topic: "coins".into(),
            condition: condition(),
            model: "m1".into(),
            available_at: at(START + 90 * SECOND),
            target_at: None,
            probability: 0.37,
            deviation: None,
            meta: None,
        }],
    )
    .unwrap();
    let tape = load(&archive, &LoadOptions::default()).unwrap().tape;
    assert_eq!(
        (
            tape.markets.len(),
            tape.topics[0].name.as_str(),
            tape.workers[0].name.as_str()
        ),
        (1, "coins", "m1")
    );
    // The book, 60 changes of the YES token up to the resolution, one prediction, one resolution.
    assert_eq!(tape.records.len(), 63);
    assert!(
        matches!(&tape.records[0].input, Input::Market(news) if matches!(news.event, MarketEvent::Snapshot { .. }))
    );
    assert!(matches!(tape.records[2].input, Input::Inference(_)));
    assert!(
        matches!(&tape.records[62].input, Input::Resolved(word) if word.payout == Payout::HALF)
    );
}

#[test]
fn an_archive_without_markets_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    run(SourceKind::RawCapture, &capture(folder.path()), &archive).unwrap();
    let errors = load(&archive, &LoadOptions::default()).unwrap_err();
    let error = errors.iter().next().unwrap();
    assert_eq!(error.code, "no-markets");
    assert!(error.hint.as_ref().unwrap().contains("--markets"));
}

#[test]
fn hours_below_the_threshold_become_one_gap() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let options = ImportOptions {
        markets: Some(markets_csv(folder.path())),
    };
    import(
        SourceKind::RawCapture,
        &capture(folder.path()),
        &archive,
        (&options, &Pace::default()),
    )
    .unwrap();
    let mark = LoadOptions {
        unresolved: Unresolved::Mark,
        ..LoadOptions::default()
    };
    let events = |score_min: f64| {
        let tape = load_tape(&archive, &mark, score_min).unwrap().tape;
        tape.records.len()
    };
    assert_eq!(events(0.0), 121);
    assert_eq!(events(1.1), 1);
}
