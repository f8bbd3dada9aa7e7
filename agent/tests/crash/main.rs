//! The process dies, at every place where it can.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
mod cuts;
mod faults;
mod kill;
mod snapshots;
