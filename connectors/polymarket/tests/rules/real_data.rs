//! Recorded descriptions of real markets, where they are at hand.

use std::path::PathBuf;

use quorate_domain::{PriceCondition, Ties};
use quorate_polymarket::gamma::{Event, Market, market_from_json};
use quorate_polymarket::listing::Kind;
use quorate_polymarket::rules::{Family, ReferenceSource};
use serde_json::Value;

fn recorded() -> Option<Vec<Market>> {
    let folder = std::env::var_os("QUORATE_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let file = folder.join("polymarket_ws_raw_capture/gamma_market_samples.json");
    let Ok(bytes) = std::fs::read(&file) else {
        println!("skipped: no recorded markets at {}", file.display());
        return None;
    };
    let all: Value = serde_json::from_slice(&bytes).unwrap();
    let markets = match all {
        Value::Array(items) => items,
        Value::Object(items) => items.into_iter().map(|(_, item)| item).collect(),
        other => panic!("{other}"),
    };
    let read = |item: &Value| market_from_json(item.to_string().as_bytes()).unwrap();
    Some(markets.iter().map(read).collect())
}

#[test]
fn real_data_windows_of_june_2026_are_read_as_chainlink_spot() {
    let Some(markets) = recorded() else {
        return;
    };
    assert_eq!(markets.len(), 3);
    for market in markets {
        let Kind::UpDown(rule) = Kind::of(&Event::default(), &market) else {
            panic!(
                "{}: {:?}",
                market.slug,
                Kind::of(&Event::default(), &market)
            );
        };
        assert_eq!(rule.family, Family::FiveMinutes);
        assert_eq!(rule.source, ReferenceSource::ChainlinkSpot);
        assert_eq!(Some(rule.strike.at()), market.event_start_time);
        assert_eq!(Some(rule.settlement.at()), market.end_date);
        let condition = PriceCondition::UpDown {
            ties: Ties::Yes,
            average_secs: 0,
        };
        assert_eq!(rule.condition, condition);
    }
}
