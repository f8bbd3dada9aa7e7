//! Passwords and keys in the open: they are overwritten when dropped, and there is no way to print them by accident.

use alloy_primitives::hex;
use rand::RngCore;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use super::KEY_BYTES;
use crate::key::{Key, KeyError};

/// A password. It has neither `Debug` nor `Display`.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes a password over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The password itself. Every use is a place to look at in a review.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Why a text is no key. The text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretKeyError {
    /// Not 64 hexadecimal digits.
    #[error("expected a secret key of 64 hexadecimal digits, with or without 0x")]
    NotHex,
    /// Not a key of the curve.
    #[error(transparent)]
    NotAKey(#[from] KeyError),
}

/// A valid secret key in the open. It has neither `Debug` nor `Display`.
pub struct SecretKey {
    bytes: Zeroizing<[u8; KEY_BYTES]>,
}

impl SecretKey {
    /// A new key from the system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        loop {
            let mut bytes = Zeroizing::new([0; KEY_BYTES]);
            OsRng.fill_bytes(bytes.as_mut_slice());
            // All but one in 2^127 of these are keys.
            if let Ok(secret) = Self::from_bytes(bytes) {
                return secret;
            }
        }
    }

    /// A key from its 32 big-endian bytes.
    ///
    /// # Errors
    /// They are no key.
    pub fn from_bytes(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Result<Self, KeyError> {
        Key::from_bytes(*bytes)?;
        Ok(Self { bytes })
    }

    /// A key from 64 hexadecimal digits, with or without `0x` and with spaces around.
    ///
    /// # Errors
    /// It is none.
    pub fn from_hex(text: &str) -> Result<Self, SecretKeyError> {
        let digits = text.trim();
        let digits = digits.strip_prefix("0x").unwrap_or(digits);
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        hex::decode_to_slice(digits, bytes.as_mut_slice()).map_err(|_| SecretKeyError::NotHex)?;
        Ok(Self::from_bytes(bytes)?)
    }

    /// The key as it signs.
    #[must_use]
    pub fn key(&self) -> Key {
        match Key::from_bytes(*self.bytes) {
            Ok(key) => key,
            Err(_) => unreachable!("the same bytes made a key when they were taken over"),
        }
    }

    /// 64 hexadecimal digits behind `0x`: for export alone.
    #[must_use]
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode_prefixed(self.bytes.as_slice()))
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.bytes.as_slice()
    }
}
