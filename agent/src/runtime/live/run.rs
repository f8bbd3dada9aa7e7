//! An instance at a real venue, put together: who trades where, what exists, and every task around the loop.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alloy_primitives::Address;
use quorate_backtest::replay::Venue;
use quorate_domain::{Cash, HealthInput, Input, Listing, MarketId, Timestamp};
use quorate_polymarket::chain::ChainId;
use quorate_polymarket::gamma::{Gamma, GammaSettings};
use quorate_polymarket::key::Key;
use quorate_polymarket::relayer::{Relayer, RelayerAuth};
use quorate_polymarket::rest::{self, Bounds, Client, ClientOptions, Hosts, RestError};
use quorate_polymarket::wallet::{
    DepositForm, WalletType, classify, deposit_wallet, proxy_wallet, safe_wallet,
};
use quorate_polymarket::ws::{
    Change, Endpoint, LogIn, MarketHandle, MarketSettings, Pair, Timings as SocketTimings,
    UserStream, market_stream,
};
use quorate_venue::Exchange;
use quorate_workers::Clock;
use tokio::sync::{mpsc, watch};

use super::directory::{Directory, VenueMarket};
use super::discovery::{Catalogue, Discovery, ends, news};
use super::health::{self, Streamed};
use super::price_sources::Endpoints;
use super::relay::{Owner, RelayedChores};
use super::route::{Trader, VenueRoute};
use super::settle::Ends;
use super::{chores, settle, streams};
use crate::failure::{EXIT_CONFIG, EXIT_NETWORK};
use crate::journal::{Journal, JournalError, SharedDisk};
use crate::runtime::feed::{FeedLine, LiveFeed, live_feed};
use crate::runtime::gateway::{self, AccountPast, SendGate, Timings, back_off};
use crate::runtime::host::{HostError, Plan, Ran, Ready, Stage, labels, opened, play};
use crate::runtime::kill_switch::KillSwitch;
use crate::runtime::machine::{Machine, Observer};
use crate::runtime::names::Names;
use crate::runtime::order_path::NoOrderPath;
use crate::runtime::pace::{Pace, Speed};
use crate::runtime::recovery::{Elsewhere, RecoveryError, go_through};
use crate::runtime::start::{Opening, StartError, lines, wall_time};
use crate::runtime::watcher::Watcher;
use crate::runtime::world_clock::WorldClock;
use crate::settings::Settings;

