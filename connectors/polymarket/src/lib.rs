//! Polymarket: signing, REST, sockets, discovery, keys.

pub mod ws;
