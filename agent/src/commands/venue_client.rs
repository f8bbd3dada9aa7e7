//! A client of the venue that the settings mean: Polymarket itself, or the local venue of a rehearsal.

use std::sync::Arc;

use alloy_primitives::Address;
use quorate_polymarket::chain::ChainId;
use quorate_polymarket::gamma::{Gamma, GammaError};
use quorate_polymarket::keystore::SecretKey;
use quorate_polymarket::rest::{Account, Bounds, Client, ClientOptions, RestError};
use quorate_polymarket::wallet::WalletType;

use crate::failure::{EXIT_CONFIG, EXIT_NETWORK, EXIT_NOT_FOUND, Failure};
use crate::keyring::EXIT_KEY;
use crate::runtime::host::HostError;
use crate::runtime::live::connect::wallet_of;
use crate::runtime::live::servers::Servers;
use crate::settings::{Chain, Funder, Settings};

/// Who acts at the venue.
pub(crate) struct Identity {
    /// For the client.
    pub(crate) account: Account,
    /// Type of the wallet.
    pub(crate) wallet: WalletType,
    /// The wallet.
    pub(crate) funder: Address,
    /// The chain.
    pub(crate) chain: ChainId,
}

impl Identity {
    /// The account of a key, as the settings describe it.
    ///
    /// # Errors
    /// The settings do not say how orders are signed, or name a wallet that is not the key's.
    pub(crate) fn of(settings: &Settings, secret: &SecretKey) -> Result<Self, Failure> {
        let Some(kind) = settings.account.signature_type else {
            return Err(Failure::state_hint(
                "no-signature-type",
                EXIT_CONFIG,
                "account.signature_type is not set, and it is never guessed",
                "`quorate keys show` lists the wallets of the key; take the one that has the money",
            ));
        };
        let wallet = WalletType::from_number(kind.number())
            .ok_or_else(|| Failure::internal("a signature type without a wallet"))?;
        let given = match settings.account.funder {
            Funder::Auto => None,
            Funder::Address(bytes) => Some(Address::from(bytes)),
        };
        let key = secret.key();
        let funder = wallet_of(key.address(), wallet, given).map_err(HostError::from)?;
        let chain = chain(settings);
        Ok(Self {
            account: Account {
                key,
                chain_id: chain.id(),
                nonce: 0,
                signature_type: wallet.number(),
            },
            wallet,
            funder,
            chain,
        })
    }
}

/// The chain of the settings.
pub(crate) const fn chain(settings: &Settings) -> ChainId {
    match settings.account.chain {
        Chain::Polygon => ChainId::Polygon,
        Chain::Amoy => ChainId::Amoy,
    }
}

/// A client; without an identity it does public reads only.
///
/// # Errors
/// No client can be made.
pub(crate) fn client(
    settings: &Settings,
    identity: Option<Identity>,
) -> Result<Arc<Client>, Failure> {
    let options = ClientOptions {
        hosts: servers(settings)?.hosts().clone(),
        bounds: Bounds::default(),
        wall: Arc::new(now_ms),
    };
    let client = Client::new(options, identity.map(|identity| identity.account));
    client.map(Arc::new).map_err(failed)
}

/// The servers of the settings.
///
/// # Errors
/// The local venue is not on this machine.
pub(crate) fn servers(settings: &Settings) -> Result<Servers, Failure> {
    Servers::of(settings).map_err(|error| {
        Failure::state_hint(error.code(), error.exit(), error.to_string(), error.hint())
    })
}

/// A client of the catalogue.
///
/// # Errors
/// No client can be made.
pub(crate) fn catalogue(settings: &Settings) -> Result<Gamma, Failure> {
    servers(settings)?.catalogue().map_err(not_found_or_down)
}

/// This machine's clock, unix milliseconds.
pub(crate) fn now_ms() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default()
}

/// A call that gave nothing.
#[allow(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err takes"
)]
pub(crate) fn failed(error: RestError) -> Failure {
    let exit = match &error {
        RestError::Setting { .. } => EXIT_CONFIG,
        RestError::NotLoggedIn { .. } | RestError::AuthFailed { .. } => EXIT_KEY,
        RestError::Refused {
            status: 401 | 403, ..
        } => EXIT_KEY,
        RestError::Refused { status: 404, .. } => EXIT_NOT_FOUND,
        _ => EXIT_NETWORK,
    };
    Failure::state_hint(
        "venue",
        exit,
        error.to_string(),
        "`quorate doctor --online` says what can be reached and what cannot",
    )
}

/// A question to the catalogue that gave nothing.
#[allow(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err takes"
)]
pub(crate) fn not_found_or_down(error: GammaError) -> Failure {
    let (code, exit) = match &error {
        GammaError::NotFound { .. } => ("no-market", EXIT_NOT_FOUND),
        GammaError::Setting { .. } => ("setting", EXIT_CONFIG),
        _ => ("venue", EXIT_NETWORK),
    };
    Failure::state_hint(
        code,
        exit,
        error.to_string(),
        "`quorate markets search WORDS` finds names",
    )
}
