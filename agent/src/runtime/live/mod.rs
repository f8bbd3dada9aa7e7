//! Everything about a real venue but the way of orders.
//!
//! - [`directory`] is what the venue calls our markets.
//! - [`chores`] turns pairs and decided tokens into collateral.

pub mod chores;
pub mod directory;
