//! The market channel over real sockets.

use std::time::Duration;

use quorate_domain::{MarketEvent, MarketId, TickSize};
use quorate_polymarket::ws::{
    Change, Endpoint, Loss, MarketHandle, MarketReport, MarketSettings, Pair, Timings,
    market_stream,
};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::support::{MARKET, NO, Server, YES, book, change, clock, pair, timings};

struct Client {
    handle: MarketHandle,
    reports: mpsc::Receiver<MarketReport>,
}

fn start(settings: MarketSettings, capacity: usize) -> Client {
    let (sender, reports) = mpsc::channel(capacity);
    let (handle, stream) = market_stream(settings, sender);
    tokio::spawn(stream.run());
    Client { handle, reports }
}

fn settings(server: &Server, timings: Timings) -> MarketSettings {
    MarketSettings {
        timings,
        ..MarketSettings::new(server.endpoint.clone(), clock)
    }
}

impl Client {
    fn subscribe(&self) {
        assert!(self.handle.change(Change::Subscribe(vec![pair()])));
    }

    async fn next(&mut self) -> MarketReport {
        let next = tokio::time::timeout(Duration::from_secs(10), self.reports.recv());
        next.await.unwrap().unwrap()
    }

    /// The next input.
    async fn event(&mut self) -> MarketEvent {
        loop {
            if let MarketReport::Heard(heard) = self.next().await
                && let Some(input) = heard.inputs.into_iter().next()
            {
                return input.event;
            }
        }
    }

    /// Why the connection ended, and the events before that.
    async fn loss(&mut self) -> (Loss, Vec<MarketEvent>) {
        let mut events = Vec::new();
        loop {
            match self.next().await {
                MarketReport::Heard(heard) => {
                    events.extend(heard.inputs.into_iter().map(|input| input.event));
                }
                MarketReport::Lost { loss, .. } => return (loss, events),
                _ => {}
            }
        }
    }
}

fn assets(frame: &str) -> (String, Vec<String>) {
    let frame: Value = serde_json::from_str(frame).unwrap();
    let kind = frame.get("type").or(frame.get("operation")).unwrap();
    let ids = frame["assets_ids"].as_array().unwrap().iter();
    let ids = ids.map(|id| id.as_str().unwrap().to_owned()).collect();
    (kind.as_str().unwrap().to_owned(), ids)
}

async fn connected(timings: Timings) -> (Server, Client, crate::support::Peer) {
    let server = Server::start().await;
    let client = start(settings(&server, timings), 64);
    client.subscribe();
    let mut peer = server.accept().await;
    // Subscribed before any ping.
    let first = peer.any_text().await;
    assert_eq!(
        assets(&first),
        ("market".to_owned(), vec![YES.to_owned(), NO.to_owned()])
    );
    peer.send(&book(1_795_305_600_000)).await;
    (server, client, peer)
}

#[tokio::test]
async fn snapshots_and_changes_arrive_and_pings_go_out() {
    let (_server, mut client, mut peer) = connected(timings()).await;
    assert!(matches!(
        client.next().await,
        MarketReport::Connected { shard: 0 }
    ));
    assert!(matches!(client.event().await, MarketEvent::Snapshot { .. }));
    peer.send(&change(
        YES,
        1_795_305_600_001,
        "0.51",
        "5",
        "BUY",
        ("0.51", "0.53"),
    ))
    .await;
    assert!(matches!(client.event().await, MarketEvent::Level { .. }));
    assert_eq!(peer.any_text().await, "PING");
}

