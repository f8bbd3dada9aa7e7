//! Contract calls and relayer requests against the official client's bytes.

use alloy_primitives::{Address, B256, U256, eip191_hash_message, hex, keccak256};
use quorate_domain::Outcome;
use quorate_polymarket::chain::{AssetId, ChainId, ConditionIdV2, MarketKind, contracts};
use quorate_polymarket::onchain::relayer::{
    BatchSigner, DepositBatch, METADATA_CHARS_MAX, ProxyTransaction, RelayError, SafeTransaction,
    create_wallet,
};
use quorate_polymarket::onchain::{Call, approvals, positions, reads, session};
use quorate_polymarket::order::{SESSION_MAGIC, session_wrap};
use quorate_polymarket::wallet::{DepositForm, deposit_wallet};
use serde_json::{Value, json};

use super::common::{address, bytes, key, number, text, vectors, word};

const FILE: &str = "onchain_relayer.json";

/// The call that a vector's name stands for.
fn named(file: &Value, name: &str) -> Call {
    let owner = key(file).address();
    let wallet = deposit_wallet(owner, DepositForm::Beacon);
    let condition = word(file, "condition_id");
    let condition_v2 = ConditionIdV2::parse(text(file, "protocol_v2_condition_id")).unwrap();
    let ten = U256::from(10_000_000);
    let tokens = ChainId::Polygon.conditional_tokens();
    let collateral = ChainId::Polygon.collateral();
    match name {
        "approve_pusd_exchange_max" => {
            approvals::approve(collateral, contracts::EXCHANGE_CTF, U256::MAX)
        }
        "ctf_set_approval_for_all_exchange" => {
            approvals::approve_all(tokens, contracts::EXCHANGE_CTF)
        }
        "pusd_allowance_read" => reads::allowance(collateral, wallet, contracts::EXCHANGE_CTF),
        "ctf_balance_of_read" => {
            let asset =
                "107505882767731489358349912513945399560393482969656700824895970500493757150417";
            reads::shares(tokens, wallet, asset.parse().unwrap())
        }
        "ctf_is_approved_for_all_read" => {
            reads::is_approved_for_all(tokens, wallet, contracts::EXCHANGE_NEG_RISK)
        }
        "pusd_transfer_1" => positions::transfer(collateral, owner, U256::from(1_000_000)),
        "split_standard_10" => positions::split(MarketKind::Standard, condition, ten),
        "split_negrisk_10" => positions::split(MarketKind::NegRisk, condition, ten),
        "merge_standard_10" => positions::merge(MarketKind::Standard, condition, ten),
        "redeem_standard" => positions::redeem(MarketKind::Standard, condition),
        "redeem_negrisk" => positions::redeem(MarketKind::NegRisk, condition),
        "v2_router_split_10" => positions::split_v2(condition_v2, ten),
        "v2_router_merge_10" => positions::merge_v2(condition_v2, ten),
        "v2_router_redeem_yes_10" => positions::redeem_v2(condition_v2, Outcome::Yes, ten),
        other => panic!("no call for the vector {other}"),
    }
}

fn calls(file: &Value, inputs: &Value) -> Vec<Call> {
    let names = inputs["calls"].as_array().unwrap();
    names
        .iter()
        .map(|name| named(file, name.as_str().unwrap()))
        .collect()
}

fn decimal(value: &Value, member: &str) -> U256 {
    U256::from_str_radix(text(value, member), 10).unwrap()
}

#[test]
fn vector_calldata() {
    let file = vectors(FILE);
    let all = file["calldata"].as_object().unwrap();
    assert!(all.len() >= 14);
    for (name, expected) in all {
        let call = named(&file, name);
        assert_eq!(call.to, address(expected, "to"), "{name}");
        assert_eq!(call.value, decimal(expected, "value"), "{name}");
        assert_eq!(call.data.to_string(), text(expected, "data"), "{name}");
    }
}

