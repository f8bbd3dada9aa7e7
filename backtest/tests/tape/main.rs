//! Recorded markets on disk.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
mod load;
mod prices;
mod real_data;
mod refusals;
mod round_trip;
