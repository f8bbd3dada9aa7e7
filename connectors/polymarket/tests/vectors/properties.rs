//! What holds for every order, not only for the recorded ones. The oracle of the hashes is an EIP-712 implementation that
//! reads the struct's declaration.

use alloy_primitives::{Address, B256, Bytes, Signature, U256};
use alloy_sol_types::{SolStruct, SolValue, eip712_domain, sol};
use proptest::prelude::*;
use quorate_domain::{Crossing, Side};
use quorate_polymarket::chain::{AssetId, ChainId, Exchange, MarketKind};
use quorate_polymarket::key::Key;
use quorate_polymarket::order::{
    Amounts, Execution, OrderFields, OrderType, PreparedOrder, SALT_MAX, SESSION_MAGIC, salt_from,
    session_wrap,
};
use quorate_polymarket::wallet::WalletType;
use serde_json::Value;

sol! {
    struct Order {
        uint256 salt;
        address maker;
        address signer;
        uint256 tokenId;
        uint256 makerAmount;
        uint256 takerAmount;
        uint8 side;
        uint8 signatureType;
        uint256 timestamp;
        bytes32 metadata;
        bytes32 builder;
    }

    struct TypedDataSign {
        Order contents;
        string name;
        string version;
        uint256 chainId;
        address verifyingContract;
        bytes32 salt;
    }
}

fn key() -> impl Strategy<Value = Key> {
    any::<[u8; 32]>().prop_filter_map("no secret key", |bytes| Key::from_bytes(bytes).ok())
}

/// Either direction.
pub(crate) fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn chain() -> impl Strategy<Value = ChainId> {
    prop_oneof![Just(ChainId::Polygon), Just(ChainId::Amoy)]
}

fn kind() -> impl Strategy<Value = MarketKind> {
    prop_oneof![Just(MarketKind::Standard), Just(MarketKind::NegRisk)]
}

/// Tokens of CLOB V2 are hashes; positions of protocol V2 have a form.
fn asset() -> impl Strategy<Value = AssetId> {
    (any::<[u8; 32]>(), any::<bool>(), 1..=3_u8, 0..=1_u8).prop_map(
        |(mut bytes, position, module, outcome)| {
            if position {
                bytes[0] = module;
                bytes[19..27].fill(0);
                bytes[31] = outcome;
            } else {
                bytes[20] |= 1;
            }
            AssetId(U256::from_be_bytes(bytes))
        },
    )
}

fn fields(owner: Address) -> impl Strategy<Value = OrderFields> {
    let numbers = (
        0..=SALT_MAX,
        1..=u128::from(u64::MAX),
        1..=u128::from(u64::MAX),
        any::<u64>(),
        any::<u64>(),
    );
    let words = (any::<[u8; 32]>(), any::<[u8; 32]>(), any::<[u8; 20]>());
    (numbers, words, asset(), side(), 0..=3_u8).prop_map(
        move |(numbers, words, asset, side, number)| {
            let (salt, maker_amount, taker_amount, timestamp_ms, expiration_s) = numbers;
            let wallet = Address::from(words.2);
            let wallet_type = WalletType::from_number(number).unwrap();
            let (maker, signer) = match wallet_type {
                WalletType::Eoa => (owner, owner),
                WalletType::PolyProxy | WalletType::GnosisSafe => (wallet, owner),
                WalletType::Poly1271 => (wallet, wallet),
            };
            OrderFields {
                salt,
                maker,
                signer,
                asset,
                amounts: Amounts {
                    maker: maker_amount,
                    taker: taker_amount,
                },
                side,
                wallet_type,
                timestamp_ms,
                expiration_s,
                metadata: B256::from(words.0),
                builder: B256::from(words.1),
            }
        },
    )
}

/// A secret key, and an order that it may sign.
fn key_and_fields() -> impl Strategy<Value = ([u8; 32], OrderFields)> {
    let secret = any::<[u8; 32]>().prop_filter_map("no secret key", |bytes| {
        Key::from_bytes(bytes)
            .ok()
            .map(|key| (bytes, key.address()))
    });
    secret.prop_flat_map(|(bytes, owner)| (Just(bytes), fields(owner)))
}

/// Hash to sign by the oracle.
fn oracle(order: &PreparedOrder) -> (B256, B256) {
    let fields = order.fields();
    let domain = eip712_domain! {
        name: Exchange::DOMAIN_NAME,
        version: order.exchange().domain_version(),
        chain_id: order.chain().id(),
        verifying_contract: order.exchange().address(order.chain()),
    };
    let contents = Order {
        salt: U256::from(fields.salt),
        maker: fields.maker,
        signer: fields.signer,
        tokenId: fields.asset.0,
        makerAmount: U256::from(fields.amounts.maker),
        takerAmount: U256::from(fields.amounts.taker),
        side: u8::from(fields.side == Side::Sell),
        signatureType: fields.wallet_type.number(),
        timestamp: U256::from(fields.timestamp_ms),
        metadata: fields.metadata,
        builder: fields.builder,
    };
    let id = contents.eip712_signing_hash(&domain);
    if fields.wallet_type != WalletType::Poly1271 {
        return (id, id);
    }
    let nested = TypedDataSign {
        contents,
        name: "DepositWallet".to_owned(),
        version: "1".to_owned(),
        chainId: U256::from(order.chain().id()),
        verifyingContract: fields.maker,
        salt: B256::ZERO,
    };
    (id, nested.eip712_signing_hash(&domain))
}

