//! The market maker and the arbitrage of complements, as run files name them.

use std::path::Path;

use quorate_backtest::replay::parse_run_file;
use quorate_backtest::sweep::solo::{everything, solo};
use quorate_backtest::tape::{LoadOptions, LoadedTape, load};
use quorate_domain::{Cash, Liquidity, Outcome, Side};

use crate::common::{Bench, SWEEP};

fn run_of(strategy: &str) -> String {
    format!(
        "run_version = 1\nname = \"x\"\n[tape]\nfolder = \"tape\"\norigin = \"synthetic\"\n[[strategy]]\n{strategy}\n[collective]\nbook_age_max = \"6h\"\ninference_age_max = \"1d\"\n[sizing]\nscenarios = 200\n"
    )
}

#[test]
fn a_market_maker_quotes_both_ways_and_never_takes() {
    let bench = Bench::new(3, SWEEP);
    let text = run_of("kind = \"market_maker\"\nmargin = \"1c\"\nskew = \"2c\"");
    let spec = parse_run_file("run.toml", &text, Path::new("")).unwrap();
    let ran = solo(&spec, &bench.loaded, &everything).unwrap();
    let fills = &ran.recorder.fills;
    let of = |side| fills.iter().filter(|it| it.fill.side == side).count();
    assert!(
        of(Side::Buy) > 0 && of(Side::Sell) > 0,
        "{} {}",
        of(Side::Buy),
        of(Side::Sell)
    );
    assert!(fills.iter().all(|it| it.fill.liquidity == Liquidity::Maker));
}

/// One market whose two sides cost a dollar and two cents together.
fn dear_pair() -> LoadedTape {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    file(
        "markets.csv",
        "market,topic,tick,fee_rate,closes_at\nrain,weather,0.01,0,2025-03-02T00:00:00Z\n",
    );
    file(
        "quotes.csv",
        "at,market,bid,ask,bid_shares,ask_shares\n2025-03-01T08:00:00Z,rain,0.40,0.42,500,500\n",
    );
    file(
        "inferences.csv",
        "published_at,worker,market,value\n2025-03-01T07:00:00Z,radar,rain,0.41\n",
    );
    file(
        "outcomes.csv",
        "market,resolved_at,payout\nrain,2025-03-02T00:10:00Z,1\n",
    );
    load(folder.path(), &LoadOptions::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn a_pair_that_costs_more_than_a_dollar_is_left_alone() {
    let spec = parse_run_file(
        "run.toml",
        &run_of("kind = \"complement_arbitrage\""),
        Path::new(""),
    );
    let ran = solo(&spec.unwrap(), &dear_pair(), &everything).unwrap();
    assert_eq!((ran.recorder.placed, ran.markets.len()), (0, 0));
}

/// Three candidates of one office, of whom at most one wins: their NOs cost 60, 61 and 62 cents together with a promise of
/// two dollars.
fn cheap_group() -> LoadedTape {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let mut markets = String::from("market,topic,group,tick,fee_rate,closes_at\n");
    let mut quotes = String::from("at,market,bid,ask,bid_shares,ask_shares\n");
    let mut inferences = String::from("published_at,worker,market,value\n");
    let mut outcomes = String::from("market,resolved_at,payout\n");
    for (name, bid, ask, payout) in [("a", 40, 42, 1), ("b", 39, 41, 0), ("c", 38, 40, 0)] {
        markets += &format!("{name},office,office,0.01,0,2025-03-02T00:00:00Z\n");
        quotes += &format!("2025-03-01T08:00:00Z,{name},0.{bid},0.{ask},500,500\n");
        inferences += &format!("2025-03-01T07:00:00Z,radar,{name},0.33\n");
        outcomes += &format!("{name},2025-03-02T00:10:00Z,{payout}\n");
    }
    file("markets.csv", &markets);
    file("quotes.csv", &quotes);
    file("inferences.csv", &inferences);
    file("outcomes.csv", &outcomes);
    load(folder.path(), &LoadOptions::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn the_nos_of_a_group_that_cost_less_than_they_must_pay_are_bought_and_pay() {
    let spec = parse_run_file(
        "run.toml",
        &run_of("kind = \"complement_arbitrage\""),
        Path::new(""),
    );
    let ran = solo(&spec.unwrap(), &cheap_group(), &everything).unwrap();
    assert_eq!(
        ran.markets.len(),
        3,
        "all legs are bought: {:?}",
        ran.markets
    );
    for it in &ran.recorder.fills {
        assert_eq!(
            (it.fill.side, it.fill.token.outcome),
            (Side::Buy, Outcome::No)
        );
    }
    let total: Cash = ran.markets.iter().map(|it| it.pnl).sum();
    assert!(Cash::ZERO < total, "{:?}", ran.markets);
}
