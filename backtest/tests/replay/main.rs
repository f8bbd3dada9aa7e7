//! Runs over tapes.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
mod determinism;
mod no_future;
mod real_data_backtest;
mod start;
