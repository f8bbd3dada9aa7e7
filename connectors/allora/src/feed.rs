//! The network as a stream of news: events while they flow, polling beside and instead of them, and plain words about
//! every gap. A value is told once; nothing is repeated to look alive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::bundle::{Flavour, NetworkBundle};
use crate::chain::ChainClient;
use crate::error::{AlloraError, WireError};
use crate::events::queries;
use crate::news::{Delivery, Fault, FromNetwork, Source};
use crate::settings::{EmissionsVersion, Timings, check_url};
use crate::sieve::{Sieve, Verdict};
use crate::stream::{Report, Stream};

/// Largest frame that is read, unless set otherwise. A block of the public network has some 65 KB.
pub const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What the feed works on.
#[derive(Clone, Debug)]
pub struct FeedSettings {
    /// Address of the event stream, such as `wss://host/websocket`; without one there is only polling.
    pub websocket_url: Option<String>,
    /// Version whose events are subscribed to. Events of either version are understood.
    pub version: EmissionsVersion,
    /// The network's topic ids, and how long a value of each counts ([`crate::topics::valid_for`]).
    pub topics: BTreeMap<u64, Duration>,
    /// Which of the two bundles of an epoch is wanted. v9 has no events for the outlier-resistant one: there the event
    /// only sets off a poll.
    pub flavour: Flavour,
    /// Largest frame in bytes.
    pub frame_bytes_max: usize,
    /// Patience and rhythm.
    pub timings: Timings,
}

/// Follows topics of the network.
pub struct Feed {
    settings: FeedSettings,
    chain: ChainClient,
    wanted: BTreeSet<u64>,
}

/// What the parts of the feed tell each other.
enum Raw {
    Tell(FromNetwork),
    Bundle(NetworkBundle, Source),
    Reconnected,
}

#[derive(Default)]
struct Shared {
    up: AtomicBool,
    poll_now: Notify,
}

impl Feed {
    /// A feed of these topics.
    ///
    /// # Errors
    /// [`AlloraError::Setting`] if there are no topics or the address cannot be used.
    pub fn new(settings: FeedSettings, chain: ChainClient) -> Result<Self, AlloraError> {
        if settings.topics.is_empty() {
            return Err(AlloraError::Setting {
                name: "topics",
                problem: "there are none; name at least one".to_owned(),
            });
        }
        if let Some(url) = &settings.websocket_url {
            check_url("websocket_url", url, ["ws", "wss"])?;
        }
        let wanted = settings.topics.keys().copied().collect();
        Ok(Self {
            settings,
            chain,
            wanted,
        })
    }

    /// Follows the network until nobody receives any more. It recovers from everything by itself; a full channel slows
    /// it down and loses nothing. Dropping the future stops it.
    pub async fn run(self, out: mpsc::Sender<FromNetwork>) {
        let (raw, mut incoming) = mpsc::channel(64);
        let shared = Shared::default();
        tokio::select! {
            () = self.deliver(&mut incoming, &out, &shared) => {}
            () = out.closed() => {}
            () = self.follow(&raw, &shared) => {}
            () = self.poll(&raw, &shared) => {}
        }
    }

    /// Keeps the event stream open.
    async fn follow(&self, raw: &mpsc::Sender<Raw>, shared: &Shared) {
        let Some(url) = &self.settings.websocket_url else {
            return std::future::pending().await;
        };
        let timings = &self.settings.timings;
        let queries = queries(self.settings.version, &self.wanted);
        let stream = Stream {
            url,
            queries: &queries,
            wanted: &self.wanted,
            frame_bytes_max: self.settings.frame_bytes_max,
            timings,
        };
        let mut jitter = fastrand::Rng::new();
        let mut failures = 0;
        let mut was_up = false;
        let mut said_down = false;
        loop {
            let (reports, mut incoming) = mpsc::channel(16);
            let listening = async {
                let reason = stream.run(&reports).await;
                drop(reports);
                reason
            };
            let forwarding = async {
                while let Some(report) = incoming.recv().await {
                    if matches!(report, Report::Subscribed) {
                        shared.up.store(true, Ordering::Relaxed);
                        shared.poll_now.notify_one();
                    }
                    if forward(raw, report, was_up).await.is_err() {
                        return;
                    }
                }
            };
            let (reason, ()) = tokio::join!(listening, forwarding);
            let came_up = shared.up.swap(false, Ordering::Relaxed);
            was_up |= came_up;
            failures = if came_up { 0 } else { failures + 1 };
            let told = if came_up || !said_down {
                FromNetwork::Down { reason }
            } else {
                FromNetwork::Fault(Fault::Stream(reason))
            };
            said_down = true;
            if raw.send(Raw::Tell(told)).await.is_err() {
                return;
            }
            shared.poll_now.notify_one();
            sleep(timings.reconnect.delay(failures, jitter.f64())).await;
        }
    }

    /// Asks for every topic: at once, regularly, and when told to.
    async fn poll(&self, raw: &mpsc::Sender<Raw>, shared: &Shared) {
        loop {
            let flavour = self.settings.flavour;
            let ask = |topic: u64| async move {
                let found = self.chain.latest_network_inferences(topic, flavour).await;
                let told = match found {
                    Ok(bundle) => Raw::Bundle(bundle, Source::Poll),
                    Err(error) => Raw::Tell(FromNetwork::Fault(Fault::Poll { topic, error })),
                };
                raw.send(told).await.is_ok()
            };
            if join_all(self.wanted.iter().copied().map(ask))
                .await
                .contains(&false)
            {
                return;
            }
            let every = if shared.up.load(Ordering::Relaxed) {
                self.settings.timings.poll_every
            } else {
                self.settings.timings.poll_every_down
            };
            tokio::select! {
                () = sleep(every) => {}
                () = shared.poll_now.notified() => {}
            }
        }
    }

