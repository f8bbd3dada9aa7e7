//! The consumer API client against a server on this machine.

use std::time::{Duration, Instant};

use quorate_allora::{
    AlloraError, ConsumerClient, ConsumerSettings, HttpSettings, Network, PriceAsset, PriceHorizon,
    Secret,
};

use crate::support::{CONSUMER, Seen, TOPICS, quick, reply, server};

const KEY: &str = "UP-very-secret";

fn client_with(url: &str, http: HttpSettings) -> ConsumerClient {
    let settings = ConsumerSettings {
        base_url: format!("{url}/v2"),
        http,
        pages_max: 5,
        ..ConsumerSettings::public(Network::Testnet)
    };
    ConsumerClient::new(&settings, Secret::new(KEY.to_owned())).unwrap()
}

fn client(url: &str) -> ConsumerClient {
    client_with(url, quick())
}

fn paths(seen: &Seen) -> Vec<String> {
    seen.lock()
        .unwrap()
        .iter()
        .map(|(path, _)| path.clone())
        .collect()
}

#[tokio::test]
async fn topics_are_read_page_by_page_with_the_key_in_the_header() {
    let (url, seen) = server(|n, _| match n {
        1 => reply(200, TOPICS),
        _ => reply(200, &TOPICS.replace("\"next\"", "null")),
    })
    .await;
    let topics = client(&url).topics().await.unwrap();
    assert_eq!(topics.len(), 4);
    assert_eq!(
        *seen.lock().unwrap(),
        [
            (
                "/v2/allora/allora-testnet-1/topics".to_owned(),
                Some(KEY.to_owned())
            ),
            (
                "/v2/allora/allora-testnet-1/topics?continuation_token=next".to_owned(),
                Some(KEY.to_owned())
            ),
        ]
    );
}

#[tokio::test]
async fn a_list_that_never_ends_is_left() {
    let (url, seen) = server(|_, _| reply(200, TOPICS)).await;
    let error = client(&url).topics().await.unwrap_err();
    assert!(matches!(error, AlloraError::EndlessPages { .. }), "{error}");
    assert_eq!(
        seen.lock().unwrap().len(),
        2,
        "the same token twice is a loop"
    );

    let (url, seen) = server(|n, _| reply(200, &TOPICS.replace("next", &format!("next{n}")))).await;
    let error = client(&url).topics().await.unwrap_err();
    assert!(matches!(error, AlloraError::EndlessPages { .. }), "{error}");
    assert_eq!(seen.lock().unwrap().len(), 5, "as many pages as allowed");
}

