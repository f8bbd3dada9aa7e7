//! Polymarket: signing, REST, sockets, discovery, keys.

pub mod auth;
pub mod chain;
pub mod key;
