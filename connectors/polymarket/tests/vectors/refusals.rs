//! What is not signed and not sent.

use alloy_primitives::{Address, B256};
use quorate_domain::{Cash, Crossing, Price, Shares, Side, TickSize};
use quorate_polymarket::chain::{ChainId, MarketKind};
use quorate_polymarket::key::Key;
use quorate_polymarket::order::{
    AmountError, Amounts, Execution, NESTED_SIGNATURE_LEN, OrderError, OrderFields, OrderType,
    PostError, SALT_MAX, SESSION_MAGIC, SignError, amounts,
};
use quorate_polymarket::wallet::WalletType;
use serde_json::Value;

fn key() -> Key {
    Key::from_bytes([11; 32]).unwrap()
}

fn order() -> OrderFields {
    OrderFields {
        salt: 1,
        maker: key().address(),
        signer: key().address(),
        asset: "107505882767731489358349912513945399560393482969656700824895970500493757150417"
            .parse()
            .unwrap(),
        amounts: Amounts {
            maker: 5_200_000,
            taker: 10_000_000,
        },
        side: Side::Buy,
        wallet_type: WalletType::Eoa,
        timestamp_ms: 1_795_305_600_000,
        expiration_s: 0,
        metadata: B256::ZERO,
        builder: B256::ZERO,
    }
}

fn prepare(fields: OrderFields) -> Result<(), OrderError> {
    fields
        .prepare(ChainId::Polygon, MarketKind::Standard)
        .map(|_| ())
}

#[test]
fn an_order_that_cannot_mean_what_it_says_is_not_prepared() {
    assert_eq!(prepare(order()), Ok(()));
    let salt = SALT_MAX + 1;
    assert_eq!(
        prepare(OrderFields { salt, ..order() }),
        Err(OrderError::SaltTooLarge { salt })
    );
    for (maker, taker) in [(0, 1), (1, 0)] {
        let amounts = Amounts { maker, taker };
        assert_eq!(
            prepare(OrderFields { amounts, ..order() }),
            Err(OrderError::EmptyAmount { maker, taker })
        );
    }
    let other = Address::repeat_byte(1);
    for (wallet_type, maker, fits) in [
        (WalletType::Eoa, other, false),
        (WalletType::Poly1271, other, false),
        (WalletType::PolyProxy, other, true),
        (WalletType::GnosisSafe, other, true),
        (WalletType::PolyProxy, key().address(), false),
        (WalletType::GnosisSafe, key().address(), false),
        (WalletType::Poly1271, key().address(), true),
    ] {
        let fields = OrderFields {
            wallet_type,
            maker,
            ..order()
        };
        assert_eq!(prepare(fields).is_ok(), fits, "{wallet_type:?} {maker}");
    }
    let asset = "5".parse().unwrap();
    assert!(matches!(
        prepare(OrderFields { asset, ..order() }),
        Err(OrderError::Asset(_))
    ));
}

#[test]
fn another_account_cannot_sign() {
    let other = Key::from_bytes([12; 32]).unwrap();
    let prepared = order()
        .prepare(ChainId::Polygon, MarketKind::Standard)
        .unwrap();
    assert_eq!(
        prepared.clone().sign(&other).unwrap_err(),
        SignError::KeyMismatch {
            key: other.address(),
            signer: key().address()
        }
    );
    assert_eq!(
        prepared.sign_with_session(&other).unwrap_err(),
        SignError::SessionNeedsDepositWallet { number: 0 }
    );
}

#[test]
fn a_session_key_signs_in_its_own_name_for_the_wallet() {
    let session = Key::from_bytes([12; 32]).unwrap();
    let wallet = Address::repeat_byte(3);
    let fields = OrderFields {
        wallet_type: WalletType::Poly1271,
        maker: wallet,
        signer: wallet,
        ..order()
    };
    let prepared = fields
        .prepare(ChainId::Polygon, MarketKind::NegRisk)
        .unwrap();
    let as_owner = prepared.clone().sign(&session).unwrap().wire_signature();
    let wire = prepared
        .sign_with_session(&session)
        .unwrap()
        .wire_signature();
    assert_eq!(wire[12..32], session.address()[..]);
    // Three words of head, the length, the whole signature of an owner, padded, and the mark.
    let body = &wire[4 * 32..];
    assert_eq!(body[..NESTED_SIGNATURE_LEN], as_owner);
    assert_eq!(body.len(), NESTED_SIGNATURE_LEN.next_multiple_of(32) + 32);
    assert_eq!(wire[wire.len() - 32..], SESSION_MAGIC[..]);
}

