//! Whole orders against the official clients: amounts, hashes, signatures and bodies.

use std::collections::BTreeSet;

use alloy_primitives::hex;
use quorate_domain::{Cash, Crossing, Shares, Side, TimeInForce, Timestamp};
use quorate_polymarket::chain::{ChainId, MarketKind};
use quorate_polymarket::order::{
    Amounts, Execution, OrderFields, OrderType, amounts, gtd_expiration_s,
};
use quorate_polymarket::wallet::WalletType;
use serde_json::Value;

use super::common::{address, bytes, cases, key, number, price, side, text, tick, vectors, word};

/// Every expectation that the test below compares.
const EXPECTED: [&str; 14] = [
    "digest_signed",
    "exchange_domain_separator",
    "inner_signature",
    "maker",
    "maker_amount",
    "order_hash",
    "order_struct_hash",
    "post_body",
    "side_u8",
    "signature",
    "signature_bytes",
    "signer",
    "taker_amount",
    "verifying_contract",
];

#[test]
fn vector_orders() {
    let file = vectors("orders.json");
    let key = key(&file);
    for case in cases(&file, "cases", 28) {
        let name = text(case, "name");
        let (inputs, expect) = (&case["inputs"], &case["expect"]);
        let members: BTreeSet<_> = expect
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(members, BTreeSet::from(EXPECTED), "{name}");

        let fields = fields(inputs, key.address());
        assert_eq!(
            fields.amounts.maker.to_string(),
            text(expect, "maker_amount"),
            "{name}"
        );
        assert_eq!(
            fields.amounts.taker.to_string(),
            text(expect, "taker_amount"),
            "{name}"
        );
        assert_eq!(fields.maker, address(expect, "maker"), "{name}");
        assert_eq!(fields.signer, address(expect, "signer"), "{name}");
        let side_number = u64::from(fields.side == Side::Sell);
        assert_eq!(number(expect, "side_u8"), side_number, "{name}");

        let chain = ChainId::from_id(number(inputs, "chain_id")).unwrap();
        let kind = if inputs["neg_risk"] == true {
            MarketKind::NegRisk
        } else {
            MarketKind::Standard
        };
        let order = fields.prepare(chain, kind).unwrap();
        let exchange = order.exchange();
        assert_eq!(
            exchange.domain_version(),
            text(inputs, "exchange_domain_version"),
            "{name}"
        );
        assert_eq!(
            exchange.address(chain),
            address(expect, "verifying_contract"),
            "{name}"
        );
        assert_eq!(
            exchange.domain_separator(chain),
            word(expect, "exchange_domain_separator"),
            "{name}"
        );
        assert_eq!(
            order.struct_hash(),
            word(expect, "order_struct_hash"),
            "{name}"
        );
        assert_eq!(order.id(), word(expect, "order_hash"), "{name}");
        assert_eq!(order.digest(), word(expect, "digest_signed"), "{name}");

        let signed = order.sign(&key).unwrap();
        assert_eq!(
            signed.inner_signature().to_vec(),
            bytes(expect, "inner_signature"),
            "{name}"
        );
        let wire = signed.wire_signature();
        assert_eq!(
            hex::encode_prefixed(&wire),
            text(expect, "signature"),
            "{name}"
        );
        assert_eq!(
            wire.len() as u64,
            number(expect, "signature_bytes"),
            "{name}"
        );
        let body = signed
            .post_body(
                text(&file, "owner_api_key"),
                order_type(inputs),
                Crossing::Allowed,
                Execution::Now,
            )
            .unwrap();
        // Comparing values compares the types of all members too.
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body, expect["post_body"], "{name}");
    }
}

fn fields(inputs: &Value, owner: alloy_primitives::Address) -> OrderFields {
    let wallet_type =
        WalletType::from_number(number(inputs, "signature_type").try_into().unwrap()).unwrap();
    let maker = address(inputs, "funder");
    OrderFields {
        salt: number(inputs, "salt"),
        maker,
        signer: match wallet_type {
            WalletType::Poly1271 => maker,
            _ => owner,
        },
        asset: text(inputs, "asset_id").parse().unwrap(),
        amounts: order_amounts(inputs),
        side: side(inputs),
        wallet_type,
        timestamp_ms: number(inputs, "timestamp_ms"),
        expiration_s: number(inputs, "expiration_s"),
        metadata: word(inputs, "metadata"),
        builder: word(inputs, "builder"),
    }
}

fn order_amounts(inputs: &Value) -> Amounts {
    let (side, price, tick) = (side(inputs), price(inputs), tick(inputs));
    let size = text(inputs, "size_shares_or_usdc_amount");
    match (text(inputs, "kind"), text(inputs, "size_unit")) {
        // As the clients compute it, without the venue's cap of four decimals.
        ("market", "USDC") => {
            amounts::market_buy_uncapped(price, Cash::parse(size).unwrap(), tick).unwrap()
        }
        ("market", _) => amounts::market_sell(price, Shares::parse(size).unwrap(), tick).unwrap(),
        _ => amounts::limit(side, price, Shares::parse(size).unwrap(), tick).unwrap(),
    }
}

fn order_type(inputs: &Value) -> OrderType {
    [
        OrderType::Gtc,
        OrderType::Gtd,
        OrderType::Fok,
        OrderType::Fak,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == text(inputs, "order_type"))
    .unwrap()
}

#[test]
fn a_gtd_order_states_a_minute_more_than_it_lives() {
    let now = 1_795_305_600;
    assert_eq!(gtd_expiration_s(now, now + 120), Ok(now + 180));
    assert_eq!(gtd_expiration_s(now, now + 3_600), Ok(now + 3_660));
    assert_eq!(gtd_expiration_s(now, now + 119).unwrap_err().life_s, 119);
    assert_eq!(gtd_expiration_s(now, now - 1).unwrap_err().life_s, 0);
    assert_eq!(gtd_expiration_s(u64::MAX, u64::MAX), Ok(u64::MAX));
}

#[test]
fn lives_have_the_venues_names() {
    for (life, name, rests) in [
        (TimeInForce::Gtc, "GTC", true),
        (TimeInForce::Gtd(Timestamp::from_secs(1)), "GTD", true),
        (TimeInForce::Fok, "FOK", false),
        (TimeInForce::Fak, "FAK", false),
    ] {
        let order_type = OrderType::from(life);
        assert_eq!(order_type.as_str(), name);
        assert_eq!(order_type.rests(), rests);
        assert_eq!(life.rests(), rests);
    }
}
