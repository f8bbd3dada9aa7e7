//! Where the venue's servers are, and why they do not let an instance trade.

use std::net::SocketAddr;

use alloy_primitives::Address;
use quorate_polymarket::gamma::{Gamma, GammaError, GammaSettings};
use quorate_polymarket::rest::Hosts;
use quorate_polymarket::ws::Endpoint;

use crate::failure::{EXIT_CONFIG, EXIT_NETWORK};
use crate::settings::Settings;

/// Why the venue does not let an instance trade.
#[derive(Debug, thiserror::Error)]
pub enum VenueError {
    /// The venue refuses this place.
    #[error("the venue does not trade with this place ({country} {region})")]
    Geoblocked {
        /// Country, two letters.
        country: String,
        /// Part of the country.
        region: String,
    },
    /// It cannot be reached, or does not answer as it should.
    #[error("the venue: {0}")]
    Unreachable(String),
    /// The log-in was refused.
    #[error("the log-in was refused: {0}")]
    LogIn(String),
    /// The account of the settings is not that of the key.
    #[error("account.funder is {given}, and the key with this signature type has {derived}")]
    OtherFunder {
        /// As given.
        given: Address,
        /// As derived.
        derived: Address,
    },
    /// Nothing of what the settings name is listed.
    #[error("no market can be traded: {0}")]
    NoMarkets(String),
}

impl VenueError {
    /// Code of the failure.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Geoblocked { .. } => "geoblocked",
            Self::Unreachable(_) => "venue",
            Self::LogIn(_) => "log-in",
            Self::OtherFunder { .. } => "other-funder",
            Self::NoMarkets(_) => "no-markets",
        }
    }

    /// Exit code of the process.
    #[must_use]
    pub const fn exit(&self) -> u8 {
        match self {
            Self::Geoblocked { .. } => 13,
            Self::Unreachable(_) => EXIT_NETWORK,
            Self::LogIn(_) => 6,
            Self::OtherFunder { .. } | Self::NoMarkets(_) => EXIT_CONFIG,
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Geoblocked { .. } => {
                "the venue decides where it trades; nothing here works around that"
            }
            Self::Unreachable(_) => "check the connection and the venue's status, then start again",
            Self::LogIn(_) => {
                "check account.keystore, account.signature_type and this machine's clock"
            }
            Self::OtherFunder { .. } => {
                "write funder = \"auto\", or choose the signature type of that wallet"
            }
            Self::NoMarkets(_) => {
                "name open markets in topics.markets; `quorate markets` lists them"
            }
        }
    }
}

/// Where the venue's servers are.
#[derive(Clone, Debug)]
pub struct Servers {
    pub(super) hosts: Hosts,
    sockets: String,
}

impl Servers {
    /// Polymarket itself.
    #[must_use]
    pub fn polymarket() -> Self {
        Self {
            hosts: Hosts::polymarket(),
            sockets: "wss://ws-subscriptions-clob.polymarket.com".into(),
        }
    }

    /// A venue on this machine that plays all of them.
    ///
    /// # Errors
    /// The address is not on this machine.
    pub fn local(address: SocketAddr) -> Result<Self, VenueError> {
        let hosts = Hosts::local(&format!("http://{address}"));
        Ok(Self {
            hosts: hosts.map_err(|error| VenueError::Unreachable(error.to_string()))?,
            sockets: format!("ws://{address}"),
        })
    }

    /// Those that the settings name.
    ///
    /// # Errors
    /// The local venue is not on this machine.
    pub fn of(settings: &Settings) -> Result<Self, VenueError> {
        match settings.account.local_venue {
            None => Ok(Self::polymarket()),
            Some(address) => Self::local(address.addr()),
        }
    }

    /// Servers that are asked.
    #[must_use]
    pub const fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// A client of the catalogue.
    ///
    /// # Errors
    /// None can be made.
    pub fn catalogue(&self) -> Result<Gamma, GammaError> {
        Gamma::new(GammaSettings {
            base_url: self.hosts.gamma.as_str().to_owned(),
            ..GammaSettings::default()
        })
    }

    /// Address of a channel of the sockets.
    ///
    /// # Errors
    /// The address is not the venue's.
    pub fn endpoint(&self, channel: &str) -> Result<Endpoint, VenueError> {
        let endpoint = Endpoint::parse(&format!("{}/ws/{channel}", self.sockets));
        endpoint.map_err(|error| VenueError::Unreachable(error.to_string()))
    }
}
