//! Recordings that are wrong: each mistake is located or counted, and nothing trades across it.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, FixedSizeBinaryBuilder, StringArray, TimestampMillisecondArray,
};
use quorate_backtest::archive::ArchiveWriter;
use quorate_backtest::archive::import::SourceKind;
use quorate_backtest::archive::integrity::{check, render};
use quorate_backtest::archive::manifest::Manifest;
use quorate_domain::BookSide;

use crate::common::{
    HOUR, SECOND, START, YES, book, capture, change, condition, parquet_file, row, run, told,
};

/// Sixteen-column rows: price in ten-thousandths, size in millionths, side, token, market digit.
struct Line(i64, i128, i128, &'static str, &'static str, char);

fn hour(path: &std::path::Path, lines: &[Line]) -> std::path::PathBuf {
    let times: Vec<i64> = lines.iter().map(|line| line.0).collect();
    let time = || -> ArrayRef {
        Arc::new(TimestampMillisecondArray::from(times.clone()).with_timezone("UTC"))
    };
    let mut market = FixedSizeBinaryBuilder::new(66);
    for line in lines {
        market
            .append_value(format!("0x{}", line.5.to_string().repeat(64)))
            .unwrap();
    }
    let text = |of: &dyn Fn(&Line) -> &'static str| -> ArrayRef {
        Arc::new(
            lines
                .iter()
                .map(|line| Some(of(line)))
                .collect::<StringArray>(),
        )
    };
    let decimal = |of: &dyn Fn(&Line) -> i128, digits: u8, scale: i8| -> ArrayRef {
        let column: Decimal128Array = lines.iter().map(|line| Some(of(line))).collect();
        Arc::new(column.with_precision_and_scale(digits, scale).unwrap())
    };
    parquet_file(
        path,
        vec![
            ("timestamp_received", time()),
            ("timestamp", time()),
            ("market", Arc::new(market.finish())),
            ("event_type", text(&|_| "price_change")),
            ("asset_id", text(&|line| line.4)),
            ("price", decimal(&|line| line.1, 9, 4)),
            ("size", decimal(&|line| line.2, 18, 6)),
            ("side", text(&|line| line.3)),
        ],
        &[],
    )
}

#[test]
fn impossible_values_are_counted_by_reason_and_leave_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let millis = i64::try_from(START / 1_000_000).unwrap();
    let source = hour(
        &folder.path().join("x.parquet"),
        &[
            Line(millis, 4_000, 5_000_000, "BUY", "11", 'a'),
            Line(millis, -4_000, 5_000_000, "BUY", "11", 'a'),
            Line(millis, 4_100, 5_000_000, "BUY", "11", 'a'),
            Line(millis, 10_000, 5_000_000, "BUY", "12", 'b'),
            Line(millis, 99_999, 5_000_000, "SELL", "12", 'b'),
            Line(millis, 4_000, -1, "SELL", "12", 'b'),
            Line(millis, 4_000, 1, "HOLD", "12", 'b'),
            Line(-5, 4_000, 1, "SELL", "12", 'b'),
            Line(millis, 4_000, 1, "SELL", "11", 'c'),
            Line(millis, 4_000, 1, "SELL", "no token", 'd'),
            Line(millis, 4_000, 1, "SELL", "13", 'z'),
        ],
    );
    let archive = folder.path().join("archive");
    let done = run(SourceKind::PmxtV2, &source, &archive).unwrap();
    let counts: Vec<(&str, u64)> = done
        .excluded
        .iter()
        .map(|(reason, found)| (reason, found.count))
        .collect();
    assert_eq!(
        counts,
        [
            ("absurd-time", 1),
            ("bad-market-id", 1),
            ("bad-side", 1),
            ("bad-size", 1),
            ("bad-token-id", 1),
            ("mixed-tokens", 1),
            ("price-out-of-range", 3),
        ]
    );
    let first = &done
        .excluded
        .iter()
        .find(|(reason, _)| *reason == "bad-size")
        .unwrap()
        .1
        .first;
    assert!(
        first.ends_with("x.parquet: row group 0, row 5, column size"),
        "{first}"
    );
    assert_eq!(
        told(&archive),
        [
            "11: bid 400000 x 5000000",
            "11: bid 410000 x 5000000 after a gap"
        ]
    );
}

#[test]
fn a_wrong_schema_names_file_column_and_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let source = parquet_file(
        &folder.path().join("other.parquet"),
        vec![("price", Arc::new(StringArray::from(vec!["0.4"])))],
        &[],
    );
    for (kind, column) in [
        (SourceKind::PmxtV2, "asset_id"),
        (SourceKind::PmxtV1, "timestamp_received"),
        (SourceKind::Telonex, "timestamp_us"),
        (SourceKind::Nautilus, "action"),
    ] {
        let errors = run(kind, &source, &folder.path().join("archive")).unwrap_err();
        let error = errors.iter().next().unwrap();
        assert_eq!(error.code, "wrong-schema", "{kind:?}");
        assert!(
            error
                .message
                .starts_with(&format!("column {column}: expected")),
            "{kind:?}: {}",
            error.message
        );
        assert!(error.file.as_ref().unwrap().ends_with("other.parquet"));
        assert_eq!(errors.exit_class().code(), 10);
    }
}