/// Pieces that a live feed holds before connectors wait.
const FEED_MAX: usize = 8_192;
/// Reports of a socket that wait.
const REPORTS_MAX: usize = 1_024;
/// Pause between two looks at what the venue lists.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Pause between two questions whether trading is allowed from here.
const GEOBLOCK_EVERY: Duration = Duration::from_secs(3_600);
/// How long a start waits for a venue that does not answer.
const PATIENCE: Duration = Duration::from_secs(180);
/// First and longest pause before it is asked again.
const RETRY_FIRST: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(10);
/// Largest frame of the user channel, bytes.
const USER_FRAME_MAX: usize = 1 << 20;
/// Where a journal of live data comes from.
pub const SOURCE: &str = "live";

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
    hosts: Hosts,
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

    fn endpoint(&self, channel: &str) -> Result<Endpoint, VenueError> {
        let endpoint = Endpoint::parse(&format!("{}/ws/{channel}", self.sockets));
        endpoint.map_err(|error| VenueError::Unreachable(error.to_string()))
    }
}

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
    fn key(&self) -> Key {
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
    servers: Servers,
    client: Arc<Client>,
    directory: Directory,
    discovery: Discovery,
    /// What it lists of what the settings name.
    pub catalogue: Catalogue,
    person: Option<Person>,
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
        hosts: servers.hosts.clone(),
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
    let gamma = Gamma::new(GammaSettings {
        base_url: servers.hosts.gamma.as_str().to_owned(),
        ..GammaSettings::default()
    });
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

/// Trades for real until it is stopped.
///
/// # Errors
/// See [`HostError`].
pub async fn trade(
    plan: Plan,
    connected: Connected,
    disk: &SharedDisk,
    ready: impl FnOnce(&Ready),
) -> Result<Ran<gateway::RemoteVenue>, HostError> {
    let Some(person) = &connected.person else {
        return Err(VenueError::LogIn("nobody's account is to be traded".into()).into());
    };
    let api_key = connected.client.credentials();
    let api_key = api_key.ok_or_else(|| VenueError::LogIn("there is no API key".into()))?;
    let trader = Trader {
        key: person.key(),
        funder: person.funder,
        wallet: person.wallet,
        chain: person.chain,
        api_key: api_key.api_key.clone(),
    };
    let us = trader.identity();
    let route = VenueRoute::new(
        Arc::clone(&connected.client),
        connected.directory.clone(),
        trader,
    );
    let switch = KillSwitch::of(plan.folder.root());
    let name = person.funder.to_string().to_lowercase();
    let opening = gateway::open(
        gateway::Account {
            disk,
            folder: &plan.folder.journal(),
            name: &name,
        },
        &plan.setup,
        route,
        (SendGate::new(switch), Timings::default()),
        wall_time(),
        fastrand::u64(..),
    )?;
    let known = opening.known;
    let (machine, mut gateway) = (opening.machine, opening.gateway);
    let (chore_line, chore_jobs) = mpsc::channel(64);
    let left_undone: Vec<_> = known.chores.values().copied().collect();
    gateway.connect_chores(chore_line, &left_undone, machine.engine());
    let news_line = gateway.news_line();
    tokio::spawn(opening.courier.run());
    let owner = person.key().address().to_string();
    let relayer = person.relayer_key.clone().map(|key| {
        let auth = RelayerAuth::Key {
            key: key.into(),
            address: owner,
        };
        Relayer::new(Arc::clone(&connected.client), auth)
    });
    let relayed = Arc::new(RelayedChores {
        route: gateway.route(),
        client: Arc::clone(&connected.client),
        directory: connected.directory.clone(),
        relayer,
        owner: Owner {
            key: person.key(),
            wallet: person.funder,
            kind: person.wallet,
            chain: person.chain,
        },
    });
    tokio::spawn(chores::work(relayed, chore_jobs, news_line.clone()));
    let user = UserStream {
        endpoint: connected.servers.endpoint("user")?,
        timings: SocketTimings::default(),
        frame_bytes_max: USER_FRAME_MAX,
        log_in: LogIn {
            api_key: api_key.api_key.clone(),
            secret: api_key.secret.clone(),
            passphrase: api_key.passphrase.clone(),
        },
        markets: Vec::new(),
        clock: wall_time,
        reports: {
            let (reports, heard) = mpsc::channel(REPORTS_MAX);
            let directory = connected.directory.clone();
            tokio::spawn(streams::account_news(heard, news_line, directory, us));
            reports
        },
    };
    let watcher = Watcher::new(
        known.deposited,
        known.fills,
        known.names.clone(),
        labels(&plan.feed),
    )
    .of_live_account();
    let mut opening = Opening {
        machine,
        opened: opening.opened,
        batches: opening.batches,
        deposited: known.deposited,
        fills: known.fills,
        names: known.names,
    };
    let mut watcher = watcher;
    let begun = Begun::new(
        &mut opening.machine,
        &opening.names,
        &connected,
        &mut watcher,
    )?;
    begun.spawn("user channel", user.run());
    let client = Arc::clone(&connected.client);
    begun.spawn(
        "heartbeat",
        health::heartbeat(Arc::clone(&client), begun.line.clone(), begun.clock()),
    );
    begun.spawn("geoblock", geoblock(client, begun.blocked.clone()));
    let (feed, stage_clock, at, pace) = begun.around(connected, opening.machine.engine())?;
    let stage = Stage {
        opening,
        feed,
        path: gateway,
        at,
        pace: Some(pace),
        clock: stage_clock,
        lines: lines(),
    };
    play(plan, disk, stage, watcher, ready).await
}

/// Trades on the venue's data with simulated money until it is stopped.
///
/// # Errors
/// See [`HostError`].
pub async fn simulate(
    plan: Plan,
    connected: Connected,
    disk: &SharedDisk,
    ready: impl FnOnce(&Ready),
) -> Result<Ran<Exchange>, HostError> {
    let mut opening = opened(&plan, disk).await?;
    let mut watcher = Watcher::new(
        opening.deposited,
        opening.fills,
        opening.names.clone(),
        labels(&plan.feed),
    );
    let begun = Begun::new(
        &mut opening.machine,
        &opening.names,
        &connected,
        &mut watcher,
    )?;
    if opening.deposited == Cash::ZERO {
        let bankroll = plan.setup.bankroll;
        opening.machine.deposit(begun.at, bankroll, &mut watcher)?;
    }
    opening.machine.commit()?;
    let (feed, stage_clock, at, pace) = begun.around(connected, opening.machine.engine())?;
    let stage = Stage {
        opening,
        feed,
        path: NoOrderPath,
        at,
        pace: Some(pace),
        clock: stage_clock,
        lines: lines(),
    };
    play(plan, disk, stage, watcher, ready).await
}

/// A live world that has begun: its clock runs and what exists was listed.
struct Begun {
    line: FeedLine,
    feed: LiveFeed,
    world: Arc<WorldClock>,
    at: Timestamp,
    pace: Pace,
    told: BTreeMap<String, Listing>,
    /// When trading ended in markets that are not listed any more.
    past_ends: BTreeMap<MarketId, Timestamp>,
    /// Whether the venue does not trade with this place.
    blocked: watch::Sender<bool>,
}

impl Begun {
    fn new<V: Venue>(
        machine: &mut Machine<V>,
        names: &Names,
        connected: &Connected,
        observer: &mut impl Observer,
    ) -> Result<Self, JournalError> {
        let at = wall_time().max(machine.standing_at());
        let world = Arc::new(WorldClock::default());
        let pace = Pace::starting(Speed::Times(1.0), at);
        world.start(pace);
        let (line, feed) = live_feed(FEED_MAX);
        let mut told = BTreeMap::new();
        let mut past_ends = BTreeMap::new();
        for market in names.markets() {
            past_ends.extend(market.closes_at.map(|at| (market.id, at)));
            let listing = Listing::Market(Box::new(market.clone()));
            told.insert(format!("market {}", market.id), listing);
        }
        for market in &connected.catalogue.venue {
            note(machine, market)?;
        }
        for (_, refused) in &connected.catalogue.news {
            let refused = crate::journal::Record::Note(refused.clone());
            machine.journal_mut().append(&refused)?;
        }
        for listing in news(&connected.catalogue, &mut told) {
            machine.observe(at, Input::Listed(listing), observer)?;
        }
        machine.commit()?;
        Ok(Self {
            line,
            feed,
            world,
            at,
            pace,
            told,
            past_ends,
            blocked: watch::Sender::default(),
        })
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.world) as Arc<dyn Clock>
    }

    /// Runs a task that must not end; if it does, trading stops and somebody has to look.
    fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let (line, clock) = (self.line.clone(), self.clock());
        tokio::spawn(async move {
            let ended = tokio::spawn(task).await;
            tracing::error!(event = "task_ended", task = name, ?ended, "trading stops");
            line.tell(clock.now(), Input::Health(HealthInput::Watchdog))
                .await
        });
    }

    /// Starts everything that needs no account.
    fn around(
        self,
        connected: Connected,
        engine: &quorate_engine::Engine,
    ) -> Result<(LiveFeed, Arc<WorldClock>, Timestamp, Pace), HostError> {
        let (client, directory) = (Arc::clone(&connected.client), connected.directory.clone());
        let endpoint = connected.servers.endpoint("market")?;
        let (reports, heard) = mpsc::channel(REPORTS_MAX);
        let (channel, stream) = market_stream(MarketSettings::new(endpoint, wall_time), reports);
        let streamed = Streamed::default();
        let (hints, hinted) = mpsc::channel(REPORTS_MAX);
        let (listed, new_names) = mpsc::channel(64);
        let pairs = connected.catalogue.venue.iter().map(pair).collect();
        // Only a stream that has ended refuses, and this one has not begun.
        let _ = channel.change(Change::Subscribe(pairs));
        let mut all = self.past_ends.clone();
        all.extend(ends(&connected.catalogue));
        let all: Ends = Arc::new(Mutex::new(all));
        let decided: BTreeSet<MarketId> = engine
            .markets()
            .iter()
            .filter(|state| state.payout.is_some())
            .map(|state| state.market.id)
            .collect();
        self.spawn("market channel", stream.run());
        self.spawn(
            "market news",
            streams::market_news(
                heard,
                self.line.clone(),
                directory.clone(),
                self.clock(),
                (Arc::clone(&streamed), hints),
            ),
        );
        self.spawn(
            "weather",
            health::weather(
                Arc::clone(&client),
                self.blocked.clone(),
                self.line.clone(),
                self.clock(),
            ),
        );
        self.spawn(
            "clock",
            health::clock_skew(Arc::clone(&client), self.line.clone(), self.clock()),
        );
        let (known, checked) = (directory.clone(), Arc::clone(&all));
        let clock = self.clock();
        let watched = move || still_open(&known, &checked, clock.now());
        self.spawn(
            "books",
            health::books(
                Arc::clone(&client),
                directory.clone(),
                streamed,
                channel.clone(),
                (self.line.clone(), self.clock()),
                watched,
            ),
        );
        self.spawn(
            "resolutions",
            settle::watch(
                client,
                (directory.clone(), channel.clone()),
                Arc::clone(&all),
                decided,
                (self.line.clone(), self.clock()),
                (hinted, listed),
            ),
        );
        let prices = Endpoints::public();
        let prices = prices.map_err(|error| VenueError::Unreachable(error.to_string()))?;
        let out = (self.line.clone(), self.clock());
        self.spawn("prices", connected.discovery.prices(prices, out));
        let look = look_again(
            connected.discovery,
            (directory, channel, all),
            (self.line.clone(), self.clock()),
            self.told.clone(),
            new_names,
        );
        self.spawn("discovery", look);
        Ok((self.feed, self.world, self.at, self.pace))
    }
}

