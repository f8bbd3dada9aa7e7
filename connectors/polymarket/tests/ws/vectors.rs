//! Samples of every message, and the frames that we send.

use std::path::PathBuf;

use quorate_domain::{MarketEvent, MarketId, Outcome, TickSize};
use quorate_polymarket::auth::Credentials;
use quorate_polymarket::ws::frame::{self, Features};
use quorate_polymarket::ws::user_frame::{
    self, OrderChange, OrderStatus, TradeStatus, TraderSide, UserNews,
};
use quorate_polymarket::ws::{News, Normalizer, Output, Pair};
use serde_json::Value;

use crate::support::{level, read};

fn samples() -> Value {
    let root = std::env::var_os("QUORATE_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors"),
        PathBuf::from,
    );
    let path = root.join("polymarket/samples_synthetic.json");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}: set QUORATE_VECTORS", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn same(ours: &str, wanted: &Value) {
    assert_eq!(&serde_json::from_str::<Value>(ours).unwrap(), wanted);
}

#[test]
fn market_frames_are_those_of_the_vector() {
    let samples = &samples()["ws_market"];
    let texts = |frame: &'static str| -> Vec<String> {
        let list = samples[frame]["assets_ids"].as_array().unwrap();
        list.iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect()
    };
    let (all, some) = (texts("subscribe"), texts("add"));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let some: Vec<&str> = some.iter().map(String::as_str).collect();
    same(&frame::subscribe(&all), &samples["subscribe"]);
    same(&frame::add(&some, Features::Unsaid), &samples["add"]);
    same(&frame::remove(&some), &samples["remove"]);
    let flagged: Value = serde_json::from_str(&frame::add(&some, Features::Custom)).unwrap();
    assert_eq!(flagged["custom_feature_enabled"], Value::Bool(true));
}

#[test]
fn market_samples_of_the_vector_are_read() {
    let samples = &samples()["ws_market"];
    let ids = &samples["subscribe"]["assets_ids"];
    let mut normalizer = Normalizer::default();
    let pair = Pair {
        market: MarketId(1),
        condition: samples["price_change"]["market"]
            .as_str()
            .unwrap()
            .to_owned(),
        yes: ids[0].as_str().unwrap().to_owned(),
        no: ids[1].as_str().unwrap().to_owned(),
        tick: TickSize::CENT,
    };
    normalizer.add(pair).unwrap();
    let mut say = |name: &str| -> Output { read(&mut normalizer, &samples[name].to_string()) };
    let book = say("book");
    let MarketEvent::Snapshot { bids, asks } = &book.inputs[0].event else {
        panic!("{book:?}")
    };
    assert_eq!(
        (&bids[..], &asks[..]),
        (&[level("0.51", "75.25")][..], &[level("0.53", "33.33")][..])
    );
    assert_eq!(say("price_change").inputs.len(), 1);
    assert_eq!(say("price_change_remove_level").inputs.len(), 1);
    assert!(matches!(
        say("last_trade_price").inputs[0].event,
        MarketEvent::Trade(_)
    ));
    // The book is empty of bids by now, and the message says otherwise.
    assert_eq!(say("best_bid_ask").anomalies.len(), 1);
    assert!(matches!(
        say("tick_size_change").inputs[0].event,
        MarketEvent::TickSize(_)
    ));
    let News::NewMarket { assets, tick, .. } = &say("new_market").news[0] else {
        panic!("not a new market")
    };
    assert_eq!((assets.len(), *tick), (2, Some(TickSize::CENT)));
    let News::Resolved { winner, .. } = &say("market_resolved").news[0] else {
        panic!("not a resolution")
    };
    assert_eq!(*winner, Some(Outcome::Yes));
}

#[test]
fn user_frames_are_those_of_the_vector() {
    let samples = &samples()["ws_user"];
    let auth = &samples["subscribe"]["auth"];
    let text = |name: &str| auth[name].as_str().unwrap().to_owned();
    let log_in = Credentials {
        api_key: text("apiKey"),
        secret: text("secret").into(),
        passphrase: text("passphrase").into(),
    };
    let market = samples["subscribe"]["markets"][0]
        .as_str()
        .unwrap()
        .to_owned();
    same(
        &user_frame::subscribe(&log_in, &[market]),
        &samples["subscribe"],
    );
    assert!(!user_frame::subscribe(&log_in, &[]).contains("markets"));
    assert!(!format!("{log_in:?}").contains(&text("secret")));
}

#[test]
fn user_samples_of_the_vector_are_read() {
    let samples = &samples()["ws_user"];
    let one = |name: &str| {
        user_frame::read(samples[name].to_string().as_bytes())
            .unwrap()
            .remove(0)
    };
    let UserNews::Order(order) = one("order") else {
        panic!("not an order")
    };
    assert_eq!(order.change, OrderChange::Update);
    assert_eq!(order.status, OrderStatus::Live);
    assert_eq!(order.matched, level("0.5", "4").shares);
    let UserNews::Trade(trade) = one("trade") else {
        panic!("not a trade")
    };
    assert_eq!(trade.status, TradeStatus::Matched);
    assert_eq!(trade.trader_side, TraderSide::Maker);
    assert_eq!(trade.makers[0].order, order.id);
    assert_eq!(trade.transaction, None);
    assert_eq!(
        trade.matched_at.map(quorate_domain::Timestamp::secs),
        Some(1_795_305_601)
    );
}

#[test]
fn statuses_are_read_in_every_spelling() {
    for (text, expected) in [
        ("LIVE", OrderStatus::Live),
        ("ORDER_STATUS_LIVE", OrderStatus::Live),
        ("live", OrderStatus::Live),
        ("CANCELED", OrderStatus::Canceled(String::new())),
        ("CANCELLED", OrderStatus::Canceled(String::new())),
        (
            "CANCELED_EXPIRED_ORDER",
            OrderStatus::Canceled("EXPIRED_ORDER".to_owned()),
        ),
        ("NEW", OrderStatus::Unknown("NEW".to_owned())),
    ] {
        assert_eq!(OrderStatus::parse(text), expected, "{text}");
    }
    assert_eq!(
        TradeStatus::parse("TRADE_STATUS_RETRYING"),
        TradeStatus::Retrying
    );
    assert!(TradeStatus::Failed.is_final() && TradeStatus::Confirmed.is_final());
    assert!(!TradeStatus::parse("MINED").is_final());
    assert!(!TradeStatus::parse("SOMETHING").is_final());
}

#[test]
fn an_unreadable_field_is_named() {
    let frame = br#"[{"event_type":"trade","id":"t","asset_id":"1","side":"BUY","size":"x","price":"0.5"},
        {"event_type":"order","id":"o","asset_id":"1","side":"BUY","price":"2","original_size":"1","size_matched":"0"},
        {"event_type":"hello"}]"#;
    let news = user_frame::read(frame).unwrap();
    let fields: Vec<&str> = news
        .iter()
        .filter_map(|one| match one {
            UserNews::Unreadable { field, .. } => Some(*field),
            _ => None,
        })
        .collect();
    assert_eq!(fields, ["size", "price"]);
    assert_eq!(news[2], UserNews::Other("hello".to_owned()));
}

#[test]
fn a_type_that_is_not_known_may_hold_anything() {
    let frame = br#"{"event_type":"notice","id":{"n":1},"price":0.5,"market":[1]}"#;
    assert_eq!(
        user_frame::read(frame),
        Ok(vec![UserNews::Other("notice".to_owned())])
    );
    let order = br#"[{"event_type":"notice","price":0.5},{"event_type":"order","price":0.5}]"#;
    assert!(user_frame::read(order).is_err());
}
