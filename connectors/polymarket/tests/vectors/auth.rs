//! Log-in headers against the official clients' values, and secrets that do not leak.

use alloy_primitives::{Signature, hex};
use quorate_polymarket::auth::{
    AuthError, Credentials, clob_auth_digest, l1_headers, l2_headers, l2_signature,
};
use quorate_polymarket::key::{Key, KeyError};

use super::common::{cases, key, number, text, vectors, word};

#[test]
fn vector_l1_headers() {
    let file = vectors("l1_clobauth.json");
    let key = key(&file);
    for case in cases(&file, "cases", 5) {
        let chain = number(case, "chain_id");
        let timestamp = number(case, "timestamp");
        let nonce = number(case, "nonce");
        if case["digest"].is_string() {
            let digest = clob_auth_digest(key.address(), chain, timestamp, nonce);
            assert_eq!(digest, word(case, "digest"), "{case}");
        }
        let expected = [
            ("POLY_ADDRESS", text(&file["key"], "address").to_owned()),
            ("POLY_SIGNATURE", text(case, "signature").to_owned()),
            ("POLY_TIMESTAMP", timestamp.to_string()),
            ("POLY_NONCE", nonce.to_string()),
        ];
        assert_eq!(
            l1_headers(&key, chain, timestamp, nonce),
            expected,
            "{case}"
        );
    }
}

#[test]
fn vector_l2_signatures() {
    let file = vectors("hmac.json");
    for case in cases(&file, "cases", 9) {
        let body = case["body"].as_str().unwrap_or("");
        let timestamp = number(case, "timestamp");
        let (method, path) = (text(case, "method"), text(case, "path"));
        assert_eq!(
            format!("{timestamp}{method}{path}{body}"),
            text(case, "message"),
            "the case itself"
        );
        let secret = text(case, "secret");
        let signature = l2_signature(secret, timestamp, method, path, body.as_bytes()).unwrap();
        assert_eq!(signature, text(case, "signature"), "{case}");
        // The same secret in the other alphabet and without padding is the same secret; a query string is not signed.
        let other = secret.replace('-', "+").replace('_', "/");
        let bare = other.trim_end_matches('=');
        let with_query = format!("{path}?next_cursor=MA==");
        for variant in [other.as_str(), bare, &format!(" {secret}\n")] {
            assert_eq!(
                l2_signature(variant, timestamp, method, &with_query, body.as_bytes()).unwrap(),
                signature,
                "{variant:?}"
            );
        }
    }
}

#[test]
fn vector_l2_headers() {
    let file = vectors("hmac.json");
    let example = &file["headers_example"];
    let case = &cases(&file, "cases", 9)[1];
    let credentials = credentials(text(case, "secret"), text(example, "POLY_PASSPHRASE"));
    let headers = l2_headers(
        &text(example, "POLY_ADDRESS").parse().unwrap(),
        &credentials,
        number(case, "timestamp"),
        text(case, "method"),
        text(case, "path"),
        b"",
    )
    .unwrap();
    assert_eq!(headers.len(), example.as_object().unwrap().len());
    for (name, value) in headers {
        assert_eq!(value, text(example, name), "{name}");
    }
}

fn credentials(secret: &str, passphrase: &str) -> Credentials {
    Credentials {
        api_key: "11111111-2222-3333-4444-555555555555".to_owned(),
        secret: secret.to_owned().into(),
        passphrase: passphrase.to_owned().into(),
    }
}

#[test]
fn a_secret_that_is_no_base64_is_refused() {
    for secret in ["not base64!", "\u{e9}", "A"] {
        assert_eq!(
            l2_signature(secret, 0, "GET", "/", b""),
            Err(AuthError::SecretNotBase64),
            "{secret:?}"
        );
    }
}

#[test]
fn secrets_are_not_printed() {
    let printed = format!("{:?}", credentials("c2VjcmV0LXZhbHVl", "open sesame"));
    assert!(printed.contains("11111111-2222"), "{printed}");
    assert!(!printed.contains("c2VjcmV0"), "{printed}");
    assert!(!printed.contains("sesame"), "{printed}");

    let bytes = [0x5a; 32];
    let key = Key::from_bytes(bytes).unwrap();
    let printed = format!("{key:?}");
    assert!(
        printed.contains(&key.address().to_checksum(None)),
        "{printed}"
    );
    assert!(!printed.contains(&hex::encode(&bytes[..4])), "{printed}");
    assert!(!printed.contains("90, 90"), "{printed}");
}

#[test]
fn numbers_that_are_no_secret_key_are_refused() {
    let order = hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    for bytes in [[0; 32], order, [0xff; 32]] {
        assert_eq!(Key::from_bytes(bytes).unwrap_err(), KeyError::OutOfRange);
    }
}

#[test]
fn a_signature_names_its_signer_and_is_the_same_again() {
    let mut parities = [0; 2];
    for seed in 1..=16_u8 {
        let key = Key::from_bytes([seed; 32]).unwrap();
        let digest = alloy_primitives::keccak256([seed]);
        let signature = key.sign_digest(&digest);
        assert_eq!(signature, key.sign_digest(&digest));
        let parsed = Signature::from_raw_array(&signature).unwrap();
        assert!(parsed.normalize_s().is_none(), "s is in the upper half");
        assert_eq!(
            parsed.recover_address_from_prehash(&digest).unwrap(),
            key.address()
        );
        parities[usize::from(signature[64] - 27)] += 1;
    }
    assert!(
        parities.iter().all(|count| *count > 0),
        "both parities occur"
    );
}
