//! Discovery: the catalogue's records, the rules in their texts, and the markets made of both.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![allow(clippy::print_stdout, reason = "a test that skips says so")]

mod catalogue;
mod client;
mod clock;
mod descriptions;
mod elections;
mod listings;
mod properties;
mod real_data;
mod samples;
