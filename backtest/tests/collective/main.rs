//! Workers against each other on files and on recorded data.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod file;
mod real_data;
mod replay;
