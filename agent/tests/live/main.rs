//! An instance that trades at a venue: one loop with its gateway and its live feed, from end to end.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "../gateway/common/mod.rs"]
mod common;
mod scripted;
