//! What a venue is started with: where it listens, whose accounts it keeps, what it lists, how fast trades settle.

use std::net::SocketAddr;
use std::time::Duration;

use alloy_primitives::{Address, B256, U256};
use quorate_domain::{Cash, Market};

use crate::clock::Clock;
use crate::faults::Faults;

/// Everything a venue is started with.
#[derive(Clone, Debug)]
pub struct VenueOptions {
    /// Where to listen; it must be a loopback address, port 0 takes any free one.
    pub listen: SocketAddr,
    /// Seed of ids, keys and latencies: the same seed and the same requests give the same venue.
    pub seed: u64,
    /// Chain id of every signature: 137 for Polygon, 80002 for the Amoy test network.
    pub chain_id: u64,
    /// What goes wrong, and how often.
    pub faults: Faults,
    /// Accounts that exist from the start.
    pub accounts: Vec<AccountSetup>,
    /// Where time comes from.
    pub clock: Clock,
    /// How long matched trades take to become final.
    pub timings: Timings,
}

/// One account: a wallet that holds the money and the key that signs for it.
#[derive(Clone, Copy, Debug)]
pub struct AccountSetup {
    /// The key pair's own address, to which API keys belong.
    pub owner: Address,
    /// The wallet named as maker; the same as `owner` for signature type 0.
    pub wallet: Address,
    /// 0 plain key, 1 proxy, 2 Safe, 3 deposit wallet.
    pub signature_type: u8,
    /// Collateral at the start.
    pub cash: Cash,
}

/// Spans of venue time between the stages of a trade.
#[derive(Clone, Copy, Debug)]
pub struct Timings {
    /// From the match to the transaction.
    pub mined_after: Duration,
    /// From the transaction to finality.
    pub confirmed_after: Duration,
    /// How far the timestamp of a signed request may be off.
    pub clock_tolerance: Duration,
    /// Silence of an armed heartbeat after which everything is cancelled.
    pub heartbeat: Duration,
    /// How long an answer that a fault loses is held back before its connection is cut, in real time.
    pub answer_held: Duration,
}

impl Default for Timings {
    /// 2 s to a transaction, 3 s more to finality, 60 s of tolerance, 10 s of heartbeat, 15 s of a lost answer.
    fn default() -> Self {
        Self {
            mined_after: Duration::from_secs(2),
            confirmed_after: Duration::from_secs(3),
            clock_tolerance: Duration::from_secs(60),
            heartbeat: Duration::from_secs(10),
            answer_held: Duration::from_secs(15),
        }
    }
}

/// A market as the venue publishes it.
#[derive(Clone, Debug)]
pub struct MarketListing {
    /// Rules and identity within the run.
    pub market: Market,
    /// The market's identity on chain.
    pub condition_id: B256,
    /// Token ids of the two outcomes, YES first.
    pub tokens: [U256; 2],
    /// The question.
    pub question: String,
    /// Short name in addresses.
    pub slug: String,
    /// The rules in words.
    pub description: String,
    /// Names of the two outcomes, YES first.
    pub outcomes: [String; 2],
    /// The event the market belongs to, if several markets share one.
    pub event: Option<EventListing>,
    /// Tag slugs.
    pub tags: Vec<String>,
    /// How long a marketable order is held before it matches.
    pub taker_delay: Duration,
}

/// An event: one market or several that exclude each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventListing {
    /// Short name in addresses.
    pub slug: String,
    /// Title.
    pub title: String,
    /// How its markets settle.
    pub settlement: Settlement,
}

/// Through which contracts an event's markets settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Each market alone.
    Standard,
    /// At most one resolves YES; they share the neg-risk exchange.
    NegRisk,
}

impl MarketListing {
    /// Whether orders are signed for the neg-risk exchange.
    #[must_use]
    pub fn is_neg_risk(&self) -> bool {
        self.event
            .as_ref()
            .is_some_and(|event| event.settlement == Settlement::NegRisk)
    }
}
