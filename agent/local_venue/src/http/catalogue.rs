//! The catalogue of events and markets (Gamma), under `/gamma`.

use quorate_domain::Outcome;
use serde_json::{Value, json};

use crate::http::data::iso;
use crate::http::{Request, page};
use crate::number::{decimal, number};
use crate::post::Refused;
use crate::venue::{Listed, Venue, on_yes_scale};
use crate::wire;

pub(super) fn route(
    venue: &mut Venue,
    request: &Request,
    method: &str,
    parts: &[&str],
) -> Option<Result<Value, Refused>> {
    let ("GET", ["gamma", rest @ ..]) = (method, parts) else {
        return None;
    };
    let missing = || Refused::new(404, "not found");
    Some(match rest {
        ["events"] => Ok(offset_page(events(venue, request), request)),
        ["markets"] => Ok(offset_page(markets(venue, request), request)),
        ["events", "keyset"] => Ok(keyset(events(venue, request), request, "events")),
        ["markets", "keyset"] => Ok(keyset(markets(venue, request), request, "markets")),
        ["events", "slug", slug] => found_by_slug(all_events(venue), slug).ok_or_else(missing),
        ["markets", "slug", slug] => {
            let all = (0..venue.markets.len()).map(|m| market(venue, m)).collect();
            found_by_slug(all, slug).ok_or_else(missing)
        }
        ["events", id] => all_events(venue)
            .into_iter()
            .find(|e| e["id"] == *id)
            .ok_or_else(missing),
        ["markets", id] => {
            let mut all = (0..venue.markets.len()).map(|m| market(venue, m));
            all.find(|m| m["id"] == *id).ok_or_else(missing)
        }
        ["tags"] => Ok(Value::Array(tags(venue))),
        ["tags", "slug", slug] => found_by_slug(tags(venue), slug).ok_or_else(missing),
        ["series"] => Ok(json!([])),
        ["public-search"] => {
            let wanted = request.param("q").unwrap_or_default().to_lowercase();
            let has = |event: &Value| event.to_string().to_lowercase().contains(&wanted);
            let hits: Vec<Value> = all_events(venue).into_iter().filter(has).collect();
            Ok(
                json!({"events": hits, "pagination": {"hasMore": false, "totalResults": hits.len()}}),
            )
        }
        _ => Err(missing()),
    })
}

fn found_by_slug(all: Vec<Value>, slug: &str) -> Option<Value> {
    all.into_iter().find(|item| item["slug"] == slug)
}

fn offset_page(items: Vec<Value>, request: &Request) -> Value {
    let number = |name: &str, or: usize| {
        request
            .param(name)
            .and_then(|v| v.parse().ok())
            .unwrap_or(or)
    };
    let (offset, limit) = (number("offset", 0), number("limit", 100).min(500));
    Value::Array(items.into_iter().skip(offset).take(limit).collect())
}

fn keyset(items: Vec<Value>, request: &Request, name: &str) -> Value {
    let limit = request
        .param("limit")
        .and_then(|v| v.parse().ok())
        .unwrap_or(20_usize);
    let (items, next) = page(items, request.param("after_cursor"), limit.clamp(1, 100));
    let mut answer = json!({ name: items });
    if next != "LTE=" {
        answer["next_cursor"] = json!(next);
    }
    answer
}

fn tag(name: &str) -> Value {
    // A number that depends on the name alone.
    let hash = alloy_primitives::keccak256(name.as_bytes());
    let id = u32::from_be_bytes([0, hash[0], hash[1], hash[2]]);
    json!({"id": id.to_string(), "slug": name, "label": name})
}

fn tags(venue: &Venue) -> Vec<Value> {
    let mut names: Vec<&String> = venue.markets.iter().flat_map(|m| &m.listing.tags).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| tag(name)).collect()
}

fn event_slug(listed: &Listed) -> &str {
    listed
        .listing
        .event
        .as_ref()
        .map_or(&listed.listing.slug, |event| &event.slug)
}

fn all_events(venue: &Venue) -> Vec<Value> {
    let mut slugs: Vec<&str> = Vec::new();
    for listed in &venue.markets {
        if !slugs.contains(&event_slug(listed)) {
            slugs.push(event_slug(listed));
        }
    }
    let numbered = slugs.into_iter().enumerate();
    numbered
        .map(|(number, slug)| event(venue, number, slug))
        .collect()
}

