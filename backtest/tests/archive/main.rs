//! The archive: importers, integrity, cache, tape and exports.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![allow(
    clippy::print_stdout,
    reason = "tests on recorded data say what they found, or that they skip"
)]

mod bad_data;
mod cache;
mod common;
mod exports;
mod importers;
mod real_data;
mod tables;
mod tape;
mod writer;
