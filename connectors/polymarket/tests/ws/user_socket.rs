//! The user channel over real sockets.

use std::time::Duration;

use quorate_polymarket::auth::Credentials;
use quorate_polymarket::ws::user_frame::UserNews;
use quorate_polymarket::ws::{Loss, Timings, UserReport, UserStream};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Server, clock, timings};

fn start(server: &Server, timings: Timings) -> mpsc::Receiver<UserReport> {
    let (reports, receiver) = mpsc::channel(16);
    let stream = UserStream {
        endpoint: server.endpoint.clone(),
        timings,
        frame_bytes_max: 1 << 20,
        log_in: std::sync::Arc::new(Credentials {
            api_key: "key".to_owned(),
            secret: "secret".to_owned().into(),
            passphrase: "pass".to_owned().into(),
        }),
        markets: Vec::new(),
        clock,
        reports,
    };
    tokio::spawn(stream.run());
    receiver
}

async fn next(reports: &mut mpsc::Receiver<UserReport>) -> UserReport {
    let next = tokio::time::timeout(Duration::from_secs(10), reports.recv());
    next.await.unwrap().unwrap()
}

#[tokio::test]
async fn every_connection_logs_in_and_asks_for_a_sweep() {
    let server = Server::start().await;
    let mut reports = start(&server, timings());
    for times in 0..3 {
        let mut peer = server.accept().await;
        let first: Value = serde_json::from_str(&peer.any_text().await).unwrap();
        assert_eq!(first["auth"]["apiKey"], "key");
        assert_eq!(next(&mut reports).await, UserReport::Reconnected { times });
        peer.send(r#"{"event_type":"order","id":"o","asset_id":"1","side":"BUY","price":"0.5","original_size":"1","size_matched":"0"}"#).await;
        let UserReport::Heard { news, .. } = next(&mut reports).await else {
            panic!("nothing heard")
        };
        assert!(matches!(&news[..], [UserNews::Order(_)]));
        peer.send_message(Message::Close(None)).await;
        assert!(matches!(
            next(&mut reports).await,
            UserReport::Lost(Loss::Closed { code: 1005, .. })
        ));
    }
}

#[tokio::test]
async fn silence_is_normal_and_missing_pongs_are_not() {
    let server = Server::start().await;
    let limits = Timings {
        silence_max: Duration::from_millis(10),
        pong_within: Duration::from_millis(300),
        ..timings()
    };
    let mut reports = start(&server, limits);
    let mut peer = server.accept().await;
    assert_eq!(
        next(&mut reports).await,
        UserReport::Reconnected { times: 0 }
    );
    peer.text().await;
    assert_eq!(next(&mut reports).await, UserReport::Lost(Loss::NoPong));
}

#[tokio::test]
async fn garbage_ends_the_connection_rather_than_being_passed_over() {
    let server = Server::start().await;
    let mut reports = start(&server, timings());
    let mut peer = server.accept().await;
    assert_eq!(
        next(&mut reports).await,
        UserReport::Reconnected { times: 0 }
    );
    peer.send("{").await;
    assert!(matches!(
        next(&mut reports).await,
        UserReport::Lost(Loss::Unreadable(_))
    ));
    let _second = server.accept().await;
    assert_eq!(
        next(&mut reports).await,
        UserReport::Reconnected { times: 1 }
    );
}
