//! A consumer answer counts only if an allowed signer signed exactly this data for exactly this contract.

use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256, uint};
use quorate_allora::signature::{
    ConsumerDomain, SignatureError, SignedInference, check_time, message_hash, verify,
};
use quorate_allora::wire;
use quorate_domain::Timestamp;

use crate::support::CONSUMER;

/// Order of secp256k1.
const ORDER: U256 = uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);
/// Its generator's x; the y is even.
const GENERATOR_X: U256 =
    uint!(0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798_U256);
/// The throwaway key 2, and its address.
const KEY: U256 = uint!(2_U256);
const SIGNER: Address = address!("2B5AD5c4795c026514f8317c7a215E218DcCD6cF");

const DOMAIN: ConsumerDomain = ConsumerDomain {
    chain_id: 11_155_111,
    contract: address!("8E45fbef38DaC54e32AfB27AC8cBab30E6818ce6"),
};

/// ECDSA with the nonce 1, so that r is the generator's x: good enough for a key that everybody knows.
fn sign(hash: B256, key: U256) -> Bytes {
    let z = U256::from_be_bytes(hash.0).reduce_mod(ORDER);
    let s = z.add_mod(GENERATOR_X.mul_mod(key, ORDER), ORDER);
    let high = s > ORDER >> 1;
    let s = if high { ORDER - s } else { s };
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&GENERATOR_X.to_be_bytes::<32>());
    bytes.extend_from_slice(&s.to_be_bytes::<32>());
    bytes.push(if high { 28 } else { 27 });
    bytes.into()
}

fn signed() -> SignedInference {
    let mut inference = SignedInference {
        network_inference: U256::from(64_000_250_000_u64),
        timestamp: U256::from(1_780_000_000_u64),
        topic_id: U256::from(14),
        extra_data: vec![1, 2, 3].into(),
        confidence_interval_percentiles: vec![U256::from(5), U256::from(95)],
        confidence_interval_values: vec![U256::from(60), U256::from(70)],
        signature: Bytes::new(),
    };
    inference.signature = sign(message_hash(&inference, &DOMAIN), KEY);
    inference
}

fn word(value: u64) -> [u8; 32] {
    U256::from(value).to_be_bytes()
}

#[test]
fn the_signed_hash_is_that_of_the_contract_member_by_member() {
    let type_hash = keccak256(
        "NetworkInferenceData(uint256 networkInference,uint256 timestamp,uint256 topicId,bytes extraData,uint256[] confidenceIntervalPercentiles,uint256[] confidenceIntervalValues)",
    );
    // Seven head words; the dynamic members are offsets into the tail, unhashed.
    let mut encoded = type_hash.to_vec();
    for value in [64_000_250_000, 1_780_000_000, 14, 7 * 32, 9 * 32, 12 * 32] {
        encoded.extend_from_slice(&word(value));
    }
    let mut extra = [0; 32];
    extra[..3].copy_from_slice(&[1, 2, 3]);
    encoded.extend_from_slice(&word(3));
    encoded.extend_from_slice(&extra);
    for value in [2, 5, 95, 2, 60, 70] {
        encoded.extend_from_slice(&word(value));
    }
    let mut domain = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
    )
    .to_vec();
    domain.extend_from_slice(keccak256("AlloraConsumer").as_slice());
    domain.extend_from_slice(keccak256("1").as_slice());
    domain.extend_from_slice(&word(DOMAIN.chain_id));
    domain.extend_from_slice(&[0; 12]);
    domain.extend_from_slice(DOMAIN.contract.as_slice());

    let mut typed = vec![0x19, 0x01];
    typed.extend_from_slice(keccak256(domain).as_slice());
    typed.extend_from_slice(keccak256(encoded).as_slice());
    let mut message = b"\x19Ethereum Signed Message:\n32".to_vec();
    message.extend_from_slice(keccak256(typed).as_slice());
    assert_eq!(message_hash(&signed(), &DOMAIN), keccak256(message));
}

