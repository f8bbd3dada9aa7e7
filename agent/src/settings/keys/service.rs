//! What surrounds the loop: addresses, journal, kill file and log.

use std::time::Duration;

use super::section;
use crate::settings::amount_value::Bytes;
use crate::settings::secret::SecretRef;
use crate::settings::text_value::{FilePath, Loopback};
use crate::settings::words::{Fsync, LogFormat, LogLevel};

section! {
    /// Addresses of this machine. None can be reached from another one.
    Http at "http" {
        /// The operator's page and controls.
        control: Loopback, default("127.0.0.1:8080");
        /// Where workers of kind `push` send their values.
        intake: Loopback, default("127.0.0.1:8081");
        /// Metrics for Prometheus.
        metrics: Loopback, default("127.0.0.1:9464");
        /// Where the token of the controls comes from; without it the page is read-only.
        token_source: Option<SecretRef>;
    }
}

section! {
    /// The journal: the record of truth.
    Journal at "journal" {
        /// Folder of its segments.
        dir: FilePath, default("journal");
        /// Size at which a new segment begins.
        segment_size: Bytes, default("64MiB"), min("1MiB"), max("4GiB");
        /// When it reaches the disk.
        fsync: Fsync, default("before_commands");
        /// Time between two snapshots.
        snapshot_every: Duration, default("10m"), min("1s"), max("1d");
    }
}

section! {
    /// The kill file.
    Kill at "kill" {
        /// While this file exists, nothing is sent and all orders are cancelled.
        file: FilePath, default("KILL");
    }
}

section! {
    /// The log. It goes to standard error.
    Log at "log" {
        /// The least severe message that is logged.
        level: LogLevel, default("info"), live;
        /// For people or for machines.
        format: LogFormat, default("text");
        /// Also write it to this file.
        file: Option<FilePath>;
    }
}
