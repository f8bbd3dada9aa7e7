//! Samples of every answer parse, and every request equals the sample where one is given.

use std::path::PathBuf;
use std::str::FromStr;

use quorate_polymarket::geoblock::parse_geoblock;
use quorate_polymarket::rest::budget::Tier;
use quorate_polymarket::rest::data::parse_positions;
use quorate_polymarket::rest::*;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::{API_KEY, ID, NOW_S, Venue, say};

fn dec(text: &str) -> Decimal {
    Decimal::from_str(text).unwrap()
}

fn read(name: &str) -> Value {
    let folder = std::env::var_os("QUORATE_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors"),
        PathBuf::from,
    );
    let path = folder.join("polymarket").join(name);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn sample(group: &str, name: &str) -> Vec<u8> {
    let all = read("samples_synthetic.json");
    let found = &all[group][name];
    assert!(!found.is_null(), "no sample {group}.{name}");
    serde_json::to_vec(found).unwrap()
}

const YES: &str = "107505882767731489358349912513945399560393482969656700824895970500493757150417";
const CONDITION: &str = "0xbd31dc8a20211944f6b70f31557f1001557b59905b7738480ca09bd4532f84af";

#[test]
fn vector_book_is_sorted_from_the_best() {
    let book = parse_book(&sample("rest", "book")).unwrap();
    assert_eq!(book.asset_id, YES);
    assert_eq!(book.condition_id, CONDITION);
    assert_eq!(book.timestamp_ms, NOW_S * 1000 + 123);
    assert_eq!(book.bids[0].price, dec("0.51"));
    assert_eq!(book.bids[0].size, dec("75.25"));
    assert_eq!(book.asks[0].price, dec("0.53"));
    assert_eq!(book.tick_size, Some(dec("0.01")));
    assert_eq!(book.last_trade_price, Some(dec("0.52")));
    assert_eq!(book.neg_risk, Some(false));
}

#[test]
fn vector_market_has_grid_and_fees() {
    let market = parse_clob_market(&sample("rest", "clob_market")).unwrap();
    assert_eq!(market.condition_id, CONDITION);
    assert_eq!(market.tokens[0], (YES.to_owned(), "Yes".to_owned()));
    assert_eq!(market.tick_size, dec("0.01"));
    assert_eq!(market.min_order_size, dec("5"));
    let fees = market.fees.unwrap();
    assert_eq!((fees.rate, fees.exponent), (dec("0.04"), dec("1")));
    assert!(fees.taker_only);
    assert_eq!(market.accepting_orders, Some(true));
}

#[test]
fn vector_history_keeps_its_digits() {
    let points = parse_history(&sample("rest", "prices_history")).unwrap();
    assert_eq!(points.len(), 2);
    assert_eq!(points[0].at_s, 1_795_302_000);
    assert_eq!(points[0].price, dec("0.515"));
}

#[test]
fn vector_post_answers() {
    let live = parse_post_answer(&sample("rest", "post_order_live"), ID);
    assert!(matches!(
        live,
        PostOutcome::Accepted {
            status: AcceptedAs::Live,
            making: None,
            ..
        }
    ));
    let matched = parse_post_answer(&sample("rest", "post_order_matched"), ID);
    let PostOutcome::Accepted {
        status,
        making,
        taking,
        trade_ids,
        order_id,
    } = matched
    else {
        panic!("{matched:?}");
    };
    assert_eq!(status, AcceptedAs::Matched);
    assert_eq!((making, taking), (Some(dec("5.2")), Some(dec("10"))));
    assert_eq!(trade_ids, ["aaaaaaaa-0000-4000-8000-000000000001"]);
    assert_eq!(order_id, ID);
    let leg = parse_post_answer(&sample("rest", "post_order_rejected_leg_in_batch"), ID);
    assert_eq!(leg.fault(), Some(&Fault::Balance));
}

#[test]
fn vector_error_bodies() {
    let reply = |status, name| Reply::Answer {
        status,
        head: Head::default(),
        body: sample("rest", name),
    };
    assert_eq!(
        classify_post(&reply(400, "error_envelope"), ID).fault(),
        Some(&Fault::Balance)
    );
    assert_eq!(
        classify_post(&reply(503, "post_only_window"), ID).fault(),
        Some(&Fault::PostOnly {
            retry_after: Some(std::time::Duration::from_secs(45))
        })
    );
}

#[test]
fn vector_cancel_tells_each_order() {
    let cancelled = parse_cancelled(&sample("rest", "cancel")).unwrap();
    assert_eq!(cancelled.outcome_of(ID), CancelOutcome::Done);
    let other = format!("0x{}", "ab".repeat(32));
    assert!(matches!(
        cancelled.outcome_of(&other),
        CancelOutcome::NotOpen(_)
    ));
    assert!(matches!(
        cancelled.outcome_of("0x1"),
        CancelOutcome::Unsure(_)
    ));
}

