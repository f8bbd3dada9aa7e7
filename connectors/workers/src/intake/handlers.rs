//! The handlers of the routes.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::error::ApiError;
use super::submission::Named;
use super::{Intake, Shared};
use crate::fault::Fault;
use crate::text::unhex32;
use crate::time::rfc3339;

/// `GET /v1/questions`: what is asked now.
pub(super) async fn questions(
    State(intake): State<Intake>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let shared = &intake.0;
    let pusher = shared.admit(&headers)?;
    let open = match shared.pushers.get(pusher) {
        Some(pusher) => shared.ledger().open_now(&pusher.spec, shared.clock.now()),
        None => Vec::new(),
    };
    Ok(Json(Value::Array(open)))
}

/// `GET /v1/questions/{topic}/{epoch}/{label}`: one question, named by numbers or names.
pub(super) async fn question(
    State(intake): State<Intake>,
    headers: HeaderMap,
    path: Result<Path<(String, String, String)>, PathRejection>,
) -> Result<Json<Value>, ApiError> {
    let shared = &intake.0;
    shared.admit(&headers)?;
    let unknown = || ApiError::unknown_question("this topic, epoch and label are not asked");
    let Path((topic, epoch, label)) = path.map_err(|_| unknown())?;
    let epoch = epoch.parse().map_err(|_| unknown())?;
    let (topic, label) = (Named::Name(topic), Named::Name(label));
    let found = shared
        .ledger()
        .question((&topic, epoch, &label), shared.clock.now());
    found.map(Json).ok_or_else(unknown)
}

/// `POST /v1/inferences`: an inference. It goes on to its end even if the caller hangs up, so that a receipt is never lost.
pub(super) async fn submit(
    State(intake): State<Intake>,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let pusher = intake.0.admit(request.headers())?;
    let body = intake.0.body(pusher, request).await?;
    let received_at = intake.0.clock.now();
    let taking = tokio::spawn(async move { intake.take(pusher, &body, received_at).await });
    let (status, receipt) = taking
        .await
        .map_err(|_| ApiError::unavailable("the submission could not be handled"))??;
    Ok((status, Json(receipt)))
}

impl Shared {
    /// The body of a submission, within its bounds.
    async fn body(&self, pusher: usize, mut request: Request) -> Result<Bytes, ApiError> {
        let json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        if !json {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "the body must be JSON",
                "send the header `Content-Type: application/json`",
            ));
        }
        DefaultBodyLimit::max(self.limits.body_bytes_max).apply(&mut request);
        let reading = Bytes::from_request(request, &());
        let read = tokio::time::timeout(self.limits.body_timeout, reading).await;
        let read = read.map_err(|_| {
            self.count(
                pusher,
                &Fault::Timeout {
                    after: self.limits.body_timeout,
                },
            );
            ApiError::new(
                StatusCode::REQUEST_TIMEOUT,
                "timeout",
                "the body did not arrive in time",
                "send the whole body at once",
            )
        })?;
        read.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                let bytes_max = self.limits.body_bytes_max;
                self.count(pusher, &Fault::TooLarge { bytes_max });
                ApiError::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "too_large",
                    format!("the body is larger than {bytes_max} bytes"),
                    "send one inference with each request",
                )
            }
            _ => ApiError::malformed("the body broke off"),
        })
    }

    fn count(&self, pusher: usize, fault: &Fault) {
        if let Some(pusher) = self.pushers.get(pusher) {
            self.tally.fault(pusher.spec.id, fault);
        }
    }
}

/// `GET /v1/inferences/{hash}`: the receipt of one of the worker's own inferences.
pub(super) async fn receipt(
    State(intake): State<Intake>,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, ApiError> {
    let shared = &intake.0;
    let pusher = shared.admit(&headers)?;
    let found = path
        .ok()
        .and_then(|Path(digits)| unhex32(&digits))
        .zip(shared.pushers.get(pusher))
        .and_then(|(hash, pusher)| shared.ledger().receipt(pusher.spec.id, &hash));
    found.map(Json).ok_or_else(|| {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "unknown_inference",
            "no inference of yours has this hash",
            "use `hash` of the answer to POST /v1/inferences; receipts of questions closed long ago are forgotten",
        )
    })
}

/// `GET /v1/me`: who the token says you are, and your counts.
pub(super) async fn me(
    State(intake): State<Intake>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let shared = &intake.0;
    let pusher = shared.admit(&headers)?;
    let Some(pusher) = shared.pushers.get(pusher) else {
        return Err(ApiError::unavailable("the worker is not known any more"));
    };
    let counters = shared.tally.of(pusher.spec.id);
    Ok(Json(json!({
        "worker": pusher.spec.name,
        "family": pusher.spec.family,
        "topics": pusher.spec.topics.iter().map(|topic| topic.0).collect::<Vec<_>>(),
        "now": rfc3339(shared.clock.now()),
        "counters": {
            "asked": counters.asked,
            "heard": counters.heard,
            "faults": counters.faults,
            "last_heard_at": counters.last_heard_at.map(rfc3339),
            "last_fault": counters.last_fault,
        },
    })))
}

pub(super) async fn no_such_path() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "unknown_path",
        "there is nothing at this path",
        "paths are /v1/questions, /v1/inferences and /v1/me",
    )
}

pub(super) async fn no_such_method() -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this path does not know this method",
        "GET questions, receipts and /v1/me; POST to /v1/inferences",
    )
}
