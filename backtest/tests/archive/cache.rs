//! The replay cache: what it holds, and when it is not believed.

use std::path::{Path, PathBuf};

use quorate_backtest::archive::cache::{
    Cache, CacheFault, CacheKind, LAST_OF_MESSAGE, build, measure_mirror, open_or_build,
};
use quorate_backtest::archive::import::{ImportOptions, SourceKind, import};
use quorate_backtest::archive::manifest::Manifest;
use quorate_backtest::archive::{ArchiveWriter, Pace};
use quorate_domain::BookSide;

use crate::common::{NO, START, YES, book, capture, change, condition, markets_csv, row, run};

fn archive(folder: &Path) -> PathBuf {
    let archive = folder.join("archive");
    let options = ImportOptions {
        markets: Some(markets_csv(folder)),
    };
    import(
        SourceKind::RawCapture,
        &capture(folder),
        &archive,
        (&options, &Pace::default()),
    )
    .unwrap();
    archive
}

#[test]
fn a_proven_mirror_leaves_one_book_a_market() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path());
    let mirrors = measure_mirror(&archive, &Manifest::read(&archive).unwrap()).unwrap();
    let mirror = mirrors[condition().as_str()];
    assert_eq!((mirror.compared, mirror.equal), (240, 240));
    let path = folder.path().join("cache.bin");
    let built = build(&archive, &path).unwrap();
    // A clear and two levels, then 120 changes of the YES token.
    assert_eq!((built.records, built.markets_on_one_book), (123, 1));
    let cache = Cache::open(&path, None).unwrap();
    let records = cache.records();
    assert_eq!(records.len(), 123);
    assert!(
        records
            .iter()
            .all(|record| record.outcome == 0 && record.kind().is_some())
    );
    assert!(records.is_sorted_by_key(|record| record.received_ns));
    let flags: Vec<u8> = records
        .iter()
        .take(4)
        .map(|record| record.flags & LAST_OF_MESSAGE)
        .collect();
    assert_eq!(flags, [0, 0, 1, 1]);
    assert_eq!(records[0].kind(), Some(CacheKind::Clear));
    assert_eq!(
        (records[3].price_micros, records[3].size_micros),
        (300_000, 1_000_000)
    );
    assert_eq!(cache.markets(), [condition().to_string()]);
    assert_eq!(
        cache.span_ns(),
        (records[0].received_ns, records[122].received_ns)
    );
    cache.verify().unwrap();
}

#[test]
fn without_a_table_of_markets_both_tokens_stay() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    run(SourceKind::RawCapture, &capture(folder.path()), &archive).unwrap();
    let built = build(&archive, &folder.path().join("cache.bin")).unwrap();
    assert_eq!((built.records, built.markets_on_one_book), (246, 0));
}

#[test]
fn books_that_differ_are_no_mirror() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = ArchiveWriter::open(folder.path(), "s").unwrap();
    writer
        .push(row(START, YES, 1, book(&[("0.40", "5")], &[("0.42", "5")])))
        .unwrap();
    writer
        .push(row(START, NO, 1, book(&[("0.58", "5")], &[("0.60", "5")])))
        .unwrap();
    for number in 0..200 {
        writer
            .push(row(
                START + number,
                YES,
                number + 2,
                change(BookSide::Bid, "0.41", "1", None),
            ))
            .unwrap();
    }
    writer.finish().unwrap();
    let mirrors = measure_mirror(folder.path(), &Manifest::read(folder.path()).unwrap()).unwrap();
    let mirror = mirrors[condition().as_str()];
    assert_eq!(
        (mirror.compared, mirror.equal, mirror.is_proven()),
        (200, 0, false)
    );
}

#[test]
fn a_cache_of_other_data_or_damaged_is_told_and_built_again() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path());
    let path = folder.path().join("cache.bin");
    build(&archive, &path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let opened = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Cache::open(&path, None).map(|_| ())
    };
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    assert!(matches!(
        opened(&whole[..whole.len() - 1]),
        Err(CacheFault::Truncated { .. })
    ));
    assert!(matches!(
        opened(&whole[..100]),
        Err(CacheFault::Truncated { .. })
    ));
    assert!(matches!(opened(&flipped(0)), Err(CacheFault::NoCache)));
    assert!(matches!(
        opened(&flipped(8)),
        Err(CacheFault::Layout { found: 0 })
    ));
    for place in [16, 50, 90, 115, 150, 210] {
        assert!(
            matches!(opened(&flipped(place)), Err(CacheFault::HeaderDamaged)),
            "byte {place}"
        );
    }
    // A record is only looked at when it is asked for.
    opened(&flipped(5000)).unwrap();
    assert!(matches!(
        Cache::open(&path, None).unwrap().verify(),
        Err(CacheFault::RecordsDamaged)
    ));
    assert!(matches!(
        Cache::open(&path, Some(&[7; 32])),
        Err(CacheFault::OtherSource)
    ));
    std::fs::write(&path, &whole[..9]).unwrap();
    open_or_build(&archive, &path).unwrap().verify().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), whole);
}
