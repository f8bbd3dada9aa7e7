//! Recorded five-minute markets, replayed: takers get the recorded price of the moment of their arrival, an empty side
//! fills nobody, and the account after redemption is the sum of what was told.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command as Process;
use std::time::Duration;

use common::*;
use quorate_domain::{
    AccountInput, Cash, Command, FeeSchedule, Level, Market, MarketEvent, MarketInput, Outcome,
    Payout, Price, Resolution, Rounding, Shares, Side, TickSize, TimeInForce, Timestamp,
};
use quorate_venue::{Exchange, VenueConfig};

struct Quote {
    at: Timestamp,
    bid: Option<Level>,
    ask: Option<Level>,
}

struct Window {
    quotes: Vec<Quote>,
    payout: Payout,
}

/// The recorded windows with a known winner; `None` when the data or `gzip` is not on this machine.
fn windows() -> Option<BTreeMap<String, Window>> {
    let root = std::env::var_os("QUORATE_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let file = root.join("btc_updown_5m_book_snapshots_2026-02/book_snapshots.csv.gz");
    if !file.exists() {
        return None;
    }
    let text = Process::new("gzip").arg("-dc").arg(file).output().ok()?;
    let mut windows: BTreeMap<String, Window> = BTreeMap::new();
    for line in String::from_utf8(text.stdout).unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let payout = match cells[15] {
            "up" => Payout::YES,
            "down" => Payout::NO,
            _ => continue,
        };
        let window = windows.entry(cells[11].into()).or_insert(Window {
            quotes: Vec::new(),
            payout,
        });
        window.quotes.push(Quote {
            at: Timestamp::from_nanos((cells[0].parse::<f64>().unwrap() * 1e9) as u64),
            bid: level(cells[2], cells[4]),
            ask: level(cells[3], cells[5]),
        });
    }
    Some(windows)
}

fn level(price: &str, depth: &str) -> Option<Level> {
    let price = Price::parse(price).ok()?;
    let shares = Shares::floor_from_f64(depth.parse().ok()?);
    Some(Level { price, shares })
}

fn terms() -> Market {
    Market {
        tick: TickSize::parse("0.001").unwrap(),
        fee: FeeSchedule {
            rate_ppm: 70_000,
            ..FeeSchedule::NONE
        },
        ..market()
    }
}

/// Buys five shares of either outcome after every tenth quote; returns the answers, redemption included.
fn replay(window: &Window) -> (Exchange, Vec<(Timestamp, AccountInput)>) {
    let mut exchange = Exchange::new(VenueConfig {
        submit_latency: Duration::from_secs(2),
        ..prompt()
    });
    let mut out = Vec::new();
    exchange.list(terms());
    exchange.deposit(ms(0), Cash::whole(1_000));
    for (index, quote) in (0..).zip(&window.quotes) {
        let event = MarketEvent::Snapshot {
            bids: quote.bid.into_iter().collect(),
            asks: quote.ask.into_iter().collect(),
        };
        let market = MARKET;
        exchange.observe(quote.at, &MarketInput { market, event });
        if index % 10 == 0 {
            for (half, token) in [YES, NO].into_iter().enumerate() {
                let order = order(index * 2 + half as u32, token, Side::Buy, "0.99", "5");
                let order = with(order, TimeInForce::Fak);
                exchange.submit(quote.at, &Command::Place(order));
            }
        }
        exchange.advance(quote.at, &mut out);
    }
    let (market, payout) = (MARKET, window.payout);
    let end = window
        .quotes
        .last()
        .unwrap()
        .at
        .plus(Duration::from_secs(60));
    exchange.resolve(end, Resolution { market, payout });
    exchange.submit(end, &Command::Redeem(market));
    exchange.advance(end.plus(Duration::from_secs(60)), &mut out);
    (exchange, out)
}

/// The best price that a buyer of `outcome` saw on the recording at `at`.
fn recorded(window: &Window, at: Timestamp, outcome: Outcome) -> Option<Price> {
    let quote = window.quotes.iter().rfind(|quote| quote.at <= at)?;
    match outcome {
        Outcome::Yes => quote.ask.map(|level| level.price),
        Outcome::No => quote.bid.map(|level| level.price.complement()),
    }
}

#[test]
fn real_data_windows_fill_at_recorded_prices_and_balance() {
    let Some(windows) = windows() else {
        println!("skipped: the recorded data (QUORATE_DATA) is not on this machine");
        return;
    };
    let (mut fills, mut unfilled) = (0, 0);
    for window in windows.values() {
        let (exchange, answers) = replay(window);
        let mut cash = Cash::ZERO;
        for (at, answer) in &answers {
            match answer {
                AccountInput::Deposited(amount) => cash += *amount,
                AccountInput::Filled(fill) => {
                    let seen = recorded(window, *at, fill.token.outcome);
                    assert_eq!(Some(fill.price), seen);
                    cash -= fill.shares.at(fill.price, Rounding::Up) + fill.fee;
                    fills += 1;
                }
                AccountInput::Redeemed { cash: paid, .. } => cash += *paid,
                AccountInput::Cancelled { .. } => unfilled += 1,
                AccountInput::Settled { .. } => {}
                other => panic!("not expected here: {other:?}"),
            }
        }
        assert_eq!(exchange.cash(), cash);
        assert_eq!(exchange.holding(YES), Default::default());
        assert_eq!(exchange.holding(NO), Default::default());
    }
    println!(
        "{} windows, {fills} fills, {unfilled} unfilled",
        windows.len()
    );
    assert!(fills > 100 && unfilled > 0);
}
