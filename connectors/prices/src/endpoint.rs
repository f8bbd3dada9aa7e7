//! Where a price stream may lead.

use tokio_tungstenite::tungstenite::http::Uri;

/// Hosts that prices are taken from.
pub const HOSTS: [&str; 4] = [
    "ws-live-v2.polymarket.com",
    "ws-live-data.polymarket.com",
    "data-stream.binance.vision",
    "stream.binance.com",
];

/// An address that a price stream may lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

/// An address that a price stream may not lead to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no address for prices: write wss:// and one of {hosts}, or ws://127.0.0.1:PORT for one on this machine",
    hosts = HOSTS.join(", ")
)]
pub struct EndpointError(pub String);

impl Endpoint {
    /// Checks an address: `wss://` and one of [`HOSTS`], or `ws://` on this machine. A path at the end may be left out.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(url: &str) -> Result<Self, EndpointError> {
        let refused = || EndpointError(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| refused())?;
        let host = uri.host().ok_or_else(refused)?;
        let has_user = uri
            .authority()
            .is_some_and(|part| part.as_str().contains('@'));
        let fits = match uri.scheme_str() {
            Some("wss") => is_here(host) || HOSTS.contains(&host),
            Some("ws") => is_here(host),
            _ => false,
        };
        (fits && !has_user)
            .then(|| Self(url.trim_end_matches('/').to_owned()))
            .ok_or_else(refused)
    }

    /// Whether an API key of the venue may be sent there: to the venue, or to this machine.
    pub(crate) fn takes_keys(&self) -> bool {
        let uri: Option<Uri> = self.0.parse().ok();
        uri.as_ref()
            .and_then(Uri::host)
            .is_some_and(|host| is_here(host) || host.ends_with(".polymarket.com"))
    }

    /// The address, without a slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_here(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}
