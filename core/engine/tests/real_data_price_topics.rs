//! One day of the settlement feed of five-minute windows: the recorded opening is the official strike, the last price the
//! official outcome, and probabilities from nothing but a learned scale mean what they say.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod price_support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use price_support::{AGE_MAX, TOPIC, market, return_topic, said, topic};
use quorate_domain::{
    MarketId, Objective, PriceCondition, ReferencePrice, Schedule, Ties, Timestamp,
};
use quorate_engine::prices::units::Seen;
use quorate_engine::prices::watch::{Opening, Watch};
use quorate_engine::prices::{PriceConfig, Prices, Voice};

const MIDNIGHT: u64 = 1_780_876_800;
const WINDOW: u64 = 300;
const UP_DOWN: PriceCondition = PriceCondition::UpDown {
    ties: Ties::Yes,
    average_secs: 0,
};

fn millis(at: u64) -> Timestamp {
    Timestamp::from_nanos(at * 1_000_000)
}

struct Tick {
    price: ReferencePrice,
    received: Timestamp,
}

struct Window {
    opens: u64,
    up: bool,
    strike_micros: i64,
}

fn micros(text: &str) -> i64 {
    (text.parse::<f64>().unwrap() * 1e6).round() as i64
}

fn recorded() -> Option<(Vec<Tick>, Vec<Window>)> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let root = std::env::var_os("QUORATE_DATA").map_or_else(|| default.into(), PathBuf::from);
    let folder = root.join("btc_updown_5m_chainlink_settlement");
    let feed = folder.join("chainlink_btcusd_1hz.csv.gz");
    if !feed.exists() {
        return None;
    }
    let text = Command::new("gzip").arg("-dc").arg(feed).output().ok()?;
    let text = String::from_utf8(text.stdout).unwrap();
    let mut ticks: Vec<Tick> = text
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let price = ReferencePrice {
                topic: TOPIC,
                price_micros: micros(cells[1]),
                observed_at: millis(cells[0].parse().unwrap()),
            };
            let received = millis(cells[3].parse().unwrap());
            Tick { price, received }
        })
        .collect();
    ticks.sort_by_key(|tick| tick.received);
    let text = std::fs::read_to_string(folder.join("markets.csv")).unwrap();
    let windows = text.lines().skip(1).filter_map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let opens = cells[2].parse().unwrap();
        // Without a strike there was no tick at the opening.
        let is_known = !cells[6].is_empty() && MIDNIGHT <= opens && cells[4] == "true";
        is_known.then(|| Window {
            opens,
            up: cells[5] == "1",
            strike_micros: micros(cells[6]),
        })
    });
    Some((ticks, windows.collect()))
}

fn prices() -> Prices {
    let objective = Objective {
        schedule: Schedule {
            origin: Timestamp::from_secs(MIDNIGHT),
            truth_lag: Duration::from_secs(60),
            ..return_topic().schedule
        },
        ..return_topic()
    };
    let mut prices = Prices::default();
    let start = Timestamp::from_secs(MIDNIGHT);
    let config = PriceConfig::default();
    prices.list(&topic(objective), &config, start).unwrap();
    prices
}

