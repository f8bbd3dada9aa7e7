//! What of a trade is ours, and on which side.

use quorate_domain::{Liquidity, Side};
use quorate_polymarket::rest::{Identity, OwnExecution, own_executions, parse_trades};
use rust_decimal::Decimal;
use serde_json::{Value, json};

const WALLET: &str = "0xBc0fF067b7740Eff76C1ca93c875Ba6B890d6B50";
const OURS: &str = "our-key";

fn leg(order: &str, owner: &str, asset: &str, side: &str, size: &str, price: &str) -> Value {
    json!({
        "order_id": order, "owner": owner, "maker_address": "0x0", "matched_amount": size,
        "price": price, "fee_rate_bps": "", "asset_id": asset, "outcome": "Yes", "side": side,
    })
}

fn trade(trader_side: &str, owner: &str, legs: &[Value]) -> Value {
    json!({
        "id": "t", "taker_order_id": "0xtaker", "market": "0xc", "asset_id": "yes", "side": "BUY",
        "size": "100", "fee_rate_bps": "0", "price": "0.60", "status": "TRADE_STATUS_MATCHED",
        "match_time": "1795305601", "last_update": 1795305602, "owner": owner,
        "maker_address": "0x0", "transaction_hash": "", "trader_side": trader_side,
        "maker_orders": legs,
    })
}

fn own(trade: &Value, us: &Identity) -> Vec<OwnExecution> {
    let body = json!({"data": [trade], "next_cursor": "LTE="}).to_string();
    let page = parse_trades(body.as_bytes()).unwrap();
    own_executions(&page.items[0], us)
}

fn us() -> Identity {
    Identity {
        api_key: OURS.into(),
        addresses: vec![WALLET.to_lowercase()],
        order_ids: Vec::new(),
    }
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn a_maker_has_the_figures_of_its_own_leg() {
    let trade = trade(
        "MAKER",
        OURS,
        &[
            leg("0xother", "their-key", "yes", "SELL", "70", "0.60"),
            leg("0xours", OURS, "no", "BUY", "30", "0.40"),
        ],
    );
    let own = own(&trade, &us());
    assert_eq!(own.len(), 1);
    let leg = &own[0];
    assert_eq!(
        (leg.order_id.as_str(), leg.asset_id.as_str()),
        ("0xours", "no")
    );
    assert_eq!((leg.side, leg.liquidity), (Side::Buy, Liquidity::Maker));
    assert_eq!((leg.size, leg.price), (dec("30"), dec("0.40")));
    assert_eq!(leg.fee_rate_bps, None);
}

#[test]
fn the_side_of_a_leg_follows_from_its_token_where_it_is_not_told() {
    let mut same = leg("0x1", OURS, "yes", "", "1", "0.6");
    same["side"] = Value::Null;
    let mut minted = same.clone();
    minted["asset_id"] = "no".into();
    minted["order_id"] = "0x2".into();
    let own = own(&trade("MAKER", OURS, &[same, minted]), &us());
    assert_eq!(own[0].side, Side::Sell);
    assert_eq!(own[1].side, Side::Buy);
}

#[test]
fn a_taker_has_the_figures_of_the_trade() {
    let legs = vec![leg("0xother", "their-key", "yes", "SELL", "100", "0.60")];
    let own = own(&trade("TAKER", OURS, &legs), &us());
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].order_id, "0xtaker");
    assert_eq!(
        (own[0].size, own[0].liquidity),
        (dec("100"), Liquidity::Taker)
    );
}

#[test]
fn orders_and_wallets_of_ours_are_recognised_too() {
    let mut by_wallet = leg("0xw", "another-key", "yes", "SELL", "1", "0.6");
    by_wallet["maker_address"] = WALLET.into();
    let legs = vec![
        by_wallet,
        leg("0xKNOWN", "another-key", "yes", "SELL", "2", "0.6"),
    ];
    let us = Identity {
        order_ids: vec!["0xknown".into()],
        ..us()
    };
    let own = own(&trade("MAKER", "another-key", &legs), &us);
    assert_eq!(own.len(), 2);
}

#[test]
fn without_a_told_role_our_leg_decides() {
    let legs = vec![leg("0xours", OURS, "yes", "SELL", "30", "0.60")];
    let mut as_maker = trade("MAKER", OURS, &legs);
    as_maker["trader_side"] = Value::Null;
    let maker = own(&as_maker, &us());
    assert_eq!(maker.len(), 1);
    assert_eq!(maker[0].liquidity, Liquidity::Maker);
    let foreign = vec![leg("0xother", "their-key", "yes", "SELL", "30", "0.60")];
    let mut as_taker = trade("TAKER", OURS, &foreign);
    as_taker["trader_side"] = Value::Null;
    let taker = own(&as_taker, &us());
    assert_eq!(taker.len(), 1);
    assert_eq!(taker[0].liquidity, Liquidity::Taker);
}

#[test]
fn nothing_of_a_foreign_trade_is_ours() {
    let legs = vec![leg("0xother", "their-key", "yes", "SELL", "100", "0.60")];
    assert!(own(&trade("TAKER", "their-key", &legs), &us()).is_empty());
    // Empty names are nobody's.
    let nobody = Identity::default();
    assert!(own(&trade("TAKER", "", &legs), &nobody).is_empty());
}

#[test]
fn ids_are_unique_and_the_same_in_every_copy() {
    let legs = vec![
        leg("0xa", OURS, "yes", "SELL", "1", "0.60"),
        leg("0xa", OURS, "yes", "SELL", "2", "0.60"),
        leg("0xa", OURS, "yes", "SELL", "4", "0.59"),
        leg("0xb", OURS, "yes", "SELL", "8", "0.60"),
    ];
    let mut turned = legs.clone();
    turned.reverse();
    let first = own(&trade("MAKER", OURS, &legs), &us());
    assert_eq!(first, own(&trade("MAKER", OURS, &turned), &us()));
    assert_eq!(first.len(), 3);
    let total: Decimal = first.iter().map(|execution| execution.size).sum();
    assert_eq!(total, dec("15"));
    let mut ids: Vec<_> = first.iter().map(|execution| execution.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}
