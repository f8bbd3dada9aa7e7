//! The chains that Polymarket settles on, its contracts there, and how typed data are hashed for them.

pub mod eip712;
