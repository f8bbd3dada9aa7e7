//! Price streams: frames made by hand, golden vectors, corpora, arbitrary text, and scripted servers on this machine.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod frames;
mod sockets;
