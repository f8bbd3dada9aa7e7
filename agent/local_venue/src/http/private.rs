//! What only the owner of an API key may ask: orders, cancels, heartbeats, trades, balances.

use alloy_primitives::B256;
use serde_json::{Map, Value, json};

use crate::eip712;
use crate::http::{Request, auth, page};
use crate::keys::ApiKey;
use crate::post::Refused;
use crate::venue::{Beat, OrderStatus, Venue};
use crate::wire;

const BATCH_MAX: usize = 15;
const CANCEL_MAX: usize = 3000;
const GONE: &str = "order can't be found - already canceled or matched";

pub(super) fn route(
    venue: &mut Venue,
    request: &Request,
    method: &str,
    parts: &[&str],
) -> Option<Result<Value, Refused>> {
    type Handler = fn(&mut Venue, &ApiKey, &Request) -> Result<Value, Refused>;
    let handler: Handler = match (method, parts) {
        ("POST", ["order"]) => |venue, key, request| venue.post(key, &request.json()?),
        ("POST", ["orders"]) => post_batch,
        ("DELETE", ["order"]) => |venue, key, request| {
            let id = request.json()?["orderID"].clone();
            Ok(cancel(venue, key, &[id]))
        },
        ("DELETE", ["orders"]) => |venue, key, request| match request.json()? {
            Value::Array(ids) if ids.len() <= CANCEL_MAX => Ok(cancel(venue, key, &ids)),
            _ => Err(Refused::new(400, "Invalid order payload")),
        },
        ("DELETE", ["cancel-all"]) => |venue, key, _| Ok(cancel_where(venue, key, &Value::Null)),
        ("DELETE", ["cancel-market-orders"]) => {
            |venue, key, request| Ok(cancel_where(venue, key, &request.json()?))
        }
        ("POST", ["v1", "heartbeats"]) => heartbeat,
        ("GET", ["data", "orders"]) => orders,
        ("GET", ["data", "order", _]) => one_order,
        ("GET", ["data", "trades"]) => trades,
        ("GET", ["data", "pre-migration-orders"]) => {
            |_, _, _| Ok(json!({"data": [], "next_cursor": "LTE=", "limit": 100, "count": 0}))
        }
        ("GET", ["balance-allowance"]) => balance,
        ("GET" | "POST", ["balance-allowance", "update"]) => |_, _, _| Ok(json!({})),
        ("GET", ["notifications"]) => |venue, key, _| Ok(notes(venue, key)),
        ("DELETE", ["notifications"]) => drop_notes,
        ("GET", ["order-scoring"]) => |_, _, _| Ok(json!({"scoring": false})),
        ("POST", ["orders-scoring"]) => |_, _, request| {
            let ids = request.json()?;
            let ids = ids.as_array().cloned().unwrap_or_default();
            let scored = ids
                .iter()
                .filter_map(|id| Some((id.as_str()?.to_owned(), json!(false))));
            Ok(Value::Object(scored.collect()))
        },
        ("GET", ["v1", "user", "rate-limit-tier"]) => |_, _, _| Ok(json!({"tier": "standard"})),
        ("GET", ["rebates", "current"] | ["builder", "trades"]) => {
            |_, _, _| Ok(json!({"data": [], "next_cursor": "LTE=", "limit": 100, "count": 0}))
        }
        _ => return None,
    };
    Some(auth::private(venue, request).and_then(|key| handler(venue, &key, request)))
}

fn post_batch(venue: &mut Venue, key: &ApiKey, request: &Request) -> Result<Value, Refused> {
    let Value::Array(orders) = request.json()? else {
        return Err(Refused::new(400, "Invalid order payload"));
    };
    if orders.is_empty() || orders.len() > BATCH_MAX {
        return Err(Refused::new(
            400,
            format!(
                "Too many orders in payload: {}, max allowed: {BATCH_MAX}",
                orders.len()
            ),
        ));
    }
    let mut answers = Vec::new();
    for order in &orders {
        let taken = if venue.faults.strikes(18) {
            Err(Refused::new(400, "order timed out"))
        } else {
            venue.post(key, order)
        };
        answers.push(taken.unwrap_or_else(|no| {
            json!({"success": true, "errorMsg": no.text(), "orderID": "", "status": "", "makingAmount": "",
                   "takingAmount": "", "tradeIDs": [], "transactionsHashes": []})
        }));
    }
    Ok(Value::Array(answers))
}

