//! The venue's sockets: frames made by hand, golden vectors, recorded frames where they are present, arbitrary bytes, and
//! real sockets against a scripted server on this machine.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod books;
mod corpus;
mod layouts;
mod market_socket;
mod properties;
mod real_data;
mod support;
mod user_socket;
mod vectors;