fn event(venue: &Venue, number: usize, slug: &str) -> Value {
    let of_event = |m: &usize| event_slug(&venue.markets[*m]) == slug;
    let members: Vec<usize> = (0..venue.markets.len()).filter(of_event).collect();
    let first = members.first().map(|m| &venue.markets[*m]);
    let title = first.map_or("", |m| {
        m.listing
            .event
            .as_ref()
            .map_or(&m.listing.question, |e| &e.title)
    });
    let ends = members
        .iter()
        .filter_map(|m| venue.markets[*m].listing.market.closes_at)
        .max();
    let closed = members.iter().all(|m| venue.markets[*m].payout.is_some());
    let volume: i128 = members
        .iter()
        .map(|m| i128::from(venue.markets[*m].volume))
        .sum();
    let neg_risk = first.is_some_and(|m| m.listing.is_neg_risk());
    let tags = first.map(|m| m.listing.tags.iter().map(|t| tag(t)).collect::<Vec<_>>());
    json!({
        "id": (number + 1).to_string(), "slug": slug, "title": title, "active": true, "closed": closed,
        "archived": false, "negRisk": neg_risk, "enableNegRisk": neg_risk, "negRiskAugmented": false,
        "startDate": first.map(|m| iso(quorate_domain::Timestamp::from_secs(m.listed_ms / 1000))),
        "endDate": ends.map(iso), "volume24hr": number_value(volume), "volume": number_value(volume),
        "liquidity": 0, "tags": tags, "markets": members.iter().map(|m| market(venue, *m)).collect::<Vec<_>>(),
    })
}

fn number_value(micros: i128) -> Value {
    number(micros)
}

fn market(venue: &Venue, at: usize) -> Value {
    let listed = &venue.markets[at];
    let listing = &listed.listing;
    let (bid, ask) = wire::best(listed, Outcome::Yes);
    let middle = match (listed.payout, bid, ask) {
        (Some(payout), _, _) => payout,
        (None, Some(bid), Some(ask)) => u32::midpoint(bid, ask),
        _ => 500_000,
    };
    let both = [Outcome::Yes, Outcome::No];
    let prices = both.map(|o| decimal(on_yes_scale(o, middle).into()));
    let tokens = both.map(|o| listed.token(o));
    let resolved = listed.payout.is_some();
    json!({
        "id": (at + 1).to_string(), "conditionId": listed.condition(), "questionID": listed.condition(),
        "slug": listing.slug, "question": listing.question, "description": listing.description,
        "groupItemTitle": listing.event.as_ref().map_or("", |_| listing.market.name.as_str()),
        "outcomes": json!(listing.outcomes).to_string(), "outcomePrices": json!(prices).to_string(),
        "clobTokenIds": json!(tokens).to_string(), "version": "v1", "active": true, "closed": resolved,
        "archived": false, "acceptingOrders": listed.accepts(venue.now_ms()), "enableOrderBook": true,
        "negRisk": listing.is_neg_risk(), "orderPriceMinTickSize": number(listed.tick.into()),
        "orderMinSize": number(listing.market.shares_min.micros().into()),
        "feesEnabled": listing.market.fee.rate_ppm > 0, "feeSchedule": wire::fee_schedule(listed),
        "secondsDelay": listing.taker_delay.as_secs(), "bestBid": bid.map(|p| number(p.into())),
        "bestAsk": ask.map(|p| number(p.into())), "lastTradePrice": listed.last.map(|(p, _)| number(p.into())),
        "volumeNum": number(listed.volume.into()), "volume24hr": number(listed.volume.into()), "liquidityNum": 0,
        "startDate": iso(quorate_domain::Timestamp::from_secs(listed.listed_ms / 1000)),
        "eventStartTime": listing.market.opens_at.map(iso), "endDate": listing.market.closes_at.map(iso),
        "umaResolutionStatus": if resolved { "resolved" } else { "" },
        "events": [{"slug": event_slug(listed)}],
    })
}

fn wanted(item: &Value, request: &Request) -> bool {
    let closed = request.param("closed").unwrap_or("false");
    let is_closed = item["closed"] == true;
    let slugs = request.params("slug");
    let ids = request.params("id");
    (slugs.is_empty() || slugs.iter().any(|s| item["slug"] == *s))
        && (ids.is_empty() || ids.iter().any(|s| item["id"] == *s))
        && (!slugs.is_empty() || closed == is_closed.to_string())
}

fn has_tag(listed: &Listed, request: &Request) -> bool {
    let (slugs, ids) = (request.params("tag_slug"), request.params("tag_id"));
    let has = |name: &String| {
        slugs.contains(&name.as_str()) || ids.iter().any(|id| tag(name)["id"] == *id)
    };
    (slugs.is_empty() && ids.is_empty()) || listed.listing.tags.iter().any(has)
}

fn events(venue: &Venue, request: &Request) -> Vec<Value> {
    let tagged = |event: &Value| {
        let mut members = venue
            .markets
            .iter()
            .filter(|m| event["slug"] == event_slug(m));
        members.any(|m| has_tag(m, request))
    };
    all_events(venue)
        .into_iter()
        .filter(|e| wanted(e, request) && tagged(e))
        .collect()
}

fn markets(venue: &Venue, request: &Request) -> Vec<Value> {
    let (tokens, conditions) = (
        request.params("clob_token_ids"),
        request.params("condition_ids"),
    );
    let keep = |m: &usize| {
        let listed = &venue.markets[*m];
        let both = [Outcome::Yes, Outcome::No].map(|o| listed.token(o));
        (tokens.is_empty() || both.iter().any(|t| tokens.contains(&t.as_str())))
            && (conditions.is_empty() || conditions.contains(&listed.condition().as_str()))
            && has_tag(listed, request)
    };
    let all = (0..venue.markets.len())
        .filter(keep)
        .map(|m| market(venue, m));
    all.filter(|m| wanted(m, request)).collect()
}
