//! Fixtures: rows, captures and Parquet files made in the test.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowWriter;
use quorate_backtest::archive::import::{ImportOptions, Imported, SourceKind, import};
use quorate_backtest::archive::manifest::Manifest;
use quorate_backtest::archive::{
    AssetId, Columns, ConditionId, HourReader, Names, Pace, PackedKind, RowEvent, TapeRow,
};
use quorate_backtest::input::Diagnostics;
use quorate_domain::{BookSide, Level, Price, Shares, Timestamp};

/// 2026-04-21T21:00:00Z.
pub(crate) const START: u64 = 1_776_805_200_000_000_000;
pub(crate) const SECOND: u64 = 1_000_000_000;
pub(crate) const HOUR: u64 = 3600 * SECOND;
pub(crate) const YES: &str = "1111";
pub(crate) const NO: &str = "2222";

pub(crate) fn condition() -> ConditionId {
    ConditionId::parse(&format!("0x{}", "ab".repeat(32))).unwrap()
}

pub(crate) fn level(price: &str, shares: &str) -> Level {
    Level {
        price: Price::parse(price).unwrap(),
        shares: Shares::parse(shares).unwrap(),
    }
}

pub(crate) fn row(at: u64, asset: &str, seq: u64, event: RowEvent) -> TapeRow {
    TapeRow {
        received_at: Timestamp::from_nanos(at),
        event_at: Timestamp::from_nanos(at),
        market: condition(),
        asset: AssetId::parse(asset).unwrap(),
        seq: Some(seq),
        connection: Some(1),
        hash: Some("h".into()),
        after_gap: false,
        event,
    }
}

pub(crate) fn change(
    side: BookSide,
    price: &str,
    shares: &str,
    best: Option<(u32, u32)>,
) -> RowEvent {
    RowEvent::Change {
        side,
        level: level(price, shares),
        best_bid: best.map(|(bid, _)| bid),
        best_ask: best.map(|(_, ask)| ask),
    }
}

pub(crate) fn book(bids: &[(&str, &str)], asks: &[(&str, &str)]) -> RowEvent {
    let half = |levels: &[(&str, &str)]| {
        levels
            .iter()
            .map(|(price, size)| level(price, size))
            .collect()
    };
    RowEvent::Book {
        bids: half(bids),
        asks: half(asks),
    }
}

pub(crate) fn run(
    kind: SourceKind,
    source: &Path,
    archive: &Path,
) -> Result<Imported, Diagnostics> {
    import(
        kind,
        source,
        archive,
        (&ImportOptions::default(), &Pace::default()),
    )
}

/// Every row of an archive in short words, file by file.
pub(crate) fn told(archive: &Path) -> Vec<String> {
    let manifest = Manifest::read(archive).unwrap();
    let (mut names, mut excluded, mut out) = (Names::default(), Default::default(), Vec::new());
    for path in manifest.files.keys() {
        let path = archive.join(path);
        let mut reader = HourReader::open(&path, Columns::All).unwrap();
        while let Some(batch) = reader.next_batch(&mut names, &mut excluded).unwrap() {
            for row in &batch.rows {
                let asset: String = names.assets()[row.asset as usize]
                    .0
                    .to_string()
                    .chars()
                    .take(4)
                    .collect();
                let gap = if row.after_gap { " after a gap" } else { "" };
                let said = match row.kind {
                    PackedKind::Book => {
                        let (bids, asks) = batch.book(row);
                        let half = |levels: &[Level]| -> Vec<String> {
                            levels
                                .iter()
                                .map(|level| format!("{}x{}", level.price, level.shares))
                                .collect()
                        };
                        format!("book {} | {}", half(bids).join(" "), half(asks).join(" "))
                    }
                    PackedKind::Change => {
                        let side = if row.side == BookSide::Bid {
                            "bid"
                        } else {
                            "ask"
                        };
                        format!("{side} {} x {}", row.price_micros, row.size_micros)
                    }
                    PackedKind::Trade => {
                        format!(
                            "{:?} {} x {}",
                            row.taker(),
                            row.price_micros,
                            row.size_micros
                        )
                    }
                    other => format!("{other:?}"),
                };
                out.push(format!("{asset}: {said}{gap}"));
            }
        }
    }
    out
}

/// A Parquet file of columns.
pub(crate) fn parquet_file(
    path: &Path,
    columns: Vec<(&str, ArrayRef)>,
    notes: &[(&str, &str)],
) -> PathBuf {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), true))
        .collect();
    let notes: std::collections::HashMap<String, String> = notes
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, notes));
    let batch = RecordBatch::try_new(
        schema.clone(),
        columns.into_iter().map(|(_, column)| column).collect(),
    )
    .unwrap();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    path.to_path_buf()
}

/// One line of a capture.
pub(crate) fn captured(at: u64, payload: &str) -> String {
    format!("{{\"capturedAt\":{},\"payload\":{payload}}}\n", at / SECOND)
}

/// A message with two mirrored changes.
pub(crate) fn mirrored(at: u64, cents: u32, size: &str, best: (u32, u32)) -> String {
    let price = |cents: u32| format!("0.{cents:02}");
    let market = condition();
    let (bid, ask) = best;
    let entry = |asset: &str, cents: u32, side: &str, bid: u32, ask: u32| {
        format!(
            "{{\"asset_id\":\"{asset}\",\"price\":\"{}\",\"size\":\"{size}\",\"side\":\"{side}\",\"hash\":\"x\",\"best_bid\":\"{}\",\"best_ask\":\"{}\"}}",
            price(cents),
            price(bid),
            price(ask)
        )
    };
    let entries = [
        entry(YES, cents, "BUY", bid, ask),
        entry(NO, 100 - cents, "SELL", 100 - ask, 100 - bid),
    ];
    captured(
        at,
        &format!(
            "{{\"event_type\":\"price_change\",\"market\":\"{market}\",\"timestamp\":\"{}\",\"price_changes\":[{}]}}",
            at / 1_000_000,
            entries.join(",")
        ),
    )
}

/// A message with a whole book of both sides.
pub(crate) fn whole(at: u64, asset: &str, bid: &str, ask: &str) -> String {
    let market = condition();
    captured(
        at,
        &format!(
            "[{{\"event_type\":\"book\",\"market\":\"{market}\",\"asset_id\":\"{asset}\",\"timestamp\":\"{}\",\"bids\":[{{\"price\":\"{bid}\",\"size\":\"100\"}}],\"asks\":[{{\"price\":\"{ask}\",\"size\":\"100\"}}]}}]",
            at / 1_000_000
        ),
    )
}

/// A capture of two tokens over an hour's boundary, mirrored throughout.
pub(crate) fn capture(folder: &Path) -> PathBuf {
    let mut text = whole(START, YES, "0.40", "0.42") + &whole(START, NO, "0.58", "0.60");
    for number in 0..120_u32 {
        let size = (number + 1).to_string();
        text += &mirrored(
            START + u64::from(number + 1) * 60 * SECOND,
            30 + number % 10,
            &size,
            (40, 42),
        );
    }
    let path = folder.join("capture.jsonl");
    std::fs::write(&path, text).unwrap();
    path
}

/// The table of markets that belongs to [`capture`].
pub(crate) fn markets_csv(folder: &Path) -> PathBuf {
    let path = folder.join("markets.csv");
    let text = format!(
        "condition_id,yes_asset_id,no_asset_id,slug,tick,fee_rate\n{},{YES},{NO},coin,0.01,0.07\n",
        condition()
    );
    std::fs::write(&path, text).unwrap();
    path
}
