//! Streams against servers that follow a script.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use quorate_prices::polybolt::{ApiKey, Channel, SUBSCRIPTIONS_MAX, Subscription};
use quorate_prices::rtds::Topic;
use quorate_prices::{Endpoint, Final, Loss, PriceStream, Report, Source, Timings, binance};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

struct Server(TcpListener);

impl Server {
    async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    async fn accept(&self) -> Peer {
        let accepted = tokio::time::timeout(Duration::from_secs(10), self.0.accept());
        let (stream, _) = accepted.await.unwrap().unwrap();
        Peer(tokio_tungstenite::accept_async(stream).await.unwrap())
    }

    fn start_stream(&self, source: Source, limits: impl Fn(&mut Timings)) -> Client {
        let mut timings = Timings {
            backoff_min: Duration::from_millis(1),
            drain_max: Duration::from_millis(20),
            ..Timings::of(&source)
        };
        limits(&mut timings);
        let (sender, reports) = mpsc::channel(16);
        let endpoint = Endpoint::parse(&format!("ws://{}", self.0.local_addr().unwrap())).unwrap();
        let stream = PriceStream {
            endpoint,
            source,
            timings,
            reports: sender,
        };
        Client {
            reports,
            end: tokio::spawn(stream.run()),
        }
    }
}

struct Client {
    reports: mpsc::Receiver<Report>,
    end: JoinHandle<Final>,
}

impl Client {
    async fn next(&mut self) -> Report {
        let next = tokio::time::timeout(Duration::from_secs(10), self.reports.recv());
        next.await.unwrap().unwrap()
    }

    async fn end(self) -> Final {
        tokio::time::timeout(Duration::from_secs(10), self.end)
            .await
            .unwrap()
            .unwrap()
    }
}

struct Peer(WebSocketStream<TcpStream>);

