//! Who may talk to the intake: this machine only, and workers whose token is known.

use std::net::IpAddr;
use std::sync::PoisonError;

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::{Choice, ConditionallySelectable as _};

use super::error::ApiError;
use super::{Pusher, Shared};
use crate::fault::Fault;
use crate::secret::TokenDigest;

/// Whether `host` or `host:port` names this machine's loopback interface.
#[must_use]
pub fn is_loopback_authority(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => return false,
        },
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok());
    let loopback = host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    port_fits && loopback
}

/// Refuses requests that a browser was tricked into: a foreign name that resolves to loopback, or a foreign origin.
pub(super) async fn loopback_only(request: Request, next: Next) -> Response {
    let host = header_text(request.headers(), header::HOST);
    let target = request
        .uri()
        .authority()
        .map(axum::http::uri::Authority::as_str);
    let origin = header_text(request.headers(), header::ORIGIN);
    let own_origin = origin.is_none_or(|origin| {
        origin
            .split_once("://")
            .is_some_and(|(_, authority)| is_loopback_authority(authority))
    });
    let own_host =
        host.is_some_and(is_loopback_authority) && target.is_none_or(is_loopback_authority);
    if own_host && own_origin {
        return next.run(request).await;
    }
    ApiError::new(
        StatusCode::FORBIDDEN,
        "host_not_allowed",
        "the Host and Origin headers must name this machine's loopback interface",
        "call http://127.0.0.1 with the port of the intake, or http://localhost",
    )
    .into_response()
}

/// The text of a header; one that is no text reads as empty, which matches nothing.
fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or(""))
}

impl Shared {
    /// The worker whose token the request carries, within its rate.
    pub(super) fn admit(&self, headers: &HeaderMap) -> Result<usize, ApiError> {
        let index = self.who(headers)?;
        let pusher = self.pushers.get(index).ok_or_else(unauthorized)?;
        let mut bucket = pusher.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take().map_err(|wait| {
            let why = "the worker makes too many requests".to_owned();
            self.tally
                .fault(pusher.spec.id, &Fault::RateLimited { why });
            ApiError::rate_limited(wait.as_secs() + 1)
        })?;
        Ok(index)
    }

    /// Compares with every known digest, whichever matches, so that the time taken tells nothing.
    fn who(&self, headers: &HeaderMap) -> Result<usize, ApiError> {
        let token = header_text(headers, header::AUTHORIZATION)
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map_or("", |(_, token)| token.trim());
        let presented = TokenDigest::of(token);
        let mut found = Choice::from(0);
        let mut index = 0_u64;
        for (place, Pusher { digest, .. }) in (0_u64..).zip(&self.pushers) {
            let same = digest.matches(&presented);
            index.conditional_assign(&place, same);
            found |= same;
        }
        if !bool::from(found) || token.is_empty() {
            return Err(unauthorized());
        }
        usize::try_from(index).map_err(|_| unauthorized())
    }
}

fn unauthorized() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "the request carries no token that is known here",
        "send `Authorization: Bearer TOKEN`; the operator sets the token's SHA-256 digest for your worker",
    )
}
