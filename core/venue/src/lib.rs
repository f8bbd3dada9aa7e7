//! The simulated exchange in virtual time: what backtest and paper trade against.
//!
//! [`Exchange`] hears the same market data as the decision core, takes the same commands, and answers with the same
//! account inputs as the real venue, after the configured latencies. It is pure and deterministic: the same calls give
//! the same answers, and no time passes unless the caller says so.
//!
//! How it fills, in one place:
//! - Recorded depth is the truth. Own orders are not in it, so they neither move the market nor meet each other: an
//!   order never trades with another order of the same account.
//! - A taker walks the depth as it stands when the order arrives. What it took stays taken until the recorded level
//!   shrinks by as much; only shares that newly appear can be taken again ([`VenueConfig::fills`] can postpone the walk
//!   to the next observation for sparse data).
//! - A resting order fills at its own price when a trade passes through it, when a trade reaches it past the queue
//!   ahead, or when the opposite side shows shares at or through its price.
//! - A book that lost continuity, or is locked or crossed, fills nobody who looks at its depth. Trades fill nobody
//!   either while continuity is lost.
//! - Money is exact: shares change hands in lots of 0.01 (or the whole remainder), a buyer pays rounded up, a seller
//!   receives rounded down, and takers pay the market's fee in collateral.
#![no_std]
extern crate alloc;

mod account;
mod arrival;
mod chain;
mod clearing;
mod config;
mod depth;
mod exchange;
pub mod fast;
mod listed;
mod matching;
mod order;
mod queue;
mod timers;

pub use account::{Holding, NotEnoughCash};
pub use config::{FillRule, QueueRule, VenueConfig};
pub use exchange::{Exchange, OpenOrder};
