//! For whoever drives the venue: the truth, and the switches of the faults.

use quorate_domain::Outcome;
use serde_json::{Map, Value, json};

use crate::http::Request;
use crate::ledger::{CROWD, FEES};
use crate::number::decimal;
use crate::post::Refused;
use crate::venue::Venue;
use crate::wire;

pub(super) fn route(
    venue: &mut Venue,
    request: &Request,
    method: &str,
    parts: &[&str],
) -> Option<Result<Value, Refused>> {
    Some(match (method, parts) {
        ("GET", ["local", "state"]) => Ok(state(venue)),
        ("POST", ["local", "faults"]) => request.json().and_then(|body| switch(venue, &body)),
        _ => return None,
    })
}

/// Everything the venue knows, whatever it told others.
pub(crate) fn state(venue: &Venue) -> Value {
    let balances = |account: usize| {
        let mut tokens = Map::new();
        for (at, listed) in venue.markets.iter().enumerate() {
            for outcome in [Outcome::Yes, Outcome::No] {
                let held = venue.ledger.tokens(account, at, outcome);
                if held != 0 {
                    tokens.insert(listed.token(outcome), json!(decimal(held)));
                }
            }
        }
        json!({"cash": decimal(venue.ledger.cash(account)), "tokens": tokens})
    };
    let accounts: Map<String, Value> = (0..venue.accounts.len())
        .map(|a| {
            (
                venue.accounts[a].setup.wallet.to_checksum(None),
                balances(a),
            )
        })
        .collect();
    let order = |o: &crate::venue::Order| (format!("{:#x}", o.id), wire::order(venue, o));
    let orders: Map<String, Value> = venue.orders.values().map(order).collect();
    let trade = |t: &crate::trades::Trade| {
        let mut found = wire::trade(venue, t, t.taker.account);
        found["fee"] = json!(decimal(t.taker.fee));
        (t.id.clone(), found)
    };
    let trades: Map<String, Value> = venue.trades.values().map(trade).collect();
    let counts = venue.faults.counts().iter();
    let counts: Map<String, Value> = counts.map(|(id, n)| (id.to_string(), json!(n))).collect();
    let token_imbalance: Vec<String> = (0..venue.markets.len())
        .filter(|m| venue.markets[*m].payout.is_none())
        .flat_map(|m| [Outcome::Yes, Outcome::No].map(|o| venue.ledger.token_imbalance(m, o)))
        .map(decimal)
        .collect();
    json!({
        "now_ms": venue.now_ms(), "accounts": accounts, "crowd": balances(CROWD), "fees": balances(FEES),
        "orders": orders, "trades": trades, "faults": counts,
        "imbalance": decimal(venue.ledger.imbalance()), "token_imbalance": token_imbalance,
    })
}

/// `{"off": true}`, `{"all": ppm}`, `{"set": {"28": ppm}}`, `{"next": [1]}`, `{"restart_secs": 90}`, in any mixture.
fn switch(venue: &mut Venue, body: &Value) -> Result<Value, Refused> {
    let bad = |what: &str| Refused::new(400, format!("{what}: a fault is a number from 1 to 56"));
    let number = |value: &Value| value.as_u64().and_then(|n| u32::try_from(n).ok());
    if body["off"] == true {
        venue.faults.clear();
        venue.windows = crate::venue::Windows::default();
        venue.clock_jump_ms = 0;
        let now = venue.now_ms();
        for subscriber in &mut venue.subscribers {
            subscriber.frozen_until = now;
        }
    }
    if let Some(rate) = number(&body["all"]) {
        venue.faults.set_all(rate);
    }
    for (id, rate) in body["set"].as_object().into_iter().flatten() {
        let id = id.parse().map_err(|_| bad(id))?;
        venue
            .faults
            .set(id, number(rate).ok_or_else(|| bad("rate"))?);
    }
    for id in body["next"].as_array().into_iter().flatten() {
        let id = id.as_u64().and_then(|n| u8::try_from(n).ok());
        venue.faults.next_time(id.ok_or_else(|| bad("next"))?);
    }
    if let Some(secs) = number(&body["restart_secs"]) {
        venue.restart(std::time::Duration::from_secs(secs.into()));
    }
    Ok(json!("OK"))
}
