//! A node on this machine: REST and an event stream, in the test's hands.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::Uri;
use axum::response::Response;
use axum::routing::any;
use quorate_allora::{
    Backoff, ChainClient, ChainSettings, EmissionsVersion, FRAME_BYTES_MAX, Feed, FeedSettings,
    Flavour, FromNetwork, Timings,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::support::{quick, reply};

/// Longer than anything here should take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// One connection of the feed to the node, in the test's hands. Dropping it closes the connection.
pub(crate) struct Connection {
    said: mpsc::Receiver<String>,
    say: mpsc::Sender<String>,
}

impl Connection {
    pub(crate) async fn hear(&mut self) -> Value {
        let text = timeout(PATIENCE, self.said.recv()).await.unwrap().unwrap();
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) async fn say(&self, text: impl Into<String>) {
        self.say.send(text.into()).await.unwrap();
    }

    /// Hears the subscription and confirms it.
    pub(crate) async fn confirm(&mut self) {
        let request = self.hear().await;
        self.say(json!({"jsonrpc": "2.0", "id": request["id"], "result": {}}).to_string())
            .await;
    }
}

#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) connections: mpsc::Sender<Connection>,
    /// What the newest bundle is; none: not found.
    pub(crate) latest: Arc<Mutex<Option<String>>>,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

pub(crate) struct Node {
    pub(crate) address: String,
    pub(crate) connections: mpsc::Receiver<Connection>,
    pub(crate) desk: Desk,
}

async fn talk(State(desk): State<Desk>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |mut socket: WebSocket| async move {
        let (heard, said) = mpsc::channel(100);
        let (say, mut to_say) = mpsc::channel::<String>(100);
        if desk
            .connections
            .send(Connection { said, say })
            .await
            .is_err()
        {
            return;
        }
        loop {
            tokio::select! {
                text = to_say.recv() => match text {
                    // "deaf" makes the node stop reading, and so stop answering pings.
                    Some(text) if text == "deaf" => std::future::pending().await,
                    Some(text) => {
                        if socket.send(Message::Text(text.into())).await.is_err() {
                            return;
                        }
                    }
                    None => return,
                },
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => {
                        let _ = heard.send(text.to_string()).await;
                    }
                    Some(Ok(_)) => {}
                    _ => return,
                },
            }
        }
    })
}

async fn rest(State(desk): State<Desk>, uri: Uri) -> Response {
    let path = uri.path().to_owned();
    desk.asked.lock().unwrap().push(path.clone());
    if let Some(height) = path.strip_prefix("/cosmos/base/tendermint/v1beta1/blocks/") {
        let time = jiff::Timestamp::from_second(height.parse().unwrap()).unwrap();
        let header = json!({"height": height, "time": time.to_string()});
        return reply(200, &json!({"block": {"header": header}}).to_string());
    }
    match desk.latest.lock().unwrap().as_deref() {
        Some(body) => reply(200, body),
        None => reply(404, r#"{"code": 5, "message": "no inferences yet"}"#),
    }
}

impl Node {
    pub(crate) async fn start() -> Self {
        let (opened, connections) = mpsc::channel(10);
        let desk = Desk {
            connections: opened,
            latest: Arc::default(),
            asked: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        desk.serve(listener);
        Self {
            address,
            connections,
            desk,
        }
    }

    pub(crate) async fn connection(&mut self) -> Connection {
        timeout(PATIENCE, self.connections.recv())
            .await
            .unwrap()
            .unwrap()
    }

    pub(crate) fn set_latest(&self, body: Option<String>) {
        *self.desk.latest.lock().unwrap() = body;
    }

    pub(crate) fn polls(&self) -> usize {
        let asked = self.desk.asked.lock().unwrap();
        asked
            .iter()
            .filter(|path| path.contains("/latest_network_inferences"))
            .count()
    }

    pub(crate) fn settings(&self) -> FeedSettings {
        FeedSettings {
            websocket_url: Some(format!("ws://{}/websocket", self.address)),
            version: EmissionsVersion::V9,
            topics: BTreeMap::from([(13, Duration::from_mins(10))]),
            flavour: Flavour::Plain,
            frame_bytes_max: FRAME_BYTES_MAX,
            timings: Timings {
                connect_within: Duration::from_secs(5),
                ping_every: Duration::from_millis(100),
                pong_within: Duration::from_secs(5),
                silence_max: Duration::from_secs(10),
                reconnect: Backoff {
                    first: Duration::from_millis(10),
                    cap: Duration::from_millis(50),
                    attempts_max: 1,
                },
                poll_every: Duration::from_mins(10),
                poll_every_down: Duration::from_mins(10),
                duplicates_within: Duration::from_mins(1),
                block_time_within: Duration::from_secs(5),
            },
        }
    }

    pub(crate) fn feed(&self, settings: FeedSettings) -> mpsc::Receiver<FromNetwork> {
        self.feed_into(settings, 100)
    }

    pub(crate) fn feed_into(
        &self,
        settings: FeedSettings,
        capacity: usize,
    ) -> mpsc::Receiver<FromNetwork> {
        let chain = ChainClient::new(&ChainSettings {
            rest_url: format!("http://{}", self.address),
            version: settings.version,
            http: quick(),
        })
        .unwrap();
        let (out, news) = mpsc::channel(capacity);
        tokio::spawn(Feed::new(settings, chain).unwrap().run(out));
        news
    }
}

impl Desk {
    /// Answers whoever connects, from now on.
    pub(crate) fn serve(&self, listener: TcpListener) {
        let app = Router::new()
            .route("/websocket", any(talk))
            .fallback(rest)
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    }
}
