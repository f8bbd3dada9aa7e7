//! The Allora network as a worker of an instance, or as many: its bundles become offers and new workers for the loop.
//!
//! A value of the network carries its own age. In a recorded world, whose time is not ours, it keeps that age.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use quorate_allora::{
    AlloraError, ChainClient, ChainSettings, Delivery, EmissionsVersion, FRAME_BYTES_MAX, Feed,
    FeedSettings, Flavour, FromNetwork, Network, Reading, Timings, ValueTime, View, WorkerBook,
    normalize,
};
use quorate_domain::{Input, LabelId, Listing, Timestamp, TopicId, Worker, WorkerId};
use quorate_workers::{Clock, Question};
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, watch};

use super::event_loop::{News, Offer};
use crate::journal::{ChainHash, Submission};

/// Most workers of the network that are taken up.
const NETWORK_WORKERS_MAX: usize = 256;
/// Bundles that wait to be taken up.
const BUNDLES_MAX: usize = 64;

/// One topic of the network that speaks of one of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlloraWorker {
    /// Our topic.
    pub topic: TopicId,
    /// The network's topic.
    pub network_topic: u64,
    /// Whose values.
    pub view: View,
    /// A node's REST interface; the public one of the main network if not given.
    pub rest_url: Option<String>,
    /// How often it is asked.
    pub poll_every: Duration,
    /// Patience with one answer.
    pub timeout: Duration,
    /// How long a value counts from its own time.
    pub valid_for: Duration,
}

impl AlloraWorker {
    /// The client of its node. An address of a test network speaks the newer version.
    ///
    /// # Errors
    /// The address is none.
    pub fn client(&self) -> Result<ChainClient, AlloraError> {
        let mut settings = ChainSettings::public(Network::Mainnet);
        if let Some(url) = &self.rest_url {
            if url.contains("testnet") {
                settings.version = EmissionsVersion::V10;
            }
            settings.rest_url.clone_from(url);
        }
        settings.http.timeout = self.timeout;
        ChainClient::new(&settings)
    }

    fn feed(&self) -> Result<Feed, AlloraError> {
        let settings = FeedSettings {
            // Polling alone: an epoch lasts minutes, and nothing is lost by asking.
            websocket_url: None,
            version: EmissionsVersion::V9,
            topics: BTreeMap::from([(self.network_topic, self.valid_for)]),
            flavour: Flavour::Plain,
            frame_bytes_max: FRAME_BYTES_MAX,
            timings: Timings {
                poll_every: self.poll_every,
                poll_every_down: self.poll_every,
                ..Timings::default()
            },
        };
        Feed::new(settings, self.client()?)
    }
}

/// What the sources of one instance share.
pub struct Surroundings {
    /// Open questions.
    pub board: watch::Receiver<Arc<Vec<Question>>>,
    /// To the loop.
    pub offers: mpsc::Sender<Offer>,
    /// To the loop, for what is new in the world.
    pub news: mpsc::Sender<News>,
    /// Time of the world.
    pub clock: Arc<dyn Clock>,
    /// Workers that are known already.
    pub known: Vec<Worker>,
    /// Number of the first new one.
    pub next: WorkerId,
}

/// Follows the network until the loop is gone.
///
/// # Errors
/// Its address is none. Everything that goes wrong later is logged and tried again.
pub fn follow(worker: AlloraWorker, around: Surroundings) -> Result<(), AlloraError> {
    let feed = worker.feed()?;
    let mut book = WorkerBook::new(around.next, NETWORK_WORKERS_MAX);
    book.restore(&around.known);
    let (told, mut bundles) = mpsc::channel(BUNDLES_MAX);
    tokio::spawn(feed.run(told));
    tokio::spawn(async move {
        while let Some(news) = bundles.recv().await {
            match news {
                FromNetwork::Bundle(delivery) => {
                    if take(&worker, &delivery, &around, &mut book).await.is_err() {
                        return;
                    }
                }
                FromNetwork::Fault(fault) => {
                    tracing::warn!(event = "allora", topic = worker.network_topic, "{fault}");
                }
                FromNetwork::Down { reason } => {
                    tracing::warn!(
                        event = "allora_down",
                        topic = worker.network_topic,
                        "{reason}"
                    );
                }
                FromNetwork::Up | FromNetwork::Gap { .. } => {}
            }
        }
    });
    Ok(())
}

/// The loop is gone.
struct Gone;

async fn take(
    worker: &AlloraWorker,
    delivery: &Delivery,
    around: &Surroundings,
    book: &mut WorkerBook,
) -> Result<(), Gone> {
    let open = Arc::clone(&around.board.borrow());
    let labels = BTreeMap::new();
    let now = around.clock.now();
    for question in open
        .iter()
        .filter(|question| question.topic == worker.topic)
    {
        let reading = Reading {
            topic: worker.topic,
            epoch: question.epoch,
            labels: &labels,
            view: worker.view,
            arrived_at: now,
            time: delivery.block_time.map_or(ValueTime::Arrival, |at| {
                ValueTime::Block(now.minus(age(at)))
            }),
            valid_for: worker.valid_for,
        };
        let normalized = normalize(&delivery.bundle, &reading, book);
        for missing in &normalized.left_out {
            tracing::debug!(
                event = "allora_left_out",
                ?missing,
                "a value of the network was left out"
            );
        }
        for new in normalized.new_workers {
            let listed = Input::Listed(Listing::Worker(new));
            around
                .news
                .send(News { input: listed })
                .await
                .map_err(|_| Gone)?;
        }
        for inference in normalized
            .inferences
            .into_iter()
            .filter(|said| said.label == LabelId(0))
        {
            let raw = format!("{inference:?}");
            let offer = Offer {
                raw: Submission {
                    hash: ChainHash::from_slice(&Sha256::digest(raw.as_bytes()))
                        .unwrap_or(ChainHash::ZERO),
                    worker: inference.worker,
                    topic: inference.topic,
                    epoch: inference.epoch,
                    label: inference.label,
                    raw,
                    received_at: now,
                },
                inference,
                closes_at: question.closes_at,
                answer: None,
            };
            around.offers.send(offer).await.map_err(|_| Gone)?;
        }
    }
    Ok(())
}

/// Age of a value by the clock on the wall.
fn age(at: Timestamp) -> Duration {
    let now = jiff::Timestamp::now().as_nanosecond();
    let now = Timestamp::from_nanos(u64::try_from(now).unwrap_or_default());
    now.since(at)
}
