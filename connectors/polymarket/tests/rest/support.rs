//! A venue on this machine that answers as each test says and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use quorate_polymarket::key::Key;
use quorate_polymarket::rest::{Account, Bounds, Client, ClientOptions, Hosts, WallClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Time of every test, unix seconds.
pub(crate) const NOW_S: u64 = 1_795_305_600;
pub(crate) const ID: &str = "0x3549200b6d0c6028c943bc4d570170c49f748de29b04e6c648473e93212760a4";
pub(crate) const API_KEY: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const SECRET: &str = "z-zuY-1OJlJClWseNzCfc4r582e-ApWXwxe8crV_s1o=";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: String,
    pub(crate) headers: HeaderMap,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> String {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    }

    pub(crate) fn line(&self) -> String {
        match self.query.as_str() {
            "" => format!("{} {}", self.method, self.path),
            query => format!("{} {}?{query}", self.method, self.path),
        }
    }
}

/// An answer: status, headers, body.
#[derive(Clone, Debug)]
pub(crate) struct Say {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

pub(crate) fn say(status: u16, body: impl Into<Vec<u8>>) -> Say {
    Say {
        status,
        headers: Vec::new(),
        body: body.into(),
    }
}

impl Say {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Say>,
    asked: Vec<Asked>,
}

/// A scripted venue. Without an answer left it answers 599.
#[derive(Clone)]
pub(crate) struct Venue {
    script: Arc<Mutex<Script>>,
    pub(crate) url: String,
}

impl Venue {
    pub(crate) async fn start(answers: impl IntoIterator<Item = Say>) -> Self {
        let script = Arc::new(Mutex::new(Script {
            answers: answers.into_iter().collect(),
            asked: Vec::new(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { script, url }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.lock().unwrap().asked.clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().iter().map(Asked::line).collect()
    }

    pub(crate) fn client(&self) -> Client {
        client(&self.url)
    }
}

async fn answer(
    State(script): State<Arc<Mutex<Script>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let mut script = script.lock().unwrap();
    script.asked.push(Asked {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
        headers,
    });
    let say = script
        .answers
        .pop_front()
        .unwrap_or_else(|| say(599, "the script is over"));
    let mut response = Response::builder().status(say.status);
    for (name, value) in say.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(say.body)).unwrap()
}

/// A client of the first account of the test mnemonic, logged in, with short bounds.
pub(crate) fn client(url: &str) -> Client {
    let client = logged_out(url);
    client.set_credentials(credentials(SECRET));
    client
}

pub(crate) fn credentials(secret: &str) -> quorate_polymarket::auth::Credentials {
    quorate_polymarket::auth::Credentials {
        api_key: API_KEY.to_owned(),
        secret: secret.to_owned().into(),
        passphrase: "64-hex-characters".to_owned().into(),
    }
}

pub(crate) fn logged_out(url: &str) -> Client {
    with_clock(url, Arc::new(|| NOW_S * 1000 + 400))
}

/// As [`client`], with a clock of the test's own.
pub(crate) fn client_at(url: &str, wall: WallClock) -> Client {
    let client = with_clock(url, wall);
    client.set_credentials(credentials(SECRET));
    client
}

fn with_clock(url: &str, wall: WallClock) -> Client {
    Client::new(
        ClientOptions {
            hosts: Hosts::local(url).unwrap(),
            bounds: Bounds {
                connect_timeout: Duration::from_secs(2),
                timeout: Duration::from_secs(2),
                body_bytes_max: 1 << 20,
            },
            wall,
        },
        Some(Account {
            key: test_key(),
            chain_id: 137,
            nonce: 0,
            signature_type: 3,
        }),
    )
    .unwrap()
}

/// Key 0 of the public test mnemonic.
pub(crate) fn test_key() -> Key {
    let text = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    }
    Key::from_bytes(bytes).unwrap()
}

/// A server that reads a request and then writes these bytes, raw, and closes. Returns its URL.
pub(crate) async fn raw(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut seen = [0; 4096];
            let _ = socket.read(&mut seen).await;
            let _ = socket.write_all(answer).await;
            let _ = socket.shutdown().await;
        }
    });
    url
}

/// A server that reads and never answers.
pub(crate) async fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            open.push(listener.accept().await.unwrap());
        }
    });
    url
}

/// A port that nobody listens on.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
