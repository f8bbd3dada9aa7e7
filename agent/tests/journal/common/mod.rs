//! Records and journals for the tests of the journal.
#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a failed unwrap is a failed test; no test uses all of it"
)]

use std::path::Path;
use std::sync::Arc;

use quorate_agent::journal::{
    ChainHash, Effects, FeedCursor, Intent, Journal, JournalError, Mode, Note, Options, PostResult,
    Posted, Record, SharedDisk, SimDisk, Start, Submission, Valuation,
};
use quorate_domain::{
    AccountInput, Cash, Command, Crossing, Decision, Entry, EpochId, Fill, FillId, Inference,
    Input, LabelId, Liquidity, MarketEvent, MarketId, MarketInput, NoTradeReason, Numbers, OrderId,
    Outcome, PlaceOrder, Price, PublicTrade, Shares, Side, TimeInForce, Timestamp, Token, TopicId,
    Verdict, WorkerId,
};

pub(crate) const ACCOUNT: &str = "0x00000000000000000000000000000000000000a1";
pub(crate) const DIR: &str = "/journal";

pub(crate) fn dir() -> &'static Path {
    Path::new(DIR)
}

pub(crate) fn shared(disk: &SimDisk) -> SharedDisk {
    Arc::new(disk.clone())
}

pub(crate) fn at(seq: u64) -> Timestamp {
    Timestamp::from_nanos(1_700_000_000_000_000_000 + seq)
}

pub(crate) fn entry(seq: u64, input: Input) -> Record {
    let at = at(seq);
    Record::Entry(Entry { seq, at, input })
}

pub(crate) fn trade(seq: u64) -> Record {
    let event = MarketEvent::Trade(PublicTrade {
        taker: Side::Buy,
        price: Price::from_micros(520_000).unwrap(),
        shares: Shares::whole(seq),
    });
    let market = MarketId(7);
    entry(seq, Input::Market(MarketInput { market, event }))
}

pub(crate) fn inference(seq: u64, value: f64) -> Record {
    entry(
        seq,
        Input::Inference(Inference {
            topic: TopicId(3),
            epoch: EpochId(11),
            label: LabelId(0),
            worker: WorkerId(5),
            value,
            published_at: at(seq),
        }),
    )
}

pub(crate) fn order(seq: u64) -> OrderId {
    OrderId { seq, index: 0 }
}

pub(crate) fn token() -> Token {
    Token {
        market: MarketId(7),
        outcome: Outcome::Yes,
    }
}

pub(crate) fn fill(seq: u64, order: OrderId, id: u64, shares: u64) -> Record {
    entry(
        seq,
        Input::Account(AccountInput::Filled(Fill {
            id: FillId(id),
            order,
            token: token(),
            side: Side::Buy,
            price: Price::from_micros(520_000).unwrap(),
            shares: Shares::whole(shares),
            fee: Cash::from_micros(1_000),
            liquidity: Liquidity::Taker,
        })),
    )
}

pub(crate) fn effects(seq: u64) -> Record {
    let place = PlaceOrder {
        id: order(seq),
        token: token(),
        side: Side::Buy,
        limit: Price::from_micros(530_000).unwrap(),
        shares: Shares::whole(20),
        time_in_force: TimeInForce::Fak,
        crossing: Crossing::Allowed,
    };
    Record::Effects(Effects {
        seq,
        commands: vec![Command::Place(place), Command::WakeAt(at(seq + 10))],
        decisions: vec![Decision {
            seq,
            at: at(seq),
            market: MarketId(7),
            verdict: Verdict::NoTrade(NoTradeReason::EdgeTooSmall { needed: 0.1 + 0.2 }),
            numbers: Numbers {
                market_mid: Some(1.0 / 3.0),
                fair: Some(f64::MIN_POSITIVE),
                workers: 4,
                ..Numbers::default()
            },
        }],
    })
}

/// One of every kind that a runtime writes.
pub(crate) fn one_of_each() -> Vec<Record> {
    vec![
        Record::Start(Start {
            format: 1,
            version: "0.1.0".to_owned(),
            account: ACCOUNT.to_owned(),
            mode: Mode::Paper,
            config_hash: ChainHash::of(b"config"),
            config_text: "name = \"a\"\n".to_owned(),
            at: at(0),
        }),
        inference(1, 0.1 + 0.2),
        effects(1),
        Record::Submission(Submission {
            hash: ChainHash::of(b"raw"),
            worker: WorkerId(5),
            topic: TopicId(3),
            epoch: EpochId(11),
            label: LabelId(0),
            raw: "{\"value\": 0.3}\u{1F40D}\n".to_owned(),
            received_at: at(1),
        }),
        Record::Intent(Intent {
            order: order(1),
            hash: "0xAB12".to_owned(),
            bytes: "00ff".to_owned(),
        }),
        Record::Posted(Posted {
            order: order(1),
            result: PostResult::Unknown("timed out after 5 s".to_owned()),
        }),
        Record::FeedCursor(FeedCursor {
            source: "allora".to_owned(),
            position: "block 12".to_owned(),
        }),
        Record::Note(Note {
            event: "started".to_owned(),
            text: "ready".to_owned(),
        }),
        Record::Valuation(Valuation {
            seq: 1,
            at: at(2),
            nav: Cash::whole(100),
        }),
        trade(2),
    ]
}

/// Small segments, so that a short script passes through several.
pub(crate) fn small() -> Options {
    Options {
        unit: quorate_agent::journal::Unit::Record,
        segment_bytes_max: 700,
        buffer_bytes_max: 400,
    }
}

/// Writes batches, each with a commit; stops at the first failure. Gives how many records are known to be safe.
pub(crate) fn write(disk: &SimDisk, batches: &[Vec<Record>]) -> (usize, Result<(), JournalError>) {
    let mut safe = 0;
    let result = write_counting(disk, batches, &mut safe);
    (safe, result)
}

fn write_counting(
    disk: &SimDisk,
    batches: &[Vec<Record>],
    safe: &mut usize,
) -> Result<(), JournalError> {
    let (mut journal, _) = Journal::open_with(&shared(disk), dir(), ACCOUNT, small())?;
    for batch in batches {
        for record in batch {
            journal.append(record)?;
        }
        journal.commit()?;
        *safe += batch.len();
    }
    Ok(())
}

/// Every record that can be read.
pub(crate) fn records(disk: &SimDisk) -> Vec<Record> {
    let reader = Journal::read(&shared(disk), dir()).unwrap();
    reader.map(|read| read.unwrap().1).collect()
}

/// A script of several batches.
pub(crate) fn batches() -> Vec<Vec<Record>> {
    vec![
        one_of_each()[..4].to_vec(),
        vec![trade(3)],
        vec![trade(4), effects(4), trade(5)],
        vec![effects(6)],
        one_of_each()[4..].to_vec(),
    ]
}
