//! Orders and questions over loopback HTTP: status, metrics, kill, halt, resume, stop.
//!
//! It binds loopback only. Whoever asks must name a loopback host, so that a page in a browser cannot be led here under
//! another name, and every order needs the token of this run.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use quorate_domain::{OperatorInput, Scope};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};

use super::event_loop::Demand;
use super::kill_switch::{KillModeWord, KillOrder, KillSwitch};
use super::names::{Names, ScopeKind};
use super::reload::{Reload, Rereads};
use super::telemetry::Telemetry;

/// Longest wait for the loop to take an order up.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Orders are short.
const BODY_MAX: usize = 16 * 1024;

/// What the server works with.
#[derive(Clone)]
pub struct Control {
    /// To the loop.
    pub demands: mpsc::Sender<Demand>,
    /// How the instance stands, as JSON.
    pub status: watch::Receiver<serde_json::Value>,
    /// Numbers.
    pub telemetry: Arc<Mutex<Telemetry>>,
    /// Names of what exists.
    pub names: Arc<RwLock<Names>>,
    /// The switch.
    pub switch: KillSwitch,
    /// Asks for a graceful end.
    pub stop: watch::Sender<bool>,
    /// Hands other settings to the loop.
    pub reloads: mpsc::Sender<Reload>,
    /// Reads the settings again, where there are any.
    pub rereads: Option<Arc<dyn Rereads>>,
    /// The token of this run.
    pub token: String,
}

/// Asks for a kill.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KillRequest {
    /// What is done with what is open and held.
    pub mode: KillModeWord,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Names a part of what is traded; everything, if nothing is named.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeRequest {
    /// Name of a market.
    pub market: Option<String>,
    /// Name of a group.
    pub group: Option<String>,
    /// Name of a topic.
    pub topic: Option<String>,
}

/// An order was taken up.
#[derive(Debug, Serialize, Deserialize)]
pub struct Taken {
    /// Sequence number of its entry in the journal.
    pub seq: u64,
}

#[derive(Debug)]
struct Problem(StatusCode, &'static str, String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "error": { "code": self.1, "message": self.2 } });
        (self.0, Json(body)).into_response()
    }
}

/// The routes.
pub fn router(control: Control) -> Router {
    Router::new()
        .route("/v1/status", get(status))
        .route("/metrics", get(metrics))
        .route("/v1/kill", post(kill))
        .route("/v1/halt", post(halt))
        .route("/v1/resume", post(resume))
        .route("/v1/reload", post(reload))
        .route("/v1/stop", post(stop))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(from_fn(loopback_host))
        .with_state(control)
}

/// Serves until `until` comes.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    until: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router)
        .with_graceful_shutdown(until)
        .await
}

/// A name that leads here must be one of this machine.
async fn loopback_host(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or("");
    if is_loopback(host) {
        next.run(request).await
    } else {
        let message = "this server answers to loopback names only".to_owned();
        Problem(StatusCode::FORBIDDEN, "foreign_host", message).into_response()
    }
}

/// Whether a Host header names this machine's loopback.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    if let Ok(address) = host.parse::<SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.chars().all(|c| c.is_ascii_digit()) {
            name
        } else {
            host
        }
    });
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

fn permitted(control: &Control, headers: &HeaderMap) -> Result<(), Problem> {
    let shown = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or("");
    if bool::from(shown.as_bytes().ct_eq(control.token.as_bytes())) {
        Ok(())
    } else {
        let message =
            "the token of this run is in contact.json of the instance's folder".to_owned();
        Err(Problem(StatusCode::UNAUTHORIZED, "token", message))
    }
}

/// What was asked, or why it is not understood, in the form of every other error.
fn understood<T>(request: Result<Json<T>, JsonRejection>) -> Result<T, Problem> {
    request
        .map(|Json(request)| request)
        .map_err(|refused| Problem(refused.status(), "malformed_body", refused.body_text()))
}

async fn status(State(control): State<Control>) -> Json<serde_json::Value> {
    Json(control.status.borrow().clone())
}

