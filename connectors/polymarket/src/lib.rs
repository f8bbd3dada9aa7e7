//! Polymarket: signing, REST, sockets, discovery, keys.

pub mod auth;
pub mod chain;
pub mod geoblock;
pub mod key;
pub mod relayer;
pub mod rest;
