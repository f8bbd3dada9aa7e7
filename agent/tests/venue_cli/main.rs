//! The operator's commands around the key and the venue, as a person runs them: the real program, a local venue over
//! sockets, no terminal.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![cfg(unix)]

mod canary;
mod common;
mod doctor;
#[path = "../cli/common/ended.rs"]
mod ended;
mod keys;
mod rehearsal;
