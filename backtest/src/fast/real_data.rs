//! Recorded five-minute markets through one fan-out: what latency and fees cost, and that an empty side fills nobody.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quorate_domain::{BookSide, Crossing, FeeSchedule, Outcome, Side, TimeInForce};
use quorate_venue::fast::{
    Actions, Answer, Book, DecisionClock, Delay, Event, FanOut, FastFill, Kind, MarketTerms,
    NewOrder, Regime, Strategy, Tick, Ticks, VariantConfig, View, World, complement,
};
use rust_decimal::Decimal;

const SHARE: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
/// A window trades in its last minute only: there books begin to lose a side.
const LAST_PART: u64 = 60 * SECOND;

/// One look at a book: each side is empty or a price.
#[derive(Clone, Copy)]
struct Sample {
    at: u64,
    bid: Option<Ticks>,
    ask: Option<Ticks>,
}

struct Window {
    ends: u64,
    up_won: bool,
    samples: Vec<Sample>,
}

fn data() -> Option<PathBuf> {
    let named = std::env::var_os("QUORATE_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = named.unwrap_or(beside);
    folder.is_dir().then_some(folder)
}

/// The rows of a table, each as its columns by name.
fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let file = std::fs::File::open(path).unwrap();
    let plain: Box<dyn std::io::Read> = if path.extension().is_some_and(|ext| ext == "gz") {
        Box::new(flate2::read::GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut reader = csv::Reader::from_reader(plain);
    reader.deserialize().map(Result::unwrap).collect()
}

/// A decimal times a power of ten, as a whole number.
fn scaled(text: &str, factor: u64) -> Option<u64> {
    let number: Decimal = text.parse().ok()?;
    u64::try_from((number * Decimal::from(factor)).trunc()).ok()
}

fn windows(books: &Path, winners: &BTreeMap<String, bool>) -> Vec<Window> {
    let mut windows: BTreeMap<String, Window> = BTreeMap::new();
    for row in rows(books) {
        let start = &row["window_start"];
        let own = row.get("winner").map(String::as_str);
        let Some(up_won) = winners.get(start).copied().or(match own {
            Some("up") => Some(true),
            Some("down") => Some(false),
            _ => None,
        }) else {
            continue;
        };
        let window = windows.entry(start.clone()).or_insert(Window {
            ends: (start.parse::<u64>().unwrap() + 300) * SECOND,
            up_won,
            samples: Vec::new(),
        });
        let price = |name: &str| {
            let ticks = scaled(&row[name], 10_000).and_then(|ticks| Ticks::try_from(ticks).ok());
            ticks.filter(|ticks| (1..10_000).contains(ticks) && ticks % 10 == 0)
        };
        window.samples.push(Sample {
            at: scaled(&row["ts"], SECOND).unwrap(),
            bid: price("up_bid"),
            ask: price("up_ask"),
        });
    }
    windows.into_values().collect()
}

/// Every window as a market without fees, then again as one with fees; five shares at the best of each side.
fn records(windows: &[Window]) -> Vec<Event> {
    let mut records: Vec<Vec<Event>> = Vec::new();
    for copy in 0..2 {
        for (number, window) in (0..).zip(windows) {
            let market = copy * u32::try_from(windows.len()).unwrap() + number;
            for sample in &window.samples {
                let plain = |kind| Event::plain(kind, market, sample.at, sample.at, 0).continued();
                let mut message = vec![plain(Kind::Clear)];
                for (side, price) in [(BookSide::Bid, sample.bid), (BookSide::Ask, sample.ask)] {
                    let level = plain(Kind::SnapshotLevel);
                    message.extend(price.map(|price| level.at_level(side, price, 5 * SHARE)));
                }
                let last = message.pop().unwrap();
                message.push(last.ending());
                records.push(message);
            }
            let payout = if window.up_won { SHARE } else { 0 };
            let ends = window.ends;
            records.push(vec![Event::plain(
                Kind::Resolved,
                market,
                ends,
                ends,
                payout,
            )]);
        }
    }
    records.sort_by_key(|message| message[0].ts_event);
    records.concat()
}

/// Buys five shares of the likelier side once a window, at any price below a dollar: the order that an imputed price
/// on an empty side would turn into sure money.
struct Favourite {
    ends: Vec<u64>,
    with_fees: bool,
}

impl Strategy for Favourite {
    fn decide(&mut self, view: &View<'_>, actions: &mut Actions<'_>) {
        let count = self.ends.len();
        let copy = view.market as usize / count;
        let ends = self.ends[view.market as usize % count];
        let held = view.position.yes.net() + view.position.no.net();
        let late = view.now + LAST_PART >= ends;
        if !view.open || !late || held != 0 || (copy == 1) != self.with_fees {
            return;
        }
        let outcome = match (view.book.best(BookSide::Bid), view.book.best(BookSide::Ask)) {
            (Some(bid), _) if bid.price >= 5_000 => Outcome::Yes,
            (_, Some(ask)) if ask.price <= 5_000 => Outcome::No,
            _ => return,
        };
        actions.place(&NewOrder {
            market: view.market,
            outcome,
            side: Side::Buy,
            limit: 9_990,
            shares: 5 * SHARE,
            life: TimeInForce::Fak,
            crossing: Crossing::Allowed,
        });
    }
}

/// The fill is at the price that the book showed at that instant, on a side that was not empty.
fn check_fill(windows: &[Window], at: u64, fill: &FastFill) {
    let window = &windows[fill.market as usize % windows.len()];
    let shown = window.samples.iter().rfind(|sample| sample.at <= at);
    let shown = shown.unwrap();
    let price = match fill.outcome {
        Outcome::Yes => shown.ask,
        Outcome::No => shown.bid.map(complement),
    };
    assert_eq!(
        Some(fill.price),
        price,
        "a fill on an empty side, or at another price"
    );
}

fn table(name: &str, windows: &[Window]) {
    let regime = |rate_ppm| Regime {
        fee: FeeSchedule {
            rate_ppm,
            exponent: 1,
            rebate_share_ppm: 200_000,
        },
        ..Regime::FREE
    };
    let terms = |rate| vec![MarketTerms::usual(Tick::Mill, regime(rate)); windows.len()];
    let world = World {
        markets: [terms(0), terms(70_000)].concat(),
        groups: Vec::new(),
        clock: DecisionClock::EachMessage,
    };
    let ends: Vec<u64> = windows.iter().map(|window| window.ends).collect();
    let settings: Vec<(u64, bool)> = [0, 50, 250, 1_000]
        .into_iter()
        .flat_map(|latency| [(latency, false), (latency, true)])
        .collect();
    let variants = (0..).zip(&settings).map(|(key, (latency, with_fees))| {
        let config = VariantConfig {
            key,
            submit: Delay::Constant(latency * 1_000_000),
            ..VariantConfig::default()
        };
        let (ends, with_fees) = (ends.clone(), *with_fees);
        (config, Favourite { ends, with_fees })
    });
    let heard: Vec<(u32, u64, Answer)> = Vec::new();
    let mut run = FanOut::new(world, variants.collect(), heard).unwrap();
    run.push_all(&records(windows)).unwrap();
    run.advance(u64::MAX / 2);
    let mut orders_without_fill = 0;
    for (_, at, answer) in run.witness() {
        match answer {
            Answer::Filled(fill) => check_fill(windows, *at, fill),
            Answer::Cancelled { .. } => orders_without_fill += 1,
            _ => {}
        }
    }
    println!(
        "{name}: {} windows; {orders_without_fill} orders met an empty side",
        windows.len()
    );
    println!("latency_ms  fees  fills  profit_dollars  fees_dollars");
    for ((latency, with_fees), outcome) in settings.iter().zip(run.outcomes()) {
        let account = &outcome.account;
        assert!(account.is_sound());
        assert_eq!(
            account.flows.fees != 0,
            *with_fees && outcome.stats.taker_fills != 0
        );
        println!(
            "{latency:>10}  {:>4}  {:>5}  {:>14}  {:>12}",
            if *with_fees { "on" } else { "off" },
            outcome.stats.taker_fills,
            Decimal::new(account.cash - account.flows.deposited, 6).round_dp(2),
            Decimal::new(account.flows.fees, 6).round_dp(2),
        );
        assert!(outcome.stats.taker_fills > 0);
    }
    assert!(orders_without_fill > 0, "the data have empty sides");
}

#[test]
fn real_data_latency_and_fees_in_one_pass_and_no_fill_on_an_empty_side() {
    let Some(folder) = data() else {
        println!("skipped: no recorded data; name their folder in QUORATE_DATA");
        return;
    };
    let ladder = folder.join("btc_updown_5m_ladder_2026-07");
    let winners: BTreeMap<String, bool> = rows(&ladder.join("windows.csv"))
        .into_iter()
        .map(|row| (row["window_start"].clone(), row["winner"] == "UP"))
        .collect();
    table(
        "ladders",
        &windows(&ladder.join("book_samples.csv.gz"), &winners),
    );
    let dense = folder.join("btc_updown_5m_book_snapshots_2026-02/book_snapshots.csv.gz");
    table("snapshots", &windows(&dense, &BTreeMap::new()));
}

/// The check above can fail: a book with an empty side has no best price there.
#[test]
fn an_empty_side_has_no_price() {
    let mut book = Book::new(Tick::Mill);
    let bid = Event::plain(Kind::SnapshotLevel, 0, 1, 1, 0).at_level(BookSide::Bid, 9_900, SHARE);
    book.apply(
        &Event::plain(Kind::Clear, 0, 1, 1, 0).continued(),
        Kind::Clear,
    );
    book.apply(&bid, Kind::SnapshotLevel);
    assert!(book.best(BookSide::Bid).is_some() && book.best(BookSide::Ask).is_none());
}
