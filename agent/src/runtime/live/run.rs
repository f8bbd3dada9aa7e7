//! An instance at a real venue, put together: who trades where, what exists, and every task around the loop.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex};

use quorate_backtest::replay::Venue;
use quorate_domain::{Cash, HealthInput, Input, Listing, MarketId, Timestamp};
use quorate_polymarket::relayer::{Relayer, RelayerAuth};
use quorate_polymarket::ws::{
    Change, MarketSettings, Timings as SocketTimings, UserStream, market_stream,
};
use quorate_venue::Exchange;
use quorate_workers::Clock;
use tokio::sync::{mpsc, watch};

use super::connect::Connected;
use super::directory::VenueMarket;
use super::discovery::{ends, news};
use super::health::{self, Streamed};
use super::price_sources::Endpoints;
use super::relay::{Owner, RelayedChores};
use super::route::{Trader, VenueRoute};
use super::servers::VenueError;
use super::settle::Ends;
use super::upkeep::{geoblock, look_again, pair, still_open};
use super::{chores, settle, streams};
use crate::journal::{JournalError, SharedDisk};
use crate::runtime::feed::{FeedLine, LiveFeed, live_feed};
use crate::runtime::gateway::{self, SendGate, Timings};
use crate::runtime::host::{HostError, Plan, Ran, Ready, Stage, labels, opened, play};
use crate::runtime::kill_switch::KillSwitch;
use crate::runtime::machine::{Machine, Observer};
use crate::runtime::names::Names;
use crate::runtime::order_path::NoOrderPath;
use crate::runtime::pace::{Pace, Speed};
use crate::runtime::start::{Opening, lines, wall_time};
use crate::runtime::watcher::Watcher;
use crate::runtime::world_clock::WorldClock;

/// Pieces that a live feed holds before connectors wait.
const FEED_MAX: usize = 8_192;
/// Reports of a socket that wait.
const REPORTS_MAX: usize = 1_024;
/// Largest frame of the user channel, bytes.
const USER_FRAME_MAX: usize = 1 << 20;
/// Where a journal of live data comes from.
pub const SOURCE: &str = "live";

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
        log_in: api_key.clone(),
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