fn is_own(venue: &Venue, key: &ApiKey, account: usize) -> bool {
    venue
        .accounts
        .get(account)
        .is_some_and(|a| a.setup.owner == key.owner)
}

fn cancel(venue: &mut Venue, key: &ApiKey, ids: &[Value]) -> Value {
    let (mut done, mut not_done) = (Vec::new(), Map::new());
    for id in ids {
        let name = id.as_str().unwrap_or_default().to_owned();
        match cancel_one(venue, key, &name) {
            Ok(()) => done.push(name),
            Err(why) => {
                not_done.insert(name, json!(why));
            }
        }
    }
    json!({"canceled": done, "not_canceled": not_done})
}

fn cancel_one(venue: &mut Venue, key: &ApiKey, name: &str) -> Result<(), &'static str> {
    let id: B256 = name.parse().map_err(|_| GONE)?;
    let order = venue
        .orders
        .get(&id)
        .filter(|o| is_own(venue, key, o.account));
    let order = order.cloned().ok_or(GONE)?;
    match order.status {
        OrderStatus::Delayed(_) => return Err("order is delayed and cannot be canceled yet"),
        OrderStatus::Live => {}
        _ => return Err(GONE),
    }
    if venue.faults.strikes(23) {
        // The order is met while its cancel is under way.
        let part = if order.remaining() > 20_000 {
            order.remaining() / 2
        } else {
            order.remaining()
        };
        venue.crowd_takes(id, part / 10_000 * 10_000);
    }
    if !venue.open.contains(&id) {
        return Err(GONE);
    }
    venue.end(id, "CANCELED");
    Ok(())
}

fn cancel_where(venue: &mut Venue, key: &ApiKey, filter: &Value) -> Value {
    let wanted = |order: &crate::venue::Order| {
        let listed = &venue.markets[order.market];
        let matches = |name: &str, is: String| {
            filter[name]
                .as_str()
                .is_none_or(|v| v.is_empty() || v == is)
        };
        is_own(venue, key, order.account)
            && matches("market", listed.condition())
            && matches("asset_id", listed.token(order.outcome))
    };
    let open = venue.open.iter().filter_map(|id| venue.orders.get(id));
    let ids: Vec<Value> = open
        .filter(|o| wanted(o))
        .map(|o| json!(format!("{:#x}", o.id)))
        .collect();
    if ids.len() > 1 && venue.faults.strikes(24) {
        let (some, rest) = ids.split_at(ids.len() / 2);
        let mut answer = cancel(venue, key, some);
        for id in rest.iter().filter_map(Value::as_str) {
            answer["not_canceled"][id] = json!("timeout");
        }
        return answer;
    }
    cancel(venue, key, &ids)
}

fn heartbeat(venue: &mut Venue, key: &ApiKey, request: &Request) -> Result<Value, Refused> {
    let body = request.json()?;
    let sent = body["heartbeat_id"].as_str().unwrap_or_default();
    let expected = venue.beats.get(&key.id).map_or("", |beat| beat.id.as_str());
    if sent != expected {
        let body = json!({"error_msg": "Invalid Heartbeat ID", "heartbeat_id": expected});
        return Err(Refused { status: 400, body });
    }
    let id = crate::keys::uuid_of(venue.fresh("heartbeat").as_slice());
    let deadline_ms = venue.now_ms() + crate::trades::millis(venue.timings.heartbeat);
    let beat = Beat {
        id: id.clone(),
        deadline_ms,
    };
    venue.beats.insert(key.id.clone(), beat);
    Ok(json!({ "heartbeat_id": id }))
}

fn listed_page(items: Vec<Value>, request: &Request) -> Value {
    let (data, next) = page(items, request.param("next_cursor"), 100);
    json!({"count": data.len(), "data": data, "next_cursor": next, "limit": 100})
}

