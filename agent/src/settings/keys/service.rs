//! What surrounds the loop: addresses and journal.

use super::section;
use crate::settings::amount_value::Bytes;
use crate::settings::text_value::Loopback;
use crate::settings::words::Fsync;

section! {
    /// Addresses of this machine. None can be reached from another one.
    Http at "http" {
        /// The operator's page and controls.
        control: Loopback, default("127.0.0.1:8080");
        /// Where workers of kind `push` send their values.
        intake: Loopback, default("127.0.0.1:8081");
        /// Metrics for Prometheus.
        metrics: Loopback, default("127.0.0.1:9464");
    }
}

section! {
    /// The journal: the record of truth.
    Journal at "journal" {
        /// Size at which a new segment begins.
        segment_size: Bytes, default("64MiB"), min("1MiB"), max("4GiB");
        /// When it reaches the disk.
        fsync: Fsync, default("before_commands");
        /// Batches between two snapshots: a start goes through at most so many again.
        snapshot_every: u64, default(20000), min(100), max(10000000);
    }
}