fn post(
    expiration_s: u64,
    order_type: OrderType,
    crossing: Crossing,
) -> Result<Vec<u8>, PostError> {
    let fields = OrderFields {
        expiration_s,
        ..order()
    };
    fields
        .prepare(ChainId::Polygon, MarketKind::Standard)
        .unwrap()
        .sign(&key())
        .unwrap()
        .post_body("own\"er", order_type, crossing, Execution::Deferred)
}

#[test]
fn a_body_goes_with_the_type_of_the_order() {
    for order_type in [OrderType::Fok, OrderType::Fak] {
        assert!(post(0, order_type, Crossing::Allowed).is_ok());
        assert_eq!(
            post(0, order_type, Crossing::Refused),
            Err(PostError::PostOnlyNeverRests { order_type })
        );
    }
    for order_type in [OrderType::Gtc, OrderType::Fok, OrderType::Fak] {
        let expiration_s = 5;
        assert_eq!(
            post(expiration_s, order_type, Crossing::Allowed),
            Err(PostError::Expiration {
                order_type,
                expiration_s
            })
        );
    }
    assert!(post(0, OrderType::Gtd, Crossing::Allowed).is_err());
    assert!(post(5, OrderType::Gtd, Crossing::Refused).is_ok());
}

#[test]
fn a_body_is_compact_in_a_fixed_order_and_escapes_its_owner() {
    let body = String::from_utf8(post(0, OrderType::Gtc, Crossing::Refused).unwrap()).unwrap();
    assert!(!body.contains(' '), "{body}");
    let members = [
        "{\"order\":{\"salt\":1,",
        "\"maker\":",
        "\"signer\":",
        "\"tokenId\":",
        "\"makerAmount\":",
        "\"takerAmount\":",
        "\"side\":",
        "\"signatureType\":0,",
        "\"timestamp\":",
        "\"expiration\":",
        "\"metadata\":",
        "\"builder\":",
        "\"signature\":",
        "\"owner\":",
        "\"orderType\":",
        "\"deferExec\":true,",
        "\"postOnly\":true}",
    ];
    let places: Vec<usize> = members
        .iter()
        .map(|member| {
            body.find(member)
                .unwrap_or_else(|| panic!("{member} in {body}"))
        })
        .collect();
    assert!(places.is_sorted(), "{body}");
    let value: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(value["owner"], "own\"er");
}

#[test]
fn amounts_that_the_venue_would_refuse_are_not_made() {
    let price = |text| Price::parse(text).unwrap();
    let cent = TickSize::CENT;
    let ten = Shares::whole(10);
    for side in [Side::Buy, Side::Sell] {
        let off_grid = price("0.555");
        assert_eq!(
            amounts::limit(side, off_grid, ten, cent),
            Err(AmountError::OffGrid {
                price: off_grid,
                tick: cent
            })
        );
        let tick = TickSize::parse("0.02").unwrap();
        assert_eq!(
            amounts::limit(side, price("0.5"), ten, tick),
            Err(AmountError::UnknownTick { tick })
        );
        assert_eq!(
            amounts::limit(side, price("0.5"), Shares::from_micros(9_999), cent),
            Err(AmountError::Nothing)
        );
        // The ends of the range: one tick above 0 and one below 1.
        for edge in ["0.01", "0.99"] {
            assert!(amounts::limit(side, price(edge), ten, cent).is_ok());
        }
    }
    let buy = |spend| amounts::market_buy(price("0.999"), spend, TickSize::parse("0.001").unwrap());
    let spend = Cash::whole(-1);
    assert_eq!(buy(spend), Err(AmountError::NegativeSpend { spend }));
    assert_eq!(buy(Cash::from_micros(9_999)), Err(AmountError::Nothing));
    assert_eq!(
        buy(Cash::from_micros(10_000)),
        Err(AmountError::Overpays {
            price: price("0.999"),
            maker: 10_000,
            taker: 10_000
        })
    );
    assert!(buy(Cash::whole(1)).is_ok());
    // The largest numbers that can be named.
    let most = amounts::limit(
        Side::Buy,
        price("0.99"),
        Shares::from_micros(u64::MAX),
        cent,
    );
    assert!(most.is_ok());
    assert!(buy(Cash::from_micros(i64::MAX)).is_ok());
}
