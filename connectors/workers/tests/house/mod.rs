//! An intake over a real socket with two workers and one open question, and a client for it.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::net::SocketAddr;
use std::sync::Arc;

use quorate_workers::intake::{Accepted, Intake, IntakeLimits, Taken, router};
use quorate_workers::{TokenDigest, WorkerKind, WorkerSpec};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use crate::common::{PATIENCE, SetClock, question, serve, worker};

pub(crate) struct House {
    pub(crate) intake: Intake,
    pub(crate) address: SocketAddr,
    pub(crate) clock: Arc<SetClock>,
}

pub(crate) fn pusher(id: u32, name: &str) -> WorkerSpec {
    let token = format!("token of {name}");
    worker(id, name, WorkerKind::Push(TokenDigest::of(&token)))
}

/// An intake with the workers `a` and `b`, one open question, and what arrives.
pub(crate) async fn house(limits: IntakeLimits, room: usize) -> (House, mpsc::Receiver<Taken>) {
    let clock = SetClock::new();
    let (sender, receiver) = mpsc::channel(room);
    let specs = [pusher(1, "a"), pusher(2, "b")];
    let intake = Intake::new(&specs, clock.clone(), sender, limits).unwrap();
    intake.open(question());
    let address = serve(router(intake.clone())).await;
    (
        House {
            intake,
            address,
            clock,
        },
        receiver,
    )
}

/// An intake whose owner takes everything and numbers it.
pub(crate) async fn open_house() -> House {
    open_house_with(IntakeLimits::default()).await
}

/// As [`open_house`] with these bounds.
pub(crate) async fn open_house_with(limits: IntakeLimits) -> House {
    let (house, mut receiver) = house(limits, 64).await;
    tokio::spawn(async move {
        let mut seq = 0;
        while let Some(taken) = receiver.recv().await {
            seq += 1;
            let accepted = Accepted {
                seq,
                at: taken.heard.received_at,
            };
            let _ = taken.answer.send(Ok(accepted));
        }
    });
    house
}

pub(crate) fn body(value: f64) -> Value {
    json!({"topic": 7, "epoch": 3, "label": 1, "value": value})
}

impl House {
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<String>,
    ) -> (u16, Value) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = client
            .request(method, format!("http://{}{path}", self.address))
            .bearer_auth(token);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.send("GET", path, "token of a", None).await
    }

    pub(crate) async fn push(&self, body: &Value) -> (u16, Value) {
        self.send(
            "POST",
            "/v1/inferences",
            "token of a",
            Some(body.to_string()),
        )
        .await
    }

    /// The status and code of a refusal, which always has a message and a hint.
    pub(crate) async fn refusal(&self, body: &str) -> (u16, String) {
        let (status, answer) = self
            .send(
                "POST",
                "/v1/inferences",
                "token of a",
                Some(body.to_owned()),
            )
            .await;
        code_of(status, &answer)
    }

    /// What comes back for these bytes.
    pub(crate) async fn raw(&self, request: &str) -> String {
        let mut stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .unwrap()
            .unwrap();
        String::from_utf8(answer).unwrap()
    }
}

pub(crate) fn code_of(status: u16, answer: &Value) -> (u16, String) {
    let error = &answer["error"];
    assert!(!error["message"].as_str().unwrap().is_empty(), "{answer}");
    assert!(!error["hint"].as_str().unwrap().is_empty(), "{answer}");
    (status, error["code"].as_str().unwrap().to_owned())
}
