//! The intake's refusals: `{"error": {"code", "message", "hint"}}` with the status that fits.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Refused;
use crate::fault::{Fault, FaultKind};

/// A refused request.
#[derive(Clone, Debug)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) hint: String,
    /// Seconds after which it makes sense to try again.
    pub(super) retry_after_secs: Option<u64>,
}

impl ApiError {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            hint: hint.into(),
            retry_after_secs: None,
        }
    }

    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "malformed_body",
            message,
            "send {\"topic\": 1, \"epoch\": 7, \"label\": 0, \"value\": 0.57}; label, published_at and nonce are optional",
        )
    }

    pub(super) fn unknown_question(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_question",
            message,
            "GET /v1/questions lists what is asked now",
        )
    }

    pub(super) fn window_closed() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "window_closed",
            "the window of this question has closed: nothing can be added or changed",
            "submit before closes_at of GET /v1/questions, and check the clock of your machine",
        )
    }

    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self {
            retry_after_secs: Some(1),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                message,
                "send the very same body again in a second: it counts once",
            )
        }
    }

    pub(super) fn rate_limited(after_secs: u64) -> Self {
        Self {
            retry_after_secs: Some(after_secs),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "this token makes too many requests",
                format!("wait {after_secs} s, and send a value when it changes"),
            )
        }
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        let message = fault.to_string();
        let (status, hint) = match fault.kind() {
            FaultKind::Late => return Self::window_closed(),
            FaultKind::UnknownQuestion => return Self::unknown_question(message),
            FaultKind::NotPermitted => (StatusCode::FORBIDDEN, "ask the operator for this topic"),
            FaultKind::RateLimited => (
                StatusCode::TOO_MANY_REQUESTS,
                "send a value when it changes",
            ),
            FaultKind::FlipFlop => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "send steady values for a while; smooth the model's output",
            ),
            FaultKind::Stale | FaultKind::FromTheFuture => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "published_at is when the value was computed, RFC 3339 with a zone; leave it out to mean now",
            ),
            _ => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "GET /v1/questions tells each question's quantity",
            ),
        };
        Self::new(status, fault.code(), message, hint)
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::WindowClosed => Self::window_closed(),
            Refused::UnknownQuestion => {
                Self::unknown_question("the question is not asked any more")
            }
            Refused::NotPermitted(why) => Fault::NotPermitted { why }.into(),
            Refused::Unavailable(why) => Self::unavailable(why),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({"error": {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
        }});
        let mut response = (self.status, Json(body)).into_response();
        if let Some(secs) = self.retry_after_secs {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
