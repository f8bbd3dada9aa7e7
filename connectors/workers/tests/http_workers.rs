//! Workers behind a URL, over real sockets: the contract of Allora's node, and every way a server can misbehave.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use common::{AfterAnswer, NOW, SetClock, fault, heard, http, question, raw_server, serve};
use quorate_domain::{Timestamp, WorkerId};
use quorate_workers::heard::inference_hash;
use quorate_workers::{
    Fault, FaultKind, FromWorker, HttpSpec, Role, Secret, Source, WorkerKind, WorkerSpec, probe,
};

/// `0.57`, gzipped.
const GZIPPED: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 51, 208, 51, 53, 7, 0, 238, 43, 48, 249, 4, 0, 0, 0,
];
/// 400,000 times the digit 1, gzipped.
const GZIPPED_LARGE: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 237, 193, 49, 1, 0, 0, 0, 194, 160, 76, 235, 95, 206, 20, 126,
    64, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 192, 223, 0, 28, 10, 65, 18, 128, 26, 6, 0,
];

/// A server with one path, `/`, that always answers the same.
async fn answering<R>(answer: R) -> String
where
    R: IntoResponse + Clone + Send + Sync + 'static,
{
    let address = serve(Router::new().route("/", get(move || async move { answer }))).await;
    format!("http://{address}/")
}

fn with(url: String, change: impl FnOnce(&mut HttpSpec)) -> WorkerSpec {
    let mut spec = http(1, "w", url);
    if let WorkerKind::Http(http) = &mut spec.kind {
        change(http);
    }
    spec
}

#[tokio::test]
async fn an_allora_worker_plugs_in_unchanged() {
    let app = Router::new().route(
        "/inference/{*rest}",
        get(|uri: Uri| async move { uri.to_string() }),
    );
    let echo = serve(app).await;
    let url = format!(
        "http://{echo}/inference/{{Token}}/{{TopicId}}/{{BlockHeight}}?label={{Label}}&x={{X}}"
    );
    let spec = with(url, |http| {
        http.parameters.insert("Token".to_owned(), "ETH".to_owned());
        http.parameters.insert("X".to_owned(), "1/2".to_owned());
    });
    let report = probe(&spec, &question(), &*SetClock::new()).await;
    // Parameters are put in after the placeholders of the node, as they are.
    assert!(
        report
            .came_back
            .starts_with("/inference/ETH/7/3?label=CA%2Fyes&x=1/2"),
        "{report}"
    );

    let heard = heard(http(1, "w", answering("0.57\n").await)).await;
    assert_eq!(heard.inference.value, 0.57);
    assert_eq!(heard.inference.worker, WorkerId(1));
    assert_eq!((heard.kind, heard.raw.as_str()), (Source::Http, "0.57"));
    let now = Timestamp::from_secs(NOW);
    assert_eq!(
        (heard.received_at, heard.inference.published_at),
        (now, now)
    );
    assert_eq!(heard.hash, inference_hash("w", question().key(), 0.57, now));
}

