//! From a tape to a folder; loading the folder gives the same tape again.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use quorate_domain::{
    BookSide, Coverage, Input, Level, LinkSense, Market, MarketEvent, MarketId, Side, Timestamp,
    Topic, TopicId, TopicLink,
};

use super::known::Known;
use super::{Tape, TapeMarket, TapeRecord, condition, references_csv, topics_csv};
use crate::input::{format_micros, format_rfc3339, write_atomically};

/// Writes a tape into a folder, which is made if need be. Files of the same names are replaced, each as a whole.
///
/// # Errors
/// Whatever the file system reports; `InvalidInput` for a record that is no market event, inference, reference price or resolution,
/// or that refers to something the tape does not list.
pub fn write(tape: &Tape, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    if let Some(odd) = tape
        .records
        .iter()
        .find(|record| !belongs_on_a_tape(&record.input))
    {
        return Err(invalid(&format!("a tape cannot hold {:?}", odd.input)));
    }
    table(folder, "markets.csv", |out| markets(tape, out))?;
    table(folder, "ticks.csv", |out| ticks(tape, out))?;
    table(folder, "books.csv", |out| books(tape, out))?;
    table(folder, "trades.csv", |out| trades(tape, out))?;
    table(folder, "inferences.csv", |out| inferences(tape, out))?;
    table(folder, "outcomes.csv", |out| outcomes(tape, out))?;
    // Tapes without prices have neither file; one left over from another tape would be read with this one.
    optional(folder, "topics", topics_csv::is_needed(tape), |out| {
        topics_csv::write(tape, out)
    })?;
    optional(
        folder,
        "references",
        references_csv::is_needed(tape),
        |out| references_csv::write(tape, out),
    )
}

