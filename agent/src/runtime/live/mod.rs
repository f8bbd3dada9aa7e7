//! Everything about a real venue but the way of orders.
//!
//! - [`directory`] is what the venue calls our markets; [`discovery`] finds those that the settings name.
//! - [`prices`] tells what the prices are that markets are settled by, from [`price_sources`].
//! - [`route`] is the way of orders to it; [`streams`] is what its sockets say.
//! - [`health`] is how it is: heartbeat, clock, what it takes, whether the streamed books are its books.
//! - [`settle`] is how questions are decided; [`chores`] turns pairs and decided tokens into collateral, by way of
//!   [`relay`].
//! - [`connect`] reaches the [`servers`]; [`run`] puts it together; `upkeep` looks again every so often.

pub mod chores;
pub mod connect;
pub mod directory;
pub mod discovery;
mod fitting;
pub mod health;
mod lookup;
pub mod price_sources;
pub mod prices;
pub mod relay;
pub mod route;
pub mod run;
pub mod servers;
pub mod settle;
pub mod streams;
mod upkeep;
