//! The market channel: as many connections as the markets need, behind one handle and one stream of reports.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use quorate_domain::{MarketId, MarketInput, Timestamp};
use tokio::sync::mpsc;

use super::directory::{DirectoryError, Pair};
use super::link::{Clock, Endpoint, Loss, Timings};
use super::normalize::{Anomaly, News};
use super::shard::Shard;

/// Assets on one connection; above 500 the venue sends no snapshots any more.
pub const ASSETS_PER_CONNECTION_MAX: usize = 200;

/// What the market channel is set up with.
#[derive(Clone, Debug)]
pub struct MarketSettings {
    /// Address of the channel.
    pub endpoint: Endpoint,
    /// Time limits.
    pub timings: Timings,
    /// Largest frame that is read, in bytes.
    pub frame_bytes_max: usize,
    /// Largest number of assets on one connection, at most [`ASSETS_PER_CONNECTION_MAX`]; two belong to each market.
    pub assets_per_connection: usize,
    /// Time of arrival.
    pub clock: Clock,
}

impl MarketSettings {
    /// Settings with the defaults for everything but the address and the clock.
    #[must_use]
    pub fn new(endpoint: Endpoint, clock: Clock) -> Self {
        Self {
            endpoint,
            timings: Timings::default(),
            frame_bytes_max: 16 << 20,
            assets_per_connection: ASSETS_PER_CONNECTION_MAX,
            clock,
        }
    }
}

/// What one frame came to, or one loss of continuity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When the frame arrived.
    pub received_at: Timestamp,
    /// Inputs in order.
    pub inputs: Vec<MarketInput>,
    /// News of markets.
    pub news: Vec<News>,
    /// What should not be.
    pub anomalies: Vec<Anomaly>,
}

/// What the channel reports. Every report counts: take them in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarketReport {
    /// The books moved.
    Heard(Heard),
    /// A connection is subscribed; snapshots follow.
    Connected {
        /// Number of the connection.
        shard: usize,
    },
    /// A connection ended. Its gaps were reported before this, and it will be opened again.
    Lost {
        /// Number of the connection.
        shard: usize,
        /// Why.
        loss: Loss,
    },
    /// A market could not be subscribed.
    Refused(DirectoryError),
}

/// A change of what is subscribed.
#[derive(Clone, Debug)]
pub enum Change {
    /// Subscribe these markets.
    Subscribe(Vec<Pair>),
    /// Forget these markets.
    Unsubscribe(Vec<MarketId>),
    /// Break these books and get fresh snapshots.
    Resnapshot(Vec<MarketId>),
}

/// Changes what is subscribed. When the last handle is dropped, the stream ends.
#[derive(Clone, Debug)]
pub struct MarketHandle(mpsc::UnboundedSender<Change>);

impl MarketHandle {
    /// Asks for a change; it is carried out in order. `false` when the stream has ended.
    #[must_use = "a stream that has ended changes nothing"]
    pub fn change(&self, change: Change) -> bool {
        self.0.send(change).is_ok()
    }
}

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Slot {
    changes: mpsc::UnboundedSender<Change>,
    markets: BTreeSet<MarketId>,
}

/// The channel; it lives inside [`MarketStream::run`].
pub struct MarketStream {
    settings: MarketSettings,
    changes: mpsc::UnboundedReceiver<Change>,
    reports: mpsc::Sender<MarketReport>,
    slots: Vec<Slot>,
    running: FuturesUnordered<Running>,
}

/// A market channel without markets. `reports` is bounded; when it stays full for `backlog_max`, the connection is given
/// up and its books get gaps.
#[must_use]
pub fn market_stream(
    settings: MarketSettings,
    reports: mpsc::Sender<MarketReport>,
) -> (MarketHandle, MarketStream) {
    let (sender, changes) = mpsc::unbounded_channel();
    let stream = MarketStream {
        settings,
        changes,
        reports,
        slots: Vec::new(),
        running: FuturesUnordered::new(),
    };
    (MarketHandle(sender), stream)
}

impl MarketStream {
    /// Keeps all connections until every handle is dropped or nobody takes reports any more.
    pub async fn run(mut self) {
        loop {
            tokio::select! {
                change = self.changes.recv() => match change {
                    Some(change) => self.route(change),
                    None => return,
                },
                Some(()) = self.running.next(), if !self.running.is_empty() => {
                    if self.reports.is_closed() {
                        return;
                    }
                }
            }
        }
    }

    fn route(&mut self, change: Change) {
        match change {
            Change::Subscribe(pairs) => {
                for pair in pairs {
                    let slot = self.place(pair.market);
                    slot.markets.insert(pair.market);
                    tell(slot, Change::Subscribe(vec![pair]));
                }
            }
            Change::Unsubscribe(markets) => self.scatter(&markets, |slot, own| {
                for market in &own {
                    slot.markets.remove(market);
                }
                tell(slot, Change::Unsubscribe(own));
            }),
            Change::Resnapshot(markets) => self.scatter(&markets, |slot, own| {
                tell(slot, Change::Resnapshot(own));
            }),
        }
    }

    fn scatter(&mut self, markets: &[MarketId], act: impl Fn(&mut Slot, Vec<MarketId>)) {
        for slot in &mut self.slots {
            let known = markets
                .iter()
                .filter(|market| slot.markets.contains(market));
            let own: Vec<MarketId> = known.copied().collect();
            if !own.is_empty() {
                act(slot, own);
            }
        }
    }

    /// The connection of a market: its own, one with room, or a new one.
    fn place(&mut self, market: MarketId) -> &mut Slot {
        let room = self
            .settings
            .assets_per_connection
            .min(ASSETS_PER_CONNECTION_MAX)
            / 2;
        let own = self
            .slots
            .iter()
            .position(|slot| slot.markets.contains(&market));
        let at = own
            .or_else(|| {
                self.slots
                    .iter()
                    .position(|slot| slot.markets.len() < room.max(1))
            })
            .unwrap_or_else(|| self.open());
        &mut self.slots[at]
    }

    fn open(&mut self) -> usize {
        let (sender, changes) = mpsc::unbounded_channel();
        let number = self.slots.len();
        let settings = self.settings.clone();
        let shard = Shard::new(number, settings, changes, self.reports.clone());
        self.running.push(Box::pin(shard.run()));
        self.slots.push(Slot {
            changes: sender,
            markets: BTreeSet::new(),
        });
        number
    }
}

/// A connection ends only when nobody takes reports any more; then there is nobody to tell either.
fn tell(slot: &Slot, change: Change) {
    let _ended = slot.changes.send(change).is_err();
}
