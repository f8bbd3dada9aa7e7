//! Polymarket: signing, REST, sockets, discovery, keys.

pub mod gamma;
pub mod listing;
pub mod rules;
