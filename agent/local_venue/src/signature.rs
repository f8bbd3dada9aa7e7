//! Whether an order was signed by whom it must be: by kind of wallet.

use alloy_primitives::{Address, B256};

use crate::eip712::{self, ORDER_TYPE, SignedFields};

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// Not the number of bytes this kind of wallet sends.
    #[error("invalid signature: unexpected length")]
    Length,
    /// The appended exchange domain is another one's.
    #[error("invalid signature: wrong exchange domain")]
    Domain,
    /// The appended contents are another order's.
    #[error("invalid signature: wrong order contents")]
    Contents,
    /// The appended type description is not the order's.
    #[error("invalid signature: wrong contents description")]
    Description,
    /// Somebody else signed.
    #[error("invalid signature")]
    Signer,
}

/// Checks a wire signature of an order.
///
/// # Errors
/// The first thing about it that is wrong.
pub fn verify(
    order: &SignedFields,
    owner: Address,
    domain: B256,
    chain_id: u64,
    signature: &[u8],
) -> Result<(), BadSignature> {
    let contents = eip712::order_struct_hash(order);
    let (digest, inner) = if order.signature_type == 3 {
        let inner = unwrap(signature, domain, contents)?;
        let digest = eip712::nested_digest(domain, contents, order.maker, chain_id);
        (digest, inner)
    } else if signature.len() == 65 {
        (eip712::order_hash(domain, contents), signature)
    } else {
        return Err(BadSignature::Length);
    };
    if eip712::recover(digest, inner) == Some(owner) {
        Ok(())
    } else {
        Err(BadSignature::Signer)
    }
}

/// The inner signature of a deposit wallet's: inner 65 | domain 32 | contents 32 | description 186 | its length 2.
fn unwrap(wire: &[u8], domain: B256, contents: B256) -> Result<&[u8], BadSignature> {
    let description = ORDER_TYPE.as_bytes();
    let expected = 65 + 32 + 32 + description.len() + 2;
    if wire.len() != expected {
        return Err(BadSignature::Length);
    }
    let (inner, rest) = wire.split_at(65);
    let (wire_domain, rest) = rest.split_at(32);
    let (wire_contents, rest) = rest.split_at(32);
    let (wire_description, length) = rest.split_at(description.len());
    if wire_domain != domain.as_slice() {
        return Err(BadSignature::Domain);
    }
    if wire_contents != contents.as_slice() {
        return Err(BadSignature::Contents);
    }
    if wire_description != description || length != [0x00, 0xba] {
        return Err(BadSignature::Description);
    }
    Ok(inner)
}
