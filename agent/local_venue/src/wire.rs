//! What the venue's objects look like in JSON.

use quorate_domain::{Outcome, Side};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::book::Half;
use crate::number::{decimal, number};
use crate::trades::Trade;
use crate::venue::{Listed, Order, Venue, on_yes_scale};

pub(crate) fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

/// Best bid and ask of an outcome in its own terms.
pub(crate) fn best(listed: &Listed, outcome: Outcome) -> (Option<u32>, Option<u32>) {
    let (bid, ask) = (listed.book.best(Half::Bid), listed.book.best(Half::Ask));
    match outcome {
        Outcome::Yes => (bid, ask),
        Outcome::No => (ask.map(|p| 1_000_000 - p), bid.map(|p| 1_000_000 - p)),
    }
}

fn levels(listed: &Listed, outcome: Outcome, half: Half) -> Vec<Value> {
    let on_yes = match outcome {
        Outcome::Yes => half,
        Outcome::No => half.opposite(),
    };
    let mut shown = listed.book.shown(on_yes);
    // As served, the best level comes last.
    shown.reverse();
    let level = |(price, qty): (u32, u64)| json!({"price": decimal(on_yes_scale(outcome, price).into()), "size": decimal(qty.into())});
    shown.into_iter().map(level).collect()
}

/// A book as `/book` and the market channel send it.
pub(crate) fn book(listed: &Listed, outcome: Outcome, stamp_ms: u64) -> Value {
    let last = listed.last.map_or(String::new(), |(p, _)| {
        decimal(on_yes_scale(outcome, p).into())
    });
    let (bids, asks) = (
        Value::from(levels(listed, outcome, Half::Bid)),
        Value::from(levels(listed, outcome, Half::Ask)),
    );
    let least = decimal(listed.listing.market.shares_min.micros().into());
    let tick = decimal(listed.tick.into());
    let neg_risk = listed.listing.is_neg_risk();
    let (market, asset) = (listed.condition(), listed.token(outcome));
    // The clients' hash: fields in this order, the hash itself empty.
    let text = format!(
        r#"{{"market":"{market}","asset_id":"{asset}","timestamp":"{stamp_ms}","hash":"","bids":{},"asks":{},"min_order_size":"{least}","tick_size":"{tick}","neg_risk":{neg_risk},"last_trade_price":"{last}"}}"#,
        ordered(&bids),
        ordered(&asks)
    );
    let hash = crate::keys::hex(&Sha1::digest(text.as_bytes()));
    json!({
        "market": market, "asset_id": asset, "timestamp": stamp_ms.to_string(), "hash": hash, "bids": bids,
        "asks": asks, "min_order_size": least, "tick_size": tick, "neg_risk": neg_risk, "last_trade_price": last,
    })
}

fn ordered(levels: &Value) -> String {
    // Two keys whose alphabetical order is the wire's.
    levels.to_string()
}

/// One level's change, told for both outcomes.
pub(crate) fn price_change(
    listed: &Listed,
    half: Half,
    price: u32,
    qty: u64,
    stamp_ms: u64,
) -> Value {
    let change = |outcome: Outcome| {
        let (bid, ask) = best(listed, outcome);
        let bids = (half == Half::Bid) == (outcome == Outcome::Yes);
        let text = |price: Option<u32>, none: &str| {
            price.map_or_else(|| none.to_owned(), |p| decimal(p.into()))
        };
        json!({
            "asset_id": listed.token(outcome), "price": decimal(on_yes_scale(outcome, price).into()),
            "size": decimal(qty.into()), "side": if bids { "BUY" } else { "SELL" },
            "hash": book(listed, outcome, stamp_ms)["hash"],
            "best_bid": text(bid, "0"), "best_ask": text(ask, "1"),
        })
    };
    json!({
        "event_type": "price_change", "market": listed.condition(), "timestamp": stamp_ms.to_string(),
        "price_changes": [change(Outcome::Yes), change(Outcome::No)],
    })
}

