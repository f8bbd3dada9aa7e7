//! What the server says of itself, and the history of prices.

use reqwest::Method;
use rust_decimal::Decimal;

use super::budget::Group;
use super::client::{Client, understood};
use super::error::RestError;
use super::node::{Node, WireError};

/// Longest window of prices in one call, seconds.
const WINDOW_S: u64 = 15 * 24 * 3600;

/// A price at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricePoint {
    /// Unix seconds.
    pub at_s: u64,
    /// Price per share.
    pub price: Decimal,
}

/// Reads the answer of `/prices-history`.
///
/// # Errors
/// It is not of that shape.
pub fn parse_history(body: &[u8]) -> Result<Vec<PricePoint>, WireError> {
    history(&Node::parse(body)?)
}

fn seconds(node: &Node<'_>) -> Result<u64, WireError> {
    node.whole()
}

fn history(node: &Node<'_>) -> Result<Vec<PricePoint>, WireError> {
    let points = node.object()?.get("history").items()?;
    points
        .iter()
        .map(|point| {
            let point = point.object()?;
            Ok(PricePoint {
                at_s: point.get("t").whole()?,
                price: point.get("p").decimal()?,
            })
        })
        .collect()
}

impl Client {
    /// Whether the server answers at all.
    ///
    /// # Errors
    /// It does not.
    pub async fn is_ok(&self) -> Result<(), RestError> {
        let request = self.clob(Method::GET, "/ok");
        self.get(&request, Group::Clob).await.map(|_| ())
    }

    /// The server's time, unix seconds.
    ///
    /// # Errors
    /// No answer, or none that is a time.
    pub async fn server_time(&self) -> Result<u64, RestError> {
        let request = self.clob(Method::GET, "/time");
        let body = self.get(&request, Group::Clob).await?;
        understood(&request, &body, seconds)
    }

    /// Version of the exchange.
    ///
    /// # Errors
    /// No answer, or none that is a version.
    pub async fn version(&self) -> Result<String, RestError> {
        let request = self.clob(Method::GET, "/version");
        let body = self.get(&request, Group::Clob).await?;
        understood(&request, &body, |node| {
            let version = node.object()?.get("version");
            match version.whole() {
                Ok(number) => Ok(number.to_string()),
                Err(_) => version.word(),
            }
        })
    }

    /// Prices of a token from `start_s` to `end_s` (unix seconds), one for each `fidelity_minutes`, in as many calls as it
    /// takes; sorted, and each time once.
    ///
    /// # Errors
    /// No complete answer.
    pub async fn prices_history(
        &self,
        asset_id: &str,
        start_s: u64,
        end_s: u64,
        fidelity_minutes: u32,
    ) -> Result<Vec<PricePoint>, RestError> {
        let mut points = Vec::new();
        let mut from = start_s;
        while from < end_s {
            let to = end_s.min(from.saturating_add(WINDOW_S));
            let mut request = self.clob(Method::GET, "/prices-history");
            request.query = vec![
                ("market", asset_id.to_owned()),
                ("startTs", from.to_string()),
                ("endTs", to.to_string()),
                ("fidelity", fidelity_minutes.to_string()),
            ];
            let body = self.get(&request, Group::History).await?;
            points.extend(understood(&request, &body, history)?);
            from = to;
        }
        points.sort_by_key(|point| point.at_s);
        points.dedup_by_key(|point| point.at_s);
        Ok(points)
    }
}
