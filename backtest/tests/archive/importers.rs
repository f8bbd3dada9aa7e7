//! Each importer on a recording made here.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, FixedSizeBinaryBuilder, Int64Array, ListBuilder, StringArray, StringBuilder,
    StructBuilder, TimestampMillisecondArray, UInt8Array, UInt64Array,
};
use arrow::datatypes::{DataType, Field};
use quorate_backtest::archive::Pace;
use quorate_backtest::archive::import::{ImportOptions, SourceKind, import};
use quorate_backtest::archive::tables::{read_markets, read_resolutions};
use quorate_backtest::tape::{LoadOptions, load};

use crate::common::{
    SECOND, START, YES, capture, captured, condition, markets_csv, mirrored, parquet_file, run,
    told, whole,
};

#[test]
fn a_raw_capture_is_read_tolerantly() {
    let folder = tempfile::tempdir().unwrap();
    let market = condition();
    let mut text = whole(START, YES, "0.40", "0.42");
    text += &mirrored(START + SECOND, 41, "7.5", (41, 42));
    text += &captured(
        START + 2 * SECOND,
        &format!(
            "{{\"event_type\":\"last_trade_price\",\"market\":\"{market}\",\"token_id\":\"{YES}\",\"price\":0.41,\"size\":\"3\",\"side\":\"sell\",\"fee_rate_bps\":\"\",\"timestamp\":\"{}\"}}",
            START / 1_000_000 + 2000
        ),
    );
    text += &captured(
        START + 3 * SECOND,
        &format!(
            "{{\"event_type\":\"tick_size_change\",\"market\":\"{market}\",\"asset_id\":\"{YES}\",\"old_tick_size\":\"0.01\",\"new_tick_size\":\"0.001\",\"timestamp\":\"{}\"}}",
            START / 1_000_000 + 3000
        ),
    );
    text += &captured(
        START + 4 * SECOND,
        &format!(
            "{{\"event_type\":\"market_resolved\",\"market\":\"{market}\",\"assets_ids\":[\"{YES}\",\"2222\"],\"winning_asset_id\":\"2222\",\"timestamp\":\"{}\"}}",
            START / 1_000_000 + 4000
        ),
    );
    text += &captured(
        START + 5 * SECOND,
        "{\"event_type\":\"best_bid_ask\",\"timestamp\":\"1776805205000\"}",
    );
    text += "this is no JSON\n";
    let source = folder.path().join("a.jsonl");
    std::fs::write(&source, text).unwrap();
    let archive = folder.path().join("archive");
    let done = run(SourceKind::RawCapture, &source, &archive).unwrap();
    assert_eq!(
        told(&archive),
        [
            "1111: book 0.4x100 | 0.42x100",
            "1111: bid 410000 x 7500000",
            "1111: Sell 410000 x 3000000",
            "1111: TickSize",
            "2222: ask 590000 x 7500000",
        ]
    );
    assert_eq!(
        (
            done.excluded.of("unused-message"),
            done.excluded.of("not-json")
        ),
        (1, 1)
    );
    assert!(
        done.excluded
            .iter()
            .any(|(_, found)| found.first.ends_with("a.jsonl:7"))
    );
    let words = read_resolutions(&archive).unwrap();
    assert_eq!(
        (words.len(), words[0].payout),
        (1, quorate_domain::Payout::NO)
    );
}

#[test]
fn an_import_that_is_run_again_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let source = capture(folder.path());
    let archive = folder.path().join("archive");
    let first = run(SourceKind::RawCapture, &source, &archive).unwrap();
    let again = run(SourceKind::RawCapture, &source, &archive).unwrap();
    assert_eq!(
        (first.hours_written, first.hours_skipped, first.rows),
        (3, 0, 242)
    );
    assert_eq!(
        (again.hours_written, again.hours_skipped, again.rows),
        (0, 3, 0)
    );
}

#[test]
fn what_the_archive_writes_is_a_source_of_the_second_layout() {
    let folder = tempfile::tempdir().unwrap();
    let source = capture(folder.path());
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    run(SourceKind::RawCapture, &source, &one).unwrap();
    let done = run(SourceKind::PmxtV2, &one, &two).unwrap();
    assert_eq!((done.hours_written, done.excluded.total()), (3, 0));
    assert_eq!(told(&one), told(&two));
    let again = run(SourceKind::PmxtV2, &one, &two).unwrap();
    assert_eq!((again.hours_written, again.hours_skipped), (0, 3));
}

