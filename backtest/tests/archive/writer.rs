//! Writing hours: order, resumption, bounded sorting.

use quorate_backtest::archive::manifest::{MANIFEST_FILE, Manifest};
use quorate_backtest::archive::{
    ArchiveWriter, ArchiveWriterError, AssetId, Columns, HourReader, Names, RawExtras,
    RecordedToken, Recorder,
};
use quorate_domain::{BookSide, MarketEvent, Outcome, Timestamp};

use crate::common::{HOUR, NO, SECOND, START, YES, book, change, condition, level, row, told};

#[test]
fn rows_in_any_order_become_one_sorted_file_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = ArchiveWriter::open(folder.path(), "s").unwrap();
    writer
        .push(row(
            START + HOUR,
            YES,
            4,
            change(BookSide::Bid, "0.4", "2", None),
        ))
        .unwrap();
    writer
        .push(row(
            START + SECOND,
            NO,
            3,
            change(BookSide::Ask, "0.6", "1", None),
        ))
        .unwrap();
    writer
        .push(row(
            START + SECOND,
            YES,
            2,
            change(BookSide::Bid, "0.4", "1", Some((400_000, 420_000))),
        ))
        .unwrap();
    writer
        .push(row(
            START,
            YES,
            1,
            book(&[("0.39", "5")], &[("0.42", "7.5")]),
        ))
        .unwrap();
    let summary = writer.finish().unwrap();
    let paths: Vec<&str> = summary
        .written
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "date=2026-04-21/hour=21/polymarket_orderbook_2026-04-21T21.parquet",
            "date=2026-04-21/hour=22/polymarket_orderbook_2026-04-21T22.parquet",
        ]
    );
    assert_eq!(
        told(folder.path()),
        [
            "1111: book 0.39x5 | 0.42x7.5",
            "1111: bid 400000 x 1000000",
            "2222: ask 600000 x 1000000",
            "1111: bid 400000 x 2000000",
        ]
    );
    let leftovers = walk(folder.path())
        .into_iter()
        .filter(|name| name.ends_with(".tmp"))
        .count();
    assert_eq!(leftovers, 0);
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names.extend(walk(&path));
        } else {
            names.push(path.display().to_string());
        }
    }
    names
}

#[test]
fn sorting_through_temporary_files_gives_the_same_bytes() {
    let make = |bytes: usize| {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = ArchiveWriter::with_memory(folder.path(), "s", bytes).unwrap();
        for number in 0..500_u64 {
            let at = START + (number * 7919 % 3600) * SECOND;
            let event = if number % 50 == 0 {
                book(&[("0.39", "5"), ("0.38", "6")], &[("0.42", "7.5")])
            } else {
                change(BookSide::Bid, "0.4", "1", Some((400_000, 420_000)))
            };
            writer
                .push(row(
                    at,
                    if number % 2 == 0 { YES } else { NO },
                    number,
                    event,
                ))
                .unwrap();
        }
        writer.finish().unwrap();
        Manifest::read(folder.path()).unwrap().content_hash()
    };
    assert_eq!(make(1 << 30), make(4_000));
}

#[test]
fn a_row_comes_back_with_every_field() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = ArchiveWriter::open(folder.path(), "s").unwrap();
    writer
        .push(row(
            START + 1_234_567,
            YES,
            9,
            change(BookSide::Ask, "0.4275", "0.000001", Some((0, 427_500))),
        ))
        .unwrap();
    writer.finish().unwrap();
    let manifest = Manifest::read(folder.path()).unwrap();
    let path = folder.path().join(manifest.files.keys().next().unwrap());
    let (mut names, mut excluded) = (Names::default(), Default::default());
    let batch = HourReader::open(&path, Columns::All)
        .unwrap()
        .next_batch(&mut names, &mut excluded)
        .unwrap()
        .unwrap();
    let back = batch.rows[0];
    assert_eq!(
        (back.received_ns, back.event_ns),
        (START + 1_234_567, START + 1_000_000)
    );
    assert_eq!(
        (back.price_micros, back.size_micros, back.side),
        (427_500, 1, BookSide::Ask)
    );
    assert_eq!(
        (back.best_bid, back.best_ask, back.seq, back.connection),
        (0, 427_500, 9, 1)
    );
}

#[test]
fn finished_hours_of_the_same_source_are_skipped_and_those_of_another_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |source: &str| {
        let mut writer = ArchiveWriter::open(folder.path(), source).unwrap();
        writer.push(row(START, YES, 1, book(&[], &[]))).unwrap();
        writer.finish()
    };
    assert_eq!(write("one").unwrap().written.len(), 1);
    let again = write("one").unwrap();
    assert_eq!(
        (again.written.len(), again.hours_skipped, again.rows_skipped),
        (0, 1, 1)
    );
    assert!(matches!(
        write("two"),
        Err(ArchiveWriterError::HourTaken { .. })
    ));
}

#[test]
fn an_hour_whose_file_was_cut_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let write = || {
        let mut writer = ArchiveWriter::open(folder.path(), "one").unwrap();
        writer.push(row(START, YES, 1, book(&[], &[]))).unwrap();
        writer.finish().unwrap()
    };
    let path = folder.path().join(&write().written[0].path);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..214]).unwrap();
    assert_eq!(write().written.len(), 1);
    assert_eq!(std::fs::read(&path).unwrap(), whole);
}

#[test]
fn a_damaged_manifest_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(MANIFEST_FILE), "{").unwrap();
    let error = Manifest::read(folder.path()).unwrap_err();
    assert_eq!(error.code, "bad-manifest");
    assert!(error.file.unwrap().ends_with(MANIFEST_FILE));
}

#[test]
fn a_recorder_writes_hour_by_hour_and_another_part_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let token = RecordedToken {
        condition: condition(),
        asset: AssetId::parse(NO).unwrap(),
        outcome: Outcome::No,
    };
    let event = MarketEvent::Level {
        side: BookSide::Bid,
        level: level("0.41", "3"),
    };
    for _ in 0..2 {
        let mut recorder = Recorder::new(folder.path());
        let mut take = |at: u64, event: &MarketEvent| {
            recorder
                .take(
                    &token,
                    Timestamp::from_nanos(at),
                    event,
                    RawExtras::default(),
                )
                .unwrap()
        };
        assert_eq!(take(START, &event), None);
        assert_eq!(take(START + 1, &MarketEvent::Gap), None);
        assert_eq!(take(START + HOUR, &event).unwrap().written.len(), 1);
        assert_eq!(recorder.finish().unwrap().unwrap().written.len(), 1);
        assert_eq!(recorder.finish().unwrap(), None);
    }
    let manifest = Manifest::read(folder.path()).unwrap();
    assert_eq!(manifest.files.len(), 4);
    assert!(
        manifest.files.contains_key(
            "date=2026-04-21/hour=22/polymarket_orderbook_2026-04-21T22.part2.parquet"
        )
    );
    let mut told = told(folder.path());
    told.sort();
    let change = "2222: ask 590000 x 3000000";
    assert_eq!(
        told,
        [["2222: Gap after a gap"; 2].as_slice(), &[change; 4]].concat()
    );
}
