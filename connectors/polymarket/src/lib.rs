//! Polymarket: signing, REST, sockets, discovery, keys.

pub mod auth;
pub mod book_hash;
pub mod chain;
pub mod fees;
pub mod gamma;
pub mod geoblock;
pub mod key;
pub mod keystore;
pub mod listing;
pub mod onchain;
pub mod order;
pub mod relayer;
pub mod rest;
pub mod rules;
pub mod walk;
pub mod wallet;
pub mod ws;