#[test]
fn the_first_layout_has_json_in_a_column() {
    let folder = tempfile::tempdir().unwrap();
    let id = condition();
    let millis = i64::try_from(START / 1_000_000).unwrap();
    let times = || -> ArrayRef {
        Arc::new(
            TimestampMillisecondArray::from(vec![millis, millis + 5, millis + 9])
                .with_timezone("UTC"),
        )
    };
    let text = |values: [&str; 3]| -> ArrayRef { Arc::new(StringArray::from(values.to_vec())) };
    let source = parquet_file(
        &folder.path().join("hour.parquet"),
        vec![
            ("timestamp_received", times()),
            ("timestamp_created_at", times()),
            ("market_id", text([id.as_str(); 3])),
            (
                "update_type",
                text(["book_snapshot", "price_change", "price_change"]),
            ),
            (
                "data",
                text([
                    "{\"token_id\":\"1111\",\"bids\":[[\"0.4\",\"5\"]],\"asks\":[[\"0.42\",\"6\"]]}",
                    "{\"token_id\":\"1111\",\"change_price\":\"0.41\",\"change_size\":\"2\",\"change_side\":\"BUY\",\"best_bid\":\"0.41\",\"best_ask\":\"0.42\"}",
                    "{\"token_id\":\"1111\",\"change_price\":\"-0.41\",\"change_size\":\"2\",\"change_side\":\"BUY\"}",
                ]),
            ),
        ],
        &[],
    );
    let archive = folder.path().join("archive");
    let done = run(SourceKind::PmxtV1, &source, &archive).unwrap();
    assert_eq!(
        told(&archive),
        ["1111: book 0.4x5 | 0.42x6", "1111: bid 410000 x 2000000"]
    );
    assert_eq!(done.excluded.of("price-out-of-range"), 1);
    let (_, found) = done.excluded.iter().next().unwrap();
    assert!(
        found.first.ends_with("row group 0, row 2, column data"),
        "{}",
        found.first
    );
}

