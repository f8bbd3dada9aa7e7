//! The Allora connector against servers on this machine, hand-made samples of every shape, and real recordings where
//! they are present.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod arbitrary_json;
mod chain;
mod consumer;
mod events;
mod feed;
mod node;
mod normalize;
mod shapes;
mod sieve;
mod signature;
mod support;
mod topics;
