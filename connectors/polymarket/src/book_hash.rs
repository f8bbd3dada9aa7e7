//! The hash of a book as clients of the venue compute it: SHA-1 of its compact JSON. Whether the venue's own hash agrees is
//! not known, so a difference is no reason to distrust a book.

use alloy_primitives::hex;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

/// A level in the venue's own text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelText {
    /// Price as served.
    pub price: String,
    /// Size as served.
    pub size: String,
}

/// A book in the venue's own text: nothing is re-formatted, since the hash covers every letter. The order of the members is
/// that of the hashed JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookText {
    /// Condition id.
    pub market: String,
    /// Asset id.
    pub asset_id: String,
    /// Unix milliseconds as text.
    pub timestamp: String,
    /// The venue's hash; left out of what is hashed.
    pub hash: String,
    /// Buyers.
    pub bids: Vec<LevelText>,
    /// Sellers.
    pub asks: Vec<LevelText>,
    /// Smallest order.
    pub min_order_size: String,
    /// Price step.
    pub tick_size: String,
    /// Whether the market is one of exclusive outcomes.
    pub neg_risk: bool,
    /// Last price; empty if there was none.
    pub last_trade_price: String,
}

impl BookText {
    /// The JSON that is hashed: compact, with an empty `hash`.
    ///
    /// # Errors
    /// Only those of the JSON writer.
    pub fn hashed_json(&self) -> Result<String, serde_json::Error> {
        let without_hash = Self {
            hash: String::new(),
            ..self.clone()
        };
        serde_json::to_string(&without_hash)
    }

    /// SHA-1 of [`Self::hashed_json`], in lower-case hexadecimal.
    ///
    /// # Errors
    /// Only those of the JSON writer.
    pub fn sha1_hex(&self) -> Result<String, serde_json::Error> {
        Ok(hex::encode(Sha1::digest(self.hashed_json()?)))
    }
}