fn halves(levels: &[&[(&str, &str)]]) -> ArrayRef {
    let fields = vec![
        Field::new("price", DataType::Utf8, true),
        Field::new("size", DataType::Utf8, true),
    ];
    let mut list = ListBuilder::new(StructBuilder::from_fields(fields, 0));
    for levels in levels {
        for (price, size) in *levels {
            let entry = list.values();
            entry
                .field_builder::<StringBuilder>(0)
                .unwrap()
                .append_value(price);
            entry
                .field_builder::<StringBuilder>(1)
                .unwrap()
                .append_value(size);
            entry.append(true);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}

#[test]
fn whole_books_become_the_changes_between_them() {
    let folder = tempfile::tempdir().unwrap();
    let id = condition();
    let micros = i64::try_from(START / 1000).unwrap();
    let times = || -> ArrayRef { Arc::new(Int64Array::from(vec![micros, micros + 7])) };
    let source = parquet_file(
        &folder.path().join("day.parquet"),
        vec![
            ("timestamp_us", times()),
            ("local_timestamp_us", times()),
            (
                "market_id",
                Arc::new(StringArray::from(vec![id.as_str(); 2])),
            ),
            ("asset_id", Arc::new(StringArray::from(vec![YES; 2]))),
            (
                "bids",
                halves(&[&[("0.40", "5"), ("0.39", "1")], &[("0.40", "6")]]),
            ),
            (
                "asks",
                halves(&[&[("0.42", "5")], &[("0.42", "5"), ("0.43", "9")]]),
            ),
        ],
        &[],
    );
    let archive = folder.path().join("archive");
    run(SourceKind::Telonex, &source, &archive).unwrap();
    assert_eq!(
        told(&archive),
        [
            "1111: book 0.4x5 0.39x1 | 0.42x5",
            "1111: bid 390000 x 0",
            "1111: bid 400000 x 6000000",
            "1111: ask 430000 x 9000000",
        ]
    );
}

fn raws(values: &[i128], width: i32) -> ArrayRef {
    let mut column = FixedSizeBinaryBuilder::new(width);
    for value in values {
        column
            .append_value(&value.to_le_bytes()[..usize::try_from(width).unwrap()])
            .unwrap();
    }
    Arc::new(column.finish())
}

fn catalog(folder: &Path, width: i32) {
    let scale: i128 = if width == 8 {
        1_000_000_000
    } else {
        10_000_000_000_000_000
    };
    let of = |micros: i128| micros * scale / 1_000_000;
    let bytes = |values: [u8; 5]| -> ArrayRef { Arc::new(UInt8Array::from(values.to_vec())) };
    let times = || -> ArrayRef {
        Arc::new(UInt64Array::from(vec![
            START,
            START,
            START,
            START + 9,
            START + 10,
        ]))
    };
    let instrument = format!("{}-{YES}.POLYMARKET", condition());
    parquet_file(
        &folder
            .join("data/order_book_delta")
            .join(&instrument)
            .join("a.parquet"),
        vec![
            ("action", bytes([4, 1, 1, 2, 3])),
            ("side", bytes([0, 1, 2, 1, 2])),
            (
                "price",
                raws(
                    &[of(0), of(400_000), of(420_000), of(410_000), of(420_000)],
                    width,
                ),
            ),
            (
                "size",
                raws(
                    &[of(0), of(5_000_000), of(6_000_000), of(1_500_000), of(0)],
                    width,
                ),
            ),
            ("flags", bytes([32, 32, 32 | 128, 128, 128])),
            ("ts_event", times()),
            ("ts_init", times()),
        ],
        &[("instrument_id", &instrument)],
    );
    parquet_file(
        &folder
            .join("data/trade_tick")
            .join(&instrument)
            .join("a.parquet"),
        vec![
            ("price", raws(&[of(420_000)], width)),
            ("size", raws(&[of(2_000_000)], width)),
            ("aggressor_side", Arc::new(UInt8Array::from(vec![1]))),
            ("ts_event", Arc::new(UInt64Array::from(vec![START + 11]))),
            ("ts_init", Arc::new(UInt64Array::from(vec![START + 11]))),
        ],
        &[],
    );
    let text = |word: &str| -> ArrayRef { Arc::new(StringArray::from(vec![word])) };
    parquet_file(
        &folder
            .join("data/binary_option")
            .join(&instrument)
            .join("a.parquet"),
        vec![
            ("id", text(&instrument)),
            ("outcome", text("Yes")),
            ("price_increment", text("0.001")),
            ("taker_fee", text("0.07")),
            ("activation_ns", Arc::new(UInt64Array::from(vec![START]))),
            (
                "expiration_ns",
                Arc::new(UInt64Array::from(vec![START + 99])),
            ),
        ],
        &[],
    );
}

#[test]
fn a_catalog_is_read_whatever_the_width_of_its_numbers() {
    for width in [8, 16] {
        let folder = tempfile::tempdir().unwrap();
        catalog(folder.path(), width);
        let archive = folder.path().join("archive");
        let done = run(SourceKind::Nautilus, &folder.path().join("data"), &archive).unwrap();
        assert_eq!(done.excluded.total(), 0);
        assert_eq!(
            told(&archive),
            [
                "1111: book 0.4x5 | 0.42x6",
                "1111: bid 410000 x 1500000",
                "1111: ask 420000 x 0",
                "1111: Buy 420000 x 2000000",
            ]
        );
        let markets = read_markets(&archive).unwrap();
        assert_eq!(
            (
                markets.len(),
                markets[0].tick.micros(),
                markets[0].fee_rate_ppm
            ),
            (1, 1000, 70_000)
        );
        assert_eq!(markets[0].yes.as_str(), YES);
    }
}

#[test]
fn an_array_that_is_no_event_array_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npz");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    zip.start_file("data.npy", zip::write::SimpleFileOptions::default())
        .unwrap();
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n";
    let len = u16::try_from(header.len()).unwrap().to_le_bytes();
    zip.write_all(&[b"\x93NUMPY\x01\x00", len.as_slice(), header.as_bytes()].concat())
        .unwrap();
    zip.finish().unwrap();
    let errors = run(
        SourceKind::Hftbacktest,
        &path,
        &folder.path().join("archive"),
    )
    .unwrap_err();
    assert_eq!(errors.iter().next().unwrap().code, "wrong-schema");
}

#[test]
fn a_price_history_becomes_midpoints_of_a_tape_and_no_order_book() {
    let folder = tempfile::tempdir().unwrap();
    let secs = START / SECOND;
    let source = folder.path().join("coin.json");
    let text = format!(
        "{{\"history\":[{{\"t\":{},\"p\":0.45}},{{\"t\":{secs},\"p\":0.4}},{{\"t\":{secs},\"p\":1.5}}]}}",
        secs + 60
    );
    std::fs::write(&source, text).unwrap();
    let options = ImportOptions {
        markets: Some(markets_csv(folder.path())),
    };
    let out = folder.path().join("tape");
    let done = import(
        SourceKind::PriceHistory,
        &source,
        &out,
        (&options, &Pace::default()),
    )
    .unwrap();
    assert_eq!((done.rows, done.excluded.of("price-out-of-range")), (2, 1));
    let loaded = load(&out, &LoadOptions::default()).unwrap();
    assert_eq!(
        (
            loaded.tape.records.len(),
            loaded.assumptions.quotes_from_mid
        ),
        (2, 2)
    );
    let without = import(
        SourceKind::PriceHistory,
        &source,
        &out,
        (&ImportOptions::default(), &Pace::default()),
    );
    assert_eq!(
        without.unwrap_err().iter().next().unwrap().code,
        "no-markets"
    );
}
