//! Markets on live data, from the catalogue and the price streams to what the decision core makes of them: servers on this
//! machine follow a script.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod catalogue;
mod common;
mod windows;
