//! The intake over real sockets: receipts, revisions, windows, tokens, hosts, bounds and what the owner answers.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use common::{NOW, PATIENCE, SetClock, question, serve, worker};
use quorate_domain::{Timestamp, TopicId};
use quorate_workers::intake::{Accepted, Intake, IntakeLimits, Refused, Taken, router};
use quorate_workers::{FaultKind, TokenDigest, WorkerKind, WorkerSpec};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

struct House {
    intake: Intake,
    address: SocketAddr,
    clock: Arc<SetClock>,
}

fn pusher(id: u32, name: &str) -> WorkerSpec {
    let token = format!("token of {name}");
    worker(id, name, WorkerKind::Push(TokenDigest::of(&token)))
}

/// An intake with the workers `a` and `b`, one open question, and what arrives.
async fn house(limits: IntakeLimits, room: usize) -> (House, mpsc::Receiver<Taken>) {
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
async fn open_house() -> House {
    let (house, mut receiver) = house(IntakeLimits::default(), 64).await;
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

fn body(value: f64) -> Value {
    json!({"topic": 7, "epoch": 3, "label": 1, "value": value})
}

impl House {
    async fn send(
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

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send("GET", path, "token of a", None).await
    }

    async fn push(&self, body: &Value) -> (u16, Value) {
        self.send(
            "POST",
            "/v1/inferences",
            "token of a",
            Some(body.to_string()),
        )
        .await
    }

    /// The status and code of a refusal, which always has a message and a hint.
    async fn refusal(&self, body: &str) -> (u16, String) {
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
    async fn raw(&self, request: &str) -> String {
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

fn code_of(status: u16, answer: &Value) -> (u16, String) {
    let error = &answer["error"];
    assert!(!error["message"].as_str().unwrap().is_empty(), "{answer}");
    assert!(!error["hint"].as_str().unwrap().is_empty(), "{answer}");
    (status, error["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_question_is_found_answered_and_the_receipt_kept() {
    let house = open_house().await;
    let (status, open) = house.get("/v1/questions").await;
    assert_eq!((status, open.as_array().unwrap().len()), (200, 1));
    assert_eq!(open[0]["market_price"], 0.42);
    let (_, one) = house.get("/v1/questions/election/3/CA%2Fyes").await;
    assert_eq!(
        (one["topic"].as_u64(), one["state"].as_str()),
        (Some(7), Some("open"))
    );
    let (status, receipt) = house.push(&body(0.57)).await;
    assert_eq!(status, 201);
    assert_eq!(
        (receipt["status"].as_str(), receipt["value"].as_f64()),
        (Some("standing"), Some(0.57))
    );
    let path = format!("/v1/inferences/{}", receipt["hash"].as_str().unwrap());
    assert_eq!(house.get(&path).await, (200, receipt));
    // A receipt is its worker's own.
    let (status, answer) = house.send("GET", &path, "token of b", None).await;
    assert_eq!(
        code_of(status, &answer),
        (404, "unknown_inference".to_owned())
    );
    let (_, me) = house.get("/v1/me").await;
    assert_eq!(
        (me["worker"].as_str(), me["counters"]["heard"].as_u64()),
        (Some("a"), Some(1))
    );
}

#[tokio::test]
async fn names_serve_as_well_as_numbers() {
    let house = open_house().await;
    let named = json!({"topic": "election", "epoch": 3, "label": "CA/yes", "value": 0.57});
    let (_, first) = house.push(&named).await;
    let (status, same) = house.push(&body(0.57)).await;
    assert_eq!((status, first), (200, same));
}

#[tokio::test]
async fn the_same_body_gives_the_same_receipt_and_a_revision_names_what_it_replaces() {
    let house = open_house().await;
    let (_, first) = house.push(&body(0.5)).await;
    house.clock.advance(Duration::from_secs(5));
    assert_eq!(house.push(&body(0.5)).await, (200, first.clone()));
    let (status, second) = house.push(&body(0.6)).await;
    assert_eq!((status, &second["replaces"]), (201, &first["hash"]));
    house.clock.advance(Duration::from_secs(5));
    // A repeated old body, as from a retry that was overtaken, does not bring the old value back.
    let (status, old) = house.push(&body(0.5)).await;
    assert_eq!(status, 200);
    assert_eq!(
        (old["status"].as_str(), &old["replaced_by"]),
        (Some("replaced"), &second["hash"])
    );
    // With a nonce the old value is a new revision.
    let mut again = body(0.5);
    again["nonce"] = json!("2");
    let (status, third) = house.push(&again).await;
    assert_eq!((status, &third["replaces"]), (201, &second["hash"]));
    let counters = house.intake.counters().into_values().next().unwrap();
    assert_eq!(
        (counters.heard, counters.count(FaultKind::Duplicate)),
        (3, 2)
    );
}

#[tokio::test]
async fn after_the_window_nothing_changes() {
    let house = open_house().await;
    let (_, first) = house.push(&body(0.5)).await;
    house.clock.set(NOW + 1800);
    assert_eq!(
        house.refusal(&body(0.6).to_string()).await,
        (409, "window_closed".to_owned())
    );
    assert_eq!(house.get("/v1/questions").await, (200, json!([])));
    assert_eq!(house.push(&body(0.5)).await, (200, first.clone()));
    let path = format!("/v1/inferences/{}", first["hash"].as_str().unwrap());
    assert_eq!(house.get(&path).await.1["status"], "standing");
    // Closed by hand it stays closed, whatever the clock or a later update says.
    house.clock.set(NOW + 1801);
    house.intake.close(question().key());
    let mut longer = question();
    longer.closes_at = Timestamp::from_secs(NOW + 9000);
    house.intake.open(longer);
    assert_eq!(
        house.refusal(&body(0.6).to_string()).await,
        (409, "window_closed".to_owned())
    );
    let counters = house.intake.counters().into_values().next().unwrap();
    assert_eq!(counters.count(FaultKind::Late), 2);
}

#[tokio::test]
async fn before_the_window_nothing_is_taken() {
    let house = open_house().await;
    let mut later = question();
    later.epoch.0 = 4;
    later.opens_at = Timestamp::from_secs(NOW + 60);
    house.intake.open(later);
    let text = json!({"topic": 7, "epoch": 4, "label": 1, "value": 0.5}).to_string();
    assert_eq!(
        house.refusal(&text).await,
        (409, "window_not_open".to_owned())
    );
}

#[tokio::test]
async fn every_bad_body_has_its_status_and_code() {
    let house = open_house().await;
    let with = |change: &str| format!("{{\"topic\": 7, \"epoch\": 3, \"label\": 1, {change}}}");
    for (text, status, code) in [
        (String::new(), 400, "malformed_body"),
        ("[]".to_owned(), 400, "malformed_body"),
        (with("\"value\": "), 400, "malformed_body"),
        (with("\"value\": \"0.5\""), 400, "malformed_body"),
        (
            with("\"value\": 0.5, \"publishedAt\": 1"),
            400,
            "malformed_body",
        ),
        (
            with("\"value\": 0.5, \"published_at\": 20270101"),
            400,
            "malformed_body",
        ),
        (
            "{\"epoch\": 3, \"value\": 0.5}".to_owned(),
            400,
            "malformed_body",
        ),
        (
            "{\"topic\": 7, \"epoch\": -3, \"value\": 0.5}".to_owned(),
            400,
            "malformed_body",
        ),
        (with("\"value\": NaN"), 422, "not_finite"),
        (with("\"value\": 1e999"), 422, "not_finite"),
        (with("\"value\": \"inf\""), 422, "not_finite"),
        (with("\"value\": -0.5"), 422, "out_of_range"),
        (with("\"value\": 57"), 422, "wrong_unit"),
        (
            with("\"value\": 0.5, \"published_at\": 1700000000"),
            422,
            "stale",
        ),
        (
            with("\"value\": 0.5, \"published_at\": 1800000060"),
            422,
            "from_the_future",
        ),
        (
            "{\"topic\": 8, \"epoch\": 3, \"value\": 0.5}".to_owned(),
            404,
            "unknown_question",
        ),
        (
            "{\"topic\": 7, \"epoch\": 3, \"value\": 0.5}".to_owned(),
            404,
            "unknown_question",
        ),
        (
            with(&format!(
                "\"nonce\": \"{}\", \"value\": 0.5",
                "x".repeat(20_000)
            )),
            413,
            "too_large",
        ),
    ] {
        assert_eq!(
            house.refusal(&text).await,
            (status, code.to_owned()),
            "{text}"
        );
    }
    assert_eq!(
        house.intake.counters().into_values().next().unwrap().heard,
        0
    );
}

#[tokio::test]
async fn an_older_value_does_not_overtake_a_newer_one() {
    let house = open_house().await;
    let at = |value: f64, age: u64| {
        let mut body = body(value);
        body["published_at"] = json!(NOW - age);
        body
    };
    assert_eq!(house.push(&at(0.5, 10)).await.0, 201);
    assert_eq!(
        house.refusal(&at(0.4, 20).to_string()).await,
        (422, "stale".to_owned())
    );
    assert_eq!(house.push(&at(0.6, 5)).await.0, 201);
}

#[tokio::test]
async fn wrong_tokens_hosts_origins_methods_and_types_are_refused() {
    let house = open_house().await;
    for token in ["", "token of", "token of a ", "Token of a", "x"] {
        let (status, answer) = house.send("GET", "/v1/questions", token, None).await;
        let expected = if token.trim() == "token of a" {
            200
        } else {
            401
        };
        assert_eq!(status, expected, "`{token}` {answer}");
    }
    let get = |host: &str, more: &str| {
        format!(
            "GET /v1/me HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer token of a\r\nconnection: close\r\n{more}\r\n"
        )
    };
    for host in ["127.0.0.1:8081", "localhost", "[::1]:8081", "LOCALHOST:1"] {
        assert!(
            house.raw(&get(host, "")).await.starts_with("HTTP/1.1 200"),
            "{host}"
        );
    }
    for host in [
        "evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1:8081",
        "localhost:x",
        "",
        "[::1",
    ] {
        let answer = house.raw(&get(host, "")).await;
        assert!(
            answer.starts_with("HTTP/1.1 403") && answer.contains("host_not_allowed"),
            "{host}: {answer}"
        );
    }
    assert!(
        house
            .raw(&get("localhost", "origin: http://evil.example\r\n"))
            .await
            .starts_with("HTTP/1.1 403")
    );
    assert!(
        house
            .raw(&get("localhost", "origin: http://localhost:8081\r\n"))
            .await
            .starts_with("HTTP/1.1 200")
    );
    let untyped = "POST /v1/inferences HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer token of a\r\n\
                   content-type: text/plain\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    assert!(house.raw(untyped).await.starts_with("HTTP/1.1 415"));
    let (status, answer) = house
        .send("DELETE", "/v1/inferences", "token of a", None)
        .await;
    assert_eq!(
        code_of(status, &answer),
        (405, "method_not_allowed".to_owned())
    );
    let (status, answer) = house.get("/v2").await;
    assert_eq!(code_of(status, &answer), (404, "unknown_path".to_owned()));
    for path in [
        "/v1/questions/7/x/1",
        "/v1/questions/7/3/%FF",
        "/v1/inferences/zz",
    ] {
        assert_eq!(house.get(path).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_worker_pushes_about_its_own_topics_only() {
    let (sender, _receiver) = mpsc::channel(1);
    let mut spec = pusher(1, "a");
    spec.topics.insert(TopicId(8));
    let clock = SetClock::new();
    let intake = Intake::new(&[spec], clock.clone(), sender, IntakeLimits::default()).unwrap();
    intake.open(question());
    let address = serve(router(intake.clone())).await;
    let house = House {
        intake,
        address,
        clock,
    };
    assert_eq!(house.get("/v1/questions").await, (200, json!([])));
    assert_eq!(
        house.refusal(&body(0.5).to_string()).await,
        (403, "not_permitted".to_owned())
    );
}

#[tokio::test]
async fn a_token_that_calls_too_often_waits_and_the_other_one_does_not() {
    let limits = IntakeLimits {
        requests_per_minute: 1,
        burst: 3,
        ..IntakeLimits::default()
    };
    let (house, _receiver) = house(limits, 4).await;
    for _ in 0..3 {
        assert_eq!(house.get("/v1/me").await.0, 200);
    }
    let (status, answer) = house.get("/v1/me").await;
    assert_eq!(code_of(status, &answer), (429, "rate_limited".to_owned()));
    assert_eq!(house.send("GET", "/v1/me", "token of b", None).await.0, 200);
}

#[tokio::test]
async fn a_body_that_drips_is_cut_off() {
    let limits = IntakeLimits {
        body_timeout: Duration::from_millis(200),
        ..IntakeLimits::default()
    };
    let (house, _receiver) = house(limits, 4).await;
    let begun = "POST /v1/inferences HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer token of a\r\n\
                 content-type: application/json\r\ncontent-length: 99\r\nconnection: close\r\n\r\n{";
    assert!(house.raw(begun).await.starts_with("HTTP/1.1 408"));
}

#[tokio::test]
async fn no_receipt_without_the_owners_yes() {
    let limits = IntakeLimits {
        answer_timeout: Duration::from_millis(300),
        ..IntakeLimits::default()
    };
    let (house, mut receiver) = house(limits, 1).await;
    // The owner is slow: no receipt, and the retry offers the very same inference again.
    let text = body(0.5).to_string();
    assert_eq!(house.refusal(&text).await, (503, "unavailable".to_owned()));
    house.clock.advance(Duration::from_secs(1));
    let first = receiver.recv().await.unwrap();
    let owner = tokio::spawn(async move {
        let again = receiver.recv().await.unwrap();
        let heard = again.heard.clone();
        again
            .answer
            .send(Ok(Accepted {
                seq: 9,
                at: heard.received_at,
            }))
            .unwrap();
        (receiver, heard)
    });
    let (status, receipt) = house.push(&body(0.5)).await;
    let (mut receiver, again) = owner.await.unwrap();
    assert_eq!((status, receipt["journal_seq"].as_u64()), (201, Some(9)));
    assert_eq!(first.heard, again);
    // The owner refuses.
    let owner = tokio::spawn(async move {
        for refused in [
            Refused::WindowClosed,
            Refused::Unavailable("journal full".to_owned()),
        ] {
            receiver
                .recv()
                .await
                .unwrap()
                .answer
                .send(Err(refused))
                .unwrap();
        }
    });
    assert_eq!(
        house.refusal(&body(0.6).to_string()).await,
        (409, "window_closed".to_owned())
    );
    assert_eq!(
        house.refusal(&body(0.6).to_string()).await,
        (503, "unavailable".to_owned())
    );
    // The owner is gone.
    owner.await.unwrap();
    assert_eq!(
        house.refusal(&body(0.6).to_string()).await,
        (503, "unavailable".to_owned())
    );
    let hash = receipt["hash"].as_str().unwrap();
    assert_eq!(
        house.get(&format!("/v1/inferences/{hash}")).await.1["status"],
        "standing"
    );
}

#[tokio::test]
async fn what_was_taken_before_a_restart_is_recalled() {
    let (before, mut receiver) = house(IntakeLimits::default(), 4).await;
    let owner = tokio::spawn(async move {
        let taken = receiver.recv().await.unwrap();
        let accepted = Accepted {
            seq: 5,
            at: taken.heard.received_at,
        };
        taken.answer.send(Ok(accepted)).unwrap();
        (taken.heard, accepted)
    });
    let (_, receipt) = before.push(&body(0.5)).await;
    let (heard, accepted) = owner.await.unwrap();
    let after = open_house().await;
    after.intake.recall(&heard, accepted);
    assert_eq!(after.push(&body(0.5)).await, (200, receipt));
}

#[tokio::test]
async fn jumps_to_and_fro_are_refused_until_they_settle() {
    let house = open_house().await;
    let mut statuses = Vec::new();
    for n in 0..12_u32 {
        house.clock.advance(Duration::from_secs(1));
        let mut body = body(if n % 2 == 0 { 0.1 } else { 0.9 });
        body["nonce"] = json!(n);
        statuses.push(house.push(&body).await.0);
    }
    // Four turns are allowed: six values.
    assert_eq!(statuses, [[201; 6], [422; 6]].concat());
    house.clock.advance(Duration::from_secs(700));
    assert_eq!(house.push(&body(0.5)).await.0, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_pushes_at_once_make_one_chain_without_a_gap() {
    let limits = IntakeLimits {
        burst: 1000,
        ..IntakeLimits::default()
    };
    let (house, mut receiver) = house(limits, 512).await;
    let (noted, mut notes) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut seq = 0;
        while let Some(taken) = receiver.recv().await {
            seq += 1;
            noted.send((taken.heard.hash, taken.replaces)).unwrap();
            let _ = taken.answer.send(Ok(Accepted {
                seq,
                at: taken.heard.received_at,
            }));
        }
    });
    let house = Arc::new(house);
    let mut pushes = tokio::task::JoinSet::new();
    for n in 0..300_u32 {
        let house = Arc::clone(&house);
        pushes.spawn(async move {
            // A hundred different values, each three times.
            let value = f64::from(n % 100) / 1000.0;
            house.push(&body(value)).await
        });
    }
    let mut hashes = BTreeSet::new();
    let mut created = 0;
    while let Some(answer) = pushes.join_next().await {
        let (status, receipt) = answer.unwrap();
        assert!(status == 200 || status == 201, "{status} {receipt}");
        created += usize::from(status == 201);
        hashes.insert(receipt["hash"].as_str().unwrap().to_owned());
    }
    assert_eq!((created, hashes.len()), (100, 100));
    let counters = house.intake.counters().into_values().next().unwrap();
    assert_eq!(
        (
            counters.asked,
            counters.heard,
            counters.count(FaultKind::Duplicate)
        ),
        (300, 100, 200)
    );
    let mut standing = None;
    for _ in 0..100 {
        let (hash, replaces) = notes.recv().await.unwrap();
        assert_eq!(replaces, standing, "each replaces the one before");
        standing = Some(hash);
    }
    assert!(notes.try_recv().is_err(), "nothing is offered twice");
}

#[test]
fn tokens_are_unique_and_digests_are_read_from_hex() {
    let clock = SetClock::new();
    let (sender, _receiver) = mpsc::channel(1);
    let twin = WorkerSpec {
        kind: pusher(1, "a").kind,
        ..pusher(2, "b")
    };
    let result = Intake::new(
        &[pusher(1, "a"), twin],
        clock,
        sender,
        IntakeLimits::default(),
    );
    assert_eq!(result.err().unwrap().field, "token");
    let digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(TokenDigest::from_hex(digits) == Some(TokenDigest::of("abc")));
    assert!(
        TokenDigest::from_hex(&digits[1..]).is_none()
            && TokenDigest::from_hex(&"é".repeat(32)).is_none()
    );
}