/// Markets whose trading has not ended.
fn still_open(directory: &Directory, ends: &Ends, now: Timestamp) -> BTreeSet<MarketId> {
    let ends = ends.lock().unwrap_or_else(PoisonError::into_inner);
    let markets = directory.markets().into_iter().map(|market| market.market);
    markets
        .filter(|id| ends.get(id).is_none_or(|end| now < *end))
        .collect()
}

fn note<V: Venue>(machine: &mut Machine<V>, market: &VenueMarket) -> Result<(), JournalError> {
    match market.note() {
        Ok(note) => machine
            .journal_mut()
            .append(&crate::journal::Record::Note(note))
            .map(drop),
        Err(error) => {
            tracing::error!(event = "venue_market_note", %error, "a market's names cannot be written down");
            Ok(())
        }
    }
}

fn pair(market: &VenueMarket) -> Pair {
    Pair {
        market: market.market,
        condition: market.condition.clone(),
        yes: market.yes.clone(),
        no: market.no.clone(),
        tick: market.tick,
    }
}

/// Looks every so often, or when the venue lists something, what there is now of what the settings name.
async fn look_again(
    mut discovery: Discovery,
    (directory, channel, all): (Directory, MarketHandle, Ends),
    (line, clock): (FeedLine, Arc<dyn Clock>),
    mut told: BTreeMap<String, Listing>,
    mut new_names: mpsc::Receiver<String>,
) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            Some(name) = new_names.recv() => {
                tracing::debug!(event = "listed", name, "the venue lists something new");
                // Fresh markets are not ready at once, and many come together.
                tokio::time::sleep(Duration::from_secs(5)).await;
                while new_names.try_recv().is_ok() {}
            }
        }
        let catalogue = match discovery.catalogue(clock.now()).await {
            Ok(catalogue) => catalogue,
            Err(why) => {
                tracing::warn!(
                    event = "discovery",
                    why,
                    "what is listed is not known; asked again"
                );
                continue;
            }
        };
        all.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(ends(&catalogue));
        let changed: BTreeMap<MarketId, &VenueMarket> = catalogue
            .venue
            .iter()
            .filter(|market| directory.put((*market).clone()))
            .map(|market| (market.market, market))
            .collect();
        for listing in news(&catalogue, &mut told) {
            let names = match &listing {
                Listing::Market(market) => {
                    changed.get(&market.id).and_then(|named| named.note().ok())
                }
                _ => None,
            };
            let input = Input::Listed(listing);
            let heard = match names {
                Some(note) => line.tell_with(clock.now(), input, note).await,
                None => line.tell(clock.now(), input).await,
            };
            if !heard {
                return;
            }
        }
        for (input, note) in catalogue.remarks() {
            if !line.tell_with(clock.now(), input, note).await {
                return;
            }
        }
        let pairs: Vec<Pair> = changed.values().map(|market| pair(market)).collect();
        if !pairs.is_empty() && !channel.change(Change::Subscribe(pairs)) {
            return;
        }
    }
}

/// Asks every so often whether trading is still allowed from here; if not, only withdrawals go.
async fn geoblock(client: Arc<Client>, blocked: watch::Sender<bool>) {
    loop {
        tokio::time::sleep(GEOBLOCK_EVERY).await;
        match client.geoblock().await {
            Ok(here) => drop(blocked.send_replace(here.blocked)),
            Err(error) => {
                tracing::warn!(event = "geoblock", %error, "not known whether trading is allowed from here");
            }
        }
    }
}