#[tokio::test]
async fn headers_carry_a_key_that_no_report_shows() {
    let guarded = get(|headers: HeaderMap, RawQuery(_): RawQuery| async move {
        match headers.get("x-key").map(|key| key == "s3cret-canary") {
            Some(true) => (StatusCode::OK, "0.5"),
            _ => (StatusCode::UNAUTHORIZED, "no"),
        }
    });
    let address = serve(Router::new().route("/", guarded)).await;
    let url = format!("http://{address}/");
    assert_eq!(fault(http(1, "w", url.clone())).await, Fault::Status(401));
    let spec = with(url, |http| {
        http.headers
            .insert("x-key".to_owned(), Secret::new("s3cret-canary"));
    });
    let report = probe(&spec, &question(), &*SetClock::new()).await;
    assert!(report.verdict.is_ok(), "{report}");
    let shown = format!("{report} {report:?} {spec:?}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn gzip_is_understood_and_bounded_by_what_it_unpacks_to() {
    let zipped = |bytes: &'static [u8]| ([(header::CONTENT_ENCODING, "gzip")], bytes);
    assert_eq!(
        heard(http(1, "w", answering(zipped(GZIPPED)).await))
            .await
            .inference
            .value,
        0.57
    );
    let large = fault(http(1, "w", answering(zipped(GZIPPED_LARGE)).await)).await;
    assert_eq!(large, Fault::TooLarge { bytes_max: 65_536 });
    let cut = GZIPPED.get(..GZIPPED.len() - 9).unwrap();
    assert_eq!(
        fault(http(1, "w", answering(zipped(cut)).await))
            .await
            .kind(),
        FaultKind::Malformed
    );
}

#[tokio::test]
async fn every_wrong_answer_has_its_name() {
    let huge = "1".repeat(1_000_000);
    let page = (
        StatusCode::OK,
        [(header::CONTENT_TYPE, "text/html")],
        "<html>Bad gateway</html>",
    );
    assert_eq!(
        fault(http(1, "w", answering(huge).await)).await.kind(),
        FaultKind::TooLarge
    );
    assert_eq!(
        fault(http(1, "w", answering(page).await)).await.kind(),
        FaultKind::Malformed
    );
    for (body, expected) in [
        ("NaN", FaultKind::NotFinite),
        ("1e999", FaultKind::NotFinite),
        ("57", FaultKind::WrongUnit),
        ("1.2", FaultKind::OutOfRange),
        ("", FaultKind::Malformed),
        (
            "{\"value\": 0.5, \"published_at\": 1000000000}",
            FaultKind::Stale,
        ),
        (
            "{\"value\": 0.5, \"published_at\": 1900000000}",
            FaultKind::FromTheFuture,
        ),
    ] {
        assert_eq!(
            fault(http(1, "w", answering(body).await)).await.kind(),
            expected,
            "{body}"
        );
    }
    for status in [201, 204, 404, 500, 503] {
        let answer = (StatusCode::from_u16(status).unwrap(), "");
        assert_eq!(
            fault(http(1, "w", answering(answer).await)).await,
            Fault::Status(status)
        );
    }
    let busy = answering((StatusCode::TOO_MANY_REQUESTS, "")).await;
    assert_eq!(
        fault(http(1, "w", busy)).await.kind(),
        FaultKind::RateLimited
    );
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(
        fault(http(1, "w", format!("http://{address}/")))
            .await
            .kind(),
        FaultKind::Unreachable
    );
    let hanging_up = raw_server(vec![], Duration::ZERO, AfterAnswer::Close).await;
    assert_eq!(
        fault(http(1, "w", format!("http://{hanging_up}/")))
            .await
            .kind(),
        FaultKind::Unreachable
    );
}

#[tokio::test]
async fn a_hung_server_and_one_that_drips_end_at_the_timeout() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n".to_vec();
    let drips = std::iter::once(head)
        .chain(std::iter::repeat_n(b"1".to_vec(), 1000))
        .collect();
    let dripping = raw_server(drips, Duration::from_millis(50), AfterAnswer::Hang).await;
    let hung = raw_server(vec![], Duration::ZERO, AfterAnswer::Hang).await;
    for address in [dripping, hung] {
        let mut spec = http(1, "w", format!("http://{address}/"));
        spec.timeout = Duration::from_millis(300);
        let start = Instant::now();
        assert_eq!(fault(spec).await.kind(), FaultKind::Timeout);
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn redirects_are_followed_within_the_host_only() {
    let elsewhere = answering("0.57").await;
    let app = Router::new()
        .route("/old", get(|| async { Redirect::temporary("/new") }))
        .route("/new", get(|| async { "0.25" }))
        .route("/loop", get(|| async { Redirect::temporary("/loop") }))
        .route(
            "/away",
            get(move || async move { Redirect::temporary(&elsewhere) }),
        );
    let address = serve(app).await;
    let at = |path: &str| http(1, "w", format!("http://{address}{path}"));
    assert_eq!(heard(at("/old")).await.inference.value, 0.25);
    for (path, words) in [("/away", "another host"), ("/loop", "again and again")] {
        let fault = fault(at(path)).await;
        assert_eq!(fault.kind(), FaultKind::NotPermitted);
        assert!(fault.to_string().contains(words), "{fault}");
    }
}

#[tokio::test]
async fn a_passing_failure_is_tried_again_and_a_lasting_one_is_not() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let app = Router::new()
        .route(
            "/flaky",
            get(move || async move {
                match counted.fetch_add(1, Ordering::SeqCst) {
                    0 | 1 => (StatusCode::BAD_GATEWAY, "no"),
                    _ => (StatusCode::OK, "0.57"),
                }
            }),
        )
        .route("/gone", get(|| async { StatusCode::NOT_FOUND }));
    let address = serve(app).await;
    let spec = |path: &str| with(format!("http://{address}{path}"), |http| http.retries = 2);
    assert_eq!(heard(spec("/flaky")).await.inference.value, 0.57);
    assert!(calls.load(Ordering::SeqCst) >= 3);
    assert_eq!(fault(spec("/gone")).await, Fault::Status(404));
}

#[tokio::test]
async fn no_retry_begins_after_the_window() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let app = Router::new().route(
        "/",
        get(move || async move {
            counted.fetch_add(1, Ordering::SeqCst);
            StatusCode::BAD_GATEWAY
        }),
    );
    let address = serve(app).await;
    let mut question = question();
    question.closes_at = Timestamp::from_nanos(NOW * 1_000_000_000 + 1_000_000);
    let spec = with(format!("http://{address}/"), |http| http.retries = 5);
    let report = probe(&spec, &question, &*SetClock::new()).await;
    assert_eq!(report.verdict, Err(Fault::Status(502)));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_forecaster_gives_expected_losses() {
    let mut spec = http(4, "f", answering("{\"a\": [0.125, 3], \"b\": []}").await);
    spec.role = Role::Forecaster;
    match common::first_about(spec, question()).await {
        FromWorker::Forecast(forecast) => {
            assert_eq!(forecast.worker, WorkerId(4));
            assert_eq!(
                forecast.expected_losses.into_iter().collect::<Vec<_>>(),
                [("a".to_owned(), 0.125)]
            );
        }
        other => panic!("expected a forecast, got {other:?}"),
    }
}

#[test]
fn addresses_that_cannot_work_are_refused_before_anything_is_asked() {
    for (url, words) in [
        ("http://127.0.0.1/{Token}", "{Token}"),
        ("file:///etc/passwd", "http"),
        ("localhost:8000/x", "http"),
        ("not a url", "not a url"),
        ("http://me:canary@127.0.0.1/", "put it into headers"),
    ] {
        let error = http(1, "w", url.to_owned()).check().unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
    let bad = with("http://127.0.0.1/".to_owned(), |http| {
        http.headers.insert("a b".to_owned(), Secret::new("x"));
    });
    assert_eq!(bad.check().unwrap_err().field, "headers");
}
