//! The record of truth.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
mod derived;
mod faults;
mod open;
mod repair;
