//! Forecasts against outcomes.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod file;
mod kelly;
mod properties;
mod real_data_evaluate;
mod rules;
mod scores;
