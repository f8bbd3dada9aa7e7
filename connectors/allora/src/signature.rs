//! Checks the signature on a consumer answer as the network's consumer contract does.
//!
//! The contract departs from EIP-712 twice, and so must the check. Members of dynamic length enter the struct hash as
//! they are encoded by `abi.encode`, where EIP-712 wants their hashes; and the typed digest is wrapped once more as an
//! "Ethereum Signed Message" (EIP-191) before the signer is recovered.

use std::time::Duration;

use alloy_primitives::{Address, B256, Bytes, Signature, U256, eip191_hash_message, keccak256};
use alloy_sol_types::{Eip712Domain, SolValue};
use quorate_domain::Timestamp;

/// The type whose hash begins the struct hash.
const TYPE: &str = "NetworkInferenceData(uint256 networkInference,uint256 timestamp,uint256 topicId,bytes extraData,\
uint256[] confidenceIntervalPercentiles,uint256[] confidenceIntervalValues)";

/// How far in the past a signed value may lie for the contract.
pub const PAST_MAX: Duration = Duration::from_hours(1);

/// How far in the future.
pub const FUTURE_MAX: Duration = Duration::from_mins(5);

/// What was signed, and the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedInference {
    /// The combined value times 10^18.
    pub network_inference: U256,
    /// Seconds since 1970.
    pub timestamp: U256,
    /// The network's own topic id.
    pub topic_id: U256,
    /// Anything the network adds.
    pub extra_data: Bytes,
    /// Percentiles times 10^18.
    pub confidence_interval_percentiles: Vec<U256>,
    /// Values at the percentiles, times 10^18.
    pub confidence_interval_values: Vec<U256>,
    /// r, s, v: 65 bytes.
    pub signature: Bytes,
}

/// The contract that the signature was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerDomain {
    /// EIP-155 chain id, such as 11155111 for Sepolia.
    pub chain_id: u64,
    /// Address of the consumer contract.
    pub contract: Address,
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not 65 bytes ending in 0, 1, 27 or 28.
    #[error("the signature has {bytes} bytes or an unknown ending; expected 65 bytes r, s, v")]
    Malformed {
        /// Its length.
        bytes: usize,
    },
    /// s lies in the upper half: anybody can make such a twin of a valid signature, so the contract refuses it.
    #[error("the signature has a high s; the contract refuses it")]
    HighS,
    /// No key signs like that.
    #[error("no signer can be recovered from the signature")]
    NoSigner,
    /// Signed, but by somebody else, or some field was changed after signing.
    #[error("signed by {signer}, which is not among the allowed signers; or the data was changed")]
    NotAllowed {
        /// Who signed, if the data is as it was signed.
        signer: Address,
    },
    /// As many percentiles as values are needed.
    #[error("{percentiles} percentiles and {values} values; the contract wants as many of both")]
    IntervalLengths {
        /// Percentiles.
        percentiles: usize,
        /// Values.
        values: usize,
    },
    /// Too old, or from the future.
    #[error("the value's time {timestamp} is more than an hour old or five minutes ahead")]
    Time {
        /// Seconds since 1970.
        timestamp: U256,
    },
}

/// Who signed, if that is one of `allowed_signers`. The value's age is not looked at: see [`check_time`].
///
/// # Errors
/// See [`SignatureError`]; an empty list allows nobody.
pub fn verify(
    inference: &SignedInference,
    domain: &ConsumerDomain,
    allowed_signers: &[Address],
) -> Result<Address, SignatureError> {
    let percentiles = inference.confidence_interval_percentiles.len();
    let values = inference.confidence_interval_values.len();
    if percentiles != values {
        return Err(SignatureError::IntervalLengths {
            percentiles,
            values,
        });
    }
    let signature = parse(&inference.signature)?;
    if signature.normalize_s().is_some() {
        return Err(SignatureError::HighS);
    }
    let signer = signature
        .recover_address_from_prehash(&message_hash(inference, domain))
        .map_err(|_| SignatureError::NoSigner)?;
    if allowed_signers.contains(&signer) {
        Ok(signer)
    } else {
        Err(SignatureError::NotAllowed { signer })
    }
}

/// Whether the contract would take a value of this time at `now`.
///
/// # Errors
/// [`SignatureError::Time`] if it lies more than [`PAST_MAX`] back or [`FUTURE_MAX`] ahead.
pub fn check_time(inference: &SignedInference, now: Timestamp) -> Result<(), SignatureError> {
    let timestamp = inference.timestamp;
    let (oldest, newest) = (now.minus(PAST_MAX).secs(), now.plus(FUTURE_MAX).secs());
    if timestamp < U256::from(oldest) || timestamp > U256::from(newest) {
        return Err(SignatureError::Time { timestamp });
    }
    Ok(())
}

/// The 32 bytes that are signed.
#[must_use]
pub fn message_hash(inference: &SignedInference, domain: &ConsumerDomain) -> B256 {
    let members = (
        keccak256(TYPE),
        inference.network_inference,
        inference.timestamp,
        inference.topic_id,
        inference.extra_data.clone(),
        inference.confidence_interval_percentiles.clone(),
        inference.confidence_interval_values.clone(),
    );
    let struct_hash = keccak256(members.abi_encode_params());
    let separator = Eip712Domain::new(
        Some("AlloraConsumer".into()),
        Some("1".into()),
        Some(U256::from(domain.chain_id)),
        Some(domain.contract),
        None,
    )
    .separator();
    let mut typed = vec![0x19, 0x01];
    typed.extend_from_slice(separator.as_slice());
    typed.extend_from_slice(struct_hash.as_slice());
    eip191_hash_message(keccak256(typed))
}

fn parse(bytes: &[u8]) -> Result<Signature, SignatureError> {
    let malformed = SignatureError::Malformed { bytes: bytes.len() };
    let Some((&ending, rs)) = bytes.split_last() else {
        return Err(malformed);
    };
    if rs.len() != 64 {
        return Err(malformed);
    }
    match ending {
        0 | 27 => Ok(Signature::from_bytes_and_parity(rs, false)),
        1 | 28 => Ok(Signature::from_bytes_and_parity(rs, true)),
        _ => Err(malformed),
    }
}
