//! From settings to a venue that was reached: whether it trades with this place, its clock, the log-in, what it lists.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::Address;
use quorate_polymarket::chain::ChainId;
use quorate_polymarket::key::Key;
use quorate_polymarket::rest::{self, Bounds, Client, ClientOptions, RestError};
use quorate_polymarket::wallet::{
    DepositForm, WalletType, classify, deposit_wallet, proxy_wallet, safe_wallet,
};

use super::directory::Directory;
use super::discovery::{Catalogue, Discovery};
use super::servers::{Servers, VenueError};
use crate::journal::{Journal, SharedDisk};
use crate::runtime::gateway::{AccountPast, back_off};
use crate::runtime::host::HostError;
use crate::runtime::recovery::{Elsewhere, RecoveryError, go_through};
use crate::runtime::start::{StartError, wall_time};
use crate::settings::Settings;

/// How long a start waits for a venue that does not answer.
const PATIENCE: Duration = Duration::from_secs(180);
/// First and longest pause before it is asked again.
const RETRY_FIRST: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// Whose money is traded.
pub struct Person {
    /// Makes the account's key; every part that signs holds one of its own.
    pub key: Box<dyn Fn() -> Key + Send + Sync>,
    /// How orders are signed.
    pub wallet: WalletType,
    /// The chain.
    pub chain: ChainId,
    /// Address that holds the collateral.
    pub funder: Address,
    /// The relayer's key.
    pub relayer_key: Option<String>,
}

impl Person {
    pub(super) fn key(&self) -> Key {
        (self.key)()
    }
}

/// The wallet of a key, which must be the one given, if one is.
///
/// # Errors
/// [`VenueError::OtherFunder`].
pub fn wallet_of(
    owner: Address,
    wallet: WalletType,
    given: Option<Address>,
) -> Result<Address, VenueError> {
    let derived = match wallet {
        WalletType::Eoa => owner,
        WalletType::PolyProxy => proxy_wallet(owner),
        WalletType::GnosisSafe => safe_wallet(owner),
        WalletType::Poly1271 => deposit_wallet(owner, DepositForm::Beacon),
    };
    match given {
        // A deposit wallet of an earlier form has another address and is the account's all the same.
        Some(given) if classify(owner, given).wallet_type() == Some(wallet) => Ok(given),
        Some(given) => Err(VenueError::OtherFunder { given, derived }),
        None => Ok(derived),
    }
}

/// A venue that was reached, and what it lists.
pub struct Connected {
    pub(super) servers: Servers,
    pub(super) client: Arc<Client>,
    pub(super) directory: Directory,
    pub(super) discovery: Discovery,
    /// What it lists of what the settings name.
    pub catalogue: Catalogue,
    pub(super) person: Option<Person>,
}

/// Reaches the venue: whether it trades with this place, its clock, the log-in if somebody trades, and what it lists.
///
/// # Errors
/// See [`VenueError`]; also a journal that cannot be read.
pub async fn connect(
    servers: Servers,
    person: Option<Person>,
    settings: &Settings,
    (folder, disk): (&crate::runtime::instance::Folder, &SharedDisk),
) -> Result<Connected, HostError> {
    let unreachable = |error: &dyn std::fmt::Display| VenueError::Unreachable(error.to_string());
    let account = person.as_ref().map(|person| rest::Account {
        key: person.key(),
        chain_id: person.chain.id(),
        nonce: 0,
        signature_type: person.wallet.number(),
    });
    let options = ClientOptions {
        hosts: servers.hosts().clone(),
        bounds: Bounds::default(),
        wall: Arc::new(|| wall_time().nanos() / 1_000_000),
    };
    let client = Client::new(options, account).map_err(|error| unreachable(&error))?;
    if person.is_some() {
        let here = patiently("geoblock", || client.geoblock()).await;
        let here = here.map_err(|error| unreachable(&error))?;
        if here.blocked {
            let (country, region) = (here.country, here.region);
            return Err(VenueError::Geoblocked { country, region }.into());
        }
    }
    let synced = patiently("clock", || client.sync_clock()).await;
    synced.map_err(|error| unreachable(&error))?;
    if person.is_some() {
        let logged_in = patiently("log-in", || client.log_in()).await;
        logged_in.map_err(|error| VenueError::LogIn(error.to_string()))?;
    }
    let past = past_of(disk, folder)?;
    let directory = Directory::of_past(&past.names, &past.notes);
    let gamma = servers.catalogue();
    let client = Arc::new(client);
    let file = folder.settings().display().to_string();
    let mut discovery = Discovery::new(
        gamma.map_err(|error| unreachable(&error))?,
        Arc::clone(&client),
        (settings.clone(), file),
        directory.clone(),
        &past.names,
    );
    let catalogue = listed(&mut discovery).await?;
    // Whoever traded before comes back for what is still owed, even if all of it is closed by now.
    if catalogue.venue.is_empty() && directory.markets().is_empty() {
        return Err(VenueError::NoMarkets(catalogue.refused.join("; ")).into());
    }
    for refused in &catalogue.refused {
        tracing::warn!(
            event = "not_traded",
            why = refused,
            "a market of the settings is not traded"
        );
    }
    for market in &catalogue.venue {
        directory.put(market.clone());
    }
    Ok(Connected {
        servers,
        client,
        directory,
        discovery,
        catalogue,
        person,
    })
}

/// What is listed, however often it has to be asked for.
async fn listed(discovery: &mut Discovery) -> Result<Catalogue, VenueError> {
    // Settings that do not fit what is listed come here too, and no patience mends them.
    let until = tokio::time::Instant::now() + PATIENCE / 6;
    loop {
        match discovery.catalogue(wall_time()).await {
            Ok(catalogue) => return Ok(catalogue),
            Err(why) if until <= tokio::time::Instant::now() => {
                return Err(VenueError::Unreachable(why));
            }
            Err(why) => {
                tracing::warn!(event = "discovery", why, "asked again");
                tokio::time::sleep(RETRY_MAX / 4).await;
            }
        }
    }
}

/// Asks until there is an answer, or until it is clear that none will come: whoever starts in the middle of one of the
/// venue's restarts need not start again.
async fn patiently<T, F>(what: &str, mut ask: impl FnMut() -> F) -> Result<T, RestError>
where
    F: Future<Output = Result<T, RestError>>,
{
    let until = tokio::time::Instant::now() + PATIENCE;
    let mut dice = fastrand::Rng::new();
    let mut tries = 0;
    loop {
        let error = match ask().await {
            // An answer that is cut off or garbled comes whole the next time.
            Err(error)
                if error.is_transient() || matches!(error, RestError::NotUnderstood { .. }) =>
            {
                error
            }
            other => return other,
        };
        if until <= tokio::time::Instant::now() {
            return Err(error);
        }
        tracing::warn!(event = "connect", what, %error, "asked again");
        tokio::time::sleep(back_off(RETRY_FIRST, RETRY_MAX, tries, &mut dice)).await;
        tries += 1;
    }
}

/// What an earlier life knew.
fn past_of(
    disk: &SharedDisk,
    folder: &crate::runtime::instance::Folder,
) -> Result<AccountPast, StartError> {
    let mut past = AccountPast::default();
    if folder.has_journal() {
        let records = Journal::read(disk, &folder.journal())?;
        let records = records.map(|read| read.map(|(_, record)| record));
        go_through::<Elsewhere>(records, &mut past).map_err(|error: RecoveryError| error)?;
    }
    Ok(past)
}
