//! What a run is told in.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod account;
mod common;
mod forecasts;
mod format;
mod html;
mod json;
mod terminal;