#[test]
fn vector_open_orders_and_trades() {
    let orders = parse_orders(&sample("rest", "open_orders")).unwrap();
    assert_eq!(orders.next, None);
    let order = &orders.items[0];
    assert_eq!(order.id, ID);
    assert_eq!(order.status, OrderStatus::Live);
    assert_eq!(order.owner, API_KEY);
    assert_eq!((order.original_size, order.price), (dec("10"), dec("0.52")));
    assert_eq!(order.created_at_s, Some(NOW_S));

    let trades = parse_trades(&sample("rest", "trades")).unwrap();
    let trade = &trades.items[0];
    assert_eq!(trade.status, TradeStatus::Confirmed);
    assert_eq!(trade.match_time_s, NOW_S + 1);
    let us = Identity {
        api_key: API_KEY.to_owned(),
        ..Identity::default()
    };
    let own = own_executions(trade, &us);
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].order_id, ID);
    assert_eq!(own[0].size, dec("10"));
}

#[test]
fn vector_account_answers() {
    let balance = parse_balance(&sample("rest", "balance_allowance")).unwrap();
    assert_eq!(balance.balance_micros, 125_000_000);
    assert_eq!(balance.allowances.len(), 1);
    assert_eq!(balance.allowances[0].1, alloy_primitives::U256::MAX);

    let id = "77777777-2222-3333-4444-555555555555";
    assert_eq!(
        parse_heartbeat_id(&sample("rest", "heartbeat_ok")).unwrap(),
        id
    );
    assert_eq!(
        parse_heartbeat_id(&sample("rest", "heartbeat_bad")).unwrap(),
        id
    );

    let place = parse_geoblock(&sample("rest", "geoblock")).unwrap();
    assert!(!place.blocked);
    assert_eq!(place.country, "IE");

    let positions = parse_positions(&sample("data_v2", "positions")).unwrap();
    assert_eq!(positions.next, None);
    assert_eq!(positions.items[0].token_id, YES);
    assert_eq!(positions.items[0].current_size, dec("10"));
}

#[tokio::test]
async fn vector_small_answers_over_a_socket() {
    let venue = Venue::start([
        say(200, sample("rest", "tick_size")),
        say(200, sample("rest", "neg_risk")),
        say(200, "\"OK\""),
        say(200, "1795305600"),
        say(200, "{\"version\":2}"),
        say(200, sample("rest", "api_key")),
    ])
    .await;
    let client = venue.client();
    assert_eq!(client.tick_size(YES).await.unwrap(), dec("0.01"));
    assert!(!client.is_neg_risk(YES).await.unwrap());
    client.is_ok().await.unwrap();
    assert_eq!(client.sync_clock().await.unwrap(), 0);
    assert_eq!(client.version().await.unwrap(), "2");
    let derived = client.derive_key().await.unwrap();
    assert_eq!(derived.api_key, API_KEY);
    assert_eq!(client.budget().tier(), Tier::Standard);
}

#[tokio::test]
async fn vector_private_calls_are_signed_as_the_official_clients_do() {
    let cases = read("hmac.json");
    let wanted = |path: &str, method: &str| -> Value {
        cases["cases"]
            .as_array()
            .unwrap()
            .iter()
            .find(|case| {
                case["path"] == path
                    && case["method"] == method
                    && case["timestamp"] == NOW_S
                    && case["secret"] == crate::support::SECRET
            })
            .unwrap_or_else(|| panic!("no case {method} {path}"))
            .clone()
    };
    let cancelled = r#"{"canceled":[],"not_canceled":{}}"#;
    let venue = Venue::start([
        say(200, r#"{"data":[],"next_cursor":"LTE="}"#),
        say(200, cancelled),
        say(200, cancelled),
        say(200, cancelled),
    ])
    .await;
    let client = venue.client();
    client.open_orders(&OrderFilter::default()).await.unwrap();
    let order = wanted("/order", "DELETE");
    let body: Value = serde_json::from_str(order["body"].as_str().unwrap()).unwrap();
    client.cancel_order(body["orderID"].as_str().unwrap()).await;
    client.cancel_all(3).await.unwrap();
    client
        .cancel_market_orders(Some(CONDITION), None, 1)
        .await
        .unwrap();
    for (asked, case) in venue.asked().iter().zip([
        wanted("/data/orders", "GET"),
        order,
        wanted("/cancel-all", "DELETE"),
        wanted("/cancel-market-orders", "DELETE"),
    ]) {
        assert_eq!(asked.path, case["path"].as_str().unwrap());
        assert_eq!(asked.body, case["body"].as_str().unwrap_or_default());
        assert_eq!(
            asked.header("POLY_SIGNATURE"),
            case["signature"].as_str().unwrap()
        );
        assert_eq!(asked.header("POLY_TIMESTAMP"), NOW_S.to_string());
        assert_eq!(asked.header("POLY_API_KEY"), API_KEY);
    }
}
