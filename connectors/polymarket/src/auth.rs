//! Log-in: a signature of the account's key for the API key itself (L1), and an HMAC on every private call (L2).

use std::fmt;

use alloy_primitives::{Address, B256, hex};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::chain::eip712;
use crate::key::Key;

/// What the account's key signs to obtain an API key. The venue compares it letter by letter.
const ATTESTATION: &str = "This message attests that I control the given wallet";

/// Secrets arrive in either alphabet, with or without padding; what is left of the last byte is ignored, as the venue's
/// own clients do.
const SECRET: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// An API key: what `/auth/api-key` and `/auth/derive-api-key` answer. It belongs to the account of the key pair, whatever
/// the type of the wallet. Secret and passphrase are overwritten on drop and never printed.
#[derive(Clone)]
pub struct Credentials {
    /// Name of the API key (a UUID); also the `owner` of an order.
    pub api_key: String,
    /// HMAC secret, base64 in either alphabet.
    pub secret: Zeroizing<String>,
    /// Passphrase, sent as it is.
    pub passphrase: Zeroizing<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("api_key", &self.api_key)
            .finish_non_exhaustive()
    }
}

/// Why a call cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The secret of the API key does not decode.
    #[error(
        "the API key's secret is not base64: derive the API key again, or check what was configured"
    )]
    SecretNotBase64,
}

/// Digest that proves control of `address`: EIP-712 struct `ClobAuth` in the domain `ClobAuthDomain`, which names no
/// contract. `timestamp_s` is unix seconds.
#[must_use]
pub fn clob_auth_digest(address: Address, chain_id: u64, timestamp_s: u64, nonce: u64) -> B256 {
    let domain = eip712::hash_words(&[
        eip712::hashed(b"EIP712Domain(string name,string version,uint256 chainId)"),
        eip712::hashed(b"ClobAuthDomain"),
        eip712::hashed(b"1"),
        eip712::number(u128::from(chain_id)),
    ]);
    let attestation = eip712::hash_words(&[
        eip712::hashed(b"ClobAuth(address address,string timestamp,uint256 nonce,string message)"),
        eip712::address(address),
        eip712::hashed(timestamp_s.to_string().as_bytes()),
        eip712::number(u128::from(nonce)),
        eip712::hashed(ATTESTATION.as_bytes()),
    ]);
    eip712::digest(&domain, &attestation)
}

/// Headers of the calls that create or derive an API key. `timestamp_s` is unix seconds; `nonce` tells several API keys of
/// one account apart and is 0 unless there are several.
#[must_use]
pub fn l1_headers(
    key: &Key,
    chain_id: u64,
    timestamp_s: u64,
    nonce: u64,
) -> [(&'static str, String); 4] {
    let digest = clob_auth_digest(key.address(), chain_id, timestamp_s, nonce);
    [
        ("POLY_ADDRESS", key.address().to_checksum(None)),
        (
            "POLY_SIGNATURE",
            hex::encode_prefixed(key.sign_digest(&digest)),
        ),
        ("POLY_TIMESTAMP", timestamp_s.to_string()),
        ("POLY_NONCE", nonce.to_string()),
    ]
}

/// Headers of a private call. `address` is that of the signing key, `timestamp_s` unix seconds, `method` in upper case,
/// `path` without the host, `body` the very bytes that are sent (none: empty). A query string in `path` is not signed.
///
/// # Errors
/// [`AuthError::SecretNotBase64`] when the secret does not decode.
pub fn l2_headers(
    address: &Address,
    credentials: &Credentials,
    timestamp_s: u64,
    method: &str,
    path: &str,
    body: &[u8],
) -> Result<[(&'static str, String); 5], AuthError> {
    let signature = l2_signature(&credentials.secret, timestamp_s, method, path, body)?;
    Ok([
        ("POLY_ADDRESS", address.to_checksum(None)),
        ("POLY_SIGNATURE", signature),
        ("POLY_TIMESTAMP", timestamp_s.to_string()),
        ("POLY_API_KEY", credentials.api_key.clone()),
        ("POLY_PASSPHRASE", credentials.passphrase.to_string()),
    ])
}

/// Signature of a private call: url-safe base64, with padding, of `HMAC-SHA256(secret, timestamp || method || path ||
/// body)`. Arguments as in [`l2_headers`]; `secret` is base64 in either alphabet, padded or not.
///
/// # Errors
/// [`AuthError::SecretNotBase64`] when the secret does not decode.
pub fn l2_signature(
    secret: &str,
    timestamp_s: u64,
    method: &str,
    path: &str,
    body: &[u8],
) -> Result<String, AuthError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&decode_secret(secret)?)
        .map_err(|_| AuthError::SecretNotBase64)?;
    let path = path.split_once('?').map_or(path, |(signed, _)| signed);
    mac.update(timestamp_s.to_string().as_bytes());
    mac.update(method.as_bytes());
    mac.update(path.as_bytes());
    mac.update(body);
    Ok(URL_SAFE.encode(mac.finalize().into_bytes()))
}

fn decode_secret(secret: &str) -> Result<Zeroizing<Vec<u8>>, AuthError> {
    let mut text = Zeroizing::new(secret.trim().as_bytes().to_vec());
    for byte in text.iter_mut() {
        *byte = match *byte {
            b'+' => b'-',
            b'/' => b'_',
            other => other,
        };
    }
    SECRET
        .decode(text.as_slice())
        .map(Zeroizing::new)
        .map_err(|_| AuthError::SecretNotBase64)
}
