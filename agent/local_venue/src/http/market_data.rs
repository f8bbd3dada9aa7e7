//! What everybody may ask of the order books.

use quorate_domain::Outcome;
use serde_json::{Map, Value, json};

use crate::http::{Request, page};
use crate::number::{decimal, number};
use crate::post::Refused;
use crate::venue::{Listed, Venue, on_yes_scale};
use crate::wire;

type Token = (usize, Outcome);

pub(super) fn route(
    venue: &mut Venue,
    request: &Request,
    method: &str,
    parts: &[&str],
) -> Option<Result<Value, Refused>> {
    let one = |read: fn(&Venue, Token, &Request) -> Result<Value, Refused>| {
        let token = request.param("token_id").and_then(|t| venue.token_of(t));
        let token = token
            .ok_or_else(|| Refused::new(404, "No orderbook exists for the requested token id"));
        token.and_then(|token| read(venue, token, request))
    };
    Some(match (method, parts) {
        ("GET", [] | ["ok"]) => Ok(json!("OK")),
        ("GET", ["time"]) => Ok(json!(venue.stamp_ms() / 1000)),
        ("GET", ["version"]) => Ok(json!({"version": 2})),
        ("GET", ["book"]) => one(|venue, token, _| Ok(book(venue, token))),
        ("GET", ["price"]) => one(|v, t, r| Ok(json!({"price": price(v, t, r.param("side"))?}))),
        ("GET", ["midpoint"]) => one(|v, t, _| Ok(json!({"mid": middle(v, t)?}))),
        ("GET", ["spread"]) => one(|v, t, _| Ok(json!({"spread": spread(v, t)?}))),
        ("GET", ["last-trade-price"]) => one(|v, t, _| Ok(last(v, t))),
        ("GET", ["tick-size"]) => {
            one(|v, (m, _), _| Ok(json!({"minimum_tick_size": number(v.markets[m].tick.into())})))
        }
        ("GET", ["neg-risk"]) => {
            one(|v, (m, _), _| Ok(json!({"neg_risk": v.markets[m].listing.is_neg_risk()})))
        }
        ("GET", ["fee-rate"]) => one(|_, _, _| Ok(json!({"base_fee": 0}))),
        ("GET", ["fees", "builder-fees", _]) => {
            Ok(json!({"builder_maker_fee_rate_bps": 0, "builder_taker_fee_rate_bps": 0}))
        }
        ("POST", ["books"]) => batch(venue, request).map(|found| {
            Value::Array(found.iter().map(|(token, _)| book(venue, *token)).collect())
        }),
        ("POST", ["prices"]) => batch(venue, request).map(|found| prices(venue, &found)),
        ("POST", ["midpoints"]) => batch(venue, request).map(|f| each(venue, &f, middle)),
        ("POST", ["spreads"]) => batch(venue, request).map(|f| each(venue, &f, spread)),
        ("POST", ["last-trades-prices"]) => batch(venue, request).map(|found| {
            let line = |(token, _): &(Token, Option<String>)| {
                let mut line = last(venue, *token);
                line["token_id"] = json!(venue.markets[token.0].token(token.1));
                line
            };
            Value::Array(found.iter().map(line).collect())
        }),
        ("GET", ["clob-markets", condition]) => find(venue, condition).map(|m| compact(venue, m)),
        ("GET", ["markets-by-token", token]) => match venue.token_of(token) {
            Some((market, _)) => Ok(json!({"condition_id": venue.markets[market].condition()})),
            None => Err(Refused::new(404, "market not found")),
        },
        ("GET", ["markets", condition]) => find(venue, condition).map(|m| full(venue, m)),
        ("GET", ["markets" | "sampling-markets"]) => Ok(lists(venue, request, full)),
        ("GET", ["simplified-markets" | "sampling-simplified-markets"]) => {
            Ok(lists(venue, request, simplified))
        }
        ("GET", ["prices-history"]) => history(venue, request),
        _ => return None,
    })
}

