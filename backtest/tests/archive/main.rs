//! The archive: importers, integrity, cache, tape and exports.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod bad_data;
mod cache;
mod common;
mod exports;
mod importers;
mod real_data;
mod tables;
mod tape;
mod writer;
