//! Keys: a letter for the table, then numbers, big-endian, so that keys sort as the numbers do.

use quorate_domain::{
    EpochId, FillId, LabelId, MarketId, OrderId, Outcome, Timestamp, Token, TopicId, WorkerId,
};

pub(crate) const ORDER: u8 = b'o';
pub(crate) const HASH: u8 = b'h';
pub(crate) const FILL: u8 = b'f';
pub(crate) const HOLDING: u8 = b'p';
pub(crate) const DECISION: u8 = b'd';
pub(crate) const SUBMISSION: u8 = b's';
pub(crate) const INFERENCE: u8 = b'i';
pub(crate) const NAV: u8 = b'n';
pub(crate) const META: [u8; 1] = [b'm'];

/// A decision: the entry that caused it and the market it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DecisionKey {
    /// Sequence number of the entry.
    pub seq: u64,
    /// The market.
    pub market: MarketId,
}

/// One resolvable question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuestionKey {
    /// The topic.
    pub topic: TopicId,
    /// The round.
    pub epoch: EpochId,
    /// The label.
    pub label: LabelId,
}

fn key(table: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![table];
    key.extend(parts.iter().flat_map(|part| part.iter()));
    key
}

pub(crate) fn order(id: OrderId) -> Vec<u8> {
    key(ORDER, &[&id.seq.to_be_bytes(), &id.index.to_be_bytes()])
}

pub(crate) fn hash(hash: &str) -> Vec<u8> {
    key(HASH, &[hash.to_ascii_lowercase().as_bytes()])
}

pub(crate) fn fill(id: FillId) -> Vec<u8> {
    key(FILL, &[&id.0.to_be_bytes()])
}

pub(crate) fn holding(token: Token) -> Vec<u8> {
    let outcome = match token.outcome {
        Outcome::Yes => 1,
        Outcome::No => 0,
    };
    key(HOLDING, &[&token.market.0.to_be_bytes(), &[outcome]])
}

pub(crate) fn decisions_of(market: MarketId) -> Vec<u8> {
    key(DECISION, &[&market.0.to_be_bytes()])
}

pub(crate) fn decision(id: DecisionKey) -> Vec<u8> {
    let mut key = decisions_of(id.market);
    key.extend(id.seq.to_be_bytes());
    key
}

pub(crate) fn question(table: u8, id: QuestionKey) -> Vec<u8> {
    let (topic, epoch, label) = (id.topic.0, id.epoch.0, id.label.0);
    key(
        table,
        &[
            &topic.to_be_bytes(),
            &epoch.to_be_bytes(),
            &label.to_be_bytes(),
        ],
    )
}

/// One of several values of a worker on a question; `record` tells them apart and keeps them in order.
pub(crate) fn answer(table: u8, id: QuestionKey, worker: WorkerId, record: u64) -> Vec<u8> {
    let mut key = question(table, id);
    key.extend(worker.0.to_be_bytes());
    key.extend(record.to_be_bytes());
    key
}

pub(crate) fn nav(at: Timestamp, record: u64) -> Vec<u8> {
    key(NAV, &[&at.nanos().to_be_bytes(), &record.to_be_bytes()])
}
