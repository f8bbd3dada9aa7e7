//! What each record changes in the index.

use std::collections::BTreeMap;

use quorate_domain::{
    AccountInput, Command, Entry, Fill, FillId, FillStatus, Input, MarketId, OrderId, Outcome,
    Shares, Side, Token,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::journal::index::IndexError;
use crate::journal::index::keys::{self, DecisionKey, QuestionKey};
use crate::journal::index::rows::{self, FillRow, Holding, InferenceRow, OrderRow, SubmissionRow};
use crate::journal::index::store::{Meta, Rows, Store, row_digest};
use crate::journal::layout::Position;
use crate::journal::record::{Effects, Intent, Posted, Record, Submission};

/// Changes that become visible together.
pub(crate) struct Batch<'a> {
    store: &'a Store,
    rows: Rows,
    meta: Meta,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        Self {
            store,
            rows: BTreeMap::new(),
            meta: store.meta(),
        }
    }

    pub(crate) fn finish(self) -> (Rows, Meta) {
        (self.rows, self.meta)
    }

    pub(crate) fn apply(&mut self, at: &Position, record: &Record) -> Result<(), IndexError> {
        match record {
            Record::Entry(entry) => self.entry(at, entry)?,
            Record::Effects(effects) => self.effects(at, effects)?,
            Record::Submission(submission) => self.submission(at, submission)?,
            Record::Intent(intent) => self.intent(at, intent)?,
            Record::Posted(posted) => self.posted(at, posted)?,
            Record::Valuation(value) => self.put(keys::nav(value.at, at.record), value)?,
            Record::Start(_)
            | Record::FeedCursor(_)
            | Record::Note(_)
            | Record::SnapshotTaken(_)
            | Record::Step(_)
            | Record::Gap(_) => {}
        }
        self.meta.cursor = *at;
        Ok(())
    }

    fn entry(&mut self, at: &Position, entry: &Entry) -> Result<(), IndexError> {
        match &entry.input {
            Input::Inference(inference) => {
                let question = QuestionKey {
                    topic: inference.topic,
                    epoch: inference.epoch,
                    label: inference.label,
                };
                let key = keys::answer(keys::INFERENCE, question, inference.worker, at.record);
                let row = InferenceRow {
                    inference: *inference,
                    at: entry.at,
                };
                self.put(key, &row)
            }
            Input::Account(news) => self.account(at, entry, news),
            _ => Ok(()),
        }
    }

    fn account(
        &mut self,
        at: &Position,
        entry: &Entry,
        news: &AccountInput,
    ) -> Result<(), IndexError> {
        match news {
            AccountInput::Accepted(order) => self.order(*order, at, |row| row.accepted = true),
            AccountInput::Refused(no) => self.order(no.order, at, |row| row.refused = true),
            AccountInput::Cancelled { order, .. } => {
                self.order(*order, at, |row| row.cancelled = true)
            }
            AccountInput::Filled(fill) => self.filled(at, entry, fill),
            AccountInput::Settled { fill, status } => self.settled(at, *fill, *status),
            AccountInput::Redeemed {
                market, yes, no, ..
            } => self.give_up(at, *market, *yes, *no),
            AccountInput::Merged { market, shares } => self.give_up(at, *market, *shares, *shares),
            _ => Ok(()),
        }
    }

    /// A fill that is told twice counts once.
    fn filled(&mut self, at: &Position, entry: &Entry, fill: &Fill) -> Result<(), IndexError> {
        let key = keys::fill(fill.id);
        if self.get::<FillRow>(&key)?.is_some() {
            return Ok(());
        }
        let row = FillRow {
            fill: fill.clone(),
            status: FillStatus::Matched,
            at: entry.at,
            position: *at,
        };
        self.put(key, &row)?;
        self.count(at, fill, Counting::In)
    }

    fn settled(&mut self, at: &Position, id: FillId, status: FillStatus) -> Result<(), IndexError> {
        let key = keys::fill(id);
        let Some(mut row) = self.get::<FillRow>(&key)? else {
            return Ok(());
        };
        let was_void = row.status == FillStatus::Failed;
        let is_void = status == FillStatus::Failed;
        row.status = status;
        self.put(key, &row)?;
        match (was_void, is_void) {
            (false, true) => self.count(at, &row.fill, Counting::Out),
            (true, false) => self.count(at, &row.fill, Counting::In),
            _ => Ok(()),
        }
    }

    fn count(&mut self, at: &Position, fill: &Fill, way: Counting) -> Result<(), IndexError> {
        let sign = match (fill.side, way) {
            (Side::Buy, Counting::In) | (Side::Sell, Counting::Out) => 1,
            (Side::Sell, Counting::In) | (Side::Buy, Counting::Out) => -1,
        };
        self.hold(at, fill.token, sign, fill.shares)?;
        self.order(fill.order, at, |row| match way {
            Counting::In => row.filled += fill.shares,
            Counting::Out => row.filled = row.filled.saturating_sub(fill.shares),
        })
    }

    fn give_up(
        &mut self,
        at: &Position,
        market: MarketId,
        yes: Shares,
        no: Shares,
    ) -> Result<(), IndexError> {
        for (outcome, shares) in [(Outcome::Yes, yes), (Outcome::No, no)] {
            self.hold(at, Token { market, outcome }, -1, shares)?;
        }
        Ok(())
    }

    fn hold(
        &mut self,
        at: &Position,
        token: Token,
        sign: i64,
        shares: Shares,
    ) -> Result<(), IndexError> {
        let key = keys::holding(token);
        let held = self.get::<Holding>(&key)?.map_or(0, |h| h.shares_micros);
        let shares = i64::try_from(shares.micros()).unwrap_or(i64::MAX);
        let row = Holding {
            token,
            shares_micros: held.saturating_add(sign.saturating_mul(shares)),
            last: *at,
        };
        self.put(key, &row)
    }

    fn effects(&mut self, at: &Position, effects: &Effects) -> Result<(), IndexError> {
        for command in &effects.commands {
            if let Command::Place(place) = command {
                self.order(place.id, at, |row| row.place = Some(place.clone()))?;
            }
        }
        for decision in &effects.decisions {
            let key = keys::decision(DecisionKey {
                seq: decision.seq,
                market: decision.market,
            });
            self.put(key, at)?;
        }
        Ok(())
    }

    fn submission(&mut self, at: &Position, from: &Submission) -> Result<(), IndexError> {
        let question = QuestionKey {
            topic: from.topic,
            epoch: from.epoch,
            label: from.label,
        };
        let key = keys::answer(keys::SUBMISSION, question, from.worker, at.record);
        let row = SubmissionRow {
            worker: from.worker,
            hash: from.hash,
            received_at: from.received_at,
            position: *at,
        };
        self.put(key, &row)
    }

    fn intent(&mut self, at: &Position, intent: &Intent) -> Result<(), IndexError> {
        self.put(keys::hash(&intent.hash), &intent.order)?;
        self.order(intent.order, at, |row| row.hash = Some(intent.hash.clone()))
    }

    fn posted(&mut self, at: &Position, posted: &Posted) -> Result<(), IndexError> {
        self.order(posted.order, at, |row| {
            row.posted = Some(posted.result.clone());
        })
    }

    fn order(
        &mut self,
        id: OrderId,
        at: &Position,
        change: impl FnOnce(&mut OrderRow),
    ) -> Result<(), IndexError> {
        let key = keys::order(id);
        let mut row: OrderRow = self.get(&key)?.unwrap_or_default();
        change(&mut row);
        row.last = *at;
        self.put(key, &row)
    }

    fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, IndexError> {
        self.raw(key)?.map(|row| rows::read(&row)).transpose()
    }

    fn raw(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        match self.rows.get(key) {
            Some(row) => Ok(Some(row.clone())),
            None => self.store.get(key),
        }
    }

    /// Puts a row, and keeps the count and the digest of all rows right.
    fn put<T: Serialize>(&mut self, key: Vec<u8>, row: &T) -> Result<(), IndexError> {
        let row = rows::write(row)?;
        let added = row_digest(&key, &row);
        let removed = match self.raw(&key)? {
            Some(old) => row_digest(&key, &old),
            None => {
                self.meta.rows += 1;
                0
            }
        };
        self.meta.digest = self.meta.digest.wrapping_add(added).wrapping_sub(removed);
        self.rows.insert(key, row);
        Ok(())
    }
}

/// Whether an execution begins or ceases to count.
#[derive(Clone, Copy)]
enum Counting {
    In,
    Out,
}
