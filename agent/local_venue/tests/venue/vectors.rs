//! Hashes and signatures against golden vectors.

use std::path::PathBuf;

use alloy_primitives::{Address, B256, U256, address, hex};
use quorate_local_venue::eip712::{self, SignedFields};
use quorate_local_venue::signature;
use serde_json::Value;

const OWNER: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");

fn read(name: &str) -> Value {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors");
    let root = std::env::var_os("QUORATE_VECTORS").map_or(default, PathBuf::from);
    let text = std::fs::read_to_string(root.join("polymarket").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn each_order_vector_hashes_and_verifies_and_no_other_key_passes() {
    let cases = read("orders.json")["cases"].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    for case in cases {
        let (inputs, expect) = (&case["inputs"], &case["expect"]);
        let sent = &expect["post_body"]["order"];
        let number = |name: &str| U256::from_str_radix(sent[name].as_str().unwrap(), 10).unwrap();
        let fields = SignedFields {
            salt: U256::from(sent["salt"].as_u64().unwrap()),
            maker: sent["maker"].as_str().unwrap().parse().unwrap(),
            signer: sent["signer"].as_str().unwrap().parse().unwrap(),
            token_id: number("tokenId"),
            maker_amount: number("makerAmount"),
            taker_amount: number("takerAmount"),
            side: u8::from(sent["side"] == "SELL"),
            signature_type: u8::try_from(sent["signatureType"].as_u64().unwrap()).unwrap(),
            timestamp: number("timestamp"),
            metadata: sent["metadata"].as_str().unwrap().parse().unwrap(),
            builder: sent["builder"].as_str().unwrap().parse().unwrap(),
        };
        let chain = inputs["chain_id"].as_u64().unwrap();
        let neg_risk = inputs["neg_risk"] == true;
        let domain = eip712::exchange_domain(fields.token_id, neg_risk, chain);
        let hash = |name: &str| expect[name].as_str().unwrap().parse::<B256>().unwrap();
        assert_eq!(
            domain,
            hash("exchange_domain_separator"),
            "{}",
            case["name"]
        );
        let contents = eip712::order_struct_hash(&fields);
        assert_eq!(contents, hash("order_struct_hash"), "{}", case["name"]);
        assert_eq!(eip712::order_hash(domain, contents), hash("order_hash"));
        let wire = hex::decode(sent["signature"].as_str().unwrap()).unwrap();
        signature::verify(&fields, OWNER, domain, chain, &wire).unwrap();
        assert!(signature::verify(&fields, Address::repeat_byte(9), domain, chain, &wire).is_err());
    }
}

#[test]
fn each_key_statement_vector_recovers_its_address() {
    for case in read("l1_clobauth.json")["cases"].as_array().unwrap() {
        let stamp = case["timestamp"].to_string().trim_matches('"').to_owned();
        let (nonce, chain) = (
            case["nonce"].as_u64().unwrap(),
            case["chain_id"].as_u64().unwrap(),
        );
        let digest = eip712::auth_digest(OWNER, &stamp, nonce, chain);
        let wire = hex::decode(case["signature"].as_str().unwrap()).unwrap();
        assert_eq!(eip712::recover(digest, &wire), Some(OWNER));
    }
}
