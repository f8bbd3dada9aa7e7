//! `quorate markets`: what the venue lists, whether its rules are understood, and what its books say.

pub(crate) mod args;
pub(crate) mod find;
mod watch;

use quorate_backtest::report::columns::{Align, Columns, plain};
use quorate_backtest::report::format::date_time;
use quorate_polymarket::listing::Kind;
use quorate_polymarket::rest::{Book, ClobMarket, Level};
use serde_json::{Value, json};

use super::operate::{answer, folder, last};
use super::settings_of::load_settings;
use super::venue_client::{catalogue, client, failed, not_found_or_down};
use crate::console::Console;
use crate::failure::Failure;
use crate::runtime::host::on_runtime;
use crate::settings::Settings;
use args::{
    MarketArgs, MarketBookArgs, MarketsCommand, MarketsSearchArgs, OutcomeWord, VenuePlaceArgs,
};
use find::{FoundMarket, find};

pub(super) fn run(command: MarketsCommand, console: &Console) -> Result<(), Failure> {
    match command {
        MarketsCommand::Search(args) => on_runtime(search(&args, console)),
        MarketsCommand::Show(args) => on_runtime(show(&args, console)),
        MarketsCommand::Book(args) => on_runtime(book(&args, console)),
        MarketsCommand::Watch(args) => on_runtime(watch::run(&args, console)),
    }
}

/// Settings of the instance whose venue is asked; without an instance it is Polymarket.
fn settings(place: &VenuePlaceArgs) -> Result<Settings, Failure> {
    let (settings, _) = load_settings(&place.settings, &folder(&place.instance))?;
    Ok(settings)
}

async fn search(args: &MarketsSearchArgs, console: &Console) -> Result<(), Failure> {
    let gamma = catalogue(&settings(&args.place)?)?;
    let found = gamma
        .search(&args.words.join(" "))
        .await
        .map_err(not_found_or_down)?;
    let mut markets: Vec<Value> = Vec::new();
    for event in &found.events {
        for market in &event.markets {
            let kind = Kind::of(event, market);
            markets.push(json!({
                "name": market.slug, "question": market.question, "event": event.slug,
                "open": market.accepting_orders == Some(true), "closes_at": market.end_date.map(date_time),
                "recognised": kind.is_recognised(),
            }));
        }
    }
    if args.first > 0 {
        markets.truncate(args.first);
    }
    answer(console, &json!({ "markets": markets }), || {
        if markets.is_empty() {
            return "nothing was found".to_owned();
        }
        let mut table = Columns::new(&[
            ("name", Align::Left),
            ("question", Align::Left),
            ("open", Align::Left),
            ("rule", Align::Left),
        ]);
        for market in &markets {
            table.row(vec![
                plain(market["name"].as_str().unwrap_or_default(), 60),
                plain(market["question"].as_str().unwrap_or_default(), 60),
                yes_no(market["open"] == true).to_owned(),
                if market["recognised"] == true {
                    "understood"
                } else {
                    "not understood"
                }
                .to_owned(),
            ]);
        }
        table.lines().join("\n")
    })?;
    if let Some(name) = markets.first().and_then(|market| market["name"].as_str()) {
        console.next(&format!("quorate markets show {}", plain(name, 120)));
    }
    Ok(())
}

const fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

async fn show(args: &MarketArgs, console: &Console) -> Result<(), Failure> {
    let settings = settings(&args.place)?;
    let found = find(&catalogue(&settings)?, &args.name).await?;
    let client = client(&settings, None)?;
    let terms = match found.market.condition_id.as_str() {
        "" => None,
        condition => Some(client.clob_market(condition).await.map_err(failed)?),
    };
    let kind = found.kind();
    let rule = match &kind {
        Kind::Unrecognised(refusal) => json!({ "recognised": false, "why": refusal.to_string() }),
        known => json!({ "recognised": true, "rule": format!("{known:?}") }),
    };
    let market = &found.market;
    let json = json!({
        "name": market.slug, "question": market.question, "event": found.event.slug, "title": found.event.title,
        "description": if market.description.is_empty() { &found.event.description } else { &market.description },
        "condition_id": market.condition_id, "outcomes": market.outcomes, "tokens": market.clob_token_ids,
        "open": market.accepting_orders, "exclusive": market.neg_risk, "closes_at": market.end_date.map(date_time),
        "tick": terms.as_ref().map(|terms| terms.tick_size.to_string()),
        "shares_min": terms.as_ref().map(|terms| terms.min_order_size.to_string()),
        "fee_rate": terms.as_ref().and_then(|terms| terms.fees).map(|fee| fee.rate.to_string()),
        "rule": rule,
    });
    answer(console, &json, || as_text(&found, terms.as_ref(), &kind))
}

