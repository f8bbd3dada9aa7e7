//! The chain: every record's hash covers the one before, so that nothing can be taken out, put in or swapped unnoticed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// Bytes of a chain hash.
pub(crate) const HASH_LENGTH: usize = 32;

/// A SHA-256 over everything up to and including one record. Written in hexadecimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChainHash(pub [u8; HASH_LENGTH]);

impl ChainHash {
    /// What a chain starts from: 32 zero bytes.
    pub const ZERO: Self = Self([0; HASH_LENGTH]);

    /// The next link: SHA-256 of this hash, then each part in turn.
    #[must_use]
    pub fn next(self, parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        digest.update(self.0);
        for part in parts {
            digest.update(part);
        }
        Self(digest.finalize().into())
    }

    /// SHA-256 of some bytes alone.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// From exactly 32 bytes; `None` otherwise.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Number of bits in which two hashes differ.
    pub(crate) fn distance(self, other: Self) -> u32 {
        let pairs = self.0.iter().zip(&other.0);
        pairs.map(|(a, b)| (a ^ b).count_ones()).sum()
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for ChainHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ChainHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_hex(&text)
            .ok_or_else(|| de::Error::custom("expected 64 lower-case hexadecimal digits"))
    }
}

fn parse_hex(text: &str) -> Option<ChainHash> {
    // Only as it is written: a flipped bit that makes a capital letter is still a flipped bit.
    let digit = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != 2 * HASH_LENGTH || !text.bytes().all(digit) {
        return None;
    }
    let mut hash = [0; HASH_LENGTH];
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(ChainHash(hash))
}