#[test]
fn the_signer_is_recovered_and_must_be_allowed() {
    let inference = signed();
    assert_eq!(
        verify(&inference, &DOMAIN, &[Address::ZERO, SIGNER]),
        Ok(SIGNER)
    );
    let nobody = verify(&inference, &DOMAIN, &[]);
    assert_eq!(nobody, Err(SignatureError::NotAllowed { signer: SIGNER }));
}

#[test]
fn any_changed_field_or_domain_fails() {
    let one = U256::from(1);
    let changes: [fn(&mut SignedInference, U256); 6] = [
        |inference, one| inference.network_inference += one,
        |inference, one| inference.timestamp += one,
        |inference, one| inference.topic_id += one,
        |inference, _| inference.extra_data = vec![1, 2, 4].into(),
        |inference, one| inference.confidence_interval_percentiles[1] += one,
        |inference, one| inference.confidence_interval_values[0] += one,
    ];
    for (i, change) in changes.into_iter().enumerate() {
        let mut inference = signed();
        change(&mut inference, one);
        let result = verify(&inference, &DOMAIN, &[SIGNER]);
        assert!(
            matches!(
                result,
                Err(SignatureError::NotAllowed { .. } | SignatureError::NoSigner)
            ),
            "change {i}: {result:?}"
        );
    }
    for domain in [
        ConsumerDomain {
            chain_id: 42_161,
            ..DOMAIN
        },
        ConsumerDomain {
            contract: Address::ZERO,
            ..DOMAIN
        },
    ] {
        assert!(verify(&signed(), &domain, &[SIGNER]).is_err());
    }
}

#[test]
fn twins_and_malformed_signatures_are_refused() {
    let good = signed();
    let mut twin = good.clone();
    let mut bytes = good.signature.to_vec();
    let s = U256::from_be_slice(&bytes[32..64]);
    bytes[32..64].copy_from_slice(&(ORDER - s).to_be_bytes::<32>());
    bytes[64] ^= 27 ^ 28;
    twin.signature = bytes.into();
    assert_eq!(
        verify(&twin, &DOMAIN, &[SIGNER]),
        Err(SignatureError::HighS)
    );

    for signature in [
        vec![],
        vec![0; 64],
        vec![0; 66],
        [good.signature[..64].to_vec(), vec![29]].concat(),
    ] {
        let length = signature.len();
        let bad = SignedInference {
            signature: signature.into(),
            ..good.clone()
        };
        assert_eq!(
            verify(&bad, &DOMAIN, &[SIGNER]),
            Err(SignatureError::Malformed { bytes: length })
        );
    }
    let zero = SignedInference {
        signature: vec![0; 65].into(),
        ..good.clone()
    };
    assert_eq!(
        verify(&zero, &DOMAIN, &[SIGNER]),
        Err(SignatureError::NoSigner)
    );
    let mut uneven = good;
    uneven.confidence_interval_values.pop();
    assert_eq!(
        verify(&uneven, &DOMAIN, &[SIGNER]),
        Err(SignatureError::IntervalLengths {
            percentiles: 2,
            values: 1
        })
    );
}

#[test]
fn the_time_window_is_the_contracts() {
    let inference = signed();
    let at = |seconds: u64| check_time(&inference, Timestamp::from_secs(seconds));
    assert!(at(1_780_000_000 + 3_600).is_ok());
    assert!(at(1_780_000_000 + 3_601).is_err());
    assert!(at(1_780_000_000 - 300).is_ok());
    assert!(at(1_780_000_000 - 301).is_err());
}

#[test]
fn a_whole_answer_can_be_verified() {
    let mut answer = wire::consumer_inference(CONSUMER).unwrap().signed.unwrap();
    assert!(
        verify(&answer, &DOMAIN, &[SIGNER]).is_err(),
        "the sample's signature is made up"
    );
    assert_eq!(answer.topic_id, U256::from(14));
    assert_eq!(answer.confidence_interval_values.len(), 2);
    answer.signature = sign(message_hash(&answer, &DOMAIN), KEY);
    assert_eq!(verify(&answer, &DOMAIN, &[SIGNER]), Ok(SIGNER));
}
