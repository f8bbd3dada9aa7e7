//! The feed against a node on this machine that does all a node can do to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use quorate_allora::{
    AlloraError, ChainClient, ChainSettings, Delivery, EmissionsVersion, Fault, Feed, FeedSettings,
    Flavour, FromNetwork, Source,
};
use quorate_domain::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::node::{Desk, Node, PATIENCE};
use crate::support::{V9, V9_FRAME, V10, quick, recording};

/// The next thing told that is no failed poll: most nodes here have nothing to poll.
async fn next(news: &mut mpsc::Receiver<FromNetwork>) -> FromNetwork {
    loop {
        match timeout(PATIENCE, news.recv()).await.unwrap().unwrap() {
            FromNetwork::Fault(Fault::Poll { .. }) => {}
            told => return told,
        }
    }
}

async fn next_bundle(news: &mut mpsc::Receiver<FromNetwork>) -> Delivery {
    match next(news).await {
        FromNetwork::Bundle(delivery) => *delivery,
        other => panic!("{other:?}"),
    }
}

fn frame(height: u64) -> String {
    V9_FRAME.replace(r#"\"500\""#, &format!(r#"\"{height}\""#))
}

fn v9_answer(height: u64) -> String {
    V9.replace(
        r#""block_height": "500""#,
        &format!(r#""block_height": "{height}""#),
    )
}

#[tokio::test]
async fn events_of_the_wanted_topic_are_told_with_the_time_of_their_block() {
    let mut node = Node::start().await;
    let mut news = node.feed(node.settings());
    let mut connection = node.connection().await;
    let request = connection.hear().await;
    assert_eq!(request["method"], "subscribe");
    assert!(
        request["params"]["query"]
            .as_str()
            .unwrap()
            .ends_with("CONTAINS '13'")
    );
    // Events may come before the confirmation, and count.
    connection.say(frame(500)).await;
    connection
        .say(json!({"jsonrpc": "2.0", "id": request["id"], "result": {}}).to_string())
        .await;
    let delivery = next_bundle(&mut news).await;
    assert_eq!(
        (delivery.bundle.topic, delivery.bundle.height),
        (13, 500),
        "not 113, which matches too"
    );
    assert_eq!(delivery.source, Source::Event { block: Some(512) });
    assert_eq!(delivery.block_time, Some(Timestamp::from_secs(500)));
    assert_eq!(next(&mut news).await, FromNetwork::Up);
}

#[tokio::test]
async fn an_epoch_is_told_once_and_an_older_one_not_at_all() {
    let mut node = Node::start().await;
    let mut news = node.feed(node.settings());
    let mut connection = node.connection().await;
    connection.confirm().await;
    assert_eq!(next(&mut news).await, FromNetwork::Up);
    for height in [500, 500, 512, 500, 512, 488, 524] {
        connection.say(frame(height)).await;
    }
    assert_eq!(next_bundle(&mut news).await.bundle.height, 500);
    assert_eq!(next_bundle(&mut news).await.bundle.height, 512);
    let late = Fault::OutOfOrder {
        topic: 13,
        height: 488,
        newest: 512,
    };
    assert_eq!(next(&mut news).await, FromNetwork::Fault(late));
    assert_eq!(next_bundle(&mut news).await.bundle.height, 524);
}

#[tokio::test]
async fn after_a_broken_connection_the_gap_is_told_and_filled_by_polling() {
    let mut node = Node::start().await;
    let mut news = node.feed(node.settings());
    let mut connection = node.connection().await;
    connection.confirm().await;
    assert_eq!(next(&mut news).await, FromNetwork::Up);
    connection.say(frame(500)).await;
    assert_eq!(next_bundle(&mut news).await.bundle.height, 500);

    drop(connection);
    let told = next(&mut news).await;
    assert!(
        matches!(
            told,
            FromNetwork::Down {
                reason: AlloraError::StreamEnded { .. }
            }
        ),
        "{told:?}"
    );
    let mut connection = node.connection().await;
    node.set_latest(Some(v9_answer(524)));
    connection.confirm().await;
    assert_eq!(next(&mut news).await, FromNetwork::Up);
    let gap = FromNetwork::Gap {
        topic: 13,
        after: Some(500),
    };
    assert_eq!(next(&mut news).await, gap);
    let fill = next_bundle(&mut news).await;
    assert_eq!((fill.bundle.height, fill.source), (524, Source::Poll));
    connection.say(frame(524)).await;
    connection.say(frame(536)).await;
    assert_eq!(
        next_bundle(&mut news).await.bundle.height,
        536,
        "524 is known"
    );
}

#[tokio::test]
async fn without_events_polling_goes_on_and_nothing_is_repeated() {
    let node = Node::start().await;
    node.set_latest(Some(v9_answer(500)));
    let mut settings = node.settings();
    settings.websocket_url = None;
    settings.timings.poll_every_down = Duration::from_millis(10);
    let mut news = node.feed(settings);
    let first = next_bundle(&mut news).await;
    assert_eq!((first.bundle.height, first.source), (500, Source::Poll));
    let polls = node.polls();
    let five_more = async {
        while node.polls() < polls + 5 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, five_more).await.unwrap();
    assert!(news.try_recv().is_err(), "the same value again is no news");
    node.set_latest(Some(v9_answer(512)));
    assert_eq!(next_bundle(&mut news).await.bundle.height, 512);
}

#[tokio::test]
async fn an_outage_of_everything_is_told_and_survived() {
    // Nobody listens there until later.
    let reserved = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = reserved.local_addr().unwrap().to_string();
    drop(reserved);
    let (opened, connections) = mpsc::channel(10);
    let desk = Desk {
        connections: opened,
        latest: Arc::new(Mutex::new(Some(v9_answer(500)))),
        asked: Arc::default(),
    };
    let mut node = Node {
        address,
        connections,
        desk,
    };
    let mut settings = node.settings();
    settings.timings.poll_every_down = Duration::from_millis(20);
    let mut news = node.feed(settings);
    let (mut poll_failed, mut stream_failed, mut down) = (false, false, false);
    while !(poll_failed && stream_failed) {
        match timeout(PATIENCE, news.recv()).await.unwrap().unwrap() {
            FromNetwork::Down { reason } => {
                assert!(!down, "down is told once");
                assert!(
                    matches!(reason, AlloraError::Unreachable { .. }),
                    "{reason:?}"
                );
                down = true;
            }
            FromNetwork::Fault(Fault::Stream(_)) => stream_failed = true,
            FromNetwork::Fault(Fault::Poll { topic: 13, error }) => {
                assert!(
                    matches!(error, AlloraError::Unreachable { .. }),
                    "{error:?}"
                );
                poll_failed = true;
            }
            other => panic!("{other:?}"),
        }
    }
    node.desk
        .serve(TcpListener::bind(&node.address).await.unwrap());
    let mut connection = node.connection().await;
    connection.confirm().await;
    let (mut up, mut height) = (false, None);
    while !(up && height.is_some()) {
        match timeout(PATIENCE, news.recv()).await.unwrap().unwrap() {
            FromNetwork::Up => up = true,
            FromNetwork::Bundle(delivery) => height = Some(delivery.bundle.height),
            FromNetwork::Fault(_) | FromNetwork::Down { .. } => {}
            other @ FromNetwork::Gap { .. } => panic!("{other:?} without events before"),
        }
    }
    assert_eq!(height, Some(500));
}

#[tokio::test]
async fn a_node_that_does_not_answer_pings_is_left() {
    let mut node = Node::start().await;
    let mut settings = node.settings();
    settings.timings.ping_every = Duration::from_millis(50);
    settings.timings.pong_within = Duration::from_millis(150);
    let mut news = node.feed(settings);
    let mut connection = node.connection().await;
    connection.confirm().await;
    assert_eq!(next(&mut news).await, FromNetwork::Up);
    connection.say("deaf").await;
    let FromNetwork::Down { reason } = next(&mut news).await else {
        panic!("still up")
    };
    assert!(
        reason.to_string().contains("a ping was not answered"),
        "{reason}"
    );
    node.connection().await.confirm().await;
    assert_eq!(next(&mut news).await, FromNetwork::Up);
}

#[tokio::test]
async fn silence_of_every_kind_is_noticed() {
    let mut node = Node::start().await;
    let mut settings = node.settings();
    settings.timings.ping_every = Duration::from_mins(1);
    settings.timings.silence_max = Duration::from_millis(200);
    let mut news = node.feed(settings);
    let mut connection = node.connection().await;
    connection.confirm().await;
    assert_eq!(next(&mut news).await, FromNetwork::Up);
    let FromNetwork::Down { reason } = next(&mut news).await else {
        panic!("still up")
    };
    assert!(
        reason.to_string().contains("silent for too long"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_subscription_that_is_refused_or_not_confirmed_is_down() {
    let mut node = Node::start().await;
    let mut settings = node.settings();
    settings.timings.connect_within = Duration::from_millis(300);
    let mut news = node.feed(settings);
    let mut connection = node.connection().await;
    let request = connection.hear().await;
    let refusal = json!({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32603, "message": "too many"}});
    connection.say(refusal.to_string()).await;
    let told = next(&mut news).await;
    assert!(
        matches!(
            told,
            FromNetwork::Down {
                reason: AlloraError::SubscriptionRefused { .. }
            }
        ),
        "{told:?}"
    );
    let _unconfirmed = node.connection().await;
    let told = next(&mut news).await;
    assert!(
        matches!(
            told,
            FromNetwork::Fault(Fault::Stream(AlloraError::TimedOut { .. }))
        ),
        "{told:?}"
    );
    node.connection().await.confirm().await;
    assert_eq!(next(&mut news).await, FromNetwork::Up);
}

#[tokio::test]
async fn rubbish_is_told_and_does_not_end_the_stream_but_a_huge_frame_does() {
    let mut node = Node::start().await;
    let mut settings = node.settings();
    settings.frame_bytes_max = 20_000;
    let mut news = node.feed(settings);
    let mut connection = node.connection().await;
    connection.confirm().await;
    assert_eq!(next(&mut news).await, FromNetwork::Up);
    connection.say("{\"jsonrpc\": ").await;
    assert!(matches!(
        next(&mut news).await,
        FromNetwork::Fault(Fault::Malformed(_))
    ));
    connection
        .say(frame(500).replace(r#"\"value\":\"4260\""#, r#"\"value\":\"lots\""#))
        .await;
    let FromNetwork::Fault(Fault::Malformed(error)) = next(&mut news).await else {
        panic!("taken")
    };
    assert_eq!(error.at, "event.value_bundle.inferer_values[0].value");
    connection.say(frame(512)).await;
    assert_eq!(next_bundle(&mut news).await.bundle.height, 512);

    connection.say(format!("\"{}\"", "x".repeat(30_000))).await;
    let told = next(&mut news).await;
    assert!(matches!(told, FromNetwork::Down { .. }), "{told:?}");
    node.connection().await.confirm().await;
    assert_eq!(next(&mut news).await, FromNetwork::Up);
}

#[tokio::test]
async fn a_value_that_has_expired_is_called_so_once() {
    let mut node = Node::start().await;
    let mut settings = node.settings();
    settings.topics = BTreeMap::from([(13, Duration::from_millis(300))]);
    let mut news = node.feed(settings);
    let mut connection = node.connection().await;
    connection.confirm().await;
    connection.say(frame(500)).await;
    let mut stale = Vec::new();
    let mut told_500 = false;
    while stale.is_empty() {
        match next(&mut news).await {
            FromNetwork::Bundle(delivery) => told_500 = delivery.bundle.height == 500,
            FromNetwork::Fault(Fault::Stale { topic, height, .. }) if told_500 => {
                stale.push((topic, height));
            }
            FromNetwork::Up | FromNetwork::Fault(Fault::Stale { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(stale, [(13, Some(500))]);
    let quiet = timeout(Duration::from_millis(700), next(&mut news)).await;
    assert!(
        quiet.is_err(),
        "neither the value nor the warning again: {quiet:?}"
    );
    connection.say(frame(512)).await;
    assert_eq!(next_bundle(&mut news).await.bundle.height, 512);
}

#[tokio::test]
async fn a_slow_receiver_loses_nothing() {
    let mut node = Node::start().await;
    let mut news = node.feed_into(node.settings(), 1);
    let mut connection = node.connection().await;
    connection.confirm().await;
    let heights: Vec<u64> = (0..300).map(|i| 500 + 12 * i).collect();
    let sending = async {
        for height in &heights {
            connection.say(frame(*height)).await;
        }
    };
    let receiving = async {
        let mut got = Vec::new();
        while got.len() < heights.len() {
            tokio::task::yield_now().await;
            if let FromNetwork::Bundle(delivery) = next(&mut news).await {
                got.push(delivery.bundle.height);
            }
        }
        got
    };
    let ((), got) = tokio::join!(sending, receiving);
    assert_eq!(got, heights);
}

#[tokio::test]
async fn on_v9_an_event_sets_off_a_poll_for_the_outlier_resistant_bundle() {
    let mut node = Node::start().await;
    let mut settings = node.settings();
    settings.flavour = Flavour::OutlierResistant;
    let mut news = node.feed(settings);
    let mut connection = node.connection().await;
    connection.confirm().await;
    assert_eq!(next(&mut news).await, FromNetwork::Up);
    node.set_latest(Some(v9_answer(512)));
    connection.say(frame(512)).await;
    let delivery = next_bundle(&mut news).await;
    assert_eq!(delivery.bundle.flavour, Flavour::OutlierResistant);
    assert_eq!(delivery.source, Source::Poll);
    let asked = node.desk.asked.lock().unwrap();
    assert!(
        asked
            .iter()
            .any(|path| path == "/emissions/v9/latest_network_inferences_outlier_resistant/13")
    );
}

#[tokio::test]
async fn a_chain_of_the_other_version_is_used_and_told_once() {
    let node = Node::start().await;
    node.set_latest(Some(V10.to_owned()));
    let mut settings = node.settings();
    settings.websocket_url = None;
    settings.timings.poll_every_down = Duration::from_millis(10);
    let mut news = node.feed(settings);
    let shape = Fault::OtherShape {
        configured: EmissionsVersion::V9,
        found: EmissionsVersion::V10,
    };
    assert_eq!(next(&mut news).await, FromNetwork::Fault(shape));
    assert_eq!(
        next_bundle(&mut news).await.bundle.single(),
        Some(64_000.25)
    );
    node.set_latest(Some(V10.replace("\"500\"", "\"512\"")));
    assert_eq!(next_bundle(&mut news).await.bundle.height, 512);
}

#[tokio::test]
async fn it_ends_when_nobody_receives() {
    let node = Node::start().await;
    let settings = node.settings();
    let chain = ChainClient::new(&ChainSettings {
        rest_url: format!("http://{}", node.address),
        version: settings.version,
        http: quick(),
    })
    .unwrap();
    let (out, news) = mpsc::channel(1);
    let running = tokio::spawn(Feed::new(settings, chain).unwrap().run(out));
    drop(news);
    timeout(PATIENCE, running).await.unwrap().unwrap();
}

#[tokio::test]
async fn an_encrypted_address_without_encryption_behind_it_is_an_error() {
    let node = Node::start().await;
    let mut settings = node.settings();
    settings.websocket_url = Some(format!("wss://{}/websocket", node.address));
    let mut news = node.feed(settings);
    let told = next(&mut news).await;
    assert!(
        matches!(
            told,
            FromNetwork::Down {
                reason: AlloraError::Unreachable { .. }
            }
        ),
        "{told:?}"
    );
}

#[tokio::test]
async fn unusable_settings_are_refused() {
    let node = Node::start().await;
    let new = |settings: FeedSettings| {
        let chain = ChainClient::new(&ChainSettings {
            rest_url: format!("http://{}", node.address),
            version: settings.version,
            http: quick(),
        });
        Feed::new(settings, chain.unwrap())
            .err()
            .map(|error| error.to_string())
    };
    let mut settings = node.settings();
    settings.topics.clear();
    assert!(new(settings).unwrap().contains("name at least one"));
    let mut settings = node.settings();
    settings.websocket_url = Some("ws://allora-rpc.testnet.allora.network/websocket".to_owned());
    assert!(new(settings).unwrap().contains("must begin with wss://"));
    assert_eq!(new(node.settings()), None);
}

#[tokio::test]
async fn real_data_vector_recorded_frame_over_a_socket() {
    let Some(text) = recording("ws_newblockevents_frame.json") else {
        return;
    };
    let mut node = Node::start().await;
    let mut news = node.feed(node.settings());
    let mut connection = node.connection().await;
    connection.confirm().await;
    assert_eq!(next(&mut news).await, FromNetwork::Up);
    connection.say(text).await;
    let delivery = next_bundle(&mut news).await;
    assert_eq!(delivery.bundle.height, 5_100_955);
    assert_eq!(
        delivery.source,
        Source::Event {
            block: Some(5_100_967)
        }
    );
    assert_eq!(delivery.bundle.inferers.len(), 6);
}
