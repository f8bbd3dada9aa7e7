//! The command as its users type it.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod backtest;
mod collective;
mod common;
mod config;
mod develop;
mod guide;
mod operate_mistakes;
mod operate_reload;
mod paper;
mod refusals;
mod settings;
mod workers;
