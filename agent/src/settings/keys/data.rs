//! Where market data comes from, and how the simulated exchange behaves.

use std::time::Duration;

use quorate_domain::Timestamp;

use super::section;
use crate::settings::amount_value::Speed;
use crate::settings::text_value::FilePath;
use crate::settings::words::{DataSource, Fills, PriceFeed, Queue};

section! {
    /// Where market data comes from.
    Data at "data" {
        /// A synthetic world, a recording, or the venue.
        source: DataSource, default("sample");
        /// Seed of the synthetic world and of sizing scenarios.
        seed: u64, default(1);
        /// Folder of the recording; only for `source = "tape"`.
        tape: Option<FilePath>;
        /// First moment of the recording that is used; only for `source = "tape"`.
        start: Option<Timestamp>;
        /// First moment of the recording that is no longer used; only for `source = "tape"`.
        end: Option<Timestamp>;
        /// How fast recorded time runs: 1 is real time. Without it, as fast as possible; `live` data knows only 1.
        speed: Option<Speed>;
        /// Stream of the venue's oracle prices for `source = "live"`: `polybolt` needs an account, `rtds` does not.
        price_feed: PriceFeed, default("polybolt");
    }
}

section! {
    /// The simulated exchange of `paper`. Latencies are assumptions; measure your own.
    Venue at "venue" {
        /// From a decision to the order's arrival.
        submit_latency: Duration, default("250ms"), max("1m");
        /// From a decision to the cancel's arrival.
        cancel_latency: Duration, default("250ms"), max("1m");
        /// From a match to the final transaction.
        settle_delay: Duration, default("5s"), max("1d");
        /// From the wish to redeem to the final transaction.
        redeem_delay: Duration, default("60s"), max("7d");
        /// When a taker sees the book.
        fills: Fills, default("recorded_depth");
        /// When a resting order fills.
        queue: Queue, default("behind_queue");
    }
}
