//! Recorded markets as tapes. Skips, and says so, where the recordings are not at hand.

use std::path::PathBuf;
use std::time::Instant;

use crate::common::{Files, load_with, touches};
use quorate_backtest::input::{CsvTable, format_rfc3339};
use quorate_backtest::tape::{LoadOptions, OffTick, load, write};

/// A file of the recordings, or `None` if they are not at hand.
fn recording(path: &str) -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let folder = std::env::var_os("QUORATE_DATA").unwrap_or_else(|| default.into());
    let file = PathBuf::from(folder).join(path);
    file.is_file().then_some(file)
}

/// Reads `columns` of a table as rows of text; an empty cell is an empty text.
fn rows<const N: usize>(file: &std::path::Path, columns: [&'static str; N]) -> Vec<[String; N]> {
    let mut table = CsvTable::open(file).unwrap();
    let columns = columns.map(|name| table.required_column(name));
    let mut rows = Vec::new();
    while let Some(row) = table.next_row() {
        rows.push(columns.map(|column| row.raw(column).unwrap_or_default().to_owned()));
    }
    table.finish().unwrap();
    rows
}

fn csv_file<const N: usize>(header: &str, rows: &[[String; N]]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header.split(',')).unwrap();
    rows.iter()
        .for_each(|row| writer.write_record(row).unwrap());
    writer.into_inner().unwrap()
}

#[test]
fn real_data_top_of_book_quotes_load_whole_and_fast() {
    let quotes = recording("polymarket_us_resolved_quotes/quotes_10min.csv.gz");
    let markets = recording("polymarket_us_resolved_quotes/markets.csv");
    let (Some(quotes), Some(markets)) = (quotes, markets) else {
        println!("skipped: no recordings at hand");
        return;
    };
    let mut quotes = rows(&quotes, ["ts", "slug", "bid", "ask"]);
    quotes.sort();
    let listed = rows(&markets, ["slug", "question", "category", "y", "t1"]);
    let list = listed.iter().map(|[slug, question, category, ..]| {
        let [tick, fee] = ["0.001", "0"].map(str::to_owned);
        [slug.clone(), question.clone(), category.clone(), tick, fee]
    });
    let outcomes = listed
        .iter()
        .map(|[slug, _, _, y, t1]| [slug.clone(), t1.clone(), y.clone()]);
    let mut files = Files::new();
    let market_header = "market,question,category,tick,fee_rate";
    files.insert(
        "markets.csv".into(),
        csv_file(market_header, &list.collect::<Vec<_>>()),
    );
    files.insert("quotes.csv".into(), csv_file("at,market,bid,ask", &quotes));
    files.insert(
        "outcomes.csv".into(),
        csv_file("market,resolved_at,payout", &outcomes.collect::<Vec<_>>()),
    );

    // The recording holds one locked quote, which nobody could have traded at.
    let errors = load_with(&files, &LoadOptions::default()).unwrap_err();
    let crossed: Vec<_> = errors
        .iter()
        .map(|error| (error.code, error.line.unwrap()))
        .collect();
    assert_eq!(crossed, [("crossed-quote", 11_456)]);
    quotes.remove(11_456 - 2);
    files.insert("quotes.csv".into(), csv_file("at,market,bid,ask", &quotes));

    let started = Instant::now();
    let loaded = load_with(&files, &LoadOptions::default()).unwrap();
    let taken = started.elapsed();
    let prices = touches(&loaded.tape);
    assert_eq!((loaded.tape.markets.len(), prices.len()), (521, 116_393));
    let empty_bids = prices.iter().filter(|(bid, _)| bid.is_none()).count();
    let given = quotes
        .iter()
        .filter(|[_, _, bid, _]| bid.is_empty())
        .count();
    assert_eq!(empty_bids, given);

    let folder = tempfile::tempdir().unwrap();
    write(&loaded.tape, folder.path()).unwrap();
    let again = load(folder.path(), &LoadOptions::default()).unwrap().tape;
    assert!(again == loaded.tape);
    println!("{} quotes loaded in {taken:?}", prices.len());
}

#[test]
fn real_data_pool_trades_lie_between_ticks_and_are_snapped() {
    let Some(trades) = recording("us2022_midterms_polymarket_trades/trades.csv.gz") else {
        println!("skipped: no recordings at hand");
        return;
    };
    let mut all = rows(
        &trades,
        ["ts", "market", "side", "outcome", "p_yes", "shares"],
    );
    // Stable, so that trades of one second keep their order.
    all.sort_by(|a, b| a[0].cmp(&b[0]));
    let names: std::collections::BTreeSet<String> = all.iter().map(|row| row[1].clone()).collect();
    let end = format_rfc3339(1_700_000_000_000_000_000);
    let list: Vec<[String; 3]> = names
        .iter()
        .map(|name| [name.clone(), "0.01".into(), "0".into()])
        .collect();
    let outcomes: Vec<[String; 3]> = names
        .iter()
        .map(|name| [name.clone(), end.clone(), "1".into()])
        .collect();
    let inside = |price: &str| {
        price
            .parse::<f64>()
            .is_ok_and(|price| (0.02..0.98).contains(&price))
    };
    let kept = all.into_iter().filter(|row| inside(&row[4])).map(
        |[at, market, side, outcome, price, shares]| {
            let yes = outcome == "Democrat" || outcome == "Yes";
            let side = if (side == "Buy") == yes {
                "buy"
            } else {
                "sell"
            };
            [at, market, side.to_owned(), price, shares]
        },
    );
    let mut kept: Vec<[String; 5]> = kept.collect();
    let before = kept.len();
    kept.dedup();
    let repeated = before - kept.len();
    let mut files = Files::new();
    files.insert(
        "markets.csv".into(),
        csv_file("market,tick,fee_rate", &list),
    );
    files.insert("quotes.csv".into(), csv_file::<4>("at,market,bid,ask", &[]));
    files.insert(
        "trades.csv".into(),
        csv_file("at,market,side,price,shares", &kept),
    );
    files.insert(
        "outcomes.csv".into(),
        csv_file("market,resolved_at,payout", &outcomes),
    );
    let options = LoadOptions {
        off_tick: OffTick::Snap,
        ..LoadOptions::default()
    };
    let loaded = load_with(&files, &options).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.tape.records.len(), kept.len() + names.len());
    assert!(loaded.assumptions.prices_snapped > 10_000);
    println!("{} trades, {repeated} repeated rows left out", kept.len());
}