fn find(venue: &Venue, condition: &str) -> Result<usize, Refused> {
    venue
        .market_by_condition(condition)
        .ok_or_else(|| Refused::new(404, "market not found"))
}

fn book(venue: &Venue, (market, outcome): Token) -> Value {
    wire::book(&venue.markets[market], outcome, venue.stamp_ms())
}

fn sides(venue: &Venue, (market, outcome): Token) -> Result<(u32, u32), Refused> {
    match wire::best(&venue.markets[market], outcome) {
        (Some(bid), Some(ask)) => Ok((bid, ask)),
        _ => Err(Refused::new(
            404,
            "No orderbook exists for the requested token id",
        )),
    }
}

fn price(venue: &Venue, token: Token, side: Option<&str>) -> Result<String, Refused> {
    let (bid, ask) = wire::best(&venue.markets[token.0], token.1);
    let found = match side.map(str::to_ascii_uppercase).as_deref() {
        Some("BUY") => ask,
        Some("SELL") => bid,
        _ => return Err(Refused::new(400, "Invalid side")),
    };
    Ok(decimal(found.unwrap_or(0).into()))
}

fn middle(venue: &Venue, token: Token) -> Result<String, Refused> {
    let (bid, ask) = sides(venue, token)?;
    Ok(decimal((i128::from(bid) + i128::from(ask)) / 2))
}

fn spread(venue: &Venue, token: Token) -> Result<String, Refused> {
    let (bid, ask) = sides(venue, token)?;
    Ok(decimal(i128::from(ask) - i128::from(bid)))
}

fn last(venue: &Venue, (market, outcome): Token) -> Value {
    match venue.markets[market].last {
        Some((yes, taker)) => {
            let side = match outcome {
                Outcome::Yes => taker,
                Outcome::No => taker.opposite(),
            };
            json!({"price": decimal(on_yes_scale(outcome, yes).into()), "side": wire::side(side)})
        }
        None => json!({"price": "0.5", "side": ""}),
    }
}

/// The tokens of a batch with the side each line names.
fn batch(venue: &Venue, request: &Request) -> Result<Vec<(Token, Option<String>)>, Refused> {
    let Value::Array(lines) = request.json()? else {
        return Err(Refused::new(400, "Invalid payload"));
    };
    if lines.len() > 500 {
        return Err(Refused::new(400, "Payload exceeds the limit"));
    }
    let read = |line: &Value| {
        let token = venue.token_of(line["token_id"].as_str()?)?;
        Some((token, line["side"].as_str().map(str::to_owned)))
    };
    Ok(lines.iter().filter_map(read).collect())
}

fn each(
    venue: &Venue,
    found: &[(Token, Option<String>)],
    read: fn(&Venue, Token) -> Result<String, Refused>,
) -> Value {
    let line = |(token, _): &(Token, Option<String>)| {
        let name = venue.markets[token.0].token(token.1);
        Some((name, json!(read(venue, *token).ok()?)))
    };
    Value::Object(found.iter().filter_map(line).collect::<Map<_, _>>())
}

fn prices(venue: &Venue, found: &[(Token, Option<String>)]) -> Value {
    let mut all = json!({});
    for (token, side) in found {
        let name = venue.markets[token.0].token(token.1);
        let side = side.as_deref().unwrap_or("BUY");
        if let Ok(value) = price(venue, *token, Some(side)) {
            all[name][side] = json!(value);
        }
    }
    all
}

fn compact(venue: &Venue, market: usize) -> Value {
    let listed = &venue.markets[market];
    let mut found = json!({
        "c": listed.condition(), "t": tokens(listed, |token, name| json!({"t": token, "o": name})),
        "mts": number(listed.tick.into()),
        "mos": number(listed.listing.market.shares_min.micros().into()), "mbf": 1000, "tbf": 1000,
        "ao": listed.accepts(venue.now_ms()), "sd": listed.listing.taker_delay.as_secs(),
    });
    if listed.listing.is_neg_risk() {
        found["nr"] = json!(true);
    }
    let fee = listed.listing.market.fee;
    if fee.rate_ppm > 0 {
        found["fd"] = json!({"r": number(fee.rate_ppm.into()), "e": fee.exponent, "to": true});
    }
    found
}

