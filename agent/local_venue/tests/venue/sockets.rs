//! What the two channels say, and the chores of the relayer.

use futures_util::{SinkExt as _, StreamExt as _};
use quorate_local_venue::Faults;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{World, token, world};

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn open(world: &World, channel: &str, first: &str) -> Socket {
    let url = format!("{}/ws/{channel}", world.running.ws_url());
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    socket.send(Message::text(first)).await.unwrap();
    socket
}

/// Frames until one of them is `wanted`.
async fn until(socket: &mut Socket, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..100 {
        let frame = socket.next().await.unwrap().unwrap();
        let text = frame.into_text().unwrap();
        let value = serde_json::from_str(&text).unwrap_or(json!(text.as_str()));
        let all = if let Value::Array(all) = value {
            all
        } else {
            vec![value]
        };
        if let Some(found) = all.into_iter().find(&wanted) {
            return found;
        }
    }
    panic!("the frame did not come within 100 frames");
}

#[tokio::test]
async fn a_ping_before_the_subscription_closes_the_market_channel() {
    let world = world(Faults::none(), &[]).await;
    let mut socket = open(&world, "market", "PING").await;
    let Some(Ok(Message::Close(Some(close)))) = socket.next().await else {
        panic!("the venue should hang up");
    };
    assert_eq!(u16::from(close.code), 1008);
}

#[tokio::test]
async fn the_market_channel_sends_a_snapshot_then_changes_of_both_outcomes_then_the_end() {
    let world = world(Faults::none(), &[0]).await;
    world.depth();
    let wish = json!({"type": "market", "assets_ids": [token(1).to_string()], "custom_feature_enabled": true});
    let mut socket = open(&world, "market", &wish.to_string()).await;
    let book = until(&mut socket, |f| f["event_type"] == "book").await;
    assert_eq!(book["bids"], json!([{"price": "0.5", "size": "100"}]));
    socket.send(Message::text("PING")).await.unwrap();
    until(&mut socket, |f| f == "PONG").await;
    let order = world.people[0].order(token(1), 0, 5_100_000, 10_000_000, "GTC");
    assert_eq!(world.post(0, &order).await.0, 200);
    let change = until(&mut socket, |f| f["event_type"] == "price_change").await;
    let line = |n: usize, name: &str| change["price_changes"][n][name].clone();
    assert_eq!(
        (line(0, "price"), line(0, "side"), line(0, "best_bid")),
        (json!("0.51"), json!("BUY"), json!("0.51"))
    );
    assert_eq!(
        (line(1, "price"), line(1, "side"), line(1, "size")),
        (json!("0.49"), json!("SELL"), json!("10"))
    );
    let market = quorate_domain::MarketId(1);
    let payout = quorate_domain::Payout::YES;
    let end = quorate_domain::Input::Resolved(quorate_domain::Resolution { market, payout });
    world.running.observe(world.running.now(), &end);
    let resolved = until(&mut socket, |f| f["event_type"] == "market_resolved").await;
    assert_eq!(resolved["winning_asset_id"], token(1).to_string());
    let state = world.running.state();
    let mut orders = state["orders"].as_object().unwrap().values();
    assert_eq!(orders.next().unwrap()["status"], "CANCELED_MARKET_RESOLVED");
}

#[tokio::test]
async fn a_maker_hears_every_stage_of_its_trade_in_its_own_leg() {
    let world = world(Faults::none(), &[0, 3]).await;
    let api = &world.people[0].api;
    let auth =
        json!({"apiKey": api["apiKey"], "secret": api["secret"], "passphrase": api["passphrase"]});
    let mut socket = open(
        &world,
        "user",
        &json!({"type": "user", "auth": auth}).to_string(),
    )
    .await;
    let mine = world.people[0].order(token(1), 0, 4_000_000, 10_000_000, "GTC");
    let (_, placed) = world.post(0, &mine).await;
    // The subscription may be heard after the order; its trade cannot be missed any more once PONG is back.
    socket.send(Message::text("PING")).await.unwrap();
    until(&mut socket, |f| f == "PONG").await;
    let other = world.people[1].order(token(2), 0, 6_000_000, 10_000_000, "GTC");
    world.post(1, &other).await;
    world.step(2);
    world.step(3);
    for status in ["MATCHED", "MINED", "CONFIRMED"] {
        let trade = until(&mut socket, |f| f["event_type"] == "trade").await;
        assert_eq!(
            (&trade["status"], &trade["trader_side"]),
            (&json!(status), &json!("MAKER"))
        );
        let leg = &trade["maker_orders"][0];
        assert_eq!(
            (&leg["order_id"], &leg["price"]),
            (&placed["orderID"], &json!("0.4"))
        );
        assert_eq!(trade["asset_id"], token(2).to_string());
    }
}

#[tokio::test]
async fn a_deposit_wallet_merges_its_pairs_once_and_a_stale_nonce_is_told() {
    let world = world(Faults::none(), &[3]).await;
    let word = |n: u64| format!("{n:064x}");
    let condition = alloy_primitives::hex::encode(alloy_primitives::keccak256("one"));
    let head = format!("{}{}{condition}{}", word(0), word(0), word(160));
    let tail = format!("{}{}{}", word(2), word(1), word(2));
    let batch = |nonce: u64, selector: &str, amount: u64| {
        let data = format!("0x{selector}{head}{}{tail}", word(amount));
        json!({
            "type": "WALLET", "from": world.people[0].owner.to_string(), "nonce": nonce.to_string(),
            "depositWalletParams": {"calls": [{"target": "0xAdA100Db00Ca00073811820692005400218FcE1f", "value": "0", "data": data}]},
        })
    };
    let submit = async |body: Value| {
        let request = world
            .http
            .post(format!("{}/submit", world.running.relayer_url()));
        let answer: Value = request
            .body(body.to_string())
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let id = answer["transactionID"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let url = format!(
            "{}/v1/account/transactions/{id}",
            world.running.relayer_url()
        );
        let state: Value = world
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        (answer, state["state"].clone())
    };
    assert_eq!(
        submit(batch(0, "72ce4275", 100_000_000)).await.1,
        "STATE_CONFIRMED"
    );
    let (stale, _) = submit(batch(0, "9e7212ad", 60_000_000)).await;
    assert_eq!(
        stale["error"],
        "batch nonce 0 does not match on-chain nonce 1"
    );
    assert_eq!(
        submit(batch(1, "9e7212ad", 60_000_000)).await.1,
        "STATE_CONFIRMED"
    );
    assert_eq!(
        submit(batch(2, "9e7212ad", 60_000_000)).await.1,
        "STATE_FAILED"
    );
    let wallet = world.people[0].wallet.to_checksum(None);
    assert_eq!(world.running.state()["accounts"][wallet]["cash"], "960");
    world.assert_conserved();
}
