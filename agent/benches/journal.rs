//! Journal records per second: append with commit, and verify, on the real disk of the temporary folder.
//!
//! One entry is an `Entry` and its `Effects` (one decision, one order in ten). Each is timed over the same journal, so
//! that the two rates can be compared; absolute figures depend on the machine and on its disk.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and a failed set-up is its end"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quorate_agent::journal::{Effects, Journal, RealDisk, Record, SharedDisk, verify};
use quorate_domain::{
    BookSide, Command, Crossing, Decision, Entry, Input, Level, MarketEvent, MarketId, MarketInput,
    NoTradeReason, Numbers, OrderId, Outcome, PlaceOrder, Price, Shares, Side, TimeInForce,
    Timestamp, Token, Verdict,
};

const ENTRIES: u64 = 100_000;

fn entry(seq: u64) -> Record {
    let price = Price::from_micros(10_000 + i64::try_from(seq % 98).unwrap() * 10_000).unwrap();
    let level = Level {
        price,
        shares: Shares::from_micros(1_000_000 + seq * 10_000),
    };
    Record::Entry(Entry {
        seq,
        at: Timestamp::from_nanos(1_700_000_000_000_000_000 + seq * 1_000_003),
        input: Input::Market(MarketInput {
            market: MarketId(7),
            event: MarketEvent::Level {
                side: BookSide::Bid,
                level,
            },
        }),
    })
}

fn effects(seq: u64) -> Record {
    let place = PlaceOrder {
        id: OrderId { seq, index: 0 },
        token: Token {
            market: MarketId(7),
            outcome: Outcome::Yes,
        },
        side: Side::Buy,
        limit: Price::from_micros(530_000).unwrap(),
        shares: Shares::whole(20),
        time_in_force: TimeInForce::Fak,
        crossing: Crossing::Allowed,
    };
    let mid = 0.4 + (seq % 1000) as f64 * 1.37e-4;
    Record::Effects(Effects {
        seq,
        commands: if seq.is_multiple_of(10) {
            vec![Command::Place(place)]
        } else {
            Vec::new()
        },
        decisions: vec![Decision {
            seq,
            at: Timestamp::from_nanos(1_700_000_000_000_000_000 + seq * 1_000_003),
            market: MarketId(7),
            verdict: Verdict::NoTrade(NoTradeReason::EdgeTooSmall { needed: 0.02 }),
            numbers: Numbers {
                market_mid: Some(mid),
                collective: Some(mid + 0.031),
                fair: Some(mid + 0.012),
                workers: 12,
                cost: Some(mid + 0.005),
                edge: Some(0.007),
                ..Numbers::default()
            },
        }],
    })
}

fn rate(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

fn append(disk: &SharedDisk, dir: &Path, records: &[Record], batch: usize) -> Duration {
    let (mut journal, _) = Journal::open(disk, dir, "bench").unwrap();
    let start = Instant::now();
    for batch in records.chunks(batch) {
        for record in batch {
            journal.append(record).unwrap();
        }
        journal.commit().unwrap();
    }
    start.elapsed()
}

fn main() {
    let disk: SharedDisk = Arc::new(RealDisk);
    let records: Vec<Record> = (1..=ENTRIES)
        .flat_map(|seq| [entry(seq), effects(seq)])
        .collect();
    for batch in [64, 256, 1000] {
        let folder = tempfile::tempdir().unwrap();
        let appended = append(&disk, folder.path(), &records, batch);
        let start = Instant::now();
        let seen = verify(&disk, folder.path()).unwrap();
        let verified = start.elapsed();
        assert_eq!((seen.damage.is_none(), seen.records()), (true, 2 * ENTRIES));
        let start = Instant::now();
        let read = Journal::read(&disk, folder.path()).unwrap();
        assert!(read.last().unwrap().is_ok());
        let read = start.elapsed();
        let bytes: u64 = seen.segments.iter().map(|count| count.bytes).sum();
        println!(
            "batch {batch:>4}: append+commit {:>8.0} records/s ({:.0} entries with effects/s), verify {:>8.0}, read {:>8.0}; {} bytes a record",
            rate(2 * ENTRIES, appended),
            rate(ENTRIES, appended),
            rate(2 * ENTRIES, verified),
            rate(2 * ENTRIES, read),
            bytes / (2 * ENTRIES)
        );
    }
}