fn tokens(listed: &Listed, make: impl Fn(String, &str) -> Value) -> Vec<Value> {
    [Outcome::Yes, Outcome::No]
        .map(|o| make(listed.token(o), listed.outcome_name(o)))
        .into()
}

fn priced_tokens(listed: &Listed) -> Vec<Value> {
    [Outcome::Yes, Outcome::No]
        .map(|outcome| {
            let middle = match wire::best(listed, outcome) {
                (Some(bid), Some(ask)) => u32::midpoint(bid, ask),
                _ => 500_000,
            };
            let winner = listed.payout == Some(on_yes_scale(outcome, 1_000_000));
            json!({"token_id": listed.token(outcome), "outcome": listed.outcome_name(outcome),
                   "price": number(middle.into()), "winner": winner})
        })
        .into()
}

fn simplified(venue: &Venue, market: usize) -> Value {
    let listed = &venue.markets[market];
    json!({
        "condition_id": listed.condition(), "tokens": priced_tokens(listed), "active": true,
        "closed": listed.payout.is_some(), "archived": false, "accepting_orders": listed.accepts(venue.now_ms()),
        "rewards": {"rates": null, "min_size": 0, "max_spread": 0},
    })
}

fn full(venue: &Venue, market: usize) -> Value {
    let listed = &venue.markets[market];
    let mut found = simplified(venue, market);
    let more = json!({
        "question": listed.listing.question, "market_slug": listed.listing.slug,
        "description": listed.listing.description, "enable_order_book": listed.payout.is_none(),
        "minimum_order_size": number(listed.listing.market.shares_min.micros().into()),
        "minimum_tick_size": number(listed.tick.into()), "neg_risk": listed.listing.is_neg_risk(),
        "seconds_delay": listed.listing.taker_delay.as_secs(), "maker_base_fee": 0, "taker_base_fee": 0,
        "end_date_iso": listed.listing.market.closes_at.map(crate::http::data::iso), "tags": listed.listing.tags,
    });
    if let (Some(into), Value::Object(more)) = (found.as_object_mut(), more) {
        into.extend(more);
    }
    found
}

fn lists(venue: &Venue, request: &Request, form: fn(&Venue, usize) -> Value) -> Value {
    let all = (0..venue.markets.len()).map(|market| form(venue, market));
    let (data, next) = page(all.collect(), request.param("next_cursor"), 500);
    json!({"count": data.len(), "data": data, "next_cursor": next, "limit": 500})
}

fn history(venue: &Venue, request: &Request) -> Result<Value, Refused> {
    let token = request.param("market").and_then(|t| venue.token_of(t));
    let (market, outcome) = token.ok_or_else(|| Refused::new(400, "invalid market"))?;
    let number_of = |name: &str| request.param(name).and_then(|v| v.parse::<u64>().ok());
    let now = venue.now_ms() / 1000;
    let span = match request.param("interval") {
        Some("1h") => 3600,
        Some("6h") => 6 * 3600,
        Some("1d") => 86_400,
        Some("1w") => 7 * 86_400,
        Some("1m") => 30 * 86_400,
        _ => now,
    };
    let from = number_of("startTs").unwrap_or(now - span);
    let until = number_of("endTs").unwrap_or(now);
    let step = number_of("fidelity").unwrap_or(1).max(1) * 60;
    let mut points: Vec<(u64, u32)> = Vec::new();
    for (at, yes) in &venue.markets[market].history {
        if *at < from || *at > until {
            continue;
        }
        match points.last_mut() {
            Some(point) if point.0 / step == at / step => *point = (*at, *yes),
            _ => points.push((*at, *yes)),
        }
    }
    let point =
        |(t, yes): (u64, u32)| json!({"t": t, "p": number(on_yes_scale(outcome, yes).into())});
    Ok(json!({"history": points.into_iter().map(point).collect::<Vec<_>>()}))
}