#[test]
fn vector_deposit_wallet_batch() {
    let file = vectors(FILE);
    let key = key(&file);
    let expected = &file["deposit_wallet_batch"];
    let inputs = &expected["inputs"];
    let batch = DepositBatch {
        chain: ChainId::from_id(number(inputs, "chain_id")).unwrap(),
        wallet: address(inputs, "wallet"),
        nonce: decimal(inputs, "nonce"),
        deadline_s: text(inputs, "deadline").parse().unwrap(),
        calls: calls(&file, inputs),
    };
    assert_eq!(batch.digest(), word(expected, "digest"));
    let request = batch.sign(BatchSigner::Owner(&key), "vector").unwrap();
    let request = serde_json::to_value(request).unwrap();
    assert_eq!(request["signature"], expected["signature"]);
    assert_eq!(request, expected["payload"]);

    // A session key signs the same digest, and says who it is.
    let request = batch.sign(BatchSigner::Session(&key), "vector").unwrap();
    let request = serde_json::to_value(request).unwrap();
    let wrapped = session_wrap(key.address(), &bytes(expected, "signature"));
    assert_eq!(text(&request, "signature"), hex::encode_prefixed(wrapped));
}

#[test]
fn vector_safe_transactions() {
    let file = vectors(FILE);
    let key = key(&file);
    let list = file["safe"].as_array().unwrap();
    assert!(list.len() >= 2);
    for expected in list {
        let inputs = &expected["inputs"];
        let chain = ChainId::from_id(number(inputs, "chain_id")).unwrap();
        let safe = address(inputs, "safe");
        let nonce = decimal(inputs, "nonce");
        let transaction = SafeTransaction::new(chain, safe, nonce, &calls(&file, inputs)).unwrap();
        assert_eq!(transaction.hash(), word(expected, "safe_tx_hash"));
        let request = serde_json::to_value(transaction.sign(&key, "vector").unwrap()).unwrap();
        assert_eq!(request["to"], expected["to"]);
        assert_eq!(request["data"], expected["data"]);
        assert_eq!(request["signature"], expected["signature"]);
        let operation = expected["operation"].to_string();
        assert_eq!(request["signatureParams"]["operation"], operation);
        assert_eq!(request, expected["payload"]);
    }
}

#[test]
fn vector_proxy_transaction() {
    let file = vectors(FILE);
    let key = key(&file);
    let expected = &file["proxy"];
    let inputs = &expected["inputs"];
    assert_eq!(address(inputs, "relay_hub"), contracts::RELAY_HUB);
    let transaction = ProxyTransaction {
        proxy: address(inputs, "proxy"),
        nonce: decimal(inputs, "nonce"),
        gas_limit: decimal(inputs, "gas_limit"),
        relay: address(inputs, "relay"),
        calls: calls(&file, inputs),
    };
    assert_eq!(transaction.data(), bytes(expected, "data"));
    assert_eq!(transaction.hash(key.address()), word(expected, "hash"));
    let request = serde_json::to_value(transaction.sign(&key, "vector").unwrap()).unwrap();
    assert_eq!(request["signature"], expected["signature"]);
    assert_eq!(request, expected["payload"]);
}

#[test]
fn vector_session_wrap() {
    let file = vectors(FILE);
    let expected = &file["session_signer_wrap"];
    assert_eq!(SESSION_MAGIC, word(expected, "magic"));
    let signer = address(expected, "session_signer");
    let wrapped = session_wrap(signer, &bytes(expected, "inner_signature"));
    assert_eq!(hex::encode_prefixed(wrapped), text(expected, "wrapped"));
}

fn assert_selector(call: &Call, to: Address, signature: &str, words: usize) {
    assert_eq!(call.to, to, "{signature}");
    assert_eq!(call.data[..4], keccak256(signature)[..4], "{signature}");
    assert_eq!(call.data.len(), 4 + 32 * words, "{signature}");
}

