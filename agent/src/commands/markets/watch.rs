//! `quorate markets watch`: what the market channel says, a line for each change of the best prices and each trade.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_domain::{
    Book, BookSide, MarketEvent, MarketId, MarketInput, Price, TickSize, Timestamp,
};
use quorate_polymarket::ws::{Change, MarketReport, MarketSettings, Pair, market_stream};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::args::MarketsWatchArgs;
use super::find::find;
use crate::commands::venue_client::{catalogue, client, failed, now_ms, servers};
use crate::console::{Console, Form};
use crate::failure::{EXIT_NETWORK, Failure};

/// A market that is watched.
struct Watched {
    name: String,
    book: Book,
    shown: Option<(Option<Price>, Option<Price>)>,
}

pub(super) async fn run(args: &MarketsWatchArgs, console: &Console) -> Result<(), Failure> {
    let settings = super::settings(&args.place)?;
    let (gamma, rest) = (catalogue(&settings)?, client(&settings, None)?);
    let (mut pairs, mut watched) = (Vec::new(), BTreeMap::new());
    for (number, name) in (0..).zip(&args.names) {
        let found = find(&gamma, name).await?;
        let [yes, no] = found.tokens()?;
        let tick = rest.tick_size(yes).await.map_err(failed)?;
        let tick = TickSize::parse(&tick.to_string())
            .map_err(|error| Failure::state("tick", EXIT_NETWORK, error.to_string()))?;
        let market = MarketId(number);
        pairs.push(Pair {
            market,
            condition: found.market.condition_id.clone(),
            yes: yes.to_owned(),
            no: no.to_owned(),
            tick,
        });
        let one = Watched {
            name: name.clone(),
            book: Book::new(tick),
            shown: None,
        };
        watched.insert(market, one);
    }
    let endpoint = servers(&settings)?.endpoint("market");
    let endpoint = endpoint.map_err(|error| Failure::internal(error.to_string()))?;
    let (reports, mut heard) = mpsc::channel(4_096);
    let (handle, stream) = market_stream(MarketSettings::new(endpoint, wall), reports);
    let running = tokio::spawn(stream.run());
    if !handle.change(Change::Subscribe(pairs)) {
        return Err(Failure::internal(
            "the market channel ended before it began",
        ));
    }
    let end = async {
        match args.seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(end);
    let mut left = args.lines.unwrap_or(u64::MAX);
    while left > 0 {
        let report = tokio::select! {
            report = heard.recv() => report,
            () = &mut end => None,
        };
        let Some(report) = report else { break };
        for line in lines(report, &mut watched, console)? {
            console.result(&line)?;
            left -= 1;
            if left == 0 {
                break;
            }
        }
    }
    running.abort();
    Ok(())
}

fn wall() -> Timestamp {
    Timestamp::from_nanos(now_ms().saturating_mul(1_000_000))
}

fn lines(
    report: MarketReport,
    watched: &mut BTreeMap<MarketId, Watched>,
    console: &Console,
) -> Result<Vec<String>, Failure> {
    match report {
        MarketReport::Heard(heard) => {
            let mut lines = Vec::new();
            for input in heard.inputs {
                let Some(one) = watched.get_mut(&input.market) else {
                    continue;
                };
                if let Some(json) = said(input, one) {
                    lines.push(line(&json, console));
                }
            }
            Ok(lines)
        }
        MarketReport::Lost { loss, .. } => {
            console.note(&format!("connection lost ({loss}); it is opened again"));
            Ok(Vec::new())
        }
        MarketReport::Refused(error) => {
            Err(Failure::state("venue", EXIT_NETWORK, error.to_string()))
        }
        MarketReport::Connected { .. } => Ok(Vec::new()),
    }
}

/// What an input says, unless it changes nothing that is shown.
fn said(input: MarketInput, one: &mut Watched) -> Option<Value> {
    if let MarketEvent::Trade(trade) = &input.event {
        return Some(json!({
            "market": one.name, "trade": trade.price.to_string(), "shares": trade.shares.to_string(),
        }));
    }
    match input.event {
        MarketEvent::Snapshot { bids, asks } => {
            // What does not fit the price step is refused whole: then nothing new is shown.
            one.book.replace(&bids, &asks, wall()).ok()?;
        }
        MarketEvent::Level { side, level } => one.book.set(side, level, wall()).ok()?,
        MarketEvent::TickSize(tick) => one.book.change_tick(tick),
        MarketEvent::Gap => one.book.break_continuity(),
        MarketEvent::Trade(_) | MarketEvent::DayVolume(_) | MarketEvent::Closed => return None,
    }
    let price = |side| one.book.best(side).map(|level| level.price);
    let best = (price(BookSide::Bid), price(BookSide::Ask));
    if one.shown == Some(best) {
        return None;
    }
    one.shown = Some(best);
    let text = |price: Option<Price>| price.map(|price| price.to_string());
    Some(json!({ "market": one.name, "bid": text(best.0), "ask": text(best.1) }))
}

fn line(json: &Value, console: &Console) -> String {
    if console.form() == Form::Json {
        return format!("{json}\n");
    }
    let word = |key: &str| json[key].as_str().unwrap_or("-").to_owned();
    match json.get("trade") {
        Some(_) => format!(
            "{}  trade {} x {}\n",
            word("market"),
            word("trade"),
            word("shares")
        ),
        None => format!("{}  {} / {}\n", word("market"), word("bid"), word("ask")),
    }
}