#[test]
fn real_data_windows_open_at_the_strike_and_end_as_they_were_settled() {
    let Some((ticks, windows)) = recorded() else {
        println!("skipped: the recorded data (QUORATE_DATA) is not on this machine");
        return;
    };
    let age_max = Duration::from_secs(60);
    let (mut on_time, mut same_strike, mut same_outcome) = (0, 0, 0);
    for window in &windows {
        let (opens, closes) = (window.opens, window.opens + WINDOW);
        let [opens, closes] = [opens, closes].map(Timestamp::from_secs);
        let mut watch = Watch::new(UP_DOWN, Some(opens), closes, None);
        let around = |tick: &&Tick| {
            opens <= tick.price.observed_at
                && tick.price.observed_at <= closes.plus(Duration::from_secs(60))
        };
        for tick in ticks.iter().filter(around) {
            let seen = Seen {
                micros: tick.price.price_micros,
                at: tick.price.observed_at,
            };
            watch.see(seen, age_max);
        }
        if let (Opening::At(opening), Some(last)) = (watch.opening, watch.last) {
            // Three openings fall into holes of the feed: what came first after them is no strike.
            if opening.at == opens {
                on_time += 1;
                same_strike += usize::from((opening.micros - window.strike_micros).abs() <= 1);
            }
            same_outcome += usize::from((window.strike_micros <= last.micros) == window.up);
        }
    }
    let n = windows.len();
    println!("{n} windows, {on_time} opened on time, {same_outcome} with the official outcome");
    assert!(280 <= on_time, "{on_time} of {n} windows");
    assert_eq!(same_strike, on_time);
    // Where the last second has no tick, the outcome cannot be proved from the feed.
    assert!(n - same_outcome <= 3, "{same_outcome} of {n}");
}

#[test]
fn real_data_probabilities_of_a_learned_scale_are_calibrated() {
    let Some((ticks, windows)) = recorded() else {
        println!("skipped: the recorded data (QUORATE_DATA) is not on this machine");
        return;
    };
    let mut prices = prices();
    let mut ids = BTreeMap::new();
    for (id, window) in (0..).zip(&windows) {
        let [opens, closes] = [window.opens, window.opens + WINDOW].map(Timestamp::from_secs);
        let listed = market(id, UP_DOWN, opens, closes);
        prices.watch(&listed, Timestamp::from_secs(MIDNIGHT - 1));
        ids.insert(window.opens, (MarketId(id), window.up));
    }
    // Somebody says every round that nothing changes; probabilities are taken down at three moments of each window.
    let mut said_so: Vec<(u64, f64, bool)> = Vec::new();
    let mut second = MIDNIGHT;
    for tick in &ticks {
        while Timestamp::from_secs(second) <= tick.received {
            let (round, into) = ((second - MIDNIGHT) / WINDOW, (second - MIDNIGHT) % WINDOW);
            let now = Timestamp::from_secs(second);
            if into == 5 {
                prices.hear(&said(round, 1, 0.0, now), now).unwrap();
            }
            prices.settle_due(now);
            if let Some((id, up)) = ids
                .get(&(second - into))
                .filter(|_| [60, 150, 240].contains(&into))
                && let Ok(priced) = prices.price(TOPIC, *id, Voice::Collective, (now, AGE_MAX))
            {
                said_so.push((into, priced.probability, *up));
            }
            second += 1;
        }
        prices.see(&tick.price, tick.received).unwrap();
    }
    assert!(600 < said_so.len(), "{} probabilities", said_so.len());
    for bin in 0..5 {
        let own: Vec<_> = said_so
            .iter()
            .filter(|(_, p, _)| ((p * 5.0) as usize).min(4) == bin)
            .collect();
        let n = own.len() as f64;
        let p = own.iter().map(|(_, p, _)| p).sum::<f64>() / n;
        let yes = own.iter().filter(|(.., up)| *up).count() as f64 / n;
        println!("said {p:.3}, came true {yes:.3} of {n}");
        // Three moments of one window are hardly more than one draw.
        let error = (3.0 * p * (1.0 - p) / n).sqrt();
        assert!(
            (p - yes).abs() < 3.0 * error,
            "said {p:.3}, came true {yes:.3} of {n}"
        );
    }
    for (moment, most) in [(60, 0.69), (150, 0.58), (240, 0.42)] {
        let own: Vec<_> = said_so.iter().filter(|row| row.0 == moment).collect();
        let loss = |(_, p, up): &&(u64, f64, bool)| -libm::log(if *up { *p } else { 1.0 - p });
        let mean = own.iter().map(loss).sum::<f64>() / own.len() as f64;
        println!("{moment} s into the window: log loss {mean:.4}");
        assert!(mean < most, "{moment} s: log loss {mean}");
    }
}