/// Reads an order back from its body.
fn read(body: &[u8]) -> (OrderFields, String) {
    let value: Value = serde_json::from_slice(body).unwrap();
    let order = &value["order"];
    let text = |member: &str| order[member].as_str().unwrap();
    let number = order["signatureType"].as_u64().unwrap();
    let fields = OrderFields {
        salt: order["salt"].as_u64().unwrap(),
        maker: Address::parse_checksummed(text("maker"), None).unwrap(),
        signer: Address::parse_checksummed(text("signer"), None).unwrap(),
        asset: text("tokenId").parse().unwrap(),
        amounts: Amounts {
            maker: text("makerAmount").parse().unwrap(),
            taker: text("takerAmount").parse().unwrap(),
        },
        side: match text("side") {
            "BUY" => Side::Buy,
            "SELL" => Side::Sell,
            other => panic!("{other}"),
        },
        wallet_type: WalletType::from_number(u8::try_from(number).unwrap()).unwrap(),
        timestamp_ms: text("timestamp").parse().unwrap(),
        expiration_s: text("expiration").parse().unwrap(),
        metadata: text("metadata").parse().unwrap(),
        builder: text("builder").parse().unwrap(),
    };
    (fields, text("signature").to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn hashes_are_those_of_an_independent_implementation(
        fields in fields(Address::repeat_byte(1)), chain in chain(), kind in kind(),
    ) {
        let order = fields.prepare(chain, kind).unwrap();
        let (id, digest) = oracle(&order);
        prop_assert_eq!(order.id(), id);
        prop_assert_eq!(order.digest(), digest);
    }

    #[test]
    fn the_signer_is_recovered_from_the_wire(
        (secret, fields) in key_and_fields(), chain in chain(), kind in kind(),
    ) {
        let key = Key::from_bytes(secret).unwrap();
        let order = fields.prepare(chain, kind).unwrap();
        let (id, digest) = (order.id(), order.digest());
        let signed = order.sign(&key).unwrap();
        let wire = signed.wire_signature();
        let inner: [u8; 65] = wire[..65].try_into().unwrap();
        let signature = Signature::from_raw_array(&inner).unwrap();
        prop_assert!(signature.normalize_s().is_none());
        prop_assert!(inner[64] == 27 || inner[64] == 28);
        let signer = signature.recover_address_from_prehash(&digest).unwrap();
        prop_assert_eq!(signer, key.address());
        prop_assert_eq!(signed.order().id(), id);
        let expected = if signed.order().fields().wallet_type == WalletType::Poly1271 { 317 } else { 65 };
        prop_assert_eq!(wire.len(), expected);
    }

    #[test]
    fn the_id_does_not_depend_on_who_signs(
        first in key(), second in key(), fields in fields(Address::repeat_byte(1)), chain in chain(),
    ) {
        let fields = OrderFields {
            wallet_type: WalletType::Poly1271,
            signer: fields.maker,
            ..fields
        };
        let order = fields.prepare(chain, MarketKind::Standard).unwrap();
        let one = order.clone().sign(&first).unwrap();
        let two = order.clone().sign_with_session(&second).unwrap();
        prop_assert_ne!(one.wire_signature(), two.wire_signature());
        prop_assert_eq!(one.order().id(), order.id());
        prop_assert_eq!(two.order().id(), order.id());
    }

    #[test]
    fn only_the_expiration_is_outside_the_id(
        fields in fields(Address::repeat_byte(1)), chain in chain(), kind in kind(),
    ) {
        let id = |fields: OrderFields| fields.prepare(chain, kind).unwrap().id();
        let before = id(fields.clone());
        let later = OrderFields { expiration_s: fields.expiration_s ^ 1, ..fields.clone() };
        prop_assert_eq!(id(later), before);
        let salt = OrderFields { salt: fields.salt ^ 1, ..fields.clone() };
        prop_assert_ne!(id(salt), before);
        let time = OrderFields { timestamp_ms: fields.timestamp_ms ^ 1, ..fields.clone() };
        prop_assert_ne!(id(time), before);
        let side = OrderFields { side: fields.side.opposite(), ..fields };
        prop_assert_ne!(id(side), before);
    }

    #[test]
    fn a_body_says_everything_that_the_order_says(
        (secret, fields) in key_and_fields(), chain in chain(), kind in kind(),
    ) {
        let key = Key::from_bytes(secret).unwrap();
        let order_type = if fields.expiration_s == 0 { OrderType::Gtc } else { OrderType::Gtd };
        let signed = fields.clone().prepare(chain, kind).unwrap().sign(&key).unwrap();
        let body = signed.post_body("owner", order_type, Crossing::Refused, Execution::Now).unwrap();
        let (back, signature) = read(&body);
        prop_assert_eq!(&back, &fields);
        let wire = alloy_primitives::hex::encode_prefixed(signed.wire_signature());
        prop_assert_eq!(signature, wire);
        // The same order again is the same bytes.
        let again = back.prepare(chain, kind).unwrap().sign(&key).unwrap();
        let again = again.post_body("owner", order_type, Crossing::Refused, Execution::Now).unwrap();
        prop_assert_eq!(again, body);
    }

    #[test]
    fn a_salt_fits_and_is_the_same_for_the_same_intent(seed in any::<Vec<u8>>(), other in any::<Vec<u8>>()) {
        prop_assert!(salt_from(&seed) <= SALT_MAX);
        prop_assert_eq!(salt_from(&seed), salt_from(&seed.clone()));
        prop_assume!(seed != other);
        prop_assert_ne!(salt_from(&seed), salt_from(&other));
    }

    #[test]
    fn a_session_key_wraps_as_the_abi_says(
        signer in any::<[u8; 20]>(), signature in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let signer = Address::from(signer);
        let parameters = (signer.into_word(), B256::ZERO, Bytes::from(signature.clone()));
        let mut expected = parameters.abi_encode_params();
        expected.extend_from_slice(SESSION_MAGIC.as_slice());
        prop_assert_eq!(session_wrap(signer, &signature), expected);
    }
}
