//! What the tests share: one market, frames about it, and a server that follows a script.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use quorate_domain::{Level, MarketId, Price, Shares, TickSize, Timestamp};
use quorate_polymarket::ws::{Anomaly, AnomalyKind, Endpoint, Normalizer, Output, Pair, Timings};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

pub(crate) const YES: &str = "111";
pub(crate) const NO: &str = "222";
pub(crate) const MARKET: MarketId = MarketId(7);

pub(crate) fn pair() -> Pair {
    Pair {
        market: MARKET,
        condition: "0xabc".to_owned(),
        yes: YES.to_owned(),
        no: NO.to_owned(),
        tick: TickSize::CENT,
    }
}

pub(crate) fn normalizer() -> Normalizer {
    let mut normalizer = Normalizer::default();
    normalizer.add(pair()).unwrap();
    normalizer
}

pub(crate) fn level(price: &str, shares: &str) -> Level {
    Level {
        price: Price::parse(price).unwrap(),
        shares: Shares::parse(shares).unwrap(),
    }
}

pub(crate) fn read(normalizer: &mut Normalizer, frame: &str) -> Output {
    let mut out = Output::default();
    normalizer.read(frame.as_bytes(), &mut out).unwrap();
    out
}

pub(crate) fn kinds(out: &Output) -> Vec<AnomalyKind> {
    out.anomalies
        .iter()
        .map(|Anomaly { kind, .. }| *kind)
        .collect()
}

/// A snapshot of the YES book at 0.50 / 0.53.
pub(crate) fn book(at_ms: u64) -> String {
    format!(
        r#"{{"event_type":"book","market":"0xabc","asset_id":"{YES}","timestamp":"{at_ms}","hash":"h{at_ms}",
        "bids":[{{"price":"0.49","size":"10"}},{{"price":"0.5","size":"20"}}],
        "asks":[{{"price":"0.55","size":"7"}},{{"price":"0.53","size":"5"}}]}}"#
    )
}

/// One change of one asset with the best prices that should follow.
pub(crate) fn change(
    asset: &str,
    at_ms: u64,
    price: &str,
    size: &str,
    side: &str,
    best: (&str, &str),
) -> String {
    let (bid, ask) = best;
    format!(
        r#"{{"event_type":"price_change","market":"0xabc","timestamp":"{at_ms}","price_changes":[{{"asset_id":"{asset}",
        "price":"{price}","size":"{size}","side":"{side}","hash":"c{at_ms}","best_bid":"{bid}","best_ask":"{ask}"}}]}}"#
    )
}

pub(crate) fn clock() -> Timestamp {
    Timestamp::from_secs(1_800_000_000)
}

/// Limits short enough for a test.
pub(crate) fn timings() -> Timings {
    Timings {
        connect_within: Duration::from_secs(5),
        ping_every: Duration::from_millis(50),
        pong_within: Duration::from_secs(5),
        silence_max: Duration::from_secs(5),
        lifetime: Duration::from_secs(60),
        backoff_min: Duration::from_millis(1),
        backoff_max: Duration::from_millis(20),
        settled_after: Duration::from_secs(60),
        backlog_max: Duration::from_millis(200),
        snapshot_within: Duration::from_secs(5),
    }
}

pub(crate) struct Server {
    listener: TcpListener,
    pub(crate) endpoint: Endpoint,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let endpoint = Endpoint::parse(&format!("ws://{address}/ws/market")).unwrap();
        Self { listener, endpoint }
    }

    pub(crate) async fn accept(&self) -> Peer {
        let accepted = tokio::time::timeout(Duration::from_secs(10), self.listener.accept());
        let (stream, _) = accepted.await.unwrap().unwrap();
        Peer(tokio_tungstenite::accept_async(stream).await.unwrap())
    }

    /// Takes a connection and never answers, not even the handshake.
    pub(crate) async fn accept_mute(&self) -> TcpStream {
        self.listener.accept().await.unwrap().0
    }
}

pub(crate) struct Peer(pub(crate) WebSocketStream<TcpStream>);

impl Peer {
    pub(crate) async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text.to_owned())).await.unwrap();
    }

    pub(crate) async fn send_message(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    /// The next text that is not a ping.
    pub(crate) async fn text(&mut self) -> String {
        loop {
            let text = self.any_text().await;
            if text != "PING" {
                return text;
            }
        }
    }

    pub(crate) async fn any_text(&mut self) -> String {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(10), self.0.next());
            if let Message::Text(text) = next.await.unwrap().unwrap().unwrap() {
                return text.to_string();
            }
        }
    }

    /// Answers pings until the connection ends.
    pub(crate) async fn pong_for_ever(mut self) {
        while let Some(Ok(message)) = self.0.next().await {
            if message == Message::text("PING") && self.0.send(Message::text("PONG")).await.is_err()
            {
                return;
            }
        }
    }
}