/// Writes a table that the tape needs, or removes the one that it does not.
fn optional(
    folder: &Path,
    name: &str,
    is_needed: bool,
    fill: impl FnOnce(&mut Rows<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let name = format!("{name}.csv");
    if is_needed {
        return table(folder, &name, fill);
    }
    match fs::remove_file(folder.join(&name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) type Rows<'w> = csv::Writer<&'w mut dyn Write>;

fn table(
    folder: &Path,
    name: &str,
    fill: impl FnOnce(&mut Rows<'_>) -> io::Result<()>,
) -> io::Result<()> {
    write_atomically(&folder.join(name), |file| {
        let sink: &mut dyn Write = file;
        let mut rows = csv::Writer::from_writer(sink);
        fill(&mut rows)?;
        rows.flush()
    })
}

pub(super) fn row<const N: usize>(rows: &mut Rows<'_>, cells: [&str; N]) -> io::Result<()> {
    rows.write_record(cells).map_err(io::Error::from)
}

fn belongs_on_a_tape(input: &Input) -> bool {
    matches!(
        input,
        Input::Market(_) | Input::Inference(_) | Input::Reference(_) | Input::Resolved(_)
    )
}

pub(super) fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

pub(super) fn time(at: Timestamp) -> String {
    format_rfc3339(at.nanos())
}

fn optional_time(at: Option<Timestamp>) -> String {
    at.map(time).unwrap_or_default()
}

fn micros(value: u32) -> String {
    format_micros(i64::from(value))
}

fn name_of(tape: &Tape, id: MarketId) -> io::Result<&str> {
    let listed = tape
        .market(id)
        .ok_or_else(|| invalid(&format!("no market {id} on the tape")))?;
    Ok(&listed.market.name)
}

fn markets(tape: &Tape, rows: &mut Rows<'_>) -> io::Result<()> {
    let header = [
        "market",
        "group",
        "exhaustive",
        "question",
        "topic",
        "epoch",
        "label",
        "complement",
        "tick",
        "min_shares",
        "min_marketable_buy",
        "fee_rate",
        "fee_exponent",
        "rebate_share",
        "opens_at",
        "closes_at",
        "category",
        "correlated_set",
        "loading",
    ];
    let is_priced = |listed: &TapeMarket| {
        let sense = listed.market.link.map(|link| link.sense);
        matches!(sense, Some(LinkSense::Price(_)))
    };
    let with_conditions = tape.markets.iter().any(is_priced);
    let conditions = condition::HEADER.iter().filter(|_| with_conditions);
    rows.write_record(header.iter().chain(conditions))?;
    tape.markets
        .iter()
        .try_for_each(|listed| market_row(tape, listed, with_conditions, rows))
}

fn market_row(
    tape: &Tape,
    listed: &TapeMarket,
    with_conditions: bool,
    rows: &mut Rows<'_>,
) -> io::Result<()> {
    let market = &listed.market;
    let link = market
        .link
        .ok_or_else(|| invalid("a market without a topic"))?;
    let [topic, epoch, label] = link_names(tape, &link)?;
    let (group, exhaustive) = group_cells(tape, market);
    let set = market
        .set
        .and_then(|set| tape.sets.get(set.0 as usize))
        .map_or("", String::as_str);
    let complement = if link.sense == LinkSense::Complement {
        "true"
    } else {
        "false"
    };
    let shares_min = market.shares_min.to_string();
    let cells = [
        &market.name,
        group,
        exhaustive,
        &market.question,
        topic,
        epoch,
        label,
        complement,
        &market.tick.to_string(),
        &shares_min,
        &market.marketable_buy_min.to_string(),
        &micros(market.fee.rate_ppm),
        &market.fee.exponent.to_string(),
        &micros(market.fee.rebate_share_ppm),
        &optional_time(market.opens_at),
        &optional_time(market.closes_at),
        listed.category.as_deref().unwrap_or_default(),
        set,
        &market.loading.to_string(),
    ];
    let conditions = condition::cells(link.sense);
    let conditions = conditions.iter().filter(|_| with_conditions);
    let cells = cells.into_iter().chain(conditions.map(String::as_str));
    rows.write_record(cells).map_err(io::Error::from)
}

fn link_names<'t>(tape: &'t Tape, link: &TopicLink) -> io::Result<[&'t str; 3]> {
    let topic = tape.topics.iter().find(|topic| topic.id == link.topic);
    let is_own = |epoch: &&super::TapeEpoch| epoch.topic == link.topic && epoch.id == link.epoch;
    let epoch = tape.epochs.iter().find(is_own);
    let label = epoch.and_then(|epoch| epoch.labels.get(usize::from(link.label.0)));
    match (topic, epoch, label) {
        (Some(topic), Some(epoch), Some(label)) => Ok([&topic.name, &epoch.name, label]),
        _ => Err(invalid(
            "a market hangs on a topic, epoch or label that the tape does not list",
        )),
    }
}

fn group_cells<'t>(tape: &'t Tape, market: &Market) -> (&'t str, &'static str) {
    let group = tape
        .groups
        .iter()
        .find(|group| Some(group.id) == market.group);
    match group.map(|group| (group.name.as_str(), group.coverage)) {
        None => ("", ""),
        Some((name, Coverage::Exhaustive)) => (name, "true"),
        Some((name, Coverage::WithOther)) => (name, "false"),
    }
}

/// Market events with their time and market name.
fn events(tape: &Tape) -> impl Iterator<Item = io::Result<(String, &str, &MarketEvent)>> {
    tape.records
        .iter()
        .filter_map(|TapeRecord { at, input }| match input {
            Input::Market(news) => {
                Some(name_of(tape, news.market).map(|name| (time(*at), name, &news.event)))
            }
            _ => None,
        })
}

fn ticks(tape: &Tape, rows: &mut Rows<'_>) -> io::Result<()> {
    row(rows, ["at", "market", "tick"])?;
    for event in events(tape) {
        if let (at, market, MarketEvent::TickSize(tick)) = event? {
            row(rows, [&at, market, &tick.to_string()])?;
        }
    }
    Ok(())
}

fn books(tape: &Tape, rows: &mut Rows<'_>) -> io::Result<()> {
    row(rows, ["at", "market", "event", "side", "price", "shares"])?;
    for event in events(tape) {
        let (at, market, event) = event?;
        let mut level = |kind: &str, side: BookSide, level: &Level| {
            let side = if side == BookSide::Bid { "bid" } else { "ask" };
            row(
                rows,
                [
                    &at,
                    market,
                    kind,
                    side,
                    &level.price.to_string(),
                    &level.shares.to_string(),
                ],
            )
        };
        match event {
            MarketEvent::Snapshot { bids, asks } if bids.is_empty() && asks.is_empty() => {
                row(rows, [&at, market, "snapshot", "", "", ""])?;
            }
            MarketEvent::Snapshot { bids, asks } => {
                bids.iter()
                    .try_for_each(|own| level("snapshot", BookSide::Bid, own))?;
                asks.iter()
                    .try_for_each(|own| level("snapshot", BookSide::Ask, own))?;
            }
            MarketEvent::Level { side, level: own } => level("level", *side, own)?,
            MarketEvent::Gap => row(rows, [&at, market, "gap", "", "", ""])?,
            MarketEvent::Closed => row(rows, [&at, market, "closed", "", "", ""])?,
            MarketEvent::Trade(_) | MarketEvent::TickSize(_) | MarketEvent::DayVolume(_) => {}
        }
    }
    Ok(())
}

fn trades(tape: &Tape, rows: &mut Rows<'_>) -> io::Result<()> {
    row(rows, ["at", "market", "side", "price", "shares"])?;
    for event in events(tape) {
        if let (at, market, MarketEvent::Trade(trade)) = event? {
            let side = if trade.taker == Side::Buy {
                "buy"
            } else {
                "sell"
            };
            row(
                rows,
                [
                    &at,
                    market,
                    side,
                    &trade.price.to_string(),
                    &trade.shares.to_string(),
                ],
            )?;
        }
    }
    Ok(())
}

fn inferences(tape: &Tape, rows: &mut Rows<'_>) -> io::Result<()> {
    let (names, priced) = (Known::names_by_link(tape), priced_topics(tape));
    let with_topics = !priced.is_empty();
    let header = ["published_at", "worker", "market", "value", "topic"];
    rows.write_record(header.iter().take(if with_topics { 5 } else { 4 }))?;
    for TapeRecord { at, input } in &tape.records {
        let Input::Inference(inference) = input else {
            continue;
        };
        let key = (inference.topic.0, inference.epoch.0, inference.label);
        let topic = priced.get(&inference.topic);
        let market = match topic {
            Some(topic) if topic.objective.schedule.epoch_at(*at) == Some(inference.epoch) => "",
            Some(_) => return Err(invalid("an inference of a round that is not the newest")),
            None => names
                .get(&key)
                .copied()
                .ok_or_else(|| invalid("an inference without a market"))?,
        };
        let worker = tape
            .workers
            .iter()
            .find(|worker| worker.id == inference.worker);
        let worker = worker.ok_or_else(|| invalid("an inference of an unlisted worker"))?;
        let (at, value) = (time(*at), inference.value.to_string());
        let cells = [&at, &worker.name, market, &value];
        let topic = topic.map_or("", |topic| &topic.name);
        rows.write_record(cells.into_iter().chain(with_topics.then_some(topic)))?;
    }
    Ok(())
}

/// Topics whose inferences speak of a price and not of a market.
fn priced_topics(tape: &Tape) -> BTreeMap<TopicId, &Topic> {
    let priced = |topic: &&Topic| topic.objective.predicts.is_priced();
    let topics = tape.topics.iter().filter(priced);
    topics.map(|topic| (topic.id, topic)).collect()
}

fn outcomes(tape: &Tape, rows: &mut Rows<'_>) -> io::Result<()> {
    row(rows, ["market", "resolved_at", "payout"])?;
    for TapeRecord { at, input } in &tape.records {
        if let Input::Resolved(word) = input {
            let payout = micros(word.payout.micros(quorate_domain::Outcome::Yes));
            row(rows, [name_of(tape, word.market)?, &time(*at), &payout])?;
        }
    }
    Ok(())
}
