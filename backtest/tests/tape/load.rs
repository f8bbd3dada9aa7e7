//! A good tape loads in one order of time; the documented example is one.

use crate::common::{Files, load_files, load_with, minimal};
use quorate_backtest::input::format_rfc3339;
use quorate_backtest::tape::{LoadOptions, OffTick, Tape, Unresolved, write};
use quorate_domain::{
    Coverage, Input, Level, LinkSense, MarketEvent, Payout, Price, Shares, TickSize,
};

/// The files in the fenced blocks of the format's documentation.
fn documented() -> Files {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/data-formats.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut files = Files::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix("```csv ") else {
            continue;
        };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        files.insert(
            name.to_owned(),
            format!("{}\n", body.join("\n")).into_bytes(),
        );
    }
    files
}

fn level(price: &str, shares: &str) -> Level {
    Level {
        price: Price::parse(price).unwrap(),
        shares: Shares::parse(shares).unwrap(),
    }
}

/// One word per record: its time and kind.
fn outline(tape: &Tape) -> Vec<String> {
    let kind = |input: &Input| match input {
        Input::Market(news) => {
            let name = &tape.market(news.market).unwrap().market.name;
            let event = match &news.event {
                MarketEvent::Snapshot { bids, asks } => format!("{}/{}", bids.len(), asks.len()),
                MarketEvent::Level { level, .. } => format!("level {}", level.price),
                MarketEvent::Trade(_) => "trade".to_owned(),
                MarketEvent::TickSize(_) => "tick".to_owned(),
                other => format!("{other:?}").to_lowercase(),
            };
            format!("{name} {event}")
        }
        Input::Inference(inference) => format!("says {}", inference.value),
        Input::Resolved(_) => "resolved".to_owned(),
        other => format!("{other:?}"),
    };
    let time = |nanos| format_rfc3339(nanos)[8..].trim_end_matches('Z').to_owned();
    tape.records
        .iter()
        .map(|r| format!("{} {}", time(r.at.nanos()), kind(&r.input)))
        .collect()
}

#[test]
fn the_documented_example_loads_as_described() {
    let loaded = load_files(&documented()).unwrap();
    let wanted = [
        "01T08:00:00 says 0.61",
        "01T08:00:00 says 0.37",
        "01T08:30:00 says 0.28",
        "01T09:00:00 alder 1/1",
        "01T09:00:00 birch 1/1",
        "01T09:00:00 rain 2/1",
        "01T09:00:07 rain trade",
        "01T09:00:07.25 rain level 0.312",
        "01T09:00:07.25 rain level 0.315",
        "02T00:10:00 resolved",
        "02T19:59:00 alder 1/0",
        "02T22:00:00 resolved",
        "02T22:00:00 resolved",
    ];
    assert_eq!(outline(&loaded.tape), wanted);
    let tape = &loaded.tape;
    let [alder, birch, rain] =
        ["alder", "birch", "rain"].map(|name| tape.market_named(name).unwrap());
    assert_eq!(alder.market.group, birch.market.group);
    assert_eq!(tape.groups[0].coverage, Coverage::WithOther);
    let links = [alder, birch, rain].map(|listed| listed.market.link.unwrap());
    assert_eq!(
        (links[0].epoch, links[0].label.0, links[1].label.0),
        (links[1].epoch, 0, 1)
    );
    assert_ne!(links[0].topic, links[2].topic);
    assert_eq!(rain.market.tick, TickSize::parse("0.001").unwrap());
    assert_eq!(rain.market.shares_min, Shares::whole(5));
    assert_eq!(alder.market.fee.rate_ppm, 40_000);
    assert_eq!(alder.category.as_deref(), Some("politics"));
    assert_eq!(tape.listings().count(), 1 + 2 + 2 + 3);
    assert_eq!(loaded.assumptions.sizes_assumed, 0);
}