fn as_text(found: &FoundMarket, terms: Option<&ClobMarket>, kind: &Kind) -> String {
    let market = &found.market;
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let rows = [
        ("name", plain(&market.slug, 120)),
        ("question", plain(&market.question, 200)),
        ("event", plain(&found.event.slug, 120)),
        ("condition", plain(&market.condition_id, 70)),
        (
            "takes orders",
            yes_no(market.accepting_orders == Some(true)).to_owned(),
        ),
        (
            "exclusive",
            yes_no(market.neg_risk == Some(true)).to_owned(),
        ),
        ("closes", or_dash(market.end_date.map(date_time))),
        (
            "price step",
            or_dash(terms.map(|terms| terms.tick_size.to_string())),
        ),
        (
            "fewest shares",
            or_dash(terms.map(|terms| terms.min_order_size.to_string())),
        ),
        (
            "fee rate",
            or_dash(
                terms
                    .and_then(|terms| terms.fees)
                    .map(|fee| fee.rate.to_string()),
            ),
        ),
    ];
    let mut lines: Vec<String> = rows
        .iter()
        .map(|(what, value)| format!("{what:<14} {value}"))
        .collect();
    lines.push(match kind {
        Kind::Unrecognised(refusal) => {
            format!(
                "{:<14} not understood, so it is never traded: {}",
                "rule",
                plain(&refusal.to_string(), 600)
            )
        }
        Kind::Election(rule) => format!(
            "{:<14} election: {} wins the {}",
            "rule",
            plain(&rule.candidate, 80),
            plain(&rule.race, 120)
        ),
        known => format!("{:<14} {}", "rule", plain(&format!("{known:?}"), 600)),
    });
    lines.join("\n")
}

async fn book(args: &MarketBookArgs, console: &Console) -> Result<(), Failure> {
    let settings = settings(&args.market.place)?;
    let found = find(&catalogue(&settings)?, &args.market.name).await?;
    let [yes, no] = found.tokens()?;
    let token = match args.outcome {
        OutcomeWord::Yes => yes,
        OutcomeWord::No => no,
    };
    let book = client(&settings, None)?.book(token).await.map_err(failed)?;
    let levels = |levels: &[Level]| -> Vec<Value> {
        let shown = if args.depth == 0 {
            levels.len()
        } else {
            args.depth
        };
        let level = |level: &Level| json!({ "price": level.price.to_string(), "shares": level.size.to_string() });
        levels.iter().take(shown).map(level).collect()
    };
    let json = json!({
        "market": found.market.slug, "token": token, "timestamp_ms": book.timestamp_ms,
        "bids": levels(&book.bids), "asks": levels(&book.asks),
    });
    answer(console, &json, || book_text(&book, args.depth))
}

fn book_text(book: &Book, depth: usize) -> String {
    let mut table = Columns::new(&[
        ("", Align::Left),
        ("price", Align::Right),
        ("shares", Align::Right),
    ]);
    let shown = |levels: &[Level]| -> Vec<Level> {
        let mut best: Vec<Level> = levels.to_vec();
        if depth > 0 {
            best.truncate(depth);
        }
        best
    };
    // The best prices meet in the middle.
    let mut asks = shown(&book.asks);
    asks.reverse();
    for (side, levels) in [("sell", asks), ("buy", shown(&book.bids))] {
        for level in last(&levels, 0) {
            table.row(vec![
                side.to_owned(),
                level.price.to_string(),
                level.size.to_string(),
            ]);
        }
    }
    if book.bids.is_empty() && book.asks.is_empty() {
        return "nobody bids and nobody offers".to_owned();
    }
    table.lines().join("\n")
}
