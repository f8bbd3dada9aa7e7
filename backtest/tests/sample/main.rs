//! The world that the program makes up.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod books;
mod prices;
mod tape;
mod truth;
mod workers;
mod world;
