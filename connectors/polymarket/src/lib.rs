//! Polymarket: signing, REST, sockets, discovery, keys.

pub mod auth;
pub mod book_hash;
pub mod chain;
pub mod fees;
pub mod key;
pub mod onchain;
pub mod order;
pub mod walk;
pub mod wallet;
