//! Exports, read back.

use quorate_backtest::archive::ArchiveWriter;
use quorate_backtest::archive::export::{write_npz, write_parquet};
use quorate_backtest::archive::import::SourceKind;
use quorate_domain::{BookSide, Price, Shares, Side};

use crate::common::{NO, SECOND, START, YES, book, capture, change, row, run, told};

#[test]
fn an_array_of_events_goes_out_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let mut writer = ArchiveWriter::open(&archive, "s").unwrap();
    for (offset, asset) in [(0, YES), (1, NO)] {
        writer
            .push(row(
                START + offset,
                asset,
                1,
                book(
                    &[("0.4", "5"), ("0.39", "0.000001")],
                    &[("0.42", "12345678.9")],
                ),
            ))
            .unwrap();
        writer
            .push(row(
                START + SECOND,
                asset,
                2,
                change(BookSide::Ask, "0.4275", "3", None),
            ))
            .unwrap();
        writer
            .push(row(
                START + SECOND,
                asset,
                2,
                change(BookSide::Ask, "0.42", "0", None),
            ))
            .unwrap();
        let trade = quorate_backtest::archive::RowEvent::Trade {
            taker: Side::Buy,
            price: Price::parse("0.42").unwrap(),
            shares: Shares::parse("1.1").unwrap(),
            fee_rate_bps: None,
            transaction: None,
        };
        writer
            .push(row(START + 2 * SECOND, asset, 3, trade))
            .unwrap();
    }
    writer.finish().unwrap();
    let files = write_npz(&archive, &folder.path().join("npz")).unwrap();
    assert_eq!(files.len(), 2);
    let name = files[0].file_name().unwrap().to_string_lossy().into_owned();
    assert!(
        name.starts_with("0xabab") && name.ends_with("-1111.npz"),
        "{name}"
    );
    let back = folder.path().join("back");
    let done = run(SourceKind::Hftbacktest, &folder.path().join("npz"), &back).unwrap();
    assert_eq!(done.excluded.total(), 0);
    assert_eq!(told(&archive), told(&back));
}

#[test]
fn a_copy_as_parquet_tells_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    run(SourceKind::RawCapture, &capture(folder.path()), &one).unwrap();
    assert_eq!(write_parquet(&one, &two).unwrap(), 242);
    assert_eq!(told(&one), told(&two));
}
