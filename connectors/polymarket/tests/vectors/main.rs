//! Signing and amounts: golden vectors, properties, and what is refused.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod auth;
mod chain;
mod common;
mod money;
mod money_properties;
mod onchain;
mod orders;
mod properties;
mod refusals;
