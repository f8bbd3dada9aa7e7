//! Files that people write, read with the place of every mistake.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod csv;
mod diagnostic;
mod metrics_account;
mod metrics_forecast;
mod quantity;
mod toml;
