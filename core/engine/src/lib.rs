//! The decision core of Quorate: a pure, synchronous, deterministic state machine.
//!
//! [`Engine::handle`] takes one [`Entry`](quorate_domain::Entry) and appends commands and decisions to [`Effects`].
//! Time comes in with the entry; the wish to be woken goes out as a command. Live, paper and backtest call the same
//! function, so that a recorded run, fed again, gives the same commands byte for byte.
//!
//! The way of one entry: book ([`markets`]) and inferences ([`beliefs`]) -> fair value ([`assess`]) -> the strategy's
//! intents ([`strategy`]) -> joint sizing ([`portfolio`], [`sizing`]) -> limits ([`risk`], [`guard`], [`controls`]) ->
//! comparison with open orders ([`orders`]) -> books of account ([`ledger`]).
#![no_std]
extern crate alloc;

pub mod assess;
pub mod beliefs;
pub mod config;
pub mod controls;
mod decide;
pub mod engine;
mod flatten;
pub mod forecast;
pub mod guard;
pub mod ledger;
pub mod limits;
pub mod markets;
mod obstacles;
pub mod orders;
mod plan;
pub mod portfolio;
pub mod prices;
pub mod quorum;
mod reconcile;
pub mod reference;
pub mod risk;
pub mod sizing;
pub mod strategy;

pub use config::{EngineConfig, ProbabilitySource, TopicConfig};
pub use engine::{Effects, Engine, EngineSnapshot, NotReconfigurable, Refusals, SnapshotError};
pub use forecast::ForecastRow;
pub use limits::{CeilingExceeded, Gate, RiskLimits};
pub use prices::PriceConfig;
pub use strategy::{FairValue, Intent, MarketView, Strategy, Style, View};
