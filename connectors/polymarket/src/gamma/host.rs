//! Which addresses may be asked.

use std::net::IpAddr;

use reqwest::Url;

use super::error::GammaError;
use super::text::clean_line;

/// The only host outside this machine that is asked.
pub(super) const HOST: &str = "gamma-api.polymarket.com";

/// The address, if it may be asked.
pub(super) fn allowed(text: &str) -> Result<Url, GammaError> {
    let refused = |problem: String| GammaError::Setting {
        name: "base_url",
        problem: format!("{problem}; write https://{HOST}"),
    };
    let url = Url::parse(text).map_err(|error| refused(error.to_string()))?;
    let host = url.host_str().unwrap_or_default();
    let is_local = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    let is_venue = host == HOST && url.scheme() == "https" && url.port().is_none();
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused(
            "an address with credentials is not used".to_owned(),
        ));
    }
    let is_this_machine = is_local && matches!(url.scheme(), "http" | "https");
    if !is_venue && !is_this_machine {
        return Err(refused(format!(
            "{} is not an allowed address",
            clean_line(host)
        )));
    }
    Ok(url)
}
