//! Everything about a real venue but the way of orders.
//!
//! - [`directory`] is what the venue calls our markets.
//! - [`route`] is the way of orders to it; [`streams`] is what its sockets say.
//! - [`health`] is how it is: heartbeat, clock, what it takes, whether the streamed books are its books.
//! - [`chores`] turns pairs and decided tokens into collateral.

pub mod chores;
pub mod directory;
pub mod health;
pub mod route;
pub mod streams;
