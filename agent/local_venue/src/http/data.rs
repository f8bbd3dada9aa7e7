//! The Data API under `/data-api/v2`, the relayer under `/relayer`, and the answer about the caller's country.

use alloy_primitives::Address;
use quorate_domain::{Outcome, Timestamp};
use serde_json::{Value, json};

use crate::http::Request;
use crate::number::decimal;
use crate::post::Refused;
use crate::venue::{Venue, index, on_yes_scale};
use crate::wire;

pub(super) fn route(
    venue: &mut Venue,
    request: &Request,
    method: &str,
    parts: &[&str],
) -> Option<Result<Value, Refused>> {
    Some(match (method, parts) {
        ("GET", ["api", "geoblock"]) => {
            let blocked = venue.faults.strikes(27);
            Ok(
                json!({"blocked": blocked, "ip": "127.0.0.1", "country": if blocked { "US" } else { "IE" }, "region": ""}),
            )
        }
        ("GET", ["data-api", "v2", "positions"]) => Ok(envelope(positions(venue, request))),
        ("GET", ["data-api", "v2", "trades"]) => Ok(envelope(trades(venue, request))),
        ("GET", ["data-api", "v2", "resolutions"]) => Ok(envelope(resolutions(venue, request))),
        ("GET", ["data-api", "v2", "approvals"]) => Ok(envelope(approvals())),
        ("POST", ["relayer", "submit"]) => request.json().and_then(|body| venue.relay(&body)),
        ("GET", ["relayer", "v1", "account", "transactions", "params"]) => nonce(venue, request),
        ("GET", ["relayer", "relay-payload"]) => nonce(venue, request).map(|mut found| {
            found["address"] = json!("0xD216153c06E857cD7f72665E0aF1d7D82172F494");
            found
        }),
        ("GET", ["relayer", "v1", "account", "transactions", id]) => {
            match venue.transactions.get(*id) {
                Some(t) => Ok(
                    json!({"transaction_id": id, "transaction_hash": t.hash, "state": t.state,
                                 "error_msg": t.error}),
                ),
                None => Err(Refused::new(404, "transaction not found")),
            }
        }
        _ => return None,
    })
}

/// An instant as RFC 3339 in UTC.
pub(super) fn iso(at: Timestamp) -> String {
    let seconds = i64::try_from(at.secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| String::new(), |t| t.to_string())
}

fn envelope(rows: Vec<Value>) -> Value {
    json!({"data": rows, "pagination": {"has_more": false, "next_cursor": null}})
}

fn users(venue: &Venue, request: &Request) -> Vec<usize> {
    let user: Option<Address> = request.param("user").and_then(|u| u.parse().ok());
    let accounts = 0..venue.accounts.len();
    match user {
        Some(user) => accounts
            .filter(|a| venue.accounts[*a].setup.wallet == user)
            .collect(),
        None => accounts.collect(),
    }
}

fn positions(venue: &Venue, request: &Request) -> Vec<Value> {
    let mut rows = Vec::new();
    for account in users(venue, request) {
        for (at, listed) in venue.markets.iter().enumerate() {
            let condition = listed.condition();
            if request.param("condition").is_some_and(|c| c != condition) {
                continue;
            }
            for outcome in [Outcome::Yes, Outcome::No] {
                let held = venue.ledger.tokens(account, at, outcome);
                if held <= 0 {
                    continue;
                }
                let other = venue.ledger.tokens(account, at, outcome.opposite());
                let redeemable = listed.payout.is_some();
                rows.push(json!({
                    "proxy_wallet": venue.accounts[account].setup.wallet.to_checksum(None),
                    "token_id": listed.token(outcome), "condition_id": condition, "current_size": decimal(held),
                    "status": if redeemable { "REDEEMABLE" } else { "OPEN" }, "redeemable": redeemable,
                    "mergeable": other > 0, "negative_risk": listed.listing.is_neg_risk(),
                    "outcome_index": index(outcome), "opposite_token_id": listed.token(outcome.opposite()),
                }));
            }
        }
    }
    let status = request.param("status");
    rows.retain(|row| status.is_none_or(|s| row["status"] == s));
    rows
}

fn trades(venue: &Venue, request: &Request) -> Vec<Value> {
    let users = users(venue, request);
    let mut rows = Vec::new();
    for trade in venue.trades.values() {
        let listed = &venue.markets[trade.market];
        for leg in trade.legs().filter(|leg| users.contains(&leg.account)) {
            rows.push(json!({
                "proxy_wallet": leg.address.to_checksum(None), "token_id": listed.token(leg.outcome),
                "condition_id": listed.condition(), "side": wire::side(leg.side), "size": decimal(leg.qty.into()),
                "price": decimal(on_yes_scale(leg.outcome, trade.yes_price).into()),
                "timestamp": trade.matched_ms / 1000,
                "transaction_hash": trade.hash.map_or(String::new(), |h| format!("{h:#x}")),
            }));
        }
    }
    rows
}

fn resolutions(venue: &Venue, request: &Request) -> Vec<Value> {
    let wanted = request.params("condition");
    let rows = venue.markets.iter().filter_map(|listed| {
        let condition = listed.condition();
        let asked = wanted.is_empty() || wanted.contains(&condition.as_str());
        let payout = listed.payout.filter(|_| asked)?;
        let pair = [payout, 1_000_000 - payout].map(|p| decimal(p.into()));
        Some(json!({"condition_id": condition, "status": "resolved", "payouts": pair, "was_disputed": false,
                    "resolved_at": iso(Timestamp::from_secs(venue.now_ms() / 1000))}))
    });
    rows.collect()
}

fn approvals() -> Vec<Value> {
    let exchanges = [
        crate::eip712::EXCHANGE,
        crate::eip712::NEG_RISK_EXCHANGE,
        crate::eip712::EXCHANGE_V3,
    ];
    let row = |spender: Address| {
        json!({"token": "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB", "spender": spender.to_checksum(None),
               "standard": "ERC20", "approved": true, "amount": "max"})
    };
    exchanges.map(row).into()
}

fn nonce(venue: &Venue, request: &Request) -> Result<Value, Refused> {
    let kind = match request.param("type") {
        Some("WALLET") => 3,
        Some("SAFE") => 2,
        Some("PROXY") => 1,
        _ => return Err(Refused::new(400, "invalid type")),
    };
    let owner: Option<Address> = request.param("address").and_then(|a| a.parse().ok());
    let account = owner.and_then(|owner| venue.account_of(owner, kind));
    let account = account.ok_or_else(|| Refused::new(404, "wallet not found"))?;
    let nonce = venue.accounts[account].relayer_nonce;
    Ok(json!({"address": request.param("address"), "nonce": nonce.to_string()}))
}