impl Peer {
    async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text.to_owned())).await.unwrap();
    }

    async fn close(&mut self, code: u16) {
        let frame = CloseFrame {
            code: code.into(),
            reason: "why".into(),
        };
        self.0.send(Message::Close(Some(frame))).await.unwrap();
    }

    async fn text(&mut self) -> String {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(10), self.0.next());
            if let Message::Text(text) = next.await.unwrap().unwrap().unwrap() {
                return text.to_string();
            }
        }
    }

    /// Goes through log-in and two subscriptions.
    async fn welcome(&mut self) {
        assert!(self.text().await.contains(r#""op":"auth""#));
        self.send(r#"{"op":"authed","rid":"1"}"#).await;
        assert!(self.text().await.contains(r#""op":"subscribe""#));
        self.send(r#"{"op":"subscribed","rid":"2","channel":"price.crypto"}"#)
            .await;
        self.send(r#"{"op":"error","rid":"2","code":"bad_filter","channel":"price.equity"}"#)
            .await;
    }
}

fn polybolt() -> Source {
    Source::PolyBolt {
        key: ApiKey {
            api_key: "key".to_owned(),
            secret: "s".to_owned().into(),
            passphrase: "p".to_owned().into(),
        },
        subscriptions: vec![
            Subscription::new(Channel::Crypto, "btcusd"),
            Subscription::new(Channel::Equity, "none"),
        ],
    }
}

fn update(seq: u64) -> String {
    format!(
        r#"{{"v":1,"channel":"price.crypto","seq":{seq},"ts":1,"payload":{{"symbol":"btcusd","source":"chainlink","timestamp":1795305600000,"value":1,"full_accuracy_value":"91235.1"}}}}"#
    )
}

#[tokio::test]
async fn the_venues_stream_logs_in_subscribes_counts_and_comes_back() {
    let server = Server::start().await;
    let mut client = server.start_stream(polybolt(), |_| {});
    for round in 0..2 {
        let mut peer = server.accept().await;
        peer.welcome().await;
        let refused = Report::Refused {
            channel: "price.equity".to_owned(),
            code: "bad_filter".to_owned(),
        };
        assert_eq!(client.next().await, refused, "round {round}");
        assert_eq!(client.next().await, Report::Connected);
        peer.send(&update(0)).await;
        assert!(matches!(client.next().await, Report::Prices(_)));
        peer.send(&update(3)).await;
        let missed = Report::Missed {
            channel: "price.crypto".to_owned(),
            frames: 2,
        };
        assert_eq!(client.next().await, missed);
        assert!(matches!(client.next().await, Report::Prices(_)));
        peer.send("garbage").await;
        assert!(matches!(client.next().await, Report::Unreadable(_)));
        peer.close(if round == 0 { 4002 } else { 4003 }).await;
        let Report::Lost(loss) = client.next().await else {
            panic!("not lost");
        };
        let expected = match round {
            0 => Loss::Closed {
                code: 4002,
                reason: "why".to_owned(),
            },
            _ => Loss::Drain,
        };
        assert_eq!(loss, expected);
    }
}

#[tokio::test]
async fn a_refused_key_and_a_broken_rule_end_the_stream() {
    for (answer, expected) in [
        (
            Ok("auth_invalid"),
            Final::KeyRefused("auth_invalid".to_owned()),
        ),
        (Err(4001), Final::KeyRefused("why".to_owned())),
        (Err(4008), Final::Policy("why".to_owned())),
    ] {
        let server = Server::start().await;
        let client = server.start_stream(polybolt(), |_| {});
        let mut peer = server.accept().await;
        peer.text().await;
        match answer {
            Ok(code) => {
                peer.send(&format!(r#"{{"op":"error","rid":"1","code":"{code}"}}"#))
                    .await;
            }
            Err(code) => peer.close(code).await,
        }
        assert_eq!(client.end().await, expected);
    }
}

#[tokio::test]
async fn a_log_in_that_is_refused_for_now_is_tried_again() {
    let server = Server::start().await;
    let mut client = server.start_stream(polybolt(), |_| {});
    let mut peer = server.accept().await;
    peer.text().await;
    peer.send(r#"{"op":"error","rid":"1","code":"auth_unavailable"}"#)
        .await;
    let lost = Loss::RefusedForNow("auth_unavailable".to_owned());
    assert_eq!(client.next().await, Report::Lost(lost));
    server.accept().await.welcome().await;
}

#[tokio::test]
async fn answers_that_never_come_are_noticed() {
    let server = Server::start().await;
    let mut client = server.start_stream(polybolt(), |limits| {
        limits.answer_within = Duration::from_millis(200);
    });
    let mut peer = server.accept().await;
    peer.text().await;
    assert_eq!(client.next().await, Report::Lost(Loss::Late("the log-in")));
    let mut peer = server.accept().await;
    peer.text().await;
    peer.send(r#"{"op":"authed","rid":"1"}"#).await;
    assert_eq!(
        client.next().await,
        Report::Lost(Loss::Late("the subscriptions"))
    );
}

#[tokio::test]
async fn too_many_subscriptions_are_refused_before_anything_is_sent() {
    let server = Server::start().await;
    let Source::PolyBolt { key, subscriptions } = polybolt() else {
        unreachable!();
    };
    let subscriptions = vec![subscriptions[0].clone(); SUBSCRIPTIONS_MAX + 1];
    let client = server.start_stream(Source::PolyBolt { key, subscriptions }, |_| {});
    assert_eq!(client.end().await, Final::TooMany(65));
}

#[tokio::test]
async fn keys_are_not_sent_to_an_exchange() {
    let source = polybolt();
    let (reports, _kept) = mpsc::channel(1);
    let stream = PriceStream {
        endpoint: Endpoint::parse("wss://stream.binance.com:9443").unwrap(),
        timings: Timings {
            // Without the check the connection would be tried, and this test would wait for its failure.
            answer_within: Duration::from_millis(1),
            ..Timings::of(&source)
        },
        source,
        reports,
    };
    let end = tokio::time::timeout(Duration::from_secs(2), stream.run()).await;
    assert!(matches!(end, Ok(Final::NoPlaceForKeys(_))), "{end:?}");
}

#[tokio::test]
async fn the_legacy_stream_filters_here_and_notices_that_prices_have_stopped() {
    let server = Server::start().await;
    let source = Source::Rtds {
        wanted: vec![(Topic::Oracle, "btc/usd".to_owned())],
    };
    let mut client = server.start_stream(source, |limits| {
        limits.prices_within = Duration::from_millis(300);
        limits.ping_every = Duration::from_millis(20);
    });
    let mut peer = server.accept().await;
    assert!(peer.text().await.contains("crypto_prices_chainlink"));
    assert_eq!(client.next().await, Report::Connected);
    for (topic, symbol) in [
        ("crypto_prices_chainlink", "eth/usd"),
        ("crypto_prices", "btc/usd"),
        ("crypto_prices_chainlink", "btc/usd"),
    ] {
        peer.send(&format!(
            r#"{{"topic":"{topic}","type":"update","timestamp":1,"payload":{{"symbol":"{symbol}","timestamp":1795305600000,"value":91235.1}}}}"#
        ))
        .await;
    }
    let Report::Prices(prices) = client.next().await else {
        panic!("no prices");
    };
    assert_eq!((prices.len(), prices[0].symbol.as_str()), (1, "btc/usd"));
    // Pings are answered; that is no price.
    let answering = tokio::spawn(async move {
        while peer.text().await == "PING" {
            if peer.0.send(Message::text("PONG")).await.is_err() {
                return;
            }
        }
    });
    assert_eq!(client.next().await, Report::Lost(Loss::NoPrices));
    answering.abort();
}

#[tokio::test]
async fn the_exchange_is_followed_until_it_announces_its_end() {
    let server = Server::start().await;
    let source = Source::Binance {
        wanted: vec![binance::Wanted {
            symbol: "BTCUSDT".to_owned(),
            kind: binance::Kind::Trade,
        }],
    };
    let mut client = server.start_stream(source, |_| {});
    let mut peer = server.accept().await;
    assert_eq!(client.next().await, Report::Connected);
    peer.send(r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":5,"s":"BTCUSDT","p":"91235.10","T":1795305600123}}"#).await;
    assert!(matches!(client.next().await, Report::Prices(_)));
    peer.send(r#"{"stream":"x","data":{"e":"serverShutdown","E":5}}"#)
        .await;
    assert_eq!(client.next().await, Report::Lost(Loss::Drain));
    let Client { reports, end } = client;
    drop(reports);
    let ended = tokio::time::timeout(Duration::from_secs(10), end)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ended, Final::Unwanted);
}