/// An order as `/data/orders` and the user channel send it.
pub(crate) fn order(venue: &Venue, order: &Order) -> Value {
    let listed = &venue.markets[order.market];
    let maker = venue.accounts.get(order.account).map(|a| a.setup.wallet);
    json!({
        "id": format!("{:#x}", order.id), "status": order.status.name(), "owner": order.key,
        "maker_address": maker.unwrap_or_default().to_checksum(None), "market": listed.condition(),
        "asset_id": listed.token(order.outcome), "side": side(order.side),
        "original_size": decimal(order.size.into()), "size_matched": decimal(order.matched.into()),
        "price": decimal(order.price.into()), "outcome": listed.outcome_name(order.outcome),
        "expiration": order.expiration.to_string(), "order_type": order.kind.name(),
        "associate_trades": order.trades, "created_at": order.created_ms / 1000,
    })
}

/// A trade as one of its accounts sees it.
pub(crate) fn trade(venue: &Venue, trade: &Trade, account: usize) -> Value {
    let listed = &venue.markets[trade.market];
    let taker = &trade.taker;
    let makers: Vec<Value> = trade
        .makers
        .iter()
        .map(|leg| {
            json!({
                "order_id": format!("{:#x}", leg.order), "owner": leg.key,
                "maker_address": leg.address.to_checksum(None), "matched_amount": decimal(leg.qty.into()),
                "price": decimal(on_yes_scale(leg.outcome, trade.yes_price).into()), "fee_rate_bps": "",
                "asset_id": listed.token(leg.outcome), "outcome": listed.outcome_name(leg.outcome),
                "side": side(leg.side),
            })
        })
        .collect();
    let is_taker = taker.account == account;
    json!({
        "id": trade.id, "taker_order_id": format!("{:#x}", taker.order), "market": listed.condition(),
        "asset_id": listed.token(taker.outcome), "side": side(taker.side), "size": decimal(taker.qty.into()),
        "fee_rate_bps": "0", "price": decimal(on_yes_scale(taker.outcome, trade.yes_price).into()),
        "status": trade.stage.name(), "match_time": (trade.matched_ms / 1000).to_string(),
        "last_update": (trade.updated_ms / 1000).to_string(), "outcome": listed.outcome_name(taker.outcome),
        "bucket_index": 0, "owner": taker.key, "maker_address": taker.address.to_checksum(None),
        "transaction_hash": trade.hash.map_or(String::new(), |hash| format!("{hash:#x}")),
        "trader_side": if is_taker { "TAKER" } else { "MAKER" }, "maker_orders": makers,
    })
}

pub(crate) fn new_market(listed: &Listed, number_: usize, stamp_ms: u64) -> Value {
    let tokens = [listed.token(Outcome::Yes), listed.token(Outcome::No)];
    json!({
        "event_type": "new_market", "id": (number_ + 1).to_string(), "question": listed.listing.question,
        "market": listed.condition(), "slug": listed.listing.slug, "description": listed.listing.description,
        "assets_ids": tokens, "clob_token_ids": tokens, "outcomes": listed.listing.outcomes,
        "tags": listed.listing.tags, "order_price_min_tick_size": decimal(listed.tick.into()),
        "fees_enabled": listed.listing.market.fee.rate_ppm > 0,
        "fee_schedule": fee_schedule(listed), "timestamp": stamp_ms.to_string(),
    })
}

pub(crate) fn fee_schedule(listed: &Listed) -> Value {
    let fee = listed.listing.market.fee;
    json!({"rate": number(fee.rate_ppm.into()), "exponent": fee.exponent, "takerOnly": true,
           "rebateRate": number(fee.rebate_share_ppm.into())})
}

pub(crate) fn market_resolved(listed: &Listed, yes_micros: u32, stamp_ms: u64) -> Value {
    let winner = match yes_micros {
        1_000_000 => Some(Outcome::Yes),
        0 => Some(Outcome::No),
        _ => None,
    };
    json!({
        "event_type": "market_resolved", "market": listed.condition(),
        "assets_ids": [listed.token(Outcome::Yes), listed.token(Outcome::No)],
        "winning_asset_id": winner.map_or(String::new(), |o| listed.token(o)),
        "winning_outcome": winner.map_or("", |o| listed.outcome_name(o)), "timestamp": stamp_ms.to_string(),
    })
}
