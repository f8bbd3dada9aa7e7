//! Recorded data, where they are: the capture of a market channel, the books of five-minute windows.

use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use quorate_backtest::archive::Pace;
use quorate_backtest::archive::cache::{Cache, Mirror, build, measure_mirror};
use quorate_backtest::archive::import::{ImportOptions, SourceKind, import};
use quorate_backtest::archive::integrity::{check, render};
use quorate_backtest::archive::manifest::Manifest;

fn data(set: &str) -> Option<PathBuf> {
    let given = std::env::var_os("QUORATE_DATA").map(PathBuf::from);
    let folder = given
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"));
    let path = folder.join(set);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not there; set QUORATE_DATA", path.display());
    None
}

#[test]
fn real_data_a_raw_capture_agrees_with_the_stated_best_prices() {
    let Some(set) = data("polymarket_ws_raw_capture") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    let markets = folder.path().join("markets.csv");
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(set.join("markets.json")).unwrap()).unwrap();
    let mut table = String::from("condition_id,yes_asset_id,no_asset_id,slug,tick,fee_rate\n");
    for market in ["current", "next"].map(|name| &json[name]) {
        let text = |field: &str| market[field].as_str().unwrap();
        table += &format!(
            "{},{},{},{},0.01,0.07\n",
            text("conditionId"),
            text("upTokenId"),
            text("downTokenId"),
            text("slug")
        );
    }
    std::fs::write(&markets, table).unwrap();
    let options = ImportOptions {
        markets: Some(markets),
    };
    let done = import(
        SourceKind::RawCapture,
        &set.join("market-ws.jsonl.gz"),
        &archive,
        (&options, &Pace::default()),
    )
    .unwrap();
    let manifest = Manifest::read(&archive).unwrap();
    let report = check(&archive, &manifest).unwrap();
    println!("{}", render(&report, 0.99));
    let total = report.total();
    assert_eq!(
        (done.rows, total.rows),
        (2 * 3651 + 92 + 45, 2 * 3651 + 92 + 45)
    );
    assert_eq!(done.excluded.of("unused-message"), 92);
    // The figures that an independent replay of the same messages gives.
    assert_eq!((total.equal, total.compared), (7_289, 7_293));
    let mirrors = measure_mirror(&archive, &manifest).unwrap();
    for (market, mirror) in &mirrors {
        println!(
            "mirror of {market}: {} of {} levels equal",
            mirror.equal, mirror.compared
        );
    }
    let whole = mirrors
        .values()
        .fold(Mirror::default(), |sum, one| sum.and(*one));
    assert!(whole.compared > 7_000);
    let path = folder.path().join("cache.bin");
    let built = build(&archive, &path).unwrap();
    let started = std::time::Instant::now();
    let cache = Cache::open(&path, None).unwrap();
    println!(
        "cache: {} records, opened in {:?}, one book for {} markets",
        built.records,
        started.elapsed(),
        built.markets_on_one_book
    );
    cache.verify().unwrap();
}

/// Best prices and depths of a CSV as a capture of whole books, one for each token and sample.
fn as_capture(path: &std::path::Path, slug_column: &str) -> (String, u64) {
    let mut text = String::new();
    GzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let header = rows.headers().unwrap().clone();
    let (mut out, mut count) = (String::new(), 0);
    for row in rows.records() {
        let row = row.unwrap();
        let cell = |name: &str| {
            row.get(header.iter().position(|own| own == name).unwrap())
                .unwrap()
                .to_owned()
        };
        let millis = (cell("ts").parse::<f64>().unwrap() * 1e3).round();
        for (side, token) in [("up", "1"), ("down", "2")] {
            let market = quorate_backtest::archive::ConditionId::for_name(&cell(slug_column));
            let token = quorate_backtest::archive::AssetId::for_name(market.as_str(), token);
            let half = |which: &str| {
                let (price, depth) = (
                    cell(&format!("{side}_{which}")),
                    cell(&format!("{side}_{which}_depth")),
                );
                if price.is_empty() {
                    String::new()
                } else {
                    format!("{{\"price\":\"{price}\",\"size\":\"{depth}\"}}")
                }
            };
            out += &format!(
                "{{\"capturedAt\":{millis},\"payload\":{{\"event_type\":\"book\",\"market\":\"{market}\",\"asset_id\":\"{token}\",\"timestamp\":\"{millis}\",\"bids\":[{}],\"asks\":[{}]}}}}\n",
                half("bid"),
                half("ask")
            );
            count += 1;
        }
    }
    (out, count)
}

#[test]
fn real_data_books_of_five_minute_windows_are_imported_and_scored() {
    for (set, file, slug) in [
        (
            "btc_updown_5m_book_snapshots_2026-02",
            "book_snapshots.csv.gz",
            "slug",
        ),
        (
            "btc_updown_5m_ladder_2026-07",
            "book_samples.csv.gz",
            "window_start",
        ),
    ] {
        let Some(folder) = data(set) else { return };
        let (text, books) = as_capture(&folder.join(file), slug);
        let scratch = tempfile::tempdir().unwrap();
        let source = scratch.path().join("books.jsonl");
        std::fs::write(&source, text).unwrap();
        let archive = scratch.path().join("archive");
        let done = import(
            SourceKind::RawCapture,
            &source,
            &archive,
            (&ImportOptions::default(), &Pace::default()),
        )
        .unwrap();
        let report = check(&archive, &Manifest::read(&archive).unwrap()).unwrap();
        println!(
            "{set}: {} of {books} books kept\n{}",
            done.rows,
            render(&report, 0.99)
        );
        assert_eq!(done.rows + done.excluded.total(), books);
        assert_eq!(report.total().books, done.rows);
        assert_eq!(report.total().compared, 0);
        assert!(done.rows * 10 > books * 9);
    }
}
