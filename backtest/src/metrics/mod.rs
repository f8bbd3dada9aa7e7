//! Metrics as pure functions with written definitions: account (drawdown, daily returns, Sharpe, turnover) and
//! forecasts (Brier, log loss, calibration, Murphy's parts, block bootstrap over resolution dates).
//!
//! `docs/metrics.md` states every definition in words.

pub mod account;
pub mod bootstrap;
pub mod calibration;
pub(crate) mod instant;
pub mod scores;

pub use account::Drawdown;
pub use bootstrap::Interval;
pub use calibration::{CalibrationBin, Murphy};
