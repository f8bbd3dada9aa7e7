//! Records of the catalogue: documented shapes are read, answers are not, one bad record costs only itself.

use std::path::PathBuf;

use quorate_polymarket::gamma::{
    Event, Market, Page, clean_line, event_from_json, market_from_json, page_from_json,
};
use serde_json::{Value, json};

use crate::samples::at;

/// Golden samples of the venue's records; `None`, told plainly, where they are not there.
fn samples() -> Option<Value> {
    let folder = std::env::var_os("QUORATE_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors"),
        PathBuf::from,
    );
    let file = folder.join("polymarket/samples_synthetic.json");
    match std::fs::read(&file) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(error) => {
            println!("skipped: {} ({error})", file.display());
            None
        }
    }
}

#[test]
fn vector_samples_of_the_catalogue_are_read() {
    let Some(samples) = samples() else {
        return;
    };
    let gamma = samples["gamma"].as_object().unwrap();
    assert!(!gamma.is_empty());
    for (name, sample) in gamma {
        let event = event_from_json(sample.to_string().as_bytes());
        let event = event.unwrap_or_else(|error| panic!("{name}: {error}"));
        let market = &event.markets[0];
        assert_eq!(market.outcomes, ["Up", "Down"]);
        assert_eq!(market.clob_token_ids.len(), 2);
        assert_eq!(
            market.order_price_min_tick_size,
            Some("0.01".parse().unwrap())
        );
        assert_eq!(market.event_start_time, Some(at("2026-11-22T00:00:00Z")));
        assert_eq!(event.series[0].slug, "btc-up-or-down-5m");
    }
}

fn market(fields: &Value) -> Market {
    market_from_json(fields.to_string().as_bytes()).unwrap()
}

#[test]
fn numbers_lists_and_truths_come_in_several_shapes() {
    let plain = market(&json!({
        "id": 7, "orderPriceMinTickSize": 0.0001, "orderMinSize": 5, "active": true,
        "outcomes": ["Yes", "No"], "clobTokenIds": "[]", "endDate": "2026-06-08 00:00:16+00",
    }));
    let quoted = market(&json!({
        "id": "7", "orderPriceMinTickSize": "0.0001", "orderMinSize": "5.0", "active": "true",
        "outcomes": "[\"Yes\", \"No\"]", "clobTokenIds": null, "endDate": "2026-06-08T00:00:16Z",
        "aFieldOfTomorrow": {"nested": []},
    }));
    assert_eq!(plain, quoted);
    assert_eq!(
        plain.order_price_min_tick_size,
        Some("0.0001".parse().unwrap())
    );
    assert_eq!(market(&json!({})), Market::default());
    let exponent = market_from_json(br#"{"orderPriceMinTickSize": 1e-4}"#).unwrap();
    assert_eq!(
        exponent.order_price_min_tick_size,
        plain.order_price_min_tick_size
    );
}

#[test]
fn other_shapes_are_errors_that_name_the_problem() {
    for (field, wrong) in [
        ("active", json!("perhaps")),
        ("orderMinSize", json!("five")),
        ("endDate", json!("tomorrow")),
        ("outcomes", json!("Yes or No")),
        ("outcomes", json!([["Yes"]])),
        ("question", json!({"text": "?"})),
    ] {
        let error = market_from_json(json!({ field: wrong }).to_string().as_bytes());
        let told = error.unwrap_err().to_string();
        assert!(told.contains("expected"), "{field}: {told}");
    }
}

/// Whoever adds a field that tells the answer must meet this test.
#[test]
fn nothing_that_tells_the_answer_is_kept() {
    let with_answers = json!({
        "id": "1", "slug": "m", "outcomePrices": "[\"1\", \"0\"]", "lastTradePrice": 0.9876, "bestBid": 0.9876,
        "bestAsk": 0.9876, "closedTime": "2026-06-08 00:00:16+00", "oneHourPriceChange": 0.9876, "volume": "98765",
        "tokens": [{"winner": true}], "umaResolutionStatus": "resolved",
    });
    let event = json!({
        "id": "1", "markets": [with_answers], "eventMetadata": {"priceToBeat": 98765, "finalPrice": 98766},
    });
    let event = event_from_json(event.to_string().as_bytes()).unwrap();
    let told = format!("{event:?}");
    assert!(
        !told.contains("9876") && !told.to_lowercase().contains("winner"),
        "{told}"
    );
}

#[test]
fn titles_cannot_steer_a_terminal_or_hide_words() {
    let event: Event = event_from_json(
        json!({"title": "Will\u{1b}[31m A\u{202e}nn\u{200b}e\r\nwin\t\u{7}?\u{1b}]0;x\u{7}", "description": "a\r\nb\u{2066}c"})
            .to_string()
            .as_bytes(),
    )
    .unwrap();
    assert_eq!(event.title, "Will Anne win ?");
    assert_eq!(event.description, "a\nbc");
    assert_eq!(clean_line(&"x".repeat(500)).chars().count(), 401);
}

#[test]
fn one_bad_record_costs_only_itself() {
    let page: Page<Market> = page_from_json(
        "markets",
        br#"{"markets": [{"slug": "a"}, {"slug": "b", "active": 7}, {"slug": "c"}], "next_cursor": "abc"}"#,
    )
    .unwrap();
    let slugs: Vec<&str> = page
        .items
        .iter()
        .map(|market| market.slug.as_str())
        .collect();
    assert_eq!(slugs, ["a", "c"]);
    assert_eq!(page.unreadable[0].place, "markets[1] (b)");
    assert_eq!(page.next_cursor.as_deref(), Some("abc"));
    let last: Page<Market> = page_from_json("markets", br#"[{"slug": "a"}]"#).unwrap();
    assert_eq!((last.items.len(), last.next_cursor), (1, None));
    assert!(page_from_json::<Market>("markets", br#"{"events": []}"#).is_err());
}
