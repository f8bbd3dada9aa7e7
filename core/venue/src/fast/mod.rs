//! Exact replay at the speed of memory, for one variant of a strategy or many at once.
//!
//! [`crate::Exchange`] answers one decision core entry by entry, as the live venue would. This module answers another
//! question: what would these sixty-four settings have done over the last hundred million records? It keeps the same
//! rules (one test replays random markets through both and compares every answer) and gives up what speed does not
//! allow: inputs and answers are numbers, prices are steps of a flat array, and all variants share one book.
//!
//! - [`Event`] is a record of 32 bytes; [`FanOut::push`] takes them one by one, in the order recorded.
//! - The venue lives on the clock of events, strategies on the clock of reception: a [`View`] shows what had been
//!   received, an order meets the book of the instant at which it arrives.
//! - [`Strategy::decide`] runs per variant and market in which something was heard; [`Actions`] carry orders, cancels
//!   and chain transactions to the venue after the variant's delays.
//! - Results are [`VariantOutcome`]s: account, counts, and a hash over every answer with its time.
//!
//! Answers of the venue are seen without delay; only market data and orders take time. `docs/fills.md` says in words
//! what fills when, and why.

mod account;
mod agenda;
mod answer;
mod bits;
mod book;
mod chain;
mod delay;
mod desk;
mod event;
mod fan_out;
mod feed;
mod kelly;
mod ladder;
mod later;
mod market;
mod order;
mod queue;
mod quiet;
mod strategy;
mod taken;
mod terms;
mod tick;
mod touch_quoter;
mod variant;

pub use account::{Account, Flows, Position, Tokens};
pub use answer::{Answer, FastFill, Witness};
pub use book::{Book, Quote};
pub use delay::Delay;
pub use event::{BadEvent, Event, Kind, RECORD_SIZE_MAX};
pub use fan_out::{BadVariantCount, DecisionClock, FanOut, World};
pub use kelly::{Wealth, reservation_price, shares_to_buy};
pub use later::Chore;
pub use market::VARIANTS_MAX;
pub use order::{NewOrder, ORDER_SIZE_MAX, OpenOrder, OrderId};
pub use queue::QueueModel;
pub use strategy::{Actions, Idle, Signal, Strategy, View};
pub use terms::{CASH_MAX, Group, MarketTerms, Regime, VariantConfig};
pub use tick::{TICKS_PER_DOLLAR, Tick, Ticks, complement, ticks};
pub use touch_quoter::{Sizing, TouchParams, TouchQuoter};
pub use variant::{Outcome as VariantOutcome, Stats};