#[tokio::test]
async fn inferences_come_by_topic_and_by_price_route() {
    let (url, seen) = server(|_, _| reply(200, CONSUMER)).await;
    let client = client(&url);
    assert_eq!(client.inference(14).await.unwrap().value, 64_000.25);
    let price = client
        .price(PriceAsset::Eth, PriceHorizon::FiveMinutes)
        .await
        .unwrap();
    assert_eq!(price.topic, 14);
    client
        .price(PriceAsset::Btc, PriceHorizon::EightHours)
        .await
        .unwrap();
    assert_eq!(
        paths(&seen),
        [
            "/v2/allora/consumer/ethereum-11155111?allora_topic_id=14&inference_value_type=uint256",
            "/v2/allora/consumer/price/ethereum-11155111/ETH/5m",
            "/v2/allora/consumer/price/ethereum-11155111/BTC/8h",
        ]
    );
    let error = client.inference(15).await.unwrap_err();
    assert!(
        matches!(
            error,
            AlloraError::OtherTopic {
                asked: 15,
                answered: 14,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn too_many_requests_and_server_faults_are_waited_out() {
    let (url, seen) = server(|n, _| match n {
        1 => reply(429, ""),
        2 => reply(503, "<html>busy</html>"),
        _ => reply(200, CONSUMER),
    })
    .await;
    assert_eq!(client(&url).inference(14).await.unwrap().value, 64_000.25);
    assert_eq!(seen.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn the_servers_wish_to_be_left_alone_is_heeded() {
    let with_wait = |wait: &'static str, date: &'static str| {
        move |n: usize, _: &str| {
            let mut response = if n == 1 {
                reply(429, "")
            } else {
                reply(200, CONSUMER)
            };
            let headers = response.headers_mut();
            headers.insert("retry-after", wait.parse().unwrap());
            headers.insert("date", date.parse().unwrap());
            response
        }
    };
    let date = "Wed, 21 Oct 2026 07:28:00 GMT";
    for wait in ["1", "Wed, 21 Oct 2026 07:28:01 GMT"] {
        let (url, _) = server(with_wait(wait, date)).await;
        let begun = Instant::now();
        client(&url).inference(14).await.unwrap();
        assert!(
            begun.elapsed() >= Duration::from_secs(1),
            "asked to wait until {wait}"
        );
    }
    // Longer than the cap: the caller decides.
    let (url, seen) = server(with_wait("3600", date)).await;
    let error = client(&url).inference(14).await.unwrap_err();
    let AlloraError::TooManyRequests { retry_after, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(*retry_after, Some(Duration::from_hours(1)));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_outage_ends_in_an_error_and_what_cannot_change_is_not_repeated() {
    let (url, seen) = server(|_, _| reply(500, r#"{"message": "database is away"}"#)).await;
    let error = client(&url).inference(14).await.unwrap_err();
    assert!(error.to_string().contains("database is away"), "{error}");
    assert_eq!(seen.lock().unwrap().len(), 4, "as often as allowed");

    for (status, body, expected) in [
        (401, "", "KeyRefused"),
        (403, "", "KeyRefused"),
        (404, r#"{"message": "no such topic"}"#, "NotFound"),
        (400, "bad", "Refused"),
        (302, "", "Refused"),
        (200, "<!doctype html><p>hello", "NotJson"),
        (200, "{\"status\": true, \"data\"", "NotJson"),
        (
            200,
            r#"{"status": false, "apiResponseMessage": "topic not found"}"#,
            "Refused",
        ),
        (200, r#"{"status": true}"#, "Shape"),
        (200, "[]", "Shape"),
    ] {
        let (url, seen) = server(move |_, _| reply(status, body)).await;
        let error = client(&url).inference(14).await.unwrap_err();
        assert!(
            format!("{error:?}").starts_with(expected),
            "{status} {body}: {error:?}"
        );
        assert_eq!(seen.lock().unwrap().len(), 1, "{error}");
    }
}

#[tokio::test]
async fn nobody_there_and_no_answer_are_errors_in_bounded_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let http = HttpSettings {
        timeout: Duration::from_millis(50),
        ..quick()
    };
    // It accepts (the kernel does) and never answers.
    let error = client_with(&url, http).inference(14).await.unwrap_err();
    assert!(matches!(error, AlloraError::TimedOut { .. }), "{error:?}");
    drop(listener);
    let error = client_with(&url, http).inference(14).await.unwrap_err();
    assert!(
        matches!(error, AlloraError::Unreachable { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_endless_body_is_cut_off() {
    let (url, _) = server(|_, _| reply(200, &format!("[\"{}\"]", "x".repeat(200_000)))).await;
    let error = client(&url).inference(14).await.unwrap_err();
    assert!(
        matches!(
            error,
            AlloraError::TooLarge {
                bytes_max: 100_000,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_key_is_in_no_error_even_if_the_server_repeats_it() {
    let quoted = format!(r#"{{"status": false, "message": "key {KEY} is unknown"}}"#);
    let odd = CONSUMER.replace("64000.25", KEY);
    for (status, body) in [
        (400, quoted.clone()),
        (200, quoted),
        (500, KEY.to_owned()),
        (200, odd),
    ] {
        let (url, _) = server(move |_, _| reply(status, &body)).await;
        let error = client(&url).inference(14).await.unwrap_err();
        assert!(!format!("{error:?} {error}").contains(KEY), "{error:?}");
        assert!(format!("{error}").contains("(key)"), "{error}");
    }
}

#[tokio::test]
async fn the_budget_holds_requests_back() {
    let (url, seen) = server(|_, _| reply(200, CONSUMER)).await;
    let http = HttpSettings {
        requests_per_minute: std::num::NonZeroU32::new(2).unwrap(),
        ..quick()
    };
    let client = client_with(&url, http);
    for _ in 0..2 {
        client.inference(14).await.unwrap();
    }
    let third = tokio::time::timeout(Duration::from_millis(200), client.inference(14)).await;
    assert!(third.is_err(), "a third one within the minute waits");
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[test]
fn unusable_settings_are_refused_with_what_to_write() {
    let new = |base_url: &str, format: &str, key: &str| {
        let settings = ConsumerSettings {
            base_url: base_url.to_owned(),
            signature_format: format.to_owned(),
            ..ConsumerSettings::public(Network::Mainnet)
        };
        ConsumerClient::new(&settings, Secret::new(key.to_owned()))
            .err()
            .map(|error| error.to_string())
    };
    let good = "https://api.allora.network/v2";
    assert_eq!(new(good, "ethereum-11155111", KEY), None);
    for (base_url, format, key, part) in [
        (
            "http://api.allora.network/v2",
            "ethereum-1",
            KEY,
            "must begin with https://",
        ),
        (
            "https://user:pass@api.allora.network",
            "ethereum-1",
            KEY,
            "carries a user or password",
        ),
        (
            "api.allora.network",
            "ethereum-1",
            KEY,
            "write https://host",
        ),
        (good, "ethereum/../x", KEY, "cannot be part of a path"),
        (good, "ethereum-1", "two\nlines", "copy it again"),
    ] {
        let error = new(base_url, format, key).unwrap();
        assert!(error.contains(part), "{error}");
        assert!(!error.contains("lines"), "the key is not repeated: {error}");
    }
}
