//! The local venue from outside: over real sockets, with orders signed by hand.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod client;
mod faults;
mod money;
mod refusals;
mod sockets;
mod vectors;
