//! What holds for the fast replay: it fills as the exact exchange does, and never depends on its company.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod company;
mod exactness;
mod golden;
mod ladder;
mod market_data;
mod world;