#[test]
fn columns_of_a_market_are_read_in_their_units() {
    let mut files = minimal();
    let markets = "market,group,exhaustive,question,topic,epoch,label,complement,tick,min_shares,min_marketable_buy,fee_rate,fee_exponent,rebate_share,opens_at,closes_at,category,correlated_set,loading\n\
        a,g,true,\"Who, then?\",t,7,win,true,0.0025,2.5,0.5,0.07,2,0.2,1700000000,1800000000,c,s,-0.5\n\
        b,g,true,,t,7,win,false,0.01,,,0,,,,,,s,0.25\n";
    files.insert("markets.csv".into(), markets.into());
    files.insert(
        "outcomes.csv".into(),
        "market,resolved_at,payout\na,1800000000,0\nb,1800000000,1\n".into(),
    );
    let tape = load_files(&files).unwrap().tape;
    let a = &tape.markets[0].market;
    assert_eq!(
        (a.question.as_str(), a.tick.micros(), a.shares_min.micros()),
        ("Who, then?", 2_500, 2_500_000)
    );
    assert_eq!(
        (a.fee.rate_ppm, a.fee.exponent, a.fee.rebate_share_ppm),
        (70_000, 2, 200_000)
    );
    assert_eq!((a.marketable_buy_min.micros(), a.loading), (500_000, -0.5));
    assert_eq!(
        (a.opens_at.unwrap().secs(), a.closes_at.unwrap().secs()),
        (1_700_000_000, 1_800_000_000)
    );
    let (a_link, b_link) = (a.link.unwrap(), tape.markets[1].market.link.unwrap());
    assert_eq!(
        (a_link.epoch, a_link.label, a_link.sense),
        (b_link.epoch, b_link.label, LinkSense::Complement)
    );
    assert_eq!(tape.groups[0].coverage, Coverage::Exhaustive);
    assert_eq!((tape.sets.len(), tape.epochs[0].labels.len()), (1, 1));
}

#[test]
fn at_one_time_kinds_keep_their_fixed_order() {
    let mut files = minimal();
    files.insert(
        "quotes.csv".into(),
        "at,market,bid,ask,bid_shares,ask_shares\n1700000005,a,0.4,0.5,1,1\n".into(),
    );
    files.insert(
        "books.csv".into(),
        "at,market,event,side,price,shares\n1700000005,b,gap,,,\n1700000005,b,snapshot,,,\n1700000005,b,closed,,,\n".into(),
    );
    files.insert(
        "trades.csv".into(),
        "at,market,side,price,shares\n1700000005,a,sell,0.4,1\n".into(),
    );
    files.insert(
        "ticks.csv".into(),
        "at,market,tick\n1700000005,a,0.1\n".into(),
    );
    files.insert(
        "inferences.csv".into(),
        "published_at,worker,market,value\n1700000005,w,a,0.5\n".into(),
    );
    files.insert(
        "outcomes.csv".into(),
        "market,resolved_at,payout\nb,1700000006,0.5\na,1700000005,0\n".into(),
    );
    let tape = load_files(&files).unwrap().tape;
    let kinds: Vec<String> = outline(&tape)
        .iter()
        .map(|line| line[12..].to_owned())
        .collect();
    assert_eq!(
        kinds,
        [
            "a tick", "a 1/1", "b gap", "b 0/0", "b closed", "a trade", "says 0.5", "resolved",
            "resolved"
        ]
    );
}

#[test]
fn empty_prices_are_empty_sides_and_unknown_sizes_are_counted() {
    let mut files = minimal();
    let quotes = "at,market,bid,ask,bid_shares,ask_shares\n1700000001,a,0.4,,7,\n1700000002,a,,0.5,,\n1700000003,a,,,,\n1700000004,a,0.4,0.5,0,3\n";
    files.insert("quotes.csv".into(), quotes.into());
    let loaded = load_files(&files).unwrap();
    let halves = loaded
        .tape
        .records
        .iter()
        .filter_map(|record| match &record.input {
            Input::Market(news) => match &news.event {
                MarketEvent::Snapshot { bids, asks } => Some((bids.clone(), asks.clone())),
                _ => None,
            },
            _ => None,
        });
    let wanted = [
        (vec![level("0.4", "7")], vec![]),
        (vec![], vec![level("0.5", "1000")]),
        (vec![], vec![]),
        (vec![], vec![level("0.5", "3")]),
    ];
    assert_eq!(halves.collect::<Vec<_>>(), wanted);
    assert_eq!(loaded.assumptions.sizes_assumed, 1);
}

#[test]
fn a_midpoint_becomes_a_quote_that_is_never_narrower_than_the_spread() {
    let mut files = minimal();
    files.insert(
        "quotes.csv".into(),
        "at,market,mid\n1700000001,a,0.5\n1700000002,a,0.123456789\n1700000003,a,0.995\n1700000004,a,\n".into(),
    );
    let loaded = load_files(&files).unwrap();
    let prices = crate::common::touches(&loaded.tape);
    let price = |text: &str| Some(Price::parse(text).unwrap());
    let wanted = [
        (price("0.49"), price("0.51")),
        (price("0.11"), price("0.14")),
        (price("0.98"), None),
        (None, None),
    ];
    assert_eq!(prices, wanted);
    assert_eq!(loaded.assumptions.quotes_from_mid, 3);
}

