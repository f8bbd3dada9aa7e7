//! Gamma, the venue's catalogue: which events and markets there are, and what is written about them.
//!
//! Only what a decision may know is read. Prices that the catalogue caches, the price a window had to beat, its final
//! price and who won are not fields here, so that no strategy and no backtest can see an answer by accident.

mod budget;
mod client;
mod error;
mod host;
mod page;
mod query;
mod text;
mod tolerant;
mod wire;

pub use client::{Gamma, GammaSettings};
pub use error::GammaError;
pub use page::{Page, Unreadable, event_from_json, market_from_json, page_from_json};
pub use query::{EventQuery, MarketQuery, Status, TagReach};
pub use text::{clean, clean_line};
pub use wire::{CryptoConfig, Event, Fee, Found, Market, Series, Tag};
