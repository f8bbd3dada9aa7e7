//! Orders on their way to a venue that loses, delays, repeats and refuses.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
mod crashes;
mod faults;
mod stops;
