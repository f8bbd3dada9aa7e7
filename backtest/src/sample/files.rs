//! A world as a folder of CSV files: the tape format that every other tape has too.

use std::fs;
use std::io::{self, Write};
use std::path::Path as FilePath;

use quorate_domain::{BookSide, Level, MarketEvent, Side, Timestamp};

use super::question::SampleMarket;
use super::workers::WORKERS;
use super::{World, readme};
use crate::input::{format_micros, format_rfc3339, write_atomically};

/// Writes a world into a folder, which is made if need be: `markets.csv`, `ticks.csv`, `books.csv`, `trades.csv`,
/// `inferences.csv`, `outcomes.csv` and `README.txt`. Files of these names are replaced.
///
/// # Errors
/// Whatever the file system reports.
pub fn write(world: &World, folder: &FilePath) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    write_atomically(&folder.join("markets.csv"), |out| markets(world, out))?;
    write_atomically(&folder.join("ticks.csv"), |out| ticks(world, out))?;
    write_atomically(&folder.join("books.csv"), |out| books(world, out))?;
    write_atomically(&folder.join("trades.csv"), |out| trades(world, out))?;
    write_atomically(&folder.join("inferences.csv"), |out| inferences(world, out))?;
    write_atomically(&folder.join("outcomes.csv"), |out| outcomes(world, out))?;
    write_atomically(&folder.join("README.txt"), |out| {
        out.write_all(readme::text(world).as_bytes())
    })
}

fn time(at: Timestamp) -> String {
    format_rfc3339(at.nanos())
}

fn millionths(ppm: u32) -> String {
    format_micros(i64::from(ppm))
}

fn markets(world: &World, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "market,group,question,topic,epoch,complement,tick,min_shares,fee_rate,fee_exponent,rebate_share,\
         opens_at,closes_at,category,correlated_set,loading"
    )?;
    world
        .truth
        .markets
        .iter()
        .try_for_each(|market| market_row(market, out))
}

/// Names and questions of a sample world hold no comma, quote or line break, so no cell needs quoting.
fn market_row(market: &SampleMarket, out: &mut impl Write) -> io::Result<()> {
    let (set, loading) = match market.correlated {
        Some((set, loading)) => (set, loading.to_string()),
        None => ("", String::new()),
    };
    writeln!(
        out,
        "{},{},{},{},{},false,{},5,{},{},{},{},{},{},{set},{loading}",
        market.name,
        market.group.unwrap_or_default(),
        market.question,
        market.topic,
        market.epoch,
        market.tick,
        millionths(market.fee.rate_ppm),
        market.fee.exponent,
        millionths(market.fee.rebate_share_ppm),
        time(market.opens_at),
        time(market.closes_at),
        market.category,
    )
}

/// Every market input with its time and the name of its market.
fn inputs(world: &World) -> impl Iterator<Item = (Timestamp, &str, &MarketEvent)> {
    world.market_inputs.iter().map(|(at, input)| {
        let market = &world.truth.markets[input.market.0 as usize];
        (*at, market.name.as_str(), &input.event)
    })
}

fn ticks(world: &World, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "at,market,tick")?;
    for (at, market, event) in inputs(world) {
        if let MarketEvent::TickSize(tick) = event {
            writeln!(
                out,
                "{},{market},{}",
                time(at),
                format_micros(i64::from(tick.micros()))
            )?;
        }
    }
    Ok(())
}

fn books(world: &World, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "at,market,event,side,price,shares")?;
    for (at, market, event) in inputs(world) {
        let mut row = |kind: &str, side: BookSide, level: &Level| {
            let (at, side) = (time(at), side_text(side));
            writeln!(
                out,
                "{at},{market},{kind},{side},{},{}",
                level.price, level.shares
            )
        };
        match event {
            MarketEvent::Snapshot { bids, asks } => {
                bids.iter()
                    .try_for_each(|level| row("snapshot", BookSide::Bid, level))?;
                asks.iter()
                    .try_for_each(|level| row("snapshot", BookSide::Ask, level))?;
            }
            MarketEvent::Level { side, level } => row("level", *side, level)?,
            _ => {}
        }
    }
    Ok(())
}

fn side_text(side: BookSide) -> &'static str {
    match side {
        BookSide::Bid => "bid",
        BookSide::Ask => "ask",
    }
}

fn trades(world: &World, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "at,market,side,price,shares")?;
    for (at, market, event) in inputs(world) {
        if let MarketEvent::Trade(trade) = event {
            let side = match trade.taker {
                Side::Buy => "buy",
                Side::Sell => "sell",
            };
            writeln!(
                out,
                "{},{market},{side},{},{}",
                time(at),
                trade.price,
                trade.shares
            )?;
        }
    }
    Ok(())
}

fn inferences(world: &World, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "published_at,worker,market,value")?;
    for inference in &world.inferences {
        let market = &world.truth.markets[inference.market.0 as usize].name;
        let worker = WORKERS[inference.worker].name;
        writeln!(
            out,
            "{},{worker},{market},{}",
            time(inference.published_at),
            inference.value
        )?;
    }
    Ok(())
}

fn outcomes(world: &World, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "market,resolved_at,payout")?;
    for market in &world.truth.markets {
        writeln!(
            out,
            "{},{},{}",
            market.name,
            time(market.resolves_at),
            market.payout.to_f64()
        )?;
    }
    Ok(())
}