#[tokio::test]
async fn every_way_to_end_gives_a_gap_and_another_connection() {
    let (server, mut client, mut peer) = connected(timings()).await;
    let close = CloseFrame {
        code: 1008.into(),
        reason: "invalid subscription payload".into(),
    };
    let huge = "x".repeat(17 << 20);
    for (way, message) in [
        ("close", Message::Close(Some(close))),
        ("garbage", Message::text("INVALID OPERATION")),
        ("binary", Message::binary(vec![1, 2, 3])),
        ("huge", Message::text(huge)),
    ] {
        // The last bytes of a frame that is too long may find nobody to take them.
        let _sent = futures_util::SinkExt::send(&mut peer.0, message)
            .await
            .is_ok();
        let (loss, events) = client.loss().await;
        assert_eq!(events.last(), Some(&MarketEvent::Gap), "{way}");
        match way {
            "close" => assert!(matches!(loss, Loss::Closed { code: 1008, .. }), "{loss}"),
            "huge" => assert!(matches!(loss, Loss::Broken(_)), "{loss}"),
            _ => assert!(matches!(loss, Loss::Unreadable(_)), "{loss}"),
        }
        peer = server.accept().await;
        assert_eq!(assets(&peer.text().await).0, "market");
        peer.send(&book(1_795_305_600_000)).await;
    }
    drop(peer);
    let (loss, events) = client.loss().await;
    assert!(matches!(loss, Loss::Broken(_)), "{loss}");
    assert_eq!(events.last(), Some(&MarketEvent::Gap));
}

#[tokio::test]
async fn a_frozen_stream_is_noticed_although_pings_are_answered() {
    let limits = Timings {
        silence_max: Duration::from_millis(300),
        ..timings()
    };
    let (_server, mut client, peer) = connected(limits).await;
    tokio::spawn(peer.pong_for_ever());
    let (loss, events) = client.loss().await;
    assert_eq!(loss, Loss::Silent);
    assert_eq!(events.last(), Some(&MarketEvent::Gap));
}

#[tokio::test]
async fn a_half_open_connection_is_noticed_by_missing_pongs() {
    let limits = Timings {
        pong_within: Duration::from_millis(300),
        ..timings()
    };
    let (_server, mut client, _peer) = connected(limits).await;
    let (loss, _) = client.loss().await;
    assert_eq!(loss, Loss::NoPong);
}

#[tokio::test]
async fn a_handshake_that_is_never_answered_ends_in_time() {
    let limits = Timings {
        connect_within: Duration::from_millis(200),
        ..timings()
    };
    let server = Server::start().await;
    let mut client = start(settings(&server, limits), 64);
    client.subscribe();
    let _mute = server.accept_mute().await;
    let (loss, events) = client.loss().await;
    assert!(matches!(loss, Loss::Late(_)), "{loss}");
    assert_eq!(events, [], "there was no continuity to lose");
}

#[tokio::test]
async fn a_connection_is_replaced_on_schedule() {
    let limits = Timings {
        lifetime: Duration::from_millis(200),
        ..timings()
    };
    let (server, mut client, peer) = connected(limits).await;
    tokio::spawn(peer.pong_for_ever());
    let (loss, _) = client.loss().await;
    assert_eq!(loss, Loss::Scheduled);
    assert_eq!(assets(&server.accept().await.text().await).0, "market");
}

#[tokio::test]
async fn a_broken_book_is_left_and_joined_again() {
    let (_server, mut client, mut peer) = connected(Timings {
        snapshot_within: Duration::from_millis(100),
        ..timings()
    })
    .await;
    peer.send(&change(
        YES,
        1_795_305_600_001,
        "0.505",
        "5",
        "BUY",
        ("", ""),
    ))
    .await;
    assert!(matches!(client.event().await, MarketEvent::Snapshot { .. }));
    assert_eq!(client.event().await, MarketEvent::Gap);
    assert_eq!(assets(&peer.text().await).0, "unsubscribe");
    assert_eq!(
        assets(&peer.text().await),
        ("subscribe".to_owned(), vec![YES.to_owned(), NO.to_owned()])
    );
    peer.send(&book(1_795_305_600_002)).await;
    assert!(matches!(client.event().await, MarketEvent::Snapshot { .. }));
}

#[tokio::test]
async fn subscriptions_change_while_the_connection_lasts() {
    let (_server, mut client, mut peer) = connected(timings()).await;
    let second = Pair {
        market: MarketId(8),
        yes: "333".to_owned(),
        no: "444".to_owned(),
        ..pair()
    };
    assert!(client.handle.change(Change::Subscribe(vec![second])));
    assert_eq!(
        assets(&peer.text().await),
        (
            "subscribe".to_owned(),
            vec!["333".to_owned(), "444".to_owned()]
        )
    );
    assert!(client.handle.change(Change::Unsubscribe(vec![MARKET])));
    assert_eq!(
        assets(&peer.text().await),
        (
            "unsubscribe".to_owned(),
            vec![YES.to_owned(), NO.to_owned()]
        )
    );
    assert!(client.handle.change(Change::Resnapshot(vec![MarketId(8)])));
    assert_eq!(assets(&peer.text().await).0, "unsubscribe");
    assert!(matches!(client.event().await, MarketEvent::Snapshot { .. }));
    assert_eq!(client.event().await, MarketEvent::Gap);
}

