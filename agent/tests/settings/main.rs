//! What a settings file may say.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
mod corpus;
mod documents;
mod load;
mod reload;
