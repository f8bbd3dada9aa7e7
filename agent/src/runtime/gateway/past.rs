//! What a journal tells of orders and executions: read along while the session goes through its past.

use std::collections::BTreeMap;

use quorate_backtest::replay::Session;
use quorate_domain::{
    AccountInput, Cash, Chore, Command, FillId, FillStatus, Input, MarketId, OrderId, Shares,
    Timestamp,
};

use super::hearing::EXECUTIONS;
use super::remote_venue::ChoreOrder;
use crate::journal::{Intent, Note, Record};
use crate::runtime::batch::Batch;
use crate::runtime::names::Names;
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

/// What a journal tells of the account beside its orders, for whoever goes on with it.
#[derive(Clone, Debug, Default)]
pub struct AccountPast {
    /// Names of what was listed.
    pub names: Names,
    /// Executions so far.
    pub fills: u64,
    /// Collateral paid in so far, less what was taken out.
    pub deposited: Cash,
    /// Chores that were decided and not answered.
    pub chores: BTreeMap<(MarketId, Chore), ChoreOrder>,
    /// Remarks, in order: among them what the venue calls each market.
    pub notes: Vec<Note>,
}

impl Spectator for AccountPast {
    fn record(&mut self, record: &Record) {
        if let Record::Note(note) = record {
            self.notes.push(note.clone());
        }
    }

    fn batch<V: Retraced>(&mut self, _: &Session<V>, batch: &Batch) {
        for handled in &batch.handled {
            self.names.see(&handled.entry.input);
            match &handled.entry.input {
                Input::Account(AccountInput::Filled(_)) => self.fills += 1,
                Input::Account(AccountInput::Merged { market, .. }) => {
                    self.chores.remove(&(*market, Chore::Merge));
                }
                Input::Account(AccountInput::Redeemed { market, .. }) => {
                    self.chores.remove(&(*market, Chore::Redeem));
                }
                Input::Account(AccountInput::Reverted { market, chore }) => {
                    self.chores.remove(&(*market, *chore));
                }
                Input::Account(AccountInput::Deposited(cash)) => self.deposited += *cash,
                Input::Account(AccountInput::Withdrawn(cash)) => self.deposited -= *cash,
                _ => {}
            }
            let asked = handled.commands.iter().filter_map(|command| match command {
                Command::Merge { market, shares } => Some(ChoreOrder::Merge {
                    market: *market,
                    shares: *shares,
                }),
                Command::Redeem(market) => Some(ChoreOrder::Redeem(*market)),
                _ => None,
            });
            self.chores
                .extend(asked.map(|order| ((order.market(), order.chore()), order)));
        }
    }
}

/// Two who look on at once.
pub(super) struct Both<'a, A, B>(pub(super) &'a mut A, pub(super) &'a mut B);

impl<A: Spectator, B: Spectator> Spectator for Both<'_, A, B> {
    fn record(&mut self, record: &Record) {
        self.0.record(record);
        self.1.record(record);
    }

    fn batch<V: Retraced>(&mut self, session: &Session<V>, batch: &Batch) {
        self.0.batch(session, batch);
        self.1.batch(session, batch);
    }
}
