//! From a socket's request to an answer and back, late or never where a fault says so.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{self, StatusCode};
use axum::response::Response;

use crate::http::trouble::{self, Fate};
use crate::http::{Answer, Request};
use crate::listener::Connection;
use crate::running::Shared;

const BODY_MAX: usize = 4 << 20;

/// Answers everything that is not a WebSocket.
pub(crate) async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: http::Request<Body>,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_MAX).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let request = Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: query.map(|Query(found)| found).unwrap_or_default(),
        headers: parts.headers.iter().filter_map(header).collect(),
        body: body.to_vec(),
    };
    let fate = trouble::answer(&mut shared.venue(), &request);
    match fate {
        Fate::Arrives(answer) => response(answer),
        Fate::Late(answer, after) => {
            tokio::time::sleep(after).await;
            response(answer)
        }
        Fate::Cut(after) => {
            tokio::time::sleep(after).await;
            connection.cut();
            plain(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

fn response(answer: Answer) -> Response {
    let mut builder = Response::builder()
        .status(answer.status)
        .header("content-type", answer.content_type);
    for (name, value) in answer.headers {
        builder = builder.header(name, value);
    }
    builder
        .body(Body::from(answer.body))
        .unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))
}

fn plain(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
