//! What a journal tells of orders and executions: read along while the session goes through its past.

use std::collections::BTreeMap;

use quorate_backtest::replay::Session;
use quorate_domain::{AccountInput, FillId, FillStatus, Input, OrderId, Shares, Timestamp};

use super::hearing::EXECUTIONS;
use crate::journal::{Intent, Record};
use crate::runtime::batch::Batch;
use crate::runtime::recovery::{Retraced, Spectator};

/// Orders and executions of earlier lives.
#[derive(Clone, Debug, Default)]
pub struct OrderPast {
    pub(super) intents: Vec<Intent>,
    pub(super) fills: Vec<FillId>,
    pub(super) settled: Vec<(FillId, FillStatus)>,
    pub(super) booked: BTreeMap<OrderId, Shares>,
    pub(super) since: Option<Timestamp>,
    pub(super) first_start: Option<Timestamp>,
    last_entry: Option<Timestamp>,
}

impl OrderPast {
    /// Whether the journal ended before this moment, so that what happened then is news to it.
    pub(super) fn ended_before(&self, at: Timestamp) -> bool {
        self.last_entry.is_some_and(|last| last < at)
    }

    fn see(&mut self, input: &Input) {
        let Input::Account(news) = input else {
            return;
        };
        match news {
            AccountInput::Filled(fill) => {
                self.fills.push(fill.id);
                *self.booked.entry(fill.order).or_default() += fill.shares;
            }
            AccountInput::External(fill) => self.fills.push(fill.id),
            AccountInput::Settled { fill, status } => self.settled.push((*fill, *status)),
            _ => {}
        }
    }
}

impl Spectator for OrderPast {
    fn record(&mut self, record: &Record) {
        match record {
            Record::Start(start) => {
                self.first_start.get_or_insert(start.at);
            }
            Record::Intent(intent) => self.intents.push(intent.clone()),
            Record::FeedCursor(cursor) if cursor.source == EXECUTIONS => {
                self.since = cursor.position.parse().ok().map(Timestamp::from_nanos);
            }
            _ => {}
        }
    }

    fn batch<V: Retraced>(&mut self, _: &Session<V>, batch: &Batch) {
        for handled in &batch.handled {
            self.see(&handled.entry.input);
            self.last_entry = Some(handled.entry.at);
        }
    }
}
