//! Recorded frames, where they are present.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use quorate_domain::{MarketEvent, MarketId, TickSize};
use quorate_polymarket::ws::frame::price_change;
use quorate_polymarket::ws::{AnomalyKind, Normalizer, Output, Pair};
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(serde::Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    payload: &'a RawValue,
}

#[test]
fn recorded_books_of_real_data_agree_with_the_venues_best_prices() {
    let root = std::env::var_os("QUORATE_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = root.join("polymarket_ws_raw_capture");
    let Ok(file) = std::fs::File::open(folder.join("market-ws.jsonl.gz")) else {
        println!(
            "skipped: no recorded frames under {} (set QUORATE_DATA)",
            folder.display()
        );
        return;
    };
    let listed = std::fs::read_to_string(folder.join("markets.json")).unwrap();
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let mut normalizer = Normalizer::default();
    for (id, name) in [(1, "current"), (2, "next")] {
        let text = |field: &str| listed[name][field].as_str().unwrap().to_owned();
        let pair = Pair {
            market: MarketId(id),
            condition: text("conditionId"),
            yes: text("upTokenId"),
            no: text("downTokenId"),
            tick: TickSize::CENT,
        };
        normalizer.add(pair).unwrap();
    }
    let (mut elsewise, mut other) = (normalizer.clone(), Output::default());
    let mut out = Output::default();
    let (mut frames, mut counts) = (0, BTreeMap::new());
    let (mut beside, mut ahead) = (0, 0);
    for line in BufReader::new(flate2::read::GzDecoder::new(file)).lines() {
        let line = line.unwrap();
        let line: Line<'_> = serde_json::from_str(&line).unwrap();
        let before = out.anomalies.len();
        normalizer
            .read(line.payload.get().as_bytes(), &mut out)
            .unwrap();
        // A blank in front sends a frame by way of the general reader.
        let moved = format!(" {}", line.payload.get());
        elsewise.read(moved.as_bytes(), &mut other).unwrap();
        let is_change = moved.contains(r#""event_type":"price_change""#);
        let in_layout = price_change::read(&moved.as_bytes()[1..], |_| ()).is_some();
        assert_eq!(in_layout, is_change, "{moved}");
        frames += 1;
        let differs = out.anomalies[before..].iter().filter(|anomaly| {
            matches!(
                anomaly.kind,
                AnomalyKind::BestDiffers | AnomalyKind::Crossed
            )
        });
        // Messages with best prices alone run a few milliseconds ahead of the changes that bring them about.
        if line.payload.get().contains("best_bid_ask") {
            ahead += differs.count();
        } else {
            beside += differs.count();
        }
    }
    assert_eq!(out.inputs, other.inputs);
    assert_eq!(out.anomalies, other.anomalies);
    for anomaly in &out.anomalies {
        *counts.entry(anomaly.kind).or_insert(0_u64) += 1;
    }
    let count = |kind| counts.get(&kind).copied().unwrap_or(0);
    let events = |wanted: fn(&MarketEvent) -> bool| {
        out.inputs.iter().filter(|one| wanted(&one.event)).count()
    };
    let levels = events(|event| matches!(event, MarketEvent::Level { .. }));
    let snapshots = events(|event| matches!(event, MarketEvent::Snapshot { .. }));
    let trades = events(|event| matches!(event, MarketEvent::Trade(_)));
    let gaps = events(|event| matches!(event, MarketEvent::Gap));
    println!(
        "{frames} frames: {levels} levels, {snapshots} snapshots, {trades} trades, {gaps} gaps, best prices differ {beside} times beside changes and {ahead} times alone; {counts:?}"
    );
    assert_eq!(frames, 3880);
    assert_eq!(gaps, 0);
    assert_eq!(trades, 45);
    assert!(levels > 3000, "levels were lost: {levels}");
    // 7,293 best prices were recorded beside changes, and 92 alone.
    assert!(
        beside * 1000 <= 7293,
        "best prices differ {beside} times beside changes"
    );
    assert!(ahead <= 4, "best prices alone differ {ahead} times");
    assert_eq!(
        count(AnomalyKind::UnknownAsset) + count(AnomalyKind::Unreadable),
        0
    );
}
