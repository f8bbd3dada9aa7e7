//! Small tapes as files in memory.
#![allow(dead_code, reason = "every test file uses another part")]

use std::collections::BTreeMap;

use quorate_backtest::input::Diagnostics;
use quorate_backtest::tape::{LoadOptions, LoadedTape, Tape, load};
use quorate_domain::{Input, MarketEvent, Price};

/// Files by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) const MARKETS: &str = "market,tick,fee_rate\na,0.01,0.07\nb,0.01,0\n";
pub(crate) const OUTCOMES: &str =
    "market,resolved_at,payout\na,2027-01-15T08:00:00Z,1\nb,2027-01-15T08:00:00Z,0\n";

/// Two markets, one quote, two outcomes.
pub(crate) fn minimal() -> Files {
    let files = [
        ("markets.csv", MARKETS),
        ("quotes.csv", "at,market,bid,ask\n1700000100,a,0.4,0.5\n"),
        ("outcomes.csv", OUTCOMES),
    ];
    files
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .collect()
}

pub(crate) fn load_files(files: &Files) -> Result<LoadedTape, Diagnostics> {
    load_with(files, &LoadOptions::default())
}

pub(crate) fn load_with(files: &Files, options: &LoadOptions) -> Result<LoadedTape, Diagnostics> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    load(folder.path(), options)
}

/// Best bid and ask of every snapshot.
pub(crate) fn touches(tape: &Tape) -> Vec<(Option<Price>, Option<Price>)> {
    let quote = |input: &Input| match input {
        Input::Market(news) => match &news.event {
            MarketEvent::Snapshot { bids, asks } => {
                Some((bids.first().map(|l| l.price), asks.first().map(|l| l.price)))
            }
            _ => None,
        },
        _ => None,
    };
    tape.records
        .iter()
        .filter_map(|record| quote(&record.input))
        .collect()
}