#[test]
fn calls_without_a_vector_have_the_documented_signature() {
    let condition = B256::repeat_byte(9);
    let one = U256::from(1);
    let account = Address::repeat_byte(1);
    let tokens = contracts::CONDITIONAL_TOKENS;
    let convert = positions::convert(condition, U256::from(5), one);
    let adapter = contracts::COLLATERAL_ADAPTER_NEG_RISK;
    assert_selector(
        &convert,
        adapter,
        "convertPositions(bytes32,uint256,uint256)",
        3,
    );
    assert_eq!(convert.data[4..36], condition[..]);
    assert_eq!(convert.data[67], 5);
    assert_eq!(convert.data[99], 1);
    let numerator = reads::payout_numerator(ChainId::Polygon, condition, Outcome::No);
    assert_selector(&numerator, tokens, "payoutNumerators(bytes32,uint256)", 2);
    assert_eq!(numerator.data[67], 1);
    let denominator = reads::payout_denominator(ChainId::Amoy, condition);
    let amoy = contracts::CONDITIONAL_TOKENS_AMOY;
    assert_selector(&denominator, amoy, "payoutDenominator(bytes32)", 1);
    let balance = reads::erc20_balance(contracts::COLLATERAL, account);
    assert_selector(&balance, contracts::COLLATERAL, "balanceOf(address)", 1);
    let shares = reads::shares(contracts::POSITION_MANAGER, account, AssetId(one));
    assert_selector(
        &shares,
        contracts::POSITION_MANAGER,
        "balanceOf(address,uint256)",
        2,
    );
    let authorize = session::authorize(account, Address::repeat_byte(2), 77);
    assert_selector(
        &authorize,
        account,
        "authorizeSessionSigner(address,uint256)",
        2,
    );
    assert_eq!(authorize.data[67], 77);
    let revoke = session::revoke(account, Address::repeat_byte(2));
    assert_selector(&revoke, account, "revokeSessionSigner(address)", 1);
    let wrap = positions::wrap_usdc(account, one);
    assert_selector(
        &wrap,
        contracts::COLLATERAL_ONRAMP,
        "wrap(address,address,uint256)",
        3,
    );
    let back = approvals::revoke_all(tokens, account);
    assert_selector(&back, tokens, "setApprovalForAll(address,bool)", 2);
    assert_eq!(back.data[67], 0);
    assert_eq!(reads::deposit_beacon().data.to_string(), "0x49493a4d");
}

#[test]
fn trading_needs_sixteen_permissions_and_none_for_what_is_retired() {
    let calls = approvals::for_trading();
    assert_eq!(calls.len(), 6 + 7 + 3);
    let retired = [
        contracts::EXCHANGES_RETIRED[0],
        contracts::EXCHANGES_RETIRED[1],
        contracts::NEG_RISK_ADAPTER_RETIRED,
    ];
    for call in &calls {
        let spender = Address::from_slice(&call.data[16..36]);
        assert!(!retired.contains(&spender), "{spender}");
        let twins = calls.iter().filter(|other| *other == call).count();
        assert_eq!(twins, 1, "{spender} twice");
    }
}

#[test]
fn a_direct_safe_call_may_send_native_currency() {
    let key = quorate_polymarket::key::Key::from_bytes([3; 32]).unwrap();
    let mut call = session::revoke(Address::repeat_byte(4), Address::repeat_byte(5));
    call.value = U256::from(12);
    let safe = Address::repeat_byte(6);
    let transaction = SafeTransaction::new(ChainId::Amoy, safe, U256::ZERO, &[call]).unwrap();
    let request = serde_json::to_value(transaction.sign(&key, "").unwrap()).unwrap();
    assert_eq!(request["value"], "12");
    let signature = bytes(&request, "signature");
    assert!(signature[64] == 31 || signature[64] == 32);
    let mut plain: [u8; 65] = signature.try_into().unwrap();
    plain[64] -= 4;
    let signer = alloy_primitives::Signature::from_raw_array(&plain)
        .unwrap()
        .recover_address_from_prehash(&eip191_hash_message(transaction.hash()))
        .unwrap();
    assert_eq!(signer, key.address());
}

#[test]
fn a_request_without_calls_or_with_a_long_note_is_refused() {
    let key = quorate_polymarket::key::Key::from_bytes([3; 32]).unwrap();
    let wallet = Address::repeat_byte(6);
    let none = SafeTransaction::new(ChainId::Polygon, wallet, U256::ZERO, &[]);
    assert_eq!(none, Err(RelayError::NoCalls));
    let mut batch = DepositBatch {
        chain: ChainId::Polygon,
        wallet,
        nonce: U256::ZERO,
        deadline_s: 0,
        calls: vec![],
    };
    let owner = BatchSigner::Owner(&key);
    assert_eq!(batch.sign(owner, ""), Err(RelayError::NoCalls));
    batch.calls = approvals::for_trading();
    let long = "é".repeat(METADATA_CHARS_MAX + 1);
    let chars = METADATA_CHARS_MAX + 1;
    assert_eq!(
        batch.sign(owner, &long),
        Err(RelayError::MetadataTooLong { chars })
    );
    assert!(
        batch.sign(owner, &long[2..]).is_ok(),
        "characters, not bytes"
    );
}

#[test]
fn a_deposit_wallet_is_asked_for_by_its_owner() {
    let owner = Address::repeat_byte(8);
    assert_eq!(
        serde_json::to_value(create_wallet(owner)).unwrap(),
        json!({
            "type": "WALLET-CREATE",
            "from": owner.to_checksum(None),
            "to": contracts::DEPOSIT_FACTORY.to_checksum(None),
        })
    );
}
