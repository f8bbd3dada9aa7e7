//! Sweeps, the look-ahead finder and contributions.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
mod contributions;
mod draws;
mod look_ahead;
mod statistics;
mod trading;
mod units;
