//! Checks that need the network: which of them there are, and with whose key they are made.

use quorate_polymarket::keystore::SecretKey;

use super::args::DoctorArgs;
use super::venue::Venue;
use super::{Finding, Patient, Row, Severity, Title};
use crate::commands::venue_client::Identity;
use crate::failure::Failure;
use crate::keyring::{StdinLines, open_with, password_of};
use crate::runtime::host::on_runtime;
use crate::settings::Settings;

/// Checks that need the network, in their order.
pub(super) const TITLES: [Title; 19] = [
    ("clob", Severity::Error, "the order book's server answers"),
    ("gamma", Severity::Error, "the catalogue answers"),
    ("data-api", Severity::Warning, "the data server answers"),
    ("relayer", Severity::Warning, "the relayer answers"),
    (
        "venue-version",
        Severity::Error,
        "the exchange is of the version that is signed for",
    ),
    (
        "clock-skew",
        Severity::Error,
        "this machine's clock is near the venue's",
    ),
    (
        "geoblock",
        Severity::Error,
        "the venue trades with this place",
    ),
    ("key", Severity::Error, "the key file opens"),
    (
        "api-key",
        Severity::Error,
        "the venue knows the API key of the account",
    ),
    (
        "closed-only",
        Severity::Error,
        "the account may open positions",
    ),
    (
        "rate-tier",
        Severity::Warning,
        "how much the account may ask for",
    ),
    ("collateral", Severity::Error, "the wallet has collateral"),
    (
        "allowances",
        Severity::Error,
        "the exchanges may take the collateral",
    ),
    (
        "approvals",
        Severity::Warning,
        "the adapters may move collateral and tokens",
    ),
    (
        "deposit-wallet",
        Severity::Error,
        "the deposit wallet is deployed",
    ),
    (
        "market-socket",
        Severity::Error,
        "the market channel connects",
    ),
    ("user-socket", Severity::Error, "the user channel connects"),
    (
        "topic-markets",
        Severity::Error,
        "the markets of the settings are listed, and their rules are understood",
    ),
    (
        "chain-nodes",
        Severity::Warning,
        "two nodes of the chain agree",
    ),
];

/// Checks that are made with the account's key.
const KEYED: [&str; 8] = [
    "key",
    "api-key",
    "closed-only",
    "rate-tier",
    "collateral",
    "allowances",
    "deposit-wallet",
    "user-socket",
];

/// Checks that are about to be made.
pub(super) struct Visit<'p> {
    titles: Vec<Title>,
    settings: Result<&'p Settings, Finding>,
    secret: Result<SecretKey, Finding>,
}

impl<'p> Visit<'p> {
    /// Gets ready: the password is asked for now if a check needs the key.
    pub(super) fn new(
        args: &DoctorArgs,
        patient: &'p Patient,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Self {
        let titles: Vec<Title> = TITLES
            .iter()
            .filter(|(id, ..)| is_wanted(id))
            .copied()
            .collect();
        let settings = patient.settings();
        let needs_key = titles.iter().any(|(id, ..)| KEYED.contains(id));
        let secret = match &settings {
            Ok(settings) if needs_key => key(args, settings),
            Ok(_) => Err(Finding::skip("no check needs it")),
            Err(finding) => Err(finding.clone()),
        };
        Self {
            titles,
            settings,
            secret,
        }
    }

    /// Makes the checks.
    ///
    /// # Errors
    /// The system gives no threads.
    pub(super) fn rows(self) -> Result<Vec<Row>, Failure> {
        let Self {
            titles,
            settings,
            secret,
        } = self;
        let settings = match settings {
            Ok(settings) => settings,
            Err(finding) => {
                let skipped = titles
                    .into_iter()
                    .map(|title| Row::of(title, finding.clone()));
                return Ok(skipped.collect());
            }
        };
        on_runtime(async {
            let identity = match secret {
                Ok(secret) => Identity::of(settings, &secret).map_err(|failure| said(&failure)),
                Err(finding) => Err(finding),
            };
            let mut rows = Vec::new();
            match Venue::new(settings, identity).await {
                Err(finding) => {
                    rows.extend(titles.iter().map(|title| Row::of(*title, finding.clone())));
                }
                Ok(venue) => {
                    for title in titles {
                        let (Ok(finding) | Err(finding)) = venue.check(title.0).await;
                        rows.push(Row::of(title, finding));
                    }
                }
            }
            Ok::<_, Failure>(rows)
        })
    }
}

fn key(args: &DoctorArgs, settings: &Settings) -> Result<SecretKey, Finding> {
    let Some(path) = &settings.account.keystore else {
        return Err(Finding::skip(
            "account.keystore is not set: paper needs no key",
        ));
    };
    let password = if args.password_stdin {
        StdinLines.password()
    } else {
        password_of(
            &settings.account.password_source,
            "Password of the key file: ",
        )
    };
    let opened = password.and_then(|password| open_with(path.as_path(), &password));
    opened.map_err(|failure| said(&failure))
}

/// A failure as a finding: its first line, and its hint as the fix.
pub(super) fn said(failure: &Failure) -> Finding {
    let text = failure.text();
    let mut lines = text.lines();
    let found = lines
        .next()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned();
    let hint = lines
        .find_map(|line| line.strip_prefix("hint: "))
        .unwrap_or_default();
    Finding::fail(found, hint)
}
