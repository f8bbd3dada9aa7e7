//! Servers, samples and recordings for the tests.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use quorate_allora::{Backoff, HttpSettings};
use tokio::net::TcpListener;

pub(crate) const V9: &str = include_str!("samples/v9_network_inferences.json");
pub(crate) const V10: &str = include_str!("samples/v10_network_inferences.json");
pub(crate) const V10_LABELS: &str = include_str!("samples/v10_three_labels.json");
pub(crate) const CONSUMER: &str = include_str!("samples/consumer_inference.json");
pub(crate) const TOPICS: &str = include_str!("samples/topics_page.json");
pub(crate) const V9_FRAME: &str = include_str!("samples/v9_frame.json");
pub(crate) const V10_FRAME: &str = include_str!("samples/v10_frame.json");

/// Patience in milliseconds, so that failures are quick.
pub(crate) fn quick() -> HttpSettings {
    HttpSettings {
        timeout: Duration::from_millis(500),
        body_bytes_max: 100_000,
        requests_per_minute: NonZeroU32::new(60_000).unwrap(),
        backoff: Backoff {
            first: Duration::from_millis(2),
            cap: Duration::from_millis(1_500),
            attempts_max: 4,
        },
    }
}

/// What a server saw: path with query, and the key.
pub(crate) type Seen = Arc<Mutex<Vec<(String, Option<String>)>>>;

type Answer = Arc<dyn Fn(usize, &str) -> Response + Send + Sync>;

#[derive(Clone)]
struct Desk {
    seen: Seen,
    answer: Answer,
}

async fn serve_one(State(desk): State<Desk>, request: Request) -> Response {
    let target = request.uri().to_string();
    let key = request
        .headers()
        .get("x-api-key")
        .map(|value| value.to_str().unwrap().to_owned());
    let count = {
        let mut seen = desk.seen.lock().unwrap();
        seen.push((target.clone(), key));
        seen.len()
    };
    (desk.answer)(count, &target)
}

/// A server on this machine that answers request number `n` (from 1) for a path.
pub(crate) async fn server(
    answer: impl Fn(usize, &str) -> Response + Send + Sync + 'static,
) -> (String, Seen) {
    let seen = Seen::default();
    let desk = Desk {
        seen: Arc::clone(&seen),
        answer: Arc::new(answer),
    };
    let app = Router::new().fallback(serve_one).with_state(desk);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (url, seen)
}

pub(crate) fn reply(status: u16, body: &str) -> Response {
    Response::builder()
        .status(status)
        .body(body.to_owned().into())
        .unwrap()
}

#[expect(clippy::print_stdout, reason = "a skipped test says so")]
/// A real recording, if the folder of vectors is there; says plainly if not.
pub(crate) fn recording(name: &str) -> Option<String> {
    let folder = std::env::var_os("QUORATE_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
        PathBuf::from,
    );
    let path = folder.join("collective/consumer").join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped: there is no recording at {}", path.display());
    }
    text
}
