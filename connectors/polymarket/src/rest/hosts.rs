//! Where the calls go. A key is never sent to a host that is neither the venue's nor this machine.

use std::net::IpAddr;

use reqwest::Url;

use super::error::RestError;

const ALLOWED: [&str; 6] = [
    "clob.polymarket.com",
    "clob-staging.polymarket.com",
    "gamma-api.polymarket.com",
    "data-api.polymarket.com",
    "relayer-v2.polymarket.com",
    "polymarket.com",
];

/// The root of a server: one of the venue's own over TLS, or a server on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base(String);

impl Base {
    /// A base URL such as `https://clob.polymarket.com` or `http://127.0.0.1:8080`. `name` is that of the setting.
    ///
    /// # Errors
    /// [`RestError::Setting`] for any other host, a plain connection to another machine, or a URL with more than scheme,
    /// host and port in it.
    pub fn parse(name: &'static str, text: &str) -> Result<Self, RestError> {
        let refuse = |problem: String| RestError::Setting { name, problem };
        let url = Url::parse(text).map_err(|error| {
            refuse(format!(
                "`{text}` is not a URL ({error}); expected something like https://clob.polymarket.com"
            ))
        })?;
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && matches!(url.path(), "" | "/");
        if !bare {
            return Err(refuse(
                "expected scheme, host and port only; take user, path and query out".to_owned(),
            ));
        }
        let host = url.host_str().unwrap_or_default();
        let venue = url.scheme() == "https" && url.port().is_none() && ALLOWED.contains(&host);
        let local = matches!(url.scheme(), "http" | "https") && is_loopback(host);
        if !venue && !local {
            return Err(refuse(format!(
                "`{text}` is not allowed; expected https and one of {}, or a server on 127.0.0.1",
                ALLOWED.join(", ")
            )));
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// The URL, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// The servers that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// Orders, books, account.
    pub clob: Base,
    /// The catalogue of markets.
    pub gamma: Base,
    /// Positions and resolutions.
    pub data: Base,
    /// Transactions without gas.
    pub relayer: Base,
    /// The question whether trading is allowed from here.
    pub geoblock: Base,
}

impl Hosts {
    /// Polymarket itself.
    #[must_use]
    pub fn polymarket() -> Self {
        let base = |host: &str| Base(format!("https://{host}"));
        Self {
            clob: base("clob.polymarket.com"),
            gamma: base("gamma-api.polymarket.com"),
            data: base("data-api.polymarket.com"),
            relayer: base("relayer-v2.polymarket.com"),
            geoblock: base("polymarket.com"),
        }
    }

    /// One server on this machine that plays all of them, such as `http://127.0.0.1:8080`: orders at its root, the
    /// catalogue under `/gamma`, positions under `/data-api`, transactions under `/relayer`.
    ///
    /// # Errors
    /// [`RestError::Setting`] when it is not on this machine.
    pub fn local(url: &str) -> Result<Self, RestError> {
        let base = Base::parse("venue_url", url)?;
        let host = Url::parse(base.as_str())
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default();
        if !is_loopback(&host) {
            return Err(RestError::Setting {
                name: "venue_url",
                problem: format!("`{url}` is not on this machine; expected http://127.0.0.1:PORT"),
            });
        }
        let under = |folder: &str| Base(format!("{}/{folder}", base.0));
        Ok(Self {
            gamma: under("gamma"),
            data: under("data-api"),
            relayer: under("relayer"),
            geoblock: base.clone(),
            clob: base,
        })
    }
}