#[test]
fn a_cut_file_among_good_ones_is_told_and_the_rest_imported() {
    let folder = tempfile::tempdir().unwrap();
    let one = folder.path().join("one");
    run(SourceKind::RawCapture, &capture(folder.path()), &one).unwrap();
    let manifest = Manifest::read(&one).unwrap();
    let middle = one.join(manifest.files.keys().nth(1).unwrap());
    let whole = std::fs::read(&middle).unwrap();
    std::fs::write(&middle, &whole[..214]).unwrap();
    let two = folder.path().join("two");
    let done = run(SourceKind::PmxtV2, &one, &two).unwrap();
    assert_eq!((done.hours_written, done.damaged.len()), (2, 1));
    assert!(
        done.damaged[0].message.contains("214 bytes"),
        "{}",
        done.damaged[0].message
    );
    let report = check(&two, &Manifest::read(&two).unwrap()).unwrap();
    assert_eq!(report.hours_missing, ["2026-04-21T22"]);
    let alone = run(SourceKind::PmxtV2, &middle, &folder.path().join("three")).unwrap_err();
    assert_eq!(alone.iter().next().unwrap().code, "damaged-file");
}

#[test]
fn the_report_counts_what_a_recording_did_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = ArchiveWriter::open(folder.path(), "s").unwrap();
    let mut seq = 0;
    let mut put = |at: u64, event| {
        seq += 1;
        writer.push(row(at, YES, seq, event)).unwrap();
    };
    // A change before the first book.
    put(
        START,
        change(BookSide::Bid, "0.40", "1", Some((400_000, 420_000))),
    );
    put(START + SECOND, book(&[("0.40", "5")], &[("0.42", "5")]));
    put(
        START + 2 * SECOND,
        change(BookSide::Bid, "0.41", "1", Some((410_000, 420_000))),
    );
    // The stated best bid differs.
    put(
        START + 3 * SECOND,
        change(BookSide::Bid, "0.41", "2", Some((400_000, 420_000))),
    );
    // Crossed after the message, as the venue says too.
    put(
        START + 4 * SECOND,
        change(BookSide::Ask, "0.41", "2", Some((410_000, 410_000))),
    );
    // An hour is missing before this.
    put(
        START + 2 * HOUR,
        change(BookSide::Ask, "0.41", "0", Some((410_000, 420_000))),
    );
    let mut late = row(
        START + 5 * SECOND,
        YES,
        99,
        change(BookSide::Ask, "0.41", "0", Some((410_000, 420_000))),
    );
    late.event_at = quorate_domain::Timestamp::from_nanos(START + 2 * SECOND);
    writer.push(late).unwrap();
    let mut lost = row(
        START + 6 * SECOND,
        YES,
        100,
        change(BookSide::Ask, "0.43", "1", None),
    );
    lost.after_gap = true;
    writer.push(lost).unwrap();
    writer.finish().unwrap();
    let report = check(folder.path(), &Manifest::read(folder.path()).unwrap()).unwrap();
    let total = report.total();
    assert_eq!((total.rows, total.books), (8, 1));
    assert_eq!((total.compared, total.equal), (4, 3));
    assert_eq!((total.crossed, total.gaps), (1, 1));
    assert_eq!(
        (total.time_backwards, total.time_backwards_ms_max),
        (1, 2000)
    );
    // Before the first book, after the gap, and after the missing hour.
    assert_eq!(total.before_book, 3);
    assert_eq!(report.hours_missing, ["2026-04-21T22"]);
    assert_eq!(
        (report.below(0.9).count(), report.below(0.7).count()),
        (1, 0)
    );
    let text = render(&report, 0.9);
    assert!(
        text.starts_with("integrity 75.00%: 3 of 4 compared changes"),
        "{text}"
    );
    assert!(text.contains(" out\n"), "{text}");
    assert!(serde_json::to_value(&report).unwrap()["hours"][0]["compared"] == 4);
    assert_eq!(report.hours[0].market, condition().as_str());
}

#[test]
fn an_empty_side_agrees_with_a_stated_zero_or_one_dollar() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = ArchiveWriter::open(folder.path(), "s").unwrap();
    writer
        .push(row(START, YES, 1, book(&[("0.40", "5")], &[("0.42", "5")])))
        .unwrap();
    writer
        .push(row(
            START + 1,
            YES,
            2,
            change(BookSide::Bid, "0.40", "0", Some((0, 420_000))),
        ))
        .unwrap();
    writer
        .push(row(
            START + 2,
            YES,
            3,
            change(BookSide::Ask, "0.42", "0", Some((0, 1_000_000))),
        ))
        .unwrap();
    writer
        .push(row(
            START + 3,
            YES,
            4,
            change(BookSide::Ask, "0.43", "1", Some((0, 1_000_000))),
        ))
        .unwrap();
    writer.finish().unwrap();
    let total = check(folder.path(), &Manifest::read(folder.path()).unwrap())
        .unwrap()
        .total();
    assert_eq!((total.compared, total.equal), (3, 2));
}

#[test]
fn a_source_that_is_not_there_is_not_found() {
    let folder = tempfile::tempdir().unwrap();
    let errors = run(
        SourceKind::PmxtV2,
        &folder.path().join("nowhere"),
        &folder.path().join("a"),
    )
    .unwrap_err();
    assert_eq!(errors.exit_class().code(), 4);
}