#[test]
fn a_midpoint_is_never_traded_at_even_if_no_spread_is_asked_for() {
    let mut files = minimal();
    let quotes = "at,market,mid\n1700000001,a,0.5\n";
    files.insert("quotes.csv".into(), quotes.into());
    let options = LoadOptions {
        mid_half_spread_micros: 0,
        ..LoadOptions::default()
    };
    let prices = crate::common::touches(&load_with(&files, &options).unwrap().tape);
    let price = |text: &str| Some(Price::parse(text).unwrap());
    assert_eq!(prices, [(price("0.49"), price("0.51"))]);
}

#[test]
fn snapping_moves_prices_away_from_a_better_result() {
    let mut files = minimal();
    files.insert(
        "quotes.csv".into(),
        "at,market,bid,ask\n1700000001,a,0.405,0.415\n".into(),
    );
    files.insert(
        "trades.csv".into(),
        "at,market,side,price,shares\n1700000002,a,buy,0.415,1\n1700000003,a,sell,0.415,1\n".into(),
    );
    let options = LoadOptions {
        off_tick: OffTick::Snap,
        ..LoadOptions::default()
    };
    let loaded = load_with(&files, &options).unwrap();
    let price = |text: &str| Some(Price::parse(text).unwrap());
    assert_eq!(
        crate::common::touches(&loaded.tape),
        [(price("0.4"), price("0.42"))]
    );
    let trades: Vec<String> = loaded
        .tape
        .records
        .iter()
        .filter_map(|record| match &record.input {
            Input::Market(news) => match &news.event {
                MarketEvent::Trade(trade) => Some(trade.price.to_string()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(trades, ["0.41", "0.42"]);
    assert_eq!(loaded.assumptions.prices_snapped, 4);
}

#[test]
fn a_finer_tick_counts_from_its_own_moment() {
    let mut files = minimal();
    files.insert(
        "ticks.csv".into(),
        "at,market,tick\n1700000002,a,0.001\n".into(),
    );
    files.insert(
        "quotes.csv".into(),
        "at,market,bid,ask\n1700000001,a,0.4,0.5\n1700000002,a,0.401,0.402\n".into(),
    );
    assert!(load_files(&files).is_ok());
}

#[test]
fn unresolved_markets_load_when_they_are_to_be_marked() {
    let mut files = minimal();
    files.insert(
        "markets.csv".into(),
        "market,tick,fee_rate,closes_at\na,0.01,0,1700000001\nb,0.01,0,\n".into(),
    );
    files.insert(
        "outcomes.csv".into(),
        "market,resolved_at,payout\nb,1800000000,1\n".into(),
    );
    assert!(load_files(&files).is_err());
    let options = LoadOptions {
        unresolved: Unresolved::Mark,
        ..LoadOptions::default()
    };
    let loaded = load_with(&files, &options).unwrap();
    assert_eq!(loaded.assumptions.markets_unresolved, 1);
}

#[test]
fn gzip_changes_the_hash_but_not_the_tape() {
    let plain = documented();
    let mut zipped = plain.clone();
    let quotes = zipped.remove("quotes.csv").unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, &quotes).unwrap();
    zipped.insert("quotes.csv.gz".into(), encoder.finish().unwrap());
    let (a, again, b) = (
        load_files(&plain).unwrap(),
        load_files(&plain).unwrap(),
        load_files(&zipped).unwrap(),
    );
    assert_eq!((a.tape.clone(), a.hash), (again.tape, again.hash));
    assert_eq!(a.tape, b.tape);
    assert_ne!(a.hash, b.hash);
    assert_eq!(a.hash.to_string().len(), 64);
}

#[test]
fn payouts_between_zero_and_one_are_kept() {
    let loaded = load_files(&documented()).unwrap();
    let payouts: Vec<Payout> = loaded
        .tape
        .records
        .iter()
        .filter_map(|record| match &record.input {
            Input::Resolved(word) => Some(word.payout),
            _ => None,
        })
        .collect();
    assert_eq!(payouts, [Payout::HALF, Payout::YES, Payout::NO]);
}

#[test]
fn what_cannot_be_on_a_tape_is_not_written() {
    let mut tape = load_files(&minimal()).unwrap().tape;
    let at = tape.records[0].at;
    tape.records.push(quorate_backtest::tape::TapeRecord {
        at,
        input: Input::Wake,
    });
    let folder = tempfile::tempdir().unwrap();
    assert!(write(&tape, folder.path()).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