#[tokio::test]
async fn markets_are_spread_over_connections() {
    let server = Server::start().await;
    let mut limited = settings(&server, timings());
    limited.assets_per_connection = 4;
    let client = start(limited, 64);
    let pairs = (0..5_u32).map(|at| Pair {
        market: MarketId(at),
        condition: String::new(),
        yes: (2 * at + 1).to_string(),
        no: (2 * at + 2).to_string(),
        tick: TickSize::CENT,
    });
    assert!(client.handle.change(Change::Subscribe(pairs.collect())));
    let mut seen = Vec::new();
    let mut peers = Vec::new();
    for _ in 0..3 {
        let mut peer = server.accept().await;
        let (_, ids) = assets(&peer.text().await);
        assert!(ids.len() <= 4);
        seen.extend(ids);
        peers.push(peer);
    }
    for peer in &mut peers {
        if seen.len() < 10 {
            seen.extend(assets(&peer.text().await).1);
        }
    }
    seen.sort_by_key(|id| id.parse::<u32>().unwrap());
    let expected: Vec<String> = (1..=10).map(|id: u32| id.to_string()).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_reader_that_is_too_slow_gets_a_gap_rather_than_holes() {
    let server = Server::start().await;
    let mut client = start(settings(&server, timings()), 1);
    client.subscribe();
    let mut peer = server.accept().await;
    peer.text().await;
    peer.send(&book(1_795_305_600_000)).await;
    for at in 1..20_u64 {
        let frame = change(
            YES,
            1_795_305_600_000 + at,
            "0.4",
            &at.to_string(),
            "BUY",
            ("0.5", "0.53"),
        );
        peer.send(&frame).await;
    }
    // Nothing is taken until the connection has been given up.
    while let Some(Ok(_)) = futures_util::StreamExt::next(&mut peer.0).await {}
    let (loss, events) = client.loss().await;
    assert_eq!(loss, Loss::Backlog);
    assert_eq!(events.last(), Some(&MarketEvent::Gap));
    assert_eq!(assets(&server.accept().await.text().await).0, "market");
}

#[tokio::test]
async fn a_storm_of_refusals_is_met_with_growing_random_waits() {
    let server = Server::start().await;
    let mut client = start(settings(&server, timings()), 64);
    client.subscribe();
    for _ in 0..8 {
        let peer = server.accept().await;
        drop(peer);
        client.loss().await;
    }
    // The waits themselves, without waiting.
    let limits = Timings::default();
    for attempt in 0..40 {
        let ceiling = Duration::from_millis(500)
            .saturating_mul(2_u32.saturating_pow(attempt.min(20)))
            .min(Duration::from_secs(30));
        let waits: Vec<Duration> = (0..50).map(|_| limits.backoff(attempt)).collect();
        assert!(
            waits.iter().all(|wait| *wait <= ceiling),
            "attempt {attempt}"
        );
        assert!(
            waits.iter().any(|wait| *wait < ceiling / 2)
                && waits.iter().any(|wait| *wait > ceiling / 2)
        );
    }
}

#[test]
fn sockets_lead_to_the_venue_or_to_this_machine() {
    for good in [
        "wss://ws-subscriptions-clob.polymarket.com/ws/market",
        "ws://127.0.0.1:9/ws",
        "wss://polymarket.com/ws",
    ] {
        assert!(Endpoint::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "ws://ws-subscriptions-clob.polymarket.com/ws/market",
        "wss://evilpolymarket.com/ws",
        "wss://polymarket.com.evil.example/ws",
        "wss://user:secret@polymarket.com/ws",
        "wss://polymarket.com:8443/ws",
        "wss://evil.example\\@polymarket.com/ws",
        "https://polymarket.com",
        "market",
    ] {
        let error = Endpoint::parse(bad).unwrap_err().to_string();
        assert!(error.contains("wss://HOST/PATH"), "{error}");
    }
}
