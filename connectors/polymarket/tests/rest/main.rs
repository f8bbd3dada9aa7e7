//! The venue over HTTP: samples of every answer, servers on this machine that misbehave, and any bytes at all.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod arbitrary;
mod budget;
mod classes;
mod faults;
mod heartbeat;
mod login;
mod relayed;
mod requests;
mod support;
mod trades;
mod vectors;
