//! Whether the venue trades with this place. It is asked, and obeyed.

use reqwest::Method;

use crate::rest::budget::Group;
use crate::rest::{Client, Node, RestError, WireError, request, understood};

/// What the venue says of the place we are at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geoblock {
    /// Whether trading is blocked.
    pub blocked: bool,
    /// Our address as the venue sees it.
    pub ip: String,
    /// Country, two letters.
    pub country: String,
    /// Part of the country.
    pub region: String,
}

/// Reads the answer.
///
/// # Errors
/// It is not of that shape: an answer that cannot be read is no permission.
pub fn parse_geoblock(body: &[u8]) -> Result<Geoblock, WireError> {
    geoblock(&Node::parse(body)?)
}

fn geoblock(node: &Node<'_>) -> Result<Geoblock, WireError> {
    let object = node.object()?;
    Ok(Geoblock {
        blocked: object.get("blocked").flag()?,
        ip: object.get("ip").word_if_any()?.unwrap_or_default(),
        country: object.get("country").word_if_any()?.unwrap_or_default(),
        region: object.get("region").word_if_any()?.unwrap_or_default(),
    })
}

impl Client {
    /// Whether the venue trades with this place. To be asked at the start and hourly.
    ///
    /// # Errors
    /// No answer, or one that cannot be understood.
    pub async fn geoblock(&self) -> Result<Geoblock, RestError> {
        let request = request(&self.hosts.geoblock, Method::GET, "/api/geoblock");
        let body = self.get(&request, Group::General).await?;
        understood(&request, &body, geoblock)
    }
}
