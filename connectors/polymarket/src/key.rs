//! The secret key that signs orders and log-ins: it cannot be printed, and its bytes are overwritten when it is dropped.

use std::fmt;
use std::sync::LazyLock;

use alloy_primitives::{Address, B256};
use secp256k1::{Message, PublicKey, Secp256k1, SecretKey, SignOnly};
use zeroize::Zeroize;

/// One signing context for the process: its tables take longer to prepare than a signature takes to make.
static CONTEXT: LazyLock<Secp256k1<SignOnly>> = LazyLock::new(Secp256k1::signing_only);

/// A signature as the venue and its contracts read it: `r || s || v`, with `v` 27 or 28 and `s` in the lower half.
pub type Signature = [u8; 65];

/// Why bytes are not a secret key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Zero, or not below the order of the curve.
    #[error(
        "the secret key is not a number from 1 to the order of secp256k1: check that it was copied whole"
    )]
    OutOfRange,
}

/// A secp256k1 secret key and the address that belongs to it.
pub struct Key {
    /// Boxed, so that moving the key leaves no copy of the secret behind.
    secret: Box<SecretKey>,
    address: Address,
}

impl Key {
    /// A key from its 32 big-endian bytes.
    ///
    /// # Errors
    /// [`KeyError::OutOfRange`] for zero and for numbers that are not below the order of the curve.
    pub fn from_bytes(mut bytes: [u8; 32]) -> Result<Self, KeyError> {
        let secret = SecretKey::from_byte_array(bytes);
        bytes.zeroize();
        let secret = Box::new(secret.map_err(|_| KeyError::OutOfRange)?);
        let public = PublicKey::from_secret_key(&CONTEXT, &secret).serialize_uncompressed();
        // The first byte says "uncompressed" and is no part of what the address is hashed from.
        let address = Address::from_raw_public_key(&public[1..]);
        Ok(Self { secret, address })
    }

    /// The account that this key controls.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }

    /// Signs a 32-byte digest: deterministic (RFC 6979), `s` low, `v` 27 or 28.
    #[must_use]
    pub fn sign_digest(&self, digest: &B256) -> Signature {
        let message = Message::from_digest(digest.0);
        let (parity, compact) = CONTEXT
            .sign_ecdsa_recoverable(message, &self.secret)
            .serialize_compact();
        let mut signature = [0; 65];
        signature[..64].copy_from_slice(&compact);
        // Bit 1 of the recovery id marks an overflow of r that no honest digest produces; contracts know 27 and 28 only.
        signature[64] = 27 + u8::from(i32::from(parity) & 1 == 1);
        signature
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.secret.non_secure_erase();
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.address)
    }
}
