//! Built-in strategies: one readable file each, to be copied and edited.
//!
//! A strategy is a pure function from a [`View`](quorate_engine::View) to [`Intent`](quorate_engine::Intent)s. It never
//! sees orders, clocks or money movements; sizing, limits and reconciliation are the engine's.
#![no_std]
extern crate alloc;

pub mod by_topic;
pub mod complement_arbitrage;
pub mod election;
pub mod market_maker;
pub mod price_direction;
pub mod price_threshold;
pub mod quoter;

pub use by_topic::ByTopic;
pub use complement_arbitrage::ComplementArbitrage;
pub use election::Election;
pub use market_maker::MarketMaker;
pub use price_direction::PriceDirection;
pub use price_threshold::PriceThreshold;
pub use quoter::Quoter;
