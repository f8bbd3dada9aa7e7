//! EIP-712 by hand: 32-byte words laid one after the other and hashed in one go, without an allocation.
//!
//! Source: <https://eips.ethereum.org/EIPS/eip-712>. A struct's hash is `keccak256(type hash || one word per member)`; text
//! and bytes enter as their keccak256.

use alloy_primitives::{Address, B256, U256, keccak256};

/// One ABI word.
pub type Word = [u8; 32];

/// A number as a word, big-endian.
#[must_use]
pub fn number(value: u128) -> Word {
    U256::from(value).to_be_bytes()
}

/// An address as a word, padded on the left.
#[must_use]
pub fn address(value: Address) -> Word {
    value.into_word().0
}

/// Text or bytes as the word that stands for them in a struct: their keccak256.
#[must_use]
pub fn hashed(bytes: &[u8]) -> Word {
    keccak256(bytes).0
}

/// keccak256 of words in a row: the hash of a struct whose first word is its type hash.
#[must_use]
pub fn hash_words<const N: usize>(words: &[Word; N]) -> B256 {
    keccak256(words.as_flattened())
}

/// Hash to sign: `keccak256(0x1901 || domain separator || struct hash)`.
#[must_use]
pub fn digest(domain_separator: &B256, struct_hash: &B256) -> B256 {
    let mut message = [0; 66];
    message[..2].copy_from_slice(&[0x19, 0x01]);
    message[2..34].copy_from_slice(domain_separator.as_slice());
    message[34..].copy_from_slice(struct_hash.as_slice());
    keccak256(message)
}

/// Separator of a domain with name, version, chain and contract.
#[must_use]
pub fn domain_separator(name: &str, version: &str, chain_id: u64, contract: Address) -> B256 {
    hash_words(&[
        hashed(
            b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
        ),
        hashed(name.as_bytes()),
        hashed(version.as_bytes()),
        number(u128::from(chain_id)),
        address(contract),
    ])
}
