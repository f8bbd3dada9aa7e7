//! The two ends of a call: an empty request, and what is made of the reply to it.

use reqwest::Method;

use super::answer::{Reply, fault_of_reply, words_of};
use super::error::RestError;
use super::hosts::Base;
use super::http::Request;
use super::node::{Node, WireError};

/// A request without query and body.
pub(crate) fn request(base: &Base, method: Method, path: impl Into<String>) -> Request<'_> {
    Request {
        method,
        base: base.as_str(),
        path: path.into(),
        query: Vec::new(),
        body: Vec::new(),
    }
}

/// The body of a success.
pub(crate) fn success(request: &Request<'_>, reply: Reply) -> Result<Vec<u8>, RestError> {
    let place = request.place();
    let fault = fault_of_reply(&reply);
    let text = fault.is_some().then(|| words_of(&reply));
    match (reply, fault) {
        (Reply::Answer { body, .. }, None) => Ok(body),
        (Reply::Answer { status, .. }, Some(fault)) => Err(RestError::Refused {
            place,
            status,
            fault,
            text: text.unwrap_or_default(),
        }),
        (Reply::NotSent { detail }, _) => Err(RestError::NotSent { place, detail }),
        (Reply::Lost { detail }, _) => Err(RestError::Lost { place, detail }),
    }
}

/// Reads a body, and says where it cannot.
pub(crate) fn understood<T>(
    request: &Request<'_>,
    body: &[u8],
    read: impl FnOnce(&Node<'_>) -> Result<T, WireError>,
) -> Result<T, RestError> {
    Node::parse(body)
        .and_then(|node| read(&node))
        .map_err(|error| RestError::NotUnderstood {
            place: request.place(),
            error,
        })
}

/// A JSON text of a body that we send.
pub(crate) fn json_of(value: &impl serde::Serialize, place: &str) -> Result<Vec<u8>, RestError> {
    serde_json::to_vec(value).map_err(|error| RestError::NotSent {
        place: place.to_owned(),
        detail: error.to_string(),
    })
}