async fn metrics(State(control): State<Control>) -> Response {
    let text = match control.telemetry.lock() {
        Ok(telemetry) => telemetry.text(),
        Err(poisoned) => poisoned.into_inner().text(),
    };
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn kill(
    State(control): State<Control>,
    headers: HeaderMap,
    request: Result<Json<KillRequest>, JsonRejection>,
) -> Result<Json<Taken>, Problem> {
    permitted(&control, &headers)?;
    let request = understood(request)?;
    let order = KillOrder {
        mode: request.mode,
        reason: request.reason,
        at: jiff::Timestamp::now().to_string(),
    };
    // The flag first: senders see it before the loop does.
    control.switch.throw(&order).map_err(|error| {
        let message = format!("stopped, but the kill file cannot be written: {error}");
        Problem(StatusCode::INTERNAL_SERVER_ERROR, "kill_file", message)
    })?;
    let mode = request.mode.into();
    demand(&control, OperatorInput::Kill { mode }).await
}

async fn halt(
    State(control): State<Control>,
    headers: HeaderMap,
    request: Result<Json<ScopeRequest>, JsonRejection>,
) -> Result<Json<Taken>, Problem> {
    permitted(&control, &headers)?;
    let scope = scope(&control, &understood(request)?)?;
    demand(&control, OperatorInput::Halt(scope)).await
}

async fn resume(
    State(control): State<Control>,
    headers: HeaderMap,
    request: Result<Json<ScopeRequest>, JsonRejection>,
) -> Result<Json<Taken>, Problem> {
    permitted(&control, &headers)?;
    let scope = scope(&control, &understood(request)?)?;
    if scope == Scope::All {
        control.switch.release().map_err(|error| {
            let message = format!("the kill file cannot be removed: {error}");
            Problem(StatusCode::INTERNAL_SERVER_ERROR, "kill_file", message)
        })?;
    }
    demand(&control, OperatorInput::Resume(scope)).await
}

/// Other settings were taken up.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReloadTaken {
    /// What changed, a line for each key.
    pub changes: Vec<String>,
}

async fn reload(
    State(control): State<Control>,
    headers: HeaderMap,
) -> Result<Json<ReloadTaken>, Problem> {
    permitted(&control, &headers)?;
    let refused = |why: String| Problem(StatusCode::CONFLICT, "reload", why);
    let Some(rereads) = control.rereads.clone() else {
        return Err(refused(
            "this run has no settings file to read again".into(),
        ));
    };
    // Files are read on a thread that may wait for a disk.
    let reading = Arc::clone(&rereads);
    let proposed = tokio::task::spawn_blocking(move || reading.propose()).await;
    let proposal = proposed
        .map_err(|error| refused(error.to_string()))?
        .map_err(refused)?;
    if proposal.changes.is_empty() {
        return Ok(Json(ReloadTaken {
            changes: Vec::new(),
        }));
    }
    let (answer, answered) = oneshot::channel();
    let reload = Reload {
        setup: proposal.setup,
        answer,
    };
    let sent = control.reloads.try_send(reload);
    sent.map_err(|_| refused("another reload is under way".into()))?;
    match tokio::time::timeout(ANSWER_WITHIN, answered).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(why))) => return Err(refused(why)),
        Ok(Err(_)) => return Err(refused("the event loop has ended".into())),
        Err(_) => return Err(refused("the event loop does not answer".into())),
    }
    rereads.accepted();
    Ok(Json(ReloadTaken {
        changes: proposal.changes,
    }))
}

async fn stop(State(control): State<Control>, headers: HeaderMap) -> Result<StatusCode, Problem> {
    permitted(&control, &headers)?;
    // The loop may be gone already, which is what was asked for.
    let _ = control.stop.send(true);
    Ok(StatusCode::ACCEPTED)
}

fn scope(control: &Control, request: &ScopeRequest) -> Result<Scope, Problem> {
    let named = [
        (ScopeKind::Market, &request.market),
        (ScopeKind::Group, &request.group),
        (ScopeKind::Topic, &request.topic),
    ];
    let mut named = named
        .into_iter()
        .filter_map(|(kind, name)| Some((kind, name.as_deref()?)));
    let Some((kind, name)) = named.next() else {
        return Ok(Scope::All);
    };
    if named.next().is_some() {
        let message = "name one of market, group and topic".to_owned();
        return Err(Problem(StatusCode::BAD_REQUEST, "scope", message));
    }
    let names = match control.names.read() {
        Ok(names) => names,
        Err(poisoned) => poisoned.into_inner(),
    };
    names.scope(kind, name).ok_or_else(|| {
        let near = quorate_backtest::input::closest(name, names.of_kind(kind));
        let hint = near.map_or_else(String::new, |near| format!(", did you mean {near:?}?"));
        Problem(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("nothing is named {name:?}{hint}"),
        )
    })
}

async fn demand(control: &Control, input: OperatorInput) -> Result<Json<Taken>, Problem> {
    let (answer, answered) = oneshot::channel();
    let busy = |what: &str| {
        let message = format!("the event loop {what}; the kill switch works nevertheless");
        Problem(StatusCode::SERVICE_UNAVAILABLE, "loop", message)
    };
    let sent = control.demands.try_send(Demand { input, answer });
    sent.map_err(|_| busy("takes no orders"))?;
    match tokio::time::timeout(ANSWER_WITHIN, answered).await {
        Ok(Ok(seq)) => Ok(Json(Taken { seq })),
        Ok(Err(_)) => Err(busy("has ended")),
        Err(_) => Err(busy("does not answer")),
    }
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_names_of_this_machine_lead_here() {
        for host in [
            "127.0.0.1:8080",
            "localhost",
            "localhost:1",
            "[::1]:80",
            "127.9.9.9",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.evil.com:80",
            "10.0.0.1:80",
            "127.0.0.1.nip.io",
            "evil:localhost",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
