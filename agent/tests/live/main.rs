//! An instance that trades at a venue: one loop with its gateway and its live feed, from end to end.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed unwrap is a failed test; counts are printed"
)]

#[path = "../gateway/common/mod.rs"]
mod common;
mod rehearsal;
mod scripted;
mod sockets;
mod surplus;
