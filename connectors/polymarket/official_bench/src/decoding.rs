//! A frame of the market channel, from its bytes to what a program can use.
//!
//! The official client is measured twice: reading its types straight from the bytes, which is the least it could do, and
//! the way its connection reads every frame. Ours goes further than both: it also keeps the book, drops what both tokens
//! say twice, and compares best prices.

use std::error::Error;
use std::hint::black_box;

use polymarket_client_sdk_v2::clob::ws::WsMessage;
use polymarket_client_sdk_v2::clob::ws::interest::MessageInterest;
use polymarket_client_sdk_v2::clob::ws::types::response::parse_if_interested;
use quorate_domain::MarketInput;
use quorate_polymarket::ws::{Normalizer, Output, Pair};

use crate::frames::{Recording, book, pair, price_changes, recording};
use crate::race::{Race, race};

/// Frames that are gone through in turns; more than the fingerprints that a book remembers.
const FRAMES: u32 = 200;

/// Reads frames of each kind.
pub fn races() -> Result<Vec<Race>, Box<dyn Error>> {
    let mut races = Vec::new();
    for changes in [1, 2, 10] {
        let frames = price_changes(changes, FRAMES);
        let mut reader = Reader::new(&[pair()])?;
        reader.read(&book());
        // Both tokens say the same: half of the changes, or the only one, are news.
        let wanted = changes.div_ceil(2) as usize;
        // Goes on from call to call: a frame that comes twice in a row is no news.
        let mut next = 0;
        let ours = |times: u64| {
            for _ in 0..times {
                let frame = &frames[next];
                next = (next + 1) % frames.len();
                assert_eq!(reader.read(frame).len(), wanted, "a change was not taken");
            }
        };
        races.extend(both(&format!("price_change with {changes}"), &frames, ours));
    }
    let frames = [book()];
    let mut reader = Reader::new(&[pair()])?;
    let ours = |times: u64| {
        for _ in 0..times {
            reader.normalizer.lose_all(&mut reader.out);
            assert_eq!(reader.read(&frames[0]).len(), 1, "the book was not taken");
        }
    };
    races.extend(both("book with 98 levels", &frames, ours));
    match recording()? {
        None => println!("no recording here: set QUORATE_DATA to measure real frames"),
        Some(recording) => races.extend(recorded(recording)?),
    }
    Ok(races)
}

/// Real frames, all of them and each kind. Books and their changes belong together, so ours always reads in order, with a
/// new normaliser for every pass.
fn recorded(recording: Recording) -> Result<Vec<Race>, Box<dyn Error>> {
    let mut races = Vec::new();
    let of_type = |kind: &str| -> Vec<String> {
        let mark = format!(r#""event_type":"{kind}""#);
        let all = recording.frames.iter();
        all.filter(|frame| frame.contains(&mark)).cloned().collect()
    };
    let books = of_type("book");
    // The changes stand on the first book of each market.
    let mut changes: Vec<String> = Vec::new();
    for pair in &recording.pairs {
        let first = books.iter().find(|book| book.contains(&pair.yes));
        changes.extend(first.cloned());
    }
    changes.extend(of_type("price_change"));
    for (name, frames) in [
        ("price_change", &changes),
        ("book", &books),
        ("all", &recording.frames),
    ] {
        let name = format!("recorded frames: {name} ({})", frames.len());
        let mut reader = Reader::new(&recording.pairs)?;
        // Goes on from call to call, so that all of the recording is read however short a part of a round is.
        let mut next = 0;
        let ours = |times: u64| {
            for _ in 0..times {
                let place = next;
                next = (next + 1) % frames.len();
                if place == 0 {
                    reader = Reader::new(&recording.pairs).expect("pairs that were taken before");
                }
                black_box(reader.read(&frames[place]));
            }
        };
        races.extend(both(&name, frames, ours));
    }
    Ok(races)
}

fn both(name: &str, frames: &[String], mut ours: impl FnMut(u64)) -> [Race; 2] {
    let mut turn = frames.iter().cycle();
    let types = |times: u64| {
        for frame in turn.by_ref().take(times as usize) {
            let message: WsMessage =
                serde_json::from_slice(black_box(frame.as_bytes())).expect("a frame of the venue");
            black_box(message);
        }
    };
    let straight = race(&format!("{name}: its types"), types, &mut ours);
    let mut turn = frames.iter().cycle();
    let connection = |times: u64| {
        for frame in turn.by_ref().take(times as usize) {
            let bytes = black_box(frame.as_bytes());
            let read = parse_if_interested(bytes, &MessageInterest::MARKET);
            assert_eq!(read.expect("a frame of the venue").len(), 1);
        }
    };
    [
        straight,
        race(&format!("{name}: its connection"), connection, ours),
    ]
}

/// Our side: a normaliser and what it says.
struct Reader {
    normalizer: Normalizer,
    out: Output,
}

impl Reader {
    fn new(pairs: &[Pair]) -> Result<Self, Box<dyn Error>> {
        let mut normalizer = Normalizer::default();
        for pair in pairs {
            normalizer.add(pair.clone())?;
        }
        Ok(Self {
            normalizer,
            out: Output::default(),
        })
    }

    fn read(&mut self, frame: &str) -> &[MarketInput] {
        self.out.clear();
        let read = self
            .normalizer
            .read(black_box(frame.as_bytes()), &mut self.out);
        read.expect("a frame of the venue");
        &self.out.inputs
    }
}