fn orders(venue: &mut Venue, key: &ApiKey, request: &Request) -> Result<Value, Refused> {
    let matches = |name: &str, item: &Value, field: &str| {
        request
            .param(name)
            .is_none_or(|v| item[field].as_str() == Some(v))
    };
    let open = venue.open.iter().filter_map(|id| venue.orders.get(id));
    let items = open
        .filter(|o| is_own(venue, key, o.account))
        .map(|o| wire::order(venue, o))
        .filter(|o| {
            matches("id", o, "id")
                && matches("market", o, "market")
                && matches("asset_id", o, "asset_id")
        });
    Ok(listed_page(items.collect(), request))
}

fn one_order(venue: &mut Venue, key: &ApiKey, request: &Request) -> Result<Value, Refused> {
    let name = request.path.rsplit('/').next().unwrap_or_default();
    let id: Option<B256> = name.parse().ok();
    let open = id
        .filter(|id| venue.open.contains(id))
        .and_then(|id| venue.orders.get(&id));
    let own = open.filter(|order| is_own(venue, key, order.account));
    own.map(|order| wire::order(venue, order))
        .ok_or_else(|| Refused::new(404, "order not found"))
}

fn trades(venue: &mut Venue, key: &ApiKey, request: &Request) -> Result<Value, Refused> {
    let number = |name: &str| request.param(name).and_then(|v| v.parse::<u64>().ok());
    let (before, after) = (number("before"), number("after"));
    let mut found: Vec<_> = venue.trades.values().collect();
    found.sort_by_key(|trade| std::cmp::Reverse(trade.matched_ms));
    let mut items = Vec::new();
    for trade in found {
        let own = trade.legs().find(|leg| is_own(venue, key, leg.account));
        let Some(leg) = own else { continue };
        let at = trade.matched_ms / 1000;
        if before.is_some_and(|t| at >= t) || after.is_some_and(|t| at < t) {
            continue;
        }
        let item = wire::trade(venue, trade, leg.account);
        let asset = venue.markets[trade.market].token(leg.outcome);
        let is = |name: &str, value: &str| {
            request
                .param(name)
                .is_none_or(|v| v.eq_ignore_ascii_case(value))
        };
        let address = leg.address.to_checksum(None);
        if is("id", &trade.id)
            && is("market", &venue.markets[trade.market].condition())
            && is("asset_id", &asset)
            && is("maker_address", &address)
        {
            items.push(item);
        }
    }
    Ok(listed_page(items, request))
}

fn balance(venue: &mut Venue, key: &ApiKey, request: &Request) -> Result<Value, Refused> {
    let kind = request
        .param("signature_type")
        .and_then(|v| v.parse::<u8>().ok());
    let account = match kind {
        Some(kind) => venue.account_of(key.owner, kind),
        None => (0..venue.accounts.len()).find(|a| is_own(venue, key, *a)),
    };
    let collateral = request.param("asset_type") == Some("COLLATERAL");
    let token = request.param("token_id").and_then(|t| venue.token_of(t));
    if !collateral && token.is_none() {
        return Err(Refused::new(400, "invalid token_id"));
    }
    let held = match (account, token) {
        (None, _) => 0,
        (Some(account), Some((market, outcome))) if !collateral => {
            venue.ledger.tokens(account, market, outcome)
        }
        (Some(account), _) => venue.ledger.cash(account),
    };
    let held = if venue.faults.strikes(40) { 0 } else { held };
    let unlimited = alloy_primitives::U256::MAX.to_string();
    let spenders = [
        eip712::EXCHANGE,
        eip712::NEG_RISK_EXCHANGE,
        eip712::EXCHANGE_V3,
    ];
    let allowances: Map<String, Value> = spenders
        .iter()
        .map(|s| (s.to_checksum(None), json!(unlimited)))
        .collect();
    Ok(json!({"balance": held.to_string(), "allowances": allowances}))
}

fn notes(venue: &Venue, key: &ApiKey) -> Value {
    let own = venue.accounts.iter().filter(|a| a.setup.owner == key.owner);
    own.flat_map(|account| account.notifications.iter().cloned())
        .collect()
}

fn drop_notes(venue: &mut Venue, key: &ApiKey, request: &Request) -> Result<Value, Refused> {
    let ids = request.params("ids");
    for account in venue
        .accounts
        .iter_mut()
        .filter(|a| a.setup.owner == key.owner)
    {
        account
            .notifications
            .retain(|note| !ids.contains(&note["id"].to_string().as_str()));
    }
    Ok(json!("OK"))
}
