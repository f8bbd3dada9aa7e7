//! The HTTP side: one request in, one answer out, without a socket in sight.

pub(crate) mod auth;
mod catalogue;
mod data;
mod local;
pub(crate) use local::state as local_state;
mod market_data;
mod private;
pub(crate) mod serve;
mod trouble;

use serde_json::{Value, json};

use crate::post::Refused;
use crate::venue::Venue;

/// A request, read whole.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The first value of a query parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }

    /// All values of a query parameter, repeated or separated by commas.
    pub(crate) fn params(&self, name: &str) -> Vec<&str> {
        let named = self.query.iter().filter(|(key, _)| key == name);
        named
            .flat_map(|(_, value)| value.split(','))
            .filter(|v| !v.is_empty())
            .collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Result<Value, Refused> {
        serde_json::from_slice(&self.body).map_err(|_| Refused::new(400, "Invalid payload"))
    }

    /// Method and path as one text, for matching.
    fn route(&self) -> (&str, Vec<&str>) {
        let parts = self.path.split('/').filter(|part| !part.is_empty());
        (self.method.as_str(), parts.collect())
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string(),
            content_type: "application/json",
            headers: Vec::new(),
        }
    }
}

impl From<Result<Value, Refused>> for Answer {
    fn from(result: Result<Value, Refused>) -> Self {
        match result {
            Ok(body) => Self::json(200, &body),
            Err(refused) => Self::json(refused.status, &refused.body),
        }
    }
}

/// Answers a request.
pub(crate) fn answer(venue: &mut Venue, request: &Request) -> Answer {
    venue.advance();
    let (method, parts) = request.route();
    let parts = at_home(parts);
    let result = local::route(venue, request, method, &parts)
        .or_else(|| market_data::route(venue, request, method, &parts))
        .or_else(|| catalogue::route(venue, request, method, &parts))
        .or_else(|| data::route(venue, request, method, &parts))
        .or_else(|| auth::route(venue, request, method, &parts))
        .or_else(|| private::route(venue, request, method, &parts));
    match result {
        Some(result) => result.into(),
        None => Answer::json(404, &json!({"error": "not found"})),
    }
}

/// A client may know one address for all servers: what only the Data API or the relayer answers is found at the root, too.
fn at_home(parts: Vec<&str>) -> Vec<&str> {
    let home = match parts.as_slice() {
        ["v2", ..] => "data-api",
        ["submit" | "relay-payload", ..] | ["v1", "account", "transactions", ..] => "relayer",
        _ => return parts,
    };
    std::iter::once(home).chain(parts).collect()
}

/// One page of a list: `limit` items from the cursor, and the cursor of the next page.
pub(crate) fn page(items: Vec<Value>, cursor: Option<&str>, limit: usize) -> (Vec<Value>, String) {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    let decoded = cursor.and_then(|c| engine.decode(c).ok());
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let from = text.and_then(|t| t.parse::<usize>().ok()).unwrap_or(0);
    let total = items.len();
    let taken: Vec<Value> = items.into_iter().skip(from).take(limit).collect();
    let next = from.saturating_add(taken.len());
    let cursor = if next >= total {
        "-1".to_owned()
    } else {
        next.to_string()
    };
    (taken, engine.encode(cursor))
}
