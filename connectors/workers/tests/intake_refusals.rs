//! What the intake refuses, over real sockets: bad bodies, tokens, hosts, rates, and values out of order.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
mod house;

use std::time::Duration;

use common::{NOW, SetClock, question, serve};
use house::{House, body, code_of, house, open_house, pusher};
use quorate_domain::{Timestamp, TopicId};
use quorate_workers::intake::{Intake, IntakeLimits, router};
use quorate_workers::{TokenDigest, WorkerSpec};
use serde_json::json;
use tokio::sync::mpsc;

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
