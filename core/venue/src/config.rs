//! How the simulated exchange behaves: latencies and the rules by which orders fill.

use core::time::Duration;

use serde::{Deserialize, Serialize};

/// Latencies and fill rules. The starting cash comes by [`crate::Exchange::deposit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueConfig {
    /// From the decision to the order's arrival, the venue's own taker delay included.
    pub submit_latency: Duration,
    /// From the decision to the cancel's arrival.
    pub cancel_latency: Duration,
    /// From the match to the final transaction: until then bought tokens cannot be sold and proceeds cannot be spent.
    pub settle_delay: Duration,
    /// From the wish to merge or redeem to the final transaction.
    pub redeem_delay: Duration,
    /// When a taker sees the book.
    pub fills: FillRule,
    /// When a resting order fills.
    pub queue: QueueRule,
}

impl Default for VenueConfig {
    /// Assumptions, not measurements: 250 ms each way, 5 s to a final trade, 60 s to a payout, recorded depth, full
    /// queue.
    fn default() -> Self {
        Self {
            submit_latency: Duration::from_millis(250),
            cancel_latency: Duration::from_millis(250),
            settle_delay: Duration::from_secs(5),
            redeem_delay: Duration::from_secs(60),
            fills: FillRule::RecordedDepth,
            queue: QueueRule::BehindQueue,
        }
    }
}

/// When a taker sees the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FillRule {
    /// On arrival it walks the recorded depth of that instant.
    RecordedDepth,
    /// It waits for the next quote (snapshot or level) of its market that is later than its arrival and walks that one.
    /// For sparse or mid-only data, where the last quote may be long gone. A quote of several levels should come as one
    /// snapshot: the first change after arrival is the one that counts.
    NextObservation,
}

/// When a resting order fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueueRule {
    /// On a trade through its price; on a trade at its price once the queue ahead is gone; when the opposite side shows
    /// shares at or through its price. The queue ahead is the level's size on arrival. It shrinks by trades at the price
    /// and is never longer than the level; other decreases are taken to have happened behind (risk-averse queue model).
    BehindQueue,
    /// For data whose sizes at a level mean little: a trade at the price never fills, the other two cases do.
    TradedThrough,
}