    /// Sorts out what is news, and tells it.
    async fn deliver(
        &self,
        incoming: &mut mpsc::Receiver<Raw>,
        out: &mpsc::Sender<FromNetwork>,
        shared: &Shared,
    ) {
        let started = Instant::now();
        let mut sieve = Sieve::new(self.settings.timings.duplicates_within);
        let mut said_shape = false;
        loop {
            let watch = self.watch_every();
            let told = tokio::select! {
                raw = incoming.recv() => match raw {
                    None => return,
                    Some(Raw::Tell(told)) => vec![told],
                    Some(Raw::Reconnected) => self.gaps(&sieve),
                    Some(Raw::Bundle(bundle, source)) => {
                        let mut told = self.shape_fault(&bundle, &mut said_shape);
                        told.extend(self.sift(bundle, source, &mut sieve, started, shared).await);
                        told
                    }
                },
                () = sleep_until(Instant::now() + watch) => Vec::new(),
            };
            let now = started.elapsed();
            let silent = self
                .settings
                .topics
                .iter()
                .filter_map(|(topic, valid_for)| {
                    let silent_for = sieve.silence(*topic, *valid_for, now)?;
                    let height = sieve.newest(*topic);
                    Some(FromNetwork::Fault(Fault::Stale {
                        topic: *topic,
                        height,
                        silent_for,
                    }))
                });
            for news in told.into_iter().chain(silent.collect::<Vec<_>>()) {
                if out.send(news).await.is_err() {
                    return;
                }
            }
        }
    }

    async fn sift(
        &self,
        bundle: NetworkBundle,
        source: Source,
        sieve: &mut Sieve,
        started: Instant,
        shared: &Shared,
    ) -> Vec<FromNetwork> {
        if bundle.flavour != self.settings.flavour {
            // v9 announces only plain bundles: there is a new epoch, and the wanted bundle of it can be asked for.
            if bundle.shape == EmissionsVersion::V9 {
                shared.poll_now.notify_one();
            }
            return Vec::new();
        }
        let (topic, height) = (bundle.topic, bundle.height);
        let mut told = Vec::new();
        match sieve.judge(&bundle, started.elapsed()) {
            Verdict::Duplicate => return told,
            Verdict::Older { newest } => {
                // A node that lags behind answers polls with what is already known: nothing to tell.
                if source != Source::Poll {
                    told.push(FromNetwork::Fault(Fault::OutOfOrder {
                        topic,
                        height,
                        newest,
                    }));
                }
                return told;
            }
            Verdict::Restarted { from } => told.push(FromNetwork::Fault(Fault::Restarted {
                topic,
                from,
                to: height,
            })),
            Verdict::New => {}
        }
        let asking = self.chain.block_time(height);
        let block_time = match timeout(self.settings.timings.block_time_within, asking).await {
            Ok(Ok(time)) => Some(time),
            Ok(Err(error)) => {
                tracing::debug!(%error, height, "the block's time is not known");
                None
            }
            Err(_) => None,
        };
        told.push(FromNetwork::Bundle(Box::new(Delivery {
            bundle,
            source,
            block_time,
        })));
        told
    }

    fn shape_fault(&self, bundle: &NetworkBundle, said: &mut bool) -> Vec<FromNetwork> {
        let (configured, found) = (self.settings.version, bundle.shape);
        if configured == found || std::mem::replace(said, true) {
            return Vec::new();
        }
        vec![FromNetwork::Fault(Fault::OtherShape { configured, found })]
    }

    fn gaps(&self, sieve: &Sieve) -> Vec<FromNetwork> {
        self.wanted
            .iter()
            .map(|topic| FromNetwork::Gap {
                topic: *topic,
                after: sieve.newest(*topic),
            })
            .collect()
    }

    /// How often silence is looked for: a small part of the shortest time that a value counts.
    fn watch_every(&self) -> Duration {
        let shortest = self
            .settings
            .topics
            .values()
            .min()
            .copied()
            .unwrap_or_default();
        (shortest / 8).clamp(Duration::from_millis(20), Duration::from_secs(10))
    }
}

async fn forward(raw: &mpsc::Sender<Raw>, report: Report, was_up: bool) -> Result<(), ()> {
    let mut told = Vec::new();
    match report {
        Report::Subscribed => {
            told.push(Raw::Tell(FromNetwork::Up));
            if was_up {
                told.push(Raw::Reconnected);
            }
        }
        Report::News(news) => {
            let block = news.block;
            told.extend(
                news.bundles
                    .into_iter()
                    .map(|bundle| Raw::Bundle(bundle, Source::Event { block })),
            );
            told.extend(news.faults.into_iter().map(malformed));
        }
        Report::Malformed(fault) => told.push(malformed(fault)),
    }
    for raw_news in told {
        raw.send(raw_news).await.map_err(|_| ())?;
    }
    Ok(())
}

fn malformed(fault: WireError) -> Raw {
    Raw::Tell(FromNetwork::Fault(Fault::Malformed(fault)))
}
