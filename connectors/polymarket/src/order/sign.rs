//! Signatures of orders: plain ones of accounts, nested ones (ERC-7739) of deposit wallets, and the wrap that tells that a
//! session key signed for its wallet.

use alloy_primitives::{Address, B256, b256};

use crate::chain::eip712;
use crate::key::{Key, Signature};
use crate::wallet::WalletType;

use super::fields::{ORDER_TYPE, PreparedOrder};

/// keccak256 of `TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32
/// salt)` followed by [`ORDER_TYPE`].
pub const TYPED_DATA_SIGN_TYPE_HASH: B256 =
    b256!("6ba028565cb324c2aa02bb714b9816d0bddd557a2f33bb36cf13272a4256bd42");
/// keccak256 of `DepositWallet`, the name of the wallet's own domain.
pub(crate) const WALLET_NAME_HASH: B256 =
    b256!("d682b529a17cda19aa275f3a050608f9e9401fadd1b0d233d81519972295828b");
/// keccak256 of `1`, the version of the wallet's own domain.
pub(crate) const WALLET_VERSION_HASH: B256 =
    b256!("c89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc6");

/// Bytes of a deposit wallet's signature: 65 of the key, two hashes, the type of the order, and its length.
pub const NESTED_SIGNATURE_LEN: usize = 65 + 32 + 32 + ORDER_TYPE.len() + 2;

/// What marks the signature of a session key: the last 32 bytes.
pub const SESSION_MAGIC: B256 =
    b256!("6492649264926492649264926492649264926492649264926492649264926492");

/// Why an order is not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key is not the one that the order names.
    #[error(
        "the key of {key} cannot sign an order whose signer is {signer}: check the funder and the signature type"
    )]
    KeyMismatch {
        /// Address of the key.
        key: Address,
        /// Signer of the order.
        signer: Address,
    },
    /// Only deposit wallets know session keys.
    #[error(
        "a session key signs for deposit wallets (signature type 3) only, not for type {number}"
    )]
    SessionNeedsDepositWallet {
        /// The type's number.
        number: u8,
    },
}

/// How the key's 65 bytes are dressed for the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dress {
    Plain,
    Nested,
    Session(Address),
}

/// An order with its signature: from here on, the same bytes for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOrder {
    order: PreparedOrder,
    signature: Signature,
    dress: Dress,
}

impl PreparedOrder {
    /// What the key signs: the order's id, or for a deposit wallet the hash of `TypedDataSign` under the exchange's domain.
    #[must_use]
    pub fn digest(&self) -> B256 {
        if self.fields().wallet_type != WalletType::Poly1271 {
            return self.id();
        }
        let nested = eip712::hash_words(&[
            TYPED_DATA_SIGN_TYPE_HASH.0,
            self.struct_hash().0,
            WALLET_NAME_HASH.0,
            WALLET_VERSION_HASH.0,
            eip712::number(u128::from(self.chain().id())),
            eip712::address(self.fields().maker),
            [0; 32],
        ]);
        eip712::digest(&self.exchange().domain_separator(self.chain()), &nested)
    }

    /// Signs with the key of the account that owns the wallet.
    ///
    /// # Errors
    /// [`SignError::KeyMismatch`] when the order names another account. For a deposit wallet the order does not say who owns
    /// it; compare with [`crate::wallet::classify`] once, at the start.
    pub fn sign(self, key: &Key) -> Result<SignedOrder, SignError> {
        let dress = if self.fields().wallet_type == WalletType::Poly1271 {
            Dress::Nested
        } else if key.address() == self.fields().signer {
            Dress::Plain
        } else {
            return Err(SignError::KeyMismatch {
                key: key.address(),
                signer: self.fields().signer,
            });
        };
        Ok(SignedOrder {
            signature: key.sign_digest(&self.digest()),
            order: self,
            dress,
        })
    }

    /// Signs with a session key: an account that the deposit wallet lets trade, but not withdraw.
    ///
    /// # Errors
    /// [`SignError::SessionNeedsDepositWallet`] for all other types of wallet.
    pub fn sign_with_session(self, key: &Key) -> Result<SignedOrder, SignError> {
        if self.fields().wallet_type != WalletType::Poly1271 {
            return Err(SignError::SessionNeedsDepositWallet {
                number: self.fields().wallet_type.number(),
            });
        }
        Ok(SignedOrder {
            signature: key.sign_digest(&self.digest()),
            order: self,
            dress: Dress::Session(key.address()),
        })
    }
}

impl SignedOrder {
    /// The order.
    #[must_use]
    pub const fn order(&self) -> &PreparedOrder {
        &self.order
    }

    /// The 65 bytes that the key made.
    #[must_use]
    pub const fn inner_signature(&self) -> &Signature {
        &self.signature
    }

    /// The signature as it is posted: 65 bytes, [`NESTED_SIGNATURE_LEN`] for a deposit wallet, more for a session key.
    #[must_use]
    pub fn wire_signature(&self) -> Vec<u8> {
        match self.dress {
            Dress::Plain => self.signature.to_vec(),
            Dress::Nested => self.nested(),
            Dress::Session(signer) => session_wrap(signer, &self.nested()),
        }
    }

    fn nested(&self) -> Vec<u8> {
        let separator = self.order.exchange().domain_separator(self.order.chain());
        let mut bytes = Vec::with_capacity(NESTED_SIGNATURE_LEN);
        bytes.extend_from_slice(&self.signature);
        bytes.extend_from_slice(separator.as_slice());
        bytes.extend_from_slice(self.order.struct_hash().as_slice());
        bytes.extend_from_slice(ORDER_TYPE.as_bytes());
        // 186, big-endian in two bytes.
        bytes.extend_from_slice(&[0, ORDER_TYPE.len().to_be_bytes()[size_of::<usize>() - 1]]);
        bytes
    }
}

/// Wraps a complete signature as a session key's: `abi.encode(bytes32 signer, bytes32 0, bytes signature)` and
/// [`SESSION_MAGIC`].
#[must_use]
pub fn session_wrap(signer: Address, signature: &[u8]) -> Vec<u8> {
    let padding = signature.len().next_multiple_of(32) - signature.len();
    let mut bytes = Vec::with_capacity(32 * 5 + signature.len() + padding);
    bytes.extend_from_slice(&eip712::address(signer));
    bytes.extend_from_slice(&[0; 32]);
    bytes.extend_from_slice(&eip712::number(3 * 32));
    bytes.extend_from_slice(&eip712::number(signature.len() as u128));
    bytes.extend_from_slice(signature);
    bytes.resize(bytes.len() + padding, 0);
    bytes.extend_from_slice(SESSION_MAGIC.as_slice());
    bytes
}
